/** Generated drivers: functions of 29 lines, each with a lock, a branch, an error path and an allocation, in chains of calls. */

export interface Drivers {
  /** functions in a chain; absent: 5 */
  readonly chain?: number;
  /** the last function of a chain calls the first one again */
  readonly recursive?: boolean;
  /** locks that the functions take in turn; absent: 1 */
  readonly locks?: number;
}

const times = (n: number, line: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => line(i)).join('\n');

/** A scenario of `n` such functions, all of them called. */
export function drivers(n: number, { chain = 5, recursive = false, locks = 1 }: Drivers = {}): string {
  const lock = (i: number): string => (locks === 1 ? 'lock' : `lock${i % locks}`);
  const below = (i: number): string => {
    if (i % chain) return `fill_${i - 1}(r, gfp, order)`;
    return recursive && i + chain <= n ? `order ? fill_${i + chain - 1}(r, gfp, order - 1) : 0` : '0';
  };
  const last = Math.floor(n / chain);
  return `machine { arch = x86_64; memory = 512M; cpus = 2; }
struct ring { ${locks === 1 ? 'spinlock_t lock;' : times(locks, (i) => `spinlock_t lock${i};`)} struct page *page; void *buf; unsigned int len; struct list_head list; };
static struct ring r0;

${recursive ? times(n, (i) => `static int fill_${i}(struct ring *r, gfp_t gfp, unsigned int order);`) : ''}
${times(
  n,
  (i) => `static int fill_${i}(struct ring *r, gfp_t gfp, unsigned int order)
{
	unsigned long flags;
	struct page *page;
	int err = 0;

	spin_lock_irqsave(&r->${lock(i)}, flags);
	if (r->page) {
		err = -EBUSY;
		goto out;
	}
	spin_unlock_irqrestore(&r->${lock(i)}, flags);
	page = alloc_pages(gfp, order);
	if (!page)
		return -ENOMEM;
	spin_lock_irqsave(&r->${lock(i)}, flags);
	if (!r->page) {
		r->page = page;
		r->len = PAGE_SIZE << order;
		page = NULL;
	}
out:
	spin_unlock_irqrestore(&r->${lock(i)}, flags);
	if (err)
		return err;
	if (page)
		__free_pages(page, order);
	return ${below(i)};
}
`,
)}
task main {
${times(locks, (i) => `	spin_lock_init(&r0.${lock(i)});`)}
${times(last, (i) => `	fill_${chain * (i + 1) - 1}(&r0, GFP_KERNEL, ${i % 3});`)}
}
`;
}

/** The same program as C that a compiler reads without the kernel's headers. */
export function asC(scenario: string): string {
  return `typedef unsigned int gfp_t;
typedef struct { int v; } spinlock_t;
struct list_head { struct list_head *next, *prev; };
struct page;
extern void spin_lock_init(spinlock_t *), lock(spinlock_t *, unsigned long *), unlock(spinlock_t *, unsigned long);
#define spin_lock_irqsave(l, f) lock(l, &(f))
#define spin_unlock_irqrestore(l, f) unlock(l, f)
extern struct page *alloc_pages(gfp_t, unsigned int);
extern void __free_pages(struct page *, unsigned int);
#define NULL ((void *)0)
#define EBUSY 16
#define ENOMEM 12
#define PAGE_SIZE 4096UL
#define GFP_KERNEL 0xcc0u
${scenario.replace(/^machine .*$/m, '').replace('task main {', 'void run(void) {')}`;
}
