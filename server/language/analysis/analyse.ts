/**
 * The analyses behind the linter. `analyse` takes a checked program and gives what the rules find. To add a rule: implement `Rule`
 * (interproc.ts), add it to `rulesFor`; what it needs to know of an API function belongs in the catalogue.
 */
import type { Diagnostic, Program } from '../check/program';
import { CallGraph } from './engine/callGraph';
import { Contexts } from './engine/execContext';
import type { Rule } from './engine/interproc';
import { Interproc } from './engine/interproc';
import { enterAll } from './engine/roots';
import { Places } from './engine/trackedPlaces';
import { LockNotReleased } from './rules/lockNotReleased';
import { SleepInAtomic } from './rules/sleepInAtomic';

/** What the rules report: code and one line of what it means (docs list them). */
export const LINT_CODES = {
  'sleep-in-atomic': 'a call that sleeps, or may, where the kernel cannot switch to another task',
  'wrong-context': 'a call that does not sleep and still is not for interrupt context',
  'lock-not-released': 'an entry point is left with a lock held, or with interrupts, preemption or bottom halves off',
} as const;

const rulesFor = (program: Program): (Rule & { readonly found: readonly Diagnostic[] })[] => [
  new SleepInAtomic(program),
  new LockNotReleased(),
];

/** Findings of every rule, sorted by place. Works on programs with errors too: what could not be checked is not looked at. */
export function analyse(program: Program): Diagnostic[] {
  const places = new Places(program);
  const graph = new CallGraph(program, places);
  const rules = rulesFor(program);
  const inter = new Interproc(program, places, graph, new Contexts(), rules);
  enterAll(inter);
  const found: Diagnostic[] = [];
  for (const rule of rules) {
    rule.finish?.();
    found.push(...rule.found);
  }
  return found.sort((a, b) => a.span.file - b.span.file || a.span.start - b.span.start || (a.code < b.code ? -1 : 1));
}
