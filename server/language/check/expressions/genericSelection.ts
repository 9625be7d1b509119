/** `_Generic(value, type: value, …, default: value)`: the value whose type is that of the first, which is not evaluated. */
import { sameType, unqualified } from '../../../types/conversions';
import { type CType, quotedType, sizeOf } from '../../../types/ctype';
import type { Association, Call } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';
import { ERROR_TYPE } from '../context/tables';
import { checkValue, typeOfSyntax } from '../types/checkTypes';

/** The type of the selected value, which becomes the call's expansion; undefined after a message. */
export function genericSelection(cx: CheckContext, call: Call): CType | undefined {
  const [control] = call.args;
  const associations = call.args.filter((a) => a.kind === 'association');
  if (!control || control.kind === 'association' || associations.length === 0)
    return cx.problems.error(
      'argument-count',
      'a _Generic needs an expression and values to select from: _Generic(x, int: a, default: b)',
      call.span,
    );
  const type = checkValue(cx, control);
  const seen: { readonly type: CType; readonly at: Association }[] = [];
  let fallback: Association | undefined;
  for (const at of associations) {
    cx.rules.checkExpr(cx, at.value);
    const own = at.type && typeOfSyntax(cx, at.type);
    const first = own ? seen.find((s) => sameType(s.type, own))?.at : fallback;
    if (own === ERROR_TYPE) continue;
    if (first) {
      const what = own ? `the type ${quotedType(own)}` : "'default'";
      cx.problems.error('duplicate-case', `${what} appears twice in this _Generic`, at.span, {
        related: [{ span: first.span, message: 'first here' }],
      });
    } else if (own && sizeOf(own) === undefined)
      cx.problems.error('incomplete-type', `no value has the type ${quotedType(own)}`, at.type?.span ?? at.span);
    else if (own) seen.push({ type: own, at });
    else fallback = at;
  }
  if (!type) return undefined;
  const selected = seen.find((s) => sameType(s.type, unqualified(type)))?.at ?? fallback;
  if (!selected)
    return cx.problems.error(
      'incompatible-types',
      `this _Generic has no value for ${quotedType(unqualified(type))}, and no 'default'`,
      control.span,
    );
  cx.tables.expansions.set(call, selected.value);
  return cx.rules.checkExpr(cx, selected.value);
}
