/** What the check of a program knows, as others ask for it. */
import type { MachineConfig } from '../../profiles/machineConfig';
import type { Profile } from '../../profiles/profile';
import { ABIS } from '../../types/ctype';
import { macroNames } from '../catalogue/catalogue';
import { editBody } from '../syntax/parser/editBody';
import { onItsOwn, withSpans } from '../syntax/placed';
import { movedSpan, type TextEdit } from '../syntax/textEdit';
import type { Expr, Span } from '../syntax/tree';
import { checkExpression, viewpoint } from './checkExpression';
import { checkBodyOf, checkWhole } from './checkItems';
import type { Code } from './context/checkCodes';
import type { CheckContext } from './context/checkContext';
import type { Owner as BodySym, Mutable } from './context/nameScopes';
import type { NodeTable } from './context/nodeTable';
import type { Part } from './context/part';
import type { Diagnostic, Program, SourceFile } from './context/program';
import { constantOf, isFolded } from './expressions/checkConst';
import type { CheckOptions, ResolveInclude } from './readFiles';

type Owner = Mutable<BodySym>;

/** A program whose bodies have been checked. */
export interface Checking {
  readonly cx: CheckContext;
  readonly sources: readonly SourceFile[];
  readonly machine: MachineConfig;
  readonly profile: Profile;
  readonly options: CheckOptions;
  /** the numbers of nodes that it had at first */
  readonly nodes: number;
  /** values of constant expressions, as far as they have been asked for; null: it is not constant */
  readonly constants: NodeTable<bigint | null>;
}

/** numbers of nodes, for each that the program had at first, from which on it is rather made anew: those of bodies that are gone stay */
const MOST_NODES = 2;

/** The program after an edit in the main file (see `Program.edited`). */
function edited(checking: Checking, text: string, include: ResolveInclude): Program | undefined {
  const { cx, sources, machine, options } = checking;
  const [main, ...others] = sources;
  if (!main || cx.ids.count > MOST_NODES * checking.nodes) return undefined;
  if (!sources.every((source) => includesSame(source, sources, include))) return undefined;
  const macros = options.kernelNames?.macroNames ?? macroNames;
  const changed = editBody(main.tree, main.text, text, macros, cx.ids);
  if (!changed) return undefined;
  const { item, edit, tree } = changed;
  const sym = cx.tables.symbols.get(item);
  const before = sym && (sym.kind === 'function' || sym.kind === 'context') ? cx.bodies.get(sym) : undefined;
  if (!before || before.declares || (sym as Owner).def !== item) return undefined;
  for (const part of [cx.outside, ...cx.bodies.values()]) {
    if (part !== before && !moveAll(part, edit)) return undefined;
  }
  cx.scopes.forget(sym as Owner, before.suggestions, edit);
  checkBodyOf(cx, sym as Owner, machine);
  const now = cx.bodies.get(sym as Owner);
  if (!now || now.declares || cx.scopes.isExhausted) return undefined;
  return programOf({ ...checking, sources: [{ ...main, text, tree }, ...others] });
}
/** Whether the `#include`s of a file lead where they led, and there is what was there. */
function includesSame({ path, tree, includes }: SourceFile, sources: readonly SourceFile[], include: ResolveInclude) {
  return tree.items.every((item) => {
    if (item.kind !== 'include') return true;
    const now = include(item.path.value, path);
    const known = includes.find(({ span }) => span === item.path.span);
    const before = known && sources[known.file];
    return now?.path === before?.path && now?.text === before?.text;
  });
}
/** Moves what is said of a part with the text; false where it is said of what has been edited. */
function moveAll(part: Part, edit: TextEdit): boolean {
  let apart = true;
  const at = (span: Span): Span => {
    const to = span.file === 0 ? movedSpan(span, edit) : span;
    apart &&= to !== undefined;
    return to ?? span;
  };
  part.diagnostics = part.diagnostics.map((said) => withSpans(said, at));
  return apart;
}

const NOTHING: readonly Expr[] = [];
/** All that is said of it, in order of position. */
function diagnosticsOf({ cx, sources }: Checking): readonly Diagnostic<Code>[] {
  const whole = checkWhole(cx);
  const unknown = new Set<string>();
  /** of an unknown function only its first call is told */
  const isTold = ({ code, message }: Diagnostic): boolean =>
    code === 'undeclared-function' && unknown.size === unknown.add(message).size;
  const said = [cx.outside, ...cx.bodies.values(), whole].flatMap((part) =>
    part.diagnostics.filter((d) => !isTold(d)).map(onItsOwn),
  );
  const errors = sources.flatMap(({ tree }) => tree.errors.map((e) => onItsOwn({ ...e, severity: 'error' as const })));
  return [...errors, ...said].sort(
    (a, b) => a.span.file - b.span.file || a.span.start - b.span.start || a.span.end - b.span.end,
  );
}

export function programOf(checking: Checking): Program {
  const { cx, sources, machine, profile, options, constants } = checking;
  const { tables, found, ids } = cx;
  return {
    files: sources,
    nodes: ids.count,
    abi: ABIS[machine.arch],
    profile,
    layouts: cx.layouts,
    machine,
    choice: options.machine,
    diagnostics: diagnosticsOf(checking),
    functions: found.functions,
    contexts: found.contexts,
    globals: found.globals,
    lookup: (name) => cx.scopes.lookup(name),
    typeOf: (expr) => tables.types.get(expr),
    symbolOf: (node) => tables.symbols.get(node),
    fieldOf: (node) => tables.fields.get(node),
    constantOf: (expr: Expr) => {
      if (!isFolded(expr)) return constantOf(cx, expr);
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
    expansionOfGuard: tables.guards.size === 0 ? () => undefined : (node) => tables.guards.get(node),
    leaving: tables.leaving.size === 0 ? () => NOTHING : (node) => tables.leaving.get(node) ?? NOTHING,
    records: found.records,
    edited: (text, include) => edited(checking, text, include),
    checkExpression: (text, scope) => checkExpression(cx, text, scope),
    visibleNames: (scope) => cx.scopes.namesAt(viewpoint(scope)),
    localsAt: (scope) => cx.scopes.localsAt(viewpoint(scope)),
  };
}
