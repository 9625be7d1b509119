/** Macros of the kernel's API: their bodies parsed once, and the expansion of a use. */

import type { CType, FunctionType } from '../../../types/ctype';
import { type MacroBody, PASTE } from '../../catalogue/bodies/macroBody';
import { parseMacroBody } from '../../syntax/parser/parse';
import type { Call, Declaration, Expr, MacroDeclaration, MacroLoop, Stmt } from '../../syntax/tree';
import type { ParsedMacro } from '../context/builtinNames';
import { UNTYPED } from '../context/builtinNames';
import type { CheckContext } from '../context/checkContext';
import { BODY_MARK, declaredNames, Expansion } from '../context/expand';
import { didYouMean } from '../context/nameScopes';
import type { ApiSym } from '../context/program';
import { checkArguments, checkLoosely, plural, returned } from './checkArguments';
import { checkExpr } from './checkExpr';
import { checkMacroArguments, settleExpansion } from './checkMacroArguments';

/** Macros in macros that are followed. */
const MAX_EXPANSION = 40;
const parsedMacros = new Map<string, ParsedMacro>();
export function macroOf(cx: CheckContext, name: string): ParsedMacro | undefined {
  const source = cx.builtins.source.macro(name);
  return source && parsedMacro(cx, name, source);
}
/** What a call with so many arguments means, where they are those of another kernel version. */
export function callFormOf(cx: CheckContext, name: string, args: number): ParsedMacro | undefined {
  const source = cx.builtins.source.callForm?.(name, args);
  return source && parsedMacro(cx, `${name} of ${args}`, source);
}
export function parsedMacro(cx: CheckContext, name: string, source: MacroBody): ParsedMacro {
  const known = parsedMacros.get(name);
  if (known && known.body === source.body) return known;
  const text =
    source.form === 'loop' ? `${source.body} ${BODY_MARK};` : source.form === 'expr' ? `${source.body};` : source.body;
  const { body, errors } = parseMacroBody(text, cx.builtins.source.macroNames);
  if (errors.length > 0) {
    const first = errors[0];
    throw new Error(
      `the body of macro ${name} has an error: ${first?.message} at ${JSON.stringify(text.slice(first?.span.start, first?.span.end))}`,
    );
  }
  const params = new Set(source.params);
  const pastes = source.body.includes(PASTE);
  const positions = new Map<string, number>();
  source.params.forEach((param, at) => {
    if (param !== '...') positions.set(param.endsWith('...') ? param.slice(0, -3) : param, at);
  });
  const parsed: ParsedMacro = { ...source, statements: body, positions, pastes, locals: declaredNames(body, params) };
  parsedMacros.set(name, parsed);
  return parsed;
}

function argumentsFit(cx: CheckContext, expr: Call, macro: ParsedMacro, name: string): boolean {
  const variadic = macro.params.at(-1)?.endsWith('...') === true;
  const wanted = macro.params.length - (variadic ? 1 : 0);
  const given = expr.args.length;
  if (expr.args.at(-1)?.kind === 'errorExpr') return false;
  if (given === wanted || (variadic && given >= wanted)) return true;
  cx.problems.error(
    'argument-count',
    `the macro '${name}(${macro.params.join(', ')})' takes ${variadic ? 'at least ' : ''}${plural(wanted, 'argument')}, ${given} ${given === 1 ? 'is' : 'are'} given`,
    expr.span,
  );
  return false;
}

function expandMacro(cx: CheckContext, expr: Call, macro: ParsedMacro, name: string, body?: Stmt): Stmt[] | undefined {
  if (!argumentsFit(cx, expr, macro, name)) {
    checkLoosely(cx, expr.args);
    return undefined;
  }
  if (cx.expansion.depth >= MAX_EXPANSION) {
    cx.problems.error('nested-too-deeply', `macros nested more than ${MAX_EXPANSION} deep, at '${name}'`, expr.span);
    return undefined;
  }
  return new Expansion(macro, expr.args, cx.ids, expr.span, `$${++cx.expansion.count}`, body).statements();
}

export function macroCall(cx: CheckContext, expr: Call, sym: ApiSym, macro: ParsedMacro): CType | undefined {
  if (sym.type !== UNTYPED && expr.args.length === (sym.type as FunctionType).params.length) {
    // the prototype gives better messages than the expansion
    const before = cx.problems.diagnostics.length;
    checkArguments(cx, expr, sym.name, sym.type as FunctionType, sym.entry, true);
    if (cx.problems.hasErrorSince(before)) return returned(sym.type as FunctionType);
  }
  const known = cx.problems.diagnostics.length;
  if (sym.type === UNTYPED && !checkMacroArguments(cx, expr, sym)) return undefined;
  const statements = expandMacro(cx, expr, macro, sym.name);
  if (!statements) return undefined;
  const first = statements[0];
  let tree: Expr;
  if (macro.form === 'expr' && statements.length === 1 && first?.kind === 'expr') tree = first.expr;
  else {
    const { span } = expr;
    tree = {
      kind: 'stmtExpr',
      id: cx.ids.next(),
      written: false,
      body: { kind: 'block', body: statements, span },
      span,
    };
  }
  cx.expansion.depth++;
  // the expansion is recorded for the call, whatever its type
  cx.tables.expansions.set(expr, tree);
  const type = checkExpr(cx, tree);
  cx.expansion.depth--;
  settleExpansion(cx, known, expr, sym.name, macro);
  return type;
}

