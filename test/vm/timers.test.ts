/** Timers, softirqs, tasklets, interrupt lines. */
import { check, checkEverywhere } from './scenario';

describe('timers', () => {
  const cases: Record<string, string> = {
    'a timer block runs in softirq context, at its time':
      'static unsigned long when; static int ctx; timer t { when = jiffies; ctx = in_serving_softirq() && !in_hardirq() && !in_task(); } task main { unsigned long at = jiffies + 10; expect(mod_timer(&t, at) == 0); expect(timer_pending(&t)); msleep(100); expect(when >= at && when <= at + 1); expect(ctx); expect(!timer_pending(&t)); }',
    'timer_setup and from_timer':
      'struct dev { int n; struct timer_list t; }; static struct dev d; static void tick(struct timer_list *t) { struct dev *p = from_timer(p, t, t); p->n++; if (p->n < 3) mod_timer(&p->t, jiffies + 2); } task main { timer_setup(&d.t, tick, 0); expect(!timer_pending(&d.t)); d.t.expires = jiffies + 1; add_timer(&d.t); msleep(100); expect(d.n == 3); }',
    DEFINE_TIMER:
      'static int n; static void tick(struct timer_list *t) { n++; } static DEFINE_TIMER(t, tick); task main { mod_timer(&t, jiffies + 1); msleep(20); expect(n == 1); }',
    'mod_timer moves one that is pending':
      'static unsigned long when; timer t { when = jiffies; } task main { unsigned long start = jiffies; mod_timer(&t, start + 5); expect(mod_timer(&t, start + 20) == 1); expect(mod_timer_pending(&t, start + 30) == 1); msleep(200); expect(when - start >= 30); expect(when - start <= 32); expect(mod_timer_pending(&t, jiffies + 1) == 0); expect(!timer_pending(&t)); }',
    del_timer:
      'static int n; timer t { n++; } task main { expect(del_timer(&t) == 0); mod_timer(&t, jiffies + 3); expect(del_timer(&t) == 1); expect(del_timer_sync(&t) == 0); msleep(50); expect(n == 0); mod_timer(&t, jiffies + 3); expect(timer_delete(&t) == 1); mod_timer(&t, jiffies + 3); expect(timer_delete_sync(&t) == 1); }',
    'in the order of their times':
      'static int order; timer a { order = order * 10 + 1; } timer b { order = order * 10 + 2; } timer c { order = order * 10 + 3; } task main { mod_timer(&c, jiffies + 9); mod_timer(&a, jiffies + 3); mod_timer(&b, jiffies + 6); msleep(60); expect(order == 123); }',
    'a time that has passed':
      'static int n; timer t { n++; } task main { mod_timer(&t, jiffies - 5); msleep(10); expect(n == 1); }',
    'across the wrap of 32 bits':
      'static unsigned long at, when; timer t { when = jiffies; } task main { at = jiffies + 76000; mod_timer(&t, at); while (!when) msleep(5000); expect(time_after(when, at)); expect(when - at <= 4096); expect(jiffies - when < 2000); }',
    'a busy task lets time pass':
      'static int n; timer t { n++; } task main { mod_timer(&t, jiffies + 2); unsigned long start = jiffies; while (!n) cpu_relax(); expect(jiffies - start >= 2); }',
    'runs when mdelay() ends':
      'static int n; timer t { n++; } task main { mod_timer(&t, jiffies + 1); mdelay(20); expect(n == 1); }',
    'not while bottom halves are off':
      'static int n; timer t { n++; } task main { local_bh_disable(); mod_timer(&t, jiffies + 1); mdelay(20); expect(n == 0); local_bh_enable(); expect(n == 1); }',
    'not while interrupts are off':
      'static int n; timer t { n++; } task main { local_irq_disable(); mod_timer(&t, jiffies + 1); mdelay(20); expect(n == 0); local_irq_enable(); msleep(8); expect(n == 1); }',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(text));
  it('add_timer of one that is pending', () =>
    void check('timer t { } task main { mod_timer(&t, jiffies + 9); t.expires = jiffies + 1; add_timer(&t); }', {
      reports: [/kernel BUG at kernel\/time\/timer\.c|add_timer/],
    }));
  it('mod_timer without timer_setup', () =>
    void check('static struct timer_list t; task main { mod_timer(&t, jiffies + 1); }', { reports: [/timer/] }));
  it('sleeping in a callback', () =>
    void check('timer t { msleep(1); } task main { mod_timer(&t, jiffies + 1); msleep(50); expect(1); }', {
      // the wait is given up: the idle task has nothing to switch to
      reports: [
        'BUG: scheduling while atomic: swapper/0/0/0x00000102',
        'bad: scheduling from the idle thread!',
        /call_timer_fn$/,
      ],
    }));
  it('of two that are due in the same jiffy, the one armed last runs first', () =>
    void check(
      'static int order; timer a { order = order * 10 + 1; } timer b { order = order * 10 + 2; } timer c { order = order * 10 + 3; } task main { unsigned long t = jiffies + 5; mod_timer(&b, t); mod_timer(&a, t); mod_timer(&c, t); msleep(50); expect(order == 312); }',
    ));
  it('a callback that leaks preempt_count', () =>
    void check(
      'timer t { preempt_disable(); } task main { mod_timer(&t, jiffies + 1); msleep(50); expect(preempt_count() == 0); }',
      { reports: [/^timer: t\+\S+ \[test\] preempt leak: 00000101 -> 00000102$/] },
    ));
  it('del_timer_sync waits for a callback on another CPU', () => {
    for (const seed of [1, 2, 3, 4, 5])
      check(
        'static int in, out; timer t { in = 1; for (int i = 0; i < 50; i++) cpu_relax(); out = 1; } task a on cpu 1 { mod_timer(&t, jiffies + 1); while (!in) cpu_relax(); } task main on cpu 0 { while (!in) cpu_relax(); del_timer_sync(&t); expect(out); }',
        {},
        { cpus: 2, seed },
      );
  });
  it('del_timer_sync from the callback itself spins forever', () =>
    void check('timer t { del_timer_sync(&t); } task main { mod_timer(&t, jiffies + 1); msleep(50); }', {
      status: 'deadlock',
      reports: ['WARNING: possible recursive locking detected', /soft lockup/],
    }));
});

