/** What the linter knows of values: constants, bits, comparisons, function pointers, and when it stops knowing it. */
import { check } from './marked';

const LOCK = 'static DEFINE_SPINLOCK(l);\n';
/** Cases whose marks say what is found; a case without a mark must stay silent. */
function cases(group: string, sources: Readonly<Record<string, string>>): void {
  describe(`values: ${group}`, () => {
    for (const [name, text] of Object.entries(sources)) it(name, () => void check(LOCK + text));
  });
}

cases('constants', {
  'a negative one': `
static void f(void)
{
    int mode = -1;

    spin_lock(&l);
    if (mode != -1)
        might_sleep();
    spin_unlock(&l);
}`,
  'the negative of a known value': `
static void f(void)
{
    int one = 1;
    int mode = -one;

    spin_lock(&l);
    if (mode != -1)
        might_sleep();
    if (mode == -1)
        might_sleep(); // !sleep-in-atomic
    spin_unlock(&l);
}`,
  'a condition that always holds': `
static void f(void)
{
    if (1)
        spin_lock(&l);
    might_sleep(); // !sleep-in-atomic
    spin_unlock(&l);
}`,
  'a condition that never holds': `
static void f(void)
{
    if (0)
        spin_lock(&l);
    might_sleep();
}`,
});

cases('bits', {
  'one taken out of a mask': `
irq i {
    gfp_t gfp = GFP_KERNEL;

    gfp &= ~__GFP_DIRECT_RECLAIM;
    alloc_pages(gfp, 0);
}`,
  'another one taken out of a mask': `
irq i {
    gfp_t gfp = GFP_KERNEL;

    gfp &= ~__GFP_FS;
    alloc_pages(gfp, 0); // !sleep-in-atomic
}`,
  'a mask of which one bit is known may allow blocking': `
static void f(gfp_t gfp)
{
    gfp_t quiet = gfp | __GFP_NOWARN;

    if (gfpflags_allow_blocking(quiet)) {
        spin_lock(&l);
        might_sleep(); // !sleep-in-atomic
        spin_unlock(&l);
    }
}`,
  'one put into a mask': `
irq i {
    gfp_t gfp = GFP_ATOMIC;

    gfp |= __GFP_DIRECT_RECLAIM;
    alloc_pages(gfp, 0); // !sleep-in-atomic
}`,
  'a mask that nobody knows may allow blocking': `
static void f(gfp_t gfp)
{
    if (gfpflags_allow_blocking(gfp)) {
        spin_lock(&l);
        might_sleep(); // !sleep-in-atomic
        spin_unlock(&l);
    }
}`,
  'a case that a clear bit rules out': `
static void f(int n)
{
    if (n & 1)
        return;
    switch (n) {
    case 3:
        spin_lock(&l);
        break;
    }
    might_sleep();
}`,
  'a case that a set bit rules out': `
static void f(int n)
{
    if (!(n & 4))
        return;
    switch (n) {
    case 2:
        spin_lock(&l);
        break;
    }
    might_sleep();
}`,
  'the last value of a range of cases': `
static void f(void)
{
    int n = 3;

    switch (n) {
    case 1 ... 3:
        spin_lock(&l);
        break;
    }
    might_sleep(); // !sleep-in-atomic
    spin_unlock(&l);
}`,
  'the value behind a range of cases': `
static void f(void)
{
    int n = 4;

    switch (n) {
    case 1 ... 3:
        spin_lock(&l);
        break;
    }
    might_sleep();
}`,
});

cases('comparisons', {
  'one and its opposite': `
static void f(int n, int limit)
{
    if (n <= limit)
        spin_lock(&l);
    if (!(n > limit))
        spin_unlock(&l);
    might_sleep();
}`,
  'one and its opposite, sides exchanged': `
static void f(int n, int limit)
{
    if (n >= limit)
        spin_lock(&l);
    if (limit <= n)
        spin_unlock(&l);
    might_sleep();
}`,
  'what does not hold, does not hold later': `
static void f(int n, int limit)
{
    if (n > limit)
        return;
    spin_lock(&l);
    if (n <= limit)
        might_sleep(); // !sleep-in-atomic
    spin_unlock(&l);
}`,
});

