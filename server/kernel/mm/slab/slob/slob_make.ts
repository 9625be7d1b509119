/** SLOB on a booted kernel: where its static variables lie, and what it has of the rest of the kernel. */
import { Lists } from '../../../lib/list';
import { StructMemory } from '../../../lib/struct_memory';
import { CacheFields } from '../kmem_cache';
import type { SlabKernel } from '../slab_kernel';
import { nodeCounters, slabPages } from '../slab_resources';
import { Slob } from './slob';
import { SlobBlocks } from './slob_page';
import { SlobPages } from './slob_pages';

/** What SLOB needs of the kernel's parts that are above the memory manager. */
export interface SlobSurroundings {
  /** call_rcu(head, kmem_rcu_free), which calls Slob.rcuFreeObject after a grace period */
  callRcu(head: number): void;
}

export function makeSlob(k: SlabKernel, around: SlobSurroundings): Slob {
  const { layouts, symbols, pageAlloc, pageApi, config, gfp, space } = k;
  const memory = new StructMemory(space, k.abi, layouts);
  const lists = new Lists(memory, k.poison);
  const listHead = (name: string) => symbols.define(name, layouts.parseType('struct list_head'));
  const warned = symbols.define('kmem_slob_warned', layouts.parseType('unsigned int'));
  return new Slob({
    memory,
    fields: new CacheFields(memory, k.mem, k.direct),
    lists,
    pages: new SlobPages({ memory, lists, pageAlloc, pageApi, source: slabPages(k), account: nodeCounters(k) }),
    blocks: new SlobBlocks(space),
    gfp,
    heads: [listHead('free_slob_small'), listHead('free_slob_medium'), listHead('free_slob_large')],
    kmemCache: symbols.define('kmem_cache_boot', layouts.parseType('struct kmem_cache')),
    numa: config.arch === 'x86_64',
    cacheBytes: layouts.size('kmem_cache'),
    rcuBytes: layouts.size('slob_rcu'),
    callRcu: (head) => around.callRcu(head),
    warnZeroWithCtor() {
      if (space.read32(warned) !== 0) return;
      space.write32(warned, 1);
      const why = 'an object that a constructor fills cannot be cleared as well';
      pageAlloc.caller.warn({ fn: 'slob_alloc_node', at: 'mm/slob.c' }, '', [why]);
    },
  });
}
