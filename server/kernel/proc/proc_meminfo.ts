/** /proc/meminfo and /proc/iomem of a live kernel (fs/proc/meminfo.c, kernel/resource.c, arch/x86/mm/pat/set_memory.c, 6.1). */
import { PAGE_SIZE } from '../../types/pageSize';
import { GiB, KiB, MiB } from '../arch/arch';
import { hasGbPages } from '../init/init_mem_mapping';
import { vmStatNode } from '../mm/vmstat_names';
import { NR_FREE_PAGES, WMARK_LOW } from '../mm/zone';
import type { ProcKernel } from './proc_kernel';
import { zoneInfo } from './proc_vmstat';

const kB = (pages: number): number => pages * 4;

const vmStatOfAll = (k: ProcKernel, name: string): number =>
  k.nodes.reduce((sum, n) => sum + vmStatNode(k, n, name), 0);

/**
 * si_mem_available (mm/page_alloc.c, 6.1), in pages: what is free beyond the reserves, and of page cache and reclaimable slabs, each for
 * itself, what exceeds half of it or the low marks, whichever is less.
 */
export function siMemAvailable(k: ProcKernel): number {
  const stat = (name: string) => vmStatOfAll(k, name);
  const low = k.zones.reduce((sum, z) => sum + z.wmarkPages(WMARK_LOW), 0);
  const free = k.zones.reduce((sum, z) => sum + Math.max(0, z.vmStatOf(NR_FREE_PAGES)), 0);
  const beyond = (pages: number) => pages - Math.min(Math.floor(pages / 2), low);
  const cache = beyond(stat('nr_active_file') + stat('nr_inactive_file'));
  const reclaimable = beyond(stat('nr_slab_reclaimable') + stat('nr_kernel_misc_reclaimable'));
  return Math.max(0, free - k.vars.read('totalreserve_pages') + cache + reclaimable);
}

/** The fields of /proc/meminfo in its order: kB, and plain numbers for the counts of huge pages. */
export function meminfoFields(k: ProcKernel): Record<string, number> {
  const stat = (name: string) => vmStatOfAll(k, name);
  const zones = k.zones.filter((z) => z.populated).map((z) => zoneInfo(k, z));
  const sum = (list: typeof zones, of: (z: (typeof zones)[number]) => number) => list.reduce((s, z) => s + of(z), 0);
  const high = zones.filter((z) => z.name === 'HighMem');
  const total = k.vars.read('_totalram_pages');
  const free = sum(zones, (z) => z.free);
  const cache = stat('nr_file_pages');
  const reclaimable = stat('nr_slab_reclaimable');
  const swap = k.config.swap / KiB;
  const anon = { active: kB(stat('nr_active_anon')), inactive: kB(stat('nr_inactive_anon')) };
  const file = { active: kB(stat('nr_active_file')), inactive: kB(stat('nr_inactive_file')) };
  const slab = { reclaimable: kB(reclaimable), unreclaimable: kB(stat('nr_slab_unreclaimable')) };
  return {
    MemTotal: kB(total),
    MemFree: kB(free),
    MemAvailable: kB(siMemAvailable(k)),
    Buffers: 0,
    Cached: kB(cache),
    SwapCached: kB(stat('nr_swapcached')),
    Active: anon.active + file.active,
    Inactive: anon.inactive + file.inactive,
    'Active(anon)': anon.active,
    'Inactive(anon)': anon.inactive,
    'Active(file)': file.active,
    'Inactive(file)': file.inactive,
    Unevictable: kB(stat('nr_unevictable')),
    Mlocked: 0,
    ...(k.arch.zones.includes('HighMem')
      ? {
          HighTotal: kB(sum(high, (z) => z.managed)),
          HighFree: kB(sum(high, (z) => z.free)),
          LowTotal: kB(total - sum(high, (z) => z.managed)),
          LowFree: kB(free - sum(high, (z) => z.free)),
        }
      : {}),
    SwapTotal: swap,
    SwapFree: swap,
    Zswap: 0,
    Zswapped: 0,
    Dirty: kB(stat('nr_dirty')),
    Writeback: kB(stat('nr_writeback')),
    AnonPages: kB(stat('nr_anon_pages')),
    Mapped: kB(stat('nr_mapped')),
    Shmem: kB(stat('nr_shmem')),
    KReclaimable: slab.reclaimable + kB(stat('nr_kernel_misc_reclaimable')),
    Slab: slab.reclaimable + slab.unreclaimable,
    SReclaimable: slab.reclaimable,
    SUnreclaim: slab.unreclaimable,
    KernelStack: stat('nr_kernel_stack'),
    PageTables: kB(stat('nr_page_table_pages')),
    SecPageTables: kB(stat('nr_sec_page_table_pages')),
    NFS_Unstable: 0,
    Bounce: 0,
    WritebackTmp: 0,
    CommitLimit: kB(Math.floor(total / 2)) + swap,
    Committed_AS: 0,
    // x86_64's VMALLOC_END is the last byte
    VmallocTotal: Math.floor((k.addresses.vmallocEnd - k.addresses.vmallocStart - (k.arch.sparse ? 1 : 0)) / KiB),
    VmallocUsed: kB(k.allocators.vmalloc.pages),
    VmallocChunk: 0,
    Percpu: (k.percpu.layout.used / KiB) * k.percpu.cpus,
    HardwareCorrupted: 0,
    AnonHugePages: 0,
    ShmemHugePages: 0,
    ShmemPmdMapped: 0,
    FileHugePages: 0,
    FilePmdMapped: 0,
    HugePages_Total: 0,
    HugePages_Free: 0,
    HugePages_Rsvd: 0,
    HugePages_Surp: 0,
    Hugepagesize: k.arch.arch === 'i386' ? 4096 : 2048,
    Hugetlb: 0,
    ...directMap(k),
  };
}

