/** The parser: shapes of trees, messages and recovery; any text gives a tree. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { check } from '../../../server/language/check/check';
import { lex } from '../../../server/language/syntax/lexer';
import { readEscapes } from '../../../server/language/syntax/literals';
import { parseExpression } from '../../../server/language/syntax/parser/parse';
import type { SourceTree } from '../../../server/language/syntax/sourceTree';
import { KEYWORDS, PUNCTUATION } from '../../../server/language/syntax/tokens';
import type { Item } from '../../../server/language/syntax/tree';
import { walkTree } from '../../../server/language/syntax/visitor';
import { testNames } from '../check/checking';
import { parse } from './parsing';

/** A tree as text: (kind child …), for comparing shapes. */
function shape(node: unknown): string {
  if (Array.isArray(node)) return node.map(shape).join(' ');
  if (typeof node !== 'object' || node === null) return String(node);
  const n = node as Record<string, unknown> & { kind: string };
  if (n.kind === 'ident' || n.kind === 'name') return String(n.name ?? n.text);
  if (n.kind === 'int') return String(n.value);
  const parts = Object.entries(n)
    .filter(
      ([k, v]) =>
        ![
          'kind',
          'span',
          'opSpan',
          'wordSpan',
          'suffix',
          'char',
          'text',
          'modifiers',
          'annotations',
          'id',
          'parenthesised',
        ].includes(k) &&
        v !== false &&
        !(Array.isArray(v) && v.length === 0),
    )
    .map(([, v]) => shape(v));
  return `(${[n.kind, ...parts].join(' ')})`;
}
const expr = (text: string): string => {
  const { expr: tree, errors } = parseExpression(text);
  assert.deepEqual(errors, [], text);
  return shape(tree);
};
/** Parses a file whose errors, in order, are those codes; the kinds and names of its items. */
function items(text: string, ...codes: string[]): string[] {
  const tree = parse(text);
  assert.deepEqual(
    tree.errors.map((e) => e.code),
    codes,
    `${text}\n${tree.errors.map((e) => `${e.code}: ${e.message}`).join('\n')}`,
  );
  return tree.items.map((i) => `${i.kind}${nameOf(i)}`);
}
function nameOf(item: Item): string {
  if (item.kind === 'function' || item.kind === 'context' || item.kind === 'define') return ` ${item.name.text}`;
  if (item.kind === 'declaration') return item.declarators.map((d) => ` ${d.name.text}`).join('');
  if (item.kind === 'macroDeclaration') return ` ${item.macro.text}`;
  return '';
}

