/** C expressions of watches: the arithmetic of the machine, pointers, members, and what is refused. */
import assert from 'node:assert/strict';
import { evaluateChecked } from '../../server/debugger/evaluation/evaluator';
import { View } from '../../server/debugger/inspect/view';
import { EvaluationError } from '../../server/debugger/target';
import { defaultConfig } from '../../server/kernel/init/machine_config';
import { Kernel } from '../../server/kernel/kernel';
import { check as checkProgram } from '../../server/language/check/check';
import { checkExpression } from '../../server/language/check/checkExpression';
import type { Program } from '../../server/language/check/program';
import type { Arch } from '../../server/types/ctype';

const SOURCE = `
machine { arch = ARCH; memory = 128M; }
struct node { int value; struct node *next; unsigned int low : 3, high : 5; struct { short a; long b; }; char name[8]; };
enum colour { RED, GREEN = 5 };
static int n = -3;
static unsigned int u = 4000000000;
static unsigned long long wide = 1;
static unsigned char c = 200;
static struct node first, second;
static int grid[3][2];
static enum colour paint;
static bool yes;
static void work(void) { n = n + (int)u + (int)wide + c + first.value + second.value + grid[0][0] + paint + yes; }
task main { work(); }
`;
interface Made {
  program: Program;
  view: View;
  at: Map<string, number>;
}
const made = new Map<Arch, Made>();
function machine(arch: Arch): Made {
  const known = made.get(arch);
  if (known) return known;
  const program = checkProgram({ path: '/e.kmem', text: SOURCE.replace('ARCH', arch) });
  assert.deepEqual(
    program.diagnostics.filter((d) => d.severity === 'error').map((d) => d.message),
    [],
  );
  const kernel = Kernel.boot(defaultConfig({ arch, memory: 128 << 20 }), { journal: false });
  const at = new Map(program.globals.map((g) => [g.name, kernel.symbols.define(g.name, g.type)]));
  kernel.startJournal();
  const view = new View(kernel, program);
  const { space } = view;
  const word = view.abi.wordSize;
  const put = (name: string, value: number, offset = 0) => space.write32((at.get(name) ?? 0) + offset, value);
  put('n', -3);
  put('u', 4000000000);
  put('wide', 1);
  space.write8(at.get('c') ?? 0, 200);
  put('first', 41);
  const next = view.field(at.get('first') ?? 0, 'list_head', 'next');
  assert.ok(next);
  if (word === 8) space.write64Number((at.get('first') ?? 0) + 8, at.get('second') ?? 0);
  else put('first', at.get('second') ?? 0, 4);
  put('second', 42);
  put('first', 0b11001_101, 2 * word);
  for (let i = 0; i < 6; i++) put('grid', 10 + i, i * 4);
  put('paint', 5);
  const result = { program, view, at };
  made.set(arch, result);
  return result;
}
function evaluate(text: string, arch: Arch): ReturnType<typeof evaluateChecked> {
  const { program, view, at } = machine(arch);
  const main = program.contexts[0];
  assert.ok(main);
  return evaluateChecked(checkExpression(program, text, { function: main }), {
    view,
    variable: (sym) => at.get(sym.name),
    kernelVariable: () => undefined,
    object: () => undefined,
    call: () => assert.fail('no calls here'),
  });
}
function check(text: string, expected: bigint | number | boolean, arches: readonly Arch[] = ['x86_64', 'i386']): void {
  for (const arch of arches)
    assert.equal(
      evaluate(text, arch).value,
      typeof expected === 'boolean' ? (expected ? 1n : 0n) : BigInt(expected),
      `${text} on ${arch}`,
    );
}
function refused(text: string, why: RegExp): void {
  assert.throws(
    () => evaluate(text, 'x86_64'),
    (error: Error) => error instanceof EvaluationError && why.test(error.message),
    text,
  );
}

describe('watch expressions', () => {
  it('integers: widths, signs, conversions', () => {
    check('n', -3);
    check('n + 1', -2);
    check('n < u', false);
    check('n < 1', true);
    check('u + 1000000000', 705032704);
    check('u * 1ULL + 1000000000', 5000000000);
    check('(unsigned char)300', 44);
    check('c + c', 400);
    check('~0', -1);
    check('-1 >> 1', -1);
    check('1u << 31', 2147483648);
    check('wide << 40', 1n << 40n);
    check('-7 / 2', -3);
    check('-7 % 2', -1);
    check('!n', false);
    check('n && u', true);
    check('0 || 0', false);
    check('n ? 1 : 2', 1);
    check('(bool)7', 1);
    check("'a'", 97);
    check('yes', false);
    check('(long)-1 == -1', true);
    check('0xffffffffffffffff', 2n ** 64n - 1n);
  });
  it('sizes follow the machine', () => {
    check('sizeof(long)', 8, ['x86_64']);
    check('sizeof(long)', 4, ['i386']);
    check('sizeof(struct page)', 64, ['x86_64']);
    check('sizeof(struct page)', 40, ['i386']);
    check('sizeof first', 48, ['x86_64']);
    check('sizeof(grid)', 24);
  });
  it('members, bit-fields, arrays, pointers', () => {
    check('first.value', 41);
    check('first.next->value', 42);
    check('(*first.next).value', 42);
    check('first.low', 0b101);
    check('first.high', 0b11001);
    check('grid[1][1]', 13);
    check('*(*(grid + 2) + 1)', 15);
    check('&grid[2] - &grid[0]', 2);
    check('&first == &second', false);
    check('(&first)->value', 41);
    check('paint == GREEN', true);
    check('first.next == &second', true);
    check('!first.next->next', true);
    assert.equal(evaluate('first', 'x86_64').address, machine('x86_64').at.get('first'));
    assert.equal(evaluate('&first.b', 'i386').type.kind, 'pointer');
  });
  it('refuses what would change the machine, and says what is wrong', () => {
    refused('n = 3', /would change the machine/);
    refused('n++', /would change the machine/);
    refused('work()', /code of the scenario/);
    refused('second.next->value', /second.next is NULL/);
    refused('1 / 0', /division by zero|zero/);
    refused('*(int *)0x10', /nothing is mapped/);
    refused('*(int *)0x1234567812345678', /no canonical address/);
    refused('nothing_here', /nothing_here/);
    refused('first.', /./);
    refused('', /./);
  });
});
