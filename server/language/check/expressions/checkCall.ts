/** Calls: the scenario's functions, the kernel's API, function pointers, special forms, macros. */

import { isInteger, sizeType } from '../../../types/conversions';
import type { CType, FunctionType, IntType } from '../../../types/ctype';
import { quotedType } from '../../../types/ctype';
import type { Call, Expr } from '../../syntax/tree';
import { UNTYPED } from '../context/builtinNames';
import type { CheckContext } from '../context/checkContext';
import { didYouMean } from '../context/nameScopes';
import type { ApiSym } from '../context/program';
import { ERROR_TYPE } from '../context/tables';
import { checkValue, typeOfArgument } from '../types/checkTypes';
import { checkArguments, checkLoosely, returned } from './checkArguments';
import { constantOf, memberPath } from './checkConst';
import { checkExpr, noMember } from './checkExpr';
import { callFormOf, macroCall, macroOf } from './checkMacros';
import { genericSelection } from './genericSelection';

export function checkCall(cx: CheckContext, expr: Call): CType | undefined {
  const callee = expr.callee;
  if (callee.kind === 'ident') {
    const sym = cx.scopes.lookup(callee.name);
    if (sym === undefined || sym.kind === 'api') {
      const special = specialForm(cx, expr, callee.name);
      if (special !== null) return special;
    }
    if (sym === undefined) {
      const { unknownFunctions } = cx.body;
      if (unknownFunctions.has(callee.name) || cx.items.refused.has(callee.name)) {
        // it has been reported
        checkLoosely(cx, expr.args);
        return undefined;
      }
      unknownFunctions.add(callee.name);
      const near =
        cx.builtins.source.insteadOf?.(callee.name) ??
        cx.scopes.nearestName(callee.name, (s) => s.kind === 'function' || s.kind === 'api');
      const { text, more } = didYouMean(near, callee.span);
      cx.problems.error(
        'undeclared-function',
        `'${callee.name}' is neither a function of this scenario nor of the kernel's API that kmem knows${text}`,
        callee.span,
        more,
      );
      checkLoosely(cx, expr.args);
      return undefined;
    }
    if (sym.kind === 'api') {
      cx.part.used.add(sym);
      cx.tables.symbols.set(callee, sym);
      return apiCall(cx, expr, sym);
    }
    if (sym.kind === 'function' && !cx.part.firstCalls.has(sym)) cx.part.firstCalls.set(sym, callee.span);
  }
  const type = checkValue(cx, callee);
  if (!type) {
    checkLoosely(cx, expr.args);
    return undefined;
  }
  if (type.kind !== 'pointer' || type.to.kind !== 'function') {
    checkLoosely(cx, expr.args);
    const name = callee.kind === 'ident' ? `'${callee.name}'` : 'this';
    return cx.problems.error('not-a-function', `${name} is ${quotedType(type)}, not a function`, callee.span);
  }
  const name = callee.kind === 'ident' ? callee.name : callee.kind === 'member' ? callee.name.text : 'the function';
  checkArguments(cx, expr, name, type.to);
  return returned(type.to);
}

// ---------------------------------------------------------------- the kernel's API
function apiCall(cx: CheckContext, expr: Call, sym: ApiSym): CType | undefined {
  if (sym.name === 'sim_fail_next') return failNext(cx, expr);
  const macro = callFormOf(cx, sym.name, expr.args.length) ?? macroOf(cx, sym.name);
  if (macro && macro.form !== 'declaration' && macro.form !== 'loop') return macroCall(cx, expr, sym, macro);
  if (sym.type === UNTYPED) {
    checkLoosely(cx, expr.args);
    // a value without a known type: accepted everywhere
    return undefined;
  }
  const type = sym.type as FunctionType;
  const { entry } = sym;
  checkArguments(cx, expr, sym.name, type, entry, entry.kind === 'macro');
  return returned(type);
}

