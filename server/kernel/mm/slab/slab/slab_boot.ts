/**
 * How SLAB begins: the cache of caches and that of the nodes' lists lie in static memory until there is kmalloc, and CPUs have arrays of one
 * object until everything works (mm/slab.c, 6.1: kmem_cache_init, setup_cpu_cache, set_up_node, init_list, kmem_cache_init_late,
 * slab_prepare_cpu).
 */
import { SLAB_HWCACHE_ALIGN } from '../../../../profiles/slabFlags';
import type { Lists } from '../../../lib/list';
import type { BootCaches, BootstrappedCaches } from '../slab_backend';
import type { SlabCreation } from './slab_create';
import type { SlabLists } from './slab_lists';
import type { SlabPorts } from './slab_ports';
import type { SlabStructs } from './slab_structs';

/** enum slab_state, as far as SLAB's boot goes */
type State = 'DOWN' | 'PARTIAL' | 'PARTIAL_NODE' | 'FULL';

export interface SlabBootParts {
  readonly structs: SlabStructs;
  readonly lists: SlabLists;
  readonly listHeads: Lists;
  readonly creation: SlabCreation;
  readonly nodeIds: readonly number[];
  cpusOfNode(node: number): number;
  readonly ports: SlabPorts;
  /** address of kmem_cache_boot, and of init_kmem_cache_node, by index */
  readonly kmemCache: number;
  initNode(index: number): number;
  /** GFP_NOWAIT, GFP_KERNEL */
  readonly nowait: number;
  readonly kernel: number;
  /** kmalloc's size for `size` bytes */
  kmallocSize(size: number): number;
}

export class SlabBoot {
  /** used before the run only */
  private state: State = 'DOWN';
  private early: readonly number[] = [];

  constructor(private readonly parts: SlabBootParts) {}

  /** kmem_cache_init, up to the first cache of kmalloc */
  bootstrap(boot: BootCaches): BootstrappedCaches {
    const { structs, lists, nodeIds, kmemCache, initNode } = this.parts;
    for (let i = 0; i < 2 * nodeIds.length; i++) lists.init(initNode(i));
    const size = structs.cache.node + nodeIds.length * structs.wordSize;
    boot.createBootCache(kmemCache, 'kmem_cache', size, SLAB_HWCACHE_ALIGN);
    return { kmemCache, caches: [kmemCache], firstKmalloc: this.parts.kmallocSize(structs.nodeSize) };
  }
  /** setup_cpu_cache: 0 or a negative errno */
  setUpArrays(cache: number): number {
    const { structs, creation, nodeIds, ports, lists } = this.parts;
    if (this.state === 'FULL') return creation.enableArrays(cache, this.parts.kernel);
    structs.setLong(cache + structs.cache.cpu_cache, creation.cpuArrays(1, 1));
    if (this.state === 'PARTIAL_NODE') {
      this.moveToHeap();
      for (const node of nodeIds) {
        const n = ports.kmalloc(structs.nodeSize, this.parts.nowait, node);
        lists.init(n);
        structs.setNode(cache, node, n);
      }
    } else {
      const first = this.state === 'DOWN' ? 0 : nodeIds.length;
      nodeIds.forEach((node, i) => {
        structs.setNode(cache, node, this.parts.initNode(first + i));
      });
      this.early = [...this.early, cache];
      this.state = this.state === 'DOWN' ? 'PARTIAL' : 'PARTIAL_NODE';
    }
    for (const node of nodeIds) creation.startReaping(cache, structs.nodeOf(cache, node));
    creation.setTuning(cache, 1, 1, 0);
    return 0;
  }
  /** init_list: the lists in static memory, once kmalloc has objects for them */
  private moveToHeap(): void {
    const { structs, ports, listHeads, nodeIds } = this.parts;
    const { node: at } = structs;
    const { space } = structs.memory;
    for (const node of nodeIds) {
      for (const cache of this.early) {
        const from = structs.nodeOf(cache, node);
        const to = ports.kmalloc(structs.nodeSize, this.parts.nowait, node);
        space.writeBytes(to, space.readBytes(from, structs.nodeSize));
        for (const head of [at.slabs_full, at.slabs_partial, at.slabs_free]) {
          listHeads.init(to + head);
          listHeads.splice(from + head, to + head, to + head);
        }
        structs.setNode(cache, node, to);
      }
    }
    this.early = [];
  }
  /** kmem_cache_init_late, and what happens as the other CPUs come up: their node's lists may hold free what one CPU more would. */
  finish(caches: readonly number[]): void {
    const { structs, creation, lists, nodeIds, cpusOfNode } = this.parts;
    this.state = 'FULL';
    const bootNode = this.parts.creation.nodeOfCpu(0);
    for (const cache of caches) {
      if (creation.enableArrays(cache, this.parts.nowait) < 0) throw new Error('no memory for the arrays of SLAB');
      for (const node of nodeIds) {
        // a CPU is counted only after it has come up; the first was up already
        const others = cpusOfNode(node) - 1;
        const counted = Math.max(others, node === bootNode ? 1 : 0);
        lists.setFreeLimit(structs.nodeOf(cache, node), creation.freeLimit(cache, counted));
      }
    }
  }
}
