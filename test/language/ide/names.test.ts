import assert from 'node:assert/strict';
import { check as checkProgram } from '../../../server/language/check/check';
import type { Program } from '../../../server/language/check/context/program';
import {
  declaration,
  definition,
  highlights,
  nameAt,
  references,
  typeDefinition,
} from '../../../server/language/ide/names/references';
import { isRefusal, renamable, rename } from '../../../server/language/ide/names/rename';
import { type Outline, outline } from '../../../server/language/ide/outline';

/** A text with `«…»` around names and `|` for the cursor: the text, the spans in `«»` as `start-end`, and the offset. */
function read(marked: string): { text: string; spans: string[]; offset: number } {
  let text = '';
  let offset = -1;
  const spans: string[] = [];
  let start = 0;
  for (const c of marked) {
    if (c === '|' && offset < 0) offset = text.length;
    else if (c === '«') start = text.length;
    else if (c === '»') spans.push(`${start}-${text.length}`);
    else text += c;
  }
  return { text, spans, offset };
}
const programOf = (text: string, files: Readonly<Record<string, string>> = {}, path = 'test.kmem'): Program =>
  checkProgram(
    { path, text },
    { resolveInclude: (name) => (files[name] === undefined ? undefined : { path: name, text: files[name] }) },
  );

