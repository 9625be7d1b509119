/**
 * The look that each CPU takes at all caches about every two seconds, to give back what has not been used (mm/slab.c, 6.1: cache_reap,
 * next_reap_node, init_reap_node).
 */
import type { SlabParts } from './slab_parts';

export interface SlabReapParts
  extends Pick<SlabParts, 'structs' | 'lists' | 'arrays' | 'objects' | 'ports' | 'nodeIds' | 'nodeOfCpu'> {
  /** slab_caches, the newest first */
  caches(): Iterable<number>;
  /** address of a CPU's slab_reap_node: the other node whose objects it gives back next */
  reapNode(cpu: number): number;
  /** REAPTIMEOUT_NODE in jiffies */
  readonly nodeTimeout: number;
}

export class SlabReaper {
  constructor(private readonly parts: SlabReapParts) {}

  /** init_reap_node, of each CPU as it comes up */
  init(cpus: number): void {
    for (let cpu = 0; cpu < cpus; cpu++) this.set(cpu, this.after(this.parts.nodeOfCpu(cpu)));
  }
  /** cache_reap, on a CPU */
  reap(cpu: number): void {
    const { structs, arrays, ports, nodeOfCpu, reapNode } = this.parts;
    const node = nodeOfCpu(cpu);
    const other = structs.get(reapNode(cpu));
    for (const cache of this.parts.caches()) {
      const n = structs.nodeOf(cache, node);
      arrays.reapAlien(cache, n, other);
      arrays.reap(cache, arrays.ofCpu(cache, cpu), node);
      const due = n + structs.node.next_reap;
      const now = ports.jiffies();
      if (((structs.get(due) - now) | 0) > 0) continue;
      structs.setLong(due, now + this.parts.nodeTimeout);
      this.reapLists(cache, n, node);
    }
    this.set(cpu, this.after(other));
  }
  /** The part of cache_reap that one CPU of the node does at a time: what the CPUs share, and slabs that are free. */
  private reapLists(cache: number, n: number, node: number): void {
    const { structs, arrays, lists, objects } = this.parts;
    arrays.reap(cache, arrays.shared(n), node);
    const touched = n + structs.node.free_touched;
    if (structs.get(touched) !== 0) {
      structs.set(touched, 0);
      return;
    }
    const fifth = 5 * objects.num(cache);
    lists.drainFree(cache, n, Math.trunc((structs.get(n + structs.node.free_limit) + fifth - 1) / fifth));
  }
  /** next_reap_node: the node behind this one, and after the last the first */
  private after(node: number): number {
    const { nodeIds } = this.parts;
    return nodeIds.find((id) => id > node) ?? nodeIds[0] ?? 0;
  }
  private set(cpu: number, node: number): void {
    this.parts.structs.set(this.parts.reapNode(cpu), node);
  }
}
