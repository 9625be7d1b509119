/**
 * What a store may change besides the path it names: paths below it, the same field reached through another pointer, and what a pointer of
 * the same type may lead to. Computed once per body, for the paths about which facts are kept in it.
 */
import type { VarSym } from '../../../check/context/program';
import { typeKey } from '../global/stores';
import { isBelow, isPointed, type PathId, type VarPaths } from '../values/varPaths';
import type { Block, CallEffects, Part, Step } from './cfg';

const NONE: readonly PathId[] = [];

function listed<K>(map: Map<K, PathId[]>, key: K, id: PathId): void {
  const known = map.get(key);
  if (known) known.push(id);
  else map.set(key, [id]);
}

/** Fills in `touches`, `pairs` and `paths` of the steps of a body that keeps facts about `tracked`. */
export function resolveAliases(
  paths: VarPaths,
  tracked: readonly PathId[],
  blocks: readonly Block[],
  effects: CallEffects,
): void {
  const byVariable = new Map<VarSym, PathId[]>();
  const byField = new Map<string, PathId[]>();
  /** by the key of the type: what pointers may lead to; and what is reached through pointers to integers and pointers */
  const pointees = new Map<string, PathId[]>();
  const dereferences = new Map<string, PathId[]>();
  const comparing = new Map<PathId, PathId[]>();
  for (const id of tracked) {
    const { variable, members, field, type, of } = paths.get(id);
    for (const compared of of) listed(comparing, compared, id);
    if (!variable) continue;
    listed(byVariable, variable, id);
    if (field) listed(byField, field, id);
    const key = typeKey(type);
    if (key === undefined) continue;
    if (effects.mayBePointee(id)) listed(pointees, key, id);
    if (members.endsWith('*')) listed(dereferences, key, id);
  }
  const touched = (id: PathId, out: PathId[]): void => {
    const path = paths.get(id);
    if (!path.variable) return;
    for (const other of byVariable.get(path.variable) ?? NONE) {
      if (other !== id && isBelow(paths.get(other).members, path.members)) out.push(other);
    }
    const key = typeKey(path.type);
    if (key !== undefined) {
      const same = path.members.endsWith('*') ? pointees : effects.mayBePointee(id) ? dereferences : undefined;
      for (const other of same?.get(key) ?? NONE) if (other !== id) out.push(other);
    }
    if (!path.field) return;
    const byPointer = isPointed(path.members);
    for (const other of byField.get(path.field) ?? NONE) {
      if (other === id) continue;
      const { members } = paths.get(other);
      if (isPointed(members) ? byPointer || effects.isReachable(id) : byPointer && effects.isReachable(other)) {
        out.push(other);
      }
    }
  };
  /** the predicates that compare a path, or one of those already in `out` */
  const compared = (id: PathId, out: PathId[], all = true): void => {
    if (comparing.size === 0) return;
    const others = all ? [...out] : NONE;
    for (const p of comparing.get(id) ?? NONE) out.push(p);
    for (const other of others) for (const p of comparing.get(other) ?? NONE) out.push(p);
  };
  const inPart = ({ variable, prefix }: Part): readonly PathId[] =>
    (byVariable.get(variable) ?? NONE).filter((id) => paths.get(id).members.startsWith(prefix));
  for (const { steps } of blocks) {
    for (const step of steps) {
      if (step.op === 'call' || step.op === 'deref' || step.op === 'store' || step.op === 'state') continue;
      const out: PathId[] = [];
      switch (step.op) {
        case 'assign':
          touched(step.path, out);
          compared(step.path, out);
          if (out.length > 0) step.touches = out;
          break;
        case 'copy': {
          const own = inPart(step.to);
          step.pairs = own.map((to) => [to, sourceOf(paths, to, step.to, step.from)]);
          for (const to of own) {
            const also: PathId[] = [to];
            touched(to, also);
            compared(to, also);
            out.push(...also);
          }
          step.touches = out;
          break;
        }
        case 'forget':
          for (const id of step.stored) {
            out.push(id);
            if (!step.only) touched(id, out);
          }
          for (const field of step.fields) out.push(...(byField.get(field) ?? NONE));
          if (step.through !== '') out.push(...(pointees.get(step.through) ?? NONE));
          for (const id of [...out].reverse()) compared(id, out, false);
          step.paths = out;
      }
    }
  }
}
/** The path that one is copied from, when a structure is; −1: it becomes zero. */
export function sourceOf(paths: VarPaths, id: PathId, to: Part, from: Part | undefined): PathId {
  const { members, field, type } = paths.get(id);
  if (!from) return -1;
  return paths.named(from.variable, from.prefix + members.slice(to.prefix.length), field, type)[0] ?? -2;
}
/** Makes the paths that copies of structures need: what is read of a copy is read of what it was copied from. */
export function copyPaths(paths: VarPaths, blocks: readonly Block[]): void {
  const copies: (Step & { op: 'copy' })[] = [];
  for (const { steps } of blocks) for (const step of steps) if (step.op === 'copy' && step.from) copies.push(step);
  for (let round = 0; round < 3; round++) {
    for (const { to, from } of copies) {
      for (const id of paths.startingWith(to.variable, to.prefix)) sourceOf(paths, id, to, from);
    }
  }
}
