/** How deep types lie in each other. What walks a type recurses once per level. */
import { isRecord } from './conversions';
import type { CType, RecordType } from './ctype';

/** Levels that kmem follows. */
export const MOST_TYPE_LEVELS = 250;
const known = new WeakMap<RecordType, number>();

/** 0 for a type that consists of no other. A structure behind a pointer does not count: it may contain that pointer. */
export function typeLevels(type: CType): number {
  switch (type.kind) {
    case 'pointer':
      return isRecord(type.to) ? 1 : 1 + typeLevels(type.to);
    case 'array':
      return 1 + typeLevels(type.of);
    case 'function':
      return 1 + typeLevels(type.returns);
    case 'struct':
    case 'union':
      return levelsOf(type);
    default:
      return 0;
  }
}
function levelsOf(record: RecordType): number {
  // it is not complete yet, and will have members
  if (!record.fields) return 1;
  let most = known.get(record);
  if (most === undefined) {
    most = 1;
    for (const field of record.fields) most = Math.max(most, 1 + typeLevels(field.type));
    known.set(record, most);
  }
  return most;
}
