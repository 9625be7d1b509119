/**
 * Random programs for comparing the linter with the run time: locks, contexts, masks, conditions and calls of many shapes, the same for the
 * same seed. They run to their end: each place has a lock of its own, nothing recurses, loops are short. To add what another class of
 * findings is about, add a kind of statement to `STATEMENTS`.
 */
import { Dice } from '../../generate';

export interface Generated {
  readonly text: string;
  /** values for the inputs of the program, one set for each run */
  readonly runs: readonly Readonly<Record<string, bigint>>[];
}
const RUNS = 4;
const HEAD = `struct ops {
	void (*go)(int x, gfp_t gfp);
	gfp_t (*mask)(int x);
};
struct conf {
	gfp_t gfp;
	int order;
	const struct ops *ops;
};
extern int in0, in1;
extern unsigned int in2;
extern gfp_t mask_in;
static const gfp_t masks[2] = { GFP_ATOMIC, GFP_KERNEL };
static gfp_t changing = GFP_ATOMIC;
static gfp_t kept = GFP_KERNEL;
static int flag;
static void *buf;
`;
const TAIL_NAMES = ['f0', 'f1', 'f2', 'f3', 'f4'] as const;

/** What a program is made with: the numbers drawn, and the names that are in scope. */
export interface Maker {
  readonly dice: Dice;
  /** definitions at the level of the file */
  readonly globals: string[];
  /** functions that may be called here */
  callable: number;
  /** what of the parameters there is: `int x, gfp_t gfp, struct conf *c` in a function, locals of these names elsewhere */
  names: number;
  depth: number;
}
type Statement = (m: Maker, indent: string) => string;

const fresh = (m: Maker, what: string): string => `${what}${m.names++}`;
function lock(m: Maker): string {
  const name = fresh(m, 'lock');
  m.globals.push(`static DEFINE_SPINLOCK(${name});`);
  return name;
}
export const condition = (m: Maker): string =>
  m.dice.pick([
    'in0',
    '!in0',
    'in1 & 1',
    'in0 > 2',
    'in1 == 3',
    'in2 < 4',
    'in2 >= 6',
    'x',
    '!x',
    'x > 1',
    'x == 2',
    'flag',
    'in0 && in1',
    'in1 || x',
    'in_atomic()',
    'irqs_disabled()',
    'preempt_count()',
    'gfp & __GFP_DIRECT_RECLAIM',
    'c->order',
  ]);
/** A condition that nothing in the program changes. */
const lasting = (m: Maker): string =>
  m.dice.pick(['in0', '!in1', 'in1 & 1', 'in0 > 2', 'in2 < 4', 'in2 == 5', 'in0 && in1']);
export const mask = (m: Maker): string =>
  m.dice.pick([
    'GFP_KERNEL',
    'GFP_ATOMIC',
    'GFP_NOWAIT',
    'GFP_NOFS | __GFP_NOWARN',
    'gfp',
    'gfp',
    'gfp | __GFP_NOWARN',
    'gfp & ~__GFP_DIRECT_RECLAIM',
    'mask_in',
    'masks[0]',
    'masks[1]',
    'masks[in1 & 1]',
    'masks[!in0]',
    'changing',
    'kept',
    'READ_ONCE(kept)',
    'c->gfp',
    'mine.gfp',
    '*pointed',
    'pick(in0)',
    'pick(x)',
    'plain()',
    'in1 ? GFP_KERNEL : GFP_NOWAIT',
    'c->ops->mask(x)',
  ]);
const argument = (m: Maker): string => m.dice.pick(['0', '1', '2', 'x', 'in0', 'in1 & 1', 'x + 1', '!x']);
const conf = (m: Maker): string => m.dice.pick(['c', 'c', '&mine', '&quick', '&slow']);

function block(m: Maker, indent: string, most = 3): string {
  m.depth++;
  const lines: string[] = [];
  for (let n = 1 + m.dice.below(most); n > 0; n--) lines.push(statement(m, indent));
  m.depth--;
  return lines.join('\n');
}
function braces(m: Maker, head: string, indent: string, most = 2): string {
  return `${indent}${head} {\n${block(m, `${indent}\t`, most)}\n${indent}}`;
}
const between = (m: Maker, indent: string, before: string, after: string): string =>
  `${indent}${before}\n${block(m, indent)}\n${indent}${after}`;

