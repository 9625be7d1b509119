/** Where code runs: interrupts, bottom halves, timers, works, tasks on CPUs; and what waits for what. */
import assert from 'node:assert/strict';
import { check, run } from './scenario';

describe('vm: interrupts and bottom halves', () => {
  it('a raised interrupt runs at once, with the kernel’s preempt_count', () => {
    check(
      'static int n, count, off; irq rx { n++; count = preempt_count(); off = irqs_disabled(); expect(in_hardirq() && in_interrupt() && !in_task()); } task main { expect(in_task()); sim_raise(rx); expect(n == 1); expect(count == 0x10000); expect(off); expect(preempt_count() == 0 && !irqs_disabled()); }',
    );
  });
  it('it is held pending while interrupts are off', () => {
    check(
      'static int n; irq rx { n++; } task main { unsigned long flags; local_irq_disable(); sim_raise(rx); expect(n == 0); local_irq_enable(); expect(n == 1); local_irq_save(flags); sim_raise(rx); sim_raise(rx); expect(n == 1); local_irq_restore(flags); expect(n == 2); }',
    );
  });
  it('nested disabling restores what was', () => {
    check(
      'static DEFINE_SPINLOCK(l); task main { unsigned long a, b; spin_lock_irqsave(&l, a); local_irq_save(b); local_irq_restore(b); expect(irqs_disabled()); spin_unlock_irqrestore(&l, a); expect(!irqs_disabled()); spin_lock_irq(&l); expect(irqs_disabled() && preempt_count() == 1); spin_unlock_irq(&l); expect(!irqs_disabled()); }',
    );
  });
  it('one interrupt does not interrupt another; an NMI interrupts all', () => {
    check(
      'static int order, a_at, b_at, n_at; irq b { b_at = ++order; } nmi n { n_at = ++order; expect(in_nmi()); } irq a { sim_raise(b); expect(b_at == 0); sim_raise(n); expect(n_at == 1); a_at = ++order; } task main { sim_raise(a); expect(a_at == 2 && b_at == 3 && n_at == 1); local_irq_disable(); sim_raise(n); expect(n_at == 4); local_irq_enable(); }',
    );
  });
  it('an interrupt in the middle of an expression', () => {
    check(
      'static int v = 1; irq rx { v = 10; } static int get(void) { sim_raise(rx); return v; } task main { int x = get() + v; expect(x == 20); }',
    );
  });
  it('locals of interrupted code stay as they are', () => {
    check(
      'static int deep(int n) { int a[8]; int i; for (i = 0; i < 8; i++) a[i] = n; return n ? deep(n - 1) + a[7] : 0; } irq rx { expect(deep(5) == 15); } task main { int x = 7, y[4] = { 1, 2, 3, 4 }; sim_raise(rx); expect(x == 7 && y[0] + y[1] + y[2] + y[3] == 10); }',
    );
  });
  it('softirqs run when the interrupt ends', () => {
    check(
      'static int order, s_at, i_end, count; softirq net { s_at = ++order; count = preempt_count(); expect(in_serving_softirq() && !irqs_disabled()); } irq rx { raise_softirq(net); expect(s_at == 0); i_end = ++order; } task main { sim_raise(rx); expect(i_end == 1 && s_at == 2); expect(count == 0x100); }',
    );
  });
  it('a softirq raised in a task runs in ksoftirqd', () => {
    check(
      'static int n; static char who[16]; softirq net { n++; strscpy(who, current->comm, 16); } task main { raise_softirq(net); expect(n == 0); schedule(); expect(n == 1); expect(strcmp(who, "ksoftirqd/0") == 0); }',
    );
  });
  it('bottom halves that are off hold softirqs back until they are on', () => {
    check(
      'static int n; softirq net { n++; } irq rx { raise_softirq(net); } task main { local_bh_disable(); expect(preempt_count() == 0x200); sim_raise(rx); expect(n == 0); local_bh_enable(); expect(n == 1); }',
    );
    check(
      'static DEFINE_SPINLOCK(l); static int n; softirq net { spin_lock(&l); n++; spin_unlock(&l); } irq rx { raise_softirq(net); } task main { spin_lock_bh(&l); expect(preempt_count() == 0x201); sim_raise(rx); expect(n == 0); spin_unlock_bh(&l); expect(n == 1); }',
    );
  });
  it('an interrupt interrupts a softirq', () => {
    check(
      'static int n, inside; irq b { n++; } softirq net { sim_raise(b); inside = n; } irq a { raise_softirq(net); } task main { sim_raise(a); expect(inside == 1); }',
    );
  });
  it('tasklets run once however often they are scheduled', () => {
    check(
      'static int n; tasklet t { n++; } irq rx { tasklet_schedule(&t); tasklet_schedule(&t); } task main { sim_raise(rx); expect(n == 1); tasklet_disable(&t); sim_raise(rx); expect(n == 1); tasklet_enable(&t); msleep(10); expect(n == 2); }',
    );
    check(
      'static struct tasklet_struct t; static int n; static void fn(struct tasklet_struct *x) { n += x == &t; } task main { tasklet_setup(&t, fn); tasklet_schedule(&t); msleep(1); expect(n == 1); tasklet_kill(&t); }',
    );
  });
  it('raising on another CPU', () => {
    check(
      'static int where = -1; irq rx { where = smp_processor_id(); } task main on cpu 0 { sim_raise_on(1, rx); msleep(1); expect(where == 1); }',
      {},
      { cpus: 2 },
    );
  });
  it('request_irq and friends', () => {
    check(
      'static int n, d; static irqreturn_t h(int irq, void *dev) { n = irq; d = *(int *)dev; return IRQ_HANDLED; } task main { int v = 7; expect(request_irq(40, h, 0, "nic", &v) == 0); expect(request_irq(40, h, 0, "nic", &v) == -EBUSY); sim_raise_irq(40); expect(n == 40 && d == 7); n = 0; disable_irq(40); sim_raise_irq(40); expect(n == 0); enable_irq(40); expect(n == 40); free_irq(40, &v); n = 0; sim_raise_irq(40); expect(n == 0); }',
    );
  });
  it('request_irq on the lines of a PC; the machine has the lowest for itself', () => {
    check(
      'static int n; static irqreturn_t h(int irq, void *dev) { n += irq; return IRQ_HANDLED; } task main { int v; expect(request_irq(11, h, IRQF_SHARED, "nic", &v) == 0); sim_raise_irq(11); expect(n == 11); expect(request_irq(12, h, IRQF_SHARED, "nic", NULL) == -EINVAL); expect(request_irq(0, h, 0, "nic", &v) == -EBUSY); sim_raise_irq(0); sim_raise_irq(2); expect(n == 11); }',
    );
  });
  it('disable_irq on a block', () => {
    check(
      'static int n; irq rx { n++; } task main { disable_irq(rx); sim_raise(rx); expect(n == 0); enable_irq(rx); expect(n == 1); }',
    );
  });
});

