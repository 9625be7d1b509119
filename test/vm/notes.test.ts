/** What kmem adds below a report: where locks were taken, what a task waits for, who calls whom; and none of it in the kernel's own text. */
import assert from 'node:assert/strict';
import { kernelText, type LogEntry } from '../../server/kernel/printk/printk';
import { check } from './scenario';

const HUNG = 'INFO: task';
const named = (log: readonly LogEntry[], title: RegExp): LogEntry => {
  const entry = log.find(({ text }) => title.test(text));
  assert.ok(entry, `no report ${title}`);
  return entry;
};
/** The functions of a report's first trace, without offsets; those of interrupts included. */
const functions = (entry: LogEntry): string[] =>
  entry.lines
    .slice(entry.lines.indexOf('Call Trace:') + 1)
    .filter((line) => /^ \w/.test(line))
    .map((line) => line.trim().replace(/\+.*/, ''));

describe('notes: locks of a lockdep report', () => {
  it('a lock that a task still holds: where it was taken', () => {
    for (const [kind, take, drop] of [
      ['DEFINE_SPINLOCK', 'spin_lock', 'spin_unlock'],
      ['DEFINE_MUTEX', 'mutex_lock', 'mutex_unlock'],
    ] as const) {
      const { log } = check(
        `static ${kind}(l);\nint add(int n)\n{\n${take}(&l);\nif (n < 0) return -EINVAL;\n${drop}(&l);\nreturn 0;\n}\ntask main { add(1); add(-1); }`,
        {
          reports:
            take === 'spin_lock'
              ? ['BUG: sleeping', 'WARNING: main/12 still has', 'BUG: scheduling']
              : ['WARNING: main/12 still has'],
        },
      );
      const entry = named(log, /still has locks held/);
      assert.deepEqual(entry.notes, ['l was taken in add at test.kmem:5']);
      assert.ok(!kernelText(entry).some((line) => line.includes('was taken')));
    }
  });
  it('a lock that is held while another is taken; each once, and not the one that is waited for', () => {
    const { log } = check(
      'static DEFINE_MUTEX(a); static DEFINE_MUTEX(b);\ntask main {\nmutex_lock(&a);\nmutex_lock(&b);\nmutex_unlock(&b);\nmutex_unlock(&a);\nmutex_lock(&b);\nmutex_lock(&a);\nmutex_unlock(&a);\nmutex_unlock(&b);\n}',
      { reports: ['WARNING: possible circular'] },
    );
    const { notes } = named(log, /circular/);
    assert.deepEqual(
      notes.filter((note) => note.includes('taken')),
      ['b was taken in main at test.kmem:8'],
    );
  });
});

describe('notes: what a hung task waits for', () => {
  const hung = (text: string, name: string, wanted: string, reports: readonly (string | RegExp)[] = [HUNG]) => {
    const { log } = check(text, { reports, status: 'deadlock' }, { machine: 'config PROVE_LOCKING = n;', cpus: 2 });
    const { notes } = named(log, new RegExp(`^INFO: task ${name}:`));
    assert.equal(notes[0], wanted);
    assert.match(notes.at(-1) ?? '', new RegExp(`^in ${name} at test\\.kmem:\\d+$`));
  };
  it('mutexes in a circle: who has them', () => {
    const text =
      'static DEFINE_MUTEX(a); static DEFINE_MUTEX(b); task x on cpu 0 { mutex_lock(&a); msleep(1); mutex_lock(&b); } task y on cpu 1 { mutex_lock(&b); msleep(1); mutex_lock(&a); }';
    hung(text, 'x', 'it waits for mutex b, which y/13 holds', [HUNG, HUNG]);
    hung(text, 'y', 'it waits for mutex a, which x/12 holds', [HUNG, HUNG]);
  });
  it('a mutex that it holds itself', () =>
    hung(
      'static DEFINE_MUTEX(a); task x { mutex_lock(&a); mutex_lock(&a); }',
      'x',
      'it waits for mutex a, which it holds itself',
    ));
  it('an rwsem', () =>
    hung(
      'static DECLARE_RWSEM(r); task x { down_read(&r); down_write(&r); }',
      'x',
      'it waits for rwsem r, which it holds itself',
    ));
  it('a completion, a semaphore', () => {
    hung('static DECLARE_COMPLETION(c); task x { wait_for_completion(&c); }', 'x', 'it waits for completion c');
    hung('static struct semaphore s; task x { sema_init(&s, 0); down(&s); }', 'x', 'it waits for semaphore s');
  });
  it('a work that waits itself', () =>
    hung(
      'static DECLARE_COMPLETION(c); void f(struct work_struct *p) { wait_for_completion(&c); } static DECLARE_WORK(w, f); task x { schedule_work(&w); flush_work(&w); }',
      'x',
      'it waits for work w',
      [HUNG, HUNG],
    ));
});

