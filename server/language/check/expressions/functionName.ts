/** `__func__`: a static array that holds the name of the function or block it is in. It is made where a body first uses it. */
import { withQualifiers } from '../../../types/conversions';
import { arrayOf } from '../../../types/ctype';
import type { Ident, StringLit } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';
import type { Owner } from '../context/nameScopes';
import type { VarSym } from '../context/program';

export const isFunctionName = (name: string): boolean => name === '__func__' || name === '__FUNCTION__';

/** The array that `expr` names; undefined after a message. */
export function functionName(cx: CheckContext, expr: Ident): VarSym | undefined {
  const sym = cx.scopes.functionName((owner) => newFunctionName(cx, owner, expr));
  if (sym) return sym;
  const { owner } = cx.scopes;
  const why = owner
    ? `'${owner.name}' does not use it, so it has no place in memory`
    : 'it is known only inside of one';
  return cx.problems.error('undeclared', `'${expr.name}' is the name of a function or block: ${why}`, expr.span);
}
function newFunctionName(cx: CheckContext, owner: Owner, { span }: Ident): VarSym {
  const { name } = owner;
  const init: StringLit = { kind: 'string', value: name, span };
  const type = arrayOf(withQualifiers(cx.basic.char, { const: true }), name.length + 1);
  const sym: VarSym = {
    kind: 'var',
    name: '__func__',
    type,
    storage: 'global',
    id: cx.nextId++,
    align: 0,
    init,
    owner,
  };
  cx.rules.checkInitialiser(cx, init, type, true);
  cx.found.globals.push(sym);
  return sym;
}
