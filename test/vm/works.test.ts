/** Work items and delayed works on kworkers. */
import assert from 'node:assert/strict';
import { check, checkEverywhere, load } from './scenario';

describe('works', () => {
  const cases: Record<string, string> = {
    'a work runs in a kworker, where sleeping is allowed':
      'static char name[16]; static int ok; work w { ok = in_task() && !in_atomic(); strscpy(name, current->comm, 16); msleep(10); ok++; } task main { expect(schedule_work(&w)); expect(work_pending(&w)); expect(!schedule_work(&w)); expect(!ok); expect(flush_work(&w)); expect(ok == 2); expect(strcmp(name, "kworker/0:0") == 0); expect(!work_pending(&w)); expect(!flush_work(&w)); }',
    'INIT_WORK and DECLARE_WORK':
      'struct dev { int n; struct work_struct w; }; static struct dev d; static int m; static void one(struct work_struct *w) { container_of(w, struct dev, w)->n++; } static void two(struct work_struct *w) { m++; } static DECLARE_WORK(w2, two); task main { INIT_WORK(&d.w, one); expect(queue_work(system_wq, &d.w)); expect(schedule_work(&w2)); flush_work(&d.w); flush_work(&w2); expect(d.n == 1 && m == 1); }',
    'in the order they were queued':
      'static int order; work a { order = order * 10 + 1; } work b { order = order * 10 + 2; } task main { schedule_work(&b); schedule_work(&a); flush_work(&a); expect(order == 21); }',
    'a second worker goes on while the first sleeps':
      'static int order; work a { order = 1; msleep(20); order = order * 10 + 3; } work b { order = order * 10 + 2; } task main { schedule_work(&a); schedule_work(&b); flush_work(&a); expect(order == 123); }',
    'queued again by itself':
      'static int n; work w { if (++n < 3) schedule_work(&w); } task main { schedule_work(&w); msleep(20); expect(n == 3); }',
    'from an interrupt':
      'static int n; work w { n++; } irq nic { schedule_work(&w); } task main { sim_raise(nic); expect(n == 0); flush_work(&w); expect(n == 1); }',
    cancel_work:
      'static int n; work w { n++; } task main { expect(!cancel_work(&w)); schedule_work(&w); expect(cancel_work(&w)); expect(!cancel_work_sync(&w)); msleep(10); expect(n == 0); expect(schedule_work(&w)); flush_work(&w); expect(n == 1); }',
    'cancel_work_sync waits for one that runs':
      'static int n; work w { msleep(20); n++; } task main { schedule_work(&w); msleep(5); expect(n == 0); expect(!cancel_work_sync(&w)); expect(n == 1); }',
    'cancel_work_sync of one that queues itself':
      'static int n; work w { n++; msleep(20); schedule_work(&w); } task main { schedule_work(&w); msleep(5); expect(n == 1); expect(!cancel_work_sync(&w)); expect(!work_pending(&w)); msleep(100); expect(n == 1); }',
    delayed_work:
      'static unsigned long when; delayed_work w { when = jiffies; } task main { unsigned long start = jiffies; expect(schedule_delayed_work(&w, 10)); expect(delayed_work_pending(&w)); expect(!schedule_delayed_work(&w, 1)); msleep(100); expect(when - start >= 10 && when - start <= 12); expect(!delayed_work_pending(&w)); }',
    'INIT_DELAYED_WORK, DECLARE_DELAYED_WORK':
      'struct dev { int n; struct delayed_work w; }; static struct dev d; static int m; static void one(struct work_struct *w) { container_of(to_delayed_work(w), struct dev, w)->n++; } static void two(struct work_struct *w) { m++; } static DECLARE_DELAYED_WORK(w2, two); task main { INIT_DELAYED_WORK(&d.w, one); queue_delayed_work(system_wq, &d.w, 5); schedule_delayed_work(&w2, 3); msleep(50); expect(d.n == 1); expect(m == 1); }',
    mod_delayed_work:
      'static unsigned long when; delayed_work w { when = jiffies; } task main { unsigned long start = jiffies; expect(!mod_delayed_work(system_wq, &w, 5)); expect(mod_delayed_work(system_wq, &w, 20)); msleep(150); expect(when - start >= 20 && when - start <= 22); }',
    'flush_delayed_work runs it now':
      'static int n; delayed_work w { n++; } task main { unsigned long start = jiffies; schedule_delayed_work(&w, 1000); expect(flush_delayed_work(&w)); expect(n == 1); expect(jiffies - start < 10); expect(!flush_delayed_work(&w)); }',
    cancel_delayed_work:
      'static int n; delayed_work w { n++; } task main { schedule_delayed_work(&w, 5); expect(cancel_delayed_work(&w)); expect(!cancel_delayed_work(&w)); schedule_delayed_work(&w, 5); expect(cancel_delayed_work_sync(&w)); msleep(100); expect(n == 0); }',
    'a poller that is stopped':
      'static int n; delayed_work poll { n++; schedule_delayed_work(&poll, 5); } task main { schedule_delayed_work(&poll, 0); msleep(100); int before = n; expect(before >= 3); cancel_delayed_work_sync(&poll); msleep(100); expect(n == before); }',
    'no delay: at once':
      'static int n; delayed_work w { n++; } task main { schedule_delayed_work(&w, 0); yield(); expect(n == 1); }',
    'a work that is cancelled while it is flushed':
      'static int n, a, b; work s1 { msleep(20); } work s2 { msleep(20); } work w { n++; } task main { schedule_work(&s1); schedule_work(&s2); schedule_work(&w); expect(flush_work(&w)); expect(n == 0); a = 1; } task other { flush_work(&w); b = 1; } task third { msleep(8); expect(cancel_work(&w)); msleep(100); expect(a && b); }',
    'flush_work of one that queues itself waits for this run only':
      'static int n; work w { n++; msleep(4); if (n < 50) schedule_work(&w); } task main { schedule_work(&w); expect(flush_work(&w)); expect(n < 4); cancel_work_sync(&w); }',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(text));
  it('continues from any moment in the past', () => {
    const text =
      'static DECLARE_COMPLETION(c); static DECLARE_WAIT_QUEUE_HEAD(q); static int n, go; timer t { n += 100; complete(&c); } delayed_work w { n++; msleep(8); go = 1; wake_up(&q); } task main { mod_timer(&t, jiffies + 2); schedule_delayed_work(&w, 3); wait_for_completion_timeout(&c, 50); wait_event_timeout(q, go, 100); flush_delayed_work(&w); cancel_delayed_work_sync(&w); expect(n == 101); } task other { usleep_range(100, 200); schedule_timeout_uninterruptible(4); wait_event(q, go); }';
    const vm = load(text);
    const { journal, mem } = vm.kernel;
    const moments = [journal.position];
    while (!vm.done) {
      vm.step();
      moments.push(journal.position);
    }
    const end = mem.hash();
    assert.equal(vm.status, 'ended');
    assert.ok(moments.length > 15);
    for (const at of moments.slice(0, -1).reverse()) {
      journal.moveTo(at);
      journal.cut();
      vm.sync();
      for (let n = 0; !vm.done; n++) {
        vm.step();
        assert.ok(n < 1000);
      }
      assert.equal(mem.hash(), end, `from ${at}`);
    }
  });
  it('on a CPU', () => {
    const text =
      'static int cpu = -1; work w { cpu = smp_processor_id(); } task main on cpu 0 { expect(schedule_work_on(1, &w)); flush_work(&w); expect(cpu == 1); expect(queue_work_on(0, system_wq, &w)); flush_work(&w); expect(cpu == 0); }';
    check(text, {}, { cpus: 2 });
    for (const seed of [1, 2, 3, 4]) check(text, {}, { cpus: 2, seed });
  });
  it('a lock that a work leaves locked', () =>
    void check('static DEFINE_MUTEX(m); work w { mutex_lock(&m); } task main { schedule_work(&w); flush_work(&w); }', {
      reports: [/leaked lock or atomic: kworker\/0:0\/0x00000000/],
    }));
  it('flush_work in the work itself', () =>
    void check('work w { flush_work(&w); } task main { schedule_work(&w); msleep(20); }', {
      status: 'deadlock',
      reports: ['WARNING: possible recursive locking detected', /blocked for more than 120 seconds/],
    }));
  it('flush_work under a spinlock', () =>
    void check(
      'static DEFINE_SPINLOCK(l); work w { } task main { schedule_work(&w); spin_lock(&l); flush_work(&w); spin_unlock(&l); }',
      {
        reports: [
          'BUG: sleeping function called from invalid context at kernel/workqueue.c',
          'BUG: scheduling while atomic',
          /preempt_count_sub\+0x/,
        ],
      },
    ));
});

describe('functions of the kernel as callbacks', () => {
  it('mutex_lock through a pointer waits; its frame is in the trace', () => {
    check(
      `struct mutex m; int order;
       task first on cpu 0 { void (*f)(struct mutex *) = mutex_lock; mutex_init(&m); f(&m); msleep(50); order = 1; mutex_unlock(&m); }
       task second on cpu 0 { void (*f)(struct mutex *) = mutex_lock; msleep(10); f(&m); expect(order == 1); mutex_unlock(&m); }`,
    );
  });
  it('printk through a pointer has its arguments; a result comes back', () => {
    checkEverywhere(
      `task main { int (*p)(const char *, ...) = printk; unsigned long (*f)(unsigned int) = msecs_to_jiffies;
       p("%d %s %llu\\n", -5, "x", 1ULL << 40); expect(f(100) == 25); }`,
      { lines: ['-5 x 1099511627776'] },
    );
  });
  it('a thread whose function is msleep', () => {
    check(`task main { struct task_struct *t = kthread_run((int (*)(void *))msleep, (void *)20, "sleeper"); msleep(100);
       expect(kthread_stop(t) == 0); }`);
  });
});
