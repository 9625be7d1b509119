/** Members: behind `.` and `->`, and as designators in an initialiser. In order of declaration, without padding. */
import type { CType } from '../../../types/ctype';
import { findField, typeName } from '../../../types/ctype';
import type { ExpressionScope, Program } from '../../check/context/program';
import type { InitItem, InitList } from '../../syntax/tree';
import type { Node } from '../../syntax/visitor';
import { usedFields } from '../recordText';
import { postfixStart, type TypedText, textOf } from '../typedText';
import { type Completion, RANK } from './completion';

/** The members of a structure, those of its anonymous members too. */
export function fields(type: CType | undefined): Completion[] {
  if (type?.kind !== 'struct' && type?.kind !== 'union') return [];
  return usedFields(type).map((f, order) => ({
    label: f.name ?? '',
    kind: 'field',
    detail: typeName(f.type),
    rank: RANK.local,
    order,
  }));
}
/** The type whose members can follow the `.` or `->` that is token `access`. */
export function typeBehind(
  program: Program,
  typed: TypedText,
  access: number,
  scope: ExpressionScope,
): CType | undefined {
  const first = postfixStart(typed, access - 1);
  if (first >= access) return undefined;
  const { type } = program.checkExpression(textOf(typed, first, access - 1), scope);
  return type?.kind === 'pointer' ? type.to : type;
}

/** The type that the innermost initialiser around the cursor fills, and the designators that it has. */
export function initialisedAt(
  program: Program,
  path: readonly Node[],
): { readonly type: CType; readonly named: ReadonlySet<string> } | undefined {
  const outer = path.findIndex((n) => n.kind === 'initList');
  const holder = path[outer - 1];
  if (!holder) return undefined;
  let type: CType | undefined;
  if (holder.kind === 'declarator') type = program.symbolOf(holder)?.type ?? program.typeOfSyntax(holder.type);
  else if (holder.kind === 'compound') type = program.typeOfSyntax(holder.type) ?? program.typeOf(holder);
  let list: InitList | undefined;
  for (const node of path.slice(outer)) {
    if (node.kind === 'initList') {
      list = node;
      continue;
    }
    if (node.kind !== 'initItem' || !list || node.value.kind !== 'initList') continue;
    type = type && filledBy(type, list, node);
  }
  if (!type || !list) return undefined;
  const named = list.items.flatMap(({ designators: [first] }) =>
    first?.kind === 'fieldDesignator' ? first.name.text : [],
  );
  return { type, named: new Set(named) };
}
/** The type of the member or element that an item of a list fills. */
function filledBy(type: CType, list: InitList, item: InitItem): CType | undefined {
  if (item.designators.length > 0) {
    let at: CType | undefined = type;
    for (const d of item.designators) {
      if (d.kind === 'indexDesignator') at = at?.kind === 'array' ? at.of : undefined;
      else at = at?.kind === 'struct' || at?.kind === 'union' ? findField(at, d.name.text)?.field.type : undefined;
    }
    return at;
  }
  if (type.kind === 'array') return type.of;
  return type.kind === 'struct' ? type.fields?.[list.items.indexOf(item)]?.type : undefined;
}
