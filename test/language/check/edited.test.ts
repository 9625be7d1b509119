/**
 * A program that is made of the one before an edit is the one that the new text gives: its tree, what is said of it, its names and types, and
 * what the analyses find. KMEM_SCENARIOS=5000: so many edits, from a random seed that it prints.
 */
import assert from 'node:assert/strict';
import { analyse } from '../../../server/language/analysis/analyse';
import { check } from '../../../server/language/check/check';
import type { Program, Sym } from '../../../server/language/check/context/program';
import type { Expr } from '../../../server/language/syntax/tree';
import { walkTree } from '../../../server/language/syntax/visitor';
import { typeName } from '../../../server/types/ctype';
import { anyEdit, type Edit, TEXTS } from '../../fuzz/edits';
import { Random } from '../../fuzz/random';

const more = Number(process.env.KMEM_SCENARIOS ?? 0);
const EDITS = Math.max(400, more);
const seed = Number(process.env.KMEM_SEED ?? (more > 0 ? Date.now() % 2 ** 31 : 5));

const nothing = (): undefined => undefined;
const shown = (value: unknown): string =>
  JSON.stringify(value, (key, v) => (key === 'id' ? undefined : typeof v === 'bigint' ? `${v}n` : v), 1);
const named = (sym: Sym | undefined): string =>
  sym ? `${sym.kind} ${sym.name.replace(/\$\d+/, '$')} ${sym.span?.start}` : '';

/** All that others ask of a program, as text. */
function told(program: Program, offsets: readonly number[]): Record<string, string> {
  const names: string[] = [];
  for (const { tree } of program.files)
    for (const item of tree.items)
      walkTree(item, (node) => {
        if (node.kind === 'ident' || node.kind === 'name' || node.kind === 'declarator')
          names.push(named(program.symbolOf(node)));
        const type = program.typeOf(node as Expr);
        if (type) names.push(typeName(type));
        if (node.kind === 'call') names.push((shown(program.expansionOf(node)) ?? '').replace(/\$\d+/g, '$'));
      });
  const locals = offsets.map((offset) =>
    [...program.functions, ...program.contexts].map((sym) =>
      program.localsAt({ function: sym, offset, file: 0 }).map(named),
    ),
  );
  const trees = program.files.map(({ text, tree: { items, comments, errors }, includes }) => [
    text,
    items,
    comments,
    errors,
    includes,
  ]);
  const inputs = program.globals.map(({ name, input }) => [name, input]);
  const bodies = [...program.functions, ...program.contexts].map((sym) => [
    named(sym),
    sym.locals.map(named),
    sym.kind === 'function' && sym.params.map(named),
  ]);
  return {
    trees: shown(trees),
    diagnostics: shown(program.diagnostics),
    names: names.join('\n'),
    locals: shown(locals),
    globals: shown([inputs, bodies]),
    findings: shown(analyse(program)),
  };
}
/** An edit in a body: a line that goes or comes, a name that changes, or anything. */
function editInBody(random: Random, program: Program, text: string): Edit {
  const bodies = [...program.functions, ...program.contexts].flatMap(({ def }) => def.body ?? []);
  if (bodies.length === 0 || random.once(12)) return anyEdit(random, text);
  const { start, end } = random.pick(bodies).span;
  const inside = (): number => Math.min(text.length, start + 1 + random.to(Math.max(1, end - start - 1)));
  const at = inside();
  const lineEnd = text.indexOf('\n', at) + 1 || text.length;
  const lines = text.slice(start + 1, end - 1).split('\n');
  switch (random.to(6)) {
    case 0:
      return { start: lineEnd, end: lineEnd, text: `${random.pick(lines)}\n` };
    case 1:
      return { start: lineEnd, end: Math.max(lineEnd, text.indexOf('\n', lineEnd) + 1), text: '' };
    case 2:
      return { start: at, end: at, text: random.pick(text.match(/\w+/g) ?? ['x']) };
    case 3:
      return {
        start: at,
        end: Math.min(text.length, at + random.to(6)),
        text: random.pick([';', ' ', '}', '{', '(', ')', '1', '//', '"']),
      };
    case 4:
      return { ...anyEdit(random, text), start: at, end: at };
    default:
      return { start: lineEnd, end: lineEnd, text: random.pick(STATEMENTS) };
  }
}
const STATEMENTS = [
  '\tnosuch(1);\n',
  '\tint fresh = nosuch;\n',
  '\tkfree(kmalloc(8, GFP_KERNEL));\n',
  '\tstatic int kept; kept++;\n',
  '\tstruct inner { int a; } in; in.a = 1;\n',
  '\t/* what */ // why\n',
  '\tif (1) {\n\t\treturn;\n\t}\n',
  '\ttypedef int own_t; own_t o = 0;\n',
  '\tmutex_lock(&m); mutex_unlock(&m);\n',
  '\tpr_info("%s %d\\n", __func__, max(1, 2));\n',
  '\tgoto out;\nout:\n',
  '\tguard(rcu)();\n',
  '\tscoped_guard(mutex, &m) {\n\t\tbreak;\n\t}\n',
  '\tchar *own __free(kfree) = kmalloc(4, GFP_KERNEL);\n',
];

