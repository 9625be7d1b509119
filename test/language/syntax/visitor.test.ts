/** The visitor knows every child of every kind of node, and a mapped copy has the shape of its original. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { mapExpr, mapStmt, mapType, type TreeMap } from '../../../server/language/syntax/mapTree';
import { NodeIds } from '../../../server/language/syntax/nodeIds';
import { parseMacroBody } from '../../../server/language/syntax/parser/parse';
import type { Stmt } from '../../../server/language/syntax/tree';
import { contains, forEachChild, type Node, walkTree } from '../../../server/language/syntax/visitor';
import { parse, testMacros } from './parsing';

const root = path.join(__dirname, '../../..');
/** What the samples do not have: the rarer kinds, one of each. */
const RARE = `#include <linux/slab.h>
#include "other.kmem"
#define N 4
typedef enum e { A, B = 2 } e_t;
struct s { int a, b : 3; union { int c; long d; }; } __packed;
int f(typeof(N) x, ...) __must_hold(&l);
DEFINE_PER_CPU(int, counter) = 5;
static int a[4] = { [0] = 1, [1 ... 2] = 3 };
static struct s one = { .a = 1, .b = 2 };
task t on cpu 1 {
  static int (*p)(void) = (void *)0;
  LIST_HEAD(q);
  for (int i = 0, j; i < sizeof(struct s) + sizeof i; i++, j--) { ; }
  _Generic(a, int: 1, default: 2);
  for (;;) continue;
  do f((struct s){ 1 }.a, struct s); while (a[1] ?: 2 ? 3 : 4);
  switch (N) { case 1 ... 2: break; default: goto out; }
out:
  return;
}
= ;
task broken { x = ; asm("nop"); while (
`;
const MACRO_BODY = `({ const struct s __user *const x = (typeof(*p) *)p; "text"; x[1]->a += -*p++; });
label: if (a) return b; else list_for_each(p, &q) { c, d; } enum { X = 1 } y = { .f = { X } };`;

function samples(): string[] {
  const files = readdirSync(path.join(root, 'examples')).filter((f) => f.endsWith('.kmem'));
  return [
    readFileSync(path.join(root, 'test/fixtures/language-sample.kmem'), 'utf8'),
    ...files.map((f) => readFileSync(path.join(root, 'examples', f), 'utf8')),
    RARE,
  ];
}
const trees = (): Node[] => [
  ...samples().flatMap((text) => parse(text).items),
  ...parseMacroBody(MACRO_BODY, testMacros).body,
];

/** The nodes directly below `node`, found without knowing its kind: values with a kind and a range. */
function reflectedChildren(node: object): object[] {
  const out: object[] = [];
  const add = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('kind' in value && 'span' in value) out.push(value);
    else for (const one of Object.values(value)) add(one);
  };
  for (const value of Object.values(node)) add(value);
  return out;
}

describe('visitor', () => {
  it('visits each child of every node exactly once', () => {
    const count = (nodes: readonly object[]): Map<object, number> => {
      const counts = new Map<object, number>();
      for (const n of nodes) counts.set(n, (counts.get(n) ?? 0) + 1);
      return counts;
    };
    let nodes = 0;
    for (const tree of trees())
      walkTree(tree, (node) => {
        nodes++;
        const visited: Node[] = [];
        forEachChild(node, (child) => visited.push(child));
        const there = count(reflectedChildren(node));
        const met = count(visited);
        assert.equal(met.size, there.size, `children of ${node.kind}`);
        for (const [child, times] of there) assert.equal(met.get(child), times, `a child of ${node.kind}`);
      });
    assert.ok(nodes > 1500, `only ${nodes} nodes in the samples`);
  });
  it('is tried on every kind of node there is', () => {
    const kinds = new Set<string>();
    for (const tree of trees()) walkTree(tree, (node) => kinds.add(node.kind));
    const source = readFileSync(path.join(root, 'server/language/syntax/visitor.ts'), 'utf8');
    const listed = [...source.matchAll(/case '(\w+)':/g)].map((m) => m[1]);
    assert.deepEqual(
      listed.filter((kind) => kind !== undefined && !kinds.has(kind)),
      [],
    );
  });
  it('finds a node below another', () => {
    const [stmt] = parseMacroBody('f(a[b++]);', testMacros).body;
    assert.ok(stmt && contains(stmt, (n) => n.kind === 'postfix') && contains(stmt, (n) => n === stmt));
    assert.ok(!contains(stmt, (n) => n.kind === 'assign'));
  });
  it('goes through an expression from left to right, parents first', () => {
    const names: string[] = [];
    for (const stmt of parseMacroBody('a[b] = c ? d(e, f) : g->h;', testMacros).body)
      walkTree(stmt, (n) => names.push(n.kind === 'ident' ? n.name : n.kind === 'name' ? n.text : n.kind));
    assert.equal(names.join(' '), 'expr assign index a b conditional c call d e f member g h');
  });
});

describe('mapTree', () => {
  const span = { start: 1, end: 2, file: 3 };
  const ids = new NodeIds();
  const same: TreeMap = {
    span,
    ids,
    expr: (e) => mapExpr(e, same),
    args: (list) => list.map((e) => mapExpr(e, same)),
    type: (t) => mapType(t, same),
    stmt: (s) => mapStmt(s, same),
    name: (n) => ({ ...n, span }),
    memberName: (n) => ({ ...n, span }),
  };
  /** the tree without what a copy has its own of */
  const bare = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (key, v: unknown) =>
        key === 'span' || key === 'opSpan' || key === 'id' || key === 'written' || key === 'parenthesised'
          ? undefined
          : typeof v === 'bigint'
            ? `${v}n`
            : v,
      ),
    );
  const statements = (): Stmt[] => {
    const out = [...parseMacroBody(MACRO_BODY, testMacros).body];
    for (const item of samples().flatMap((text) => parse(text).items))
      if (item.kind === 'context') out.push(item.body);
      else if (item.kind === 'function' && item.body) out.push(item.body);
      else if (item.kind === 'declaration') out.push({ kind: 'decl', decl: item, span: item.span });
      else if (item.kind === 'macroDeclaration') out.push({ kind: 'macroDecl', decl: item, span: item.span });
    return out;
  };
  it('copies every statement, type and expression whole', () => {
    for (const stmt of statements()) assert.deepEqual(bare(mapStmt(stmt, same)), bare(stmt));
  });
  it("gives every node of the copy the map's span, and a number of its own where nodes have one", () => {
    const seen = new Set<number>();
    for (const stmt of statements())
      walkTree(mapStmt(stmt, same), (node) => {
        assert.equal(node.span, span, node.kind);
        if (node.id === undefined) return;
        assert.ok(!seen.has(node.id), node.kind);
        seen.add(node.id);
      });
    assert.ok(seen.size > 100);
  });
  it('says that what a macro expands to is not written', () => {
    const [stmt] = parseMacroBody('x = ({ y; });', testMacros).body;
    const written = (of: Stmt | undefined): boolean[] => {
      const found: boolean[] = [];
      if (of) walkTree(of, (n) => n.kind === 'stmtExpr' && found.push(n.written));
      return found;
    };
    assert.deepEqual(written(stmt), [true]);
    assert.deepEqual(written(stmt && mapStmt(stmt, same)), [false]);
  });
});
