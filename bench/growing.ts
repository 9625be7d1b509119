/**
 * Programs of any size for which a linter that follows each path on its own needs exponential time: one function per shape, from the number
 * of repetitions to the text.
 */
const HEAD = `machine { arch = x86_64; memory = 512M; cpus = 2; }
static DEFINE_SPINLOCK(l);
static DEFINE_MUTEX(m);
extern int in;
`;
const times = (n: number, line: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => line(i)).join('\n');
const bit = (i: number): number => 2 ** (i % 31);

/** A driver's ring: a lock, a branch and an allocation in each function, in chains of five, called one after the other. 29 lines each. */
export const ring = (n: number): string => `machine { arch = x86_64; memory = 512M; cpus = 2; }
struct ring { spinlock_t lock; struct page *page; unsigned int len; };
static struct ring r0;
${times(
  n,
  (i) => `static int fill_${i}(struct ring *r, gfp_t gfp, unsigned int order)
{
	unsigned long flags;
	struct page *page;
	int err = 0;

	spin_lock_irqsave(&r->lock, flags);
	if (r->page) {
		err = -EBUSY;
		goto out;
	}
	spin_unlock_irqrestore(&r->lock, flags);
	page = alloc_pages(gfp, order);
	if (!page)
		return -ENOMEM;
	spin_lock_irqsave(&r->lock, flags);
	if (!r->page) {
		r->page = page;
		r->len = PAGE_SIZE << order;
		page = NULL;
	}
out:
	spin_unlock_irqrestore(&r->lock, flags);
	if (err)
		return err;
	if (page)
		__free_pages(page, order);
	return ${i % 5 ? `fill_${i - 1}(r, gfp, order)` : '0'};
}
`,
)}
task main {
	spin_lock_init(&r0.lock);
${times(Math.floor(n / 5), (i) => `	fill_${5 * i + 4}(&r0, GFP_KERNEL, ${i % 3});`)}
}
`;

/** The other shapes, each called with the number of its repetitions. */
export const SHAPES: Readonly<Record<string, (n: number) => string>> = {
  'calls with two outcomes in a straight line': (n) => `${HEAD}
static int pick(int x) { spin_lock(&l); spin_unlock(&l); if (in & x) return 1; return 0; }
task main {
${times(n, (i) => `	int v${i} = pick(${bit(i)});`)}
${times(n, (i) => `	if (v${i}) might_sleep();`)}
}`,
  'trylocks in a straight line': (n) => `${HEAD}
${times(n, (i) => `static DEFINE_SPINLOCK(l${i});`)}
task main {
${times(n, (i) => `	int t${i} = spin_trylock(&l${i});`)}
${times(n, (i) => `	if (t${i}) spin_unlock(&l${i});`)}
}`,
  'locks taken on conditions': (n) => `${HEAD}
${times(n, (i) => `static DEFINE_SPINLOCK(l${i}); extern int i${i};`)}
task main {
${times(n, (i) => `	if (i${i}) spin_lock(&l${i});`)}
${times(n, (i) => `	if (i${i}) spin_unlock(&l${i});`)}
}`,
  'a chain of calls that learn more at each': (n) => `${HEAD}
static void f0(int x) { spin_lock(&l); spin_unlock(&l); }
${times(n, (i) => `static void f${i + 1}(int x) { if (x & ${bit(i)}) f0(x); f${i}(x); }`)}
task main { f${n}(in); }`,
  'a chain of calls under other locks or none': (n) => `${HEAD}
static int f0(int x) { udelay(1); return x; }
${times(n, (i) => {
  const [take, release] = [
    ['spin_lock(&l);', 'spin_unlock(&l);'],
    ['mutex_lock(&m);', 'mutex_unlock(&m);'],
    ['rcu_read_lock();', 'rcu_read_unlock();'],
    ['preempt_disable();', 'preempt_enable();'],
  ][i % 4] as [string, string];
  return `static int f${i + 1}(int x) { if (x) { ${take} f${i}(x + 1); ${release} } else f${i}(x + 1); return x; }`;
})}
task main { f${n}(in); }`,
  'one function with many different arguments': (n) => `${HEAD}
static int f(int x) { if (x > 3) spin_lock(&l); udelay(x); if (x > 3) spin_unlock(&l); return x; }
task main {
${times(n, (i) => `	f(${i});`)}
}`,
  recursion: (n) => `${HEAD}
${times(n, (i) => `static int g${i}(int x);`)}
${times(
  n,
  (i) =>
    `static int g${i}(int x) { spin_lock(&l); if (x) g${(i + 1) % n}(x - 1); if (x > 2) g${(7 * i + 3) % n}(x - 2); spin_unlock(&l); return 0; }`,
)}
task main { g0(in); }`,
  'locks kept round a loop': (n) => `${HEAD}
task main {
${times(n, (i) => `	for (int i${i} = 0; i${i} < in; i${i}++) { spin_lock(&l); if (in == ${i}) continue; spin_unlock(&l); }`)}
}`,
  copies: (n) => `${HEAD}
task main {
${times(n, (i) => `	int a${i} = in & ${bit(i)}; int b${i} = a${i};`)}
${times(n, (i) => `	if (b${i}) might_sleep(); if (a${i}) might_sleep();`)}
}`,
};
