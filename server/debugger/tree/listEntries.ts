/**
 * The entries of a list: the structure that contains them, and the member that links them. Known for the kernel's own lists; for the
 * scenario's, derived from their uses (`list_add(&x->node, &ring->queue)`, `list_for_each_entry(pos, &queue, node)`).
 */
import type { Program } from '../../language/check/context/program';
import type { Profile } from '../../profiles/profile';
import type { RecordType } from '../../types/ctype';
import { findField } from '../../types/ctype';
import type { Layouts } from '../../types/layout';
import { isPageList } from '../inspect/values';
import type { View } from '../inspect/view';
import type { Origin } from '../target/target';

export interface ListKind {
  readonly record: RecordType;
  readonly member: string;
}
/** A head as written, `&ring->queue`: the last name in it is the key. */
const HEAD = String.raw`&?\s*(?:[\w.]|->|\[[^\]]*\])*?(\w+)(?:\[[^\]]*\])?`;
const ADD = new RegExp(String.raw`\blist_add(?:_tail)?(?:_rcu)?\s*\(\s*&[^,]*?(\w+)\s*,\s*${HEAD}\s*\)`, 'g');
const EACH = new RegExp(
  String.raw`\blist_for_each_entry\w*\s*\(\s*[^,]+,(?:\s*\w+\s*,)?\s*${HEAD}\s*,\s*(\w+)\s*\)`,
  'g',
);

const known = new WeakMap<Program, Map<string, ListKind>>();
/** Lists of the scenario by the name of their head. */
function scenarioLists(program: Program): Map<string, ListKind> {
  let lists = known.get(program);
  if (lists) return lists;
  lists = new Map();
  known.set(program, lists);
  for (const { text } of program.files) {
    for (const m of text.matchAll(ADD)) note(program, lists, m[2], m[1]);
    for (const m of text.matchAll(EACH)) note(program, lists, m[1], m[2]);
  }
  return lists;
}
function note(
  program: Program,
  lists: Map<string, ListKind>,
  head: string | undefined,
  member: string | undefined,
): void {
  if (!head || !member || lists.has(head)) return;
  const fits = (program.records ?? []).filter((r) => {
    const type = findField(r, member)?.field.type;
    return type?.kind === 'struct' && type.tag === 'list_head';
  });
  const [record, other] = fits;
  if (record && !other) lists.set(head, { record, member });
}

/** The entries of a list by its head's structure and name; undefined if unknown. */
export function listKind({ program, layouts, kernel }: View, origin: Origin): ListKind | undefined {
  if (isPageList(origin)) {
    const record = layouts.record('page');
    return record && { record, member: 'lru' };
  }
  return kernelKind(layouts, kernel.profile.lists, origin) ?? scenarioKind(program, origin);
}
/** The entries of a red-black tree of the kernel's. */
export const treeKind = ({ layouts, kernel }: View, origin: Origin): ListKind | undefined =>
  kernelKind(layouts, kernel.profile.trees, origin);

function kernelKind(layouts: Layouts, kinds: Profile['lists'], { record, field }: Origin): ListKind | undefined {
  const key = record === undefined ? field : `${record}.${field}`;
  const kind = key !== undefined && Object.hasOwn(kinds, key) ? kinds[key] : undefined;
  const entry = kind && layouts.record(kind.record);
  return kind && entry && { record: entry, member: kind.member };
}
function scenarioKind(program: Program, origin: Origin): ListKind | undefined {
  return origin.field === undefined ? undefined : scenarioLists(program).get(origin.field);
}