/** /proc/meminfo */
export function meminfo(k: ProcKernel): string {
  return Object.entries(meminfoFields(k))
    .map(([name, value]) => {
      const label = `${name}:`.padEnd(16);
      // the value ends in column 24, also after a label that is longer than the others
      const unit = name.startsWith('HugePages_') ? '' : ' kB';
      return `${label}${String(value).padStart(24 - label.length)}${unit}\n`;
    })
    .join('');
}

/** arch_report_meminfo: kB of the direct map by size of its pages; those of 1 GiB where the machine has them */
function directMap(k: ProcKernel): Record<string, number> {
  const kB = (level: number, bytes: number) => (k.vars.read('direct_pages_count', level) * bytes) / KiB;
  const small = { DirectMap4k: kB(1, PAGE_SIZE) };
  if (k.arch.arch === 'i386') return { ...small, DirectMap4M: kB(2, 4 * MiB) };
  return { ...small, DirectMap2M: kB(2, 2 * MiB), ...(hasGbPages(k) ? { DirectMap1G: kB(3, GiB) } : {}) };
}

interface Resource {
  readonly start: number;
  /** inclusive */
  readonly end: number;
  readonly name: string;
  readonly depth: number;
}

/** The tree of /proc/iomem: firmware's map, the kernel image, and a PC's devices. */
export function iomemResources(k: ProcKernel): Resource[] {
  const top: Resource[] = [];
  const inside: Resource[] = [];
  const add = (start: number, end: number, name: string, depth = 0): void => {
    (depth ? inside : top).push({ start, end: end - 1, name, depth });
  };
  add(0, PAGE_SIZE, 'Reserved');
  for (const e of k.memory.firmware) {
    const start = Math.max(e.start, e.type === 'usable' || e.start === 0 ? PAGE_SIZE : 0);
    if (start < e.end) add(start, e.end, e.type === 'usable' ? 'System RAM' : 'Reserved');
  }
  for (const p of k.arch.image.parts) add(p.start, p.end, p.name, 1);
  if (k.memory.pc) {
    const low = Math.max(...k.memory.ram.filter((r) => r.end <= 4 * GiB).map((r) => r.end));
    const high = Math.max(4 * GiB, ...k.memory.ram.map((r) => r.end));
    add(0xa0000, 0xc0000, 'PCI Bus 0000:00');
    if (!k.arch.sparse) add(0xa0000, 0xc0000, 'Video RAM area', 1);
    add(0xc0000, 0xc0600, 'Video ROM');
    add(0xf0000, 0x100000, 'System ROM', 1);
    add(low, 0xfec00000, 'PCI Bus 0000:00');
    add(0xfec00000, 0xfec00400, 'IOAPIC 0');
    add(0xfed00000, 0xfed00400, 'HPET 0');
    add(0xfed00000, 0xfed00400, 'PNP0103:00', 1);
    add(0xfee00000, 0xfee01000, 'Local APIC');
    if (k.arch.arch !== 'i386') add(high, high + 2 * GiB, 'PCI Bus 0000:00');
  }
  // a kernel with 32-bit physical addresses does not see what lies above
  const known = k.arch.arch === 'i386' ? top.filter((r) => r.start < 4 * GiB) : top;
  known.sort((a, b) => a.start - b.start);
  return known.flatMap((r) => [r, ...inside.filter((c) => c.start >= r.start && c.end <= r.end)]);
}

/** /proc/iomem */
export function iomem(k: ProcKernel): string {
  const hex = (n: number) => n.toString(16).padStart(8, '0');
  return iomemResources(k)
    .map((r) => `${'  '.repeat(r.depth)}${hex(r.start)}-${hex(r.end)} : ${r.name}\n`)
    .join('');
}