describe('parser', () => {
  it('expressions: precedence, associativity, prefix and postfix', () => {
    const cases: [string, string][] = [
      ['a + b * c', '(binary + a (binary * b c))'],
      ['a - b - c', '(binary - (binary - a b) c)'],
      ['(a - b) * c', '(binary * (binary - a b) c)'],
      ['a = b = c', '(assign = a (assign = b c))'],
      ['a ? b : c ? d : e', '(conditional a b (conditional c d e))'],
      ['a ?: b', '(conditional a b)'],
      ['*p++', '(unary * (postfix ++ p))'],
      ['-a[1].b->c(2)', '(unary - (call (member (member (index a 1) b) true c) 2))'],
      ['a & b == c', '(binary & a (binary == b c))'],
      ['a || b && c | d ^ e & f', '(binary || a (binary && b (binary | c (binary ^ d (binary & e f)))))'],
      ['a << 1 + 2 < 3', '(binary < (binary << a (binary + 1 2)) 3)'],
      ['!a != ~b', '(binary != (unary ! a) (unary ~ b))'],
      ['&a->b', '(unary & (member a true b))'],
      ['sizeof x + 1', '(binary + (sizeof x) 1)'],
      ['sizeof(struct page)', '(sizeof (recordType page))'],
      ['sizeof(*p)', '(sizeof (unary * p))'],
      ['(struct page *)x', '(cast (pointerType (recordType page)) x)'],
      ['(u8)-1', '(cast (basicType u8) (unary - 1))'],
      ['(x)-1', '(binary - x 1)'],
      ['(foo *)x', '(cast (pointerType (basicType foo)) x)'],
      ['(void (*)(int))f', '(cast (pointerType (functionType (basicType void) (param (basicType int)))) f)'],
      [
        '(struct s){ .a = 1, [2] = { 3 } }',
        '(compound (recordType s) (initList (initItem (fieldDesignator a) 1) (initItem (indexDesignator 2) (initList (initItem 3)))))',
      ],
      ['container_of(p, struct ring, list)', '(call container_of p (typeArg (recordType ring)) list)'],
      ['f(gfp_t, u8 *)', '(call f (typeArg (basicType gfp_t)) (typeArg (pointerType (basicType u8))))'],
      ["0x10 + 010 + 0b11 + 'A' + '\\n'", '(binary + (binary + (binary + (binary + 16 8) 3) 65) 10)'],
    ];
    for (const [text, want] of cases) assert.equal(expr(text), want, text);
  });
  it('declarators', () => {
    const type = (text: string): string => {
      const item = parse(text).items[0];
      return item?.kind === 'declaration' ? shape(item.declarators[0]?.type) : `not a declaration: ${item?.kind}`;
    };
    const cases: [string, string][] = [
      ['int *a[3];', '(arrayType (pointerType (basicType int)) 3)'],
      ['int (*a)[3];', '(pointerType (arrayType (basicType int) 3))'],
      ['int (*f)(void);', '(pointerType (functionType (basicType int)))'],
      [
        'void (*t[4])(struct s *, gfp_t);',
        '(arrayType (pointerType (functionType (basicType void) (param (pointerType (recordType s))) (param (basicType gfp_t)))) 4)',
      ],
      [
        'int (*(*f)(int))[2];',
        '(pointerType (functionType (pointerType (arrayType (basicType int) 2)) (param (basicType int))))',
      ],
      ['const char *const p;', '(pointerType (qualifiedType (basicType char) const) const)'],
      ['unsigned long long x;', '(basicType unsigned long long)'],
      ['char __user *buf;', '(pointerType (qualifiedType (basicType char) __user))'],
      ['int a[2][3];', '(arrayType (arrayType (basicType int) 3) 2)'],
    ];
    for (const [text, want] of cases) assert.equal(type(text), want, text);
  });
  it('file-level items', () => {
    assert.deepEqual(
      items(
        'machine { arch = i386; node 0 { memory = 1M; } }\ntask a on cpu 1 { }\nirq b { } nmi c { } softirq d { } tasklet e { } timer f { } work g { } delayed_work h { } process i { }',
      ),
      [
        'machine',
        'context a',
        'context b',
        'context c',
        'context d',
        'context e',
        'context f',
        'context g',
        'context h',
        'context i',
      ],
    );
    assert.deepEqual(
      items(
        '#include "a.kmem"\n#define N (4 * 2)\n#define M 1 // one\nstatic DEFINE_SPINLOCK(x);\nLIST_HEAD(q);\nmodule_init(f);\nint f(void);\nstatic int f(void) { return N; }\nstruct s { int a; };\ntypedef struct s s_t; s_t *v, w = { 1 };',
      ),
      [
        'include',
        'define N',
        'define M',
        'macroDeclaration DEFINE_SPINLOCK',
        'macroDeclaration LIST_HEAD',
        'macroDeclaration module_init',
        'function f',
        'function f',
        'declaration',
        'declaration s_t',
        'declaration v w',
      ],
    );
  });
  it('words of the scenario layer stay identifiers elsewhere', () => {
    assert.deepEqual(
      items(
        'struct work_struct work;\nint task, irq = 1;\nstruct t { struct work_struct work; int process; };\nstatic void timer(struct t *task) { task->process = irq; schedule_work(&task->work); int machine = 1; machine++; }',
      ),
      ['declaration work', 'declaration task irq', 'declaration', 'function timer'],
    );
  });
  it('contracts and modifiers, before and after', () => {
    const tree = parse(
      '__must_hold(&l) static int __init a(struct s *s) __acquires(s->lock) __may_sleep { return 0; }\nstatic void b(void) __context(softirq | hardirq) __atomic;',
    );
    assert.deepEqual(tree.errors, []);
    const [a, b] = tree.items;
    assert.ok(a?.kind === 'function' && b?.kind === 'function');
    assert.deepEqual(
      a.modifiers.contracts.map((c) => c.name.text),
      ['__must_hold', '__acquires', '__may_sleep'],
    );
    assert.deepEqual(
      b.modifiers.contracts.map((c) => c.name.text),
      ['__context', '__atomic'],
    );
    assert.deepEqual(
      a.modifiers.names.map((w) => w.text),
      ['static', '__init'],
    );
  });
  it('statements: macro loops, labels, case ranges, dangling else', () => {
    const tree = parse(
      'task m {\n list_for_each_entry(p, &q, list) f(p);\n for_each_online_cpu(c) { g(c); }\n if (a) if (b) x(); else y();\nerr:\n switch (a) { case 1 ... 3: break; default: fallthrough; }\n foo *p = 0; gfp_t g; a * b;\n do ; while (0);\n}',
    );
    assert.deepEqual(tree.errors, []);
    const item = tree.items[0];
    assert.ok(item?.kind === 'context');
    assert.deepEqual(
      item.body.body.map((s) => s.kind),
      ['macroLoop', 'macroLoop', 'if', 'label', 'switch', 'decl', 'decl', 'decl', 'do'],
    );
    const outer = item.body.body[2];
    assert.ok(outer?.kind === 'if' && outer.else === undefined);
  });
  it('labels belong to the statement that they are on', () => {
    const body = (text: string, ...codes: string[]): string => {
      const { items: all, errors } = parse(`task m {\n${text}\n}`);
      const codesOf = errors.map((e) => e.code);
      assert.deepEqual(codesOf, codes, text);
      const [item] = all;
      assert.ok(item?.kind === 'context');
      return item.body.body.map(shape).join(' ');
    };
    assert.equal(body('if (a) l: x; y;'), '(if a (block (label l) (expr x))) (expr y)');
    assert.equal(
      body('if (a) l: x; else m: n: y;'),
      '(if a (block (label l) (expr x)) (block (label m) (label n) (expr y)))',
    );
    assert.equal(body('do l: x; while (a);'), '(do (block (label l) (expr x)) a)');
    assert.equal(body('switch (a) case 1: default: x; y;'), '(switch a (block (case 1) (case) (expr x))) (expr y)');
    assert.equal(body('l: x; case 1: y;'), '(label l) (expr x) (case 1) (expr y)');
    body('if (a) l:', 'expected-statement');
    body('while (a) case 1 x; y;', 'expected-token');
  });
  it('only the macros passed in declare and loop', () => {
    const kinds = (body: string): string[] => {
      const item = parse(`task m {\n${body}\n}`).items[0];
      return item?.kind === 'context' ? item.body.body.map((s) => s.kind) : [];
    };
    assert.deepEqual(kinds('LIST_HEAD(q); LIST_HEAP(q);'), ['macroDecl', 'expr']);
    assert.deepEqual(kinds('list_for_each(p, &q) f(p); list_for_each(p, &q); ring_for_each(&r);'), [
      'macroLoop',
      'macroLoop',
      'expr',
    ]);
    // braces after a call can only be the body of a loop, whatever its name
    assert.deepEqual(kinds('ring_walk(&r) { f(r); }'), ['macroLoop']);
  });
  it('a variable hides a type of its name, up to the end of its block', () => {
    const kinds: string[] = [];
    const tree = parse('typedef int t;\ntask m { { t *a; int t; t *a; } t *a; }');
    assert.deepEqual(tree.errors, []);
    for (const item of tree.items)
      walkTree(item, (n) => {
        if (n.kind === 'binary' || n.kind === 'declarator') kinds.push(n.kind);
      });
    assert.deepEqual(kinds, ['declarator', 'declarator', 'declarator', 'binary', 'declarator']);
  });
  it('comments are kept', () => {
    const tree = parse('// one\nint a; /* two\n lines */ int b;\n');
    assert.deepEqual(
      tree.comments.map((c) => [c.text, c.block]),
      [
        ['// one', false],
        ['/* two\n lines */', true],
      ],
    );
  });
  it('strings', () => {
    const value = (text: string) => readEscapes(text).value;
    assert.equal(value('a\\n\\t\\x41\\101\\\\\\"'), 'a\n\tAA\\"');
    assert.equal(value('ü'), '\u00c3\u00bc');
    assert.equal(value('\\0'), '\0');
    assert.ok(readEscapes('\\q').problem);
    assert.equal(shape(parseExpression('"a" "b"').expr), '(string ab)');
    assert.equal(shape(parseExpression('"a" __stringify(N + f(1)) "b"').expr), '(string aN + f(1)b)');
  });

  describe('recovery: one mistake, one message, and the rest keeps its outline', () => {
    const cases: [string, string, string[]][] = [
      ['missing ; at a line end', 'task a {\n int x = 5\n f(x);\n}\ntask b { }', ['expected-token']],
      ['missing ; before }', 'task a { f(1) }\ntask b { }', ['expected-token']],
      ['missing )', 'task a {\n f(1, 2;\n g();\n}\ntask b { }', ['expected-token']],
      [
        'missing ) of what becomes a string',
        'task a {\n f("x" __MODULE_STRING(N);\n g();\n}\ntask b { }',
        ['expected-token'],
      ],
      ['missing ) of if', 'task a {\n if (x {\n f();\n }\n}\ntask b { }', ['expected-token']],
      [
        'missing expression',
        'task a {\n x = ;\n f(,1);\n}\ntask b { }',
        ['expected-expression', 'expected-expression'],
      ],
      ['missing }', 'task a {\n if (x) {\n f();\n}\n\ntask b { }', ['missing-brace']],
      [
        'missing } before a function',
        'static int a(void)\n{\n while (x) {\n f();\n\nstatic int b(int y)\n{\n return y;\n}',
        ['missing-brace'],
      ],
      ['missing } at the end', 'task a { f(); }\ntask b { if (x) {', ['missing-brace']],
      ['stray }', 'task a { } }\ntask b { }', ['unexpected-token']],
      ['stray else', 'task a { else f(); }\ntask b { }', ['unexpected-token']],
      ['garbage in a statement', 'task a {\n x = 1 2 3;\n f();\n}\ntask b { }', ['expected-token']],
      ['garbage between items', 'task a { }\n= = 5;\ntask b { }', ['expected-declaration']],
      ['no type', 'static a;\ntask b { }', ['expected-type']],
      ['no return type', 'a(void) { return 1; }\ntask b { }', ['expected-type']],
      ['statement at file level', 'return 5;\ntask b { }', ['unexpected-token']],
      ['no name', 'task { f(); }\ntask b { }', ['expected-name']],
      ['unclosed string', 'task a {\n f("abc);\n g();\n}\ntask b { }', ['unterminated-string', 'expected-token']],
      ['unclosed comment', 'task a { }\ntask b { }\n/* never', ['unterminated-comment']],
      ['bad number', 'task a { x = 0xzz + 09 + 5k; }\ntask b { }', ['bad-number', 'bad-number', 'bad-number']],
      ['character from elsewhere', 'task a { x = 5 § 3; f(); }\ntask b { }', ['bad-character', 'expected-token']],
      ['bad field', 'struct a { int x; y; int z };\ntask b { }', ['expected-token']],
      ['bad enum', 'enum e { A, 5, B };\ntask b { }', ['expected-name']],
      ['bad initialiser', 'static int a[] = { 1, , 2 };\ntask b { }', ['expected-expression']],
      ['unknown directive', '#ifdef X\nint a;\n#endif\ntask b { }', ['unsupported-directive', 'unsupported-directive']],
      ['header', '#include <linux/slab.h>\ntask b { }', []],
      ['neither a header nor a file', '#include linux\ntask b { }', ['unsupported-directive']],
      ['macro with parameters', '#define F(x) (x + 1)\ntask b { }', ['unsupported-directive']],
      ['floats', 'float a; int c = 1.5;\ntask b { }', ['floating-point', 'floating-point']],
      ['comma operator', 'task a { x = 1, y = 2; }\ntask b { }', ['comma-operator']],
      ['asm', 'task a { asm volatile("nop"); f(); }\ntask b { }', ['inline-assembly']],
      ['machine without ;', 'machine {\n arch = i386\n memory = 1G;\n}\ntask b { }', ['expected-token']],
      ['machine garbage', 'machine {\n = 5;\n memory = 1G;\n}\ntask b { }', ['expected-name']],
      ['nested function', 'task a { int f(void) { return 1; } g(); }\ntask b { }', ['nested-function']],
      ['prototype of nothing', 'int f(int, ;\ntask b { }', ['expected-declaration']],
    ];
    for (const [what, text, codes] of cases) {
      it(what, () => {
        const tree = parse(text);
        assert.deepEqual(
          tree.errors.map((e) => e.code),
          codes,
          tree.errors.map((e) => `${e.code}: ${e.message}`).join('\n'),
        );
        const last = tree.items.at(-1);
        assert.ok(last && nameOf(last) === ' b', `the last item is ${last?.kind}`);
        wellFormed(tree, text);
      });
    }
    it('missing tokens come with a fix that inserts them', () => {
      const text = 'task a {\n int x = 5\n f(x;\n}';
      const fixed = [...parse(text).errors].reverse().reduce((t, e) => {
        const edit = e.fixes?.[0]?.edits[0];
        return edit ? t.slice(0, edit.span.start) + edit.text + t.slice(edit.span.end) : t;
      }, text);
      assert.equal(fixed, 'task a {\n int x = 5;\n f(x);\n}');
      assert.deepEqual(parse(fixed).errors, []);
    });
  });

  describe('any text', () => {
    const seed = 20221212;
    const samples = [
      readFileSync(path.join(__dirname, '../../fixtures/language-sample.kmem'), 'utf8'),
      ...readdirSync(path.join(__dirname, '../../../examples'))
        .filter((f) => f.endsWith('.kmem'))
        .map((f) => readFileSync(path.join(__dirname, '../../../examples', f), 'utf8')),
    ];
    const survives = (text: string): void => {
      wellFormed(parse(text), text);
      for (const d of check({ path: 'fuzz.kmem', text }, { kernelNames: testNames }).diagnostics) {
        assert.ok(d.span.start <= d.span.end && d.span.start >= 0 && d.span.end <= text.length, `range of ${d.code}`);
      }
    };
    it('random text', () => {
      fc.assert(
        fc.property(fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 100 })), survives),
        { seed, numRuns: 500 },
      );
    });
    it('random tokens', () => {
      const token = fc.constantFrom(
        ...KEYWORDS.keys(),
        ...PUNCTUATION.map(([p]) => p),
        '...',
        '<<=',
        'a',
        'b',
        'page',
        'gfp_t',
        '1',
        '0x10UL',
        '"s"',
        "'c'",
        '\n',
        'task',
        'irq',
        'machine',
        'on',
        'cpu',
        'list_for_each_entry',
        'DEFINE_SPINLOCK',
        'min',
        'struct page',
        'alloc_pages(GFP_KERNEL, 0)',
        '#define',
        '#include',
      );
      fc.assert(
        fc.property(fc.array(token, { maxLength: 80 }), (tokens) => survives(tokens.join(' '))),
        { seed, numRuns: 1500 },
      );
    });
    it('sample programs with pieces cut, doubled, swapped', () => {
      const mutation = fc.record({
        sample: fc.nat(samples.length - 1),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        length: fc.nat(30),
        kind: fc.constantFrom('cut', 'double', 'move', 'insert'),
        to: fc.double({ min: 0, max: 1, noNaN: true }),
        insert: fc.constantFrom('{', '}', '(', ')', ';', '"', '/*', '*', 'struct', 'if', '=', ',', '#', ':'),
      });
      fc.assert(
        fc.property(mutation, (m) => {
          const text = samples[m.sample] ?? '';
          const at = Math.floor(m.at * text.length);
          const to = Math.floor(m.to * text.length);
          const piece = text.slice(at, at + m.length);
          const without = text.slice(0, at) + text.slice(at + m.length);
          if (m.kind === 'cut') survives(without);
          else if (m.kind === 'double') survives(text.slice(0, to) + piece + text.slice(to));
          else if (m.kind === 'move') survives(without.slice(0, to) + piece + without.slice(to));
          else survives(text.slice(0, at) + m.insert + text.slice(at));
        }),
        { seed, numRuns: 400 },
      );
    });
    it('a valid program survives: no errors, every token inside an item', () => {
      for (const text of samples) {
        const tree = parse(text);
        assert.deepEqual(tree.errors, []);
        const tokens = lex(text);
        for (let i = 0; i < tokens.count - 1; i++) {
          const start = tokens.start[i] ?? 0;
          assert.ok(
            tree.items.some((item) => item.span.start <= start && start < item.span.end),
            `token at ${start}`,
          );
        }
      }
    });
    it('deep nesting and long chains are refused, not followed', () => {
      for (const text of [
        `task a { x = ${'('.repeat(50_000)}1${')'.repeat(50_000)}; f(); }\ntask b { }`,
        `task a { ${'{'.repeat(50_000)} ${'}'.repeat(50_000)} }\ntask b { }`,
        `task a { x = ${'-'.repeat(50_001)}1; }\ntask b { }`,
        `task a { x = ${'a + '.repeat(50_000)}1; }\ntask b { }`,
        `task a { x = a${'[0]'.repeat(50_000)}; }\ntask b { }`,
        `task a { ${'if (x) '.repeat(50_000)} f(); }\ntask b { }`,
        `static int a = ${'{'.repeat(50_000)}1${'}'.repeat(50_000)};\ntask b { }`,
        `int ${'('.repeat(50_000)}x${')'.repeat(50_000)};\ntask b { }`,
        `struct a { ${'struct { '.repeat(50_000)}`,
        `static int ${'*'.repeat(50_000)}p;\ntask b { }`,
        `static int p${'[1]'.repeat(50_000)};\ntask b { }`,
        `int f${'(int)'.repeat(50_000)};\ntask b { }`,
        `task a { x = sizeof(int ${'*'.repeat(50_000)}); }\ntask b { }`,
      ]) {
        const tree = parse(text);
        assert.ok(tree.errors.length >= 1 && tree.errors.length <= 3, `${text.slice(0, 40)}: ${tree.errors.length}`);
        assert.ok(tree.errors.some((e) => e.code === 'nested-too-deeply'));
        check({ path: 'deep.kmem', text }, { kernelNames: testNames });
      }
    });
  });
});

/** Every range lies in the text and in the range of its parent. */
function wellFormed(tree: SourceTree, text: string): void {
  const visit = (value: unknown, from: number, to: number): void => {
    if (Array.isArray(value)) {
      for (const v of value) visit(v, from, to);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const node = value as Record<string, unknown>;
    const span = node.span as { start: number; end: number } | undefined;
    if (span) {
      assert.ok(
        span.start <= span.end && span.start >= from && span.end <= to,
        `${String(node.kind)} [${span.start}, ${span.end}) is not in [${from}, ${to}) of\n${text}`,
      );
      from = span.start;
      to = span.end;
    }
    // a declarator's type begins before it, at the specifiers
    for (const [key, child] of Object.entries(node))
      if (key !== 'span' && key !== 'opSpan' && key !== 'wordSpan' && !(key === 'type' && node.kind === 'declarator'))
        visit(child, from, to);
  };
  for (const item of tree.items) visit(item, 0, text.length);
  for (const e of tree.errors)
    assert.ok(e.span.start >= 0 && e.span.start <= e.span.end && e.span.end <= text.length, `range of ${e.code}`);
}