describe('vm: time', () => {
  it('msleep and jiffies', () => {
    check(
      'task main { unsigned long t = jiffies; msleep(100); expect(jiffies - t >= 25 && jiffies - t <= 27); t = jiffies; schedule_timeout_uninterruptible(HZ); expect(jiffies - t > HZ && jiffies - t <= HZ + 8); expect(time_after(jiffies, t)); }',
    );
  });
  it('a jiffy passes while a CPU works', () => {
    check(
      'task main { unsigned long t = jiffies; int i; for (i = 0; i < 3000; i++) ; expect(jiffies - t >= 2 && jiffies - t <= 8); }',
    );
  });
  it('timers expire in order, in softirq context', () => {
    check(
      'static int order, a_at, b_at, soft; timer a { a_at = ++order; soft = in_serving_softirq() != 0; } timer b { b_at = ++order; } task main { mod_timer(&a, jiffies + 20); mod_timer(&b, jiffies + 10); expect(timer_pending(&a)); msleep(200); expect(b_at == 1 && a_at == 2 && soft); expect(!timer_pending(&a)); expect(del_timer(&a) == 0); mod_timer(&a, jiffies + 5); expect(mod_timer(&a, jiffies + 9) == 1); expect(del_timer_sync(&a) == 1); msleep(50); expect(a_at == 2); }',
    );
  });
  it('a timer that arms itself again', () => {
    check(
      'static int n; timer t { if (++n < 5) mod_timer(&t, jiffies + 2); } task main { mod_timer(&t, jiffies + 1); msleep(100); expect(n == 5); }',
    );
    check(
      'struct dev { int n; struct timer_list t; }; static struct dev d; static void tick(struct timer_list *t) { struct dev *p = from_timer(p, t, t); p->n++; } task main { timer_setup(&d.t, tick, 0); d.t.expires = jiffies + 3; add_timer(&d.t); msleep(50); expect(d.n == 1); }',
    );
  });
  it('works run in a kworker', () => {
    check(
      'static int n; static char who[16]; work w { msleep(5); n++; strscpy(who, current->comm, 16); } task main { expect(schedule_work(&w)); expect(!schedule_work(&w)); expect(work_pending(&w)); flush_work(&w); expect(n == 1); expect(strncmp(who, "kworker/", 8) == 0); expect(!cancel_work_sync(&w)); }',
    );
    check(
      'struct d { int n; struct work_struct w; }; static struct d x; static void fn(struct work_struct *w) { container_of(w, struct d, w)->n++; } task main { INIT_WORK(&x.w, fn); schedule_work(&x.w); flush_work(&x.w); expect(x.n == 1); }',
    );
  });
  it('a second worker continues while the first sleeps', () => {
    check(
      'static int order, a_at, b_at; static DECLARE_COMPLETION(c); work a { wait_for_completion(&c); a_at = ++order; } work b { b_at = ++order; complete(&c); } task main { schedule_work(&a); schedule_work(&b); flush_work(&a); flush_work(&b); expect(b_at == 1 && a_at == 2); }',
    );
  });
  it('delayed works', () => {
    check(
      'static unsigned long at; delayed_work w { at = jiffies; } task main { unsigned long t = jiffies; schedule_delayed_work(&w, 10); expect(delayed_work_pending(&w)); msleep(100); expect(at - t >= 10 && at - t <= 11); schedule_delayed_work(&w, 1000); expect(cancel_delayed_work_sync(&w)); t = jiffies; schedule_delayed_work(&w, 1000); flush_delayed_work(&w); expect(at - t < 5); }',
    );
  });
  it('works from interrupts, interrupts in works', () => {
    check(
      'static int n; irq tick { n += 10; } work w { n++; sim_raise(tick); } irq rx { schedule_work(&w); } task main { sim_raise(rx); flush_work(&w); expect(n == 11); }',
    );
  });
  it('RCU: callbacks after the readers', () => {
    check(
      'struct obj { int freed; struct rcu_head rcu; }; static struct obj o; static void gone(struct rcu_head *h) { container_of(h, struct obj, rcu)->freed = 1; } task main { rcu_read_lock(); call_rcu(&o.rcu, gone); int i; for (i = 0; i < 2500; i++) ; expect(!o.freed); rcu_read_unlock(); synchronize_rcu(); rcu_barrier(); expect(o.freed); }',
    );
    check(
      'static int done; task reader on cpu 1 { rcu_read_lock(); int i; for (i = 0; i < 4000; i++) ; done = 1; rcu_read_unlock(); } task main on cpu 0 { cond_resched(); synchronize_rcu(); expect(done || 1); }',
      {},
      { cpus: 2, schedule: 'round_robin' },
    );
  });
});

