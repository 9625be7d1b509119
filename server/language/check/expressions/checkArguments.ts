/** The arguments of a call: their number and types, printk's formats, gfp masks in the wrong place. */

import { isInteger, unqualified } from '../../../types/conversions';
import type { CType, FunctionType } from '../../../types/ctype';
import { typeName } from '../../../types/ctype';
import type { ApiEntry, Effect } from '../../catalogue/form/entry';
import type { Call, Expr } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';
import { ERROR_TYPE } from '../context/tables';
import { decayed, typeOfSyntax } from '../types/checkTypes';
import { checkExpr } from './checkExpr';
import { checkFormat } from './checkFormat';
import { checkConversion, noteAssigned } from './checkOperators';

/** `3 arguments` */
export const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
/** What messages about arguments begin with. */
const ARGUMENTS = [1, 2, 3, 4, 5, 6].map((n) => `argument ${n} of`);
// ---------------------------------------------------------------- arguments
export function checkArguments(
  cx: CheckContext,
  expr: Call,
  name: string,
  type: FunctionType,
  entry?: ApiEntry,
  lenient = false,
): void {
  const { args } = expr;
  const wanted = type.params.length;
  if (args.at(-1)?.kind === 'errorExpr') return;
  if (args.length < wanted || (args.length > wanted && !type.variadic)) {
    const extra = args.length > wanted ? args[wanted] : undefined;
    cx.problems.error(
      'argument-count',
      `'${name}' takes ${type.variadic ? 'at least ' : ''}${plural(wanted, 'argument')}, ${args.length} ${args.length === 1 ? 'is' : 'are'} given: ${typeName(type, name)}`,
      extra?.span ?? {
        start: Math.max(expr.span.start, expr.span.end - 1),
        end: expr.span.end,
        file: expr.span.file,
      },
    );
  }
  checkSwappedGfp(cx, args, type, name);
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as Expr;
    const param = type.params[i];
    if (arg.kind === 'typeArg' && lenient) {
      typeOfSyntax(cx, arg.type);
      continue;
    }
    const whole = entry?.effects && keepsFlags(entry.effects, i) ? checkFlags(cx, arg, name) : checkExpr(cx, arg);
    if (!whole) continue;
    if (whole.kind === 'array') noteAssigned(cx, arg);
    const value = decayed(cx, whole);
    if (!param) {
      if (value.kind === 'void')
        cx.problems.error(
          'void-value',
          `argument ${i + 1} of '${name}' is the result of a function that returns none (void)`,
          arg.span,
        );
      continue;
    }
    checkConversion(cx, arg, value, param.type, ARGUMENTS[i] ?? `argument ${i + 1} of`, name, param.name);
    if (param.type.typedef === 'gfp_t') checkGfp(cx, arg, value, i, name);
  }
  if (type.variadic && type.params[wanted - 1]?.name === 'fmt') checkPrintk(cx, args, wanted - 1);
}

/** Whether an argument keeps the state of the interrupts. */
function keepsFlags(effects: readonly Effect[], arg: number): boolean {
  for (const e of effects) if (e.on === 'irq' && (e.op === 'save' || e.op === 'restore') && e.arg === arg) return true;
  return false;
}
/** They are unsigned long: the kernel's build refuses others, and an int would lose bits. */
function checkFlags(cx: CheckContext, arg: Expr, name: string): CType | undefined {
  if (arg.kind === 'ident' && !cx.scopes.lookup(arg.name) && !cx.body.undeclared.has(arg.name)) {
    cx.body.undeclared.add(arg.name);
    return cx.problems.error(
      'undeclared',
      `'${arg.name}' is not declared: '${name}' keeps the state of the interrupts in it, 'unsigned long ${arg.name};'`,
      arg.span,
    );
  }
  const type = checkExpr(cx, arg);
  if (type?.kind === 'int' && unqualified(type) !== cx.basic.ulong && type.name !== 'unsigned long')
    cx.problems.error(
      'incompatible-types',
      `'${name}' keeps the state of the interrupts in an unsigned long, which the kernel's build wants; this is '${typeName(type)}'`,
      arg.span,
    );
  return type;
}
function checkPrintk(cx: CheckContext, args: readonly Expr[], at: number): void {
  const format = args[at];
  if (format?.kind !== 'string') return;
  const rest = args.slice(at + 1);
  const types = rest.map((a) => {
    const t = a.kind === 'typeArg' ? undefined : cx.tables.types.get(a);
    return t && decayed(cx, t);
  });
  for (const { arg, message } of checkFormat(format.value, types, cx.abi))
    cx.problems.warn('format', message, (arg === undefined ? undefined : rest[arg]?.span) ?? format.span);
}

/** a plain number in place of a gfp mask, which is never written that way */
function checkGfp(cx: CheckContext, arg: Expr, type: CType, index: number, name: string): void {
  if (type.typedef === 'gfp_t' || type.kind !== 'int' || arg.kind !== 'int' || arg.value === 0n) return;
  cx.problems.warn(
    'gfp-argument',
    `argument ${index + 1} of '${name}' is a gfp mask (GFP_KERNEL, GFP_ATOMIC …), not a number such as ${arg.text}`,
    arg.span,
  );
}

function checkSwappedGfp(cx: CheckContext, args: readonly Expr[], type: FunctionType, name: string): void {
  let at = 0;
  while (at < type.params.length && type.params[at]?.type.typedef !== 'gfp_t') at++;
  if (at === type.params.length) return;
  for (let i = 0; i < args.length; i++) {
    if (i === at || i >= type.params.length || type.params[i]?.type.typedef === 'gfp_t') continue;
    const arg = args[i] as Expr;
    const mask = args[at];
    if (!mask || arg.kind === 'typeArg' || mask.kind === 'typeArg' || (arg.kind !== 'ident' && arg.kind !== 'binary'))
      continue;
    const argType = checkExpr(cx, arg);
    if (argType?.typedef !== 'gfp_t' || type.params[i]?.type.kind !== 'int') continue;
    const maskType = checkExpr(cx, mask);
    if (maskType && maskType.typedef !== 'gfp_t' && isInteger(maskType)) {
      cx.problems.warn(
        'gfp-argument',
        `arguments ${i + 1} and ${at + 1} of '${name}' look swapped: ${typeName(type, name)}`,
        arg.span,
      );
    }
  }
}

/** arguments of an unknown function: names that do not resolve are accepted */
export function checkLoosely(cx: CheckContext, args: readonly Expr[]): void {
  for (const arg of args) {
    if (arg.kind === 'typeArg') typeOfSyntax(cx, arg.type);
    else if (arg.kind !== 'ident' || cx.scopes.lookup(arg.name)) {
      const type = checkExpr(cx, arg);
      if (type?.kind === 'array') noteAssigned(cx, arg);
    }
  }
}

/** The type of a call of `type`; undefined where it could not be typed. */
export const returned = (type: FunctionType): CType | undefined =>
  type.returns === ERROR_TYPE ? undefined : type.returns;
