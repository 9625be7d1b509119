/** High-resolution timers and irq_work: hard interrupts of the processor's own. */
import { check, checkEverywhere, STOCK } from './scenario';

const HELLO =
  'static int n; static s64 when; static enum hrtimer_restart fn(struct hrtimer *t) { n++; when = ktime_get(); return HRTIMER_NORESTART; } static struct hrtimer t;';

describe('hrtimers', () => {
  const cases: Record<string, string> = {
    'fires within the jiffy, while others wait': `${HELLO} task main { hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL); t.function = fn; s64 start = ktime_get(); hrtimer_start(&t, us_to_ktime(500), HRTIMER_MODE_REL); expect(hrtimer_active(&t)); msleep(20); expect(n == 1 && !hrtimer_active(&t)); expect(when - start >= 500000 && when - start < 520000); }`,
    'fires while its CPU works': `${HELLO} task main { hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL); t.function = fn; s64 start = ktime_get(); hrtimer_start(&t, ms_to_ktime(10), HRTIMER_MODE_REL); while (!n) cpu_relax(); expect(when - start >= 10000000 && when - start < 10100000); }`,
    'an absolute time, also one that has passed': `${HELLO} task main { hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_ABS); t.function = fn; hrtimer_start(&t, ktime_get() + 1000000, HRTIMER_MODE_ABS); msleep(20); expect(n == 1); hrtimer_start(&t, ktime_set(0, 5), HRTIMER_MODE_ABS); msleep(1); expect(n == 2); }`,
    'in the order of their times, and of starting':
      'static int order; static enum hrtimer_restart fa(struct hrtimer *t) { order = order * 10 + 1; return HRTIMER_NORESTART; } static enum hrtimer_restart fb(struct hrtimer *t) { order = order * 10 + 2; return HRTIMER_NORESTART; } static enum hrtimer_restart fc(struct hrtimer *t) { order = order * 10 + 3; return HRTIMER_NORESTART; } static struct hrtimer a, b, c; task main { hrtimer_init(&a, CLOCK_MONOTONIC, HRTIMER_MODE_REL); a.function = fa; hrtimer_init(&b, CLOCK_MONOTONIC, HRTIMER_MODE_REL); b.function = fb; hrtimer_init(&c, CLOCK_MONOTONIC, HRTIMER_MODE_REL); c.function = fc; s64 at = ktime_get() + 300000; hrtimer_start(&c, at + 1000, HRTIMER_MODE_ABS); hrtimer_start(&a, at, HRTIMER_MODE_ABS); hrtimer_start(&b, at, HRTIMER_MODE_ABS); msleep(10); expect(order == 123); }',
    'restarts itself, a period later':
      'static int n; static s64 first, last; static struct hrtimer t; static enum hrtimer_restart fn(struct hrtimer *x) { last = ktime_get(); if (!n) first = last; if (++n == 5) return HRTIMER_NORESTART; expect(hrtimer_forward_now(x, us_to_ktime(200)) == 1); return HRTIMER_RESTART; } task main { hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL); t.function = fn; hrtimer_start(&t, us_to_ktime(200), HRTIMER_MODE_REL); msleep(20); expect(n == 5); expect(last - first == 800000); expect(!hrtimer_active(&t)); }',
    'hrtimer_forward counts the periods that were missed':
      'static u64 missed; static struct hrtimer t; static enum hrtimer_restart fn(struct hrtimer *x) { missed = hrtimer_forward_now(x, us_to_ktime(100)); return HRTIMER_NORESTART; } task main { hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL); t.function = fn; local_irq_disable(); hrtimer_start(&t, us_to_ktime(100), HRTIMER_MODE_REL); udelay(1050); local_irq_enable(); cpu_relax(); expect(missed == 10); }',
    'cancelled, moved': `${HELLO} task main { hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL); t.function = fn; hrtimer_start(&t, us_to_ktime(100), HRTIMER_MODE_REL); expect(hrtimer_try_to_cancel(&t) == 1); expect(hrtimer_cancel(&t) == 0); msleep(10); expect(n == 0); hrtimer_start(&t, us_to_ktime(100), HRTIMER_MODE_REL); hrtimer_start(&t, ms_to_ktime(100), HRTIMER_MODE_REL); msleep(20); expect(n == 0); msleep(200); expect(n == 1); }`,
    'HRTIMER_MODE_SOFT: in a softirq':
      'static int ctx; static struct hrtimer t; static enum hrtimer_restart fn(struct hrtimer *x) { ctx = in_serving_softirq() && !in_hardirq() && !irqs_disabled(); return HRTIMER_NORESTART; } task main { hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT); t.function = fn; hrtimer_start(&t, us_to_ktime(100), HRTIMER_MODE_REL_SOFT); msleep(20); expect(ctx); }',
    'not while interrupts are off': `${HELLO} task main { hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL); t.function = fn; local_irq_disable(); hrtimer_start(&t, us_to_ktime(8), HRTIMER_MODE_REL); udelay(100); expect(n == 0); local_irq_enable(); expect(n == 1); }`,
    'fires when udelay() ends, at its end within the jiffy and past it': `${HELLO} task main { hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL); t.function = fn; hrtimer_start(&t, us_to_ktime(8), HRTIMER_MODE_REL); udelay(100); expect(n == 1); hrtimer_start(&t, us_to_ktime(8), HRTIMER_MODE_REL); mdelay(20); expect(n == 2); }`,
    'usleep_range sleeps to its end, by such a timer':
      'task main { int i; for (i = 0; i < 3; i++) { s64 start = ktime_get(); usleep_range(100, 200); s64 slept = ktime_get() - start; expect(slept >= 200000 && slept < 230000); } }',
    'usleep_range is not cut short by a wake-up':
      'static s64 slept; task a on cpu 0 { s64 start = ktime_get(); usleep_range(1000, 1000); slept = ktime_get() - start; } task b on cpu 0 { wake_up_process(a); yield(); msleep(20); expect(slept >= 1000000); }',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(text));
  it('on the CPU that starts it', () =>
    void check(
      `static int where = -1; static struct hrtimer t; static enum hrtimer_restart fn(struct hrtimer *x) { where = smp_processor_id(); return HRTIMER_NORESTART; } task a on cpu 0 { hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL); t.function = fn; msleep(30); expect(where == 1); } task b on cpu 1 { msleep(8); hrtimer_start(&t, us_to_ktime(50), HRTIMER_MODE_REL); }`,
      {},
      { cpus: 2 },
    ));
  it('cancelled in its own function: spins forever', () =>
    void check(
      'static struct hrtimer t; static enum hrtimer_restart fn(struct hrtimer *x) { hrtimer_cancel(x); return HRTIMER_NORESTART; } task main { hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL); t.function = fn; hrtimer_start(&t, us_to_ktime(50), HRTIMER_MODE_REL); msleep(10); }',
      { status: 'deadlock', reports: [/lockup/] },
    ));
  it('no function: an oops in an interrupt', () =>
    void check(
      'static struct hrtimer t; task main { hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL); hrtimer_start(&t, us_to_ktime(50), HRTIMER_MODE_REL); msleep(10); }',
      { status: 'panic', reports: [/NULL pointer dereference/, /Fatal exception in interrupt/] },
    ));
});