describe('softirqs and tasklets', () => {
  const cases: Record<string, string> = {
    'raised in an interrupt: at its end':
      'static int order; softirq rx { order = order * 10 + 2; } irq nic { raise_softirq(rx); order = 1; } task main { sim_raise(nic); expect(order == 12); }',
    'raised in a task: in ksoftirqd':
      'static int ran; static char name[16]; softirq rx { ran = 1; strscpy(name, current->comm, 16); } task main { raise_softirq(rx); expect(!ran); yield(); expect(ran); expect(strcmp(name, "ksoftirqd/0") == 0); }',
    'raised with bottom halves off: when they are on':
      'static int ran; softirq rx { ran++; } task main { local_bh_disable(); raise_softirq(rx); raise_softirq(rx); expect(!ran); local_bh_enable(); expect(ran == 1); }',
    'a tasklet runs once however often it is scheduled':
      'static int n, ctx; tasklet t { n++; ctx = in_serving_softirq(); } irq nic { tasklet_schedule(&t); tasklet_schedule(&t); } task main { sim_raise(nic); expect(n == 1); expect(ctx); sim_raise(nic); expect(n == 2); }',
    'tasklet_setup, from_tasklet, hi':
      'struct dev { int n; struct tasklet_struct t; }; static struct dev d; static int order; static void hi(struct tasklet_struct *t) { struct dev *p = from_tasklet(p, t, t); p->n++; order = order * 10 + 1; } tasklet low { order = order * 10 + 2; } irq nic { tasklet_schedule(&low); tasklet_hi_schedule(&d.t); } task main { tasklet_setup(&d.t, hi); sim_raise(nic); expect(d.n == 1); expect(order == 12); }',
    'a tasklet schedules itself':
      'static int n; tasklet t { if (++n < 3) tasklet_schedule(&t); } task main { tasklet_schedule(&t); msleep(10); expect(n == 3); }',
    disabled:
      'static int n; tasklet t { n++; } task main { tasklet_disable(&t); tasklet_disable_nosync(&t); tasklet_schedule(&t); msleep(20); expect(n == 0); tasklet_enable(&t); expect(n == 0); tasklet_enable(&t); msleep(20); expect(n == 1); }',
    'one that keeps raising itself: ten rounds, then ksoftirqd':
      'static int n; static char name[16]; softirq rx { strscpy(name, current->comm, 16); if (++n < 25) raise_softirq(rx); } irq nic { raise_softirq(rx); } task main { sim_raise(nic); expect(n == 10); expect(strcmp(name, "main") == 0); msleep(10); expect(n == 25); expect(strcmp(name, "ksoftirqd/0") == 0); }',
    'tasklet_kill waits until it has run':
      'static int n; tasklet t { n++; } task main { tasklet_schedule(&t); expect(n == 0); tasklet_kill(&t); expect(n == 1); tasklet_kill(&t); }',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(text));
  it('tasklet_kill of a disabled one: never ends', () =>
    void check('tasklet t { } task main { tasklet_disable(&t); tasklet_schedule(&t); tasklet_kill(&t); }', {
      status: 'deadlock',
      reports: [/./],
    }));
  it('sleeping in a tasklet', () =>
    void check(
      'tasklet t { alloc_pages(GFP_KERNEL, 0); } irq nic { tasklet_schedule(&t); } task main { sim_raise(nic); }',
      {
        reports: [
          'WARNING: inconsistent lock state',
          'BUG: sleeping function called from invalid context at include/linux/sched/mm.h:274',
        ],
      },
    ));
});

