/** vmalloc and its relatives: mm/vmalloc.c, arch/x86/mm/ioremap.c, 6.1; and reads and writes of what ioremap() maps. */
import type { StructMemory } from '../../kernel/lib/struct_memory';
import type { CacheMode } from '../../kernel/mm/vmalloc/ioremap';
import type { UnmapProgress } from '../../kernel/mm/vmalloc/vfree';
import { PREEMPT, type Wait } from '../../kernel/sched/block';
import { T } from '../../kernel/sched/task';
import { PageFaultError } from '../../memory/space';
import type { Machine } from '../machine/machine';
import type { Value } from '../values/value';
import { bool, type Implementation, type Implementations, inline, plain, wait } from './define';

const api = (m: Machine) => m.kernel.allocators.vmalloc;

/** n · size; −1 if it is more than a size_t holds. */
function bytesOf(m: Machine, n: number, size: number): number {
  const bytes = n * size;
  return bytes < 2 ** (m.core.wordSize * 8) ? bytes : -1;
}

// ---------------------------------------------------------------- vfree
/** What is left of a vfree, in the scratch of its caller: a count, and the vm_structs. */
class ScratchProgress implements UnmapProgress {
  constructor(
    private readonly memory: StructMemory,
    private readonly scratch: number,
  ) {}
  get count(): number {
    return this.memory.get32(this.scratch);
  }
  at(index: number): number {
    return this.memory.getLong(this.scratch + 8 + index * 8);
  }
  push(vm: number): void {
    const { count, memory } = this;
    memory.setLong(this.scratch + 8 + count * 8, vm);
    memory.set32(this.scratch, count + 1);
  }
}
/** vfree: others may run after each area. The worker that purges has slept for long, so it comes at once. */
export function vfree(m: Machine, scratch: number, address: number): Wait | undefined {
  const { freeing, allocator } = api(m);
  const { memory } = allocator.areas;
  const progress = new ScratchProgress(memory, scratch);
  let more: boolean;
  if (m.tasks.get(m.core.current, T.stage) === 0) {
    memory.set32(scratch, 0);
    const vm = freeing.start(address);
    if (vm === 0) return undefined;
    progress.push(vm);
    more = true;
  } else more = freeing.next(progress);
  while (more) {
    const mayWait = m.core.preemptCount === 0 && !m.core.irqsOff;
    if (mayWait && m.works.pending(allocator.drainWork) && m.sched.first(m.core.cpu) !== 0) return PREEMPT;
    more = freeing.next(progress);
  }
  return undefined;
}

// ---------------------------------------------------------------- devices
const device = (mode: CacheMode): Implementation<[number, Value]> =>
  plain((m, phys_addr, size) => api(m).device.ioremap(phys_addr, Number(size), mode));
/** An access to a device: what lies there is not emulated, and reads as ones. @throws PageFaultError where nothing is mapped */
function checkDevice(m: Machine, address: number, write: boolean): boolean {
  if (m.core.space.translate(address) >= 0) return false;
  if (m.kernel.pageTables.pfnAt(address) < 0) throw new PageFaultError(address, write);
  return true;
}
const reads = (bits: 8 | 16 | 32 | 64): Implementation<[number]> =>
  plain((m, addr) => {
    const { space } = m.core;
    if (checkDevice(m, addr, false)) return bits === 64 ? -1n : 2 ** bits - 1;
    if (bits === 8) return space.read8(addr);
    if (bits === 16) return space.read16(addr);
    return bits === 32 ? space.read32(addr) : BigInt.asIntN(64, space.read64(addr));
  });
const writes = (bits: 8 | 16 | 32): Implementation<[number, number]> =>
  plain((m, value, addr) => {
    const { space } = m.core;
    if (checkDevice(m, addr, true)) return;
    if (bits === 8) space.write8(addr, value);
    else if (bits === 16) space.write16(addr, value);
    else space.write32(addr, value);
  });

export const vmallocBuiltins = {
  vmalloc: plain((m, size) => api(m).vmalloc(Number(size))),
  vzalloc: plain((m, size) => api(m).vzalloc(Number(size))),
  vmalloc_node: plain((m, size, node) => api(m).vmallocNode(Number(size), node)),
  vzalloc_node: plain((m, size, node) => api(m).vzallocNode(Number(size), node)),
  vmalloc_user: plain((m, size) => api(m).vmallocUser(Number(size))),
  vmalloc_32: plain((m, size) => api(m).vmalloc32(Number(size))),
  vmalloc_huge: plain((m, size, gfp_mask) => api(m).vmallocHuge(Number(size), gfp_mask)),
  vmalloc_array: plain((m, n, size) => {
    const bytes = bytesOf(m, n, size);
    return bytes < 0 ? 0 : api(m).vmalloc(bytes);
  }),
  vcalloc: plain((m, n, size) => {
    const bytes = bytesOf(m, n, size);
    return bytes < 0 ? 0 : api(m).vzalloc(bytes);
  }),
  __vmalloc: plain((m, size, gfp_mask) => api(m).vmallocGfp(Number(size), gfp_mask)),
  vfree: wait((m, scratch, addr) => vfree(m, scratch, addr)),
  vfree_atomic: plain((m, addr) => api(m).freeing.vfreeAtomic(addr)),
  __kmem_vmap: plain((m, pages, count, flags, prot) =>
    api(m).mapping.vmap(pages, count, Number(flags), BigInt.asUintN(64, BigInt(prot))),
  ),
  vunmap: plain((m, addr) => api(m).freeing.vunmap(addr)),
  vm_map_ram: plain((m, pages, count, node) => api(m).blocks.mapRam(pages, count, node)),
  vm_unmap_ram: plain((m, mem, count) => api(m).blocks.unmapRam(mem, count)),
  vm_unmap_aliases: plain((m) => api(m).blocks.unmapAliases()),
  get_vm_area: plain((m, size, flags) => api(m).getVmArea(Number(size), Number(flags))),
  free_vm_area: plain((m, area) => api(m).freeVmArea(area)),
  remove_vm_area: plain((m, addr) => api(m).vms.remove(addr)),
  find_vm_area: plain((m, addr) => api(m).vms.find(addr)),
  vmalloc_to_page: inline((m, vmalloc_addr) => {
    const pfn = api(m).pfnOf(vmalloc_addr);
    return pfn < 0 ? 0 : m.kernel.pages.pageAddr(pfn);
  }),
  // pte_pfn of an entry that is not there is what the kernel computes: page_to_pfn(NULL)
  vmalloc_to_pfn: inline((m, vmalloc_addr) => Math.max(0, api(m).pfnOf(vmalloc_addr))),
  is_vmalloc_addr: inline((m, x) => bool(api(m).isVmallocAddr(x))),
  ioremap: device('UC-'),
  ioremap_wc: device('WC'),
  ioremap_uc: device('UC'),
  ioremap_cache: device('WB'),
  iounmap: plain((m, addr) => api(m).device.iounmap(addr)),

  readb: reads(8),
  readw: reads(16),
  readl: reads(32),
  readl_relaxed: reads(32),
  ioread32: reads(32),
  readq: reads(64),
  writeb: writes(8),
  writew: writes(16),
  writel: writes(32),
  writel_relaxed: writes(32),
  iowrite32: writes(32),
  writeq: plain((m, value, addr) => {
    if (!checkDevice(m, addr, true)) m.core.space.write64(addr, BigInt.asUintN(64, BigInt(value)));
  }),
} satisfies Partial<Implementations>;