cases('function pointers', {
  'a call through one that is known': `
static void rest(void)
{
    might_sleep(); // !sleep-in-atomic
}
static void work(void)
{
    udelay(1);
}
static void f(void)
{
    void (*slow)(void) = rest;
    void (*fast)(void) = work;

    spin_lock(&l);
    slow();
    fast();
    spin_unlock(&l);
}`,
  'a call through a member of a table that nothing changes': `
struct ops { void (*slow)(void); };
static void rest(void)
{
    might_sleep(); // !sleep-in-atomic
}
static const struct ops ops = { .slow = rest };
static void f(void)
{
    spin_lock(&l);
    ops.slow();
    spin_unlock(&l);
}`,
  'a call through one, with a star': `
static void rest(void)
{
    might_sleep(); // !sleep-in-atomic
}
static void f(void)
{
    void (*slow)(void) = rest;

    spin_lock(&l);
    (*slow)();
    spin_unlock(&l);
}`,
  'one that points to a function is not NULL': `
static void work(void)
{
    udelay(1);
}
static void f(void)
{
    void (*fn)(void) = work;

    if (!fn)
        spin_lock(&l);
    might_sleep();
}`,
});

cases('what a write makes unknown', {
  'to the same field through another pointer': `
struct dev { int locked; };
static void f(struct dev *a, struct dev *b)
{
    a->locked = 1;
    spin_lock(&l);
    b->locked = 0;
    if (a->locked)
        spin_unlock(&l);
    might_sleep(); // !sleep-in-atomic
} // !lock-imbalance`,
  'in a function that is called': `
static int locked;
extern int n;
static void clear(void)
{
    locked = n;
}
static void f(void)
{
    locked = 1;
    spin_lock(&l);
    clear();
    if (locked)
        spin_unlock(&l);
    might_sleep(); // !sleep-in-atomic
} // !lock-imbalance`,
  'not in a function that writes something else': `
static int locked, other;
static void count(void)
{
    other++;
}
static void f(void)
{
    locked = 1;
    spin_lock(&l);
    count();
    if (locked)
        spin_unlock(&l);
    might_sleep();
}`,
});

cases('globals that keep their initial value', {
  'one that nothing assigns': `
static int mode = 1;
static void f(void)
{
    if (!mode)
        spin_lock(&l);
    might_sleep();
}`,
  'not one whose address another global has': `
static int mode = 1;
static int *where = &mode;
static void g(void)
{
    *where = 0;
}
static void f(void)
{
    if (!mode)
        spin_lock(&l);
    might_sleep(); // !sleep-in-atomic
}`,
  'not one whose address is in a table': `
static int mode = 1;
static int *table[2] = { NULL, &mode };
static void g(int i)
{
    *table[i] = 0;
}
static void f(void)
{
    if (!mode)
        spin_lock(&l);
    might_sleep(); // !sleep-in-atomic
}`,
  'one whose address another global has, through which nothing is stored': `
static int mode = 1;
static int *where = &mode;
static void f(void)
{
    if (!mode)
        spin_lock(&l);
    might_sleep();
    if (*where)
        might_sleep();
}`,
});

cases('what asks where it runs', {
  'in_nmi()': `
static void f(void)
{
    if (in_nmi())
        return;
    might_sleep();
}
task t {
    f();
}
nmi n {
    f();
}`,
  'in_serving_softirq(), with bottom halves off as well': `
static void f(void)
{
    if (in_serving_softirq())
        return;
    might_sleep(); // !sleep-in-atomic
}
softirq s {
    f();
}
task t {
    f();
    local_bh_disable();
    f();
    local_bh_enable();
}`,
  'in_softirq() counts bottom halves that are off': `
static void f(void)
{
    if (in_softirq())
        return;
    might_sleep();
}
softirq s {
    f();
}
task t {
    local_bh_disable();
    f();
    local_bh_enable();
}`,
  'in_hardirq() is one of them': `
static void f(void)
{
    if (in_hardirq())
        return;
    might_sleep(); // !sleep-in-atomic
}
irq i {
    f();
}
softirq s {
    f();
}`,
  'in_hardirq() in an NMI, which counts as one': `
nmi n {
    if (!in_hardirq())
        might_sleep();
}`,
  'a contract that names an RCU reader, and one that names a task': `
static __context(rcu) void reader(void)
{
    might_sleep(); // !sleep-in-atomic
}
static __context(task) void plain(void)
{
    might_sleep();
}`,
});
