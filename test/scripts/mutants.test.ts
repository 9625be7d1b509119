/** The mutation run: which faults it puts into a text, and what its probes see. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { mutantsOf } from '../../scripts/mutants/mutators';
import { REACHED, withMutant, withProbes } from '../../scripts/mutants/rewrite';
import { treeOf } from '../../scripts/syntaxTree';

/** The texts that a module's mutants have. */
function check(source: string, ...expected: string[]): void {
  it(source, () =>
    assert.deepEqual(
      mutantsOf(source).map((mutant) => withMutant(source, mutant)),
      expected,
    ),
  );
}
/** Runs a function body with probes; gives the changes, as `old → new`, whose sites it has reached. */
function reachedIn(source: string): string[] {
  const mutants = mutantsOf(source).map((mutant, id) => ({ mutant, id }));
  const reached = new Uint8Array(mutants.length);
  const { code } = transformSync(withProbes(source, mutants), { loader: 'ts' });
  new Function(REACHED, code)(reached);
  return mutants
    .filter(({ id }) => reached[id])
    .map(({ mutant }) => `${source.slice(mutant.start, mutant.end)} → ${mutant.text}`);
}

describe('mutants', () => {
  describe('are put into', () => {
    check('a < b;', ';', 'a <= b;', 'a >= b;');
    check('const c = (a /* < */) && b;', 'const c = (a /* < */) || b;');
    check('if (f(x)) y = true;', 'if (true) y = true;', 'if (false) y = true;', 'if (f(x)) ;', 'if (f(x)) y = false;');
    check(
      'for (; i < 1; ) {}',
      'for (; false; ) {}',
      'for (; i <= 1; ) {}',
      'for (; i >= 1; ) {}',
      'for (; i < 2; ) {}',
    );
    check('const all = list.some(f);', 'const all = list.every(f);');
    check('const n = !ready as boolean;', 'const n =  ready as boolean;');
    check('const n = 5n;', 'const n = (5n + 1n);');
  });
  describe('leave alone', () => {
    check("throw new Error('a' + 1);");
    check("const s = 'a' + b;");
    check('type T = 1 | true;');
    check('const o = { 1: x };');
    check('const s = x.toString();');
    check('import { a } from "b";');
  });
  it('are programs still', () => {
    const file = join(__dirname, '../../server/memory/wordHistory.ts');
    const source = readFileSync(file, 'utf8');
    for (const mutant of mutantsOf(source))
      assert.doesNotThrow(() => treeOf(withMutant(source, mutant)), `line ${mutant.line}`);
  });
  it('name the function they lie in, and their line', () => {
    const [mutant] = mutantsOf('class A {\n  run(): void {\n    const go = () => true;\n  }\n}');
    assert.deepEqual([mutant?.within, mutant?.line], ['A.run.go', 3]);
  });
  it('are reached where their own expression runs', () => {
    assert.deepEqual(reachedIn('const a = 1 as number; const b = a === 1 || a > 7; if (b) void 0; else a + a;'), [
      '1 → 2',
      '=== → !==',
      '1 → 2',
      '|| → &&',
      'b → true',
      'b → false',
      'void 0; → ;',
      '0 → 1',
    ]);
  });
  it('leave a probed program with the meaning it had', () => {
    const source = `let n = 0;
      const f = (k: number) => (k > 2 ? { k } : undefined);
      for (let i = 0; i < 4; i++) if (f(i)?.k === 3) n += i; else n -= 1;
      const list = [[1, 2].every((x) => x < 3), Math.max(1, 2)] as const;
      return JSON.stringify([n, ...list]);`;
    const run = (text: string) =>
      new Function(REACHED, transformSync(`function g() { ${text} }`, { loader: 'ts' }).code + 'return g();')([]);
    const mutants = mutantsOf(`function g() { ${source} }`).map((mutant, id) => ({ mutant, id }));
    const probed = withProbes(`function g() { ${source} }`, mutants);
    const { code } = transformSync(probed, { loader: 'ts' });
    assert.equal(new Function(REACHED, `${code} return g();`)([]), run(source));
    assert.equal(run(source), '[0,true,2]');
  });
});
