/** What is told, once, when kmem itself has made a mistake: nothing that a scenario does may lead here (architecture, invariant 6). */
import type { Report } from '../../kernel/printk/printk';

export const ISSUES = 'https://github.com/kmem/kmem/issues';
/** lines of the JavaScript stack that help to find it */
const STACK_LINES = 8;

export function mistakeReport(error: unknown): Report {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1, STACK_LINES + 1) : [];
  return {
    kind: 'mistake',
    title: `kmem has made a mistake: ${text}`,
    lines: [
      'It is not the scenario, and the emulated kernel does not say this. The run ends here; what has been recorded can still be looked at.',
      `Please report it, with the scenario: ${ISSUES}`,
      ...stack,
    ],
  };
}
