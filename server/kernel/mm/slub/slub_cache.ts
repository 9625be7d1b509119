/** struct kmem_cache as SLUB has it, and a CPU's struct kmem_cache_cpu of it (include/linux/slub_def.h, 6.1). */
import { SLAB_DEBUG_FLAGS } from './slub_geometry';
import type { SlubMemory } from './slub_memory';
import type { CacheOffsets, CpuOffsets } from './slub_offsets';

export class SlubCaches {
  constructor(
    private readonly m: SlubMemory,
    private readonly at: CacheOffsets,
    /** __per_cpu_offset[cpu] */
    private readonly percpuOffset: (cpu: number) => number,
  ) {}

  flags(cache: number): number {
    return this.m.intAt(cache + this.at.flags);
  }
  /** kmem_cache_debug: its objects are checked, and it has no freelists on CPUs */
  isDebug(cache: number): boolean {
    return (this.flags(cache) & SLAB_DEBUG_FLAGS) !== 0;
  }
  size(cache: number): number {
    return this.m.intAt(cache + this.at.size);
  }
  objectSize(cache: number): number {
    return this.m.intAt(cache + this.at.objectSize);
  }
  inuse(cache: number): number {
    return this.m.intAt(cache + this.at.inuse);
  }
  align(cache: number): number {
    return this.m.intAt(cache + this.at.align);
  }
  redLeftPad(cache: number): number {
    return this.m.intAt(cache + this.at.redLeftPad);
  }
  oo(cache: number): number {
    return this.m.intAt(cache + this.at.oo);
  }
  min(cache: number): number {
    return this.m.intAt(cache + this.at.min);
  }
  allocflags(cache: number): number {
    return this.m.intAt(cache + this.at.allocflags);
  }
  minPartial(cache: number): number {
    return this.m.longAt(cache + this.at.minPartial);
  }
  cpuPartialSlabs(cache: number): number {
    return this.m.intAt(cache + this.at.cpuPartialSlabs);
  }
  remoteNodeDefragRatio(cache: number): number {
    return this.at.remoteNodeDefragRatio < 0 ? 0 : this.m.intAt(cache + this.at.remoteNodeDefragRatio);
  }
  ctor(cache: number): number {
    return this.m.pointerAt(cache + this.at.ctor);
  }
  randomSeq(cache: number): number {
    return this.m.pointerAt(cache + this.at.randomSeq);
  }
  setRandomSeq(cache: number, sequence: number): void {
    this.m.setPointerAt(cache + this.at.randomSeq, sequence);
  }
  /** get_node: struct kmem_cache_node; 0 for a node that has none */
  node(cache: number, nid: number): number {
    return this.m.pointerAt(cache + this.at.node + nid * this.m.wordSize);
  }
  setNode(cache: number, nid: number, n: number): void {
    this.m.setPointerAt(cache + this.at.node + nid * this.m.wordSize, n);
  }
  /** cpu_slab, the per-CPU address */
  cpuSlab(cache: number): number {
    return this.m.pointerAt(cache + this.at.cpuSlab);
  }
  setCpuSlab(cache: number, address: number): void {
    this.m.setPointerAt(cache + this.at.cpuSlab, address);
  }
  /** per_cpu_ptr(s->cpu_slab, cpu): the address of a struct kmem_cache_cpu */
  cpu(cache: number, cpu: number): number {
    return this.percpuOffset(cpu) + this.cpuSlab(cache);
  }
}

/** A struct kmem_cache_cpu by its address. */
export class CpuSlabFields {
  constructor(
    private readonly m: SlubMemory,
    private readonly at: CpuOffsets,
    /** TID_STEP: NR_CPUS, a power of two */
    private readonly tidStep: number,
  ) {}

  /** First of the CPU's free objects; 0: none */
  freelist(c: number): number {
    return this.m.pointerAt(c + this.at.freelist);
  }
  setFreelist(c: number, object: number): void {
    this.m.setPointerAt(c + this.at.freelist, object);
  }
  /** The same from two words, which may not be an address. */
  setFreelistWords(c: number, lo: number, hi: number): void {
    const word = this.m.word(c + this.at.freelist);
    if (this.m.wide) this.m.mem.setPair(word, lo, hi);
    else this.m.mem.set(word, lo);
  }
  /** `struct slab *` of the slab that the CPU takes from; 0: none */
  slab(c: number): number {
    return this.m.pointerAt(c + this.at.slab);
  }
  setSlab(c: number, pointer: number): void {
    this.m.setPointerAt(c + this.at.slab, pointer);
  }
  /** `struct slab *` of the first of the CPU's partial slabs; 0: none */
  partial(c: number): number {
    return this.m.pointerAt(c + this.at.partial);
  }
  setPartial(c: number, pointer: number): void {
    this.m.setPointerAt(c + this.at.partial, pointer);
  }
  /** init_tid */
  initTid(c: number, cpu: number): void {
    this.m.setPointerAt(c + this.at.tid, cpu);
  }
  /** tid = next_tid(tid) */
  nextTid(c: number): void {
    this.m.addLongAt(c + this.at.tid, this.tidStep);
  }
}
