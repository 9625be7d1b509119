/**
 * The first chunk of per-CPU memory: how large a CPU's unit is, where the units lie, and the kernel's own variables in it (mm/percpu.c:
 * pcpu_build_alloc_info, pcpu_embed_first_chunk; arch/x86/kernel/setup_percpu.c, 6.1). Its dynamic part is mm/percpu's.
 */

import type { Memory } from '../../memory/memory';

import type { ArchInfo } from '../../profiles/archInfo';
import { PAGE_SIZE } from '../../types/pageSize';
import type { PcpuUnits } from '../mm/percpu/pcpu_units';
import type { Memblock } from './memblock';

/** Bytes of a unit, and the frames of each CPU's unit that stay in use. */
interface UnitLayout {
  readonly unit: number;
  readonly used: number;
  /** units in one allocation */
  readonly perAlloc: number;
}

/** How units are packed: as many in one allocation as waste no more than a third of the CPUs' worth. */
function unitLayout(arch: ArchInfo, groups: readonly number[]): UnitLayout {
  const { static: fixed, reserved, dynamic, atom } = arch.percpu;
  const used = Math.ceil((fixed + reserved + dynamic) / PAGE_SIZE) * PAGE_SIZE;
  const size = Math.ceil(used / atom) * atom;
  const cpus = groups.reduce((a, b) => a + b, 0);
  let best = 1;
  let fewest = Number.POSITIVE_INFINITY;
  for (let n = Math.floor(size / used); n >= 1; n--) {
    if (size % n || (size / n) % PAGE_SIZE) continue;
    const allocs = groups.reduce((sum, g) => sum + Math.ceil(g / n), 0);
    if (allocs * n - cpus > Math.floor(cpus / 3)) continue;
    if (allocs > fewest) break;
    fewest = allocs;
    best = n;
  }
  return { unit: size / best, used, perAlloc: best };
}

export class PerCpuFirstChunk {
  /** per CPU, the first pfn of its unit */
  readonly unitPfn: readonly number[];
  readonly layout: UnitLayout;
  /** the per-CPU address 0 on x86_64, the address of the image's per-CPU section on i386 */
  readonly start: number;
  /** first free addresses; used at boot and while a scenario is placed, not in the run */
  private staticNext: number;
  private readonly staticEnd: number;
  /** virtual address of physical 0 */
  private readonly base: number;
  /** where addresses of 32 bits wrap */
  private readonly wraps: boolean;
  readonly units: PcpuUnits;

  /** Reserves the units. `cpuNodes` is the node of each CPU. */
  constructor(arch: ArchInfo, cpuNodes: readonly number[], memblock: Memblock, mem: Memory) {
    this.base = arch.pageOffset;
    this.wraps = arch.pageOffset >= 0;
    const nodes = [...new Set(cpuNodes)];
    this.layout = unitLayout(
      arch,
      nodes.map((n) => cpuNodes.filter((c) => c === n).length),
    );
    const { unit, used, perAlloc } = this.layout;
    const pfns: number[] = [];
    const groups: { first: number; size: number }[] = [];
    for (const node of nodes) {
      const cpus = cpuNodes.flatMap((n, cpu) => (n === node ? [cpu] : []));
      const units = Math.ceil(cpus.length / perAlloc) * perAlloc;
      const first = memblock.alloc({
        name: 'per-CPU first chunk',
        size: units * unit,
        align: arch.percpu.atom,
        node,
        below: arch.maxLowPfn,
      });
      groups.push({ first, size: units * unit });
      for (let i = 0; i < units; i++) {
        const cpu = cpus[i];
        const start = first + (i * unit) / PAGE_SIZE;
        const keep = cpu === undefined ? 0 : used / PAGE_SIZE;
        if (cpu !== undefined) pfns[cpu] = start;
        if (start + keep < first + ((i + 1) * unit) / PAGE_SIZE) {
          memblock.release(start + keep, first + ((i + 1) * unit) / PAGE_SIZE, node);
        }
      }
    }
    this.unitPfn = pfns;
    const lowest = Math.min(...groups.map((g) => g.first));
    const dynamic = arch.percpu.static + arch.percpu.reserved;
    // what is allocated from it may lie across pages: its words are to be adjacent
    for (const pfn of pfns) mem.contiguous(pfn + Math.floor(dynamic / PAGE_SIZE), pfn + used / PAGE_SIZE);
    this.units = {
      cpus: pfns.length,
      unitSize: unit,
      atomSize: arch.percpu.atom,
      unitOffsets: pfns.map((pfn) => (pfn - lowest) * PAGE_SIZE),
      groupOffsets: groups.map((g) => (g.first - lowest) * PAGE_SIZE),
      groupSizes: groups.map((g) => g.size),
      base: this.base + lowest * PAGE_SIZE,
      start: arch.percpuStart,
      staticSize: arch.percpu.static,
      reservedSize: arch.percpu.reserved,
      dynSize: used - dynamic,
    };
    this.start = arch.percpuStart;
    // the first page of the section holds the interrupt stack's guard and what the processor itself keeps per CPU
    this.staticNext = this.start + PAGE_SIZE;
    this.staticEnd = this.start + arch.percpu.static;
  }

  get cpus(): number {
    return this.unitPfn.length;
  }
  /** __per_cpu_offset[cpu]: what is added to a per-CPU address. */
  offset(cpu: number): number {
    return this.base + (this.unitPfn[cpu] as number) * PAGE_SIZE - this.start;
  }
  /** Virtual address of a CPU's copy of the variable at a per-CPU address. */
  va(cpu: number, address: number): number {
    const at = this.offset(cpu) + address;
    return this.wraps ? at >>> 0 : at;
  }
  /** Physical byte address of the same. */
  phys(cpu: number, address: number): number {
    return (this.unitPfn[cpu] as number) * PAGE_SIZE + address - this.start;
  }
  /** The CPU and the per-CPU address that a virtual address belongs to. */
  find(va: number): { cpu: number; address: number } | undefined {
    for (let cpu = 0; cpu < this.unitPfn.length; cpu++) {
      const at = va - this.base - (this.unitPfn[cpu] as number) * PAGE_SIZE;
      if (at >= 0 && at < this.layout.used) return { cpu, address: this.start + at };
    }
    return undefined;
  }
  /** DEFINE_PER_CPU: an address in the static part. */
  takeStatic(size: number, align: number): number {
    const at = place(this.staticNext, size, align);
    if (at + size > this.staticEnd) throw new Error('the static part of the per-CPU first chunk is full');
    this.staticNext = at + size;
    return at;
  }
}

/** The next aligned offset at which `size` bytes lie in one frame, if they fit in one. */
function place(next: number, size: number, align: number): number {
  const at = Math.ceil(next / align) * align;
  const frameEnd = Math.floor(at / PAGE_SIZE) * PAGE_SIZE + PAGE_SIZE;
  return size <= PAGE_SIZE && at + size > frameEnd ? frameEnd : at;
}