describe('references', () => {
  /** The names in `«»` are the places of the one at the cursor, asked at each of them. */
  function check(marked: string): void {
    const { text, spans, offset } = read(marked);
    assert.ok(offset >= 0, 'no cursor');
    const program = programOf(text);
    const found = (at: number) =>
      references([program], program, 0, at)
        .map(({ span }) => `${span.start}-${span.end}`)
        .sort();
    assert.deepEqual(found(offset), spans.sort(), marked);
    for (const span of spans) assert.deepEqual(found(Number(span.split('-')[0])), spans, `at ${span} of ${marked}`);
  }
  it('variables, parameters, functions, blocks', () => {
    check('static int «n|»;\nstatic int f(int n) { return n + n; }\ntask main { «n» = f(«n»); }');
    check('static int n;\nstatic int f(int «n|») { return «n» + «n»; }\ntask main { n = f(n); }');
    check('int «f|»(int a);\ntask main { «f»(1); }\nint «f»(int a) { return a; }');
    check('irq «rx|» { }\ntask main { sim_raise(«rx»); }');
    check('task main { int «i|» = 1; { int i = 2; i++; } «i»++; }');
    check('extern int «n|»;\nint «n» = 3;\ntask main { «n»++; }');
    check('static int «f|»(int a) { return a; }\nstatic int (*g)(int) = «f»;\ntask main { g(1); }');
  });
  it('typedefs wherever types are written', () => {
    check(
      'typedef struct { int n; } «ring_t|»;\nstatic «ring_t» r;\nstatic int f(«ring_t» *p) { return p->n; }\ntask main { «ring_t» *q = &r; f((«ring_t» *)q); q = kmalloc(sizeof(«ring_t»), GFP_KERNEL); q->n = offsetof(«ring_t», n); }',
    );
    check(
      'typedef struct { struct list_head l; } «node_t|»;\nstatic LIST_HEAD(q);\ntask main { «node_t» *n; n = list_first_entry(&q, «node_t», l); n = container_of(q.next, «node_t», l); }',
    );
    check('typedef int «count_t|»;\nstatic DEFINE_PER_CPU(«count_t», c);\ntask main { this_cpu_inc(c); }');
  });
  it('tags and members', () => {
    check(
      'struct «ring|» { int n; };\nstatic struct «ring» r;\nstatic int f(const struct «ring» *p) { return p->n; }\ntask main { struct «ring» *q = &r; f(q); int n = sizeof(struct «ring»); n++; }',
    );
    check('enum «mode|» { A };\nstatic enum «mode» m;\ntask main { m = A; }');
    check('enum mode { «A|», B = «A» + 1 };\ntask main { int n = «A»; n++; }');
    check(
      'struct ring { int «n|»; };\nstruct other { int n; };\nstatic struct ring r = { .«n» = 1 };\nstatic struct other o = { .n = 2 };\ntask main { r.«n» = o.n; struct ring *p = &r; p->«n»++; int x = offsetof(struct ring, «n»); x++; }',
    );
    check('struct s { union { int «a|»; int b; }; };\nstatic struct s v = { .«a» = 1 };\ntask main { v.«a» = v.b; }');
    check(
      'struct s { struct list_head «link|»; };\nstatic LIST_HEAD(q);\ntask main { struct s *p; list_for_each_entry(p, &q, «link») { list_del(&p->«link»); } p = container_of(q.next, struct s, «link»); }',
    );
    check(
      'struct in { int «x|»; };\nstruct out { struct in i[2]; };\ntask main { int n = offsetof(struct out, i[1].«x»); n++; }',
    );
    check('struct s { int «n|»; };\nstatic const struct s c = { «n»: 0 };'.replace('«n»: 0', '.«n» = 0'));
  });
  it('labels of one function', () => {
    check(
      'static int f(int n) { if (n) goto «out|»; n++; «out»: return n; }\nstatic int g(int n) { if (n) goto out; n++; out: return n; }\ntask main { f(1); g(1); }',
    );
  });
  it('#define, and what macros declare', () => {
    check('#define «SIZE|» 4\nstatic int a[«SIZE»];\ntask main { a[0] = «SIZE»; }');
    for (const macro of ['DEFINE_SPINLOCK', 'DEFINE_RAW_SPINLOCK'])
      check(
        `static ${macro}(«l|»);\ntask main { ${macro === 'DEFINE_SPINLOCK' ? 'spin' : 'raw_spin'}_lock(&«l»); ${macro === 'DEFINE_SPINLOCK' ? 'spin' : 'raw_spin'}_unlock(&«l»); }`,
      );
    check('static DEFINE_RWLOCK(«l|»);\ntask main { read_lock(&«l»); read_unlock(&«l»); }');
    check('static DEFINE_MUTEX(«m|»);\ntask main { mutex_lock(&«m»); mutex_unlock(&«m»); }');
    check('static HLIST_HEAD(«h|»);\ntask main { hlist_empty(&«h»); }');
    check('static LIST_HEAD(«h|»);\ntask main { list_empty(&«h»); }');
    check('static DEFINE_PER_CPU(int, «c|»);\ntask main { this_cpu_inc(«c»); }');
    check('task main { DECLARE_COMPLETION_ONSTACK(«c|»); complete(&«c»); }');
  });
  it('arguments of macros', () => {
    check(
      'static DEFINE_SPINLOCK(l);\ntask main { unsigned long «flags|»; spin_lock_irqsave(&l, «flags»); spin_unlock_irqrestore(&l, «flags»); }',
    );
    check('static int «a|», b;\ntask main { swap(«a», b); b = min(«a», b); }');
    check('static LIST_HEAD(q);\ntask main { struct list_head *«p|»; list_for_each(«p», &q) { «p»->next = «p»; } }');
  });
  it('uses of the kernel’s names', () => {
    check('task main { «kfree|»(0); «kfree»(0); }');
    check('static struct page *p;\ntask main { p->«flags|» = 1; p->«flags»++; }');
  });
  it('of a file that several programs include, in all of them', () => {
    const files = { 'a.kmem': 'struct s { int n; };\nstatic int shared;\n' };
    const a = programOf(files['a.kmem'], {}, 'a.kmem');
    const one = programOf('#include "a.kmem"\ntask main { shared = 1; }\n', files, 'one.kmem');
    const two = programOf('#include "a.kmem"\nstatic struct s v;\ntask main { shared = v.n; }\n', files, 'two.kmem');
    const at = (offset: number) =>
      references([a, one, two], a, 0, offset).map(
        ({ program, span }) => `${program.files[span.file]?.path}:${span.start}`,
      );
    assert.deepEqual(at(32), ['a.kmem:32', 'one.kmem:30', 'two.kmem:49']);
    assert.deepEqual(at(15), ['a.kmem:15', 'two.kmem:60']);
    const kernel = [
      a,
      programOf('task main { kfree(0); }', {}, 'b.kmem'),
      programOf('task main { kfree(0); }', {}, 'c.kmem'),
    ];
    assert.equal(references(kernel, kernel[1] ?? a, 0, 13).length, 2);
    // from the file that uses it
    assert.equal(references([a, one, two], two, 0, 49).length, 3);
  });
});

