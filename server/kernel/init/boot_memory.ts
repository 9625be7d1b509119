/**
 * Boot: from the machine's memory map to zones with free lists (arch/x86/kernel/setup.c: setup_arch; mm/page_alloc.c: free_area_init;
 * init/main.c: start_kernel, 6.1). The journal is off. What is placed here is fixed; state is written to emulated memory.
 */

import type { Memory } from '../../memory/memory';
import type { AddressSpace } from '../../memory/space';
import type { ArchInfo } from '../../profiles/archInfo';
import type { MachineConfig } from '../../profiles/machineConfig';
import type { Layouts } from '../../types/layout';
import { PAGE_SHIFT, PAGE_SIZE } from '../../types/pageSize';
import { DMA32_END_PFN, MAX_NODES, SWIOTLB_BYTES, SWIOTLB_SLOTS } from '../arch/arch';
import { MachineError } from '../arch/machine_config';
import type { MemoryMap } from '../arch/memory_map';
import { directMapRanges, memoryMap, subtract } from '../arch/memory_map';
import { MIGRATE_MOVABLE, MIGRATE_UNMOVABLE } from '../mm/migratetype';
import type { NodeInfo } from '../mm/node';
import type { PageFacts } from '../mm/page';
import { PageTable } from '../mm/page';
import { Pageblocks } from '../mm/pageblock';
import { EarlyData } from './early_data';
import { BootFreeLists } from './free_lists';
import { protectedParts } from './init_mem_mapping';
import type { MemMap } from './mem_map';
import { describePages, describeUsage, placeFlat, placeSparse } from './mem_map';
import { Memblock } from './memblock';
import { PerCpuFirstChunk } from './percpu_first';
import { SymbolTable } from './symbols';
import type { ZoneSpan } from './zone_span';
import { spanAt, zoneSpans } from './zone_span';

export interface BootOptions {
  /** false: no free pages (the caller loads a recorded state and fills the lists) */
  readonly populate?: boolean;
  /** zones as a recording has them, instead of those that follow from the memory map */
  readonly spans?: readonly ZoneSpan[];
}
/** The results of boot for the kernel object. */
export interface Booted {
  readonly memory: MemoryMap;
  readonly symbols: SymbolTable;
  readonly percpu: PerCpuFirstChunk;
  readonly memMap: MemMap;
  readonly early: EarlyData;
  readonly pages: PageTable;
  readonly pageblocks: Pageblocks;
  readonly nodes: readonly NodeInfo[];
  readonly spans: readonly ZoneSpan[];
  readonly free: BootFreeLists;
  readonly reserved: Memblock['reserved'];
  /** pages the allocator has, by index into spans */
  readonly managed: readonly number[];
  /** pages by index into spans that are given back after the watermarks are computed (init sections) */
  readonly freedLate: readonly number[];
}

/** pages at the start of early boot's data for the zones' pageblock_flags */
const USEMAP_PAGES = 2;

/** Node of each CPU: as the nodes say, else all on node 0. */
function nodesOfCpus(config: MachineConfig): number[] {
  const out = Array.from({ length: config.cpus }, () => config.nodes[0]?.id ?? 0);
  for (const node of config.nodes) for (const cpu of node.cpus) if (cpu < out.length) out[cpu] = node.id;
  return out;
}

/** CPUs and nodes that the kernel was built for. */
function checkTopology(config: MachineConfig, arch: ArchInfo): void {
  const { cpus, nodes } = config;
  if (!(cpus >= 1 && cpus <= arch.maxCpus)) {
    throw new MachineError(`cpus = ${cpus}: ${arch.arch} takes 1 to ${arch.maxCpus}`);
  }
  if (nodes.length > 1 && !arch.sparse) {
    throw new MachineError(
      `${arch.arch} has one node: its kernel is built without NUMA; take arch = x86_64 or leave the nodes out`,
    );
  }
  const ids = nodes.map((n) => n.id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new MachineError(`node ${twice} is described twice`);
  const bad = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= MAX_NODES);
  if (bad !== undefined) throw new MachineError(`node ${bad}: nodes are numbered from 0 to ${MAX_NODES - 1}`);
}

