/** Sleeping in atomic: the forty scenarios, small inputs for each part of the analysis, and the text of a finding. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from '../marked';

const fixtures = join(__dirname, '../../../fixtures/sleep-in-atomic');

for (const group of ['faulty', 'correct']) {
  describe(`sleep-in-atomic: ${group} scenarios`, () => {
    const files = readdirSync(join(fixtures, group)).filter((f) => f.endsWith('.kmem'));
    it('twenty of them', () => assert.equal(files.length, 20));
    for (const file of files) {
      it(file, () => {
        const text = readFileSync(join(fixtures, group, file), 'utf8');
        assert.equal(text.includes('// !sleep-in-atomic'), group === 'faulty');
        check(text, file);
      });
    }
  });
}

const silent: Record<string, string> = {
  'the same comparison, neither side changed': `
static DEFINE_SPINLOCK(l);
static void f(int n, int limit)
{
    if (n > limit)
        spin_lock(&l);
    if (limit < n)
        spin_unlock(&l);
    might_sleep();
}`,
  'a global that one function is passed and another reads': `
static DEFINE_SPINLOCK(l);
static int wait;
static void take(int waits)
{
    if (waits)
        return;
    spin_lock(&l);
    waits = 0;
}
static void finish(void)
{
    if (wait)
        might_sleep();
    else
        spin_unlock(&l);
}
task main {
    take(wait);
    finish();
}
task other {
    wait = 1;
}`,
  'a bit of a flags word': `
static DEFINE_SPINLOCK(l);
static void f(unsigned int flags)
{
    if (flags & 4)
        spin_lock(&l);
    flags |= 1;
    if (flags & 4)
        spin_unlock(&l);
    might_sleep();
}`,
  'a flag variable says that the lock is held': `
static DEFINE_SPINLOCK(l);
static void f(int n)
{
    bool locked = false;

    if (n == 3) {
        spin_lock(&l);
        locked = true;
    }
    n = 0;
    if (locked)
        spin_unlock(&l);
    might_sleep();
}`,
  'the return value says that the lock is held': `
static DEFINE_SPINLOCK(l);
static int get(int n)
{
    if (n < 0)
        return -EINVAL;
    spin_lock(&l);
    return 0;
}
static void f(int n)
{
    int err = get(n);

    if (err)
        goto out;
    spin_unlock(&l);
out:
    might_sleep();
}`,
  'a condition in a global that helpers ask': `
extern bool smp;
static DEFINE_SPINLOCK(l);
static void enter(void)
{
    if (smp)
        spin_lock(&l);
}
static void leave(void)
{
    if (smp)
        spin_unlock(&l);
}
static void f(void)
{
    enter();
    leave();
    might_sleep();
}`,
  'a condition handed to two helpers': `
static DEFINE_SPINLOCK(l);
static void enter(bool smp)
{
    if (smp)
        spin_lock(&l);
}
static void leave(bool smp)
{
    if (smp)
        spin_unlock(&l);
}
static void f(bool smp)
{
    enter(smp);
    leave(smp);
    might_sleep();
}`,
  'a condition copied to a local': `
extern bool smp;
static DEFINE_SPINLOCK(l);
static void f(void)
{
    bool locked = smp;

    if (smp)
        spin_lock(&l);
    if (locked)
        spin_unlock(&l);
    might_sleep();
}`,
  'a condition behind a pointer': `
struct dev { spinlock_t lock; bool irq; };
static void f(struct dev *d)
{
    if (d->irq)
        spin_lock(&d->lock);
    if (d->irq)
        spin_unlock(&d->lock);
    might_sleep();
}`,
  'a mask in a field of a local': `
struct request { gfp_t gfp; unsigned int order; };
static struct page *get(struct request *r)
{
    return alloc_pages(r->gfp, r->order);
}
irq i {
    struct request r = { .gfp = GFP_ATOMIC, .order = 0 };

    get(&r);
}`,
  'might_sleep_if() where the condition does not hold': `
static void f(gfp_t gfp)
{
    might_sleep_if(gfp & __GFP_DIRECT_RECLAIM);
}
irq i {
    f(GFP_ATOMIC);
}
task t {
    f(GFP_KERNEL);
}`,
  'a mask nobody knows': `
static gfp_t *mask;
irq i {
    alloc_pages(*mask, 0);
}`,
  'a task context asked for': `
static void f(void)
{
    if (in_task())
        might_sleep();
}
irq i {
    f();
}`,
  gfpflags_allow_blocking: `
static void f(gfp_t gfp)
{
    if (gfpflags_allow_blocking(gfp))
        might_sleep();
}
irq i {
    f(GFP_ATOMIC);
}
task t {
    f(GFP_KERNEL);
}`,
  'code that is not reached': `
static DEFINE_SPINLOCK(l);
task t {
    spin_lock(&l);
    if (0)
        might_sleep();
    spin_unlock(&l);
    return;
    spin_lock(&l);
    might_sleep();
}`,
  'a path that ends in BUG()': `
static DEFINE_SPINLOCK(l);
static void f(int n)
{
    if (n)
        spin_lock(&l);
    if (n)
        BUG();
    might_sleep();
}`,
  'vfree in an interrupt is deferred': `
static void *p;
irq i {
    vfree(p);
}`,
  'alloc_percpu_gfp without all of GFP_KERNEL is atomic': `
static DEFINE_SPINLOCK(l);
task t {
    spin_lock(&l);
    __alloc_percpu_gfp(8, 8, GFP_NOWAIT);
    spin_unlock(&l);
}`,
  recursion: `
static void walk(int n)
{
    might_sleep();
    if (n > 0)
        walk(n - 1);
}
task t {
    walk(3);
}`,
  'irq state saved twice': `
static DEFINE_SPINLOCK(a);
static DEFINE_SPINLOCK(b);
task t {
    unsigned long x, y;

    spin_lock_irqsave(&a, x);
    spin_lock_irqsave(&b, y);
    spin_unlock_irqrestore(&b, y);
    spin_unlock_irqrestore(&a, x);
    might_sleep();
}`,
  'what waits for the other side of a flag': `
static DEFINE_SPINLOCK(l);
static int ready;
task t {
    while (!ready)
        cond_resched();
    might_sleep();
}
irq i {
    ready = 1;
}`,
  'interrupted waiting for a mutex': `
static DEFINE_MUTEX(m);
static int f(void)
{
    if (mutex_lock_interruptible(&m))
        return -EINTR;
    might_sleep();
    mutex_unlock(&m);
    return 0;
}`,
};

const faulty: Record<string, string> = {
  'a callback of request_irq': `
static irqreturn_t handler(int line, void *dev)
{
    might_sleep(); // !sleep-in-atomic
    return IRQ_HANDLED;
}
task t {
    request_irq(5, handler, 0, "nic", NULL);
}`,
  'an RCU callback': `
static struct rcu_head head;
static void done(struct rcu_head *h)
{
    might_sleep(); // !sleep-in-atomic
}
task t {
    call_rcu(&head, done);
}`,
  'the mask in a field, passed by reference': `
struct request { gfp_t gfp; unsigned int order; };
static struct page *get(struct request *r)
{
    return alloc_pages(r->gfp, r->order); // !sleep-in-atomic
}
irq i {
    struct request r;

    r.order = 0;
    r.gfp = GFP_KERNEL | __GFP_NOWARN;
    get(&r);
}`,
  'vmalloc under a lock': `
static DEFINE_SPINLOCK(l);
task t {
    void *p;

    spin_lock(&l);
    p = vmalloc(100); // !sleep-in-atomic
    spin_unlock(&l);
    vfree(p);
}`,
  'kmalloc and a mutex, both under a lock': `
static DEFINE_SPINLOCK(l);
static DEFINE_MUTEX(m);
task t {
    void *p;

    spin_lock(&l);
    p = kmalloc(100, GFP_KERNEL); // !sleep-in-atomic
    mutex_lock(&m); // !sleep-in-atomic
    mutex_unlock(&m);
    spin_unlock(&l);
    kfree(p);
}`,
  'after a busy wait': `
static DEFINE_SPINLOCK(l);
static int ready;
task t {
    spin_lock(&l);
    while (!ready)
        cpu_relax();
    might_sleep(); // !sleep-in-atomic
    spin_unlock(&l);
}
irq i {
    ready = 1;
}`,
  'a function that must be callable in atomic context': `
static void f(void) __atomic
{
    might_sleep(); // !contract-broken
}`,
  'a function whose callers turned interrupts off': `
static __context(irqs_off) void f(void)
{
    might_sleep(); // !sleep-in-atomic
}`,
  'a lock that callers hold': `
static DEFINE_SPINLOCK(l);
static void f(void) __must_hold(&l)
{
    spin_unlock(&l);
    might_sleep();
    spin_lock(&l);
    might_sleep(); // !sleep-in-atomic
}`,
  'what is declared to sleep': `
static DEFINE_SPINLOCK(l);
void slow(void) __may_sleep;
task t {
    spin_lock(&l);
    slow(); // !contract-broken
    spin_unlock(&l);
}`,
  'a prototype that acquires': `
static DEFINE_SPINLOCK(l);
void enter(void) __acquires(&l);
void leave(void) __releases(&l);
task t {
    enter();
    might_sleep(); // !sleep-in-atomic
    leave();
    might_sleep();
}`,
  'a lock that callers hold, by a pointer to it': `
static void f(struct mutex *m) __must_hold(m)
{
    might_sleep();
}
static void g(spinlock_t *l) __must_hold(l)
{
    might_sleep(); // !sleep-in-atomic
}`,
  'what is declared to sleep, or sleeps by its argument, with interrupts off': `
void slow(void) __may_sleep;
task t {
    local_irq_disable();
    slow(); // !contract-broken
    might_sleep_if(1); // !sleep-in-atomic
    might_sleep_if(0);
    local_irq_enable();
}`,
  'the same in a function whose callers turned them off': `
void slow(void) __may_sleep;
static __context(irqs_off) void f(void)
{
    slow(); // !contract-broken
    might_sleep_if(1); // !sleep-in-atomic
}`,
  'interrupts off by flags that were restored in the wrong order': `
task t {
    unsigned long on, off;

    local_irq_save(on);
    local_irq_save(off);
    local_irq_restore(on); // !irq-restore
    local_irq_restore(off);
    might_sleep_if(1); // !sleep-in-atomic
    local_irq_enable();
}`,
  'a spinlock in a bit of a word': `
static unsigned long word;
task t {
    bit_spin_lock(0, &word);
    might_sleep(); // !sleep-in-atomic
    bit_spin_unlock(0, &word);
    if (bit_spin_trylock(0, &word)) {
        might_sleep(); // !sleep-in-atomic
        bit_spin_unlock(0, &word);
    }
    might_sleep();
}`,
  'might_sleep_if() where the condition holds': `
static void f(gfp_t gfp)
{
    might_sleep_if(gfp & __GFP_DIRECT_RECLAIM); // !sleep-in-atomic
}
irq i {
    f(GFP_KERNEL);
}`,
  'one of several roots': `
static void f(void)
{
    might_sleep(); // !sleep-in-atomic
}
task t {
    f();
}
tasklet b {
    f();
}`,
  '_Generic and statement expressions': `
static DEFINE_SPINLOCK(l);
extern int k;
static int f(void)
{
    return _Generic(k, int: ({ spin_lock(&l); 1; }), default: 0);
}
task a {
    f();
    msleep(1); // !sleep-in-atomic
    spin_unlock(&l);
    _Generic(k, char: spin_lock(&l), default: 0);
    msleep(1);
}
task b {
    k = ({ spin_lock(&l); 2; });
    msleep(1); // !sleep-in-atomic
    spin_unlock(&l);
    while (({ msleep(1); k; })) ;
}`,
  'do, switch and a case that falls through': `
static DEFINE_SPINLOCK(l);
static void f(int n)
{
    do {
        switch (n) {
        case 1:
            spin_lock(&l);
            fallthrough_free();
        case 2:
            might_sleep(); // !sleep-in-atomic
            break;
        default:
            return;
        }
        n--;
    } while (n);
}`.replace('            fallthrough_free();\n', ''),
};

describe('sleep-in-atomic: silent where no path sleeps', () => {
  for (const [name, text] of Object.entries(silent)) it(name, () => void check(text));
});
describe('sleep-in-atomic: found', () => {
  for (const [name, text] of Object.entries(faulty)) it(name, () => void check(text));
});

describe('sleep-in-atomic: the text of a finding', () => {
  const text = `static DEFINE_SPINLOCK(l);
static void fill(gfp_t gfp)
{
    alloc_pages(gfp, 0); // !sleep-in-atomic
}
irq rx {
    spin_lock(&l);
    fill(GFP_KERNEL);
    spin_unlock(&l);
}
`;
  it('the path: the entry, the lock, the call, the mask', () => {
    assert.deepEqual(check(text).path, [
      '6: irq rx runs in hard interrupt context',
      '7: spinlock l is taken here',
      '8: fill() is called here',
      '8: the mask GFP_KERNEL is given here',
    ]);
  });
  it('the message: what, where, why, what to do', () => {
    assert.equal(
      check(text).diagnostics[0]?.message,
      'alloc_pages() may sleep here: called with GFP_KERNEL in hard interrupt context (irq rx), holding spinlock l; GFP_KERNEL lets it wait for memory to be reclaimed. Use GFP_ATOMIC or GFP_NOWAIT, or allocate earlier, in a task.',
    );
  });
  it('the message: what is off', () => {
    const said = (off: string, on: string) =>
      /called (.*?);/.exec(
        check(`task t { ${off}\nmight_sleep(); // !sleep-in-atomic\n${on} }`).diagnostics[0]?.message ?? '',
      )?.[1];
    assert.equal(said('preempt_disable();', 'preempt_enable();'), 'with preemption off');
    assert.equal(said('local_irq_disable();', 'local_irq_enable();'), 'with interrupts off');
    assert.equal(
      said('local_bh_disable(); preempt_disable();', 'preempt_enable(); local_bh_enable();'),
      'with bottom halves and preemption off',
    );
    assert.equal(said('rcu_read_lock();', 'rcu_read_unlock();'), 'inside an RCU read-side critical section');
  });
  it('the path to an RCU reader', () => {
    const { path } = check(`task t {
    rcu_read_lock();
    might_sleep(); // !sleep-in-atomic
    rcu_read_unlock();
}
`);
    assert.deepEqual(path, ['1: task t runs in a kernel thread', '2: an RCU read-side critical section begins here']);
  });
  it('the fix, where the mask is written', () => {
    const fix = check(text).diagnostics[0]?.fixes?.[0];
    const edit = fix?.edits[0];
    assert.ok(edit);
    assert.equal(text.slice(edit.span.start, edit.span.end), 'GFP_KERNEL');
    check(
      `${text.slice(0, edit.span.start)}${edit.text}${text.slice(edit.span.end)}`.replace('// !sleep-in-atomic', ''),
    );
  });
  it('a lock that a helper took is shown where it was taken', () => {
    const { path } = check(`static DEFINE_SPINLOCK(l);
static void enter(void)
{
    spin_lock(&l);
}
task t {
    enter();
    might_sleep(); // !sleep-in-atomic
    spin_unlock(&l);
}
`);
    assert.deepEqual(path, ['6: task t runs in a kernel thread', '4: spinlock l is taken here']);
  });
});

describe('sleep-in-atomic: calls that sleep depending on an argument', () => {
  it('read_poll_timeout() by its sleep_us', () => {
    check(`static DEFINE_SPINLOCK(l);
static int ready(void)
{
    return 1;
}
static void poll(unsigned long sleep_us)
{
    int v;
    spin_lock(&l);
    read_poll_timeout(ready, v, v == 1, 0, 100, false);
    read_poll_timeout(ready, v, v == 1, 10, 100, false); // !sleep-in-atomic
    spin_unlock(&l);
    read_poll_timeout(ready, v, v == 1, 10, 100, false);
}
task t {
    poll(10);
}
`);
  });
  it('a per-CPU allocation by the whole of GFP_KERNEL', () => {
    check(`static DEFINE_SPINLOCK(l);
task t {
    spin_lock(&l);
    __alloc_percpu_gfp(8, 8, GFP_NOFS);
    __alloc_percpu_gfp(8, 8, GFP_KERNEL); // !sleep-in-atomic
    spin_unlock(&l);
}
`);
  });
  it('nothing after a call that never returns', () => {
    check(`static DEFINE_SPINLOCK(l);
extern int n;
task t {
    spin_lock(&l);
    if (n) {
        panic("n");
        msleep(1);
    }
    spin_unlock(&l);
}
`);
  });
});

describe('wrong-context', () => {
  it('what belongs to a task, in an interrupt', () => {
    check(`static DEFINE_MUTEX(m);
irq i {
    if (mutex_trylock(&m)) // !wrong-context
        mutex_unlock(&m);
}
`);
  });
  it('silent in a task, under a lock too', () => {
    check(`static DEFINE_MUTEX(m);
static DEFINE_SPINLOCK(l);
task t {
    spin_lock(&l);
    if (mutex_trylock(&m))
        mutex_unlock(&m);
    spin_unlock(&l);
}
`);
  });
});
