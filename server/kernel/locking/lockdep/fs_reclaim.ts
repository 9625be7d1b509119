/**
 * A request that may reclaim counts as taking a lock: reclaim may write files back, so it takes their locks (mm/page_alloc.c:
 * fs_reclaim_acquire, fs_reclaim_release, __need_reclaim; include/linux/sched/mm.h: might_alloc, 6.1).
 */
import { PF_MEMALLOC, PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO } from '../../../profiles/commonConstants';
import { ALLOCATION_FUNCTIONS } from '../../mm/allocation_frames';
import type { Core } from '../../sched/core';
import type { Tasks } from '../../sched/task';
import type { Lockdep } from './lockdep';

const FUNCTIONS = ['__fs_reclaim_acquire', 'fs_reclaim_acquire'] as const;
/** Where boot asks for memory that may be reclaimed for the first time: the map is known to be taken with interrupts on. */
const FIRST_AT_BOOT = [
  ...FUNCTIONS,
  'slab_pre_alloc_hook',
  '__kmem_cache_alloc_node',
  'kmalloc_node_trace',
  'alloc_worker',
  'init_rescuer',
  'workqueue_init',
  'kernel_init_freeable',
  'kernel_init',
  'ret_from_fork',
] as const;

export class FsReclaim {
  /** Before the run. */
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly lockdep: Lockdep,
  ) {
    lockdep.usedAtBoot('__fs_reclaim_map', 'region', FIRST_AT_BOOT);
    lockdep.text.define(ALLOCATION_FUNCTIONS);
  }
  /**
   * fs_reclaim_acquire and _release, as might_alloc calls them. `functions`: the kernel's up to that of the API, innermost first; `api`: that
   * one
   */
  mightAlloc(gfp: number, functions: readonly string[], api: () => readonly string[]): void {
    const { core, lockdep } = this;
    const { directReclaim, fs } = core.kernel.gfp;
    if (!lockdep.debugLocks.on || (gfp & directReclaim) === 0 || (gfp & fs) === 0) return;
    if (this.tasks.flags(core.current) & (PF_MEMALLOC | PF_MEMALLOC_NOFS | PF_MEMALLOC_NOIO)) return;
    const map = lockdep.kernelMap('__fs_reclaim_map');
    const [inner] = functions;
    const ip = inner === undefined ? undefined : lockdep.text.inside(inner);
    const called = api().filter((name) => lockdep.text.has(name));
    lockdep.passRegion(map, 'region', [...FUNCTIONS, ...functions, ...called], ip);
  }
}
