/** Sleeping and waking: wait queues, completions, timed sleeps, kernel threads. */
import { check, checkEverywhere } from './scenario';

describe('wait queues', () => {
  const cases: Record<string, string> = {
    'wait_event: the condition is true already':
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int done = 1; task main { wait_event(q, done); expect(!waitqueue_active(&q)); }',
    'wait_event sleeps until it is true':
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int done, seen; task main { wait_event(q, done == 2); seen = 1; expect(done == 2); expect(!waitqueue_active(&q)); } task waker { expect(waitqueue_active(&q)); done = 1; wake_up(&q); yield(); expect(!seen); done = 2; wake_up(&q); yield(); expect(seen); }',
    'wait_event_interruptible returns 0':
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int done; task main { expect(wait_event_interruptible(q, done) == 0); } task waker { done = 1; wake_up_interruptible(&q); }',
    'wake_up_interruptible leaves the others asleep':
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int done, woken; task main { wait_event(q, done); woken = 1; } task waker { done = 1; wake_up_interruptible(&q); yield(); expect(!woken); wake_up(&q); yield(); expect(woken); }',
    'wait_event_timeout: time is over':
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int done; task main { unsigned long t = jiffies; expect(wait_event_timeout(q, done, 10) == 0); expect(jiffies - t >= 10); expect(jiffies - t < 13); expect(!waitqueue_active(&q)); }',
    'wait_event_timeout: in time':
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int done; task main { long left = wait_event_timeout(q, done, 100); expect(left > 50); expect(left <= 95); } task waker { msleep(20); done = 1; wake_up(&q); }',
    'wait_event_timeout: true at once, and with no time':
      'static DECLARE_WAIT_QUEUE_HEAD(q); task main { expect(wait_event_timeout(q, true, 100) == 100); expect(wait_event_timeout(q, true, 0) == 1); expect(wait_event_timeout(q, false, 0) == 0); }',
    'exclusive waiters are woken one at a time':
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int woken; static void once(void) { DEFINE_WAIT(w); prepare_to_wait_exclusive(&q, &w, TASK_UNINTERRUPTIBLE); schedule(); finish_wait(&q, &w); woken++; } task a { once(); } task b { once(); } task waker { wake_up(&q); yield(); expect(woken == 1); expect(waitqueue_active(&q)); wake_up(&q); yield(); expect(woken == 2); expect(!waitqueue_active(&q)); }',
    'wake_up_all and wake_up_nr':
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int woken; static void once(void) { DEFINE_WAIT(w); prepare_to_wait_exclusive(&q, &w, TASK_UNINTERRUPTIBLE); schedule(); finish_wait(&q, &w); woken++; } task a { once(); } task b { once(); } task c { once(); } task waker { wake_up_nr(&q, 2); yield(); expect(woken == 2); wake_up_all(&q); yield(); expect(woken == 3); }',
    'prepare_to_wait_exclusive says whether it is the first':
      'static DECLARE_WAIT_QUEUE_HEAD(q); task main { DEFINE_WAIT(w); DEFINE_WAIT(x); expect(prepare_to_wait_exclusive(&q, &w, TASK_RUNNING)); expect(!prepare_to_wait_exclusive(&q, &w, TASK_RUNNING)); expect(!prepare_to_wait_exclusive(&q, &x, TASK_RUNNING)); finish_wait(&q, &x); finish_wait(&q, &w); expect(!waitqueue_active(&q)); }',
    'prepare_to_wait by hand':
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int done; task main { DEFINE_WAIT(w); for (;;) { prepare_to_wait(&q, &w, TASK_UNINTERRUPTIBLE); if (done) break; schedule(); } finish_wait(&q, &w); expect(get_current_state() == TASK_RUNNING); expect(done); } task waker { done = 1; wake_up(&q); }',
    'an entry of DECLARE_WAITQUEUE stays on the queue':
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int done; task main { DECLARE_WAITQUEUE(w, current); add_wait_queue(&q, &w); while (!done) { set_current_state(TASK_INTERRUPTIBLE); schedule(); } expect(waitqueue_active(&q)); remove_wait_queue(&q, &w); expect(!waitqueue_active(&q)); } task waker { wake_up(&q); yield(); done = 1; wake_up(&q); }',
    'init_waitqueue_head, init_wait':
      'wait_queue_head_t q; static int done; task main { struct wait_queue_entry w; init_waitqueue_head(&q); expect(!waitqueue_active(&q)); init_wait(&w); expect(w.private == current); prepare_to_wait(&q, &w, TASK_UNINTERRUPTIBLE); schedule_timeout(5); finish_wait(&q, &w); expect(list_empty(&w.entry)); }',
    'woken from an interrupt':
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int done; irq nic { done = 1; wake_up(&q); } task main { wait_event(q, done); expect(in_task()); } task raiser { sim_raise(nic); expect(done); }',
    'on another CPU':
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int done; task main on cpu 0 { wait_event(q, done); expect(smp_processor_id() == 0); } task waker on cpu 1 { msleep(10); done = 1; wake_up(&q); expect(smp_processor_id() == 1); }',
    'an entry is exclusive, or it is not any more':
      'static DECLARE_WAIT_QUEUE_HEAD(q); task main { DEFINE_WAIT(w); prepare_to_wait_exclusive(&q, &w, TASK_UNINTERRUPTIBLE); expect(w.flags == WQ_FLAG_EXCLUSIVE); finish_wait(&q, &w); prepare_to_wait(&q, &w, TASK_UNINTERRUPTIBLE); expect(w.flags == 0 && waitqueue_active(&q)); finish_wait(&q, &w); expect(!waitqueue_active(&q)); }',
    'a task that sleeps is not on a run queue':
      'static DECLARE_COMPLETION(c); task a { expect(current->on_rq == 1); wait_for_completion(&c); expect(current->on_rq == 1); } task b { expect(a->on_rq == 0); complete(&c); expect(a->on_rq == 1 && a->__state == TASK_RUNNING); }',
  };
  for (const [name, text] of Object.entries(cases))
    it(name, () => {
      const cpus = /on cpu 1/.test(text) ? 2 : 1;
      checkEverywhere(text, {}, { cpus });
      if (cpus === 2) for (const seed of [1, 2, 3]) check(text, {}, { cpus, seed });
    });
  it('never woken: a hung task', () =>
    void check('static DECLARE_WAIT_QUEUE_HEAD(q); static int done; task main { wait_event(q, done); }', {
      status: 'deadlock',
      reports: ['INFO: task main:12 blocked for more than 120 seconds.'],
    }));
  it('under a spinlock', () =>
    void check(
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int done = 1; static DEFINE_SPINLOCK(l); task main { spin_lock(&l); wait_event(q, done); spin_unlock(&l); }',
      {
        reports: ['BUG: sleeping function called from invalid context at test.kmem:2'],
      },
    ));
});

