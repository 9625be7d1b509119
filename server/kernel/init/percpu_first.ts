/**
 * The first chunk of per-CPU memory: how large a CPU's unit is, where the units lie, and the offsets given out before the run
 * (mm/percpu.c: pcpu_build_alloc_info, pcpu_embed_first_chunk; arch/x86/kernel/setup_percpu.c, 6.1).
 */

import type { ArchInfo } from '../../profiles/archInfo';
import { PAGE_SIZE } from '../../types/pageSize';
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
  private dynamicNext: number;
  private readonly dynamicEnd: number;

  /** Reserves the units. `cpuNodes` is the node of each CPU; `base` the virtual address of physical 0. */
  constructor(
    arch: ArchInfo,
    cpuNodes: readonly number[],
    memblock: Memblock,
    private readonly base: number,
  ) {
    const nodes = [...new Set(cpuNodes)];
    this.layout = unitLayout(
      arch,
      nodes.map((n) => cpuNodes.filter((c) => c === n).length),
    );
    const { unit, used, perAlloc } = this.layout;
    const pfns: number[] = [];
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
    this.start = arch.percpuStart;
    const { static: fixed, reserved } = arch.percpu;
    // the first page of the section holds the interrupt stack's guard and what the processor itself keeps per CPU
    this.staticNext = this.start + PAGE_SIZE;
    this.staticEnd = this.start + fixed;
    this.dynamicNext = this.start + fixed + reserved;
    this.dynamicEnd = this.start + used;
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
    return this.offset(cpu) + address;
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
  /** alloc_percpu during boot: an address in the dynamic part. Small structures do not cross a frame. */
  takeDynamic(size: number, align: number): number {
    const at = place(this.dynamicNext, size, align);
    if (at + size > this.dynamicEnd) throw new Error('the dynamic part of the per-CPU first chunk is full');
    this.dynamicNext = at + size;
    return at;
  }
}

/** The next aligned offset at which `size` bytes lie in one frame, if they fit in one. */
function place(next: number, size: number, align: number): number {
  const at = Math.ceil(next / align) * align;
  const frameEnd = Math.floor(at / PAGE_SIZE) * PAGE_SIZE + PAGE_SIZE;
  return size <= PAGE_SIZE && at + size > frameEnd ? frameEnd : at;
}
