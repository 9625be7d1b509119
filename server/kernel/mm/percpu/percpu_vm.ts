/**
 * Chunks in the vmalloc area, backed page by page (mm/percpu-vm.c; mm/percpu.c: pcpu_alloc_chunk, pcpu_free_chunk, pcpu_mem_zalloc, 6.1).
 */
import type { Layouts } from '../../../types/layout';
import { PAGE_SIZE } from '../../../types/pageSize';
import { PCPU_CREATE_FRAMES, PCPU_POPULATE_FRAMES } from '../allocation_frames';
import type { GfpMasks } from '../gfp';
import { longs } from './chunk_slots';
import { initBlocks } from './first_chunk';
import type { PcpuPool } from './pcpu_pool';
import type { PcpuPorts } from './pcpu_ports';
import { PCPU_EMPTY_POP_PAGES_HIGH, type PcpuUnits } from './pcpu_units';

export class PcpuVm {
  /** where a struct page has the chunk that it backs */
  private readonly pageIndex: number;

  constructor(
    private readonly pool: PcpuPool,
    private readonly ports: PcpuPorts,
    private readonly gfp: GfpMasks,
    layouts: Layouts,
  ) {
    this.pageIndex = layouts.offset('page', 'index');
  }

  // ---------------------------------------------------------------- memory for the allocator's own structures
  /** pcpu_mem_zalloc */
  private zalloc(size: number, gfp: number): number {
    const { heap, vm } = this.ports;
    return size <= PAGE_SIZE ? heap.kzalloc(size, gfp) : vm.vmalloc(size, gfp | this.gfp.zero);
  }
  /** pcpu_mem_free */
  private free(address: number): void {
    const { heap, vm } = this.ports;
    if (vm.isVmallocAddr(address)) vm.vfree(address);
    else heap.kfree(address);
  }
  /** pcpu_alloc_chunk: a chunk without addresses; 0 if there is no memory. */
  private allocChunk(gfp: number): number {
    const { chunks, slots } = this.pool;
    const { unitPages } = slots;
    const { wordSize } = chunks.m;
    const chunk = this.zalloc(slots.chunkBytes(unitPages), gfp);
    if (chunk === 0) return 0;
    slots.lists.init(chunks.list(chunk));
    chunks.setPages(chunk, unitPages);
    const bits = chunks.bits(chunk);
    const sizes = [longs(bits, wordSize), longs(bits + 1, wordSize), unitPages * chunks.hints.size, bits * wordSize];
    const got: number[] = [];
    for (const size of sizes) {
      const at = this.zalloc(size, gfp);
      if (at === 0) {
        for (const address of got.reverse()) this.free(address);
        this.free(chunk);
        return 0;
      }
      got.push(at);
    }
    const [allocMap, boundMap, blocks, cgroups] = got as [number, number, number, number];
    chunks.setMaps(chunk, allocMap, boundMap, blocks);
    chunks.setCgroups(chunk, cgroups);
    initBlocks(chunks, chunk);
    chunks.setFreeBytes(chunk, unitPages * PAGE_SIZE);
    return chunk;
  }
  /** pcpu_free_chunk */
  private freeChunk(chunk: number): void {
    const { chunks } = this.pool;
    this.free(chunks.cgroups(chunk));
    this.free(chunks.blocks(chunk));
    this.free(chunks.boundMap(chunk));
    this.free(chunks.allocMap(chunk));
    this.free(chunk);
  }
  /** pcpu_create_chunk: 0 if there is no memory, or no place in the vmalloc area. */
  create(gfp: number): number {
    return this.ports.caller.within(PCPU_CREATE_FRAMES, () => this.createHere(gfp));
  }
  private createHere(gfp: number): number {
    const { chunks, units } = this.pool;
    const chunk = this.allocChunk(gfp);
    if (chunk === 0) return 0;
    const groups = units.groupOffsets.map((offset, i) => ({ offset, size: units.groupSizes[i] as number }));
    const vms = this.ports.vm.getVmAreas(groups, units.atomSize);
    if (vms === 0) {
      this.freeChunk(chunk);
      return 0;
    }
    chunks.setData(chunk, vms);
    const first = chunks.m.field(chunks.m.getLong(vms), 'vm_struct', 'addr');
    chunks.setBase(chunk, first - (units.groupOffsets[0] as number));
    return chunk;
  }
  /** pcpu_destroy_chunk */
  destroy(chunk: number): void {
    const { chunks, units } = this.pool;
    const vms = chunks.data(chunk);
    if (vms !== 0) this.ports.vm.freeVmAreas(vms, units.groupSizes.length);
    this.freeChunk(chunk);
  }

