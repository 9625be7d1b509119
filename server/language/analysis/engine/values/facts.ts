/** What is known about variable paths on one path through a body: an immutable list sorted by path. */
import { joinValues, sameValue, UNKNOWN, type Value } from './knownBits';
import type { PathId } from './varPaths';

export interface Fact {
  readonly path: PathId;
  readonly value: Value;
}
export type Facts = readonly Fact[];
export const NO_FACTS: Facts = [];

export function factOf(facts: Facts, path: PathId): Value | undefined {
  for (const fact of facts) if (fact.path === path) return fact.value;
  return undefined;
}
/** `facts` with `path` known to be `value`, or unknown. */
export function withFact(facts: Facts, path: PathId, value: Value | undefined): Facts {
  let at = 0;
  while (at < facts.length && (facts[at] as Fact).path < path) at++;
  const before = facts[at];
  const there = before?.path === path;
  if (!value && !there) return facts;
  if (value && there && before.value === value) return facts;
  const copy: Fact[] = new Array(facts.length + (value ? 1 : 0) - (there ? 1 : 0));
  for (let i = 0; i < at; i++) copy[i] = facts[i] as Fact;
  let to = at;
  if (value) copy[to++] = { path, value };
  for (let i = there ? at + 1 : at; i < facts.length; i++) copy[to++] = facts[i] as Fact;
  return copy;
}
export function without(facts: Facts, paths: readonly PathId[]): Facts {
  return facts.some((f) => paths.includes(f.path)) ? facts.filter((f) => !paths.includes(f.path)) : facts;
}

/** Whether `b` implies every fact in `a`. */
export function weakerFacts(a: Facts, b: Facts): boolean {
  if (a === b) return true;
  let at = 0;
  for (const { path, value } of a) {
    while ((b[at]?.path ?? path) < path) at++;
    const there = b[at];
    if (there?.path !== path || !sameValue(value, there.value)) return false;
  }
  return true;
}

/** What both know. */
export function joinFacts(a: Facts, b: Facts): Facts {
  const both: Fact[] = [];
  let at = 0;
  for (const { path, value } of a) {
    while ((b[at]?.path ?? path) < path) at++;
    const there = b[at];
    let joined = there?.path === path ? joinValues(value, there.value) : undefined;
    // what one of them has lost is not assumed to be what it was at first
    if (value === UNKNOWN || (there?.path === path && there.value === UNKNOWN)) joined = UNKNOWN;
    if (joined) both.push({ path, value: joined });
  }
  return both;
}
export function sameFacts(a: Facts, b: Facts): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const [one, other] = [a[i] as Fact, b[i] as Fact];
    if (one.path !== other.path || !sameValue(one.value, other.value)) return false;
  }
  return true;
}