// ---------------------------------------------------------------- loops and declarations by macro
export function checkMacroLoop(cx: CheckContext, loop: MacroLoop): void {
  const callee = loop.call.callee;
  if (callee.kind !== 'ident' || cx.rules.checkScopedGuard(cx, loop)) return;
  const sym = cx.scopes.lookup(callee.name);
  if (sym?.kind === 'api') {
    cx.part.used.add(sym);
    cx.tables.symbols.set(callee, sym);
  }
  const macro = sym === undefined || sym.kind === 'api' ? macroOf(cx, callee.name) : undefined;
  const known = cx.problems.diagnostics.length;
  if (macro?.form === 'loop' && sym?.kind === 'api' && !checkMacroArguments(cx, loop.call, sym)) {
    // what else it says of the arguments follows from that
  } else if (macro?.form === 'loop') {
    const statements = expandMacro(cx, loop.call, macro, callee.name, loop.body);
    if (statements) {
      const first = statements[0];
      const tree: Stmt =
        statements.length === 1 && first ? first : { kind: 'block', body: statements, span: loop.span };
      cx.tables.loops.set(loop, tree);
      cx.expansion.depth++;
      cx.rules.checkStmt(cx, tree);
      cx.expansion.depth--;
      settleExpansion(cx, known, loop.call, callee.name, macro, loop.body.span);
      return;
    }
  } else if (sym === undefined) {
    const near = cx.scopes.nearestName(callee.name, (s) => s.kind === 'api');
    const { text, more } = didYouMean(near, callee.span);
    cx.problems.error(
      'undeclared-function',
      `'${callee.name}' is not a loop that kmem knows${text}`,
      callee.span,
      more,
    );
    checkLoosely(cx, loop.call.args);
  } else if (sym.kind === 'api' && (sym.entry.kind === 'macro' || sym.type === UNTYPED)) {
    checkLoosely(cx, loop.call.args);
  } else {
    checkExpr(cx, loop.call);
    const end = loop.call.span.end;
    cx.problems.error('expected-token', `expected ';' after the call: '${callee.name}' is a function, not a loop`, {
      start: end - 1,
      end,
      file: loop.span.file,
    });
  }
  checkLoopBody(cx, loop.body);
}

/** `DEFINE_SPINLOCK(x);` as the declaration that it expands to; undefined if that is not known. */
export function expandDeclaration(cx: CheckContext, decl: MacroDeclaration): Declaration[] {
  const name = decl.macro.text;
  const sym = cx.scopes.lookup(name);
  const macro = macroOf(cx, name);
  if (sym && sym.kind === 'api') cx.tables.symbols.set(decl.macro, sym);
  const call: Call = {
    kind: 'call',
    callee: { kind: 'ident', name, span: decl.macro.span },
    args: decl.args,
    span: decl.span,
  };
  if (macro?.form === 'declaration') {
    const statements = expandMacro(cx, call, macro, name) ?? [];
    const result: Declaration[] = [];
    for (const s of statements) {
      if (s.kind !== 'decl') continue;
      // `static` before the macro belongs to what it declares
      const names = decl.modifiers.names.filter((w) => !s.decl.modifiers.names.some((m) => m.text === w.text));
      const declaration: Declaration = {
        ...s.decl,
        modifiers: { names: [...names, ...s.decl.modifiers.names], contracts: decl.modifiers.contracts },
      };
      result.push(declaration);
    }
    const last = result.at(-1);
    if (last) cx.tables.macroDecls.set(decl, last);
    return result;
  }
  return [];
}

/** @param kept cleanups that a break or continue in it leaves as they are: those outside of the loop */
export function checkLoopBody(cx: CheckContext, body: Stmt, kept = cx.body.cleanups.length): void {
  const { outside } = cx.body;
  cx.body.loopDepth++;
  cx.body.breakable++;
  outside.breaks.push(kept);
  outside.continues.push(kept);
  cx.rules.checkStmt(cx, body);
  outside.breaks.pop();
  outside.continues.pop();
  cx.body.loopDepth--;
  cx.body.breakable--;
}
