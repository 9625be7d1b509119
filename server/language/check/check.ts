/** A scenario checked: its files parsed, its names declared, its bodies checked. */
import { constantTable } from '../../profiles/constantTable';
import { layoutsFor } from '../../profiles/layoutsFor';
import type { ConstantMachine, MachineChoice } from '../../profiles/machineConfig';
import type { Profile } from '../../profiles/profile';
import { ABIS } from '../../types/ctype';
import type { Layouts } from '../../types/layout';
import { orMake } from '../../types/orMake';
import { macroNames } from '../catalogue/catalogue';
import { NodeIds } from '../syntax/nodeIds';
import { parse } from '../syntax/parser/parse';
import type { SourceTree } from '../syntax/sourceTree';
import type { Expr, Item, MachineDef, Span } from '../syntax/tree';
import { checkExpression, viewpoint } from './checkExpression';
import { newChecker } from './checker';
import { checkBodies, declareItem } from './checkItems';
import { Builtins, type KernelNames } from './context/builtinNames';
import type { Code } from './context/checkCodes';
import { NodeTable } from './context/nodeTable';
import type { Diagnostic, Program, SourceFile } from './context/program';
import { constantOf } from './expressions/checkConst';
import { kernelNames } from './kernelNames';
import { declareInOrder } from './laterNames';
import { readMachine } from './machineBlock';

export interface CheckOptions {
  /** Finds the file an `#include` names, seen from the file `from`; undefined if there is none. */
  readonly resolveInclude?: (
    path: string,
    from: string,
  ) => { readonly path: string; readonly text: string } | undefined;
  /** names to use in place of the catalogue's, for tests */
  readonly kernelNames?: KernelNames;
  /** kernel versions that `machine { kernel = … }` may name besides those that kmem has a profile of */
  readonly profiles?: readonly Profile[];
  /** what settings choose of the machine, for a program without a machine block */
  readonly machine?: MachineChoice | undefined;
}
export interface InputFile {
  readonly path: string;
  readonly text: string;
}

/** of a file that is being read */
const NO_TREE: SourceTree = { items: [], comments: [], errors: [], strings: new Map() };

