/** A mistake of a scenario is a report in the kernel's wording, with the position that caused it; the run ends as the kernel would. */
import assert from 'node:assert/strict';
import { formatEntry, kernelText } from '../../server/kernel/printk/printk';
import { ARCHES, check as checkScenario, type Expected, type RunOptions, run } from './scenario';

/** On kernels without KASAN, which would report some of these accesses before the processor refuses them: see kasan.test.ts. */
const NO_KASAN = 'config KASAN = n;';
const check = (text: string, expected: Expected = {}, options: RunOptions = {}) =>
  checkScenario(text, expected, { machine: NO_KASAN, ...options });

const lines = (text: string, options: Parameters<typeof run>[1] = {}): string[] =>
  run(text, options).log.flatMap((e) => [e.text, ...e.lines]);

describe('vm: oopses', () => {
  it('NULL pointers', () => {
    check(
      'struct s { int a[4]; int b; }; static struct s *p; task main { printk("before\\n"); p->b = 1; printk("after\\n"); }',
      {
        reports: ['BUG: kernel NULL pointer dereference, address: 0000000000000010'],
        lines: ['before'],
        detail: '#PF: supervisor write access in kernel mode',
      },
    );
    check(
      'static int *p; task main { int x = *p; printk("%d\\n", x); }',
      { reports: ['BUG: kernel NULL pointer dereference, address: 00000000'], detail: 'supervisor read access' },
      { arch: 'i386' },
    );
  });
  it('the position and the call trace are the scenario’s', () => {
    const ran = run('static int *p;\nstatic int get(void)\n{\n    return *p;\n}\ntask main {\n    get();\n}', {
      machine: NO_KASAN,
    });
    const [report] = ran.log;
    assert.match(
      report?.lines.join('\n') ?? '',
      /RIP: 0010:get\+0x\w+\/0x\w+ \[test\]\n[\s\S]*<TASK>\n main\+0x\w+\/0x\w+ \[test\]\n kthread/,
    );
    assert.deepEqual(report?.notes, ['in get at test.kmem:5', 'called by main at test.kmem:8']);
    assert.equal(report?.span?.file, 0);
  });
  it('arguments of a kernel function are read by its caller', () => {
    const scenario = 'struct dev { int a; int irq; }; task main { struct dev *d = NULL; printk("%d\\n", d->irq); }';
    for (const machine of [NO_KASAN, 'config KASAN = y;']) {
      const texts = lines(scenario, { machine });
      assert.ok(
        texts.some((line) => /^RIP: 0010:main\+/.test(line)),
        texts.join('\n'),
      );
      assert.ok(!texts.some((line) => /printk\+/.test(line)), texts.join('\n'));
    }
    const own = lines('mutex_lock((struct mutex *)8);', { machine: NO_KASAN });
    assert.ok(
      own.some((line) => /^RIP: 0010:mutex_lock/.test(line)),
      own.join('\n'),
    );
  });
  it('other tasks go on, the one that died does not', () => {
    check(
      'static int *p; task a on cpu 0 { *p = 1; printk("never\\n"); } task b on cpu 0 { printk("still here\\n"); }',
      { reports: ['BUG: kernel NULL'], lines: ['still here'] },
    );
  });
  it('unmapped and non-canonical addresses', () => {
    check('task main { char *p = (char *)0xffffc00000000000UL; *p = 1; }', {
      reports: ['BUG: unable to handle page fault for address: ffffc00000000000'],
      detail: 'Oops: 0002 [#1]',
    });
    check('task main { char *p = (char *)0xdead000000000122UL; *p = 1; }', {
      reports: ['general protection fault, probably for non-canonical address 0xdead000000000122: 0000 [#1]'],
    });
    check(
      'struct list_head e, h; task main { INIT_LIST_HEAD(&h); list_add(&e, &h); list_del(&e); e.next->prev = NULL; }',
      { reports: ['general protection fault, probably for non-canonical address 0xdead000000000108'] },
    );
    check('task main { char *p = (char *)0x1000000000000UL; printk("%d\\n", *p); }', {
      reports: ['general protection fault'],
    });
  });
  it('division by zero', () => {
    check('static int z; task main { int x = 5 / z; printk("%d\\n", x); }', { reports: ['divide error: 0000 [#1]'] });
    check('static u64 z; task main { u64 x = 5; x %= z; }', { reports: ['divide error'] });
    check('static int m = -1; task main { int x = -2147483647 - 1; x = x / m; }', { reports: ['divide error'] });
  });
  it('calls of something that is not a function', () => {
    check('static void (*f)(void); task main { f(); }', {
      reports: ['BUG: kernel NULL pointer dereference, address: 0000000000000000'],
      detail: 'supervisor instruction fetch',
    });
    check('static int v; task main { void (*f)(void) = (void (*)(void))&v; f(); }', {
      reports: ['BUG: unable to handle page fault'],
      detail: 'instruction fetch',
    });
  });
  it('an overwritten return address', () => {
    check('static void smash(void) { unsigned long a[2]; memset(a, 0x41, 64); } task main { smash(); }', {
      reports: [/general protection|unable to handle page fault/],
    });
  });
  it('BUG, BUG_ON and list corruption', () => {
    check('task main { BUG_ON(1 + 1 == 2); printk("no\\n"); }', {
      reports: ['kernel BUG at test.kmem:2!'],
      lines: [],
      detail: 'invalid opcode: 0000 [#1]',
    });
    check('struct list_head h, e; task main { INIT_LIST_HEAD(&h); list_add(&e, &h); list_add(&e, &h); }', {
      reports: ['list_add double add'],
      detail: 'kernel BUG at lib/list_debug.c',
    });
    check('struct list_head h, e; task main { INIT_LIST_HEAD(&h); list_add(&e, &h); list_del(&e); list_del(&e); }', {
      reports: [/list_del corruption, [0-9a-f]{16}->next is LIST_POISON1 \(dead000000000100\)/],
    });
  });
  it('WARN continues', () => {
    check(
      'task main { int r = WARN_ON(1); expect(r == 1); int i; for (i = 0; i < 3; i++) WARN_ON_ONCE(i >= 0); WARN(1, "odd: %d\\n", 7); printk("on\\n"); }',
      { reports: ['WARNING: CPU: 0 PID: 12 at test.kmem:2', 'WARNING:', 'odd: 7'], lines: ['on'] },
    );
  });
  it('an oops in an interrupt is a panic', () => {
    check('static int *p; irq rx { *p = 1; } task main { sim_raise(rx); printk("no\\n"); }', {
      reports: ['BUG: kernel NULL', 'Kernel panic - not syncing: Fatal exception in interrupt'],
      status: 'panic',
      lines: [],
    });
    check('task main { panic("out of %s", "coffee"); }', {
      reports: ['Kernel panic - not syncing: out of coffee'],
      status: 'panic',
    });
  });
  it('dying with a lock held', () => {
    const ran = run(
      'static DEFINE_SPINLOCK(l); static int *p; task a on cpu 0 { spin_lock(&l); *p = 1; } task b on cpu 0 { spin_lock(&l); }',
    );
    assert.ok(ran.lines.some((l) => l === 'note: a[12] exited with preempt_count 1'));
    assert.equal(ran.status, 'deadlock');
  });
});

