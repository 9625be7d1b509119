/** Members of structures by their names. */
import type { RecordType } from '../../../types/ctype';
import { findField } from '../../../types/ctype';
import type { CheckContext } from '../context/checkContext';
import type { NamedField } from '../context/program';

/** The member of a structure that a name finds, one object each; undefined if there is none, or its members are not known yet. */
export function memberNamed(cx: CheckContext, record: RecordType, name: string): NamedField | undefined {
  let members = cx.types.members.get(record);
  if (!members) cx.types.members.set(record, (members = new Map()));
  let member = members.get(name);
  if (!member) {
    const found = findField(record, name);
    if (!found) return undefined;
    member = { record, field: found.field, offset: found.offset };
    members.set(name, member);
  }
  return member;
}
