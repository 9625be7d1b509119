/**
 * Contexts on Debian's kernel, which has no DEBUG_ATOMIC_SLEEP, DEBUG_PREEMPT or LOCKDEP: which mistakes it reports, in which words, and
 * which it is silent about. The texts are those of recorded runs of 6.1.176.
 */
import assert from 'node:assert/strict';
import { check, type Expected, type RunOptions, run, STOCK } from './scenario';

const stock = (text: string, expected: Expected = {}) => void check(text, expected, { machine: STOCK });
const ATOMIC = 'BUG: scheduling while atomic: insmod/12/';

describe('contexts on a stock kernel', () => {
  it('scheduling with a spinlock held: the count includes schedule()’s own 1, and is reset', () =>
    stock('static DEFINE_SPINLOCK(l); task insmod { spin_lock(&l); msleep(1); expect(preempt_count() == 0); }', {
      reports: [`${ATOMIC}0x00000002`],
    }));
  it('scheduling with bottom halves off', () =>
    stock('static DEFINE_SPINLOCK(l); task insmod { spin_lock_bh(&l); msleep(1); expect(preempt_count() == 0); }', {
      reports: [/^BUG: scheduling while atomic: insmod\/12\/0x00000202$/],
    }));
  it('scheduling with bottom halves off and nothing else', () =>
    stock('task insmod { local_bh_disable(); msleep(1); expect(preempt_count() == 0); }', {
      reports: [`${ATOMIC}0x00000201`],
    }));
  it('the same mistake again is reported again', () =>
    stock('task insmod { int i; for (i = 0; i < 3; i++) { preempt_disable(); msleep(1); } expect(1); }', {
      reports: [`${ATOMIC}0x00000002`, `${ATOMIC}0x00000002`, `${ATOMIC}0x00000002`],
    }));
  it('sleeping with interrupts off is silent; schedule() turns them on', () => {
    stock('task insmod { local_irq_disable(); msleep(1); expect(!irqs_disabled()); }');
    stock(
      'task a on cpu 0 { local_irq_disable(); schedule(); expect(!irqs_disabled()); } task b on cpu 0 { expect(!irqs_disabled()); }',
    );
  });
  it('sleeping in an RCU reader warns once', () =>
    stock(
      'task insmod { int i; for (i = 0; i < 3; i++) { rcu_read_lock(); msleep(1); rcu_read_unlock(); } expect(1); }',
      {
        reports: ['WARNING: CPU: 0 PID: 12 at kernel/rcu/tree_plugin.h:320 rcu_note_context_switch'],
        detail: 'Voluntary context switch within RCU read-side critical section!',
      },
    ));
  it('an RCU reader that is preempted, or gives way, is silent', () => {
    stock(
      'static int n; task a on cpu 0 { rcu_read_lock(); expect(cond_resched() == 1); rcu_read_unlock(); } task b on cpu 0 { n++; }',
    );
    stock('task a on cpu 0 { rcu_read_lock(); yield(); rcu_read_unlock(); expect(1); } task b on cpu 0 { }', {
      reports: [/rcu_note_context_switch\+0x/],
    });
  });
  it('cond_resched in atomic context is silent and does nothing', () =>
    stock(
      'static int n; task a on cpu 0 { preempt_disable(); expect(cond_resched() == 0 && n == 0); preempt_enable(); } task b on cpu 0 { n++; }',
    ));
  it('might_sleep, a sleeping allocation and a sleeping state are not checked', () =>
    stock(
      'static DEFINE_SPINLOCK(l); task insmod { spin_lock(&l); might_sleep(); struct page *p = alloc_pages(GFP_KERNEL, 0); set_current_state(TASK_INTERRUPTIBLE); might_sleep(); __set_current_state(TASK_RUNNING); spin_unlock(&l); expect(p); __free_pages(p, 0); }',
    ));
  it('preemption enabled once too often: silent, until the next schedule()', () => {
    stock(
      'task insmod { preempt_enable(); printk("preempt_count=%x", preempt_count()); preempt_disable(); expect(preempt_count() == 0); }',
      {
        lines: ['preempt_count=7fffffff'],
      },
    );
    stock('task insmod { preempt_enable(); msleep(1); expect(preempt_count() == 0); }', {
      reports: [`${ATOMIC}0x00000000`],
    });
  });
  it('one rcu_read_unlock() too many: the tick finds it', () =>
    stock(
      'task insmod { int i; rcu_read_unlock(); for (i = 0; i < 1200; i++) cpu_relax(); rcu_read_lock(); expect(1); }',
      {
        reports: ['WARNING: CPU: 0 PID: 12 at kernel/rcu/tree_plugin.h:755 rcu_sched_clock_irq'],
      },
    ));
  it('a timer that leaks the count: told once, and mended each time', () =>
    stock(
      'timer tm_leak { preempt_disable(); } task insmod { int i; for (i = 0; i < 3; i++) { mod_timer(&tm_leak, jiffies + 1); msleep(20); } expect(preempt_count() == 0); }',
      {
        reports: [/^timer: tm_leak\+0x0\/0x\w+ \[test\] preempt leak: 00000101 -> 00000102$/],
        detail: 'kernel/time/timer.c:1707 call_timer_fn',
      },
    ));
  it('tasklets that leak the count: told when all have run', () =>
    stock(
      'static int n; tasklet a { preempt_disable(); n++; } tasklet b { expect(preempt_count() == 0x102); n++; } task insmod { local_bh_disable(); tasklet_schedule(&a); tasklet_schedule(&b); local_bh_enable(); expect(n == 2 && preempt_count() == 0); }',
      {
        reports: [
          /^softirq: huh, entered softirq 6 TASKLET \(____ptrval____\) with preempt_count 00000101, exited with 00000102\?$/,
        ],
      },
    ));
  it('a softirq that leaks the count, in ksoftirqd', () =>
    stock('softirq rx { preempt_disable(); } task insmod { raise_softirq(rx); msleep(10); expect(1); }', {
      reports: [/^softirq: huh, entered softirq 10 .* with preempt_count 00000100, exited with 00000101\?$/],
    }));
  it('a work that leaks the count, or a lock: the workqueue tells it, and then schedule()', () => {
    const reports = [
      /^BUG: workqueue leaked lock or atomic: kworker\/0:0\/0x00000001\/\d+$/,
      /^BUG: scheduling while atomic: kworker\/0:0\/\d+\/0x00000002$/,
    ];
    const detail = '     last function: wk_leak';
    stock('work wk_leak { preempt_disable(); } task insmod { schedule_work(&wk_leak); flush_work(&wk_leak); }', {
      reports,
      detail,
    });
    stock(
      'static DEFINE_SPINLOCK(l); work wk_leak { spin_lock(&l); } task insmod { schedule_work(&wk_leak); flush_work(&wk_leak); }',
      { reports, detail },
    );
  });
  it('an interrupt handler that leaks the count: what it interrupted has it', () => {
    stock(
      'irq rx { preempt_disable(); } task insmod { sim_raise(rx); expect(preempt_count() == 1); msleep(1); expect(preempt_count() == 0); }',
      {
        reports: [`${ATOMIC}0x00000002`],
      },
    );
    // over the idle task, whose count is 1 already
    stock(
      'irq rx { preempt_disable(); } timer t { sim_raise(rx); } task insmod { mod_timer(&t, jiffies + 1); msleep(20); expect(1); }',
      { reports: [/^timer: t\+\S+ \[test\] preempt leak: 00000101 -> 00000102$/] },
    );
  });
  it('a thread that ends with preemption off', () =>
    stock('task insmod { preempt_disable(); }', { reports: [`${ATOMIC}0x00000002`] }));
  it('preempt_count counts whatever the mode of preemption', () => {
    for (const mode of ['none', 'voluntary', 'full'])
      check(
        'static DEFINE_SPINLOCK(l); task insmod { spin_lock(&l); expect(preempt_count() == 1); spin_unlock(&l); }',
        {},
        { machine: `${STOCK} preempt = ${mode};` },
      );
  });
});

