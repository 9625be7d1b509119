/**
 * Expressions over a finished program: watches, hovers, conditions of breakpoints, the console. They see the locals visible at
 * a place, the scenario's globals and types, and the kernel's names. The program itself is not touched.
 */
import type { CType } from '../../types/ctype';
import { parseExpression } from '../syntax/parser/parse';
import type { Call, Expr, Ident, Name } from '../syntax/tree';
import { checkerOf } from './check';
import { newTables } from './checkBase';
import { Checker } from './checkItems';
import type { ContextSym, Diagnostic, FunctionSym, Program, Sym, VarSym } from './program';

export interface ExpressionScope {
  /** whose locals are seen */
  readonly function?: FunctionSym | ContextSym;
  /** only what is declared at this offset; none: all locals of the function */
  readonly offset?: number;
  /** file of the offset */
  readonly file?: number;
}
export interface CheckedExpression {
  /** undefined where the text is no expression at all */
  readonly expr: Expr | undefined;
  /** type of the whole, not decayed; undefined after a problem */
  readonly type: CType | undefined;
  readonly problems: readonly Diagnostic[];
  /** locals that macros of the expression need (`min(a, b)`): not in any frame */
  readonly temporaries: readonly VarSym[];
  typeOf(expr: Expr): CType | undefined;
  symbolOf(node: Ident | Name): Sym | undefined;
  constantOf(expr: Expr): bigint | undefined;
  typeOfSyntax(node: object): CType | undefined;
  expansionOf(call: Call): Expr | undefined;
}

/** Parses and checks `text` as an expression at a place of `program`. A suffix such as `,x` must have been taken off. */
export function checkExpression(program: Program, text: string, scope: ExpressionScope = {}): CheckedExpression {
  const outer = checkerOf(program);
  const tables = newTables();
  const checker = new Checker(outer.layouts, outer.builtins, tables);
  checker.adopt(outer, scope.function, scope.offset, scope.file);
  const { expr, errors } = parseExpression(text, checker.typeNamesInScope());
  const problems: Diagnostic[] = errors.map((e) => ({ ...e, severity: 'error' as const }));
  const parsed = problems.length === 0 ? expr : undefined;
  const temporaries = parsed ? checker.checkOne(parsed) : [];
  for (const d of checker.diagnostics) if (d.severity === 'error' || d.severity === 'warning') problems.push(d);
  return {
    expr: parsed,
    type: parsed && tables.types.get(parsed),
    problems,
    temporaries,
    typeOf: (e) => tables.types.get(e),
    symbolOf: (n) => tables.symbols.get(n),
    constantOf: (e) => checker.constantOf(e),
    typeOfSyntax: (n) => tables.syntaxTypes.get(n),
    expansionOf: (c) => tables.expansions.get(c),
  };
}

/** Names seen at a place, innermost last: for completion. */
export function visibleNames(program: Program, scope: ExpressionScope): Sym[] {
  const outer = checkerOf(program);
  const seen = new Map<string, Sym>();
  for (const [name, sym] of outer.globals) seen.set(name, sym);
  for (const v of (scope.function && outer.visible.get(scope.function)) ?? []) {
    if (scope.offset !== undefined && (scope.offset < v.from || scope.offset >= v.to)) continue;
    if (scope.file !== undefined && scope.file !== v.file) continue;
    if (v.sym.name.includes('$')) continue;
    seen.set(v.sym.name, v.sym);
  }
  return [...seen.values()];
}
