/**
 * What a store may change besides the place it names: paths below it, and the same field reached through another pointer. Worked out once a body,
 * among the places that facts are kept about in it.
 */
import type { VarSym } from '../../check/program';
import type { Block, PlaceId } from './cfg';
import type { Places } from './trackedPlaces';

const NONE: readonly PlaceId[] = [];

/** Fills in `touches` and `places` of the steps of a body that keeps facts about `tracked`. */
export function resolveAliases(places: Places, tracked: readonly PlaceId[], blocks: readonly Block[]): void {
  const byVariable = new Map<VarSym, PlaceId[]>();
  const byField = new Map<string, PlaceId[]>();
  const comparing = new Map<PlaceId, PlaceId[]>();
  for (const id of tracked) {
    const { variable, field, of } = places.get(id);
    for (const compared of of) {
      const known = comparing.get(compared);
      if (known) known.push(id);
      else comparing.set(compared, [id]);
    }
    if (!variable) continue;
    const paths = byVariable.get(variable);
    if (paths) paths.push(id);
    else byVariable.set(variable, [id]);
    if (!field) continue;
    const alike = byField.get(field);
    if (alike) alike.push(id);
    else byField.set(field, [id]);
  }
  const touched = (id: PlaceId, out: PlaceId[]): void => {
    const place = places.get(id);
    if (!place.variable) return;
    for (const other of byVariable.get(place.variable) ?? NONE) {
      if (other !== id && places.get(other).path.startsWith(place.path)) out.push(other);
    }
    if (!place.field) return;
    const byPointer = place.path.includes('>');
    for (const other of byField.get(place.field) ?? NONE) {
      if (other !== id && (byPointer || places.get(other).path.includes('>'))) out.push(other);
    }
  };
  /** the predicates that compare a place, or one of those already in `out` */
  const compared = (id: PlaceId, out: PlaceId[], all = true): void => {
    if (comparing.size === 0) return;
    const count = all ? out.length : 0;
    for (const p of comparing.get(id) ?? NONE) out.push(p);
    for (let i = 0; i < count; i++) for (const p of comparing.get(out[i] as PlaceId) ?? NONE) out.push(p);
  };
  for (const { steps } of blocks) {
    for (const step of steps) {
      if (step.op === 'call') continue;
      const out: PlaceId[] = [];
      if (step.op === 'assign') {
        touched(step.place, out);
        compared(step.place, out);
        if (out.length > 0) step.touches = out;
        continue;
      }
      for (const id of step.stored) {
        out.push(id);
        if (!step.only) touched(id, out);
      }
      if (step.field) out.push(...(byField.get(step.field) ?? NONE));
      for (let i = out.length - 1; i >= 0; i--) compared(out[i] as PlaceId, out, false);
      step.places = out;
    }
  }
}