describe('definitions', () => {
  /** The name in `«»` is the definition of the one at the cursor; none: it has none. */
  function check(marked: string, find = definition): void {
    const { text, spans, offset } = read(marked);
    const span = find(programOf(text), 0, offset);
    assert.equal(span && `${span.start}-${span.end}`, spans[0], marked);
  }
  it('of each kind of name', () => {
    check('static int «n»;\ntask main { |n = 1; }');
    check('static int f(struct page *«pa|ge») { return page ? 1 : 0; }');
    check('int f(int a);\ntask main { f|(1); }\nint «f»(int a) { return a; }');
    check('extern int n;\ntask main { n| = 1; }\nint «n»;');
    check('struct ring;\nstatic struct ri|ng *p;\nstruct «ring» { int n; };\ntask main { p->n = 1; }');
    check('struct s { int «n»; };\nstatic struct s v;\ntask main { v.n| = 1; }');
    check('static int f(int n) { goto ou|t; «out»: return n; }');
    check('static DEFINE_SPINLOCK(«l»);\ntask main { spin_lock(&l|); spin_unlock(&l); }');
    check('task main { alloc_p|age(GFP_KERNEL); }');
    check('static struct page *p;\ntask main { p->fla|gs = 1; }');
  });
  it('and declarations', () => {
    const declared = (marked: string) => check(marked, declaration);
    declared('int «f»(int a);\ntask main { f|(1); }\nint f(int a) { return a; }');
    declared('extern int «n»;\ntask main { n| = 1; }\nint n;');
    declared('static int «n»;\ntask main { n| = 1; }');
    declared('task main { kfr|ee(0); }');
  });
  it('of types', () => {
    const type = (marked: string) => check(marked, typeDefinition);
    type('struct «ring» { int n; };\nstatic struct ring *r[4];\ntask main { r|[0] = 0; }');
    type('struct «in» { int x; };\nstruct out { struct in i; };\nstatic struct out o;\ntask main { o.i|.x = 1; }');
    type('typedef struct { int n; } «ring_t»;\nstatic ring_t *r;\ntask main { r|->n = 1; }');
    type('enum «mode» { A };\nstatic enum mode m;\ntask main { m| = A; }');
    type('typedef int «count_t»;\nstatic count_t c;\ntask main { c| = 1; }');
    type('struct «s» { int n; };\nstatic struct s *f(void) { return 0; }\ntask main { f|(); }');
    type('static int n;\ntask main { n| = 1; }');
    type('static struct page *p;\ntask main { p| = 0; }');
  });
});

describe('highlights', () => {
  function check(marked: string, ...kinds: ('write' | 'read' | 'declaration')[]): void {
    const { text, offset } = read(marked);
    const found = highlights(programOf(text), 0, offset).map((o) =>
      o.writes ? 'write' : o.declares ? 'declaration' : 'read',
    );
    assert.deepEqual(found, kinds, marked);
  }
  it('tell reading from writing', () => {
    check(
      'static int n|;\ntask main { n = 1; n += n; n++; expect(n == 2); }',
      'declaration',
      'write',
      'write',
      'read',
      'write',
      'read',
    );
    check('task main { int n| = 1; n--; }', 'write', 'write');
    check(
      'struct s { int n|; };\nstatic struct s v = { .n = 1 };\ntask main { v.n = v.n; }',
      'declaration',
      'write',
      'write',
      'read',
    );
    check('static int a|[2];\ntask main { a[0] = a[1]; }', 'declaration', 'write', 'read');
    check(
      'static DEFINE_SPINLOCK(l);\ntask main { unsigned long f|; spin_lock_irqsave(&l, f); spin_unlock_irqrestore(&l, f); }',
      'declaration',
      'write',
      'read',
    );
  });
});

