// biome-ignore-all format: a table, one row per entry
/** Wait queues and completions: kernel/sched/wait.c, completion.c, include/linux/wait.h, 6.1. */
import type { ApiEntry } from './form/entry';
import { declares, freed, inNmi, keeps, known, macro, needs, runs, sleeping, spinsInside } from './form/make';

const WAIT = 'include/linux/wait.h';
const WAITC = 'kernel/sched/wait.c';
const COMPLETION = 'kernel/sched/completion.c';
const condition = needs('the condition must not sleep: it is evaluated while the task’s state is not TASK_RUNNING', 'the code that makes the condition true calls wake_up()');
const error = { result: 'error code' } as const;

export const waiting = {
  init_waitqueue_head: runs(WAITC, 'void init_waitqueue_head(struct wait_queue_head *wq_head)', 'Makes a wait queue usable.'),
  DECLARE_WAIT_QUEUE_HEAD: macro(WAIT, 'DECLARE_WAIT_QUEUE_HEAD(name)', 'Defines a wait queue that is ready for use.', declares),
  wait_event: macro(WAIT, 'wait_event(wq_head, condition)', 'Sleeps until the condition is true; it is tested first and after every wake-up.', sleeping, condition, { condition: 1 }),
  wait_event_interruptible: macro(WAIT, 'wait_event_interruptible(wq_head, condition)', 'wait_event() that a signal ends with -ERESTARTSYS; 0: the condition is true.', sleeping, error, condition, { condition: 1 }),
  wait_event_killable: macro(WAIT, 'wait_event_killable(wq_head, condition)', 'wait_event() that a fatal signal ends with -ERESTARTSYS; 0: the condition is true.', sleeping, error, condition, { condition: 1 }),
  wait_event_timeout: macro(WAIT, 'wait_event_timeout(wq_head, condition, timeout)', 'wait_event() for at most timeout jiffies: returns 0 if the condition is still false then, else at least 1.', sleeping, condition, { condition: 1 }),
  wait_event_interruptible_timeout: macro(WAIT, 'wait_event_interruptible_timeout(wq_head, condition, timeout)', 'wait_event_timeout() that a signal ends with -ERESTARTSYS.', sleeping, condition, { condition: 1 }),
  wait_event_lock_irq: macro(WAIT, 'wait_event_lock_irq(wq_head, condition, lock)', 'wait_event() with a spinlock held (interrupts off) that is dropped while sleeping.', condition, { contexts: { T: 'yes', M: 'yes', SL: 'yes', BH: 'no', IO: 'yes', HI: 'no', R: 'no', NMI: 'no' } }, { condition: 1 }),
  prepare_to_wait: runs(WAITC, 'void prepare_to_wait(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry, int state)', 'Puts this task on a wait queue and sets its state: then test the condition, then schedule().', freed('finish_wait'), { effects: [{ on: 'state', op: 'set', arg: 2 }] }),
  prepare_to_wait_exclusive: runs(WAITC, 'bool prepare_to_wait_exclusive(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry, int state)', 'prepare_to_wait() for an exclusive waiter: wake_up() wakes only one of them.', freed('finish_wait'), { effects: [{ on: 'state', op: 'set', arg: 2 }] }),
  prepare_to_wait_event: runs(WAITC, 'long prepare_to_wait_event(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry, int state)', 'prepare_to_wait() that returns -ERESTARTSYS when a signal is pending; wait_event() uses it.', freed('finish_wait'), { effects: [{ on: 'state', op: 'set', arg: 2 }] }),
  finish_wait: runs(WAITC, 'void finish_wait(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry)', 'Sets TASK_RUNNING and takes the entry off the queue.', { effects: [{ on: 'state', op: 'running' }] }),
  init_wait_entry: runs(WAITC, 'void init_wait_entry(struct wait_queue_entry *wq_entry, int flags)', 'Makes a wait queue entry for this task.'),
  init_wait: macro(WAIT, 'void init_wait(struct wait_queue_entry *wait)', 'Makes a wait queue entry for this task.'),
  DEFINE_WAIT: macro(WAIT, 'DEFINE_WAIT(name)', 'Defines a wait queue entry for this task that leaves the queue when it is woken.', declares),
  DECLARE_WAITQUEUE: macro(WAIT, 'DECLARE_WAITQUEUE(name, tsk)', 'Defines a wait queue entry for a task that stays on the queue when it is woken.', declares),
  add_wait_queue: runs(WAITC, 'void add_wait_queue(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry)', 'Puts an entry on a wait queue.', freed('remove_wait_queue'), keeps(1)),
  add_wait_queue_exclusive: runs(WAITC, 'void add_wait_queue_exclusive(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry)', 'Puts an exclusive entry at the end of a wait queue.', freed('remove_wait_queue'), keeps(1)),
  remove_wait_queue: runs(WAITC, 'void remove_wait_queue(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry)', 'Takes an entry off a wait queue.'),
  waitqueue_active: runs(WAIT, 'int waitqueue_active(struct wait_queue_head *wq_head)', 'True if the queue has waiters. The result needs a memory barrier before it.'),
  autoremove_wake_function: runs(WAITC, 'int autoremove_wake_function(struct wait_queue_entry *wq_entry, unsigned int mode, int sync, void *key)', 'The function that wakes a task of DEFINE_WAIT() and takes it off the queue.'),
  default_wake_function: runs('kernel/sched/core.c', 'int default_wake_function(struct wait_queue_entry *wq_entry, unsigned int mode, int flags, void *key)', 'The function that wakes a task of DECLARE_WAITQUEUE().'),
  __wake_up: runs(WAITC, 'int __wake_up(struct wait_queue_head *wq_head, unsigned int mode, int nr_exclusive, void *key)', 'Wakes the tasks on a queue whose state is in mode: all that are not exclusive, and nr_exclusive that are (0: all).'),
  wake_up: macro(WAIT, 'wake_up(x)', 'Wakes the waiters on a queue: all that are not exclusive, and one that is.', spinsInside),
  wake_up_nr: macro(WAIT, 'wake_up_nr(x, nr)', 'wake_up() of nr exclusive waiters.'),
  wake_up_all: macro(WAIT, 'wake_up_all(x)', 'Wakes all waiters on a queue.', spinsInside),
  wake_up_interruptible: macro(WAIT, 'wake_up_interruptible(x)', 'Wakes interruptible waiters: all that are not exclusive, and one that is.', spinsInside),
  wake_up_interruptible_all: macro(WAIT, 'wake_up_interruptible_all(x)', 'Wakes every interruptible waiter.', spinsInside),
  wait_event_idle: macro(WAIT, 'wait_event_idle(wq_head, condition)', 'wait_event() that does not count as load.', sleeping, condition, { condition: 1 }),
  wait_event_idle_timeout: macro(WAIT, 'wait_event_idle_timeout(wq_head, condition, timeout)', 'wait_event_timeout() that does not count as load.', sleeping, condition, { condition: 1 }),
  wait_event_killable_timeout: macro(WAIT, 'wait_event_killable_timeout(wq_head, condition, timeout)', 'wait_event_timeout() that a fatal signal ends with -ERESTARTSYS.', sleeping, condition, { condition: 1 }),
  wait_event_interruptible_exclusive: macro(WAIT, 'wait_event_interruptible_exclusive(wq_head, condition)', 'wait_event_interruptible() of an exclusive waiter: wake_up() wakes only one of them.', sleeping, error, condition, { condition: 1 }),
  DECLARE_WAIT_QUEUE_HEAD_ONSTACK: macro(WAIT, 'DECLARE_WAIT_QUEUE_HEAD_ONSTACK(name)', 'Defines a wait queue in a function.', declares),
  wake_up_interruptible_nr: macro(WAIT, 'wake_up_interruptible_nr(x, nr)', 'wake_up_interruptible() of nr exclusive waiters.', spinsInside),
  wake_up_interruptible_sync: macro(WAIT, 'wake_up_interruptible_sync(x)', 'wake_up_interruptible() by a task that is about to sleep itself.', spinsInside),
  wake_up_poll: macro(WAIT, 'wake_up_poll(x, m)', 'wake_up() that tells pollers what happened.', spinsInside),
  wake_up_interruptible_poll: macro(WAIT, 'wake_up_interruptible_poll(x, m)', 'wake_up_interruptible() that tells pollers what happened.', spinsInside),
  wq_has_sleeper: macro(WAIT, 'wq_has_sleeper(wq_head)', 'waitqueue_active() with the memory barrier that it needs.'),
  wake_up_locked: known(WAIT, 'void wake_up_locked(struct wait_queue_head *x)', 'wake_up() for callers that hold the queue’s lock.'),

  init_completion: runs('include/linux/completion.h', 'void init_completion(struct completion *x)', 'Makes a completion usable: nothing has completed yet.'),
  reinit_completion: runs('include/linux/completion.h', 'void reinit_completion(struct completion *x)', 'Makes a completion without waiters usable again.'),
  DECLARE_COMPLETION: macro('include/linux/completion.h', 'DECLARE_COMPLETION(work)', 'Defines a completion that is ready for use.', declares),
  DECLARE_COMPLETION_ONSTACK: macro('include/linux/completion.h', 'DECLARE_COMPLETION_ONSTACK(work)', 'Defines a completion in a function.', declares),
  complete: runs(COMPLETION, 'void complete(struct completion *x)', 'Lets one waiter continue, now or when it arrives.'),
  complete_all: runs(COMPLETION, 'void complete_all(struct completion *x)', 'Lets every waiter continue, now and later.'),
  wait_for_completion: runs(COMPLETION, 'void wait_for_completion(struct completion *x)', 'Sleeps until complete() has been called.', sleeping, { through: ['schedule_timeout', '__wait_for_common'] }),
  wait_for_completion_timeout: runs(COMPLETION, 'unsigned long wait_for_completion_timeout(struct completion *x, unsigned long timeout)', 'Sleeps until complete() or for timeout jiffies: 0 after the time, else what is left, at least 1.', sleeping, { through: ['schedule_timeout', '__wait_for_common'] }),
  wait_for_completion_interruptible: runs(COMPLETION, 'int wait_for_completion_interruptible(struct completion *x)', 'wait_for_completion() that a signal ends with -ERESTARTSYS.', sleeping, error, { through: ['schedule_timeout', '__wait_for_common'] }),
  wait_for_completion_interruptible_timeout: runs(COMPLETION, 'long wait_for_completion_interruptible_timeout(struct completion *x, unsigned long timeout)', 'wait_for_completion_timeout() that a signal ends with -ERESTARTSYS.', sleeping, { through: ['schedule_timeout', '__wait_for_common'] }),
  wait_for_completion_killable: runs(COMPLETION, 'int wait_for_completion_killable(struct completion *x)', 'wait_for_completion() that a fatal signal ends with -ERESTARTSYS.', sleeping, error, { through: ['schedule_timeout', '__wait_for_common'] }),
  try_wait_for_completion: runs(COMPLETION, 'bool try_wait_for_completion(struct completion *x)', 'Takes a completion if there is one, without waiting.', inNmi),
  completion_done: runs(COMPLETION, 'bool completion_done(struct completion *x)', 'True if wait_for_completion() would return at once.'),
} as const satisfies Record<string, ApiEntry>;
