/**
 * The invariants of ARCHITECTURE.md that are about the source itself: which layers import which, what the core must not touch, how memory
 * is written, how long files are and how many lie in a folder. Everything is read off the syntax tree.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Node } from '@babel/types';
import { importsOf, nodes, treeOf } from '../scripts/syntaxTree';

const root = resolve(__dirname, '..');

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}
const text = (file: string): string => readFileSync(join(root, file), 'utf8');

const files = sources('server');
const trees = new Map(files.map((file) => [file, treeOf(text(file))]));
const tree = (file: string): Node => trees.get(file) ?? treeOf(text(file));
const imports = new Map(files.map((file) => [file, importsOf(tree(file))]));
/** The file that a relative import names; undefined for packages. */
function target(file: string, name: string): string | undefined {
  if (!name.startsWith('.')) return undefined;
  const path = relative(root, resolve(root, dirname(file), name));
  return [`${path}.ts`, `${path}/index.ts`, path].find((p) => imports.has(p)) ?? path;
}
const graph = new Map(
  files.map((file) => [file, (imports.get(file) ?? []).flatMap((name) => target(file, name) ?? [])]),
);

/** The folder of debugger/ that lies above the session, and not below it. */
const ON_TOP = 'inspector';
/**
 * Layers, the lowest first, by folder: a file imports from its own folder and from layers below it. `may` narrows that further where
 * layers of the same height, or layers that must not know each other, are listed side by side.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  server: ['types', 'memory', 'profiles', 'kernel', 'recordings', 'language', 'vm', 'debugger', 'dap', 'lsp', 'cli'],
  'server/kernel': [
    'arch',
    'lib',
    'printk',
    'mm',
    'init',
    'sched',
    'time',
    'mempool',
    'locking',
    'rcu',
    'irq',
    'oops',
    'proc',
  ],
  'server/debugger': ['target', 'inspect', 'breakpoints', 'tree', 'evaluation', ON_TOP],
  'server/vm': ['values', 'machine', 'builtins', 'program', 'compile', 'run'],
  'server/language': ['syntax', 'catalogue', 'check', 'analysis', 'ide'],
  'server/language/check': ['context', 'types', 'expressions'],
  'server/language/analysis': ['engine', 'objects', 'rules'],
  'server/language/analysis/engine': ['values', 'global', 'flow', 'locks'],
};
const MAY: Readonly<Record<string, readonly string[]>> = {
  types: [],
  memory: ['types'],
  profiles: ['types'],
  kernel: ['memory', 'profiles', 'types'],
  recordings: ['kernel', 'memory', 'profiles', 'types'],
  language: ['profiles', 'types'],
  vm: ['kernel', 'language', 'memory', 'profiles', 'types'],
  debugger: ['vm', 'kernel', 'language', 'memory', 'profiles', 'types'],
  dap: ['debugger'],
  lsp: ['language'],
  cli: ['dap', 'lsp', 'debugger', 'recordings', 'vm', 'kernel', 'language', 'memory', 'profiles', 'types'],
};
/** Folders inside vm that never see the compiler: a compiled program is a value. */
const NO_COMPILER = [
  'server/vm/run',
  'server/vm/builtins',
  'server/vm/machine',
  'server/vm/program',
  'server/vm/values',
];
const CORE = ['types', 'memory', 'profiles', 'kernel', 'recordings', 'language', 'vm', 'debugger'];
const SHAPES = 'server/debugger/inspector/shapes';
const layer = (file: string): string => file.split('/')[1] ?? '';
const inCore = files.filter((file) => CORE.includes(layer(file)));

/** The folder directly below `folder` that a file lies in; undefined for a file of `folder` itself, or of another. */
function below(folder: string, file: string): string | undefined {
  if (!file.startsWith(`${folder}/`)) return undefined;
  const [first, rest] = file.slice(folder.length + 1).split('/');
  return rest === undefined ? undefined : first;
}
function arrows(): { from: string; to: string }[] {
  return [...graph].flatMap(([from, targets]) => targets.map((to) => ({ from, to })));
}
/** Strongly connected parts of more than one file (Tarjan). */
function circles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (v: string): number => {
    const mine = index.size;
    index.set(v, mine);
    let least = mine;
    stack.push(v);
    for (const w of edges.get(v) ?? []) {
      if (!index.has(w)) least = Math.min(least, visit(w));
      else if (stack.includes(w)) least = Math.min(least, index.get(w) ?? least);
    }
    low.set(v, least);
    if (least === mine) {
      const part = stack.splice(stack.indexOf(v));
      if (part.length > 1) found.push(part.sort());
    }
    return least;
  };
  for (const v of edges.keys()) if (!index.has(v)) visit(v);
  return found;
}