describe('irq_work', () => {
  const cases: Record<string, string> = {
    'runs at once where interrupts are on':
      'static int n, ctx; static void fn(struct irq_work *w) { n++; ctx = in_hardirq() && irqs_disabled(); } static DEFINE_IRQ_WORK(w, fn); task main { expect(irq_work_queue(&w)); expect(n == 1 && ctx); expect(preempt_count() == 0 && !irqs_disabled()); expect(irq_work_queue(&w)); expect(n == 2); }',
    'waits while they are off; once however often it is queued':
      'static int n; static void fn(struct irq_work *w) { n++; } static struct irq_work w; task main { init_irq_work(&w, fn); local_irq_disable(); expect(irq_work_queue(&w)); expect(!irq_work_queue(&w)); expect(n == 0); local_irq_enable(); expect(n == 1); }',
    'the last that was queued runs first':
      'static int order; static void fa(struct irq_work *w) { order = order * 10 + 1; } static void fb(struct irq_work *w) { order = order * 10 + 2; } static DEFINE_IRQ_WORK(a, fa); static DEFINE_IRQ_WORK(b, fb); task main { local_irq_disable(); irq_work_queue(&a); irq_work_queue(&b); local_irq_enable(); expect(order == 21); }',
    'from an NMI':
      'static int n; static void fn(struct irq_work *w) { n += in_hardirq() && !in_nmi(); } static DEFINE_IRQ_WORK(w, fn); nmi watchdog { irq_work_queue(&w); expect(n == 0); } task main { sim_raise(watchdog); cpu_relax(); preempt_disable(); preempt_enable(); expect(n == 1); }',
    irq_work_sync:
      'static int n; static void fn(struct irq_work *w) { n++; } static DEFINE_IRQ_WORK(w, fn); task main { irq_work_queue(&w); irq_work_sync(&w); expect(n == 1); }',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(text));
  it('may not sleep', () =>
    void check(
      'static void fn(struct irq_work *w) { msleep(1); } static DEFINE_IRQ_WORK(w, fn); task insmod { irq_work_queue(&w); }',
      {
        reports: [
          'BUG: scheduling while atomic: insmod/12/0x00010002',
          'BUG: scheduling while atomic: insmod/12/0x7ff',
        ],
      },
      { machine: STOCK },
    ));
});
