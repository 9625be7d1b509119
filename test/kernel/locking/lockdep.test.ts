/**
 * Lockdep: each scenario ends in one of the kernel's reports about locks, or in none. A report is the only one, however much goes wrong
 * after it.
 */
import assert from 'node:assert/strict';
import { formatEntry } from '../../../server/kernel/printk/printk';
import { type RunOptions, run } from '../../vm/scenario';

const KINDS = {
  circular: 'WARNING: possible circular locking dependency detected',
  recursive: 'WARNING: possible recursive locking detected',
  inconsistent: 'WARNING: inconsistent lock state',
  inversion: 'WARNING: possible irq lock inversion dependency detected',
  hardirq: 'WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected',
  softirq: 'WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected',
  wait: '[ BUG: Invalid wait context ]',
  unlock: 'WARNING: bad unlock balance detected!',
  freed: 'WARNING: held lock freed!',
  exit: 'WARNING: main/12 still has locks held!',
  key: 'INFO: trying to register non-static key.',
} as const;
type Kind = keyof typeof KINDS | 'silent';

const GLOBALS = `
static DEFINE_SPINLOCK(s); static DEFINE_SPINLOCK(t); static DEFINE_SPINLOCK(u);
static DEFINE_RAW_SPINLOCK(r); static DEFINE_RWLOCK(w); static DEFINE_RWLOCK(v);
static DEFINE_MUTEX(m); static DEFINE_MUTEX(n); static DEFINE_MUTEX(o);
static DECLARE_RWSEM(x); static DECLARE_RWSEM(y);
struct box { int a; spinlock_t lock; struct mutex mutex; };
static unsigned long flags;
static void both(struct mutex *a, struct mutex *b) { mutex_lock(a); mutex_lock(b); mutex_unlock(b); mutex_unlock(a); }
static void spins(spinlock_t *a, spinlock_t *b) { spin_lock(a); spin_lock(b); spin_unlock(b); spin_unlock(a); }
static void once(spinlock_t *a) { spin_lock(a); spin_unlock(a); }
static void saved(spinlock_t *a) { unsigned long f; spin_lock_irqsave(a, f); spin_unlock_irqrestore(a, f); }
`;
/** The titles of lockdep's reports, and all lines that the kernel printed. */
function locks(body: string, options: RunOptions = {}): { found: string[]; lines: string[] } {
  const text = /\btask main\b/.test(body) ? body : `task main { ${body} }`;
  const { log } = run(GLOBALS + text, options);
  const titles: string[] = Object.values(KINDS);
  return {
    found: log.filter((entry) => titles.includes(entry.text)).map((entry) => entry.text),
    lines: log.flatMap((entry) => formatEntry(entry).map((line) => line.slice('[    0.000000] '.length))),
  };
}
/** One report of this kind, or none; `detail`: lines of it, in order. */
function check(kind: Kind, body: string, detail: readonly (string | RegExp)[] = [], options: RunOptions = {}): void {
  const { found, lines } = locks(body, options);
  const about = `${body}\n--- log:\n${lines.join('\n')}`;
  assert.deepEqual(found, kind === 'silent' ? [] : [KINDS[kind]], about);
  let at = 0;
  for (const wanted of detail) {
    const next = lines.findIndex(
      (line, i) => i >= at && (typeof wanted === 'string' ? line === wanted : wanted.test(line)),
    );
    assert.ok(next >= 0, `no line ${wanted}, or not there\n${about}`);
    at = next + 1;
  }
}
type Case = readonly [kind: Kind, name: string, body: string, detail?: readonly (string | RegExp)[]];
function cases(title: string, all: readonly Case[], options: RunOptions = {}): void {
  describe(`lockdep: ${title}`, () => {
    for (const [kind, name, body, detail] of all) it(`${name}: ${kind}`, () => check(kind, body, detail, options));
  });
}