/** The kernel's functions that a recorded report's call trace names above the code that caused it. */
function trace(text: string, functions: readonly string[], options: RunOptions = { machine: STOCK }): void {
  const report = run(text, options).log.find((e) => e.kind !== 'print');
  const lines = report?.lines ?? [];
  const names = lines.slice(lines.indexOf(' <TASK>') + 1).map((line) => /^ (\w+)\+/.exec(line)?.[1]);
  assert.deepEqual(names.slice(0, functions.length), functions, lines.join('\n'));
}
describe('recorded call traces of contexts', () => {
  const SCHEDULE = ['__schedule', 'schedule'];
  const BUG = ['dump_stack_lvl', '__schedule_bug', ...SCHEDULE];
  it('msleep under a spinlock', () =>
    trace('static DEFINE_SPINLOCK(l); task insmod { spin_lock(&l); msleep(1); }', [
      ...BUG,
      'schedule_timeout',
      'msleep',
      'insmod',
    ]));
  it('msleep in an RCU reader', () =>
    trace('task insmod { rcu_read_lock(); msleep(1); }', [...SCHEDULE, 'schedule_timeout', 'msleep', 'insmod']));
  it('a worker that a work has left atomic', () => {
    const text = 'work w { preempt_disable(); } task insmod { schedule_work(&w); msleep(20); }';
    const { log } = run(text, { machine: STOCK });
    const lines = log.find((e) => e.text.startsWith('BUG: scheduling'))?.lines ?? [];
    const names = lines.flatMap((line) => /^ (\w+)\+/.exec(line)?.[1] ?? []);
    assert.deepEqual(names, [...BUG, 'worker_thread', 'kthread', 'ret_from_fork']);
  });
  it('a thread that ends with preemption off', () =>
    trace('task insmod { preempt_disable(); }', [
      'dump_stack_lvl',
      '__schedule_bug',
      '__schedule',
      'do_task_dead',
      'do_exit',
      'kthread_exit',
      'kthread',
    ]));
  it('a sleeping allocation under a spinlock', () =>
    trace(
      'static DEFINE_SPINLOCK(l); task insmod { spin_lock(&l); alloc_pages(GFP_KERNEL, 0); spin_unlock(&l); }',
      ['dump_stack_lvl', '__might_resched', '__might_sleep', 'prepare_alloc_pages', '__alloc_pages'],
      {},
    ));
});

