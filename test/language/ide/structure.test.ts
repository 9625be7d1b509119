import assert from 'node:assert/strict';
import { check as checkProgram } from '../../../server/language/check/check';
import { folds } from '../../../server/language/ide/structure/folding';
import { linkedLabels } from '../../../server/language/ide/structure/linkedLabels';
import { selectionRanges } from '../../../server/language/ide/structure/selectionRanges';
import { symbolsLike } from '../../../server/language/ide/structure/symbolSearch';

const sourceOf = (text: string) => {
  const source = checkProgram({ path: 'test.kmem', text }).files[0];
  assert.ok(source);
  return source;
};

describe('folding', () => {
  /** Each fold as `first-last`, lines from 0, with its kind. */
  function check(text: string, ...expected: string[]): void {
    const found = folds(sourceOf(text)).map((f) => `${f.startLine}-${f.endLine}${f.kind ? ` ${f.kind}` : ''}`);
    assert.deepEqual(found, expected);
  }
  it('braces, without the line that closes them', () => {
    check('task main {\n}\n');
    check('task main {\n\tint i;\n}\n', '0-1');
    check('int f(void)\n{\n\tint i;\n\treturn 1;\n}\n', '0-3');
    check('struct s {\n\tint a;\n\tint b;\n};\n', '0-2');
    check('machine {\n\tnode 0 {\n\t\tcpus = 0;\n\t}\n}\n', '0-3', '1-2');
    check('static int a[] = {\n\t1,\n\t2,\n};\n', '0-2');
  });
  it('each arm of an if, nested blocks, arguments over several lines', () => {
    check('task main {\n\tif (1) {\n\t\tf();\n\t} else {\n\t\tg();\n\t}\n}\n', '0-5', '1-2', '3-4');
    check('task main {\n\tprintk("%d",\n\t\t1,\n\t\t2\n\t);\n}\n', '0-4', '1-3');
  });
  it('the groups of a switch', () => {
    check(
      'task main {\n\tswitch (1) {\n\tcase 1:\n\tcase 2:\n\t\tf();\n\t\tbreak;\n\tdefault:\n\t\tg();\n\t}\n}\n',
      '0-8',
      '1-7',
      '2-5',
      '6-7',
    );
  });
  it('comments and runs of includes', () => {
    check('// a\n// b\n// c\nint x;\n', '0-2 comment');
    check('/*\n * a\n */\nint x;\n// one\nint y; // two\n// three\n', '0-2 comment');
    check('#include "a.kmem"\n#include "b.kmem"\n\nint x;\n', '0-1 imports');
  });
  it('text with errors', () => {
    check('task main {\n\tif (1) {\n\t\tf(;\n\t}\n', '1-2');
    check('');
    check('\n{\n\n}\n', '1-2');
  });
});

describe('selection ranges', () => {
  /** The texts that the selection grows to at `|`, without the file itself. */
  function check(marked: string, ...expected: string[]): void {
    const offset = marked.indexOf('|');
    const text = marked.slice(0, offset) + marked.slice(offset + 1);
    const spans = selectionRanges(sourceOf(text), 0, offset);
    assert.deepEqual(
      spans.slice(0, -1).map((s) => text.slice(s.start, s.end)),
      expected,
    );
    assert.deepEqual(spans.at(-1), { file: 0, start: 0, end: text.length });
  }
  it('word, expression, statement, inside of the block, block, item', () => {
    check(
      ' task main { int a; a = 1 + b|ar * 2; }',
      'bar',
      'bar * 2',
      '1 + bar * 2',
      'a = 1 + bar * 2',
      'a = 1 + bar * 2;',
      'int a; a = 1 + bar * 2;',
      '{ int a; a = 1 + bar * 2; }',
      'task main { int a; a = 1 + bar * 2; }',
    );
    check(
      ' task main { f(a, |g(1)); }',
      'g',
      'g(1)',
      'a, g(1)',
      'f(a, g(1))',
      'f(a, g(1));',
      '{ f(a, g(1)); }',
      'task main { f(a, g(1)); }',
    );
  });
  it('strings without and with their quotes, comments', () => {
    check(
      'task main { printk("one t|wo"); } ',
      'two',
      'one two',
      '"one two"',
      'printk("one two")',
      'printk("one two");',
      '{ printk("one two"); }',
      'task main { printk("one two"); }',
    );
    check(' // one t|wo', 'two', '// one two');
  });
  it('blanks and broken text', () => {
    check(' task main { | }', '{  }', 'task main {  }');
    check('|');
    check(' task main { f(|', 'f(', '{ f(', 'task main { f(');
  });
});

describe('symbol search', () => {
  function check(query: string, text: string, ...expected: string[]): void {
    const program = checkProgram({ path: 'test.kmem', text });
    const found = symbolsLike(program, 0, query).sort((a, b) => a.distance - b.distance);
    assert.deepEqual(
      found.map(({ symbol, container }) => (container ? `${container}.${symbol.name}` : symbol.name)),
      expected,
    );
  }
  it('by letters in order, beginnings first, members with their struct', () => {
    const text = 'struct ring { int head; }; int my_ring; int rng; void fill_ring(void) { } machine { cpus = 1; }';
    check('ring', text, 'ring', 'my_ring', 'fill_ring');
    check('HEAD', text, 'ring.head');
    check('fr', text, 'fill_ring');
    check('xyz', text);
    check('', 'int a; irq b { }', 'a', 'b');
  });
});

describe('linked labels', () => {
  function check(marked: string, ...expected: number[]): void {
    const offset = marked.indexOf('|');
    const text = marked.slice(0, offset) + marked.slice(offset + 1);
    const spans = linkedLabels(checkProgram({ path: 'test.kmem', text }), 0, offset);
    assert.deepEqual(
      spans.map((s) => s.start),
      expected,
    );
  }
  it('a label with its gotos, in one body', () => {
    const text = 'task t { goto o|ut; out: ; } task u { goto out; out: ; }';
    check(text, 14, 19);
    check(text.replace('|', '').replace('out: ;', '|out: ;'), 14, 19);
    check('int |x; task t { x = 1; }');
  });
});