cases('order', [
  [
    'circular',
    'two mutexes, both ways',
    'both(&m, &n); both(&n, &m);',
    [
      /^main\/12 is trying to acquire lock:$/,
      /^[0-9a-f]{16} \(m\)\{\+\.\+\.\}-\{3:3\}, at: both\+/,
      'but task is already holding lock:',
      /\(n\)\{\+\.\+\.\}-\{3:3\}, at: both\+/,
      'which lock already depends on the new lock.',
      'the existing dependency chain (in reverse order) is:',
      '-> #1 (n){+.+.}-{3:3}:',
      /^ {7}lock_acquire\+/,
      /^ {7}__mutex_lock\+/,
      /^ {7}both\+/,
      '-> #0 (m){+.+.}-{3:3}:',
      /^ {7}check_prev_add\+/,
      ' Possible unsafe locking scenario:',
      '       CPU0                    CPU1',
      '  lock(n);',
      '                               lock(m);',
      '                               lock(n);',
      '  lock(m);',
      ' *** DEADLOCK ***',
      '1 lock held by main/12:',
      'stack backtrace:',
    ],
  ],
  [
    'silent',
    'two mutexes, always one way',
    'both(&m, &n); both(&m, &n); mutex_lock(&n); mutex_unlock(&n); both(&m, &n);',
  ],
  [
    'circular',
    'a circle of three',
    'both(&m, &n); both(&n, &o); both(&o, &m);',
    [
      '-> #2 (o){+.+.}-{3:3}:',
      '-> #1 (n){+.+.}-{3:3}:',
      '-> #0 (m){+.+.}-{3:3}:',
      'Chain exists of:',
      '  m --> n --> o',
    ],
  ],
  ['silent', 'a line of three', 'both(&m, &n); both(&n, &o); both(&m, &o);'],
  ['circular', 'spinlocks', 'spins(&s, &t); spins(&t, &s);', [/^ {7}_raw_spin_lock\+/]],
  [
    'circular',
    'a mutex and an rwsem',
    'mutex_lock(&m); down_read(&x); up_read(&x); mutex_unlock(&m); down_write(&x); mutex_lock(&m); mutex_unlock(&m); up_write(&x);',
  ],
  [
    'circular',
    'readers of rwsems wait for writers that wait',
    'down_read(&x); down_read(&y); up_read(&y); up_read(&x); down_read(&y); down_read(&x); up_read(&x); up_read(&y);',
    ['  rlock(y);'],
  ],
  [
    'circular',
    'readers of rwlocks in tasks',
    'read_lock(&w); read_lock(&v); read_unlock(&v); read_unlock(&w); write_lock(&v); read_lock(&w); read_unlock(&w); write_unlock(&v);',
  ],
  [
    'silent',
    'a trylock waits for nobody',
    'both(&m, &n); mutex_lock(&n); if (mutex_trylock(&m)) mutex_unlock(&m); mutex_unlock(&n);',
  ],
  [
    'circular',
    'what is taken under a trylock counts',
    'mutex_trylock(&m); mutex_lock(&n); mutex_unlock(&n); mutex_unlock(&m); both(&n, &m);',
  ],
  [
    'circular',
    'it need not deadlock in this run: two tasks',
    'task main { both(&m, &n); } task other { both(&n, &m); }',
    ['other/13 is trying to acquire lock:'],
  ],
  [
    'silent',
    'released before the next',
    'mutex_lock(&m); mutex_unlock(&m); mutex_lock(&n); mutex_unlock(&n); both(&n, &m);',
  ],
  [
    'circular',
    'released out of order',
    'mutex_lock(&m); mutex_lock(&n); mutex_unlock(&m); mutex_lock(&o); mutex_unlock(&o); mutex_unlock(&n); both(&o, &n);',
  ],
  [
    'silent',
    'interrupts and what they interrupt are apart',
    'irq rx { once(&t); } task main { unsigned long f; spin_lock(&s); sim_raise(rx); spin_unlock(&s); spin_lock_irqsave(&t, f); spin_unlock_irqrestore(&t, f); }',
  ],
]);

