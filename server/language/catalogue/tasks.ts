// biome-ignore-all format: a table, one row per entry
/**
 * Tasks, sleeping, delays, timers, works, tasklets, softirqs, interrupts: kernel/sched/, kernel/time/, kernel/workqueue.c,
 * kernel/softirq.c, kernel/irq/, 6.1.
 */
import type { ApiEntry, Registers } from './form/entry';
import { contexts, type Detail, declares, follows, freed, frees, gives, givesHandle, inAnyState, inNmi, keeps, known, knownMacro, macro, mustCheck, needs, neverReturns, runs, since, sleeping, taskOnly, until, waits, waitsForCallback, waitsForValue } from './form/make';

const SCHED = 'kernel/sched/core.c';
const TIMER = 'kernel/time/timer.c';
const HRTIMER = 'kernel/time/hrtimer.c';
const WORK = 'kernel/workqueue.c';
const WORKH = 'include/linux/workqueue.h';
const SOFTIRQ = 'kernel/softirq.c';
const IRQ = 'kernel/irq/manage.c';
const IRQWORK = 'include/linux/irq_work.h';
const KTHREAD = 'kernel/kthread.c';
const INTERRUPT = 'include/linux/interrupt.h';
const calls = (arg: number, context: 'task' | 'kworker' | 'softirq' | 'hardirq'): Detail => ({ registers: [{ arg, context }] });
/** The callback of a work, timer or tasklet, argument 0. */
const callsOf = (context: 'task' | 'kworker' | 'softirq' | 'hardirq'): Detail => ({ registers: [{ arg: 1, context, of: { arg: 0, by: 'address' } }] });
/** The function of a thread, which the call returns. */
const threadOf: Detail = { registers: [{ arg: 0, context: 'task', of: { arg: 'result', by: 'value', passed: 1 } }] };
/** cancel and flush: waiting for a work that waits for the caller */
const notInItself = needs('not from the work itself, and not under a lock that the work takes: it would wait forever');
const error: Detail = { result: 'error code' };

