/**
 * What a store may change besides the path it names: paths below it, the same field reached through another pointer, and what a pointer of
 * the same type may lead to. Computed once per body, for the paths about which facts are kept in it.
 */
import { typeKey } from '../global/stores';
import { isPointed, type PathId, type VarPaths } from '../values/varPaths';
import type { Block, CallEffects, Cfg, Part, Step } from './cfg';

const NONE: readonly PathId[] = [];

function listed<K>(map: Map<K, PathId[]>, key: K, id: PathId): void {
  const known = map.get(key);
  if (known) known.push(id);
  else map.set(key, [id]);
}
type Groups<K> = ReadonlyMap<K, readonly PathId[]>;

/** The paths about which facts are kept in a body, grouped as stores ask for them: most bodies need few of the groups. */
class Tracked {
  /** what is reached through pointers to integers and pointers, by the key of the type */
  private readonly dereferences: Groups<string> | undefined;
  /** predicates, by the paths that they compare */
  private readonly comparing: Groups<PathId> | undefined;
  private pointees: Groups<string> | undefined;
  private fields: Groups<string> | undefined;

  constructor(
    private readonly paths: VarPaths,
    private readonly ids: readonly PathId[],
    private readonly bitOf: ReadonlyMap<PathId, number>,
    private readonly effects: CallEffects,
  ) {
    let dereferences: Map<string, PathId[]> | undefined;
    let comparing: Map<PathId, PathId[]> | undefined;
    for (const id of ids) {
      const { variable, members, type, of } = paths.get(id);
      for (const compared of of) listed((comparing ??= new Map()), compared, id);
      const key = variable && members.endsWith('*') ? typeKey(type) : undefined;
      if (key !== undefined) listed((dereferences ??= new Map()), key, id);
    }
    this.dereferences = dereferences;
    this.comparing = comparing;
  }
  /** What pointers to a type with this key may lead to. */
  pointeesOf(key: string): readonly PathId[] {
    if (!this.pointees) {
      const pointees = new Map<string, PathId[]>();
      for (const id of this.ids) {
        const { variable, type } = this.paths.get(id);
        const of = variable && typeKey(type);
        if (of !== undefined && this.effects.mayBePointee(id)) listed(pointees, of, id);
      }
      this.pointees = pointees;
    }
    return this.pointees.get(key) ?? NONE;
  }
  /** The fields of this name. */
  named(field: string): readonly PathId[] {
    if (!this.fields) {
      const fields = new Map<string, PathId[]>();
      for (const id of this.ids) {
        const { variable, field: own } = this.paths.get(id);
        if (variable && own) listed(fields, own, id);
      }
      this.fields = fields;
    }
    return this.fields.get(field) ?? NONE;
  }
  inPart({ variable, prefix }: Part): readonly PathId[] {
    return this.paths.startingWith(variable, prefix).filter((id) => this.bitOf.has(id));
  }
  /** Adds the paths that a store to `id` may change besides. */
  touched(id: PathId, out: PathId[]): void {
    const { paths, effects } = this;
    const { variable, members, type, field } = paths.get(id);
    if (!variable) return;
    if (paths.hasParts(variable)) {
      for (const other of paths.below(variable, members)) if (other !== id && this.bitOf.has(other)) out.push(other);
    }
    const isBehind = members.endsWith('*');
    if (isBehind || this.dereferences) {
      const key = typeKey(type);
      const same =
        key === undefined
          ? undefined
          : isBehind
            ? this.pointeesOf(key)
            : effects.mayBePointee(id)
              ? this.dereferences?.get(key)
              : undefined;
      for (const other of same ?? NONE) if (other !== id) out.push(other);
    }
    if (!field) return;
    const byPointer = isPointed(members);
    for (const other of this.named(field)) {
      if (other === id) continue;
      if (isPointed(paths.get(other).members)) {
        if (byPointer || effects.isReachable(id)) out.push(other);
      } else if (byPointer && effects.isReachable(other)) out.push(other);
    }
  }
  /** Adds the predicates that compare a path or, with `all`, one of those already in `out`. */
  compared(id: PathId, out: PathId[], all = true): void {
    if (!this.comparing) return;
    const others = all ? [...out] : NONE;
    for (const p of this.comparing.get(id) ?? NONE) out.push(p);
    for (const other of others) for (const p of this.comparing.get(other) ?? NONE) out.push(p);
  }
}

/** Fills in `touches`, `pairs` and `paths` of the steps of a body that keeps facts about `ids`, which have bits in `bitOf`. */
export function resolveAliases(
  paths: VarPaths,
  { paths: ids, bitOf }: Pick<Cfg, 'paths' | 'bitOf'>,
  blocks: readonly Block[],
  effects: CallEffects,
): void {
  const tracked = new Tracked(paths, ids, bitOf, effects);
  for (const { steps } of blocks) {
    for (const step of steps) {
      if (step.op === 'call' || step.op === 'deref' || step.op === 'store' || step.op === 'state') continue;
      const out: PathId[] = [];
      switch (step.op) {
        case 'assign':
          tracked.touched(step.path, out);
          tracked.compared(step.path, out);
          if (out.length > 0) step.touches = out;
          break;
        case 'copy': {
          const own = tracked.inPart(step.to);
          step.pairs = own.map((to) => [to, sourceOf(paths, to, step.to, step.from)]);
          for (const to of own) {
            const also: PathId[] = [to];
            tracked.touched(to, also);
            tracked.compared(to, also);
            out.push(...also);
          }
          step.touches = out;
          break;
        }
        case 'forget':
          for (const id of step.stored) {
            out.push(id);
            if (!step.only) tracked.touched(id, out);
          }
          for (const field of step.fields) out.push(...tracked.named(field));
          if (step.through !== '') out.push(...tracked.pointeesOf(step.through));
          for (const id of [...out].reverse()) tracked.compared(id, out, false);
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