describe('notes: callers', () => {
  const RECURSION =
    'int rec(int n) { char buf[256]; buf[0] = n;\nreturn rec(n + 1) + buf[0]; }\ntask main {\nrec(0); }';
  it('equal neighbours are one line; the kernel prints its whole trace', () => {
    const { log } = check(RECURSION, { reports: [/stack guard page/] });
    const [entry] = log;
    assert.ok(entry);
    const calls = functions(entry).filter((fn) => fn === 'rec').length;
    assert.ok(calls > 40, `${calls} calls`);
    assert.ok(!kernelText(entry).some((line) => line.includes('…')));
    const [inner, callers, outer] = entry.notes;
    assert.match(inner ?? '', /^in rec at test\.kmem:\d+$/);
    assert.match(callers ?? '', /^called \d+ times by rec at test\.kmem:3$/);
    assert.equal(outer, 'called by main at test.kmem:5');
  });
});

describe('spin_bug and rwlock_bug', () => {
  const machine = 'config PROVE_LOCKING = n;';
  it('are called by do_raw_… of the function that takes or gives the lock', () => {
    const { log } = check(
      'static DEFINE_SPINLOCK(l); irq nic { spin_lock(&l); } task main { spin_lock(&l); sim_raise(nic); }',
      { reports: ['BUG: spinlock recursion', 'watchdog: BUG: soft lockup'], status: 'deadlock' },
      { machine },
    );
    assert.deepEqual(functions(named(log, /recursion/)).slice(1, 5), [
      'spin_bug',
      'do_raw_spin_lock',
      '_raw_spin_lock',
      'nic',
    ]);
    const unlocked = check(
      'static DEFINE_RWLOCK(l); task main { preempt_disable(); write_unlock_irq(&l); preempt_enable(); }',
      { reports: [/bad unlock balance|rwlock wrong owner/] },
      { machine: `${machine} config LOCKDEP = n; config DEBUG_SPINLOCK = y;` },
    );
    assert.deepEqual(functions(named(unlocked.log, /wrong owner/)).slice(1, 4), [
      'rwlock_bug',
      'do_raw_write_unlock',
      '_raw_write_unlock_irq',
    ]);
  });
});

