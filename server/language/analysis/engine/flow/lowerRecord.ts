/** Structures and arrays that are given values as a whole: copies, compound literals, initialisers. */
import type { CType } from '../../../../types/ctype';
import type { InitValue } from '../../../check/context/initTree';
import type { VarSym } from '../../../check/context/program';
import type { Expr, InitList } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { fieldNames } from '../global/initialValues';
import type { Part } from './cfg';
import { assign, copy, forget, forgetFields, type Lowering, storeObject } from './lowering';

/** elements of an array that are given values one by one */
const MOST_ELEMENTS = 16;

export const isRecord = (type: CType | undefined): type is CType & { kind: 'struct' | 'union' } =>
  type?.kind === 'struct' || type?.kind === 'union';

/** The structure that an expression names, if it is a part of a variable or of what one points to. */
export function partOf(cx: Lowering, expr: Expr): Part | undefined {
  const e = withoutCasts(expr);
  const pointer = e.kind === 'unary' && e.op === '*' ? withoutCasts(e.operand) : undefined;
  if (pointer?.kind === 'unary' && pointer.op === '&') return partOf(cx, pointer.operand);
  const id = cx.paths.ofExpr(pointer ?? e);
  const { variable, members } = id === undefined ? { variable: undefined, members: '' } : cx.paths.get(id);
  return variable && { variable, prefix: `${members}${pointer ? '->' : '.'}` };
}
/** `target = value` of structures. */
export function assignRecord(cx: Lowering, to: Part | undefined, target: Expr | undefined, value: Expr): void {
  if (!to) {
    const type = target && cx.program.typeOf(target);
    if (isRecord(type)) forgetFields(cx, fieldNames(type));
    return;
  }
  const source = withoutCasts(value);
  if (source.kind === 'compound') {
    copy(cx, to, undefined);
    fill(cx, to.variable, to.prefix.replace(/\.$/, ''), cx.program.initialiserOf(source.init), '', undefined);
    return;
  }
  const from = partOf(cx, cx.meaning.get(source) ?? source);
  if (from) copy(cx, to, from);
  else forget(cx, cx.paths.startingWith(to.variable, to.prefix));
}
/** A local variable begins with what a list in braces gives it, and zeros. */
export function initialise(cx: Lowering, variable: VarSym, list: InitList): void {
  copy(cx, { variable, prefix: variable.type.kind === 'array' ? '[' : '.' }, undefined);
  fill(cx, variable, '', cx.program.initialiserOf(list), '', variable.type);
}
/** Assigns what an initialiser gives to each part. `members` ends in an arrow where the structure is behind a pointer. */
function fill(
  cx: Lowering,
  variable: VarSym,
  members: string,
  value: InitValue | undefined,
  field: string,
  type: CType | undefined,
): void {
  if (!value) return;
  if (value.kind === 'leaf') {
    if (isRecord(type)) assignRecord(cx, { variable, prefix: `${members}.` }, undefined, value.expr);
    else {
      for (const path of cx.paths.named(variable, members, field, type)) {
        storeObject(cx, path, value.expr, value.expr.span);
        assign(cx, path, '=', value.expr);
      }
    }
    return;
  }
  for (const run of value.runs) {
    if (value.type.kind === 'array') {
      for (let i = run.from; i <= Math.min(run.last, MOST_ELEMENTS - 1); i++) {
        fill(cx, variable, `${members}[${i}]`, run.value, field, value.type.of);
      }
      continue;
    }
    const { name, type: inner } = value.type.fields?.[run.from] ?? {};
    const dot = members.endsWith('->') ? '' : '.';
    // the fields of a member without a name are reached as if they were its owner's
    fill(cx, variable, name === undefined ? members : `${members}${dot}${name}`, run.value, name ?? field, inner);
  }
}