/** what may sleep, or not */
const LEAVES: readonly Statement[] = [
  (m, i) => `${i}buf = kmalloc(8, ${mask(m)});`,
  (m, i) => `${i}buf = kmalloc(8, ${mask(m)});`,
  (_, i) => `${i}might_sleep();`,
  (m, i) => `${i}might_sleep_if(${condition(m)});`,
  (m, i) => `${i}gfp = ${mask(m)};`,
  (m, i) =>
    `${i}gfp ${m.dice.pick(['|=', '&=', '^='])} ${m.dice.pick(['__GFP_DIRECT_RECLAIM', '__GFP_NOWARN', '~__GFP_FS'])};`,
  (m, i) => `${i}x = ${argument(m)};`,
  (m, i) => `${i}mine.gfp = ${mask(m)};`,
  (m, i) => `${i}mine = ${m.dice.pick(['*c', 'quick', 'slow', '(struct conf){ .gfp = GFP_KERNEL, .ops = &calm }'])};`,
  (m, i) => `${i}*pointed = ${mask(m)};`,
  (m, i) => `${i}store(${m.dice.pick(['&gfp', 'pointed', '&mine.gfp'])}, ${mask(m)});`,
  (m, i) => `${i}changing = ${m.dice.pick(['GFP_KERNEL', 'GFP_ATOMIC'])};`,
  (m, i) => `${i}flag = ${m.dice.pick(['0', '1', 'x'])};`,
];
const NESTED: readonly Statement[] = [
  (m, i) => {
    const l = lock(m);
    return between(m, i, `spin_lock(&${l});`, `spin_unlock(&${l});`);
  },
  (m, i) => {
    const l = lock(m);
    const flags = fresh(m, 'flags');
    const inner = between(
      m,
      `${i}\t`,
      `spin_lock_irqsave(&${l}, ${flags});`,
      `spin_unlock_irqrestore(&${l}, ${flags});`,
    );
    return `${i}{\n${i}\tunsigned long ${flags};\n\n${inner}\n${i}}`;
  },
  (m, i) => between(m, i, 'preempt_disable();', 'preempt_enable();'),
  (m, i) => between(m, i, 'local_bh_disable();', 'local_bh_enable();'),
  (m, i) => between(m, i, 'rcu_read_lock();', 'rcu_read_unlock();'),
  (m, i) => {
    const l = lock(m);
    const test = lasting(m);
    return `${i}if (${test})\n${i}\tspin_lock(&${l});\n${block(m, i)}\n${i}if (${test})\n${i}\tspin_unlock(&${l});`;
  },
  (m, i) => {
    const l = lock(m);
    const got = fresh(m, 'got');
    const inner = block(m, `${i}\t`);
    return `${i}{\n${i}\tint ${got} = spin_trylock(&${l});\n\n${inner}\n${i}\tif (${got})\n${i}\t\tspin_unlock(&${l});\n${i}}`;
  },
  (m, i) => braces(m, `if (${condition(m)})`, i),
  (m, i) => `${braces(m, `if (${condition(m)})`, i)} else {\n${block(m, `${i}\t`, 2)}\n${i}}`,
  (m, i) => {
    const n = fresh(m, 'n');
    return `${i}for (int ${n} = 0; ${n} < ${m.dice.pick(['2', '(in2 & 3)'])}; ${n}++) {\n${block(m, `${i}\t`, 2)}\n${i}}`;
  },
  (m, i) =>
    `${i}switch (${m.dice.pick(['in0', 'x', 'in2'])}) {\n${i}case 0:\n${block(m, `${i}\t`, 2)}\n${i}\tbreak;\n${i}case 2:\n${block(m, `${i}\t`, 1)}\n${i}\tfallthrough;\n${i}default:\n${block(m, `${i}\t`, 1)}\n${i}\tbreak;\n${i}}`,
];
const CALLS: readonly Statement[] = [
  (m, i) => `${i}${TAIL_NAMES[m.dice.below(m.callable)]}(${argument(m)}, ${mask(m)}, ${conf(m)});`,
  (m, i) => `${i}c->ops->go(${argument(m)}, ${mask(m)});`,
  (m, i) => `${i}table[${m.dice.pick(['0', '1', 'in1 & 1'])}](${argument(m)}, ${mask(m)});`,
];
/** every kind of statement; those that hold others only where that does not lead too deep */
export const STATEMENTS = { leaves: LEAVES, nested: NESTED, calls: CALLS };