/** sim_fail_next(function, n, skip): the function is named, not called, and may be a macro. */
function failNext(cx: CheckContext, expr: Call): undefined {
  const [what, ...counts] = expr.args;
  if (!what || counts.length < 1 || counts.length > 2)
    return cx.problems.error(
      'argument-count',
      "'sim_fail_next' takes a function, how many of its calls fail, and how many before them succeed (0 where that is left out)",
      expr.span,
    );
  for (const count of counts) {
    const type = checkValue(cx, count);
    if (type && !isInteger(type))
      cx.problems.error('incompatible-types', `a number of calls is an integer, not ${quotedType(type)}`, count.span);
  }
  const sym = what.kind === 'ident' ? cx.scopes.lookup(what.name) : undefined;
  if (sym?.kind === 'api') {
    cx.part.used.add(sym);
    cx.tables.symbols.set(what, sym);
    const { family, run } = sym.entry;
    if (run && (family === 'page allocation' || family === 'slab allocation')) return undefined;
  }
  return cx.problems.error(
    'not-failing',
    'sim_fail_next makes functions fail that take pages or slab objects: name one of them, such as alloc_page or kmalloc',
    what.span,
  );
}

// ---------------------------------------------------------------- special forms
/** null: not a special form */
function specialForm(cx: CheckContext, expr: Call, name: string): CType | undefined | null {
  switch (name) {
    case 'offsetof':
    case '__builtin_offsetof':
      return offsetofType(cx, expr);
    case 'static_assert':
    case '_Static_assert':
    case 'BUILD_BUG_ON':
      return staticAssert(cx, expr, name);
    case 'BITS_TO_LONGS':
    case '__builtin_constant_p':
      if (expr.args.length !== 1 || !expr.args[0])
        return cx.problems.error('argument-count', `'${name}' takes 1 argument`, expr.span);
      if (!checkValue(cx, expr.args[0])) return undefined;
      return name === 'BITS_TO_LONGS' ? cx.basic.ulong : cx.basic.int;
    case '_Generic':
      return genericSelection(cx, expr);
    case '__same_type':
    case '__builtin_types_compatible_p':
      for (const arg of expr.args) checkLoosely(cx, [arg]);
      return cx.basic.int;
    default:
      return null;
  }
}

function offsetofType(cx: CheckContext, expr: Call): IntType | undefined {
  const [what, path] = expr.args;
  if (expr.args.length !== 2 || !what || !path)
    return cx.problems.error(
      'argument-count',
      "'offsetof' takes a type and a member: offsetof(struct page, lru)",
      expr.span,
    );
  const type = typeOfArgument(cx, what) ?? checkExpr(cx, what);
  if (!type || type === ERROR_TYPE) return undefined;
  if (what.kind !== 'typeArg') cx.tables.types.set(what, type);
  checkPathIndices(cx, path);
  if (type.kind !== 'struct' && type.kind !== 'union')
    return cx.problems.error('not-a-struct', `'offsetof' needs a struct; this is ${quotedType(type)}`, what.span);
  if (!type.fields)
    return cx.problems.error('incomplete-type', `${quotedType(type)} is not defined in this scenario`, what.span);
  if (!memberPath(cx, type, path)) {
    let root = path;
    while (root.kind === 'member' || root.kind === 'index') root = root.base;
    const name = root.kind === 'ident' ? root.name : '';
    return noMember(cx, type, name, path.span);
  }
  return sizeType(cx.abi);
}

function checkPathIndices(cx: CheckContext, path: Expr): void {
  if (path.kind === 'index') {
    checkExpr(cx, path.index);
    checkPathIndices(cx, path.base);
  } else if (path.kind === 'member') checkPathIndices(cx, path.base);
}

function staticAssert(cx: CheckContext, expr: Call, name: string): CType | undefined {
  const [condition, text] = expr.args;
  if (!condition) return cx.problems.error('argument-count', `'${name}' takes a constant condition`, expr.span);
  if (!checkValue(cx, condition)) return undefined;
  const value = constantOf(cx, condition);
  if (value === undefined)
    return cx.problems.error('not-constant', `the condition of '${name}' must be an integer constant`, condition.span);
  const failed = name === 'BUILD_BUG_ON' ? value !== 0n : value === 0n;
  if (failed) {
    cx.problems.error(
      'static-assert',
      `${name} fails${text?.kind === 'string' ? `: ${text.value}` : name === 'BUILD_BUG_ON' ? ': the condition is true' : ': the condition is false'}`,
      expr.span,
    );
  }
  return cx.basic.void;
}
