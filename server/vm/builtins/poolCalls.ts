/** Memory pools, over kernel/mempool/. What a pool's functions do is called as the scenario's own functions are. */
import type { PoolRequest, PoolStep } from '../../kernel/mempool/mempool';
import { CallRequest } from '../../kernel/sched/step';
import { T } from '../../kernel/sched/task';
import { NUMA_NO_NODE } from '../../profiles/commonConstants';
import type { Machine } from '../machine/machine';
import { type Implementations, plain, wait } from './define';
import { cacheAlloc } from './slabCalls';

/** A step of a call: when it asks for another one, the task's stage says that it is not made for the first time. */
function step<S extends PoolStep | undefined>(m: Machine, take: (first: boolean) => S): S {
  const task = m.core.current;
  const answer = take(m.tasks.get(task, T.stage) === 0);
  if (answer instanceof CallRequest) m.tasks.set(task, T.stage, 1);
  return answer;
}
function request(
  m: Machine,
  min: number,
  alloc: number,
  free: number,
  data: number,
  gfp = m.kernel.gfp.kernel,
  node = NUMA_NO_NODE,
): PoolRequest {
  return { min, alloc, free, data, gfp, node };
}
/** The order in pool_data: an int. */
const orderOf = (data: number): number => data | 0;

export const poolBuiltins = {
  mempool_create: wait((m, scratch, min_nr, alloc_fn, free_fn, pool_data) =>
    step(m, (first) => m.mempools.create(request(m, min_nr, alloc_fn, free_fn, pool_data), scratch, first)),
  ),
  mempool_create_node: wait((m, scratch, min_nr, alloc_fn, free_fn, pool_data, gfp_mask, nid) =>
    step(m, (first) =>
      m.mempools.create(request(m, min_nr, alloc_fn, free_fn, pool_data, gfp_mask, nid), scratch, first),
    ),
  ),
  mempool_init: wait((m, scratch, pool, min_nr, alloc_fn, free_fn, pool_data) =>
    step(m, (first) => m.mempools.init(pool, request(m, min_nr, alloc_fn, free_fn, pool_data), scratch, first)),
  ),
  mempool_init_node: wait((m, scratch, pool, min_nr, alloc_fn, free_fn, pool_data, gfp_mask, node_id) =>
    step(m, (first) =>
      m.mempools.init(pool, request(m, min_nr, alloc_fn, free_fn, pool_data, gfp_mask, node_id), scratch, first),
    ),
  ),
  mempool_exit: wait((m, scratch, pool) => step(m, () => m.mempools.exit(pool, scratch))),
  mempool_destroy: wait((m, scratch, pool) => step(m, () => m.mempools.destroy(pool, scratch))),
  mempool_resize: wait((m, scratch, pool, new_min_nr) =>
    step(m, (first) => m.mempools.resize(pool, new_min_nr, scratch, first)),
  ),
  mempool_alloc: wait((m, scratch, pool, gfp_mask) =>
    step(m, (first) => m.mempools.alloc(pool, gfp_mask, scratch, first)),
  ),
  mempool_free: wait((m, scratch, element, pool) => step(m, (first) => m.mempools.free(pool, element, scratch, first))),
  mempool_alloc_slab: wait((m, scratch, gfp_mask, pool_data) => cacheAlloc(m, scratch, pool_data, gfp_mask)),
  mempool_free_slab: plain((m, element, pool_data) => m.kernel.allocators.slab.cacheFree(pool_data, element)),
  mempool_kmalloc: plain((m, gfp_mask, pool_data) => m.kernel.allocators.slab.kmalloc(pool_data, gfp_mask)),
  mempool_kfree: plain((m, element) => m.kernel.allocators.slab.kfree(element)),
  mempool_alloc_pages: plain((m, gfp_mask, pool_data) =>
    m.pageAddress(m.kernel.pageAlloc.allocPages(gfp_mask, orderOf(pool_data))),
  ),
  mempool_free_pages: plain((m, element, pool_data) =>
    m.kernel.pageAlloc.freePages(m.page(element), orderOf(pool_data)),
  ),
} satisfies Partial<Implementations>;
