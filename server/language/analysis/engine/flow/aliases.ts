/**
 * What a store may change besides the path it names: paths below it, and the same field reached through another pointer. Computed once per
 * body, for the paths about which facts are kept in it.
 */
import type { VarSym } from '../../../check/context/program';
import type { PathId, VarPaths } from '../values/varPaths';
import type { Block } from './cfg';

const NONE: readonly PathId[] = [];

/** Fills in `touches` and `paths` of the steps of a body that keeps facts about `tracked`. */
export function resolveAliases(paths: VarPaths, tracked: readonly PathId[], blocks: readonly Block[]): void {
  const byVariable = new Map<VarSym, PathId[]>();
  const byField = new Map<string, PathId[]>();
  const comparing = new Map<PathId, PathId[]>();
  for (const id of tracked) {
    const { variable, field, of } = paths.get(id);
    for (const compared of of) {
      const known = comparing.get(compared);
      if (known) known.push(id);
      else comparing.set(compared, [id]);
    }
    if (!variable) continue;
    const own = byVariable.get(variable);
    if (own) own.push(id);
    else byVariable.set(variable, [id]);
    if (!field) continue;
    const alike = byField.get(field);
    if (alike) alike.push(id);
    else byField.set(field, [id]);
  }
  const touched = (id: PathId, out: PathId[]): void => {
    const path = paths.get(id);
    if (!path.variable) return;
    for (const other of byVariable.get(path.variable) ?? NONE) {
      if (other !== id && paths.get(other).members.startsWith(path.members)) out.push(other);
    }
    if (!path.field) return;
    const byPointer = path.members.includes('>');
    for (const other of byField.get(path.field) ?? NONE) {
      if (other !== id && (byPointer || paths.get(other).members.includes('>'))) out.push(other);
    }
  };
  /** the predicates that compare a path, or one of those already in `out` */
  const compared = (id: PathId, out: PathId[], all = true): void => {
    if (comparing.size === 0) return;
    const others = all ? [...out] : NONE;
    for (const p of comparing.get(id) ?? NONE) out.push(p);
    for (const other of others) for (const p of comparing.get(other) ?? NONE) out.push(p);
  };
  for (const { steps } of blocks) {
    for (const step of steps) {
      if (step.op === 'call') continue;
      const out: PathId[] = [];
      if (step.op === 'assign') {
        touched(step.path, out);
        compared(step.path, out);
        if (out.length > 0) step.touches = out;
        continue;
      }
      for (const id of step.stored) {
        out.push(id);
        if (!step.only) touched(id, out);
      }
      if (step.field) out.push(...(byField.get(step.field) ?? NONE));
      for (const id of [...out].reverse()) compared(id, out, false);
      step.paths = out;
    }
  }
}
