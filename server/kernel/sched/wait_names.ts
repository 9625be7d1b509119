/** What a task waits for, in words: kmem's, for notes and the debugger. */
import {
  WAIT_COMPLETION,
  WAIT_MUTEX,
  WAIT_PAGE_LOCK,
  WAIT_QUEUE,
  WAIT_RWSEM,
  WAIT_SEMAPHORE,
  WAIT_WORK,
} from './sched';

/** By WAIT_…: the kind of object whose address the task records. */
export const WAITED_FOR: Readonly<Record<number, string>> = {
  [WAIT_MUTEX]: 'mutex',
  [WAIT_SEMAPHORE]: 'semaphore',
  [WAIT_RWSEM]: 'rwsem',
  [WAIT_COMPLETION]: 'completion',
  [WAIT_WORK]: 'work',
  [WAIT_PAGE_LOCK]: 'page lock',
  [WAIT_QUEUE]: 'a wake-up on',
};
