/**
 * Per-CPU memory: alloc_percpu and free_percpu (mm/percpu.c: pcpu_alloc, free_percpu, 6.1). A per-CPU pointer is an address in the first
 * unit, told from the start of the kernel's per-CPU section; a CPU's copy is there plus __per_cpu_offset[cpu].
 * The allocator's mutex and its spinlock are not taken: nothing interrupts a call.
 */
import type { Layouts } from '../../../types/layout';
import { PAGE_SIZE } from '../../../types/pageSize';
import { callSite } from '../../printk/tracing';
import { PCPU_BALANCE_FRAMES } from '../allocation_frames';
import type { GfpMasks } from '../gfp';
import { PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO } from '../page_alloc/caller';
import { PcpuBalance } from './balance';
import type { PcpuArea, PcpuPool } from './pcpu_pool';
import type { PcpuPorts } from './pcpu_ports';
import { PCPU_EMPTY_POP_PAGES_LOW } from './pcpu_units';
import { PcpuVm } from './percpu_vm';

/** Where mm/percpu.c warns, in the recorded kernel. */
const ILLEGAL = { fn: 'pcpu_alloc', at: 'mm/percpu.c:1758', functions: [] };
export class PerCpu {
  readonly vm: PcpuVm;
  private readonly balance: PcpuBalance;
  /** addresses of variables */
  private readonly asyncEnabled: number;
  private readonly warnLimit: number;

  constructor(
    readonly pool: PcpuPool,
    readonly ports: PcpuPorts,
    private readonly gfp: GfpMasks,
    layouts: Layouts,
  ) {
    this.vm = new PcpuVm(pool, ports, gfp, layouts);
    this.balance = new PcpuBalance(pool, this.vm, gfp);
    this.asyncEnabled = pool.variable('pcpu_async_enabled');
    this.warnLimit = pool.variable('pcpu_warn_limit');
  }

  /** percpu_enable_async: the worker may be woken from here on. */
  enableAsync(): void {
    this.pool.m.space.write8(this.asyncEnabled, 1);
  }
  /** pcpu_schedule_balance_work */
  private scheduleBalance(): void {
    if (this.pool.m.space.read8(this.asyncEnabled) !== 0) this.ports.scheduleBalance();
  }
  /** pcpu_balance_workfn */
  balanceWork(): void {
    this.ports.caller.within(PCPU_BALANCE_FRAMES, () => this.balance.run());
  }
  /** current_gfp_context, as far as it concerns this allocator */
  private ofTask(gfp: number): number {
    const flags = this.ports.caller.taskFlags();
    if (flags & PF_MEMALLOC_NOIO) return gfp & ~(this.gfp.io | this.gfp.fs);
    return flags & PF_MEMALLOC_NOFS ? gfp & ~this.gfp.fs : gfp;
  }