export const tasks = {
  schedule: runs(SCHED, 'void schedule(void)', 'Gives the CPU to another task. In a state other than TASK_RUNNING the task sleeps until it is woken. “BUG: scheduling while atomic” in atomic context.', sleeping, { header: 'linux/sched.h' }, waits),
  schedule_timeout: runs(TIMER, 'long schedule_timeout(long timeout)', 'schedule() for at most timeout jiffies (MAX_SCHEDULE_TIMEOUT: no limit); returns what is left. The task’s state must be set first, or it returns at once.', sleeping, waits),
  schedule_timeout_interruptible: macro(TIMER, 'long schedule_timeout_interruptible(long timeout)', 'Sleeps up to timeout jiffies, or until a signal or a wake-up; returns what is left.', sleeping, waits),
  schedule_timeout_uninterruptible: macro(TIMER, 'long schedule_timeout_uninterruptible(long timeout)', 'Sleeps up to timeout jiffies, or until a wake-up; returns what is left.', sleeping, waits),
  schedule_timeout_idle: macro(TIMER, 'long schedule_timeout_idle(long timeout)', 'Sleeps up to timeout jiffies without counting as load.', sleeping, waits),
  schedule_timeout_killable: macro(TIMER, 'long schedule_timeout_killable(long timeout)', 'Sleeps up to timeout jiffies, or until a fatal signal or a wake-up.', sleeping, waits),
  yield: runs(SCHED, 'void yield(void)', 'Lets other tasks run once. Nearly always the wrong tool: wait for the event itself.', sleeping, inAnyState),
  msleep: runs(TIMER, 'void msleep(unsigned int msecs)', 'Sleeps at least msecs milliseconds, in whole jiffies.', sleeping, { header: 'linux/delay.h' }, waits, { through: ['schedule_timeout'] }, { insteadOf: 'sleep' }),
  msleep_interruptible: runs(TIMER, 'unsigned long msleep_interruptible(unsigned int msecs)', 'msleep() that a signal ends; returns the milliseconds left.', sleeping, waits, { through: ['schedule_timeout'] }),
  ssleep: macro('include/linux/delay.h', 'void ssleep(unsigned int seconds)', 'Sleeps at least that many seconds.', sleeping, waits),
  usleep_range: runs(TIMER, 'void usleep_range(unsigned long min, unsigned long max)', 'Sleeps between min and max microseconds, by a high-resolution timer.', sleeping, waits, { through: ['schedule_hrtimeout_range_clock', 'usleep_range_state'] }),
  fsleep: macro('include/linux/delay.h', 'void fsleep(unsigned long usecs)', 'Sleeps usecs microseconds by whatever fits: udelay() up to 10, then usleep_range(), then msleep().', sleeping, since('5.8'), waits),
  udelay: runs('arch/x86/lib/delay.c', 'void udelay(unsigned long usecs)', 'Busy-waits; nothing else runs on this CPU meanwhile. For short times in atomic context.', inNmi, { header: 'linux/delay.h', symbol: 'delay_tsc' }),
  ndelay: runs('arch/x86/lib/delay.c', 'void ndelay(unsigned long nsecs)', 'Busy-waits nsecs nanoseconds.', inNmi, { symbol: 'delay_tsc' }),
  mdelay: macro('include/linux/delay.h', 'void mdelay(unsigned long msecs)', 'Busy-waits whole milliseconds: a last resort, msleep() where sleeping is allowed.', inNmi),
  cpu_relax: macro('arch/x86/include/asm/vdso/processor.h', 'void cpu_relax(void)', 'A pause inside a busy-wait loop.', inNmi),
  set_current_state: macro('include/linux/sched.h', 'set_current_state(state_value)', 'Sets this task’s state, with a barrier: then test the condition, then schedule().', { effects: [{ on: 'state', op: 'set', arg: 0 }] }),
  __set_current_state: macro('include/linux/sched.h', '__set_current_state(state_value)', 'set_current_state() without the barrier.', { effects: [{ on: 'state', op: 'set', arg: 0 }] }),
  __kmem_set_current_state: runs('include/linux/sched.h', 'void __kmem_set_current_state(unsigned int state_value)', 'What set_current_state() is made of.', inNmi, { effects: [{ on: 'state', op: 'set', arg: 0 }] }),
  get_current_state: macro('include/linux/sched.h', 'get_current_state()', 'State of this task.'),
  wake_up_process: runs(SCHED, 'int wake_up_process(struct task_struct *p)', 'Makes a sleeping task runnable; 1 if it was asleep.'),
  wake_up_state: runs(SCHED, 'int wake_up_state(struct task_struct *p, unsigned int state)', 'Wakes the task if its state is one of these.'),
  signal_pending: runs('include/linux/sched/signal.h', 'int signal_pending(struct task_struct *p)', 'True if the task has a signal to handle. A kernel thread has none.'),
  fatal_signal_pending: macro('include/linux/sched/signal.h', 'int fatal_signal_pending(struct task_struct *p)', 'True if the task is being killed.'),
  task_pid_nr: macro('include/linux/sched.h', 'pid_t task_pid_nr(struct task_struct *tsk)', 'The task’s pid.'),
  task_cpu: runs('include/linux/sched.h', 'unsigned int task_cpu(const struct task_struct *p)', 'The CPU the task is on.'),
  kthread_run: runs('include/linux/kthread.h', 'struct task_struct *kthread_run(int (*threadfn)(void *data), void *data, const char *namefmt, ...)', 'Creates a kernel thread that runs threadfn(data), and wakes it. An ERR_PTR when there is no memory.', sleeping, threadOf, givesHandle, freed('kthread_stop', 'unless the thread ends by itself'), { spawns: true }, keeps(1)),
  kthread_create: runs('include/linux/kthread.h', 'struct task_struct *kthread_create(int (*threadfn)(void *data), void *data, const char *namefmt, ...)', 'Creates a kernel thread that begins when wake_up_process() is called on it.', sleeping, threadOf, givesHandle, freed('kthread_stop'), { spawns: true }, keeps(1)),
  kthread_stop: runs(KTHREAD, 'int kthread_stop(struct task_struct *k)', 'Makes kthread_should_stop() true in the thread, wakes it and sleeps until it has ended; returns what its function returned.', sleeping, { through: ['schedule_timeout', '__wait_for_common'] }, waitsForValue(0)),
  kthread_exit: known('kernel/kthread.c', 'void kthread_exit(long result)', 'Ends this kernel thread; kthread_stop() returns result.', taskOnly, since('5.17'), neverReturns),
  kthread_complete_and_exit: known('kernel/kthread.c', 'void kthread_complete_and_exit(struct completion *comp, long code)', 'Completes comp if it is not NULL, then ends this kernel thread.', taskOnly, since('5.17'), neverReturns),
  do_exit: known('kernel/exit.c', 'void do_exit(long code)', 'Ends this task. Kernel threads use kthread_exit().', taskOnly, neverReturns),
  make_task_dead: known('kernel/exit.c', 'void make_task_dead(int signr)', 'Ends this task after an oops.', taskOnly, since('5.17'), neverReturns),
  kthread_should_stop: runs(KTHREAD, 'bool kthread_should_stop(void)', 'True if kthread_stop() has been called on this thread.'),
  kthread_bind: known(KTHREAD, 'void kthread_bind(struct task_struct *k, unsigned int cpu)', 'Ties a thread that has not started yet to a CPU.', sleeping),
  set_user_nice: known(SCHED, 'void set_user_nice(struct task_struct *p, long nice)', 'Sets the task’s nice value.'),
  get_task_struct: known('include/linux/sched/task.h', 'struct task_struct *get_task_struct(struct task_struct *t)', 'Takes a reference on a task_struct.', freed('put_task_struct')),
  put_task_struct: known('include/linux/sched/task.h', 'void put_task_struct(struct task_struct *t)', 'Drops a reference on a task_struct.'),
  kthread_create_worker: known(KTHREAD, 'struct kthread_worker *kthread_create_worker(unsigned int flags, const char *namefmt, ...)', 'Creates a kernel thread that runs works of its own. An ERR_PTR when there is no memory.', sleeping, givesHandle, freed('kthread_destroy_worker')),
  kthread_destroy_worker: known(KTHREAD, 'void kthread_destroy_worker(struct kthread_worker *worker)', 'Runs what is queued, ends the thread and frees the worker.', sleeping),
  kthread_init_worker: known('include/linux/kthread.h', 'void kthread_init_worker(struct kthread_worker *worker)', 'Makes a worker usable; kthread_worker_fn() is what its thread runs.'),
  kthread_worker_fn: known(KTHREAD, 'int kthread_worker_fn(void *worker_ptr)', 'What the thread of a worker runs: its works, until kthread_stop().', sleeping),
  kthread_init_work: known('include/linux/kthread.h', 'void kthread_init_work(struct kthread_work *work, void (*fn)(struct kthread_work *work))', 'Makes a work of a kthread_worker usable: fn(work) will run in its thread.', callsOf('task')),
  kthread_init_delayed_work: known('include/linux/kthread.h', 'void kthread_init_delayed_work(struct kthread_delayed_work *dwork, void (*fn)(struct kthread_work *work))', 'The same with a delay.', callsOf('task')),
  kthread_queue_work: known(KTHREAD, 'bool kthread_queue_work(struct kthread_worker *worker, struct kthread_work *work)', 'Queues a work. False if it was queued already.', keeps(1)),
  kthread_queue_delayed_work: known(KTHREAD, 'bool kthread_queue_delayed_work(struct kthread_worker *worker, struct kthread_delayed_work *dwork, unsigned long delay)', 'Queues a work after delay jiffies.', keeps(1)),
  kthread_mod_delayed_work: known(KTHREAD, 'bool kthread_mod_delayed_work(struct kthread_worker *worker, struct kthread_delayed_work *dwork, unsigned long delay)', 'Queues a delayed work, or moves it if it is queued.', keeps(1)),
  kthread_flush_work: known(KTHREAD, 'void kthread_flush_work(struct kthread_work *work)', 'Sleeps until the work has run.', sleeping, notInItself, waitsForCallback(0)),
  kthread_flush_worker: known(KTHREAD, 'void kthread_flush_worker(struct kthread_worker *worker)', 'Sleeps until all queued works have run.', sleeping, notInItself),
  kthread_cancel_work_sync: known(KTHREAD, 'bool kthread_cancel_work_sync(struct kthread_work *work)', 'Takes a work off and sleeps until it is not running either.', sleeping, notInItself, waitsForCallback(0)),
  kthread_cancel_delayed_work_sync: known(KTHREAD, 'bool kthread_cancel_delayed_work_sync(struct kthread_delayed_work *dwork)', 'Takes a delayed work off and sleeps until it is not running either.', sleeping, notInItself, waitsForCallback(0)),
  kthread_park: known(KTHREAD, 'int kthread_park(struct task_struct *k)', 'Makes kthread_should_park() true and sleeps until the thread has parked.', sleeping, waitsForValue(0)),
  kthread_unpark: known(KTHREAD, 'void kthread_unpark(struct task_struct *k)', 'Ends kthread_park().'),
  kthread_should_park: known(KTHREAD, 'bool kthread_should_park(void)', 'True if kthread_park() has been called on this thread.'),
  kthread_parkme: known(KTHREAD, 'void kthread_parkme(void)', 'Sleeps until kthread_unpark().', sleeping),
  INIT_RCU_WORK: known(WORKH, 'void INIT_RCU_WORK(struct rcu_work *rwork, void (*func)(struct work_struct *work))', 'Makes a work usable that runs after a grace period.', calls(1, 'kworker')),
  queue_rcu_work: known(WORK, 'bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rwork)', 'Queues a work after an RCU grace period.', keeps(1)),
  flush_rcu_work: known(WORK, 'bool flush_rcu_work(struct rcu_work *rwork)', 'Sleeps until the work has run.', sleeping, notInItself),
  to_rcu_work: macro(WORKH, 'struct rcu_work *to_rcu_work(struct work_struct *work)', 'From the work_struct inside to the rcu_work around it.'),

  msecs_to_jiffies: runs('include/linux/jiffies.h', 'unsigned long msecs_to_jiffies(const unsigned int m)', 'Milliseconds in jiffies, rounded up.', inNmi),
  usecs_to_jiffies: runs('include/linux/jiffies.h', 'unsigned long usecs_to_jiffies(const unsigned int u)', 'Microseconds in jiffies, rounded up.', inNmi),
  nsecs_to_jiffies: runs('kernel/time/time.c', 'unsigned long nsecs_to_jiffies(u64 n)', 'Nanoseconds in jiffies, rounded down.', inNmi),
  jiffies_to_msecs: runs('kernel/time/time.c', 'unsigned int jiffies_to_msecs(const unsigned long j)', 'Jiffies in milliseconds.', inNmi),
  jiffies_to_usecs: runs('kernel/time/time.c', 'unsigned int jiffies_to_usecs(const unsigned long j)', 'Jiffies in microseconds.', inNmi),
  get_jiffies_64: runs('kernel/time/jiffies.c', 'u64 get_jiffies_64(void)', 'jiffies as a counter that doesn’t wrap.', inNmi),
  time_after: macro('include/linux/jiffies.h', 'time_after(a, b)', 'True if time a is after time b, also across the wrap of jiffies.', inNmi),
  time_before: macro('include/linux/jiffies.h', 'time_before(a, b)', 'True if time a is before time b, also across the wrap of jiffies.', inNmi),
  time_after_eq: macro('include/linux/jiffies.h', 'time_after_eq(a, b)', 'True if time a is at or after time b.', inNmi),
  time_before_eq: macro('include/linux/jiffies.h', 'time_before_eq(a, b)', 'True if time a is at or before time b.', inNmi),
  time_is_before_jiffies: macro('include/linux/jiffies.h', 'time_is_before_jiffies(a)', 'True if time a has passed.', inNmi),
  ktime_get: runs('kernel/time/timekeeping.c', 'ktime_t ktime_get(void)', 'Monotonic time in nanoseconds.', inNmi),

  timer_setup: runs('include/linux/timer.h', 'void timer_setup(struct timer_list *timer, void (*callback)(struct timer_list *t), unsigned int flags)', 'Makes a timer usable: callback(timer) will run in softirq context.', since('4.14'), callsOf('softirq')),
  DEFINE_TIMER: macro('include/linux/timer.h', 'DEFINE_TIMER(name, function)', 'Defines a timer that is ready for mod_timer(); its function runs in softirq context.', callsOf('softirq'), declares),
  from_timer: macro('include/linux/timer.h', 'from_timer(var, callback_timer, timer_fieldname)', 'From the timer a callback was given to the structure around it.', since('4.14', '6.16')),
  timer_container_of: macro('include/linux/timer.h', 'timer_container_of(var, callback_timer, timer_fieldname)', 'from_timer() by its newer name.', since('6.16')),
  mod_timer: runs(TIMER, 'int mod_timer(struct timer_list *timer, unsigned long expires)', 'Starts a timer, or moves it, to run at that jiffies value; 1 if it was pending.', keeps(0)),
  mod_timer_pending: runs(TIMER, 'int mod_timer_pending(struct timer_list *timer, unsigned long expires)', 'Moves a timer only if it is pending.', keeps(0)),
  add_timer: runs(TIMER, 'void add_timer(struct timer_list *timer)', 'Starts a timer whose expires field is set. A BUG if it is pending.', keeps(0)),
  add_timer_on: known(TIMER, 'void add_timer_on(struct timer_list *timer, int cpu)', 'Starts a timer on a CPU.', keeps(0)),
  del_timer: runs(TIMER, 'int del_timer(struct timer_list *timer)', 'Stops a timer; its callback may still be running on another CPU. 1 if it was pending.', until('6.15')),
  del_timer_sync: runs(TIMER, 'int del_timer_sync(struct timer_list *timer)', 'Stops a timer and spins until its callback has ended everywhere.', { contexts: contexts('yyyyynyn') }, needs('not under a lock that the callback takes, and not from the callback itself', 'in hard interrupts only for TIMER_IRQSAFE timers'), waitsForCallback(0), until('6.15')),
  timer_delete: macro(TIMER, 'int timer_delete(struct timer_list *timer)', 'del_timer() by its newer name.', since('6.2')),
  timer_delete_sync: macro(TIMER, 'int timer_delete_sync(struct timer_list *timer)', 'del_timer_sync() by its newer name.', since('6.2'), { contexts: contexts('yyyyynyn') }, waitsForCallback(0)),
  timer_shutdown_sync: known(TIMER, 'int timer_shutdown_sync(struct timer_list *timer)', 'del_timer_sync() after which the timer can’t be started any more.', since('6.2'), { contexts: contexts('yyyyynyn') }, waitsForCallback(0)),
  timer_pending: macro('include/linux/timer.h', 'int timer_pending(const struct timer_list *timer)', 'True if it is started and has not expired.'),
  hrtimer_init: runs(HRTIMER, 'void hrtimer_init(struct hrtimer *timer, int clock_id, int mode)', 'Makes a high-resolution timer usable; set its function next. It runs in hard interrupt context, with HRTIMER_MODE_SOFT in softirq context.', { header: 'linux/hrtimer.h' }, until('6.15')),
  hrtimer_setup: macro(HRTIMER, 'void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *timer), int clock_id, int mode)', 'hrtimer_init() that sets the function, too.', { header: 'linux/hrtimer.h' }, since('6.13')),
  hrtimer_start: runs('include/linux/hrtimer.h', 'void hrtimer_start(struct hrtimer *timer, ktime_t tim, int mode)', 'Starts a high-resolution timer: at tim, or with HRTIMER_MODE_REL after tim nanoseconds.', inNmi, keeps(0)),
  hrtimer_cancel: runs(HRTIMER, 'int hrtimer_cancel(struct hrtimer *timer)', 'Stops it and waits until its function has ended. 1 if it was started.', { contexts: contexts('yyyyynyn') }, needs('not from its own function: it would wait forever'), waitsForCallback(0)),
  hrtimer_try_to_cancel: runs(HRTIMER, 'int hrtimer_try_to_cancel(struct hrtimer *timer)', 'Stops it: 1 if it was started, 0 if not, -1 if its function runs.'),
  hrtimer_active: runs(HRTIMER, 'bool hrtimer_active(const struct hrtimer *timer)', 'True if it is started or its function runs.', inNmi),
  hrtimer_forward: runs(HRTIMER, 'u64 hrtimer_forward(struct hrtimer *timer, ktime_t now, ktime_t interval)', 'In its function, before it returns HRTIMER_RESTART: moves it by whole intervals until it expires after now; returns how many.'),
  hrtimer_forward_now: macro('include/linux/hrtimer.h', 'u64 hrtimer_forward_now(struct hrtimer *timer, ktime_t interval)', 'hrtimer_forward() from now.'),
  ktime_set: macro('include/linux/ktime.h', 'ktime_t ktime_set(const s64 secs, const unsigned long nsecs)', 'Seconds and nanoseconds as nanoseconds.', inNmi),
  ns_to_ktime: macro('include/linux/ktime.h', 'ktime_t ns_to_ktime(u64 ns)', 'Nanoseconds as a ktime_t.', inNmi),
  us_to_ktime: macro('include/linux/ktime.h', 'ktime_t us_to_ktime(u64 us)', 'Microseconds as a ktime_t.', inNmi),
  ms_to_ktime: macro('include/linux/ktime.h', 'ktime_t ms_to_ktime(u64 ms)', 'Milliseconds as a ktime_t.', inNmi),
  ktime_to_ns: macro('include/linux/ktime.h', 'ktime_to_ns(kt)', 'A ktime_t as nanoseconds.', inNmi),

  INIT_WORK: runs(WORKH, 'void INIT_WORK(struct work_struct *work, void (*func)(struct work_struct *work))', 'Makes a work usable: func(work) will run in a kworker, where sleeping is allowed.', callsOf('kworker')),
  INIT_DELAYED_WORK: runs(WORKH, 'void INIT_DELAYED_WORK(struct delayed_work *dwork, void (*func)(struct work_struct *work))', 'Makes a delayed work usable; func gets the work_struct inside, to_delayed_work() finds the outside.', callsOf('kworker')),
  DECLARE_WORK: macro(WORKH, 'DECLARE_WORK(name, func)', 'Defines a work that is ready for schedule_work().', callsOf('kworker'), declares),
  DECLARE_DELAYED_WORK: macro(WORKH, 'DECLARE_DELAYED_WORK(name, func)', 'Defines a delayed work that is ready for schedule_delayed_work().', callsOf('kworker'), declares),
  schedule_work: runs(WORKH, 'bool schedule_work(struct work_struct *work)', 'Queues a work on the system’s queue; a kworker runs it soon. False if it was queued already.', keeps(0)),
  schedule_work_on: runs(WORKH, 'bool schedule_work_on(int cpu, struct work_struct *work)', 'schedule_work() on a CPU.', keeps(1)),
  queue_work: runs(WORKH, 'bool queue_work(struct workqueue_struct *wq, struct work_struct *work)', 'Queues a work on a queue.', keeps(1), follows(0)),
  queue_work_on: runs(WORK, 'bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)', 'Queues a work on a queue and a CPU.', keeps(2), follows(1)),
  schedule_delayed_work: runs(WORKH, 'bool schedule_delayed_work(struct delayed_work *dwork, unsigned long delay)', 'Queues a work after delay jiffies. False if it was queued already.', keeps(0)),
  queue_delayed_work: runs(WORKH, 'bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)', 'Queues a work on a queue after delay jiffies.', keeps(1), follows(0)),
  mod_delayed_work: runs(WORKH, 'bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)', 'Queues a delayed work, or moves it if it is queued.', keeps(1), follows(0)),
  flush_work: runs(WORK, 'bool flush_work(struct work_struct *work)', 'Sleeps until the work has run. False if it was idle.', sleeping, notInItself, { through: ['schedule_timeout', '__wait_for_common', '__flush_work'] }, waitsForCallback(0)),
  flush_delayed_work: runs(WORK, 'bool flush_delayed_work(struct delayed_work *dwork)', 'Queues a delayed work now if its delay has not passed, and sleeps until it has run.', sleeping, notInItself, { through: ['schedule_timeout', '__wait_for_common', '__flush_work'] }, waitsForCallback(0)),
  cancel_work: runs(WORK, 'bool cancel_work(struct work_struct *work)', 'Takes a work off its queue; it may be running.', since('6.0')),
  cancel_work_sync: runs(WORK, 'bool cancel_work_sync(struct work_struct *work)', 'Takes a work off its queue and sleeps until it is not running either.', sleeping, notInItself, { through: ['schedule_timeout', '__wait_for_common', '__flush_work', '__cancel_work_timer'] }, waitsForCallback(0)),
  cancel_delayed_work: runs(WORK, 'bool cancel_delayed_work(struct delayed_work *dwork)', 'Takes a delayed work off; it may be running.'),
  cancel_delayed_work_sync: runs(WORK, 'bool cancel_delayed_work_sync(struct delayed_work *dwork)', 'Takes a delayed work off and sleeps until it is not running either.', sleeping, notInItself, { through: ['schedule_timeout', '__wait_for_common', '__flush_work', '__cancel_work_timer'] }, waitsForCallback(0)),
  work_pending: macro(WORKH, 'work_pending(work)', 'True if it is queued.'),
  delayed_work_pending: macro(WORKH, 'delayed_work_pending(dwork)', 'True if it is queued.'),
  to_delayed_work: macro(WORKH, 'struct delayed_work *to_delayed_work(struct work_struct *work)', 'From the work_struct inside to the delayed_work around it.'),
  alloc_workqueue: known(WORK, 'struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max_active, ...)', 'Creates a workqueue; NULL when there is no memory.', sleeping, { result: 'may be NULL' }, freed('destroy_workqueue'), gives('workqueue')),
  alloc_ordered_workqueue: knownMacro(WORKH, 'alloc_ordered_workqueue(fmt, flags, ...)', 'Creates a workqueue that runs one work at a time, in order.', sleeping, { result: 'may be NULL' }, freed('destroy_workqueue'), gives('workqueue')),
  create_singlethread_workqueue: knownMacro(WORKH, 'create_singlethread_workqueue(name)', 'The old form of alloc_ordered_workqueue().', sleeping, { result: 'may be NULL' }, freed('destroy_workqueue'), gives('workqueue')),
  create_workqueue: knownMacro(WORKH, 'create_workqueue(name)', 'The old form of alloc_workqueue().', sleeping, { result: 'may be NULL' }, freed('destroy_workqueue'), gives('workqueue')),
  destroy_workqueue: known(WORK, 'void destroy_workqueue(struct workqueue_struct *wq)', 'Runs what is queued, then frees the queue.', sleeping, frees(0, 'workqueue')),
  flush_workqueue: known(WORK, 'void flush_workqueue(struct workqueue_struct *wq)', 'Sleeps until everything queued so far has run.', sleeping, notInItself, follows(0)),
  flush_scheduled_work: known(WORKH, 'void flush_scheduled_work(void)', 'flush_workqueue() of the system’s queue: waits for the works of other code too.', sleeping),
  drain_workqueue: known(WORK, 'void drain_workqueue(struct workqueue_struct *wq)', 'Sleeps until the queue is empty, requeued works included.', sleeping, follows(0)),

  raise_softirq: runs(SOFTIRQ, 'void raise_softirq(unsigned int nr)', 'Marks a softirq pending: it runs at the end of the interrupt, when bottom halves are enabled again, or in ksoftirqd.', inNmi),
  raise_softirq_irqoff: runs(SOFTIRQ, 'void raise_softirq_irqoff(unsigned int nr)', 'raise_softirq() for callers that have interrupts off.', inNmi),
  open_softirq: known(SOFTIRQ, 'void open_softirq(int nr, void (*action)(struct softirq_action *a))', 'Gives a softirq number its function. For the kernel’s core.', calls(1, 'softirq')),
  tasklet_setup: runs(SOFTIRQ, 'void tasklet_setup(struct tasklet_struct *t, void (*callback)(struct tasklet_struct *t))', 'Makes a tasklet usable: callback(t) runs in softirq context, on one CPU at a time.', since('5.9'), callsOf('softirq')),
  tasklet_init: known(SOFTIRQ, 'void tasklet_init(struct tasklet_struct *t, void (*func)(unsigned long data), unsigned long data)', 'The older tasklet_setup().', callsOf('softirq'), keeps(2)),
  DECLARE_TASKLET: macro(INTERRUPT, 'DECLARE_TASKLET(name, callback)', 'Defines a tasklet that is ready for tasklet_schedule().', callsOf('softirq'), declares),
  from_tasklet: macro(INTERRUPT, 'from_tasklet(var, callback_tasklet, tasklet_fieldname)', 'From the tasklet a callback was given to the structure around it.', since('5.9')),
  tasklet_schedule: runs(INTERRUPT, 'void tasklet_schedule(struct tasklet_struct *t)', 'Lets a tasklet run soon, once, however often it is called before that.', inNmi, keeps(0)),
  tasklet_hi_schedule: runs(INTERRUPT, 'void tasklet_hi_schedule(struct tasklet_struct *t)', 'tasklet_schedule() ahead of the other softirqs.', inNmi, keeps(0)),
  tasklet_kill: runs(SOFTIRQ, 'void tasklet_kill(struct tasklet_struct *t)', 'Sleeps until the tasklet is neither scheduled nor running.', sleeping, waitsForCallback(0)),
  tasklet_disable: runs(INTERRUPT, 'void tasklet_disable(struct tasklet_struct *t)', 'The tasklet doesn’t run until tasklet_enable(); waits for a running one.', sleeping, freed('tasklet_enable'), waitsForCallback(0)),
  tasklet_disable_nosync: runs(INTERRUPT, 'void tasklet_disable_nosync(struct tasklet_struct *t)', 'tasklet_disable() without waiting.', freed('tasklet_enable')),
  tasklet_enable: runs(INTERRUPT, 'void tasklet_enable(struct tasklet_struct *t)', 'Ends tasklet_disable().'),

  request_irq: runs(INTERRUPT, 'int request_irq(unsigned int irq, irq_handler_t handler, unsigned long flags, const char *name, void *dev)', 'Registers an interrupt handler: it runs in hard interrupt context, and may do so before this returns.', sleeping, error, { registers: [{ arg: 1, context: 'hardirq', of: { arg: 0, by: 'value', passed: 4 } }] }, freed('free_irq', 'with the same dev'), keeps(4), mustCheck),
  request_threaded_irq: known(IRQ, 'int request_threaded_irq(unsigned int irq, irq_handler_t handler, irq_handler_t thread_fn, unsigned long flags, const char *name, void *dev)', 'Registers a handler in two parts: handler in hard interrupt context, which returns IRQ_WAKE_THREAD, and thread_fn in a kernel thread, where sleeping is allowed.', sleeping, error, { registers: [{ arg: 1, context: 'hardirq', of: { arg: 0, by: 'value', passed: 5 } }, { arg: 2, context: 'task', of: { arg: 0, by: 'value', passed: 5 } }] }, freed('free_irq', 'with the same dev'), keeps(5), mustCheck),
  free_irq: runs(IRQ, 'const void *free_irq(unsigned int irq, void *dev_id)', 'Removes a handler and sleeps until it is not running.', sleeping, waitsForValue(0, 1)),
  disable_irq: runs(IRQ, 'void disable_irq(unsigned int irq)', 'The interrupt line is off until enable_irq(); sleeps until a running handler has ended.', sleeping, freed('enable_irq'), needs('not from the handler itself: it would wait forever'), waitsForValue(0)),
  disable_irq_nosync: runs(IRQ, 'void disable_irq_nosync(unsigned int irq)', 'disable_irq() without waiting.', freed('enable_irq')),
  enable_irq: runs(IRQ, 'void enable_irq(unsigned int irq)', 'Undoes one disable_irq().'),
  synchronize_irq: runs(IRQ, 'void synchronize_irq(unsigned int irq)', 'Sleeps until a running handler of this line has ended.', sleeping, waitsForValue(0)),
  init_irq_work: runs(IRQWORK, 'void init_irq_work(struct irq_work *work, void (*func)(struct irq_work *work))', 'Makes an irq_work usable: func(work) runs in hard interrupt context.', callsOf('hardirq')),
  DEFINE_IRQ_WORK: macro(IRQWORK, 'DEFINE_IRQ_WORK(name, func)', 'Defines an irq_work that is ready for irq_work_queue().', callsOf('hardirq'), declares),
  irq_work_queue: runs('kernel/irq_work.c', 'bool irq_work_queue(struct irq_work *work)', 'Runs a function in hard interrupt context on this CPU, soon; may be called in NMI. False if it was queued already.', inNmi),
  irq_work_sync: runs('kernel/irq_work.c', 'void irq_work_sync(struct irq_work *work)', 'Waits until the work is not queued and does not run.', sleeping, waitsForCallback(0)),
  time_in_range: macro('include/linux/jiffies.h', 'time_in_range(a, b, c)', 'True if a is from b to c, wrapping.', inNmi),
  time_is_after_jiffies: macro('include/linux/jiffies.h', 'time_is_after_jiffies(a)', 'True if a is in the future.', inNmi),
  time_is_before_eq_jiffies: macro('include/linux/jiffies.h', 'time_is_before_eq_jiffies(a)', 'True if a is not in the future.', inNmi),
  time_is_after_eq_jiffies: macro('include/linux/jiffies.h', 'time_is_after_eq_jiffies(a)', 'True if a is not in the past.', inNmi),
  time_after64: macro('include/linux/jiffies.h', 'time_after64(a, b)', 'time_after() of 64 bits.', inNmi),
  time_before64: macro('include/linux/jiffies.h', 'time_before64(a, b)', 'time_before() of 64 bits.', inNmi),
  jiffies_to_nsecs: macro('include/linux/jiffies.h', 'jiffies_to_nsecs(j)', 'Jiffies to nanoseconds.', inNmi),
  ktime_before: macro('include/linux/ktime.h', 'ktime_before(cmp1, cmp2)', 'True if the first time is earlier.', inNmi),
  ktime_after: macro('include/linux/ktime.h', 'ktime_after(cmp1, cmp2)', 'True if the first time is later.', inNmi),
  ktime_compare: macro('include/linux/ktime.h', 'ktime_compare(cmp1, cmp2)', '-1, 0 or 1.', inNmi),
  ktime_add_ns: macro('include/linux/ktime.h', 'ktime_add_ns(kt, nsval)', 'Nanoseconds later.', inNmi),
  ktime_add_us: macro('include/linux/ktime.h', 'ktime_add_us(kt, usec)', 'Microseconds later.', inNmi),
  ktime_add_ms: macro('include/linux/ktime.h', 'ktime_add_ms(kt, msec)', 'Milliseconds later.', inNmi),
  ktime_sub_ns: macro('include/linux/ktime.h', 'ktime_sub_ns(kt, nsval)', 'Nanoseconds earlier.', inNmi),
  ktime_get_boottime: macro('kernel/time/timekeeping.c', 'ktime_get_boottime()', 'Time since boot, with suspends; kmem has none.', inNmi),
  ktime_get_raw: macro('kernel/time/timekeeping.c', 'ktime_get_raw()', 'Time since boot that nothing adjusts.', inNmi),
  ktime_get_boottime_ns: macro('kernel/time/timekeeping.c', 'ktime_get_boottime_ns()', 'ktime_get_boottime() in nanoseconds.', inNmi),
  ktime_get_raw_ns: macro('kernel/time/timekeeping.c', 'ktime_get_raw_ns()', 'ktime_get_raw() in nanoseconds.', inNmi),
  ktime_get_seconds: macro('kernel/time/timekeeping.c', 'ktime_get_seconds()', 'Seconds since boot.', inNmi),
  local_clock: macro('kernel/sched/clock.c', 'local_clock()', 'Nanoseconds by this CPU’s clock.', inNmi),
  sched_clock: macro('kernel/sched/clock.c', 'sched_clock()', 'Nanoseconds by this CPU’s clock.', inNmi),
} as const satisfies Record<string, ApiEntry>;

