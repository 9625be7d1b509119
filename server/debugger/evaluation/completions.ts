/** Completion in the debug console: fields after `.` and `->`, else variables, functions and constants. */

import { baseExpression } from '../../language/ide/complete';
import type { CType } from '../../types/ctype';
import { typeName } from '../../types/ctype';
import type { Frame, Target } from '../target/target';

export interface Completion {
  readonly label: string;
  readonly kind: 'field' | 'variable' | 'function';
  readonly detail?: string;
}
const MOST = 200;

/** What is possible where `before` ends, and the word that it would replace. */
export function complete(
  target: Target,
  before: string,
  frame: Frame | undefined,
): { word: string; items: Completion[] } {
  const match = /([A-Za-z_]\w*)?$/.exec(before);
  const word = match?.[1] ?? '';
  const head = before.slice(0, before.length - word.length);
  const access = /(->|\.)\s*$/.exec(head);
  const items = access ? fieldsOf(target, baseExpression(head.slice(0, access.index)), frame) : names(target, frame);
  const fits = items.filter((item) => item.label.startsWith(word));
  const seen = new Set<string>();
  return { word, items: fits.filter((i) => !seen.has(i.label) && seen.add(i.label)).slice(0, MOST) };
}

function fieldsOf(target: Target, base: string, frame: Frame | undefined): Completion[] {
  let type: CType;
  try {
    type = target.evaluate(base, frame).type;
  } catch {
    return [];
  }
  if (type.kind === 'pointer') type = type.to;
  return type.kind === 'struct' || type.kind === 'union' ? fields(type) : [];
}
function fields(type: CType): Completion[] {
  if (type.kind !== 'struct' && type.kind !== 'union') return [];
  return (type.fields ?? []).flatMap((f): Completion[] =>
    f.name === undefined ? fields(f.type) : [{ label: f.name, kind: 'field', detail: typeName(f.type) }],
  );
}
function names(target: Target, frame: Frame | undefined): Completion[] {
  const out: Completion[] = [];
  if (frame)
    for (const l of target.locals(frame)) out.push({ label: l.name, kind: 'variable', detail: typeName(l.type) });
  for (const g of target.program.globals)
    if (!g.owner) out.push({ label: g.name, kind: 'variable', detail: typeName(g.type) });
  for (const name of ['current', 'jiffies', 'mem_map']) out.push({ label: name, kind: 'variable' });
  for (const { name, detail } of target.builtinNames()) out.push({ label: name, kind: 'function', detail });
  return out;
}
