/** The implementations of the kernel's functions and the catalogue's prototypes: types are kept by tsc, names and conversions here. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '@babel/parser';
import type { ArrowFunctionExpression, Node } from '@babel/types';
import { lookupApi } from '../../../server/language/catalogue/catalogue';
import { parameterName, parameterTexts } from '../../../server/language/catalogue/prototype';
import { convertersOf } from '../../../server/vm/builtins/arguments';
import { type Implementations, inline } from '../../../server/vm/builtins/define';

const FOLDER = join(__dirname, '../../../server/vm/builtins');
/** Reserved words of TypeScript. */
const RESERVED = ['new', 'default', 'function'];

/** The arrow function in `inline(…)`, `plain(…)`, `wait(…)`, also inside `byValue(…)`; undefined for a row made otherwise. */
function implementationOf(node: Node): { form: string; arrow: ArrowFunctionExpression } | undefined {
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return undefined;
  const [argument] = node.arguments;
  if (!argument) return undefined;
  if (node.callee.name === 'byValue') return implementationOf(argument);
  const written = ['inline', 'plain', 'wait'].includes(node.callee.name);
  return written && argument.type === 'ArrowFunctionExpression'
    ? { form: node.callee.name, arrow: argument }
    : undefined;
}
function* rows(): Generator<{ name: string; form: string; names: string[] }> {
  for (const file of readdirSync(FOLDER)) {
    const { program } = parse(readFileSync(join(FOLDER, file), 'utf8'), {
      sourceType: 'module',
      plugins: ['typescript'],
    });
    for (const statement of program.body) {
      if (statement.type !== 'ExportNamedDeclaration' || statement.declaration?.type !== 'VariableDeclaration')
        continue;
      const init = statement.declaration.declarations[0]?.init;
      const table = init?.type === 'TSSatisfiesExpression' ? init.expression : undefined;
      for (const property of table?.type === 'ObjectExpression' ? table.properties : []) {
        if (property.type !== 'ObjectProperty' || property.key.type !== 'Identifier') continue;
        const found = implementationOf(property.value);
        if (!found) continue;
        const names = found.arrow.params.map((p) =>
          p.type === 'Identifier'
            ? p.name
            : p.type === 'RestElement' && p.argument.type === 'Identifier'
              ? '...'
              : '{}',
        );
        yield { name: property.key.name, form: found.form, names };
      }
    }
  }
}

describe('implementations of the kernel’s functions', () => {
  it('name their parameters as the prototypes do', () => {
    const wrong: string[] = [];
    let count = 0;
    for (const { name, form, names } of rows()) {
      count++;
      const proto = lookupApi(name)?.proto ?? '';
      const expected = parameterTexts(proto).map(parameterName);
      names.slice(form === 'wait' ? 2 : 1).forEach((given, i) => {
        const wanted = expected[i] ?? '';
        if (given.replace(/^_/, '') !== wanted.replace(/^_/, '') && !RESERVED.includes(wanted))
          wrong.push(`${name}: ${given} is ${wanted} in ${proto}`);
      });
    }
    assert.deepEqual(wrong, []);
    assert.ok(count > 200, `${count} rows`);
  });
  it('have the prototypes’ types, or do not compile', () => {
    const wrong: Implementations<'page_count'> = {
      // @ts-expect-error: a `struct page *` is an address
      page_count: inline((_m, page: bigint) => Number(page)),
    };
    assert.equal(wrong.page_count.form, 'inline');
  });
  it('take their arguments converted as in the prototypes', () => {
    const machine = { pointer: (value: unknown) => 0x1000 + Number(value) };
    const convert = (proto: string, ...values: (number | bigint)[]) =>
      convertersOf(proto).map((converter, i) => converter(machine, values[i]));
    assert.deepEqual(convert('void f(void)'), []);
    assert.deepEqual(convert('void *f(size_t size, gfp_t gfp, bool b)', 1n << 60n, 3, 1), [2 ** 60, 3, 1]);
    assert.deepEqual(convert('int f(const struct page *page, unsigned long a[])', 1, 2), [0x1001, 0x1002]);
    assert.deepEqual(convert('int f(unsigned long l, const u64 x, long n)', 1n << 60n, 2n ** 63n, 5), [
      1n << 60n,
      2n ** 63n,
      5,
    ]);
    assert.deepEqual(convert('int f(int (*fn)(void *data, int n), u32 x)', 9, 8), [9, 8]);
    assert.deepEqual(convert('int f(const char *fmt, ...)', 1, 2), [0x1001]);
  });
});