describe('vm: stacks', () => {
  it('overflow hits the guard page on x86_64', () => {
    check('static int deep(int n) { char pad[256]; pad[0] = n; return deep(n + 1) + pad[0]; } task main { deep(0); }', {
      reports: [/BUG: TASK stack guard page was hit at [0-9a-f]+ \(stack is/],
      detail: 'stack guard page: 0000 [#1]',
    });
  });
  it('on i386 it runs into what lies below, which the scheduler finds', () => {
    check(
      'static int deep(int n) { char pad[200]; memset(pad, n, sizeof(pad)); if (n == 45) return 0; return deep(n + 1) + pad[0]; } task main { deep(0); msleep(1); }',
      { reports: ['Kernel panic - not syncing: corrupted stack end detected inside scheduler'], status: 'panic' },
      { arch: 'i386' },
    );
  });
  it('4 KiB stacks overflow earlier', () => {
    const text =
      'static int deep(int n) { char pad[200]; memset(pad, n, sizeof(pad)); if (n == 25) return 0; return deep(n + 1) + pad[0]; } task main { deep(0); msleep(1); printk("fits"); }';
    check(text, { lines: ['fits'] }, { arch: 'i386' });
    check(
      text,
      { reports: ['Kernel panic - not syncing: corrupted stack end detected inside scheduler'], status: 'panic' },
      { arch: 'i386', machine: 'config 4KSTACKS = y;' },
    );
  });
  it('a large frame', () => {
    check('static void big(void) { char buf[20000]; buf[0] = 1; } task main { big(); }', {
      reports: ['BUG: TASK stack guard page was hit'],
    });
    check('task main { u8 b[200000] = { [0 ... 199999] = 1 }; expect(b[0] == 0); }', {
      reports: ['BUG: TASK stack guard page was hit'],
    });
    check(
      'static void fits(void) { char buf[12000]; memset(buf, 1, sizeof(buf)); expect(buf[11999] == 1); } task main { fits(); }',
    );
  });
  it("a frame of a task's own that is larger than the stack", () => {
    const body = 'struct b { u8 b[17000]; } x; x.b[0] = 1;';
    for (const arch of ARCHES)
      check(
        `task main { ${body} } task other { msleep(1); printk("runs"); }`,
        {
          reports: [arch === 'x86_64' ? 'BUG: TASK stack guard page was hit' : 'PANIC: double fault'],
          detail: 'kthread+',
          lines: ['runs'],
        },
        { arch },
      );
    const thread = `static int big(void *data) { ${body} return 0; }`;
    const { reports, log } = check(
      `${thread} task main { struct task_struct *t = kthread_run(big, NULL, "big"); msleep(1); expect(t != NULL); }`,
      { reports: ['BUG: TASK stack guard page was hit'] },
    );
    assert.equal(reports.length, 1);
    assert.ok(log.some((e) => e.lines.some((l) => /PID: \d+ Comm: big /.test(l))));
    check(
      `${thread} task main { struct task_struct *t = kthread_create(big, NULL, "big"); expect(kthread_stop(t) == -EINTR); }`,
    );
  });
});

describe('vm: read-only data', () => {
  const before =
    'struct s { int a[3]; u8 b : 3; }; static const int k = 5; static const struct s cs = { { 1, 2, 3 }, 2 }; static const int list[] = { 1, 2 }; static void f(void) { }';
  /** what an instruction of a kernel with STRICT_KERNEL_RWX faults for */
  const faults: readonly string[] = [
    `char *p = "abc"; p[0] = 'x';`,
    `"abc"[0] = 'x';`,
    '*(int *)&k = 6;',
    '(*(int *)&k)++;',
    '((struct s *)&cs)->b = 1;',
    '((int *)list)[1] = 6;',
    '*(struct s *)&cs = (struct s){ { 4 } };',
    'memset((void *)&cs, 0, sizeof(cs));',
    'snprintf((char *)&cs, 4, "ab");',
    'static const int inner = 3; *(int *)&inner = 4;',
    '*(int *)f = 0;',
  ];
  for (const body of faults)
    it(body, () => {
      for (const arch of ARCHES)
        check(
          `${before} task main { ${body} expect(0); }`,
          {
            reports: ['BUG: unable to handle page fault for address: '],
            detail: '#PF: error_code(0x0003) - permissions violation',
          },
          { arch },
        );
    });
  it('it is the same through the direct map', () =>
    check(`${before} task main { *(int *)__va(__pa(&k)) = 6; expect(0); }`, {
      reports: ['BUG: unable to handle page fault for address: ffff888'],
      detail: '#PF: supervisor write access in kernel mode',
    }));
  it('it is read as other memory, and arrays and volatile objects are not in it', () => {
    for (const arch of ARCHES)
      check(
        `${before} static const volatile int v = 1; task main { char s[] = "abc"; s[0] = 'x'; expect(s[0] == 'x'); expect(k == 5 && cs.a[2] == 3 && cs.b == 2 && list[1] == 2); *(int *)&v = 2; expect(v == 2); const int local = 1; *(int *)&local = 2; expect(*(int *)&local == 2); }`,
        {},
        { arch },
      );
  });
});

const SLEEPING = 'BUG: sleeping function called from invalid context';
/** preempt_count_sub, of CONFIG_DEBUG_PREEMPT */
const UNDERFLOW = /^WARNING: .* at kernel\/sched\/core\.c(?::5750)? preempt_count_sub$/;

describe('vm: sleeping where it is forbidden', () => {
  const TITLE = 'BUG: sleeping function called from invalid context at test.kmem:';
  it('the lines of the report', () => {
    const text = lines(
      'static DEFINE_SPINLOCK(my_lock);\nstatic DEFINE_MUTEX(m);\ntask main {\n    spin_lock(&my_lock);\n    mutex_lock(&m);\n    mutex_unlock(&m);\n    spin_unlock(&my_lock);\n}',
    );
    assert.equal(text[0], `${SLEEPING} at kernel/locking/mutex.c`);
    assert.equal(text[1], 'in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 12, name: main');
    assert.equal(text[2], 'preempt_count: 1, expected: 0');
    assert.equal(text[3], 'RCU nest depth: 0, expected: 0');
    assert.equal(text[4], '1 lock held by main/12:');
    assert.match(text[5] ?? '', /^ #0: [0-9a-f]{16} \(my_lock\)\{\+\.\+\.\}-\{2:2\}, at: main\+0x\w+\/0x\w+ \[test\]$/);
    assert.equal(text[6], 'Preemption disabled at:');
    assert.match(text[7] ?? '', /^\[<[0-9a-f]{16}>\] main\+.* \[test\]$/);
    assert.match(text[8] ?? '', /^CPU: 0 PID: 12 Comm: main Tainted: G {11}OE {6}6\.1/);
  });
  const sleeps: Readonly<Record<string, string>> = {
    'GFP_KERNEL under a spinlock':
      'static DEFINE_SPINLOCK(l); task main { spin_lock(&l); __free_page(alloc_page(GFP_KERNEL)); spin_unlock(&l); }',
    'with interrupts off': 'task main { local_irq_disable(); might_sleep(); local_irq_enable(); }',
    'in an RCU reader': 'task main { rcu_read_lock(); might_sleep(); rcu_read_unlock(); }',
    'with bottom halves off': 'task main { local_bh_disable(); might_sleep(); local_bh_enable(); }',
    'preemption off': 'task main { preempt_disable(); might_sleep(); preempt_enable(); }',
    'a semaphore in a timer':
      'static struct semaphore s; timer t { down(&s); up(&s); } task main { sema_init(&s, 1); mod_timer(&t, jiffies + 1); msleep(50); }',
    'a completion that is done':
      'static DECLARE_COMPLETION(c); task main { complete(&c); preempt_disable(); wait_for_completion(&c); preempt_enable(); }',
    'after !TASK_RUNNING in a wait condition it is a warning':
      'static DECLARE_WAIT_QUEUE_HEAD(q); static int n; static int cond(void) { n++; if (n == 2) might_sleep(); return n > 1; } task main { wait_event(q, cond()); expect(n == 2); }',
  };
  for (const [name, text] of Object.entries(sleeps)) {
    it(name, () =>
      check(text, {
        reports: [
          name.includes('!TASK')
            ? 'do not call blocking ops when !TASK_RUNNING'
            : name.startsWith('GFP')
              ? `${SLEEPING} at include/linux/sched/mm.h:274`
              : name.includes('semaphore')
                ? `${SLEEPING} at kernel/locking/semaphore.c`
                : name.includes('completion')
                  ? `${SLEEPING} at kernel/sched/completion.c`
                  : `${TITLE}2`,
        ],
      }),
    );
  }
  it('the kernel prints one report a second, kmem notes each', () => {
    for (const arch of ARCHES) {
      const { log } = check(
        'static DEFINE_SPINLOCK(l);\ntask main { spin_lock(&l);\nfor (int i = 0; i < 3; i++) might_sleep();\nmdelay(996); might_sleep();\nmdelay(4); might_sleep();\nmight_sleep();\nspin_unlock(&l); }',
        { reports: [...[4, 4, 4, 5, 6, 7].map((line) => `${TITLE}${line}`)] },
        { arch },
      );
      const printed = log.filter((entry) => kernelText(entry).length > 0);
      assert.deepEqual(
        printed.map((entry) => [entry.text, entry.time.toFixed(2)]),
        [
          [`${TITLE}4`, '0.00'],
          [`${TITLE}6`, '1.00'],
        ],
      );
      assert.deepEqual(log[1] && formatEntry(log[1]), [
        `kmem: ${TITLE}4`,
        'kmem: the kernel prints this report once a second',
        'kmem: in main at test.kmem:4',
      ]);
    }
  });
  it('silent without CONFIG_DEBUG_ATOMIC_SLEEP', () => {
    check(
      'static DEFINE_SPINLOCK(l); task main { spin_lock(&l); might_sleep(); expect(in_atomic()); spin_unlock(&l); }',
      {},
      { machine: 'config DEBUG_ATOMIC_SLEEP = n;' },
    );
  });
  it('scheduling while atomic', () => {
    check(
      'static DEFINE_SPINLOCK(l); task main { spin_lock(&l); msleep(1); spin_unlock(&l); expect(preempt_count() == 0); }',
      { reports: ['BUG: scheduling while atomic: main/12/0x00000002', UNDERFLOW] },
    );
    // the count that is reset is that of the handler as well: returning from it takes off what is not there
    check(
      'irq rx { msleep(1); expect(in_task()); } task main { sim_raise(rx); expect(preempt_count() == 0x7fff0000); }',
      {
        reports: [
          'BUG: scheduling while atomic: main/12/0x00010001',
          /__handle_irq_event_percpu$/,
          SLEEPING,
          'BUG: scheduling while atomic: main/12/0x7fff0001',
        ],
      },
    );
    check('task main { preempt_disable(); }', {
      reports: [SLEEPING, 'BUG: scheduling while atomic: main/12/0x00000002'],
    });
  });
});

describe('vm: locks', () => {
  it('recursion on one CPU', () => {
    check('static DEFINE_SPINLOCK(l); task main { spin_lock(&l); spin_lock(&l); printk("no\\n"); }', {
      reports: [
        'WARNING: possible recursive locking detected',
        // the report above is console output, which makes the watchdog wait for a look more
        'watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [main:12]',
      ],
      status: 'deadlock',
      detail: '  lock(l);',
    });
  });
  it('an interrupt that takes a lock its task holds', () => {
    check(
      'static DEFINE_SPINLOCK(l); irq rx { spin_lock(&l); spin_unlock(&l); } task main { spin_lock(&l); sim_raise(rx); spin_unlock(&l); }',
      { reports: ['WARNING: inconsistent lock state', 'watchdog: BUG: soft lockup'], status: 'deadlock' },
    );
  });
  it('AB-BA on two CPUs', () => {
    const text =
      'static DEFINE_SPINLOCK(a); static DEFINE_SPINLOCK(b); static int in; task x on cpu 0 { spin_lock(&a); in++; while (READ_ONCE(in) < 2) cpu_relax(); spin_lock(&b); } task y on cpu 1 { spin_lock(&b); in++; while (READ_ONCE(in) < 2) cpu_relax(); spin_lock(&a); }';
    check(
      text,
      {
        reports: [/soft lockup - CPU#0.*\[x:12\]/, /soft lockup - CPU#1.*\[y:13\]/],
        status: 'deadlock',
        detail: 'it spins on b, which y/13 holds',
      },
      { cpus: 2, schedule: 'round_robin', machine: 'config LOCKDEP = n;' },
    );
  });
  it('mutexes', () => {
    check('static DEFINE_MUTEX(m); task main { mutex_lock(&m); mutex_lock(&m); }', {
      reports: [
        'WARNING: possible recursive locking detected',
        'INFO: task main:12 blocked for more than 120 seconds.',
      ],
      status: 'deadlock',
    });
    check(
      'static DEFINE_MUTEX(a); static DEFINE_MUTEX(b); task x on cpu 0 { mutex_lock(&a); yield(); mutex_lock(&b); } task y on cpu 0 { mutex_lock(&b); yield(); mutex_lock(&a); }',
      {
        reports: [
          'WARNING: possible circular locking dependency detected',
          'INFO: task x:12 blocked',
          'INFO: task y:13 blocked',
        ],
        status: 'deadlock',
      },
    );
    check(
      'static DEFINE_MUTEX(m); task a on cpu 0 { mutex_lock(&m); msleep(50); mutex_unlock(&m); } task b on cpu 0 { mutex_unlock(&m); }',
      { reports: ['WARNING: bad unlock balance detected!'] },
    );
  });
  it('unlocking a lock that is not held', () => {
    check('static DEFINE_SPINLOCK(l); task main { spin_unlock(&l); expect(preempt_count() == 0); }', {
      reports: ['WARNING: bad unlock balance detected!'],
      detail: 'but there are no more locks to release!',
    });
    check('task main { preempt_enable(); expect(preempt_count() == 0); }', {
      reports: ['DEBUG_LOCKS_WARN_ON(val > preempt_count())'],
      detail: 'at kernel/sched/core.c',
    });
    check('task main { rcu_read_unlock(); }', {
      reports: [
        /kernel\/rcu\/tree_plugin\.h:431 __rcu_read_unlock$/,
        'WARNING: bad unlock balance detected!',
        SLEEPING,
      ],
    });
  });
  it('ending with locks held', () => {
    check('static DEFINE_MUTEX(m); task main { mutex_lock(&m); }', {
      reports: ['WARNING: main/12 still has locks held!'],
    });
  });
  it('leaks of handlers', () => {
    check(
      'static DEFINE_SPINLOCK(l); irq rx { spin_lock(&l); } task main { sim_raise(rx); expect(preempt_count() == 1); }',
      {
        reports: ['WARNING: inconsistent lock state', SLEEPING, 'BUG: scheduling while atomic: main/12/0x00000002'],
      },
    );
    check('irq rx { local_irq_enable(); } task main { sim_raise(rx); }', {
      reports: ['irq 32 handler rx enabled interrupts'],
      detail: 'at kernel/irq/handle.c',
    });
    check('timer t { preempt_disable(); } task main { mod_timer(&t, jiffies + 1); msleep(20); }', {
      reports: [/kernel\/time\/timer\.c:1707 call_timer_fn$/],
      detail: 'call_timer_fn',
    });
    check('softirq s { preempt_disable(); } irq rx { raise_softirq(s); } task main { sim_raise(rx); }', {
      reports: ['softirq: huh, entered softirq 10'],
    });
    check('static DEFINE_MUTEX(m); work w { mutex_lock(&m); } task main { schedule_work(&w); flush_work(&w); }', {
      reports: [/BUG: workqueue leaked lock or atomic: kworker\/0:\d\/0x00000000\/\d+/],
    });
  });
  it('waiting forever', () => {
    check('static DECLARE_COMPLETION(c); task main { wait_for_completion(&c); }', {
      reports: ['INFO: task main:12 blocked for more than 120 seconds.'],
      status: 'deadlock',
      detail: 'task:main            state:D',
    });
    check('work w { flush_work(&w); } task main { schedule_work(&w); flush_work(&w); }', {
      reports: ['WARNING: possible recursive locking detected', 'INFO: task main', 'INFO: task kworker'],
      status: 'deadlock',
    });
  });
});

describe('vm: expect and printk', () => {
  it('a failed expect reports what and why, and the run continues', () => {
    const ran = run(
      'static int n = 3; task main { expect(n == 4); expect(n > 5, "n is too small: %d", n); printk("on\\n"); }',
    );
    assert.equal(ran.failed, 2);
    assert.deepEqual(ran.lines, ['on']);
    const [a, b] = ran.log;
    assert.equal(a?.text, 'expect failed at test.kmem:2: n == 4');
    assert.deepEqual(a?.lines, ['  n is 3']);
    assert.equal(b?.text, 'expect failed at test.kmem:2: n is too small: 3');
    assert.deepEqual(b?.lines, ['expected: n > 5', '  n is 3']);
  });
  const formats: readonly (readonly [string, string])[] = [
    ['"%d %i %u\\n", -5, 7, 4294967295U', '-5 7 4294967295'],
    ['"%x %X %#x %o %#o\\n", 255, 255, 255, 8, 8', 'ff FF 0xff 10 010'],
    ['"[%5d] [%-5d] [%05d] [%+d] [% d]\\n", 42, 42, 42, 42, 42', '[   42] [42   ] [00042] [+42] [ 42]'],
    ['"%*d|%-*d|%.3d\\n", 4, 7, 4, 7, 5', '   7|7   |005'],
    ['"%s|%10s|%-4s|%.2s|%s\\n", "abc", "abc", "ab", "xyz", (char *)NULL', 'abc|       abc|ab  |xy|(null)'],
    ['"%c%c %%\\n", 65, \'b\'', 'Ab %'],
    ['"%ld %lu %lx\\n", -1L, 5UL, 255UL', '-1 5 ff'],
    ['"%lld %llu %llx\\n", -1LL, 0xffffffffffffffffULL, 1ULL << 63', '-1 18446744073709551615 8000000000000000'],
    ['"%hhd %hu %zu\\n", 300, 65537, sizeof(int)', '44 1 4'],
    ['"%px %pK\\n", (void *)0xffff888000001000UL, (void *)NULL', 'ffff888000001000 0000000000000000'],
    ['"%pS %ps\\n", main_fn, main_fn', 'main_fn+0x0/0x10 main_fn'],
    ['"%pGg\\n", &gfp', 'GFP_KERNEL|__GFP_ZERO'],
    ['"%pe %pe\\n", ERR_PTR(-ENOMEM), ERR_PTR(-5)', '-ENOMEM -EIO'],
    ['"%pa\\n", &phys', '0x0000000012345678'],
    ['"%4ph\\n", bytes', '01 02 ff 00'],
  ];
  for (const [args, expected] of formats) {
    it(`printk(${args})`, () =>
      check(
        `static gfp_t gfp = GFP_KERNEL | __GFP_ZERO; static phys_addr_t phys = 0x12345678; static u8 bytes[4] = { 1, 2, 255 }; static void main_fn(void) { } task main { printk(${args}); main_fn(); gfp = gfp; phys = phys; bytes[3] = 0; }`,
        { lines: [expected] },
      ));
  }
  it('levels and continued lines', () => {
    const ran = run(
      'task main { pr_err("bad\\n"); pr_info("a %d", 1); pr_cont(" b %d\\n", 2); printk(KERN_WARNING "w\\n"); pr_debug("d\\n"); printk("two\\nlines\\n"); }',
    );
    assert.deepEqual(
      ran.log.map((e) => [e.level, e.text]),
      [
        [3, 'bad'],
        [6, 'a 1 b 2'],
        [4, 'w'],
        [7, 'd'],
        [4, 'two'],
        [4, 'lines'],
      ],
    );
  });
  it('the same pointer prints the same', () => {
    const [a, b, c] = run(
      'static int x, y; task main { printk("%p\\n", &x); printk("%p\\n", &x); printk("%p\\n", &y); }',
    ).lines;
    assert.equal(a, b);
    assert.notEqual(a, c);
    assert.match(a ?? '', /^0{8}[0-9a-f]{8}$/);
  });
  it('a bad format pointer is an oops, not an error of the emulator', () => {
    check('task main { char *p = (char *)0xffffc00000000000UL; printk("%s\\n", p); }', {
      reports: ['BUG: unable to handle page fault'],
    });
  });
});