describe('rename', () => {
  const files = { 'a.kmem': 'static int shared;\n' };
  function outcome(marked: string, name: string): string {
    const { text, offset } = read(marked);
    const program = programOf(text, files);
    const found = rename([program], program, 0, offset, name);
    if (isRefusal(found)) return found.refused;
    const edits = found.filter(({ span }) => span.file === 0).sort((a, b) => b.span.start - a.span.start);
    return edits.reduce((t, { span }) => t.slice(0, span.start) + name + t.slice(span.end), text);
  }
  const check = (marked: string, name: string, expected: string) => assert.equal(outcome(marked, name), expected);
  const refused = (marked: string, name: string, why: RegExp) => assert.match(outcome(marked, name), why);

  it('changes all places', () => {
    check('static int n|;\ntask main { n = 1; }', 'count', 'static int count;\ntask main { count = 1; }');
    check(
      'typedef int n_t|;\nstatic n_t a;\ntask main { a = sizeof(n_t); }',
      'm_t',
      'typedef int m_t;\nstatic m_t a;\ntask main { a = sizeof(m_t); }',
    );
    check(
      'struct s { int a|; };\nstatic struct s v = { .a = 1 };\ntask main { v.a = 2; }',
      'b',
      'struct s { int b; };\nstatic struct s v = { .b = 1 };\ntask main { v.b = 2; }',
    );
    check(
      'static int f(void) { goto x|; x: return 1; }\ntask main { f(); }',
      'y',
      'static int f(void) { goto y; y: return 1; }\ntask main { f(); }',
    );
    check(
      'static DEFINE_SPINLOCK(l|);\ntask main { spin_lock(&l); }',
      'k',
      'static DEFINE_SPINLOCK(k);\ntask main { spin_lock(&k); }',
    );
    // also in a program with errors
    check('static int n|;\ntask main { n = nosuch; }', 'm', 'static int m;\ntask main { m = nosuch; }');
    check('static int n|;\ntask main { n = 1; }', 'n', 'static int n;\ntask main { n = 1; }');
    // a member may be called as a variable, a label as a member
    check(
      'static int x;\nstruct s { int a|; };\ntask main { x = 1; }',
      'x',
      'static int x;\nstruct s { int x; };\ntask main { x = 1; }',
    );
  });
  it('refuses what is not a name, keywords and the kernel’s names', () => {
    refused('static int n|;', '1x', /not a name in C/);
    refused('static int n|;', 'a b', /not a name in C/);
    refused('static int n|;', 'while', /'while' is a keyword/);
    refused('static int n|;', 'kfree', /function of the kernel/);
    refused('static int n|;', 'gfp_t', /type of the kernel/);
    refused('static int n|;', 'GFP_KERNEL', /the kernel's/);
    refused('static int n|;', 'jiffies', /the kernel's/);
    refused('struct s| { int a; };', 'page', /'struct page' is the kernel's/);
    refused('task main { kfr|ee(0); }', 'x', /only names of the scenario/);
    refused('static struct page *p;\ntask main { p->fl|ags = 1; }', 'x', /the member 'flags' is the kernel's/);
  });
  it('refuses names that are taken', () => {
    refused('static int n|;\nirq m { }', 'm', /the name 'm' is taken: 'm' is already declared \(line 2\)/);
    refused('static int n|;\nstatic int m;', 'm', /'m' is taken: line 2/);
    refused('static int f(int a, int b|) { return a + b; }\ntask main { f(1, 2); }', 'a', /'a' is taken/);
    refused('struct s { int a|; int b; };', 'b', /'struct s' already has a member 'b'/);
    refused(
      'static int f(int n) { if (n) goto a; b|: return 1; a: return 2; }\ntask main { f(1); }',
      'a',
      /the label 'a' appears twice/,
    );
    refused('struct s| { int a; };\nstruct t { int a; };', 't', /already defined/);
    refused('enum e { A|, B };', 'B', /already declared/);
  });
  it('refuses to capture', () => {
    // the local would hide the global where that is used
    refused('static int n;\ntask main { int m| = 1; n = m; }', 'n', /'n' is taken: line 2/);
    // the global would be hidden by the local
    refused('static int n|;\ntask main { int m = 1; n = m; }', 'm', /'m' is taken: line 2/);
    check(
      'static int n|;\nstatic void f(void) { int m = 1; m++; }\ntask main { n = 1; f(); }',
      'm',
      'static int m;\nstatic void f(void) { int m = 1; m++; }\ntask main { m = 1; f(); }',
    );
    // through an anonymous member
    refused(
      'struct s { int a|; struct { int b; }; };\nstatic struct s v;\ntask main { v.a = v.b; }',
      'b',
      /'b' is taken/,
    );
  });
  it('prepares with the name’s range, or the reason', () => {
    const at = (marked: string) => {
      const { text, offset } = read(marked);
      return renamable(programOf(text), 0, offset);
    };
    assert.deepEqual(at('static int nn|;'), { start: 11, end: 13, file: 0 });
    assert.match(JSON.stringify(at('task main { kf|ree(0); }')), /'kfree' is the kernel's/);
    assert.equal(at('task main { return|; }'), undefined);
  });
  it('across the files of several programs', () => {
    const a = programOf(files['a.kmem'], {}, 'a.kmem');
    const user = programOf('#include "a.kmem"\ntask main { int other; shared = other; }\n', files, 'user.kmem');
    const found = rename([a, user], a, 0, 11, 'common');
    assert.ok(!isRefusal(found));
    assert.deepEqual(
      found.map(({ program, span }) => `${program.files[span.file]?.path}:${span.start}`),
      ['a.kmem:11', 'user.kmem:41'],
    );
    assert.match(JSON.stringify(rename([a, user], a, 0, 11, 'other')), /'other' is taken: line 2/);
  });
});

describe('outline', () => {
  function check(text: string, ...expected: string[]): void {
    const lines = (list: readonly Outline[], indent: string): string[] =>
      list.flatMap((o) => [`${indent}${o.kind} ${o.name}`, ...lines(o.children, `${indent} `)]);
    assert.deepEqual(lines(outline(programOf(text), 0), ''), expected);
  }
  it('has every item, with the members of types', () => {
    check(
      'machine { }\nstruct s { int a; };\nenum e { A };\n#define N 4\nstatic DEFINE_SPINLOCK(l);\nstatic int f(void) { return 1; }\nirq i { }',
      'machine machine',
      'struct s',
      ' field a',
      'enum e',
      ' constant A',
      'constant N',
      'variable l',
      'function f',
      'context i',
    );
    check('typedef struct { int a; struct { int b; }; } s_t;', 'struct s_t', ' field a', ' field b');
    check('static struct { int a; } v, w;', 'variable v', ' field a', 'variable w');
    check('enum { A, B };', 'enum (unnamed enum)', ' constant A', ' constant B');
    check('static DEFINE_PER_CPU(int, count);', 'variable count');
    check('struct s { struct t { int b; } in; };', 'struct s', ' field in', '  field b');
  });
  it('names what has no name', () => {
    check('task { }', 'context (unnamed)');
  });
});

describe('names', () => {
  it('of the same spelling are kept apart', () => {
    const { text, offset } = read(
      'struct n { int n; };\nstatic struct n n;\ntask main { n.|n = 1; goto n; n: return; }',
    );
    const program = programOf(text);
    assert.equal(nameAt(program, 0, offset)?.entity.named.kind, 'field');
    assert.deepEqual(
      [...new Set([7, 15, 37, 66].map((at) => nameAt(program, 0, at)?.entity))].map((e) => e?.named.kind),
      ['tag', 'field', 'symbol', 'label'],
    );
  });
});
