/**
 * The analyses behind the linter. `analyse` takes a checked program and returns what the rules find. To add a rule: write a file in rules/
 * that exports a `Rule` (engine/rule.ts) and add it to `RULES`; facts about API functions belong in the catalogue.
 */
import type { Diagnostic, Program } from '../check/context/program';
import { analysisOf } from './engine/analysisContext';
import { enterAll } from './engine/roots';
import type { Rule, RuleContext } from './engine/rule';
import { lockNotReleased } from './rules/lockNotReleased';
import { sleepInAtomic } from './rules/sleepInAtomic';

const RULES = [sleepInAtomic, lockNotReleased] as const;
type CodeOf<R> = R extends Rule<infer C> ? C : never;
const INCOMPLETE = 'analysis-incomplete';
type LintCode = CodeOf<(typeof RULES)[number]> | typeof INCOMPLETE;

/** The rules' codes, each with a one-line meaning (listed in the docs). */
export const LINT_CODES: Readonly<Record<LintCode, string>> = Object.assign(
  { [INCOMPLETE]: 'the analysis of a function stopped being exact: findings in it may be missing' },
  ...RULES.map((rule) => rule.codes),
);

/** Findings of every rule, in the order of the source. Works on programs with errors too: code that could not be checked is skipped. */
export function analyse(program: Program): Diagnostic<LintCode>[] {
  const found = new Map<string, Diagnostic<LintCode>>();
  const cx: RuleContext<LintCode> = {
    program,
    report(code, span, finding) {
      const key = `${code}:${span.file}:${span.start}`;
      if (!found.has(key)) found.set(key, { code, severity: 'warning', span, ...finding() });
    },
  };
  const hooks = RULES.map((rule) => rule.start(cx));
  const analysis = analysisOf(program, hooks);
  enterAll(analysis);
  for (const hook of hooks) hook.finish?.();
  for (const [{ kind, def, name }, why] of analysis.inexact) {
    const { span } = def.name;
    const message = `the analysis of ${kind === 'function' ? `${name}()` : name} stops being exact here: ${why}. Findings in it and in what it calls may be missing`;
    found.set(`${INCOMPLETE}:${span.file}:${span.start}`, { code: INCOMPLETE, severity: 'info', span, message });
  }
  return [...found.values()].sort(
    (a, b) => a.span.file - b.span.file || a.span.start - b.span.start || (a.code < b.code ? -1 : 1),
  );
}
