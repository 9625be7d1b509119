/**
 * How findings count in a workspace: the severity of each code, or `off`; and the machine of scenarios that name none. From `kmem.json` and from the editor's settings; the editor's
 * come last. The parser's and the checker's errors stay as they are.
 */

import type { MachineChoice } from '../../profiles/machineConfig';
import { LINT_CODES } from '../analysis/rules';
import { CHECK_CODES } from '../check/context/checkCodes';
import type { Diagnostic, Severity } from '../check/context/program';
import { suggest } from '../syntax/suggest';
import { readMachineSetting } from './machineSetting';

export type Level = Severity | 'off';
export const LEVELS: readonly Level[] = ['off', 'hint', 'info', 'warning', 'error'];

export interface LintSettings {
  readonly rules: ReadonlyMap<string, Level>;
  /** of scenarios without a machine block */
  readonly machine: MachineChoice;
}
export const DEFAULT_SETTINGS: LintSettings = { rules: new Map(), machine: {} };

/** The codes whose findings settings can change. */
const adjustable = (code: string): boolean => code in LINT_CODES || code in CHECK_CODES;

/** Reads the content of a `kmem.json`, or of settings with its form. `problems` says what is wrong with it, in words. */
export function readSettings(data: unknown): { settings: LintSettings; problems: readonly string[] } {
  const problems: string[] = [];
  const rules = new Map<string, Level>();
  if (!isRecord(data))
    return { settings: DEFAULT_SETTINGS, problems: ['this is not an object: write { "rules": { … } }'] };
  for (const key of Object.keys(data)) {
    if (key !== 'rules' && key !== 'machine' && key !== '$schema')
      problems.push(`there is no setting '${key}': only 'rules' and 'machine'`);
  }
  const given = data.rules ?? {};
  if (!isRecord(given)) problems.push('\'rules\' is not an object: write { "rules": { "leak": "off" } }');
  else {
    for (const [code, level] of Object.entries(given)) {
      if (!adjustable(code)) {
        const near = suggest(code, [...Object.keys(LINT_CODES), ...Object.keys(CHECK_CODES)]);
        problems.push(`'${code}' is not a code of kmem${near === undefined ? '' : `; did you mean '${near}'?`}`);
      } else if (!LEVELS.includes(level as Level)) {
        problems.push(`'${code}' is one of ${LEVELS.join(', ')}, not ${JSON.stringify(level)}`);
      } else rules.set(code, level as Level);
    }
  }
  const machine = data.machine === undefined ? {} : readMachineSetting(data.machine, problems);
  return { settings: { rules, machine }, problems };
}
const isRecord = (data: unknown): data is Readonly<Record<string, unknown>> =>
  typeof data === 'object' && data !== null && !Array.isArray(data);

/** `over` where it says something, else `base`. */
export const joinSettings = (base: LintSettings, over: LintSettings): LintSettings => ({
  rules: new Map([...base.rules, ...over.rules]),
  machine: { ...base.machine, ...over.machine },
});

/** The diagnostics as the settings count them. What is an error of the language stays one. */
export function withSettings(found: readonly Diagnostic[], { rules }: LintSettings): Diagnostic[] {
  if (rules.size === 0) return [...found];
  return found.flatMap((d) => {
    const level = rules.get(d.code);
    if (level === undefined || (d.severity === 'error' && !(d.code in LINT_CODES))) return [d];
    return level === 'off' ? [] : [{ ...d, severity: level }];
  });
}