// ---------------------------------------------------------------- writes past the primitives
/** Arrays of memory/ that hold the machine's bytes and the journal's entries. */
const STORES = new Set(['arena', 'words', 'bytes', 'fill', 'entries', 'mask']);
const MUTATORS = new Set(['fill', 'set', 'copyWithin', 'reverse', 'sort']);
const nameOf = (node: Node): string | undefined =>
  node.type === 'Identifier' ? node.name : node.type === 'StringLiteral' ? node.value : undefined;
/** Lines of a module that write into an array of the memory or the journal, under any name. */
function storesIn(module: Node): number[] {
  const aliases = new Set<string>();
  /** `mem.words`, `this.kernel.mem.words`, `journal.entries` … */
  const isStore = (node: Node): boolean => {
    if (node.type === 'TSAsExpression' || node.type === 'TSNonNullExpression') return isStore(node.expression);
    if (node.type === 'Identifier') return aliases.has(node.name);
    if (node.type !== 'MemberExpression') return false;
    const owner = node.object.type === 'MemberExpression' ? nameOf(node.object.property) : nameOf(node.object);
    return STORES.has(nameOf(node.property) ?? '') && /^(mem|memory|journal)$/.test(owner ?? '');
  };
  for (const node of nodes(module)) {
    if (node.type !== 'VariableDeclarator' || !node.init) continue;
    if (node.id.type === 'Identifier' && isStore(node.init)) aliases.add(node.id.name);
    const owner = node.init.type === 'MemberExpression' ? nameOf(node.init.property) : nameOf(node.init);
    if (node.id.type === 'ObjectPattern' && /^(mem|memory|journal)$/.test(owner ?? ''))
      for (const property of node.id.properties)
        if (property.type === 'ObjectProperty' && STORES.has(nameOf(property.key) ?? ''))
          aliases.add(nameOf(property.value) ?? '');
  }
  const lines: number[] = [];
  for (const node of nodes(module)) {
    const at = (wrong: boolean) => wrong && lines.push(node.loc?.start.line ?? 0);
    const element = (n: Node): boolean =>
      n.type === 'MemberExpression' && (n.computed ? isStore(n.object) : isStore(n) && !n.computed);
    if (node.type === 'AssignmentExpression') at(element(node.left));
    else if (node.type === 'UpdateExpression') at(element(node.argument));
    else if (node.type === 'CallExpression' && node.callee.type === 'MemberExpression')
      at(MUTATORS.has(nameOf(node.callee.property) ?? '') && isStore(node.callee.object));
  }
  return lines;
}

