/**
 * An expression means the same in a watch and in a statement: what a watch shows at a stop is what the program stores when it evaluates
 * the same text.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { loadScenario } from '../../../server/debugger/load';
import { ARCHES } from '../../vm/scenario';

const seed = Number(process.env.KMEM_SEED ?? 20261126);
/** Expressions of one program. */
const BATCH = 25;

interface Values {
  readonly numbers: readonly bigint[];
}
const VARIABLES = [
  ['signed char', 'sc'],
  ['unsigned char', 'uc'],
  ['short', 'ss'],
  ['unsigned short', 'us'],
  ['int', 'si'],
  ['unsigned int', 'ui'],
  ['long', 'sl'],
  ['unsigned long', 'ul'],
  ['long long', 'sll'],
  ['unsigned long long', 'ull'],
] as const;
const FIELDS = ['r.low', 'r.mid', 'r.high', 'r.wide', 'r.flag', 'p->low', 'p->wide', 'p->next->high'];
const ELEMENTS = ['grid[1][0]', 'grid[2][1]', '*(*(grid + 1) + 1)', 'line[uc & 3]', '*(line + (us & 3))', '(&r)->mid'];
const POINTERS = ['&line[3]', '&line[uc & 3]', 'line + 1', '&line[2] - 1', 'q', 'q + (us & 1)'];
const CASTS = [...VARIABLES.map(([type]) => type), 'bool', 'enum colour'];

const leaf = fc.oneof(
  fc.constantFrom(...VARIABLES.map(([, name]) => name), ...VARIABLES.map(([, name]) => `local_${name}`)),
  fc.constantFrom(
    ...FIELDS,
    ...ELEMENTS,
    'paint',
    'yes',
    'sizeof(r)',
    'RED',
    'GREEN',
    'percpu',
    'this_cpu_read(copies)',
    'per_cpu(copies, 0)',
  ),
  fc.constantFrom('0', '1', '-1', '7', '33', '0x7fffffff', '0x80000000', '0xffffffffu', '1ULL << 63', "'a'", '300L'),
  fc.tuple(fc.constantFrom(...POINTERS), fc.constantFrom(...POINTERS)).map(([a, b]) => `((${a}) - (${b}))`),
  fc
    .tuple(fc.constantFrom(...POINTERS), fc.constantFrom('==', '!=', '<', '>='), fc.constantFrom(...POINTERS))
    .map(([a, op, b]) => `((${a}) ${op} (${b}))`),
  fc.constantFrom(...POINTERS).map((p) => `*(${p})`),
);
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '-', '*', '&', '|', '^', '<<', '>>', '<', '>', '<=', '>=', '==', '!=', '&&', '||'),
        tie('expression'),
      )
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    // a divisor that is neither 0 nor -1
    fc
      .tuple(tie('expression'), fc.constantFrom('/', '%'), tie('expression'))
      .map(([a, op, b]) => `(${a} ${op} ((${b} & 0x7f) | 1))`),
    fc.tuple(fc.constantFrom('-', '~', '!', '+'), tie('expression')).map(([op, a]) => `${op}(${a})`),
    fc.tuple(fc.constantFrom(...CASTS), tie('expression')).map(([type, a]) => `(${type})(${a})`),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `min((long long)(${a}), (long long)(${b}))`),
    tie('expression').map((a) => `hweight32((u32)(${a}))`),
  ),
}));
const values: fc.Arbitrary<Values> = fc.record({
  numbers: fc.array(
    fc.oneof(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.bigInt({ min: -300n, max: 300n })),
    {
      minLength: 32,
      maxLength: 32,
    },
  ),
});

function scenario(arch: string, { numbers }: Values, expressions: readonly string[]): string {
  const literal = (i: number) => `0x${BigInt.asUintN(64, numbers[i % numbers.length] ?? 0n).toString(16)}ULL`;
  return `
machine { arch = ${arch}; memory = 64M; cpus = 2; }
enum colour { RED, GREEN = 5 };
struct record {
	unsigned int low : 3, mid : 13;
	int high : 5;
	long long wide : 37;
	unsigned char flag : 1;
	struct record *next;
};
static struct record r, other;
static struct record *p;
static short line[4];
static short *q;
static int grid[3][2];
static enum colour paint = GREEN;
static bool yes;
static DEFINE_PER_CPU(int, copies);
${VARIABLES.map(([type, name]) => `static ${type} ${name};`).join('\n')}
static long long results[${expressions.length}];
static void compute(int percpu)
{
${VARIABLES.map(([type, name], i) => `	${type} local_${name} = ${literal(i + 11)};`).join('\n')}

	printk("stop here");
${expressions.map((e, i) => `	results[${i}] = (long long)(${e});`).join('\n')}
}
task main on cpu 1 {
${VARIABLES.map(([, name], i) => `	${name} = ${literal(i)};`).join('\n')}
	p = &other;
	q = &line[1];
	r.low = ${literal(3)}; r.mid = ${literal(4)}; r.high = ${literal(5)}; r.wide = ${literal(6)}; r.flag = ${literal(7)};
	p->low = ${literal(8)}; p->wide = ${literal(9)}; p->next = &r;
	for (int i = 0; i < 4; i++) line[i] = i * 1000 + sc;
	for (int i = 0; i < 6; i++) grid[i / 2][i % 2] = i * si;
	yes = ui & 1;
	this_cpu_write(copies, uc);
	compute(this_cpu_read(copies));
}
`;
}
/** What watches show before the first of the statements, and what the statements stored. */
function bothWays(
  arch: string,
  given: Values,
  expressions: readonly string[],
): { watched: bigint[]; stored: bigint[] } {
  const loaded = loadScenario('/same.kmem', scenario(arch, given, expressions));
  if ('problems' in loaded) throw new assert.AssertionError({ message: loaded.problems.map((p) => p.text).join('\n') });
  const { session } = loaded;
  const { target } = session;
  session.breakpoints.setFunctions([{ name: 'printk' }]);
  session.beginContinue();
  assert.equal(session.run().kind, 'function breakpoint');
  const frame = session.topFrame();
  const watched = expressions.map((e) => BigInt.asIntN(64, target.evaluate(`(long long)(${e})`, frame).value ?? 0n));
  session.beginContinue();
  const ended = session.run();
  assert.equal(ended.kind, 'end', ended.description);
  const stored = expressions.map((_, i) => target.evaluate(`results[${i}]`, undefined).value ?? 0n);
  return { watched, stored };
}

describe('an expression means the same in a watch and in a statement', () => {
  for (const arch of ARCHES)
    it(`on ${arch}`, function () {
      this.timeout(60_000);
      fc.assert(
        fc.property(values, fc.array(expression, { minLength: BATCH, maxLength: BATCH }), (given, expressions) => {
          const { watched, stored } = bothWays(arch, given, expressions);
          expressions.forEach((e, i) => {
            assert.equal(watched[i], stored[i], `${e} on ${arch}`);
          });
        }),
        { seed, numRuns: 12 },
      );
    });
  it('a shift count beyond the width', () => {
    const given = { numbers: [1n, 2n, 3n, -4n, 5n, -6n, 7n, 8n] };
    for (const arch of ARCHES) {
      const { watched, stored } = bothWays(arch, given, ['si << 33', 'ull >> 65', 'sl >> 100', '1 << 33', 'uc << 40']);
      assert.deepEqual(watched, stored, arch);
    }
  });
});
