/** The page of a rule, as Markdown: docs/rules/CODE.md and `kmem check --explain CODE`. */
import { infoOf } from '../analysis/rules';

const block = (text: string): string[] => ['```c', text.trimEnd(), '```', ''];

/** With a capital letter, unless it begins with a name of code. */
const sentence = (text: string): string =>
  /^\w+\(|^_/.test(text) ? text : `${text[0]?.toUpperCase()}${text.slice(1)}`;

/** The page of `code`; undefined for a code that is not the linter's. */
export function rulePage(code: string): string | undefined {
  const rule = infoOf(code);
  if (!rule) return undefined;
  const { group, severity, summary, why, bad, good, instead, limits, holdsOn, atRunTime = [] } = rule;
  const seen = atRunTime.map((title) => `\`${title}\``).join(', ');
  return [
    `# ${code}`,
    '',
    `${sentence(summary)}.`,
    '',
    `Group: ${group}. Severity: ${severity}.${holdsOn === undefined ? '' : ` Holds on ${holdsOn}.`}`,
    ...(seen === '' ? [] : [`At run time kmem reports the same as ${seen}.`]),
    '',
    '## Why it is bad',
    why,
    '',
    ...(bad === '' ? [] : ['## Example', ...block(bad)]),
    '## Use instead',
    instead,
    '',
    ...(good === '' ? [] : block(good)),
    '## When it can be wrong',
    limits,
    '',
    '## How to turn it off',
    'For one line: a comment at its end, or on the line above it.',
    '',
    ...block(`// kmem-ignore ${code}: the reason`),
    'For a workspace, in `kmem.json`:',
    '',
    '```json',
    `{ "rules": { "${code}": "off" } }`,
    '```',
    '',
  ].join('\n');
}