describe('architecture', () => {
  it('layers import downward only', () => {
    const wrong: string[] = [];
    for (const { from, to } of arrows()) {
      const [a, b] = [layer(from), layer(to)];
      if (!to.startsWith('server/')) {
        if (to !== 'package.json') wrong.push(`${from} → ${to}`);
        continue;
      }
      if (a !== b && !MAY[a]?.includes(b)) wrong.push(`${from} → ${to}`);
      for (const [folder, order] of Object.entries(LAYERS)) {
        const [x, y] = [below(folder, from), below(folder, to)];
        if (x !== undefined && y !== undefined && order.indexOf(y) > order.indexOf(x)) wrong.push(`${from} → ${to}`);
        // a folder's own files assemble what its folders hold
        if (x !== undefined && x !== ON_TOP && dirname(to) === folder) wrong.push(`${from} → ${to}`);
      }
      if (NO_COMPILER.some((folder) => from.startsWith(`${folder}/`)) && to.startsWith('server/vm/compile/'))
        wrong.push(`${from} → ${to}`);
    }
    assert.deepEqual(wrong, []);
  });

  it('every folder has its layer', () => {
    for (const [folder, order] of Object.entries(LAYERS)) {
      const there = new Set(files.flatMap((file) => below(folder, file) ?? []));
      assert.deepEqual([...there].sort(), [...order].sort(), folder);
    }
  });

  it('no two files import each other in a circle', () => assert.deepEqual(circles(graph), []));

  it('no two folders inside kernel/, language/, vm/ or debugger/ import each other in a circle', () => {
    const folders = new Map<string, string[]>();
    for (const { from, to } of arrows()) {
      const [a, b] = [dirname(from), dirname(to)];
      if (a !== b && layer(a) === layer(b) && /^server\/(kernel|vm|debugger|language)\b/.test(a))
        folders.set(a, [...(folders.get(a) ?? []), b]);
    }
    assert.deepEqual(circles(folders), []);
  });

  it('no folder has more than 25 files', () => {
    const count = new Map<string, number>();
    for (const file of files) count.set(dirname(file), (count.get(dirname(file)) ?? 0) + 1);
    assert.deepEqual(
      [...count].filter(([, n]) => n > 25),
      [],
    );
  });

  it('a file is found by its name', () => {
    const byName = new Map<string, string[]>();
    for (const file of files) {
      const name = file.split('/').at(-1) ?? '';
      byName.set(name, [...(byName.get(name) ?? []), file]);
    }
    assert.deepEqual(
      [...byName.values()].filter((same) => same.length > 1),
      [],
    );
  });

  it('the core imports neither vscode nor Node', () => {
    // the inspector's schemas, which the webview checks with as well
    const schemas = (file: string, name: string) => name === 'valibot' && dirname(file) === SHAPES;
    const wrong = inCore.flatMap((file) =>
      (imports.get(file) ?? [])
        .filter((name) => !name.startsWith('.') && !schemas(file, name))
        .map((name) => `${file} → ${name}`),
    );
    assert.deepEqual(wrong, []);
  });

  it('the core has no clock and no random numbers', () => {
    const forbidden = /^(Math\.random|Date\.now|performance\.now|process\.\w+)$/;
    const wrong = inCore.flatMap((file) =>
      [...nodes(tree(file))]
        .filter(
          (n) =>
            (n.type === 'MemberExpression' && forbidden.test(`${nameOf(n.object)}.${nameOf(n.property)}`)) ||
            (n.type === 'NewExpression' && nameOf(n.callee) === 'Date') ||
            (n.type === 'CallExpression' && nameOf(n.callee) === 'setTimeout'),
        )
        .map((n) => `${file}:${n.loc?.start.line}`),
    );
    assert.deepEqual(wrong, []);
  });

  it('only the extension imports vscode, and nothing imports the extension', () => {
    const others = ['server', 'bench', 'scripts', 'webview'].flatMap((folder) => sources(folder));
    const wrong = others.flatMap((file) =>
      importsOf(tree(file))
        .filter((name) => name === 'vscode' || (/\/extension\//.test(name) && !file.startsWith('scripts/')))
        .map((name) => `${file} → ${name}`),
    );
    assert.deepEqual(wrong, []);
  });

  describe('memory is written through its primitives only', () => {
    it('everywhere outside memory/', () => {
      const wrong = files
        .filter((file) => layer(file) !== 'memory')
        .flatMap((file) => storesIn(tree(file)).map((line) => `${file}:${line}`));
      assert.deepEqual(wrong, []);
    });
    const finds = (source: string, expected: boolean) =>
      it(`${expected ? 'finds' : 'passes'} ${source}`, () =>
        assert.equal(storesIn(treeOf(source)).length > 0, expected));
    finds('mem.words[1] = 2;', true);
    finds('this.core.mem.words[i] |= 4;', true);
    finds('const { words } = this.mem; words[3] = 0;', true);
    finds('kernel.mem.arena[3] = 0;', true);
    finds('const { words: w, slots } = mem; w[3]++;', true);
    finds('const all = kernel.mem.words; all.fill(0);', true);
    finds('journal.fill++;', true);
    finds('this.mem.bytes.set(other, 4);', true);
    finds('(mem.words as Int32Array)[1] = 2;', true);
    finds('const v = mem.words[1]; words[3] = v;', false);
    finds('mem.set(1, mem.words[2]);', false);
    finds('frame.words[1] = 2;', false);
  });

  it('files stay small', () => {
    const LONG = 500;
    const long = [...files, ...sources('extension'), ...sources('webview')]
      .map((file) => ({ file, source: text(file) }))
      .filter(({ source }) => source.split('\n').length > LONG + 1 && !/\bLong because\b/.test(source.slice(0, 1500)))
      .map(({ file, source }) => `${file}: ${source.split('\n').length} lines`);
    assert.deepEqual(long, []);
  });
});
