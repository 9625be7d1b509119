/**
 * Random valid scenarios, the same for the same seed: pages of every mobility and objects of every slab allocator taken and given back, locks,
 * every context (interrupts, NMIs, softirqs, tasklets, timers, works, threads), RCU, loops, recursion, lines in pieces, tasks on several CPUs
 * under every scheduler. They are correct code: no report is expected except failed allocations.
 */

/** A small generator of numbers, so that a printed seed is all that a failure needs. */
export class Dice {
  private state: number;
  constructor(seed: number) {
    this.state = (seed * 2654435761 + 12345) >>> 0;
  }
  /** 0 … n − 1 */
  below(n: number): number {
    let x = (this.state += 0x6d2b79f5) | 0;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * n);
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

const HEAD = `
#define BOXES 8

struct box {
	struct page *page;
	unsigned int order;
	unsigned long uses;
};

static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(gate);
static struct box box[BOXES];
static unsigned long pages;
static unsigned int rounds;
static u64 mixed;
static atomic_t hits;
static DECLARE_WAIT_QUEUE_HEAD(wq);
static void *objects[BOXES];
static u32 __percpu *counters[BOXES];
static struct kmem_cache *things;
static char *areas[BOXES];

static void construct(void *object)
{
	*(unsigned long *)object = 7;
}

/** an area that is there goes, one that is not comes */
static void remap(unsigned int n)
{
	char *area = areas[n % BOXES];

	areas[n % BOXES] = NULL;
	if (area) {
		mix(*area);
		vfree(area);
	} else {
		area = vmalloc(3000 * n + 1);
		if (area)
			*area = n;
		areas[n % BOXES] = area;
	}
}

/** an object that is there goes, one that is not comes */
static void exchange(unsigned int n, gfp_t gfp)
{
	void **o = &objects[n % BOXES];

	if (*o) {
		kfree(*o);
		*o = NULL;
	} else {
		*o = kmalloc(37 * n + 1, gfp);
	}
}

/** the same with per-CPU memory, whose pages the worker keeps ready */
static void exchange_percpu(unsigned int n, gfp_t gfp)
{
	u32 __percpu **a = &counters[n % BOXES];

	if (*a) {
		this_cpu_inc(**a);
		free_percpu(*a);
		*a = NULL;
	} else {
		*a = __alloc_percpu_gfp(900 * n + 4, 4, gfp);
		if (*a)
			*this_cpu_ptr(*a) = n;
	}
}

static int fill(struct box *b, gfp_t gfp, unsigned int order)
{
	if (b->page)
		return -EBUSY;
	b->page = alloc_pages(gfp, order);
	if (!b->page)
		return -ENOMEM;
	b->order = order;
	b->uses++;
	pages += 1UL << order;
	return 0;
}

static void drain(struct box *b)
{
	if (!b->page)
		return;
	__free_pages(b->page, b->order);
	b->page = NULL;
	pages -= 1UL << b->order;
}

static unsigned int fib(unsigned int n)
{
	if (n < 2)
		return n;
	return fib(n - 1) + fib(n - 2);
}

/** what every context but NMIs and hard interrupts may do */
static void soft(unsigned int n)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	rounds += n + 1;
	fill(&box[n % BOXES], GFP_ATOMIC | __GFP_NOWARN, n % 3);
	exchange(n, GFP_ATOMIC | __GFP_NOWARN);
	exchange_percpu(n + 1, n & 2 ? GFP_ATOMIC : GFP_NOWAIT);
	if (n & 1)
		drain(&box[(n + 3) % BOXES]);
	spin_unlock_irqrestore(&lock, flags);
	wake_up(&wq);
}

static int thread(void *data)
{
	unsigned long *n = data;

	while (!kthread_should_stop()) {
		(*n)++;
		schedule_timeout_interruptible(3);
	}
	return 0;
}

static void reclaimed(struct callback_head *head)
{
	atomic_inc(&hits);
}

static void mix(u64 with)
{
	mixed = (mixed << 7) ^ (mixed >> 3) ^ with;
}
`;

/** The text of a scenario. */
export function generateScenario(seed: number): string {
  const dice = new Dice(seed);
  const cpus = 1 + dice.below(3);
  const arch = dice.pick(['x86_64', 'x86_64', 'i386', 'i386_pae']);
  const allocator = dice.pick(['slub', 'slub', 'slab', 'slob']);
  const schedule = dice.pick(['sequential', 'round_robin', `random(${dice.below(1000)})`]);
  const irqs = dice.below(3);
  const tasks = 1 + dice.below(3);
  const cx: Contexts = { irqs, contexts: dice.below(4) > 0, kthreads: dice.below(3) === 0 };
  let text = `machine {\n\tarch = ${arch};\n\tmemory = 128M;\n\tcpus = ${cpus};\n\tschedule = ${schedule};\n\tallocator = ${allocator};\n}\n${HEAD}`;
  for (let i = 0; i < irqs; i++) {
    text += `\nirq line${i} {\n\tspin_lock(&lock);\n${locked(dice, 'GFP_ATOMIC', '\t')}\tspin_unlock(&lock);\n\tatomic_inc(&hits);\n${cx.contexts ? pick(dice, RAISED) : ''}}\n`;
  }
  if (cx.contexts) text += contexts(dice);
  for (let i = 0; i < tasks; i++) {
    text += `\n${i === 1 ? 'process' : 'task'} t${i} on cpu ${dice.below(cpus)} {\n\tunsigned int i;\n\tunsigned long flags;\n\tstruct page *own = NULL;\n\tunsigned long *thing;\n`;
    text += '\tstruct task_struct *helper = NULL;\n\tunsigned long turns = 0;\n\tstruct callback_head head;\n\n';
    if (cx.kthreads)
      text += dice.pick([
        '\thelper = kthread_run(thread, &turns, "helper");\n',
        // a function of the kernel as a thread's
        '\tkthread_run((int (*)(void *))msleep, (void *)7, "sleeper");\n',
      ]);
    const count = 3 + dice.below(6);
    for (let k = 0; k < count; k++) text += statement(dice, cx, '\t', 0);
    if (dice.below(3) === 0) text += '\tcall_rcu(&head, reclaimed);\n\trounds++;\n\trcu_barrier();\n';
    text += '\tif (own)\n\t\t__free_page(own);\n\tif (helper)\n\t\tkthread_stop(helper);\n}\n';
  }
  return text;
}

interface Contexts {
  /** number of `irq` blocks */
  readonly irqs: number;
  /** whether there are blocks of the other contexts */
  readonly contexts: boolean;
  readonly kthreads: boolean;
}
/** What an interrupt or a task sets going in another context. */
const RAISED = ['raise_softirq(net);', 'tasklet_schedule(&small);', 'schedule_work(&slow);', 'schedule_work(&again);'];
const pick = (dice: Dice, lines: readonly string[]): string => `\t${dice.pick(lines)}\n`;
/** A block of each context. */
function contexts(dice: Dice): string {
  const n = () => dice.below(9);
  return `
softirq net {
	soft(${n()});
}

tasklet small {
	soft(${n()});
}

timer beat {
	soft(${n()});
	if (rounds < ${20 + n()})
		mod_timer(&beat, jiffies + ${1 + n()});
}

nmi knock {
	atomic_inc(&hits);
}

work slow {
	struct page *page = alloc_page(GFP_KERNEL | __GFP_RECLAIMABLE);

	msleep(${1 + n()});
	mutex_lock(&gate);
	soft(${n()});
	mutex_unlock(&gate);
	if (page)
		__free_page(page);
}

/* a function of the kernel as a work's: it finds itself not pending */
static DECLARE_WORK(again, (work_func_t)cancel_work);

delayed_work later {
	soft(${n()});
}
`;
}

/** Statements that may run with the lock held. */
function locked(dice: Dice, gfp: string, tabs: string): string {
  let text = '';
  for (let n = 1 + dice.below(3); n > 0; n--) {
    const b = `&box[${dice.below(8)}]`;
    text += dice.pick([
      `${tabs}fill(${b}, ${gfp}, ${dice.below(4)});\n`,
      `${tabs}drain(${b});\n`,
      `${tabs}if (fill(${b}, ${gfp}, ${dice.below(3)}))\n${tabs}\tdrain(${b});\n`,
      `${tabs}mix(pages * ${1 + dice.below(99)});\n`,
      `${tabs}rounds++;\n`,
    ]);
  }
  return text;
}
/** A statement that needs the other contexts. */
function elsewhere(dice: Dice, tabs: string): string {
  return dice.pick([
    ...RAISED.map((line) => `${tabs}${line}\n`),
    `${tabs}mod_timer(&beat, jiffies + ${1 + dice.below(80)});\n`,
    `${tabs}schedule_delayed_work(&later, ${dice.below(9)});\n`,
    `${tabs}cancel_delayed_work_sync(&later);\n`,
    `${tabs}flush_work(&slow);\n`,
    `${tabs}sim_raise(knock);\n`,
    `${tabs}local_bh_disable();\n${tabs}tasklet_schedule(&small);\n${tabs}rounds++;\n${tabs}local_bh_enable();\n`,
    `${tabs}del_timer_sync(&beat);\n`,
  ]);
}
/** Statements of a task. */
function statement(dice: Dice, cx: Contexts, tabs: string, depth: number): string {
  const { irqs } = cx;
  if (cx.contexts && dice.below(4) === 0) return elsewhere(dice, tabs);
  const kind = dice.below(depth > 1 ? 8 : 11);
  switch (kind) {
    case 0:
    case 1:
      return `${tabs}spin_lock_irqsave(&lock, flags);\n${locked(dice, 'GFP_ATOMIC', tabs)}${tabs}spin_unlock_irqrestore(&lock, flags);\n`;
    case 2:
      return irqs === 0 ? `${tabs}rounds += 3;\n` : `${tabs}sim_raise(line${dice.below(irqs)});\n`;
    case 3:
      return `${tabs}mix(fib(${dice.below(6)}));\n`;
    case 4:
      return `${tabs}mutex_lock(&gate);\n${tabs}rounds += ${dice.below(9)};\n${tabs}mix(rounds);\n${tabs}mutex_unlock(&gate);\n`;
    case 5:
      return `${tabs}if (!own)\n${tabs}\town = alloc_page(${dice.pick(['GFP_KERNEL', 'GFP_KERNEL | __GFP_ZERO', 'GFP_NOWAIT', 'GFP_HIGHUSER_MOVABLE', 'GFP_KERNEL | __GFP_RECLAIMABLE'])});\n`;
    case 6:
      return `${tabs}if (own) {\n${tabs}\tget_page(own);\n${tabs}\texpect(page_count(own) == 2);\n${tabs}\tput_page(own);\n${tabs}}\n`;
    case 7:
      return dice.pick([
        `${tabs}msleep(${1 + dice.below(20)});\n`,
        `${tabs}printk("round %u\\n", rounds);\n`,
        `${tabs}printk(KERN_INFO "pieces:");\n${tabs}for (i = 0; i < 3; i++)\n${tabs}\tprintk(KERN_CONT " %u", i);\n${tabs}printk(KERN_CONT "\\n");\n`,
        `${tabs}rcu_read_lock();\n${tabs}rounds++;\n${tabs}rcu_read_unlock();\n`,
        `${tabs}synchronize_rcu();\n`,
        `${tabs}wait_event_timeout(wq, rounds > ${dice.below(40)}, ${1 + dice.below(9)});\n`,
        `${tabs}preempt_disable();\n${tabs}rounds++;\n${tabs}preempt_enable();\n`,
        `${tabs}remap(${dice.below(60)});\n`,
        `${tabs}vm_unmap_aliases();\n`,
        `${tabs}if (!things)\n${tabs}\tthings = kmem_cache_create("things", ${8 + 40 * dice.below(30)}, 0, 0, construct);\n`,
        `${tabs}if (things) {\n${tabs}\tthing = kmem_cache_alloc(things, GFP_KERNEL);\n${tabs}\texpect(*thing == 7);\n${tabs}\tkmem_cache_free(things, thing);\n${tabs}}\n`,
      ]);
    default: {
      let body = '';
      for (let n = 1 + dice.below(2); n > 0; n--) body += statement(dice, cx, `${tabs}\t`, depth + 2);
      return kind === 8
        ? `${tabs}for (i = 0; i < ${1 + dice.below(4)}; i++) {\n${body}${tabs}}\n`
        : `${tabs}if (rounds % ${2 + dice.below(3)}) {\n${body}${tabs}} else {\n${tabs}\trounds += 2;\n${tabs}}\n`;
    }
  }
}
