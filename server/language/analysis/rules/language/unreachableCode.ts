/** `unreachable-code`: statements behind a return, goto, break, continue or a call that does not come back. */
import { completes } from '../../../check/flow';
import type { Stmt } from '../../../syntax/tree';
import { contains } from '../../../syntax/visitor';
import type { Rule } from '../../engine/rule';

const codes: Rule<'unreachable-code'>['codes'] = {
  'unreachable-code': {
    group: 'language',
    severity: 'hint',
    summary: 'statements that no path reaches',
    why: 'Code behind a `return`, `goto`, `break` or `BUG()` never runs: often an unlock or a free that was meant to run, with the jump in the wrong place.',
    bad: 'static void *ring;\n\nint ring_free(void)\n{\n\treturn 0;\n\tkfree(ring);\n}\n',
    good: 'static void *ring;\n\nint ring_free(void)\n{\n\tkfree(ring);\n\treturn 0;\n}\n',
    instead: 'Remove it, or move the jump behind it.',
    limits:
      'It goes by the shape of the code, not by the values of conditions. A `break` behind a `return` is left alone.',
  },
};
const isLabel = (s: Stmt): boolean => s.kind === 'label' || s.kind === 'case';
const labelled = (s: Stmt): boolean => contains(s, (n) => n.kind === 'label' || n.kind === 'case');
const broken = (s: Stmt): boolean => contains(s, (n) => n.kind === 'errorStmt');

export const unreachableCode: Rule<'unreachable-code'> = {
  codes,
  start: ({ report }) => ({
    visit: {
      block({ body }) {
        for (let i = 0; i + 1 < body.length; i++) {
          const stmt = body[i] as Stmt;
          if (isLabel(stmt) || completes(stmt) || broken(stmt)) continue;
          const end = body.findIndex((s, at) => at > i && (isLabel(s) || labelled(s)));
          const dead = body.slice(i + 1, end < 0 ? body.length : end).filter((s) => s.kind !== 'empty');
          const [first] = dead;
          const last = dead.at(-1);
          if (!first || !last || first.kind === 'break') continue;
          const span = { ...first.span, end: last.span.end };
          report('unreachable-code', span, () => ({
            message: `nothing reaches this: the statement before it never continues here. Remove it, or correct what comes before`,
            related: [{ span: stmt.span, message: 'this never continues to the next statement' }],
          }));
          i = end < 0 ? body.length : end - 1;
        }
      },
    },
  }),
};