/** Places everything and makes untouched memory read as boot leaves it. @throws MachineError for a machine that cannot boot */
export function bootMemory(
  config: MachineConfig,
  arch: ArchInfo,
  facts: PageFacts,
  mem: Memory,
  space: AddressSpace,
  options: BootOptions,
): Booted {
  const { layouts } = facts;
  checkTopology(config, arch);
  const memory = memoryMap(config, arch);
  const memblock = new Memblock(memory.present);
  const freed = reserveLow(arch, memblock);
  for (const r of memory.ram) mem.addRam(r.start, r.end);

  const nodeIds = config.nodes.length ? config.nodes.map((n) => n.id) : [0];
  const cpuNodes = nodesOfCpus(config);
  reservePageTables(arch, memory, memblock);
  const nodeData = arch.sparse ? nodeIds.map((node) => allocNode(layouts, memblock, node)) : [];
  const sparse = arch.sparse ? placeSparse(memory.present, memblock) : undefined;
  const memMap = sparse?.map ?? placeFlat(arch, layouts, memory.endPfn, memblock);
  const early = memblock.alloc({ name: 'early boot data', size: arch.earlyPages * PAGE_SIZE, below: arch.maxLowPfn });
  const percpu = new PerCpuFirstChunk(arch, cpuNodes, memblock, mem);
  const spans = options.spans ?? zoneSpans(arch, memory, nodeIds);
  reserveTables(arch, memory, spans, nodeIds.length, memblock);

  mapKernel(arch, memory, memMap, space);
  for (const { start, end } of Object.values(protectedParts(arch))) space.addReadOnly(start, end);
  const symbols = imageSymbols(arch, percpu);
  const nodes = nodeIds.map((id, i): NodeInfo => {
    const phys = nodeData[i] ?? placeContig(arch, layouts, mem, symbols);
    if (arch.sparse) mem.contiguous(phys / PAGE_SIZE, phys / PAGE_SIZE + nodePages(layouts));
    return {
      id,
      phys,
      addr: arch.pageOffset + phys,
      ...nodeSpan(spans, id),
      cpus: cpuNodes.flatMap((n, cpu) => (n === id ? [cpu] : [])),
    };
  });

  const present = (pfn: number) => memory.present.some((r) => pfn >= r.start && pfn < r.end);
  const blockPages = 1 << arch.pageblockOrder;
  /** a pageblock is movable if its first frame is memory (memmap_init), and of the zone where each zone has bits of its own */
  const migratetype = (pfn: number): number => {
    const first = pfn - (pfn % blockPages);
    const own = arch.sparse || first >= (spanAt(spans, pfn)?.start ?? 0);
    return own && present(first) ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE;
  };
  const zoneBytes = layouts.size('zone');
  const zoneAddr = (i: number): number => {
    const span = spans[i] as ZoneSpan;
    const node = nodes.find((n) => n.id === span.node) as NodeInfo;
    return node.addr + span.idx * zoneBytes;
  };
  const populate = options.populate !== false;
  const free = new BootFreeLists({
    zones: spans,
    ranges: populate ? memblock.freeRanges() : [],
    migratetype,
    lru: (pfn) => memMap.base + pfn * memMap.pageSize + layouts.offset('page', 'lru'),
    head: (zone, order, mt) =>
      zoneAddr(zone) +
      layouts.offset('zone', 'free_area') +
      order * layouts.size('free_area') +
      mt * layouts.size('list_head'),
  });
  const unlisted = populate ? undefined : memblock.freeRanges();
  describePages(mem, facts, memMap, spans, free, unlisted);
  if (sparse) describeUsage(mem, sparse, memory);
  const bitsOf = sparse?.bitsOf ?? placeUsemaps(arch, mem, spans, migratetype, memblock, early);
  return {
    memory,
    symbols,
    percpu,
    memMap,
    early: new EarlyData(early + USEMAP_PAGES, arch.earlyPages - USEMAP_PAGES),
    pages: new PageTable(mem, facts, memMap),
    pageblocks: new Pageblocks(mem, { order: arch.pageblockOrder, endPfn: memMap.endPfn, bitsOf }),
    nodes,
    spans,
    free,
    reserved: memblock.reserved,
    managed: spans.map((s) => memblock.freeRanges().reduce((sum, r) => sum + pagesIn(r, s), 0)),
    freedLate: spans.map((s) => freed.reduce((sum, r) => sum + pagesIn(r, s), 0)),
  };
}

