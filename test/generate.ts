/**
 * Random valid scenarios, the same for the same seed: pages taken and given back, locks, interrupts, loops, recursion, tasks on several
 * CPUs under every scheduler. They are correct code: no report is expected except failed allocations.
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
  const schedule = dice.pick(['sequential', 'round_robin', `random(${dice.below(1000)})`]);
  const irqs = dice.below(3);
  const tasks = 1 + dice.below(3);
  let text = `machine {\n\tarch = ${arch};\n\tmemory = 128M;\n\tcpus = ${cpus};\n\tschedule = ${schedule};\n}\n${HEAD}`;
  for (let i = 0; i < irqs; i++) {
    text += `\nirq line${i} {\n\tspin_lock(&lock);\n${locked(dice, 'GFP_ATOMIC', '\t')}\tspin_unlock(&lock);\n\tatomic_inc(&hits);\n}\n`;
  }
  for (let i = 0; i < tasks; i++) {
    text += `\ntask t${i} on cpu ${dice.below(cpus)} {\n\tunsigned int i;\n\tunsigned long flags;\n\tstruct page *own = NULL;\n\n`;
    const count = 3 + dice.below(6);
    for (let k = 0; k < count; k++) text += statement(dice, irqs, '\t', 0);
    text += '\tif (own)\n\t\t__free_page(own);\n}\n';
  }
  return text;
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
/** Statements of a task. */
function statement(dice: Dice, irqs: number, tabs: string, depth: number): string {
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
      return `${tabs}if (!own)\n${tabs}\town = alloc_page(${dice.pick(['GFP_KERNEL', 'GFP_KERNEL | __GFP_ZERO', 'GFP_NOWAIT', 'GFP_USER'])});\n`;
    case 6:
      return `${tabs}if (own) {\n${tabs}\tget_page(own);\n${tabs}\texpect(page_count(own) == 2);\n${tabs}\tput_page(own);\n${tabs}}\n`;
    case 7:
      return dice.pick([
        `${tabs}msleep(${1 + dice.below(20)});\n`,
        `${tabs}printk("round %u\\n", rounds);\n`,
        `${tabs}preempt_disable();\n${tabs}rounds++;\n${tabs}preempt_enable();\n`,
      ]);
    default: {
      let body = '';
      for (let n = 1 + dice.below(2); n > 0; n--) body += statement(dice, irqs, `${tabs}\t`, depth + 2);
      return kind === 8
        ? `${tabs}for (i = 0; i < ${1 + dice.below(4)}; i++) {\n${body}${tabs}}\n`
        : `${tabs}if (rounds % ${2 + dice.below(3)}) {\n${body}${tabs}} else {\n${tabs}\trounds += 2;\n${tabs}}\n`;
    }
  }
}