describe('completions', () => {
  const cases: Record<string, string> = {
    'complete before wait':
      'static DECLARE_COMPLETION(c); task main { expect(!completion_done(&c)); complete(&c); complete(&c); expect(completion_done(&c)); wait_for_completion(&c); wait_for_completion(&c); expect(!completion_done(&c)); expect(!try_wait_for_completion(&c)); }',
    'wait before complete':
      'static DECLARE_COMPLETION(c); static int seen; task main { wait_for_completion(&c); seen++; wait_for_completion(&c); seen++; } task other { complete(&c); yield(); expect(seen == 1); complete(&c); yield(); expect(seen == 2); }',
    'complete wakes one, complete_all all':
      'static DECLARE_COMPLETION(c); static int seen; task a { wait_for_completion(&c); seen++; } task b { wait_for_completion(&c); seen++; } task d { wait_for_completion(&c); seen++; } task other { complete(&c); yield(); expect(seen == 1); complete_all(&c); yield(); expect(seen == 3); wait_for_completion(&c); expect(completion_done(&c)); reinit_completion(&c); expect(!completion_done(&c)); }',
    'timeout: over':
      'static DECLARE_COMPLETION(c); task main { unsigned long t = jiffies; expect(wait_for_completion_timeout(&c, 25) == 0); expect(jiffies - t >= 25); complete(&c); expect(try_wait_for_completion(&c)); }',
    'timeout: one whose time is over is not waked in place of another':
      'static DECLARE_COMPLETION(c); static int seen; task a { expect(wait_for_completion_timeout(&c, 5) == 0); msleep(1000); } task b { msleep(100); wait_for_completion(&c); seen = 1; } task other { msleep(200); complete(&c); msleep(10); expect(seen); }',
    'timeout: in time':
      'static DECLARE_COMPLETION(c); task main { unsigned long left = wait_for_completion_timeout(&c, 100); expect(left >= 80 && left <= 98); } task other { msleep(10); complete(&c); }',
    'timeout: at once':
      'static DECLARE_COMPLETION(c); task main { complete_all(&c); expect(wait_for_completion_timeout(&c, 7) == 7); expect(wait_for_completion_timeout(&c, 0) == 1); expect(wait_for_completion_timeout(&c, MAX_SCHEDULE_TIMEOUT) == MAX_SCHEDULE_TIMEOUT); }',
    'interruptible, killable':
      'static DECLARE_COMPLETION(c); task main { expect(wait_for_completion_interruptible(&c) == 0); expect(wait_for_completion_killable(&c) == 0); expect(wait_for_completion_interruptible_timeout(&c, 50) > 0); expect(wait_for_completion_interruptible_timeout(&c, 5) == 0); } task other { for (int i = 0; i < 3; i++) { complete(&c); yield(); } }',
    'on the stack, from a work':
      'struct job { struct work_struct w; struct completion done; int n; }; static void run_job(struct work_struct *w) { struct job *j = container_of(w, struct job, w); j->n = 42; complete(&j->done); } task main { struct job j; j.n = 0; INIT_WORK(&j.w, run_job); init_completion(&j.done); schedule_work(&j.w); wait_for_completion(&j.done); expect(j.n == 42); }',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(text));
  it('in an interrupt', () =>
    void check(
      'static DECLARE_COMPLETION(c); irq nic { complete(&c); wait_for_completion(&c); } task main { sim_raise(nic); expect(!completion_done(&c)); }',
      {
        reports: ['BUG: sleeping function called from invalid context at kernel/sched/completion.c'],
      },
    ));
});