describe('sleeping functions under a spinlock', () => {
  const SETUP =
    'static DEFINE_SPINLOCK(l); static DEFINE_MUTEX(m); static DECLARE_RWSEM(r); static struct semaphore s; irqreturn_t h(int irq, void *dev) { return IRQ_HANDLED; }';
  const checked = (call: string, machine = '') => {
    const text = `${SETUP}\ntask main { sema_init(&s, 1); spin_lock(&l); ${call}; spin_unlock(&l); }`;
    const { log } = check(text, { reports: [/sleeping function/] }, { machine });
    const entry = named(log, /sleeping function/);
    return [entry.text.replace(/.* at /, ''), ...functions(entry).slice(2)].join(' ');
  };
  for (const [call, wanted] of [
    ['down_read(&r); up_read(&r)', 'kernel/locking/rwsem.c __might_sleep down_read main'],
    ['down_write(&r); up_write(&r)', 'kernel/locking/rwsem.c __might_sleep down_write main'],
    ['down(&s)', 'kernel/locking/semaphore.c __might_sleep down main'],
    ['synchronize_irq(3)', 'kernel/irq/manage.c __might_sleep synchronize_irq main'],
    [
      'request_irq(3, h, 0, "h", NULL)',
      'include/linux/sched/mm.h:274 __might_sleep slab_pre_alloc_hook __kmem_cache_alloc_node kmalloc_trace request_threaded_irq main',
    ],
  ] as const)
    it(call, () =>
      assert.ok(
        checked(call, 'config PROVE_LOCKING = n;').startsWith(wanted),
        checked(call, 'config PROVE_LOCKING = n;'),
      ),
    );
  it('mutex_lock has the name of the configuration', () => {
    const at = 'kernel/locking/mutex.c __might_sleep';
    assert.match(
      checked('mutex_lock(&m); mutex_unlock(&m)', 'config PROVE_LOCKING = n;'),
      new RegExp(`^${at} __mutex_lock mutex_lock_nested main`),
    );
    assert.match(
      checked('mutex_lock(&m); mutex_unlock(&m)', 'config LOCKDEP = n;'),
      new RegExp(`^${at} mutex_lock main`),
    );
  });
});

describe('stored call traces', () => {
  const AB_BA =
    'static DEFINE_SPINLOCK(a); static DEFINE_SPINLOCK(b); task main { spin_lock(&a); spin_lock(&b); spin_unlock(&b); spin_unlock(&a); spin_lock(&b); spin_lock(&a); spin_unlock(&a); spin_unlock(&b); }';
  it('name a kernel function as the backtrace does, down to ret_from_fork', () => {
    const { log } = check(AB_BA, { reports: ['WARNING: possible circular'] });
    const { lines } = named(log, /circular/);
    const begin = lines.indexOf('Call Trace:');
    const backtrace = lines.slice(begin).map((line) => line.trim());
    const stored = lines.slice(lines.findIndex((line) => line.startsWith('-> #0'))).slice(1);
    const chain = stored.slice(0, stored.indexOf('')).map((line) => line.trim());
    assert.deepEqual(chain.map((line) => line.replace(/\+.*/, '')).slice(-5), [
      'lock_acquire',
      '_raw_spin_lock',
      'main',
      'kthread',
      'ret_from_fork',
    ]);
    for (const line of chain.slice(-5)) assert.ok(backtrace.includes(line), `${line} is not in the backtrace`);
  });
  it('of an interrupt and of a work have the functions that lead there', () => {
    const usage = check(
      'static DEFINE_SPINLOCK(l); irq nic { spin_lock(&l); spin_unlock(&l); } task main { sim_raise(nic); spin_lock(&l); spin_unlock(&l); }',
      { reports: ['WARNING: inconsistent lock state'] },
    );
    const { lines } = named(usage.log, /inconsistent/);
    const shown = lines.slice(0, lines.indexOf('stack backtrace:')).map((line) => line.trim().replace(/\+.*/, ''));
    const at = shown.indexOf('nic');
    assert.deepEqual(shown.slice(at, at + 9), [
      'nic',
      '__handle_irq_event_percpu',
      'handle_irq_event',
      'handle_edge_irq',
      '__common_interrupt',
      'common_interrupt',
      'asm_common_interrupt',
      'main',
      'kthread',
    ]); // prettier-ignore
    const work = check(
      'static DEFINE_SPINLOCK(a); static DEFINE_SPINLOCK(b); work w { spin_lock(&a); spin_lock(&b); spin_unlock(&b); spin_unlock(&a); } task main { schedule_work(&w); flush_work(&w); spin_lock(&b); spin_lock(&a); spin_unlock(&a); spin_unlock(&b); }',
      { reports: ['WARNING: possible circular'] },
    );
    const text = named(work.log, /circular/).lines.map((line) => line.trim().replace(/\+.*/, ''));
    const of = text.indexOf('w');
    assert.deepEqual(text.slice(of, of + 5), ['w', 'process_one_work', 'worker_thread', 'kthread', 'ret_from_fork']);
  });
});