/** `<before=>after>` in a text is the edit. `made`: whether the program is made of the one before. */
function checkEdit(
  marked: string,
  made: boolean,
  include: (name: string, text: string) => string | undefined = nothing,
): void {
  const text = (which: 1 | 2): string => marked.replace(/<([^>]*)=>([^>]*)>/, (...m) => m[which] as string);
  const [before, after] = [text(1), text(2)];
  assert.notEqual(before, after, marked);
  const read = (now: string) => (path: string) => {
    const found = include(path, now);
    return found === undefined ? undefined : { path, text: found };
  };
  const program = check({ path: 'edited.kmem', text: before }, { resolveInclude: read(before) }).edited(
    after,
    read(after),
  );
  assert.equal(program !== undefined, made, after);
  if (!program) return;
  const fresh = check({ path: 'edited.kmem', text: after }, { resolveInclude: read(after) });
  assert.deepEqual(told(program, [after.length - 2]), told(fresh, [after.length - 2]));
}

describe('checker: a program after an edit in one body', () => {
  it('made of the one before', () => {
    checkEdit('int f(int a)\n{\n\treturn <a=>a + nosuch>;\n}\ntask t { f(1); }\nint n;\nirq i { n++; }', true);
    checkEdit(
      'struct dev { spinlock_t lock; };\nvoid f(struct dev *d) __must_hold(&d->lock)\n{<=> ;>\n\tspin_lock(&d->lock);\n}',
      true,
    );
    checkEdit('extern int in;\ntask t { <in = 1;=>> }\nint g(void) { return in; }', true);
    checkEdit('static int g(void);\ntask t { <=>g();> }\ntask u { g(); }', true);
    checkEdit('task t { foo();<=> foo();> }\ntask u { foo(); }', true);
    checkEdit('task t { if (1) { <=>/* why */ return; > } } // end\ntask u { nosuch }', true);
    checkEdit('typedef int num;\ntask t { <=>num a = 1;> }\ntypedef long other;\ntask u { other b = 2; }', true);
    checkEdit('task t { int num = 0; <=>num * 2;> }\ntypedef int num;', true);
    checkEdit('#include "a.kmem"\ntask t { <=>f();> }', true, () => 'void f(void) {}');
  });
  it('checked anew', () => {
    checkEdit('int <a=>b>;\ntask t { a = 1; }', false);
    checkEdit('int f(<=>int a>) { return 1; }', false);
    checkEdit('int n;\nint f(int a, {\n<=>n = 1;>\n}', false);
    checkEdit('task t { if (1) { <=>} > }', false);
    checkEdit('task t { <=>/*> }\ntask u { }', false);
    checkEdit('task t { <=>static int kept;> }', false);
    checkEdit('task t { <static int kept;=>> }', false);
    checkEdit('task t { <=>struct own { int a; };> }', false);
    checkEdit('task t { <=>extern int other;> }', false);
    checkEdit('task t { <=>return;> }\n#define NAME "text"\ntask u { printk(NAME); }', false);
    checkEdit('#include "a.kmem"\ntask t { <=>f();> }', false, (_, text) => `void f(void) {} // ${text.length}`);
    checkEdit('#include "a.kmem"\ntask t { <=>f();> }', false, (_, text) =>
      text.endsWith('{ f(); }') ? 'void f(void) {}' : undefined,
    );
  });
  it(`${EDITS} edits, seed ${seed}`, () => {
    const random = new Random(seed);
    let text = '';
    let program: Program | undefined;
    let made = 0;
    for (let i = 0; i < EDITS; i++) {
      if (i % 5 === 0) {
        text = random.pick(TEXTS);
        program = undefined;
      }
      program ??= check({ path: 'edited.kmem', text });
      const { start, end, text: piece } = editInBody(random, program, text);
      const before = text;
      text = before.slice(0, start) + piece + before.slice(Math.max(start, end));
      program = program.edited(text, nothing);
      if (!program) continue;
      made++;
      const offsets = [0, 1, 2].map(() => random.to(text.length + 1));
      const fresh = told(check({ path: 'edited.kmem', text }), offsets);
      const now = told(program, offsets);
      for (const [what, expected] of Object.entries(fresh))
        assert.equal(
          now[what],
          expected,
          `${what} after edit ${i}: ${JSON.stringify([start, end, piece])} in\n${before}`,
        );
    }
    assert.ok(made > EDITS / 3, `${made} programs are made of the one before`);
  }).timeout(60_000 + EDITS * 500);
});