describe('sleeping', () => {
  const cases: Record<string, string> = {
    msleep:
      'unsigned long t = jiffies; msleep(20); expect(jiffies - t >= 5); expect(jiffies - t <= 7); msleep(0); ssleep(1); expect(jiffies - t >= 255);',
    'msleep_interruptible, usleep_range, fsleep':
      'unsigned long t = jiffies; expect(msleep_interruptible(40) == 0); expect(jiffies - t >= 10); usleep_range(8000, 9000); expect(jiffies - t >= 12); fsleep(30000); expect(jiffies - t >= 19);',
    schedule_timeout:
      'unsigned long t = jiffies; expect(schedule_timeout_uninterruptible(10) == 0); expect(jiffies - t >= 10); t = jiffies; expect(schedule_timeout(10) >= 9); expect(jiffies - t <= 1); expect(schedule_timeout_interruptible(0) == 0);',
    'woken early':
      'static struct task_struct *sleeper; task main { sleeper = current; long left = schedule_timeout_interruptible(100); expect(left >= 80 && left <= 98); set_current_state(TASK_UNINTERRUPTIBLE); expect(schedule_timeout(MAX_SCHEDULE_TIMEOUT) == MAX_SCHEDULE_TIMEOUT); } task waker { msleep(10); expect(wake_up_process(sleeper) == 1); yield(); expect(wake_up_state(sleeper, TASK_INTERRUPTIBLE) == 0); expect(wake_up_process(sleeper) == 1); expect(wake_up_process(sleeper) == 0); }',
    'msleep sleeps on when it is woken':
      'static struct task_struct *sleeper; static int over; task main { sleeper = current; unsigned long t = jiffies; msleep(100); over = 1; expect(jiffies - t >= 25); } task waker { msleep(10); wake_up_process(sleeper); yield(); expect(!over); }',
    'a wake-up before schedule is not lost':
      'task main { set_current_state(TASK_INTERRUPTIBLE); expect(wake_up_process(current) == 1); schedule(); expect(get_current_state() == TASK_RUNNING); }',
    'udelay passes time':
      'unsigned long t = jiffies; udelay(10); expect(jiffies == t); mdelay(40); expect(jiffies - t >= 10); expect(jiffies - t <= 11);',
    'jiffies and times':
      'expect(msecs_to_jiffies(4) == 1); expect(msecs_to_jiffies(5) == 2); expect(msecs_to_jiffies(0) == 0); expect(usecs_to_jiffies(1) == 1); expect(usecs_to_jiffies(4000) == 1); expect(nsecs_to_jiffies(3999999) == 0); expect(nsecs_to_jiffies(40000000) == 10); expect(jiffies_to_msecs(25) == 100); expect(jiffies_to_usecs(2) == 8000); expect(msecs_to_jiffies(-1) == (ULONG_MAX >> 2) - 1); expect(HZ == 250);',
    'the counter begins five minutes before it wraps':
      'expect((u32)jiffies == 0xfffedb08); expect(get_jiffies_64() == 0xfffedb08ULL); unsigned long a = jiffies, b = a + 0x20000; expect(time_after(b, a)); expect(time_before(a, b)); expect(time_after_eq(a, a)); expect(!time_before(b, a));',
    signals:
      'expect(signal_pending(current) == 0); expect(!fatal_signal_pending(current)); expect(task_cpu(current) == 0); expect(task_pid_nr(current) == 12);',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(text));
  it('atomic', () => {
    check('preempt_disable(); msleep(1); preempt_enable();', {
      reports: ['BUG: scheduling while atomic: main/12/0x00000002', /preempt_count_sub$/],
    });
    check(
      'rcu_read_lock(); schedule_timeout_uninterruptible(1); rcu_read_unlock(); expect(1);',
      { reports: [/kernel\/rcu\/tree_plugin\.h:320 rcu_note_context_switch$/] },
      { machine: 'preempt = none;' },
    );
  });
});