/** Members that are called with interrupts off. */
const inHardirq = (tag: string, members: string): Record<string, 'hardirq'> =>
  Object.fromEntries(members.split(' ').map((name) => [`${tag}.${name}`, 'hardirq']));

/**
 * Members of the kernel's structures that the kernel calls through, and where it does: for code that sets them itself instead of passing
 * the function to a call such as timer_setup(). Members of operations tables that are called from tasks are not here.
 */
const FIELDS: Readonly<Record<string, Registers['context']>> = {
  'timer_list.function': 'softirq', // kernel/time/timer.c: call_timer_fn
  'hrtimer.function': 'hardirq', // kernel/time/hrtimer.c: __run_hrtimer
  'tasklet_struct.func': 'softirq', // kernel/softirq.c: tasklet_action_common
  'tasklet_struct.callback': 'softirq',
  'work_struct.func': 'kworker', // kernel/workqueue.c: process_one_work
  'napi_struct.poll': 'softirq', // net/core/dev.c: __napi_poll
  'urb.complete': 'softirq', // drivers/usb/core/hcd.c: usb_giveback_urb_bh; in hard interrupt context for some controllers
  'net_device_ops.ndo_start_xmit': 'softirq', // bottom halves are off, and the queue's lock is held
  'blk_mq_ops.queue_rq': 'reader', // block/blk-mq.c: __blk_mq_run_dispatch_ops
  'blk_mq_ops.commit_rqs': 'reader',
  'blk_mq_ops.complete': 'softirq', // block/blk-mq.c: blk_done_softirq
  'blk_mq_ops.timeout': 'kworker', // block/blk-mq.c: blk_mq_timeout_work
  'bio.bi_end_io': 'softirq', // in hard interrupt context for some drivers
  'net_device_ops.ndo_tx_timeout': 'softirq', // net/sched/sch_generic.c: dev_watchdog, a timer
  'led_classdev.brightness_set': 'softirq', // include/linux/leds.h: must not sleep; triggers call it from timers and interrupts
  'input_dev.event': 'hardirq', // include/linux/input.h: event_lock is held, and interrupts are off
  'input_dev.setkeycode': 'hardirq',
  ...inHardirq('uart_ops', 'set_mctrl get_mctrl stop_tx start_tx stop_rx start_rx enable_ms flush_buffer'), // include/linux/serial_core.h: the port's lock is held, and interrupts are off
  ...inHardirq('irq_chip', 'irq_startup irq_shutdown irq_enable irq_disable irq_ack irq_mask irq_mask_ack irq_unmask irq_eoi irq_set_type irq_set_wake'), // kernel/irq/chip.c, manage.c: the raw lock of the interrupt is held
  'gpio_irq_chip.parent_handler': 'hardirq', // drivers/gpio/gpiolib.c: irq_set_chained_handler_and_data
};

/** Text in the program by which it may run elsewhere: which timer, or which queue, has that mode is not followed. */
const ELSEWHERE: Readonly<Record<string, { readonly text: RegExp; readonly context: Registers['context'] }>> = {
  'hrtimer.function': { text: /\bHRTIMER_MODE_\w*SOFT/, context: 'softirq' },
  'blk_mq_ops.queue_rq': { text: /\bBLK_MQ_F_BLOCKING\b/, context: 'task' },
  'blk_mq_ops.commit_rqs': { text: /\bBLK_MQ_F_BLOCKING\b/, context: 'task' },
};

/** Where the function runs that a member of a structure leads to, in a program of these texts; undefined: nothing is known. */
export function contextOfField(
  tag: string | undefined,
  field: string,
  files: readonly { readonly text: string }[],
): Registers['context'] | undefined {
  const name = `${tag}.${field}`;
  const elsewhere = ELSEWHERE[name];
  return elsewhere && files.some(({ text }) => elsewhere.text.test(text)) ? elsewhere.context : FIELDS[name];
}