cases('recursion', [
  [
    'recursive',
    'a mutex twice',
    'mutex_lock(&m); mutex_lock(&m);',
    ['  lock(m);', '  lock(m);', ' May be due to missing lock nesting notation', /^ #0: /],
  ],
  ['recursive', 'a spinlock twice', 'spin_lock(&s); spin_lock(&s);'],
  ['recursive', 'an rwsem twice', 'down_write(&x); down_write(&x);'],
  ['recursive', 'an rwsem for reading twice', 'down_read(&x); down_read(&x); up_read(&x); up_read(&x);'],
  ['recursive', 'a reader that wants to write', 'read_lock(&w); write_lock(&w);'],
  [
    'recursive',
    'a task may not read an rwlock twice: writers wait in line',
    'read_lock(&w); read_lock(&w); read_unlock(&w); read_unlock(&w);',
  ],
  [
    'silent',
    'an interrupt may read it again',
    'irq rx { read_lock(&w); read_unlock(&w); } task main { read_lock(&w); sim_raise(rx); read_unlock(&w); }',
  ],
  ['silent', 'RCU readers nest', 'rcu_read_lock(); rcu_read_lock(); rcu_read_unlock(); rcu_read_unlock();'],
  [
    'recursive',
    'two locks of one class',
    'static struct box b[2]; task main { int i; for (i = 0; i < 2; i++) mutex_init(&b[i].mutex); both(&b[0].mutex, &b[1].mutex); }',
    [/\(&b\[i\]\.mutex\)\{/, '  lock(&b[i].mutex);'],
  ],
  [
    'silent',
    'with a subclass',
    'static struct box b[2]; task main { int i; for (i = 0; i < 2; i++) mutex_init(&b[i].mutex); mutex_lock(&b[0].mutex); mutex_lock_nested(&b[1].mutex, 1); mutex_unlock(&b[1].mutex); mutex_unlock(&b[0].mutex); }',
  ],
  [
    'circular',
    'subclasses have an order, too',
    'static struct box b; task main { mutex_init(&b.mutex); mutex_lock_nested(&b.mutex, 1); mutex_lock(&m); mutex_unlock(&m); mutex_unlock(&b.mutex); mutex_lock(&m); mutex_lock_nested(&b.mutex, 1); mutex_unlock(&b.mutex); mutex_unlock(&m); }',
    [/\(&b\.mutex\/1\)\{/],
  ],
  ['silent', 'static locks are classes of their own', 'static struct mutex b[2]; task main { both(&b[0], &b[1]); }'],
  [
    'silent',
    'a spinlock with a subclass',
    'static struct box b[2]; task main { int i; for (i = 0; i < 2; i++) spin_lock_init(&b[i].lock); spin_lock(&b[0].lock); spin_lock_nested(&b[1].lock, 1); spin_unlock(&b[1].lock); spin_unlock(&b[0].lock); }',
  ],
]);

cases('interrupts', [
  [
    'inconsistent',
    'a lock of an interrupt, taken with interrupts on',
    'irq rx { once(&s); } task main { once(&s); sim_raise(rx); }',
    [
      'inconsistent {HARDIRQ-ON-W} -> {IN-HARDIRQ-W} usage.',
      'main/12 [HC1[1]:SC0[0]:HE0:SE1] takes:',
      /\(s\)\{\?\.\+\.\}-\{2:2\}, at: once\+/,
      '{HARDIRQ-ON-W} state was registered at:',
      /^ {2}lock_acquire\+/,
      /^irq event stamp: \d+$/,
      /^hardirqs last {2}enabled at \(\d+\): /,
      /^softirqs last disabled at \(\d+\): /,
      'other info that might help us debug this:',
      '  lock(s);',
      '  <Interrupt>',
      '    lock(s);',
      'no locks held by main/12.',
    ],
  ],
  [
    'inconsistent',
    'the other way round',
    'irq rx { once(&s); } task main { sim_raise(rx); once(&s); }',
    ['inconsistent {IN-HARDIRQ-W} -> {HARDIRQ-ON-W} usage.', /\[HC0\[0\]:SC0\[0\]:HE1:SE1\] takes:$/],
  ],
  ['silent', 'with interrupts off', 'irq rx { once(&s); } task main { saved(&s); sim_raise(rx); saved(&s); }'],
  [
    'silent',
    'spin_lock_irq',
    'irq rx { once(&s); } task main { spin_lock_irq(&s); spin_unlock_irq(&s); sim_raise(rx); }',
  ],
  [
    'inconsistent',
    'interrupts switched on while it is held',
    'irq rx { once(&s); } task main { sim_raise(rx); spin_lock_irqsave(&s, flags); local_irq_enable(); spin_unlock(&s); }',
    [/^inconsistent \{IN-HARDIRQ-W\} -> \{HARDIRQ-ON-W\} usage\.$/],
  ],
  [
    'inconsistent',
    'a softirq',
    'timer tick { once(&s); } task main { once(&s); mod_timer(&tick, jiffies + 1); msleep(20); }',
    ['inconsistent {SOFTIRQ-ON-W} -> {IN-SOFTIRQ-W} usage.', /:SC1\[1\]:HE1:SE0\] takes:$/],
  ],
  [
    'silent',
    'bottom halves off',
    'timer tick { once(&s); } task main { spin_lock_bh(&s); spin_unlock_bh(&s); mod_timer(&tick, jiffies + 1); msleep(20); }',
  ],
  [
    'silent',
    'a lock of a tasklet and of another',
    'tasklet a { once(&s); } tasklet b { once(&s); } task main { tasklet_schedule(&a); tasklet_schedule(&b); msleep(10); }',
  ],
  [
    'silent',
    'readers in interrupts do not wait for readers',
    'irq rx { read_lock(&w); read_unlock(&w); } task main { read_lock(&w); read_unlock(&w); sim_raise(rx); write_lock_irq(&w); write_unlock_irq(&w); }',
  ],
  [
    'inconsistent',
    'but for writers',
    'irq rx { read_lock(&w); read_unlock(&w); } task main { write_lock(&w); write_unlock(&w); sim_raise(rx); }',
    ['inconsistent {HARDIRQ-ON-W} -> {IN-HARDIRQ-R} usage.'],
  ],
  [
    'inconsistent',
    'and writers in interrupts for readers',
    'irq rx { write_lock(&w); write_unlock(&w); } task main { read_lock(&w); read_unlock(&w); sim_raise(rx); }',
    ['inconsistent {HARDIRQ-ON-R} -> {IN-HARDIRQ-W} usage.'],
  ],
  [
    'silent',
    'a trylock in the interrupt',
    'irq rx { if (spin_trylock(&s)) spin_unlock(&s); } task main { once(&s); sim_raise(rx); }',
  ],
  [
    'inversion',
    'a lock of an interrupt that has taken an unsafe one',
    'irq rx { once(&s); } task main { unsigned long f; spin_lock_irqsave(&s, f); once(&t); spin_unlock_irqrestore(&s, f); once(&t); sim_raise(rx); }',
    [
      'main/12 just changed the state of lock:',
      'but this lock took another, HARDIRQ-unsafe lock in the past:',
      ' (t){+.+.}-{2:2}',
      'and interrupts could create inverse lock ordering between them.',
      ' Possible interrupt unsafe locking scenario:',
      '  lock(t);',
      '                               local_irq_disable();',
      '                               lock(s);',
      '                               lock(t);',
      '  <Interrupt>',
      '    lock(s);',
      'the shortest dependencies between 2nd lock and 1st lock:',
      ' -> (t){+.+.}-{2:2} {',
      '    HARDIRQ-ON-W at:',
      /^ {22}lock_acquire\+/,
      '  }',
      /^ {2}\.\.\. key {6}at: \[<[0-9a-f]{16}>\] t\+0x0\/0x40$/,
      '  ... acquired at:',
    ],
  ],
  [
    'inversion',
    'an unsafe lock that a safe one has taken',
    'irq rx { once(&s); } task main { unsigned long f; sim_raise(rx); spin_lock_irqsave(&s, f); once(&t); spin_unlock_irqrestore(&s, f); once(&t); }',
    ['but this lock was taken by another, HARDIRQ-safe lock in the past:', ' (s){-...}-{2:2}'],
  ],
  [
    'hardirq',
    'a safe lock that takes an unsafe one',
    'irq rx { once(&s); } task main { unsigned long f; once(&t); sim_raise(rx); spin_lock_irqsave(&s, f); once(&t); spin_unlock_irqrestore(&s, f); }',
    [
      'main/12 [HC0[0]:SC0[0]:HE0:SE1] is trying to acquire:',
      'and this task is already holding:',
      'which would create a new lock dependency:',
      ' (s){-...}-{2:2} -> (t){+.+.}-{2:2}',
      'but this new dependency connects a HARDIRQ-irq-safe lock:',
      ' (s){-...}-{2:2}',
      '... which became HARDIRQ-irq-safe at:',
      'to a HARDIRQ-irq-unsafe lock:',
      ' (t){+.+.}-{2:2}',
      '... which became HARDIRQ-irq-unsafe at:',
      '...',
      'the dependencies between HARDIRQ-irq-safe lock and the holding lock:',
      '-> (s){-...}-{2:2} {',
      '   IN-HARDIRQ-W at:',
      /^ {20}lock_acquire\+/,
      'the dependencies between the lock to be acquired',
      ' and HARDIRQ-irq-unsafe lock:',
      '-> (t){+.+.}-{2:2} {',
      ' ... acquired at:',
    ],
  ],
  [
    'hardirq',
    'over a lock between them',
    'irq rx { once(&s); } task main { unsigned long f; spins(&u, &t); sim_raise(rx); spin_lock_irqsave(&s, f); once(&u); spin_unlock_irqrestore(&s, f); }',
  ],
  [
    'softirq',
    'the same with a timer',
    'timer tick { once(&s); } task main { once(&t); mod_timer(&tick, jiffies + 1); msleep(20); spin_lock_bh(&s); once(&t); spin_unlock_bh(&s); }',
    ['but this new dependency connects a SOFTIRQ-irq-safe lock:'],
  ],
  [
    'silent',
    'both safe',
    'irq rx { once(&s); } task main { unsigned long f; saved(&t); sim_raise(rx); spin_lock_irqsave(&s, f); once(&t); spin_unlock_irqrestore(&s, f); }',
  ],
  [
    'inconsistent',
    'a request that may reclaim, in a timer: boot has made one in a task',
    'timer tick { struct page *p = alloc_page(GFP_KERNEL); if (p) __free_page(p); } task main { mod_timer(&tick, jiffies + 1); msleep(20); }',
    [
      'inconsistent {SOFTIRQ-ON-W} -> {IN-SOFTIRQ-W} usage.',
      /\(fs_reclaim\)\{\+\.\?\.\}-\{0:0\}, at: prepare_alloc_pages\+/,
      '{SOFTIRQ-ON-W} state was registered at:',
      /^ {2}alloc_worker\+/,
    ],
  ],
  [
    'silent',
    'one that may not',
    'timer tick { struct page *p = alloc_page(GFP_ATOMIC); if (p) __free_page(p); } task main { mod_timer(&tick, jiffies + 1); msleep(20); }',
  ],
  [
    'hardirq',
    'one under a lock of an interrupt',
    'irq rx { once(&s); } task main { unsigned long f; struct page *p; sim_raise(rx); spin_lock_irqsave(&s, f); p = alloc_page(GFP_KERNEL); spin_unlock_irqrestore(&s, f); if (p) __free_page(p); }',
    [/^ \(s\)\{-\.\.\.\}-\{2:2\} -> \(fs_reclaim\)\{\+\.\+\.\}-\{0:0\}$/],
  ],
]);

cases('wait contexts', [
  [
    'wait',
    'a mutex under a spinlock',
    'spin_lock(&s); mutex_lock(&m); mutex_unlock(&m); spin_unlock(&s);',
    [
      /^BUG: sleeping function called from invalid context/,
      'main/12 is trying to lock:',
      /\(m\)\{\.\.\.\.\}-\{3:3\}, at: main\+/,
      'context-{4:4}',
      '1 lock held by main/12:',
      'stack backtrace:',
    ],
  ],
  ['wait', 'an rwsem under an rwlock', 'read_lock(&w); down_read(&x); up_read(&x); read_unlock(&w);'],
  [
    'wait',
    'a mutex in an RCU reader',
    'rcu_read_lock(); mutex_lock(&m); mutex_unlock(&m); rcu_read_unlock();',
    [/^ #0: [0-9a-f]{16} \(rcu_read_lock\)\{\.\.\.\.\}-\{1:2\}, at: main\+/],
  ],
  ['silent', 'a spinlock in an RCU reader', 'rcu_read_lock(); once(&s); rcu_read_unlock();'],
  ['silent', 'a spinlock under a mutex', 'mutex_lock(&m); once(&s); mutex_unlock(&m);'],
  ['silent', 'a mutex that is only tried', 'spin_lock(&s); if (mutex_trylock(&m)) mutex_unlock(&m); spin_unlock(&s);'],
  [
    'silent',
    'a spinlock under a raw one: the same without PREEMPT_RT',
    'raw_spin_lock(&r); once(&s); raw_spin_unlock(&r);',
  ],
  [
    'wait',
    'a mutex in a timer',
    'timer tick { mutex_lock(&m); mutex_unlock(&m); } task main { mod_timer(&tick, jiffies + 1); msleep(20); }',
    ['context-{2:2}'],
  ],
]);
cases(
  'wait contexts of PREEMPT_RT',
  [
    [
      'wait',
      'a spinlock under a raw one',
      'raw_spin_lock(&r); once(&s); raw_spin_unlock(&r);',
      [/\(s\)\{\.\.\.\.\}-\{3:3\}/, 'context-{5:5}', /\(r\)\{\+\.\+\.\}-\{2:2\}/],
    ],
    ['silent', 'a raw one under a spinlock', 'spin_lock(&s); raw_spin_lock(&r); raw_spin_unlock(&r); spin_unlock(&s);'],
    ['wait', 'a spinlock in a hard interrupt', 'irq rx { once(&s); } task main { sim_raise(rx); }', ['context-{2:2}']],
  ],
  { machine: 'config PROVE_RAW_LOCK_NESTING = y;' },
);

cases('balance and lifetime', [
  [
    'unlock',
    'a mutex that is not held',
    'mutex_unlock(&m);',
    [
      'main/12 is trying to release lock (m) at:',
      /^\[<[0-9a-f]{16}>\] main\+/,
      'but there are no more locks to release!',
      'other info that might help us debug this:',
      'no locks held by main/12.',
      'stack backtrace:',
      / print_unlock_imbalance_bug\+/,
      / lock_release\+/,
    ],
  ],
  ['unlock', 'a spinlock that is not held', 'preempt_disable(); spin_unlock(&s);'],
  ['unlock', 'twice', 'mutex_lock(&m); mutex_unlock(&m); mutex_unlock(&m);'],
  [
    'unlock',
    'an rwsem of another task',
    'task main { down_write(&x); msleep(20); } task other { up_write(&x); }',
    ['other/13 is trying to release lock (x) at:'],
  ],
  ['unlock', 'an RCU reader too many', 'rcu_read_unlock();', ['main/12 is trying to release lock (rcu_read_lock) at:']],
  [
    'silent',
    'a semaphore has no owner',
    'static DEFINE_SEMAPHORE(sem); task main { down(&sem); } task other { up(&sem); }',
  ],
  [
    'silent',
    'semaphores have no order',
    'static DEFINE_SEMAPHORE(sem); task main { down(&sem); mutex_lock(&m); mutex_unlock(&m); up(&sem); mutex_lock(&m); down(&sem); up(&sem); mutex_unlock(&m); }',
  ],
  [
    'exit',
    'the end of a task with a mutex',
    'mutex_lock(&m);',
    ['------------------------------------', '1 lock held by main/12:', /^ #0: /],
  ],
  ['silent', 'the end without', 'mutex_lock(&m); mutex_unlock(&m);'],
  [
    'freed',
    'pages with a lock that is held',
    'struct page *p = alloc_page(GFP_KERNEL); struct box *b = page_address(p); mutex_init(&b->mutex); mutex_lock(&b->mutex); __free_page(p);',
    [
      /^main\/12 is freeing memory ([0-9a-f]{13})000-\1fff, with a lock still held there!$/,
      /\(&b->mutex\)\{\+\.\+\.\}-\{3:3\}, at: main\+/,
    ],
  ],
  [
    'freed',
    'a lock that is initialised while it is held',
    'static struct box b; task main { mutex_init(&b.mutex); mutex_lock(&b.mutex); mutex_init(&b.mutex); }',
  ],
  [
    'silent',
    'pages with a lock that is released',
    'struct page *p = alloc_page(GFP_KERNEL); struct box *b = page_address(p); mutex_init(&b->mutex); mutex_lock(&b->mutex); mutex_unlock(&b->mutex); __free_page(p);',
  ],
  [
    'key',
    'a lock in pages that nobody has initialised',
    'struct page *p = alloc_page(GFP_KERNEL | __GFP_ZERO); struct box *b = page_address(p); once(&b->lock); __free_page(p);',
    ['turning off the locking correctness validator.'],
  ],
  [
    'key',
    'freed memory has no locks',
    'struct page *p = alloc_page(GFP_KERNEL | __GFP_ZERO); struct box *b = page_address(p); spin_lock_init(&b->lock); once(&b->lock); __free_page(p); p = alloc_page(GFP_KERNEL | __GFP_ZERO); b = page_address(p); once(&b->lock);',
  ],
  ['silent', 'a lock on the stack that is initialised', 'struct mutex k; mutex_init(&k); both(&m, &k);'],
]);

cases('regions', [
  [
    'circular',
    'a timer that takes the lock under which it is waited for',
    'static struct timer_list tl; static void fn(struct timer_list *t) { spin_lock(&s); spin_unlock(&s); } task main { timer_setup(&tl, fn, 0); mod_timer(&tl, jiffies + 1); msleep(20); spin_lock_bh(&s); del_timer_sync(&tl); spin_unlock_bh(&s); }',
    [/\(\(&tl\)\)\{\+\.-\.\}-\{0:0\}/, /^ {7}fn\+/],
  ],
  [
    'silent',
    'outside of it',
    'static struct timer_list tl; static void fn(struct timer_list *t) { spin_lock(&s); spin_unlock(&s); } task main { timer_setup(&tl, fn, 0); mod_timer(&tl, jiffies + 1); msleep(20); spin_lock_bh(&s); spin_unlock_bh(&s); del_timer_sync(&tl); }',
  ],
  [
    'circular',
    'a work that takes the mutex under which it is flushed',
    'static struct work_struct ws; static void fn(struct work_struct *w) { mutex_lock(&m); mutex_unlock(&m); } task main { INIT_WORK(&ws, fn); schedule_work(&ws); msleep(20); mutex_lock(&m); flush_work(&ws); mutex_unlock(&m); }',
    [/\(\(work_completion\)\(&ws\)\)\{\+\.\+\.\}-\{0:0\}, at: main\+/],
  ],
  [
    'circular',
    'or cancelled',
    'static struct work_struct ws; static void fn(struct work_struct *w) { mutex_lock(&m); mutex_unlock(&m); } task main { INIT_WORK(&ws, fn); schedule_work(&ws); msleep(20); mutex_lock(&m); cancel_work_sync(&ws); mutex_unlock(&m); }',
  ],
  [
    'silent',
    'flushed outside of it',
    'static struct work_struct ws; static void fn(struct work_struct *w) { mutex_lock(&m); mutex_unlock(&m); } task main { INIT_WORK(&ws, fn); schedule_work(&ws); msleep(20); mutex_lock(&m); mutex_unlock(&m); flush_work(&ws); }',
  ],
  [
    'silent',
    'a timer that frees itself',
    'struct tb { struct timer_list t; }; static void fn(struct timer_list *t) { struct tb *b = from_timer(b, t, t); free_page((unsigned long)b); } task main { struct tb *b = (struct tb *)__get_free_page(GFP_KERNEL); timer_setup(&b->t, fn, 0); mod_timer(&b->t, jiffies + 1); msleep(20); }',
  ],
]);
describe('lockdep: regions in the list of held locks', () => {
  it('a work is in its queue and in itself', () => {
    const { lines } = locks(
      'work job { preempt_disable(); might_sleep(); preempt_enable(); } task main { schedule_work(&job); flush_work(&job); }',
    );
    const at = lines.findIndex((line) => /^2 locks held by kworker\/0:\d\/\d+:$/.test(line));
    assert.ok(at >= 0, lines.join('\n'));
    assert.match(
      lines[at + 1] ?? '',
      /^ #0: [0-9a-f]{16} \(\(wq_completion\)events\)\{\+\.\+\.\}-\{0:0\}, at: process_one_work\+/,
    );
    assert.match(lines[at + 2] ?? '', /^ #1: [0-9a-f]{16} \(job\)\{\+\.\+\.\}-\{0:0\}, at: process_one_work\+/);
  });
  it('a reader of RCU', () => {
    const { lines } = locks('rcu_read_lock(); might_sleep(); rcu_read_unlock();');
    assert.match(lines[5] ?? '', /^ #0: [0-9a-f]{16} \(rcu_read_lock\)\{\.\.\.\.\}-\{1:2\}, at: main\+/);
  });
  it('where interrupts were switched off', () => {
    const { lines } = locks('unsigned long f; spin_lock_irqsave(&s, f); might_sleep(); spin_unlock_irqrestore(&s, f);');
    const text = lines.join('\n');
    assert.match(
      text,
      /\nirq event stamp: 1\nhardirqs last {2}enabled at \(0\): .*\nhardirqs last disabled at \(1\): \[<[0-9a-f]{16}>\] _raw_spin_lock_irqsave\+/,
    );
  });
});

describe('lockdep: what is rare', () => {
  it('a lock that an NMI takes is used nowhere else', () =>
    check('inconsistent', 'nmi dump { once(&s); } task main { once(&s); sim_raise(dump); }', [
      'inconsistent {INITIAL USE} -> {IN-NMI} usage.',
      '{INITIAL USE} state was registered at:',
    ]));
  it('or only tried', () =>
    check('silent', 'nmi dump { if (spin_trylock(&s)) spin_unlock(&s); } task main { once(&s); sim_raise(dump); }'));
  it('more locks than a task can hold', () => {
    const { lines } = locks(
      'static struct mutex many[49]; task main { int i; for (i = 0; i < 49; i++) mutex_lock(&many[i]); }',
    );
    assert.equal(lines[0], 'BUG: MAX_LOCK_DEPTH too low!');
    assert.equal(lines[1], 'turning off the locking correctness validator.');
  });
  it('more classes than there is room for', () => {
    const body = 'static spinlock_t many[300]; task main { int i; for (i = 0; i < 300; i++) once(&many[i]); }';
    assert.deepEqual(locks(body).lines, []);
    assert.equal(locks(body, { arch: 'i386' }).lines[0], 'BUG: MAX_LOCKDEP_KEYS too low!');
  });
  it('a name twice', () => {
    const { lines } = locks(
      'static void init(struct mutex *k) { mutex_init(k); } static void other(struct mutex *k) { mutex_init(k); } task main { struct mutex a; struct mutex b; init(&a); other(&b); mutex_lock(&a); mutex_lock(&b); preempt_disable(); might_sleep(); preempt_enable(); mutex_unlock(&b); mutex_unlock(&a); }',
    );
    assert.ok(
      lines.some((line) => /^ #0: [0-9a-f]{16} \(k\)\{/.test(line)),
      lines.join('\n'),
    );
    assert.ok(
      lines.some((line) => /^ #1: [0-9a-f]{16} \(k#2\)\{/.test(line)),
      lines.join('\n'),
    );
  });
  it('all locks are shown when a task hangs', () => {
    const { lines } = locks(
      'task main { mutex_lock(&m); msleep(300000); mutex_unlock(&m); } task other { mutex_lock(&m); mutex_unlock(&m); }',
    );
    const at = lines.indexOf('Showing all locks held in the system:');
    assert.ok(at >= 0, lines.join('\n'));
    assert.match(
      lines.slice(at + 1, at + 5).join('\n'),
      /^1 lock held by main\/12:\n #0: .* \(m\)\{\+\.\+\.\}-\{3:3\}, at: main\+.*\n1 lock held by other\/13:\n #0: .* \(m\)/,
    );
  });
  it('a warning tells where interrupts were switched, if that is followed', () => {
    const stamps = (machine: string): number =>
      locks('local_irq_disable(); WARN_ON(1); local_irq_enable();', { machine }).lines.filter((line) =>
        /^irq event stamp: 1$|^hardirqs last disabled at \(1\): \[<[0-9a-f]{16}>\] main\+/.test(line),
      ).length;
    assert.equal(stamps(''), 2);
    assert.equal(stamps('config LOCKDEP = n;'), 0);
    assert.equal(stamps('config PROVE_LOCKING = n;'), 0);
  });
  it('lockdep_assert_held', () => {
    const warns = (body: string, machine = ''): boolean =>
      locks(body, { machine }).lines.some((line) => line.startsWith('WARNING: CPU: 0 PID: 12 at test.kmem:'));
    assert.ok(warns('lockdep_assert_held(&s);'));
    assert.ok(warns('spin_lock(&s); lockdep_assert_not_held(&s); spin_unlock(&s);'));
    assert.ok(!warns('spin_lock(&s); lockdep_assert_held(&s); spin_unlock(&s);'));
    assert.ok(!warns('lockdep_assert_held(&s);', 'config LOCKDEP = n;'));
    assert.ok(!warns('both(&m, &n); both(&n, &m); lockdep_assert_held(&s);'), 'lockdep is off');
  });
  it('mutexes are checked by DEBUG_MUTEXES alone', () => {
    const alone = { machine: 'config LOCKDEP = n; config DEBUG_MUTEXES = y;' };
    const { lines } = locks('task main { mutex_lock(&m); msleep(20); } task other { mutex_unlock(&m); }', alone);
    assert.ok(
      lines.some((line) => line.includes('DEBUG_LOCKS_WARN_ON(__owner_task(owner) != current)')),
      lines.join('\n'),
    );
    assert.deepEqual(locks('mutex_unlock(&m);', { machine: 'config LOCKDEP = n;' }).lines, []);
  });
});

describe('lockdep: its configuration', () => {
  const WRONG = 'both(&m, &n); both(&n, &m); mutex_unlock(&o);';
  it('one report, then it is off', () => check('circular', WRONG));
  it('debug_locks says so', () => {
    const { vm } = run(`${GLOBALS} task main { both(&m, &n); both(&n, &m); }`);
    assert.equal(vm.machine.core.getGlobal('debug_locks'), 0);
  });
  it('held locks are not shown once it is off', () => {
    const { lines } = locks(`${WRONG} spin_lock(&s); might_sleep(); spin_unlock(&s);`);
    assert.ok(lines.includes('INFO: lockdep is turned off.'));
  });
  it('without LOCKDEP there are no reports and no lines about locks', () => {
    const { found, lines } = locks(`${WRONG} spin_lock(&s); might_sleep(); spin_unlock(&s); mutex_lock(&m);`, {
      machine: 'config LOCKDEP = n;',
    });
    assert.deepEqual(found, []);
    assert.deepEqual(
      lines.filter((line) => /locks? held|lockdep/.test(line)),
      [],
    );
    assert.ok(lines.some((line) => line.startsWith('BUG: sleeping function')));
  });
  it('LOCKDEP without PROVE_LOCKING keeps lists only', () => {
    const options = { machine: 'config PROVE_LOCKING = n;' };
    check('silent', 'both(&m, &n); both(&n, &m);', [], options);
    check('unlock', WRONG, [], options);
  });
  for (const arch of ['i386', 'i386_pae'] as const)
    it(`on ${arch}`, () => check('circular', WRONG, [/^[0-9a-f]{8} \(m\)\{\+\.\+\.\}-\{3:3\}, at: both\+/], { arch }));
  it('spinlocks are checked by DEBUG_SPINLOCK alone', () => {
    const alone = { machine: 'config LOCKDEP = n; config DEBUG_SPINLOCK = y;' };
    const of = (body: string): string[] => locks(body, alone).lines;
    const recursion = of('spin_lock(&s); spin_lock(&s);');
    assert.equal(recursion[0], 'BUG: spinlock recursion on CPU#0, main/12');
    assert.equal(recursion[1], ' lock: s+0x0/0x40, .magic: dead4ead, .owner: main/12, .owner_cpu: 0');
    const unlocked = of('preempt_disable(); spin_unlock(&s);');
    assert.equal(unlocked[0], 'BUG: spinlock already unlocked on CPU#0, main/12');
    assert.equal(unlocked[1], ' lock: s+0x0/0x40, .magic: dead4ead, .owner: <none>/-1, .owner_cpu: -1');
    const owner = of('task main { spin_lock(&s); sim_raise_on(0, rx); spin_unlock(&s); } irq rx { }');
    assert.deepEqual(owner, []);
    assert.match(
      of('write_lock(&w); write_lock(&w);')[0] ?? '',
      /^BUG: rwlock recursion on CPU#0, main\/12, [0-9a-f]{16}$/,
    );
  });
});