  // ---------------------------------------------------------------- backing
  /** pcpu_get_pages: the address of an array with an element for each page of each unit, made at first use; 0 if there is no memory. */
  private pagesArray(): number {
    const { m, units, slots, variable } = this.pool;
    const at = variable('pcpu_pages');
    const known = m.getLong(at);
    if (known !== 0) return known;
    const bytes = units.groupSizes.reduce((sum, size) => sum + size / units.unitSize, 0) * slots.unitPages * m.wordSize;
    const array = this.zalloc(bytes, this.gfp.kernel);
    m.setLong(at, array);
    return array;
  }
  /** Address of the element for a CPU's page (pcpu_page_idx). */
  private element(array: number, cpu: number, page: number): number {
    const { m, units, slots } = this.pool;
    const unit = unitNumber(units, units.unitOffsets[cpu] as number);
    return array + (unit * slots.unitPages + page) * m.wordSize;
  }
  private eachCpu(act: (cpu: number) => void): void {
    for (let cpu = 0; cpu < this.pool.units.cpus; cpu++) act(cpu);
  }
  /** pcpu_populate_chunk: memory behind pages start … end − 1 of each unit; false if there is none. */
  populate(chunk: number, start: number, end: number, gfp: number): boolean {
    return this.ports.caller.within(PCPU_POPULATE_FRAMES, () => this.populateHere(chunk, start, end, gfp));
  }
  private populateHere(chunk: number, start: number, end: number, gfp: number): boolean {
    const array = this.pagesArray();
    if (array === 0 || !this.allocPages(array, start, end, gfp)) return false;
    if (this.mapPages(chunk, array, start, end)) return true;
    this.freePages(array, start, end);
    return false;
  }
  /** pcpu_alloc_pages */
  private allocPages(array: number, start: number, end: number, gfp: number): boolean {
    const { pool, ports } = this;
    for (let cpu = 0; cpu < pool.units.cpus; cpu++) {
      for (let page = start; page < end; page++) {
        const pfn = ports.pages.alloc(ports.nodeOfCpu(cpu), gfp | this.gfp.highmem);
        const at = this.element(array, cpu, page);
        pool.m.setLong(at, pfn < 0 ? 0 : ports.pages.address(pfn));
        if (pfn >= 0) continue;
        for (let i = page - 1; i >= start; i--) this.freePage(array, cpu, i);
        for (let before = 0; before < cpu; before++) for (let i = start; i < end; i++) this.freePage(array, before, i);
        return false;
      }
    }
    return true;
  }
  private freePage(array: number, cpu: number, page: number): void {
    const { pages } = this.ports;
    const at = this.pool.m.getLong(this.element(array, cpu, page));
    if (at !== 0) pages.free(pages.pfn(at));
  }
  /** pcpu_free_pages */
  private freePages(array: number, start: number, end: number): void {
    this.eachCpu((cpu) => {
      for (let page = start; page < end; page++) this.freePage(array, cpu, page);
    });
  }
  /** pcpu_map_pages: each page knows its chunk from then on. */
  private mapPages(chunk: number, array: number, start: number, end: number): boolean {
    const { pool, ports } = this;
    for (let cpu = 0; cpu < pool.units.cpus; cpu++) {
      for (let page = start; page < end; page++) {
        const at = pool.m.getLong(this.element(array, cpu, page));
        if (!ports.tables.map(pool.address(chunk, cpu, page), ports.pages.pfn(at))) {
          this.unmap(chunk, cpu, start, page);
          for (let before = 0; before < cpu; before++) this.unmap(chunk, before, start, end);
          return false;
        }
      }
      for (let page = start; page < end; page++)
        pool.m.setLong(pool.m.getLong(this.element(array, cpu, page)) + this.pageIndex, chunk);
    }
    return true;
  }
  private unmap(chunk: number, cpu: number, start: number, end: number): void {
    for (let page = start; page < end; page++) this.ports.tables.unmap(this.pool.address(chunk, cpu, page));
  }
  /** pcpu_depopulate_chunk: pages start … end − 1 of each unit are given back. */
  depopulate(chunk: number, start: number, end: number): void {
    const { pool, ports } = this;
    const array = this.pagesArray();
    this.eachCpu((cpu) => {
      for (let page = start; page < end; page++) {
        const pfn = ports.tables.pfnAt(pool.address(chunk, cpu, page));
        pool.m.setLong(this.element(array, cpu, page), pfn < 0 ? 0 : ports.pages.address(pfn));
      }
      this.unmap(chunk, cpu, start, end);
    });
    this.freePages(array, start, end);
  }
  /** pcpu_chunk_addr_search: the chunk that an address on the first unit belongs to. @throws PageFaultError for one of none */
  chunkOf(address: number): number {
    const { pool, ports } = this;
    if (pool.chunks.holds(pool.first, address)) return pool.first;
    if (pool.reserved !== 0 && pool.chunks.holds(pool.reserved, address)) return pool.reserved;
    const pfn = ports.tables.pfnAt(address + (pool.units.unitOffsets[ports.caller.cpu()] as number));
    // pcpu_get_page_chunk, of NULL if nothing is mapped
    return pool.m.getLong((pfn < 0 ? 0 : ports.pages.address(pfn)) + this.pageIndex);
  }
  /** pcpu_should_reclaim_chunk: a quarter of its pages is empty, and there are enough others. */
  shouldReclaim(chunk: number): boolean {
    const { chunks, slots, first, reserved } = this.pool;
    if (chunk === first || chunk === reserved) return false;
    const empty = chunks.empty(chunk);
    return (
      (chunks.isolated(chunk) && empty !== 0) ||
      (slots.emptyPages > PCPU_EMPTY_POP_PAGES_HIGH + empty && empty >= Math.floor(chunks.pages(chunk) / 4))
    );
  }
}

/** pcpu_unit_map: the number of the unit at an offset. Between the groups of two nodes lies what is not a unit. */
function unitNumber({ groupOffsets, groupSizes, unitSize }: PcpuUnits, offset: number): number {
  let number = 0;
  for (let group = 0; group < groupOffsets.length; group++) {
    const within = offset - (groupOffsets[group] as number);
    const size = groupSizes[group] as number;
    if (within >= 0 && within < size) return number + within / unitSize;
    number += size / unitSize;
  }
  throw new RangeError(`no unit is at ${offset}`);
}
