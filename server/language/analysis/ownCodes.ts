/** Codes of the linter about itself: where it gave up, and comments that silence it. */
import type { RuleInfo } from './engine/rule';

export const OWN_CODES = {
  'analysis-incomplete': {
    group: 'the linter itself',
    severity: 'info',
    summary: 'the analysis of a function stopped being exact: findings in it may be missing',
    why: 'The linter follows every path through a function, apart from the others as long as there are few. A function that is entered in very many states, or has very many paths, is followed only in part. What is reported in it is as sure as elsewhere, but something may be missing.',
    bad: '',
    good: '',
    instead: 'Split the function, or the conditions in it.',
    limits: 'It says nothing about the code: only that silence is not a proof here.',
  },
  'suppression-without-reason': {
    group: 'the linter itself',
    severity: 'warning',
    summary: 'a comment // kmem-ignore that does not say why',
    why: 'A finding that is silenced without a reason cannot be reviewed later.',
    bad: 'static DEFINE_SPINLOCK(l);\ntask t {\n\tspin_lock(&l);\n\tmsleep(1); // kmem-ignore sleep-in-atomic\n\tspin_unlock(&l);\n}\n',
    good: 'static DEFINE_SPINLOCK(l);\ntask t {\n\tspin_lock(&l);\n\tmsleep(1); // kmem-ignore sleep-in-atomic: shows the report\n\tspin_unlock(&l);\n}\n',
    instead: 'Write the reason after a colon: `// kmem-ignore CODE: reason`.',
    limits: 'It says nothing of the reason that is given: any text counts.',
  },
  'suppression-without-effect': {
    group: 'the linter itself',
    severity: 'warning',
    summary: 'a comment // kmem-ignore that silences nothing',
    why: 'The mistake that it was written for is gone, or the code is misspelt. It would silence the next mistake in this line.',
    bad: 'task t {\n\tmsleep(1); // kmem-ignore sleep-in-atomic: in a task\n}\n',
    good: 'task t {\n\tmsleep(1);\n}\n',
    instead: 'Remove the comment, or correct the code in it.',
    limits:
      'A finding that holds only on other kernels or machines than the one at hand is not there, and so not silenced.',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;
