/** The analyses behind the linter. `analyse` takes a checked program and returns what the rules (rules.ts) find. */
import type { Diagnostic, Program } from '../check/context/program';
import { analysisOf, cfgOf } from './engine/analysisContext';
import { ownedCallbacks } from './engine/locks/waited';
import { enterAll } from './engine/roots';
import type { RuleContext, Walked } from './engine/rule';
import { followObjects } from './objects/followObjects';
import { LINT_CODES, type LintCode, OBJECT_RULES, RULES } from './rules';

/** Findings of every rule, in the order of the source. Works on programs with errors too: code that could not be checked is skipped. */
export function analyse(program: Program): Diagnostic<LintCode>[] {
  const found = new Map<string, Diagnostic<LintCode>>();
  const cx: RuleContext<LintCode> = {
    program,
    report(code, span, finding) {
      if (span.file < 0) return; // of what is not in the source
      const key = `${code}:${span.file}:${span.start}`;
      if (!found.has(key)) found.set(key, { code, severity: LINT_CODES[code].severity, span, ...finding() });
    },
  };
  const hooks = RULES.map((rule) => rule.start(cx));
  const objectHooks = OBJECT_RULES.map((rule) => rule.start(cx));
  const analysis = analysisOf(program, hooks);
  enterAll(analysis);
  followObjects(analysis, objectHooks);
  const walked: Walked = {
    bodies: [...analysis.graph.bodies.values()],
    cfgOf: (body) => cfgOf(analysis, body),
    isExact: (sym) => !analysis.inexact.has(sym),
    owned: () => ownedCallbacks(analysis.locks.refs, analysis.graph.registrations),
    isPassed: (lock, sym) => analysis.locks.refs.isPassed(lock, sym),
  };
  for (const hook of hooks) hook.finish?.(walked);
  for (const hook of objectHooks) hook.finish?.();
  for (const [{ kind, def, name }, why] of analysis.inexact) {
    const message = `the analysis of ${kind === 'function' ? `${name}()` : name} stops being exact here: ${why}. Findings in it and in what it calls may be missing: split it`;
    cx.report('analysis-incomplete', def.name.span, () => ({ message }));
  }
  return [...found.values()].sort(
    (a, b) => a.span.file - b.span.file || a.span.start - b.span.start || (a.code < b.code ? -1 : 1),
  );
}