function statement(m: Maker, indent: string): string {
  const kinds = [
    ...STATEMENTS.leaves,
    ...(m.callable > 0 ? STATEMENTS.calls : []),
    ...(m.depth < 4 ? STATEMENTS.nested : []),
  ];
  return m.dice.pick(kinds)(m, indent);
}
const LOCALS =
  '\tstruct conf mine = { .gfp = GFP_ATOMIC, .ops = &calm };\n\tgfp_t other = GFP_NOWAIT;\n\tgfp_t *pointed = &other;\n';

/** The program of a seed. */
export function generated(seed: number): Generated {
  const dice = new Dice(seed);
  const m: Maker = { dice, globals: [], callable: 0, names: 0, depth: 0 };
  const parts: string[] = [];
  for (const name of ['calm_go', 'busy_go']) {
    parts.push(`static void ${name}(int x, gfp_t gfp)\n{\n\tstruct conf *c = &quick;\n${LOCALS}\n${simple(m)}\n}`);
  }
  parts.push('static void (*const table[2])(int, gfp_t) = { calm_go, busy_go };');
  parts.push('static const struct ops calm = { .go = calm_go, .mask = pick };');
  parts.push('static const struct ops busy = { busy_go, pick };');
  parts.push('static struct conf quick = { .gfp = GFP_ATOMIC, .order = 0, .ops = &calm };');
  parts.push('static struct conf slow = { GFP_KERNEL, 1, &busy };');
  for (const name of TAIL_NAMES) {
    const body = block(m, '\t', 4);
    parts.push(`static void ${name}(int x, gfp_t gfp, struct conf *c)\n{\n${LOCALS}\n${body}\n}`);
    m.callable++;
  }
  const context = (head: string): string =>
    `${head} {\n\tint x = 1;\n\tgfp_t gfp = GFP_ATOMIC;\n\tstruct conf *c = &slow;\n${LOCALS}\n${block(m, '\t', 5)}\n`;
  parts.push(`${context('irq device')}}`);
  const calls = TAIL_NAMES.map((f) => `\t${f}(${argument(m)}, ${mask(m)}, ${conf(m)});\n`).join('');
  parts.push(`${context('task main')}${calls}\tsim_raise(device);\n}`);
  const pure = `static struct conf quick, slow;
static const struct ops calm, busy;
static gfp_t pick(int may_wait)
{
	return may_wait ? GFP_KERNEL : GFP_ATOMIC;
}
static gfp_t plain(void)
{
	return GFP_KERNEL;
}
static void store(gfp_t *to, gfp_t value)
{
	*to = value;
}`;
  const text = [HEAD, m.globals.join('\n'), pure, ...parts].join('\n');
  const runs = Array.from({ length: RUNS }, (_, i) => ({
    in0: BigInt(dice.pick([0, 1, 3])),
    in1: BigInt(dice.pick([0, 1, 2, 3])),
    in2: BigInt(dice.pick([0, 2, 5, 7])),
    mask_in: BigInt(i % 2 === 0 ? 0xcc0 : 0xa20),
  }));
  return { text, runs };
}
/** A body that neither calls through pointers nor others: two kinds of leaves. */
function simple(m: Maker): string {
  const { depth, callable } = m;
  m.depth = 3;
  m.callable = 0;
  const lines = block(m, '\t', 2);
  m.depth = depth;
  m.callable = callable;
  return lines;
}
