/** How deep types lie in each other. What walks a type recurses once per level. */
import { isRecord } from './conversions';
import type { CType } from './ctype';

/** Levels that kmem follows. */
export const MOST_TYPE_LEVELS = 250;
const known = new WeakMap<CType, number>();

/** 0 for a type that consists of no other. A structure behind a pointer does not count: it may contain that pointer. */
export function typeLevels(type: CType): number {
  const found = known.get(type);
  if (found !== undefined) return found;
  const levels = levelsIn(type);
  // a structure that is not complete yet will have members
  if (!(isRecord(type) && type.fields === undefined)) known.set(type, levels);
  return levels;
}
function levelsIn(type: CType): number {
  switch (type.kind) {
    case 'pointer':
      return isRecord(type.to) ? 1 : 1 + typeLevels(type.to);
    case 'array':
      return 1 + typeLevels(type.of);
    case 'function':
      return 1 + typeLevels(type.returns);
    case 'struct':
    case 'union':
      return (type.fields ?? []).reduce((most, field) => Math.max(most, 1 + typeLevels(field.type)), 1);
    default:
      return 0;
  }
}
