/** Who has what a task waits for, in kmem's words. */
import type { Lockdep } from '../locking/lockdep/lockdep';
import type { Tasks } from '../sched/task';

/** Goes on from the name of a lock that `task` waits for: `, which rx/13 holds`; '' if nobody is known to have it. */
export function heldBy(lockdep: Lockdep, tasks: Tasks, lock: number, task: number): string {
  const holder = lockdep.holder(lock);
  if (holder === 0) return '';
  return holder === task ? ', which it holds itself' : `, which ${tasks.label(holder)} holds`;
}