describe('kernel threads', () => {
  const cases: Record<string, string> = {
    kthread_run:
      'static int n; static int body(void *data) { n = *(int *)data + 1; return 7; } task main { int x = 4; struct task_struct *t = kthread_run(body, &x, "worker/%d", 3); expect(!IS_ERR(t)); expect(strcmp(t->comm, "worker/3") == 0); expect(n == 0); yield(); expect(n == 5); }',
    'a name has fifteen characters at most':
      'static char name[16]; static int body(void *data) { strscpy(name, current->comm, 16); return 0; } task main { struct task_struct *t = kthread_run(body, NULL, "%s", "a_name_that_is_longer"); expect(strcmp(t->comm, "a_name_that_is_") == 0); yield(); expect(strcmp(name, "a_name_that_is_") == 0); }',
    'kthread_create begins when it is woken':
      'static int n; static int body(void *data) { n++; return 0; } task main { struct task_struct *t = kthread_create(body, NULL, "x"); yield(); expect(n == 0); expect(wake_up_process(t) == 1); yield(); expect(n == 1); }',
    kthread_stop:
      'static int rounds; static int body(void *data) { while (!kthread_should_stop()) { rounds++; schedule_timeout_interruptible(5); } return 42; } task main { struct task_struct *t = kthread_run(body, NULL, "loop"); msleep(100); expect(rounds >= 4); expect(kthread_stop(t) == 42); }',
    'kthread_stop before it began':
      'static int n; static int body(void *data) { n++; return 0; } task main { struct task_struct *t = kthread_create(body, NULL, "x"); expect(kthread_stop(t) == -EINTR); expect(n == 0); }',
    'kthread_stop of one that is runnable but has not begun':
      'static int n; static int body(void *data) { n++; return 0; } task main { struct task_struct *t = kthread_run(body, NULL, "x"); expect(kthread_stop(t) == -EINTR); expect(n == 0); }',
    'more threads than at a time, one after the other':
      'static int n; static int body(void *data) { n++; return 0; } task main { for (int i = 0; i < 20; i++) { struct task_struct *t = kthread_run(body, NULL, "t%d", i); expect(!IS_ERR(t)); yield(); } expect(n == 20); }',
    'what is not a function makes no thread, and takes no place of one':
      'static int n; static int body(void *data) { n++; return 0; } task main { for (int i = 0; i < 20; i++) { struct task_struct *bad = kthread_run((int (*)(void *))8, NULL, "bad"); expect(PTR_ERR(bad) == -EINVAL); } struct task_struct *t = kthread_run(body, NULL, "good"); expect(!IS_ERR(t)); yield(); expect(n == 1); }',
    'a negative result':
      'static int body(void *data) { while (!kthread_should_stop()) { set_current_state(TASK_INTERRUPTIBLE); if (!kthread_should_stop()) schedule(); __set_current_state(TASK_RUNNING); } return -EIO; } task main { struct task_struct *t = kthread_run(body, NULL, "x"); yield(); expect(kthread_stop(t) == -EIO); }',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(text));
});