describe('vm: tasks that wait', () => {
  it('a mutex with waiters', () => {
    check(
      'static DEFINE_MUTEX(m); static int order, a_at, b_at; task a on cpu 0 { mutex_lock(&m); expect(mutex_is_locked(&m)); msleep(20); a_at = ++order; mutex_unlock(&m); } task b on cpu 0 { mutex_lock(&m); b_at = ++order; mutex_unlock(&m); } task c on cpu 0 { msleep(100); expect(a_at == 1 && b_at == 2); expect(!mutex_is_locked(&m)); expect(mutex_trylock(&m)); mutex_unlock(&m); expect(m.owner.counter == 0); expect(list_empty(&m.wait_list)); }',
    );
  });
  it('a waiter is on the wait list, on its own stack', () => {
    check(
      'static DEFINE_MUTEX(m); task a on cpu 0 { mutex_lock(&m); yield(); expect(!list_empty(&m.wait_list)); expect(m.owner.counter & 1); mutex_unlock(&m); } task b on cpu 0 { mutex_lock(&m); mutex_unlock(&m); expect(1); }',
    );
  });
  it('semaphores', () => {
    check(
      'static struct semaphore s; static int max, in; task main { int i; sema_init(&s, 2); expect(down_trylock(&s) == 0); expect(down_trylock(&s) == 0); expect(down_trylock(&s) == 1); expect(down_timeout(&s, 5) == -ETIME); up(&s); expect(down_interruptible(&s) == 0); up(&s); up(&s); }',
    );
    check(
      'static struct semaphore s; static int got; task a on cpu 0 { sema_init(&s, 0); down(&s); got = 1; } task b on cpu 0 { up(&s); msleep(1); expect(got); }',
    );
  });
  it('rw_semaphores: readers together, a writer alone', () => {
    check(
      'static DECLARE_RWSEM(s); static int readers, max, w; task a on cpu 0 { down_read(&s); readers++; if (readers > max) max = readers; msleep(10); readers--; up_read(&s); } task b on cpu 0 { down_read(&s); readers++; if (readers > max) max = readers; msleep(10); readers--; up_read(&s); } task c on cpu 0 { down_write(&s); expect(readers == 0); w = 1; downgrade_write(&s); up_read(&s); } task d on cpu 0 { msleep(100); expect(max == 2 && w); }',
    );
  });
  it('completions', () => {
    check(
      'static DECLARE_COMPLETION(c); static int n; task a on cpu 0 { wait_for_completion(&c); n++; } task b on cpu 0 { wait_for_completion(&c); n++; } task main on cpu 0 { msleep(1); complete(&c); msleep(10); expect(n == 1); expect(!completion_done(&c)); complete_all(&c); msleep(10); expect(n == 2); expect(try_wait_for_completion(&c)); reinit_completion(&c); expect(wait_for_completion_timeout(&c, 10) == 0); complete(&c); expect(wait_for_completion_timeout(&c, 10) == 10); }',
    );
    check(
      'static DECLARE_COMPLETION(c); timer t { complete(&c); } task main { mod_timer(&t, jiffies + 4); unsigned long left = wait_for_completion_timeout(&c, 20); expect(left > 10 && left < 20); }',
    );
  });
  it('wait queues', () => {
    check(
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int flag, woke; task a on cpu 0 { wait_event(q, flag != 0); woke = 1; expect(current->__state == 0); expect(!waitqueue_active(&q)); } task b on cpu 0 { expect(waitqueue_active(&q)); wake_up(&q); yield(); expect(!woke); flag = 1; wake_up(&q); yield(); expect(woke); }',
    );
    check(
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int flag; timer t { flag = 1; wake_up_interruptible(&q); } task main { expect(wait_event_timeout(q, flag, 5) == 0); mod_timer(&t, jiffies + 3); long left = wait_event_interruptible_timeout(q, flag, 50); expect(left > 40 && left < 50); expect(wait_event_interruptible(q, flag) == 0); }',
    );
    check(
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int n, go; static int ready(void) { return go; } task a on cpu 0 { wait_event(q, ready() && go > 0); n++; } task b on cpu 0 { DEFINE_WAIT(w); for (;;) { prepare_to_wait(&q, &w, TASK_UNINTERRUPTIBLE); if (go) break; schedule(); } finish_wait(&q, &w); n++; } task c on cpu 0 { go = 1; wake_up_all(&q); msleep(1); expect(n == 2); }',
    );
  });
  it('schedule and wake_up_process', () => {
    check(
      'static int n; task a on cpu 0 { set_current_state(TASK_INTERRUPTIBLE); schedule(); n = 1; expect(get_current_state() == TASK_RUNNING); } task b on cpu 0 { expect(n == 0); expect(wake_up_process(a) == 1); expect(wake_up_process(a) == 0); schedule(); expect(n == 1); expect(strcmp(a->comm, "a") == 0); }',
    );
  });
  it('kthread_run and kthread_stop', () => {
    check(
      'static int n; static int worker(void *data) { int *p = data; while (!kthread_should_stop()) { (*p)++; msleep(10); } return 42; } task main { struct task_struct *t = kthread_run(worker, &n, "w/%d", 3); expect(!IS_ERR(t)); msleep(100); expect(n > 3); expect(strcmp(t->comm, "w/3") == 0); expect(kthread_stop(t) == 42); int k = n; t = kthread_run(worker, &n, "never"); expect(kthread_stop(t) == -EINTR); msleep(50); expect(n == k); int i; for (i = 0; i < 20; i++) { t = kthread_run(worker, &n, "again"); expect(!IS_ERR(t)); yield(); expect(kthread_stop(t) == 42); } }',
      {},
      { maxSteps: 40000 },
    );
  });
  it('spinlocks between CPUs', () => {
    const text =
      'static DEFINE_SPINLOCK(l); static int n, in; static void add(void) { int i, v; for (i = 0; i < 50; i++) { spin_lock(&l); expect(in == 0); in = 1; v = n; v++; n = v; in = 0; spin_unlock(&l); } } task a on cpu 0 { add(); } task b on cpu 1 { add(); } task c on cpu 2 { add(); msleep(100); expect(n == 150); }';
    for (const schedule of ['sequential', 'round_robin', 'random(3)', 'random(99)'])
      check(text, {}, { cpus: 3, schedule });
  });
  it('a race that is one only under some schedules', () => {
    const text =
      'static int n; static void add(void) { int i, v; for (i = 0; i < 50; i++) { v = n; v++; n = v; } } task a on cpu 0 { add(); } task b on cpu 1 { add(); } task c on cpu 0 { msleep(100); printk("%d\\n", n); }';
    assert.deepEqual(run(text, { cpus: 2 }).lines, ['100']);
    assert.notDeepEqual(run(text, { cpus: 2, schedule: 'round_robin' }).lines, ['100']);
    const random = (seed: number) => run(text, { cpus: 2, schedule: `random(${seed})` }).lines.join();
    assert.equal(random(7), random(7));
    assert.ok(new Set([1, 2, 3, 4, 5].map(random)).size > 1);
  });
  it('rwlocks and bit operations between CPUs', () => {
    check(
      'static DEFINE_RWLOCK(l); static int v[2]; task w on cpu 0 { int i; for (i = 1; i < 30; i++) { write_lock(&l); v[0] = i; v[1] = i; write_unlock(&l); } } task r on cpu 1 { int i; for (i = 0; i < 30; i++) { read_lock(&l); expect(v[0] == v[1]); read_unlock(&l); } }',
      {},
      { cpus: 2, schedule: 'round_robin' },
    );
  });
  it('per-CPU variables', () => {
    check(
      'static DEFINE_PER_CPU(int, n) = 3; task a on cpu 0 { this_cpu_inc(n); get_cpu_var(n) += 10; put_cpu_var(n); expect(this_cpu_read(n) == 14); expect(per_cpu(n, 1) == 3); *per_cpu_ptr(&n, 1) = 8; expect(per_cpu(n, 1) == 8); expect(preempt_count() == 0); }',
      {},
      { cpus: 2 },
    );
  });
  describe('a task is preempted between statements', () => {
    const text =
      'static int in, met; task a on cpu 0 { int i; in = 1; for (i = 0; i < 40; i++) ; in = 0; } task b on cpu 0 { met = in; } task main on cpu 0 { msleep(20); printk("%d\\n", met); }';
    const metWith = (preempt: string, schedule: string) =>
      run(text, { schedule, machine: `preempt = ${preempt};` }).lines.join();
    for (const preempt of ['none', 'voluntary', 'full', 'rt'])
      it(`preempt = ${preempt}`, () => {
        const seeds = Array.from({ length: 12 }, (_, i) => `random(${i + 1})`);
        const met = new Set(['round_robin', ...seeds].map((schedule) => metWith(preempt, schedule)));
        assert.equal(met.has('1'), preempt === 'full' || preempt === 'rt');
      });
  });
});
