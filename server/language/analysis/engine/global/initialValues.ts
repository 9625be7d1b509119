/** What an initialiser gives each part of a variable. */
import type { CType, RecordType } from '../../../../types/ctype';
import type { InitTree, InitValue } from '../../../check/context/initTree';
import type { Program, VarSym } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';

/** The expression that initialises a part; `zero` for what none names; undefined where that cannot be told. */
export function initialiserAt(program: Program, { init }: VarSym, members: string): Expr | 'zero' | undefined {
  if (!init) return 'zero';
  if (init.kind !== 'initList') return members === '' ? init : undefined;
  let at: InitValue | undefined = program.initialiserOf(init);
  for (const step of members.match(/\.\w+|\[\d+\]/g) ?? []) {
    if (!at) return 'zero';
    if (at.kind === 'leaf') return undefined;
    const path = step.startsWith('[') ? [Number(step.slice(1, -1))] : fieldIndices(at.type, step.slice(1));
    if (!path) return undefined;
    for (const index of path) {
      if (at?.kind !== 'tree') break;
      at = at.runs.find((run) => run.from <= index && index <= run.last)?.value;
    }
  }
  return !at ? 'zero' : at.kind === 'leaf' ? at.expr : undefined;
}
/** The indices that lead to a field, through anonymous members. */
function fieldIndices(type: CType, name: string): readonly number[] | undefined {
  if (type.kind !== 'struct' && type.kind !== 'union') return undefined;
  const fields = type.fields ?? [];
  const own = fields.findIndex((f) => f.name === name);
  if (own >= 0) return [own];
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i];
    const inner = field && field.name === undefined ? fieldIndices(field.type, name) : undefined;
    if (inner) return [i, ...inner];
  }
  return undefined;
}

/** Called for each field, or element of an array, that an initialiser gives a value; `field`: its name, or that of the array. */
export type VisitLeaf = (field: string, expr: Expr) => void;
export function eachLeaf(value: InitValue | undefined, field: string, visit: VisitLeaf): void {
  if (!value) return;
  if (value.kind === 'leaf') {
    visit(field, value.expr);
    return;
  }
  for (const run of value.runs) eachLeaf(run.value, nameOf(value, run.from) ?? field, visit);
}
const nameOf = ({ type }: InitTree, index: number): string | undefined =>
  type.kind === 'array' ? undefined : type.fields?.[index]?.name;
/** The names of all fields of a structure, and of those inside it. */
export function fieldNames(type: RecordType, out: string[] = []): readonly string[] {
  for (const { name, type: inner } of type.fields ?? []) {
    if (name !== undefined) out.push(name);
    let of = inner;
    while (of.kind === 'array') of = of.of;
    if (of.kind === 'struct' || of.kind === 'union') fieldNames(of, out);
  }
  return out;
}
