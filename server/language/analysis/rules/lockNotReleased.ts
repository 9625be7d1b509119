/**
 * `lock-not-released`: a body that the kernel enters is left with a lock held or something turned off. Reported only where every state that
 * reaches one `return` holds it, so that a condition the analysis cannot follow causes no finding.
 */

import { callPathTo, takenText } from '../engine/evidence';
import type { ExecContext, Hold } from '../engine/execContext';
import type { Block } from '../engine/flow/cfg';
import type { Instance } from '../engine/instance';
import { Must } from '../engine/must';
import type { Rule } from '../engine/rule';

const codes: Rule<'lock-not-released'>['codes'] = {
  'lock-not-released': {
    group: 'locks',
    severity: 'warning',
    summary: 'an entry point is left with a lock held, or with interrupts, preemption or bottom halves off',
    why: 'The next one who wants the lock waits for ever. With interrupts or preemption off the CPU never switches to another task; lockdep prints `WARNING: lock held when returning to user space` or `BUG: workqueue leaked lock or atomic`.',
    bad: 'static DEFINE_SPINLOCK(l);\nextern int failed;\nirq i {\n\tspin_lock(&l);\n\tif (failed)\n\t\treturn;\n\tspin_unlock(&l);\n}\n',
    good: 'static DEFINE_SPINLOCK(l);\nextern int failed;\nirq i {\n\tspin_lock(&l);\n\tif (failed)\n\t\tgoto out;\nout:\n\tspin_unlock(&l);\n}\n',
    instead: 'Release it before every return: one way out with labels, as drivers have it.',
    limits: 'Reported where every state that reaches the return holds it.',
  },
};

export const lockNotReleased: Rule<keyof typeof codes> = {
  codes,
  start({ report }) {
    const left = new Must<Block, Hold, { readonly instance: Instance; readonly context: ExecContext }>(
      (a, b) => a.kind === b.kind && a.lock === b.lock && a.text === b.text,
    );
    return {
      leave(instance, context, block) {
        if ('caller' in instance.via || !instance.via.closed) return;
        const own = context.holds.filter((h) => h.inherited < 0 && h.kind !== 'pagefault');
        left.meet(block, own, { instance, context });
      },
      finish() {
        for (const { items, evidence } of left.results()) {
          const { sym } = evidence.instance;
          const name = sym.kind === 'context' ? `${sym.word} ${sym.name}` : `${sym.name}()`;
          for (const h of items) {
            report('lock-not-released', h.span, () => ({
              message: `${takenText(h)}, and ${name} ends without undoing it on at least one path: release it before every return`,
              related: callPathTo(evidence.instance, evidence.context).related.slice(0, 1),
            }));
          }
        }
      },
    };
  },
};