describe('interrupt lines', () => {
  const cases: Record<string, string> = {
    request_irq:
      'static int n; static int dev; static irqreturn_t handler(int irq, void *p) { expect(irq == 40); expect(p == &dev); expect(in_hardirq()); n++; return IRQ_HANDLED; } task main { expect(request_irq(40, handler, 0, "nic", &dev) == 0); expect(request_irq(40, handler, 0, "nic", &dev) == -EBUSY); sim_raise_irq(40); expect(n == 1); free_irq(40, &dev); sim_raise_irq(40); expect(n == 1); }',
    'no such line':
      'static irqreturn_t handler(int irq, void *p) { return IRQ_HANDLED; } task main { expect(request_irq(100000, handler, 0, "x", NULL) == -EINVAL); expect(request_irq(40, NULL, 0, "x", NULL) == -EINVAL); }',
    'disabled, then enabled: it was kept':
      'static int n; irq nic { n++; } task main { disable_irq(nic); disable_irq_nosync(nic); sim_raise(nic); expect(n == 0); enable_irq(nic); expect(n == 0); enable_irq(nic); expect(n == 1); }',
    'interrupts off: it is kept':
      'static int n; irq nic { n++; } task main { unsigned long f; local_irq_save(f); sim_raise(nic); sim_raise(nic); expect(n == 0); local_irq_restore(f); expect(n == 1); }',
    'several pending: the lowest line first':
      'static int order; irq a { order = order * 10 + 1; } irq b { order = order * 10 + 2; } irq c { order = order * 10 + 3; } task main { local_irq_disable(); sim_raise(c); sim_raise(a); sim_raise(b); local_irq_enable(); expect(order == 123); }',
    synchronize_irq:
      'static int n; irq nic { n++; } task main { sim_raise(nic); synchronize_irq(nic); expect(n == 1); }',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(text));
  it('enabled once too often', () =>
    void check('irq nic { } task main { enable_irq(nic); }', {
      reports: ['Unbalanced enable for IRQ 32'],
      detail: 'Unbalanced enable for IRQ',
    }));
  it('freed twice', () =>
    void check('task main { free_irq(50, NULL); }', {
      reports: ['Trying to free already-free IRQ 50'],
      detail: 'Trying to free already-free IRQ 50',
    }));
  it('disable_irq waits for the handler on another CPU', () => {
    for (const seed of [1, 2, 3, 4, 5])
      check(
        'static int in, out; irq nic { in = 1; for (int i = 0; i < 50; i++) cpu_relax(); out = 1; } task a on cpu 1 { sim_raise(nic); } task main on cpu 0 { while (!in) cpu_relax(); disable_irq(nic); expect(out); enable_irq(nic); }',
        {},
        { cpus: 2, seed },
      );
  });
  it('disable_irq in its own handler', () =>
    void check('irq nic { disable_irq(nic); } task main { sim_raise(nic); }', {
      status: 'deadlock',
      reports: ['BUG: sleeping function called from invalid context', /lockup/],
    }));
});