describe('contexts with the debugging options', () => {
  it('a blocking call in a sleeping state names the place that set it, once', () =>
    void check(
      'task insmod {\n set_current_state(TASK_INTERRUPTIBLE);\n might_sleep();\n might_sleep();\n __set_current_state(TASK_RUNNING); }',
      {
        reports: ['WARNING: CPU: 0 PID: 12 at kernel/sched/core.c:9944 __might_sleep'],
        detail: 'do not call blocking ops when !TASK_RUNNING; state=1 set at [<',
      },
    ));
  it('cond_resched does not mind the state', () =>
    void check(
      'task insmod { set_current_state(TASK_INTERRUPTIBLE); cond_resched(); __set_current_state(TASK_RUNNING); expect(1); }',
    ));
  it('a work that leaks the count: all three words', () =>
    void check('work wk_leak { preempt_disable(); } task insmod { schedule_work(&wk_leak); flush_work(&wk_leak); }', {
      reports: [
        'BUG: workqueue leaked lock or atomic: kworker/0:0/0x00000001/',
        'BUG: sleeping function called from invalid context at kernel/workqueue.c:2318',
        'BUG: scheduling while atomic: kworker/0:0/',
      ],
    }));
  it('bottom halves on with interrupts off: a warning of lockdep’s', () =>
    void check('task insmod { local_irq_disable(); local_bh_disable(); local_bh_enable(); local_irq_enable(); }', {
      reports: [/kernel\/softirq\.c __local_bh_enable_ip$/],
    }));
});