  /**
   * __alloc_percpu_gfp: zeroed bytes for every CPU; a per-CPU pointer, 0 if there is no memory. `reserved`: from the part of the first chunk
   * that is kept for modules, if there is one.
   */
  allocPercpu(bytes: number, alignment: number, mask = this.gfp.kernel, reserved = false): number {
    const { pool, ports } = this;
    const gfp = this.ofTask(mask);
    const atomic = (gfp & this.gfp.kernel) !== this.gfp.kernel;
    const warns = !(gfp & this.gfp.nowarn);
    const { size, align } = pool.rounded(bytes, alignment);
    if (!pool.takes(size, align)) {
      const message = `illegal size (${size}) or align (${align}) for percpu allocation`;
      if (warns) ports.caller.warn(ILLEGAL, message, []);
      return 0;
    }
    if (!atomic) ports.caller.mightSleep('kernel/locking/mutex.c', ports.lockFunctions);
    const backing = gfp & (this.gfp.kernel | this.gfp.noretry | this.gfp.nowarn);
    const found =
      reserved && pool.reserved !== 0
        ? (pool.findReserved(size, align, atomic) ?? 'alloc from reserved chunk failed')
        : this.area(size, align, atomic, backing);
    const why = typeof found === 'string' ? found : atomic ? '' : this.back(found, size, backing);
    if (typeof found === 'string' || why !== '') return this.failed(size, align, atomic, warns, why);
    if (pool.slots.emptyPages < PCPU_EMPTY_POP_PAGES_LOW) this.scheduleBalance();
    pool.clear(found, size);
    const ptr = pool.pointer(found);
    const all = size * pool.units.cpus;
    if (ports.tracing.on)
      ports.tracing.event('percpu_alloc_percpu', callSite(ports.tracing, ports.caller), bytes, align, ptr, all, mask);
    return ptr;
  }
  /** A place from a chunk, or from a new one; why there is none. */
  private area(size: number, align: number, atomic: boolean, gfp: number): PcpuArea | string {
    const { pool, vm } = this;
    for (;;) {
      const area = pool.find(size, align, atomic);
      if (area) return area;
      if (atomic) return 'atomic alloc failed, no space left';
      if (!pool.slots.lists.empty(pool.slots.head(pool.slots.free))) continue;
      const chunk = vm.create(gfp);
      if (chunk === 0) return 'failed to allocate new chunk';
      pool.slots.relocate(chunk, -1);
    }
  }
  /** Memory behind the pages of a place that have none; why there is none, '' for success. */
  private back({ chunk, offset }: PcpuArea, size: number, gfp: number): string {
    const { chunks, areas, slots } = this.pool;
    const map = chunks.populated(chunk);
    const last = Math.ceil((offset + size) / PAGE_SIZE);
    for (let end = Math.floor(offset / PAGE_SIZE); ; ) {
      const start = chunks.bitmaps.nextZero(map, last, end);
      if (start >= last) return '';
      end = chunks.bitmaps.next(map, last, start);
      if (!this.vm.populate(chunk, start, end, gfp)) {
        areas.free(chunk, offset);
        return 'failed to populate';
      }
      slots.setPopulated(chunk, start, end, true);
    }
  }
  private failed(size: number, align: number, atomic: boolean, warns: boolean, why: string): number {
    const { ports, pool, warnLimit } = this;
    const limit = pool.m.get32(warnLimit);
    if (atomic) {
      this.balance.atomicFailed();
      this.scheduleBalance();
    } else if (warns && limit !== 0) {
      ports.log.report({
        kind: 'fail',
        title: `percpu: allocation failed, size=${size} align=${align} atomic=0, ${why}`,
        lines: ports.caller.dumpStack(['pcpu_alloc']),
      });
      pool.m.set32(warnLimit, limit - 1);
      if (limit === 1) ports.log.print('percpu: limit reached, disable warning');
    }
    return 0;
  }

  /** free_percpu. @throws PageFaultError for a pointer that this allocator did not return */
  freePercpu(ptr: number): void {
    if (ptr === 0) return;
    const { pool, vm } = this;
    const { chunks, slots, areas, units } = pool;
    const address = pool.addressOfPointer(ptr);
    if (this.ports.tracing.on) this.ports.tracing.event('percpu_free_percpu', ptr);
    const chunk = vm.chunkOf(address);
    const offset = address - chunks.base(chunk);
    if (!areas.begins(chunk, offset)) this.noteFree(ptr);
    areas.free(chunk, offset);
    let needed = false;
    if (!chunks.isolated(chunk) && chunks.freeBytes(chunk) === units.unitSize)
      needed = slots.on(slots.free).some((other) => other !== chunk);
    else if (vm.shouldReclaim(chunk)) {
      slots.isolate(chunk);
      needed = true;
    }
    if (needed) this.scheduleBalance();
  }
  /** The kernel takes any address for the start of an allocation. */
  private noteFree(ptr: number): void {
    this.ports.log.report({
      kind: 'BUG',
      title: `free_percpu() of 0x${ptr.toString(16)}, where no allocation begins`,
      lines: [],
      notes: [
        'the kernel does not look: it takes what follows, up to the next allocation, as free, and its counts are wrong from now on',
      ],
      suppressed: true,
    });
  }
}
