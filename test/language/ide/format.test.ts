import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { macroNames } from '../../../server/language/catalogue/catalogue';
import { applied, formatted } from '../../../server/language/ide/format/format';
import { formatRange, formatTyped } from '../../../server/language/ide/format/formatPart';
import { KERNEL_STYLE } from '../../../server/language/ide/format/lineLayout';
import { lex } from '../../../server/language/syntax/lexer';
import { parse } from '../../../server/language/syntax/parser/parse';

const sourceOf = (text: string) => ({ text, tree: parse(text, macroNames) });
const tokensOf = (text: string): string[] => {
  const { count, start, end } = lex(text);
  return Array.from({ length: count }, (_, i) => text.slice(start[i], end[i]));
};
const SPACES = { tab: 4, spaces: true };

describe('formatter', () => {
  /** The formatted text, which stays as it is when it is formatted again. */
  function check(text: string, expected: string, style = KERNEL_STYLE): void {
    const once = formatted(sourceOf(text), style);
    assert.equal(once, expected);
    assert.equal(formatted(sourceOf(once), style), expected, 'formatted again');
  }
  /** Statements in a function. */
  function body(text: string, ...lines: string[]): void {
    check(`void f(void)\n{\n${text}\n}\n`, `void f(void)\n{\n${lines.map((l) => `${l}\n`).join('')}}\n`);
  }

  it('braces: a function’s on a line of its own, all others behind what they belong to', () => {
    check('static int f(void) { return 0; }', 'static int f(void)\n{\n\treturn 0;\n}\n');
    check('void f(void) { }\nvoid g(void) {\n}', 'void f(void) { }\nvoid g(void)\n{\n}\n');
    check('struct ring\n{\n  int a; int b;\n};', 'struct ring {\n\tint a;\n\tint b;\n};\n');
    check('struct { int a; } x, *y;', 'struct {\n\tint a;\n} x, *y;\n');
    body('if (a)\n{\nb();\n}\nelse\n{\nc();\n}', '\tif (a) {', '\t\tb();', '\t} else {', '\t\tc();', '\t}');
    body('do\n{ a(); }\nwhile (b);', '\tdo {', '\t\ta();', '\t} while (b);');
    body('{ int x; }', '\t{', '\t\tint x;', '\t}');
  });
  it('statements on lines of their own, what a condition governs one level deeper', () => {
    body('a(); b();', '\ta();', '\tb();');
    body(
      'if (a) b(); else if (c) d(); else e();',
      '\tif (a)',
      '\t\tb();',
      '\telse if (c)',
      '\t\td();',
      '\telse',
      '\t\te();',
    );
    body('for (;;) while (a) b();', '\tfor (;;)', '\t\twhile (a)', '\t\t\tb();');
    body('do a(); while (b);', '\tdo', '\t\ta();', '\twhile (b);');
    body('list_for_each(p, &head) { a(p); }', '\tlist_for_each(p, &head) {', '\t\ta(p);', '\t}');
    body('for (int i = 0; i < 3; i++);', '\tfor (int i = 0; i < 3; i++)', '\t\t;');
    body('for (i = 0; ; i++) { }', '\tfor (i = 0; ; i++) { }');
  });
  it('case labels at the level of switch, labels at the margin', () => {
    body(
      'switch (n) {\n  case 1: case 2: a(); break;\n  case 3 ... 4:\n {\n b(); }\ndefault: c(); }',
      '\tswitch (n) {',
      '\tcase 1:',
      '\tcase 2:',
      '\t\ta();',
      '\t\tbreak;',
      '\tcase 3 ... 4:',
      '\t\t{',
      '\t\t\tb();',
      '\t\t}',
      '\tdefault:',
      '\t\tc();',
      '\t}',
    );
    body('switch (n) {\ncase 1: { a(); }\n}', '\tswitch (n) {', '\tcase 1: {', '\t\ta();', '\t}', '\t}');
    body('  goto out;\n  out: return;', '\tgoto out;', 'out:', '\treturn;');
    body('if (a) out: b();', '\tif (a)', 'out:', '\t\tb();');
  });
  it('blanks: around binary operators, none at prefix and postfix ones, none inside of parentheses', () => {
    body('a=b+c*d-e;', '\ta = b + c * d - e;');
    body(
      'a = - b; c = ! d; e = ~ f; g = & h; * i = j ++; -- k;',
      ...['a = -b', 'c = !d', 'e = ~f', 'g = &h', '*i = j++', '--k'].map((s) => `\t${s};`),
    );
    body(
      'a = b- -c; d = e- --f; g = h & &i; j = k / *l;',
      '\ta = b - -c;',
      '\td = e - --f;',
      '\tg = h & &i;',
      '\tj = k / *l;',
    );
    body(
      'a = (b)*(c); d = (u8)*e; g = (u8) (h); i = (b)-c;',
      '\ta = (b) * (c);',
      '\td = (u8)*e;',
      '\tg = (u8)(h);',
      '\ti = (b) - c;',
    );
    body('f ( a,b ); a [ 1 ] = b . c -> d;', '\tf(a, b);', '\ta[1] = b.c->d;');
    body(
      'a = b?c:d; e = f?:g; h <<=1; i = j&&k||l;',
      '\ta = b ? c : d;',
      '\te = f ?: g;',
      '\th <<= 1;',
      '\ti = j && k || l;',
    );
    body('if(a) return(b);', '\tif (a)', '\t\treturn (b);');
    body('a = sizeof (int) + sizeof b;', '\ta = sizeof(int) + sizeof b;');
    body('(*fn)(1); fn = (void (*)(int)) g;', '\t(*fn)(1);', '\tfn = (void (*)(int))g;');
    body('x = (struct s) { 1 }; y = &(struct s){ .a=1 };', '\tx = (struct s){ 1 };', '\ty = &(struct s){ .a = 1 };');
    body('a = ({ int b = 1; b; });', '\ta = ({ int b = 1; b; });');
    body('printk ("%d"  "x", 1);', '\tprintk("%d" "x", 1);');
    body('pr_info (KERN_ERR"x");', '\tpr_info(KERN_ERR "x");');
  });
  it('pointers: the star at the name', () => {
    check('char* a,* b;', 'char *a, *b;\n');
    check('int f(const char  *const*p, gfp_t  (*g)(int));', 'int f(const char *const *p, gfp_t (*g)(int));\n');
    check('static void(*h)(void);', 'static void (*h)(void);\n');
    body('u8 * p = (u8*)q; struct page * * r;', '\tu8 *p = (u8 *)q;', '\tstruct page **r;');
  });
  it('lists in braces stay on their lines', () => {
    check('int a[]={1,2,};int b[] = {};', 'int a[] = { 1, 2, };\nint b[] = {};\n');
    check('int a[] = {\n1, 2,\n3 };', 'int a[] = {\n\t1, 2,\n\t3\n};\n');
    check(
      'struct s a = {\n.x   = 1,\n.inner = {\n.y=2,\n},\n};',
      'struct s a = {\n\t.x   = 1,\n\t.inner = {\n\t\t.y = 2,\n\t},\n};\n',
    );
    check('int a[2] = { [0]=1,[1]=2 };', 'int a[2] = { [0] = 1, [1] = 2 };\n');
    check('enum e { A,B = 2 };\nenum f {\nC,\nD };', 'enum e { A, B = 2 };\nenum f {\n\tC,\n\tD\n};\n');
  });
  it('lines that go on: below the parenthesis, or one level deeper', () => {
    body('printk("%d %d",\na,\n  b);', '\tprintk("%d %d",', '\t       a,', '\t       b);');
    body('f(\na,\nb\n);', '\tf(', '\t\ta,', '\t\tb', '\t);');
    body('a = b +\nc;', '\ta = b +', '\t\tc;');
    body('if (a &&\nb)\nc();', '\tif (a &&', '\t    b)', '\t\tc();');
  });
  it('scenario blocks and the machine', () => {
    check('task main on cpu 0\n{ a(); }', 'task main on cpu 0 {\n\ta();\n}\n');
    check('irq rx { }', 'irq rx { }\n');
    check('machine {cpus=2;}', 'machine { cpus = 2; }\n');
    check(
      'machine\n{\narch   = x86_64; cpus=2;\nsysctl  vm.min_free_kbytes=1;\nnode 0 {memory=512M;cpus=0-1;}\nregion reserved  0x9fc00-0xfffff;\nslab_nomerge;}',
      'machine {\n\tarch   = x86_64;\n\tcpus = 2;\n\tsysctl vm.min_free_kbytes = 1;\n\tnode 0 { memory = 512M; cpus = 0-1; }\n\tregion reserved  0x9fc00-0xfffff;\n\tslab_nomerge;\n}\n',
    );
  });
  it('directives, macros that declare, contracts, bit-fields', () => {
    check(
      '#define A   1\n#define B (1+2)\n #include   "a.kmem"',
      '#define A   1\n#define B (1 + 2)\n#include "a.kmem"\n',
    );
    check('static DEFINE_SPINLOCK (l);', 'static DEFINE_SPINLOCK(l);\n');
    check('static void f(void) __must_hold( &l ) { a(); }', 'static void f(void) __must_hold(&l)\n{\n\ta();\n}\n');
    check(
      'struct s {\nu32 a:4;\nu32 b : 3;\nspinlock_t\tlock;\n} __packed;',
      'struct s {\n\tu32 a:4;\n\tu32 b : 3;\n\tspinlock_t\tlock;\n} __packed;\n',
    );
  });
  it('empty lines: one at most, none at the ends of blocks and of the file', () => {
    check('\n\nint a;\n\n\n\nint b;\n\n\n', 'int a;\n\nint b;\n');
    body('\na();\n\n\nb();\n', '\ta();', '', '\tb();');
    check('', '');
    check('int a;', 'int a;\n');
  });
  it('comments stay where they are, in their column if they can', () => {
    check('// a\nint a;// b\n/* c */ int b; /* d */', '// a\nint a; // b\n/* c */ int b; /* d */\n');
    body('/*\n * a\n   */\na(/* b */ 1);', '\t/*', '\t * a', '\t */', '\ta(/* b */ 1);');
    check('int a;     // x\nint bcd;   // y\nint efg  ; // z\n', 'int a;     // x\nint bcd;   // y\nint efg;   // z\n');
    check('int a; // x\nint b=1234; // y\n', 'int a; // x\nint b = 1234; // y\n');
    check('int a;   // x\nint b=12;// y\n', 'int a;      // x\nint b = 12; // y\n');
    body(
      'switch (a) {\n// one\ncase 1:\nb();\n\t\t\t// falls through\ncase 2:\n;\n}',
      '\tswitch (a) {',
      '\t// one',
      '\tcase 1:',
      '\t\tb();',
      '\t\t// falls through',
      '\tcase 2:',
      '\t\t;',
      '\t}',
    );
    body('if (a) // why\nb();\n// last', '\tif (a) // why', '\t\tb();', '\t// last');
    body('if (a) { // why\nb();\n} // end', '\tif (a) { // why', '\t\tb();', '\t} // end');
  });
  it('what the parser does not understand stays, the rest is formatted', () => {
    check('int  a;\nint  b   = = ;\nint  c;', 'int a;\nint  b   = = ;\nint c;\n');
    body('a( ) ;\nb( 1  2 );\nc( );', '\ta();', '\tb( 1  2 );', '\tc();');
    check('int  a\\\n = 1;', 'int a\\\n = 1;\n');
    check('  @ int  a;', '  @ int a;\n');
  });
  it('line ends as they are, blanks instead of tabs where they are asked for', () => {
    check('int f(void)\r\n{\r\nreturn 1; }', 'int f(void)\r\n{\r\n\treturn 1;\r\n}\r\n');
    check('int f(void)\n{\nreturn g(1,\n2); }', 'int f(void)\n{\n    return g(1,\n             2);\n}\n', SPACES);
  });

  it('a range: its lines only', () => {
    const range = (marked: string, expected: string): void => {
      const [before = '', inside = '', after = ''] = marked.split('|');
      const text = before + inside + after;
      const start = before.length;
      assert.equal(applied(text, formatRange(sourceOf(text), start, start + inside.length, KERNEL_STYLE)), expected);
    };
    range('int  a;\nint|  |b;\nint  c;\n', 'int  a;\nint b;\nint  c;\n');
    range('int  a;\n|int  b;\n|int  c;\n', 'int  a;\nint b;\nint  c;\n');
    range('void f(void)\n{\n  a( );\n|  b( );|\n  c( );\n}\n', 'void f(void)\n{\n  a( );\n\tb();\n  c( );\n}\n');
  });
  it('while typing: the statement that ends here, a new line’s indentation', () => {
    const typed = (marked: string, expected: string): void => {
      const offset = marked.indexOf('|');
      const text = marked.slice(0, offset) + marked.slice(offset + 1);
      const changes = formatTyped(sourceOf(text), offset, text.charAt(offset - 1).replace(/\s/, '\n'), KERNEL_STYLE);
      assert.equal(applied(text, changes), expected);
    };
    const inside = (text: string, expected: string): void =>
      typed(`void f(void)\n{\n${text}\n  g( );\n}\n`, `void f(void)\n{\n${expected}\n  g( );\n}\n`);
    inside('a=1;|', '\ta = 1;');
    inside('  if(a) b( );|', '\tif (a)\n\t\tb();');
    inside('if(a){\nb( );\n}|', '\tif (a) {\n\t\tb();\n\t}');
    inside('switch (a) {\n\t\tcase 1:|\n}', 'switch (a) {\n\tcase 1:\n}');
    inside('"a;|";', '"a;";');
    inside('// a;|', '// a;');
    inside('\tif (a) {\n|\n\t}', '\tif (a) {\n\t\t\n\t}');
    inside('\tif (a)\n|', '\tif (a)\n\t\t');
    inside('\ta();\n\t\t\t|', '\ta();\n\t');
    inside('\tf(a,\n|b);', '\tf(a,\nb);');
    inside('/*\n|\n*/', '/*\n\n*/');
    typed('struct s {\n\tint a;\n|\n};\n', 'struct s {\n\tint a;\n\t\n};\n');
    typed('int a;\n  |', 'int a;\n');
  });

  const scenarios = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
      e.isDirectory() ? scenarios(join(folder, e.name)) : e.name.endsWith('.kmem') ? [join(folder, e.name)] : [],
    );
  it('keeps tokens and comments of every scenario, and is stable', () => {
    const root = join(__dirname, '../../..');
    for (const path of [...scenarios(join(root, 'examples')), ...scenarios(join(root, 'test/fixtures'))]) {
      const text = readFileSync(path, 'utf8');
      const once = formatted(sourceOf(text));
      assert.deepEqual(tokensOf(once), tokensOf(text), path);
      assert.deepEqual(
        lex(once).comments.map((c) => c.text.replace(/\s+/g, ' ')),
        lex(text).comments.map((c) => c.text.replace(/\s+/g, ' ')),
        path,
      );
      assert.equal(formatted(sourceOf(once)), once, path);
      const columns = (line: string): string => line.replace(/[ \t]+\/\//g, ' //');
      assert.equal(columns(formatted(sourceOf(formatted(sourceOf(once), SPACES)))), columns(once), path);
    }
  });
});