const pagesIn = (r: { start: number; end: number }, zone: ZoneSpan): number =>
  Math.max(0, Math.min(r.end, zone.start + zone.spanned) - Math.max(r.start, zone.start));

/** The first MiB and the kernel image; returns the frames of the image that boot gives back at its end. */
function reserveLow(arch: ArchInfo, memblock: Memblock): { start: number; end: number }[] {
  memblock.reserve('first MiB', 0, 0x100000 >>> PAGE_SHIFT);
  const frames = (p: { start: number; end: number }) => ({ start: p.start / PAGE_SIZE, end: p.end / PAGE_SIZE });
  const late = arch.image.freedLate.map(frames);
  let kept = [{ start: arch.image.start / PAGE_SIZE, end: Math.ceil(arch.image.end / PAGE_SIZE) }];
  for (const gap of [...late, ...arch.image.freedEarly.map(frames)]) kept = kept.flatMap((k) => subtract(k, gap));
  for (const k of kept) memblock.reserve('kernel image', k.start, k.end);
  return late;
}

/** Tables of the direct map that the image's own reserve does not cover: one page of 2 MiB entries per GiB, from the third on. */
function reservePageTables(arch: ArchInfo, memory: MemoryMap, memblock: Memblock): void {
  if (!arch.sparse) return;
  const gigabytes = Math.ceil(memory.endPfn / 262144);
  if (gigabytes > 2) memblock.alloc({ name: 'page tables', size: (gigabytes - 2) * PAGE_SIZE });
}

const nodePages = (layouts: Layouts): number => Math.ceil(layouts.size('pglist_data') / PAGE_SIZE);
function allocNode(layouts: Layouts, memblock: Memblock, node: number): number {
  return memblock.alloc({ name: `NODE_DATA(${node})`, size: layouts.size('pglist_data'), node }) * PAGE_SIZE;
}
/** i386: contig_page_data lies in the image. Its words must be adjacent. Returns the physical address. */
function placeContig(arch: ArchInfo, layouts: Layouts, mem: Memory, symbols: SymbolTable): number {
  const va = symbols.define('contig_page_data', layouts.parseType('struct pglist_data'), PAGE_SIZE);
  const phys = va - arch.imageOffset;
  mem.contiguous(phys / PAGE_SIZE, phys / PAGE_SIZE + nodePages(layouts));
  return phys;
}

/** Large hash tables, and the bounce buffer where memory lies above 4 GiB (fs/dcache.c, fs/inode.c, kernel/dma/swiotlb.c). */
function reserveTables(
  arch: ArchInfo,
  memory: MemoryMap,
  spans: readonly ZoneSpan[],
  nodes: number,
  memblock: Memblock,
): void {
  if (arch.arch !== 'i386' && memory.endPfn > DMA32_END_PFN) {
    memblock.alloc({ name: 'swiotlb', size: SWIOTLB_BYTES, below: Math.min(arch.maxLowPfn, DMA32_END_PFN) });
    memblock.alloc({ name: 'swiotlb slots', size: SWIOTLB_SLOTS * arch.swiotlbSlotBytes, below: arch.maxLowPfn });
  }
  // with several nodes the tables are spread by vmalloc, out of the free lists
  if (nodes > 1) return;
  const low = spans.reduce((sum, s) => sum + (s.name === 'HighMem' ? 0 : s.present), 0);
  const descriptors = 1 - (arch.sparse ? 1 / 64 : 0);
  const bucket = arch.sparse ? 8 : 4;
  for (const [name, scale] of [
    ['dentry hash table', 13],
    ['inode hash table', 14],
  ] as const) {
    let shift = scale;
    if (arch.sparse) for (let limit = 2 ** 24; limit < low; limit *= 4) shift++;
    const wanted = (low * descriptors) / 2 ** (shift - PAGE_SHIFT);
    const entries = 2 ** Math.ceil(Math.log2(Math.max(1, wanted)));
    memblock.alloc({ name, size: entries * bucket, below: arch.maxLowPfn });
  }
}

