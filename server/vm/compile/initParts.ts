/**
 * The stores of `= { … }` in the order of memory: the checker's tree of what goes where, part by part. Compiling the values is exprs.ts's.
 */
import type { InitLeaf, InitValue } from '../../language/check/context/initTree';
import type { Expr, InitList } from '../../language/syntax/tree';
import { isRecord } from '../../types/conversions';
import { type CType, sizeOf } from '../../types/ctype';
import { type BitRange, bitsOf } from '../values/access';
import type { Tables } from './exprContext';

/** The same part of one or several objects: where in the whole, as which type. */
interface Target {
  readonly offsets: readonly number[];
  readonly type: CType;
  readonly bits?: BitRange | undefined;
}
/** The value of a part: zeros, the bytes of a string, or an expression's value, which is evaluated once. */
type InitPart = Target &
  (
    | { readonly kind: 'zero' }
    | { readonly kind: 'string'; readonly text: string }
    | { readonly kind: 'value'; readonly expr: Expr }
  );

/** The parts that `type name = init` stores. */
export function initParts(tables: Tables, type: CType, init: Expr | InitList): InitPart[] {
  const value: InitValue | undefined =
    init.kind === 'initList' ? tables.initialiserOf(init) : { kind: 'leaf', expr: init };
  const target: Target = { offsets: [0], type };
  const found = new Map<InitLeaf, Target>();
  if (value) collect(found, target, value);
  const parts = [...found].map(([{ expr }, at]): InitPart => {
    if (at.type.kind === 'array' && expr.kind === 'string') return { ...at, kind: 'string', text: expr.value };
    return { ...at, kind: 'value', expr };
  });
  const all = value?.kind === 'leaf' && type.kind !== 'array';
  return all ? parts : [{ ...target, kind: 'zero' }, ...parts];
}
function collect(found: Map<InitLeaf, Target>, target: Target, value: InitValue): void {
  const { offsets } = target;
  if (value.kind === 'leaf') {
    const known = found.get(value)?.offsets ?? [];
    found.set(value, { ...target, offsets: [...known, ...offsets] });
    return;
  }
  if (value.string) collect(found, target, value.string);
  const { type, runs } = value;
  for (const { from, last, value: part } of runs) {
    if (isRecord(type)) {
      const field = type.fields?.[from];
      if (!field) continue;
      const at = offsets.map((offset) => offset + field.offset);
      collect(found, { offsets: at, type: field.type, bits: bitsOf(field) }, part);
    } else {
      const size = sizeOf(type.of) ?? 0;
      const at = offsets.flatMap((offset) =>
        Array.from({ length: last - from + 1 }, (_, i) => offset + (from + i) * size),
      );
      collect(found, { offsets: at, type: type.of }, part);
    }
  }
}