// ---------------------------------------------------------------- programs
const builtinsByNames = new WeakMap<KernelNames, WeakMap<object, Builtins>>();
function builtinsFor(names: KernelNames, layouts: Layouts, profile: Profile, machine: ConstantMachine): Builtins {
  // machines with the same constants have the same layouts
  const byConstants = orMake(builtinsByNames, names, () => new WeakMap());
  const builtins = orMake(byConstants, constantTable(profile, machine), () => new Builtins(names, layouts, machine));
  return builtins;
}
/** The headers of the kernel that a file includes: said once, at the first, with the fix that removes them all. */
function ignoredHeaders(text: string, items: readonly Item[], report: (d: Diagnostic<Code>) => void): void {
  const headers = items.flatMap(({ kind, span }) => (kind === 'header' ? [span] : []));
  const [first] = headers;
  if (!first) return;
  const line = (span: Span): Span => {
    const start = text.lastIndexOf('\n', span.start) + 1;
    const end = text.indexOf('\n', span.end);
    return { ...span, start, end: end < 0 ? text.length : end + 1 };
  };
  report({
    code: 'ignored-include',
    severity: 'hint',
    message:
      'headers of the kernel are ignored: its API is built in; \'#include\' is for other scenarios, as "other.kmem"',
    span: first,
    fixes: [
      {
        title: headers.length === 1 ? 'remove the line' : `remove the ${headers.length} lines`,
        edits: headers.map((span) => ({ span: line(span), text: '' })),
      },
    ],
  });
}
/** Checks a scenario: one file, or a main file with others that it may include. */
export function check(files: InputFile | readonly InputFile[], options: CheckOptions = {}): Program {
  const given = 'path' in files ? [files] : files;
  const main = given[0] ?? { path: 'scenario.kmem', text: '' };
  const diagnostics: Diagnostic<Code>[] = [];
  const sources: SourceFile[] = [];
  const items: Item[] = [];
  const names = options.kernelNames?.macroNames ?? macroNames;

  const ids = new NodeIds();
  // a file is read where it is included, since it may give names to strings
  const strings: ReadonlyMap<string, string>[] = [];
  const load = (input: InputFile, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> => {
    const file = sources.length;
    const includes: { span: Span; file: number }[] = [];
    const found = new Map<number, number>();
    const source: { path: string; text: string; tree: SourceTree; includes: typeof includes } = {
      path: input.path,
      text: input.text,
      tree: NO_TREE,
      includes,
    };
    sources.push(source);
    strings.push(before);
    source.tree = parse(input.text, names, file, {
      ids,
      strings: before,
      included(path, at, defined) {
        const next =
          options.resolveInclude?.(path, input.path) ??
          given.find((f) => f.path === path || f.path.endsWith(`/${path}`));
        const known = next && sources.findIndex((s) => s.path === next.path);
        if (!next || known === undefined) return undefined;
        found.set(at, known < 0 ? sources.length : known);
        return known < 0 ? load(next, new Map(defined)) : strings[known];
      },
    });
    strings[file] = source.tree.strings;
    for (const e of source.tree.errors) diagnostics.push({ ...e, severity: 'error' });
    ignoredHeaders(input.text, source.tree.items, (d) => diagnostics.push(d));
    for (const item of source.tree.items) {
      if (item.kind !== 'include') continue;
      const file = found.get(item.path.span.start);
      if (file !== undefined) includes.push({ span: item.path.span, file });
      else
        diagnostics.push({
          code: 'include-not-found',
          severity: 'error',
          message: `'${item.path.value}' cannot be found; it is looked for beside this file`,
          span: item.path.span,
        });
    }
    return source.tree.strings;
  };
  load(main, new Map());
  const gathered = new Set<number>();
  const gather = (file: number): void => {
    if (gathered.has(file)) return;
    gathered.add(file);
    const { tree, includes } = sources[file] as SourceFile;
    for (const item of tree.items) {
      if (item.kind !== 'include') items.push(item);
      else {
        const include = includes.find(({ span }) => span === item.path.span);
        if (include) gather(include.file);
      }
    }
  };
  gather(0);

  const machines = items.filter((i): i is MachineDef => i.kind === 'machine');
  for (const extra of machines.slice(1)) {
    diagnostics.push({
      code: 'bad-machine',
      severity: 'error',
      message: "a program has one 'machine'",
      span: { ...extra.span, end: extra.span.start + 7 },
      related: machines[0] ? [{ span: machines[0].span, message: 'the first is here' }] : [],
    });
  }
  const { machine, profile } = readMachine(machines[0], (d) => diagnostics.push(d), options.profiles, options.machine);
  const layouts = layoutsFor(profile, machine);
  const cx = newChecker(
    layouts,
    builtinsFor(options.kernelNames ?? kernelNames(profile), layouts, profile, machine),
    ids,
  );
  const { tables, found } = cx;
  declareInOrder(cx, items, (item) => declareItem(cx, item));
  checkBodies(cx, machine);
  diagnostics.push(...cx.problems.diagnostics);
  /** null: it is not constant */
  const constants = new NodeTable<bigint | null>(ids.count);
  diagnostics.sort((a, b) => a.span.file - b.span.file || a.span.start - b.span.start || a.span.end - b.span.end);

  return {
    files: sources,
    nodes: ids.count,
    abi: ABIS[machine.arch],
    profile,
    layouts,
    machine,
    choice: options.machine,
    diagnostics,
    functions: found.functions,
    contexts: found.contexts,
    globals: found.globals,
    lookup: (name) => cx.scopes.lookup(name),
    typeOf: (expr) => tables.types.get(expr),
    symbolOf: (node) => tables.symbols.get(node),
    fieldOf: (node) => tables.fields.get(node),
    constantOf: (expr: Expr) => {
      let value = constants.get(expr);
      if (value === undefined) {
        value = constantOf(cx, expr) ?? null;
        constants.set(expr, value);
      }
      return value ?? undefined;
    },
    typeOfSyntax: (node) => tables.syntaxTypes.get(node),
    initialiserOf: (list) => tables.initialisers.get(list),
    expansionOf: (node) => tables.expansions.get(node),
    expansionOfLoop: (node) => tables.loops.get(node),
    expansionOfDeclaration: (node) => tables.macroDecls.get(node),
    records: found.records,
    checkExpression: (text, scope) => checkExpression(cx, text, scope),
    visibleNames: (scope) => cx.scopes.namesAt(viewpoint(scope)),
    localsAt: (scope) => cx.scopes.localsAt(viewpoint(scope)),
  };
}