/** Direct map, image mapping, vmemmap. */
function mapKernel(arch: ArchInfo, memory: MemoryMap, memMap: MemMap, space: AddressSpace): void {
  for (const { start, end } of directMapRanges(memory, arch.maxLowPfn))
    space.addLinear('direct map', arch.pageOffset + start, end - start, start);
  if (arch.imageOffset !== arch.pageOffset) {
    const image = arch.image;
    space.addLinear('kernel image', arch.imageOffset + image.start, image.end - image.start, image.start);
  }
  if (!arch.sparse) return;
  for (const r of memMap.runs) {
    space.addLinear('vmemmap', memMap.base + r.start * memMap.pageSize, (r.end - r.start) * memMap.pageSize, r.phys);
  }
}

function imageSymbols(arch: ArchInfo, percpu: PerCpuFirstChunk): SymbolTable {
  const area = (name: string) => {
    const part = arch.image.parts.find((p) => p.name === name) as { start: number; end: number };
    return { start: arch.imageOffset + part.start, end: arch.imageOffset + part.end };
  };
  const bss = area('Kernel bss');
  // the tail of x86_64's bss is decrypted memory that boot gives back
  const given = arch.image.freedLate.find((p) => p.name === 'decrypted');
  if (given) bss.end = arch.imageOffset + given.start;
  return new SymbolTable({ text: area('Kernel code'), rodata: area('Kernel rodata'), data: bss }, percpu);
}

function nodeSpan(spans: readonly ZoneSpan[], id: number): { startPfn: number; spanned: number; present: number } {
  const mine = spans.filter((s) => s.node === id && s.spanned > 0);
  const start = Math.min(...mine.map((s) => s.start));
  const end = Math.max(...mine.map((s) => s.start + s.spanned));
  if (mine.length === 0) return { startPfn: 0, spanned: 0, present: 0 };
  return { startPfn: start, spanned: end - start, present: mine.reduce((sum, s) => sum + s.present, 0) };
}

/** i386: zone->pageblock_flags, one bitmap per zone, in the early boot data. Returns where the bits of a frame's block are. */
function placeUsemaps(
  arch: ArchInfo,
  mem: Memory,
  spans: readonly ZoneSpan[],
  migratetype: (pfn: number) => number,
  memblock: Memblock,
  early: number,
): (pfn: number) => number {
  const pages = 1 << arch.pageblockOrder;
  const maps: { span: ZoneSpan; base: number; phys: number }[] = [];
  let at = early * PAGE_SIZE;
  for (const span of spans) {
    if (span.spanned === 0) continue;
    const base = span.start - (span.start % pages);
    const blocks = Math.ceil((span.start + span.spanned - base) / pages);
    const bytes = Math.ceil((blocks * 4) / 32) * 4;
    let phys = at;
    if (at + bytes > (early + USEMAP_PAGES) * PAGE_SIZE) {
      phys = memblock.alloc({ name: 'pageblock flags', size: bytes, below: arch.maxLowPfn }) * PAGE_SIZE;
    } else at += bytes;
    maps.push({ span, base, phys });
    for (let word = 0; word * 8 < blocks; word++) {
      let value = 0;
      for (let i = 0; i < 8; i++) {
        const pfn = base + (word * 8 + i) * pages;
        if (word * 8 + i < blocks && pfn >= span.start) value |= migratetype(pfn) << (4 * i);
      }
      mem.write32(phys + word * 4, value);
    }
  }
  return (pfn) => {
    const map = maps.find((m) => m.span === spanAt(spans, pfn));
    if (!map) throw new RangeError(`pfn ${pfn} is in no zone`);
    return map.phys * 8 + 4 * Math.floor((pfn - map.base) / pages);
  };
}
