/** Members of the kernel's structures that hold callbacks, whose type is another one in other kernel versions. */
import { sameType } from '../../../types/conversions';
import type { CType, RecordType } from '../../../types/ctype';
import type { Expr, InitList } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';

/** The type of a member that a function is put into: that of another version if the function has that. `type`: the one of the profile. */
export function callbackType(
  cx: CheckContext,
  { tag }: RecordType,
  member: string | undefined,
  type: CType,
  value: Expr | InitList,
): CType {
  if (member === undefined || value.kind !== 'ident') return type;
  const forms = cx.builtins.source.callbackForms?.(tag, member) ?? [];
  const sym = forms.length > 0 ? cx.scopes.lookup(value.name) : undefined;
  if (sym?.kind !== 'function') return type;
  const isFit = (form: CType): boolean => form.kind === 'pointer' && sameType(form.to, sym.type);
  return forms.map((form) => cx.layouts.parseType(form.type)).find(isFit) ?? type;
}
