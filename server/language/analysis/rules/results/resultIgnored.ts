/** `result-ignored`: a call as a statement, whose result says whether it failed, or is all that leads to what it allocated. */
import type { FunctionSym, Program } from '../../../check/context/program';
import type { Call } from '../../../syntax/tree';
import type { Rule } from '../../engine/rule';

const codes: Rule<'result-ignored'>['codes'] = {
  'result-ignored': {
    group: 'results',
    severity: 'warning',
    summary: 'nobody looks at a result that must be looked at',
    why: 'A failure passes unnoticed, or memory is lost at once. The kernel marks such functions __must_check, and its compiler warns (`ignoring return value of …`).',
    bad: 'static DEFINE_MUTEX(nic_lock);\n\nvoid nic_ioctl(void)\n{\n\tmutex_lock_interruptible(&nic_lock);\n\tmutex_unlock(&nic_lock);\n}\n',
    good: 'static DEFINE_MUTEX(nic_lock);\n\nint nic_ioctl(void)\n{\n\tif (mutex_lock_interruptible(&nic_lock))\n\t\treturn -EINTR;\n\tmutex_unlock(&nic_lock);\n\treturn 0;\n}\n',
    instead: 'Store the result and test it.',
    limits:
      'A call as a statement only: a result that is stored and not tested is not reported. A cast to void says that it is meant.',
  },
};

export const resultIgnored: Rule<keyof typeof codes> = {
  codes,
  start: ({ program, report }) => ({
    visit: {
      expr({ expr }) {
        const why = expr.kind === 'call' ? reason(program, expr) : undefined;
        if (why) report('result-ignored', expr.span, () => ({ message: why }));
      },
    },
  }),
};

function reason(program: Program, call: Call): string | undefined {
  const sym = call.callee.kind === 'ident' ? program.symbolOf(call.callee) : undefined;
  if (sym?.kind === 'function') return isMarked(sym) ? ofMarked(sym) : undefined;
  if (sym?.kind !== 'api') return undefined;
  const { allocates, freedWith, mustCheck, result } = sym.entry;
  if (allocates && !allocates.managed && !allocates.instead) {
    return `${sym.name}() returns the only pointer to what it allocates: without it the memory is lost. Store the result, and free it with ${freedWith?.[0] ?? 'its function'}()`;
  }
  if (!mustCheck) return undefined;
  const says = result === 'error code' ? 'whether it has failed' : 'what it has done';
  return `the result of ${sym.name}() says ${says}, and nobody looks at it. Store it and test it`;
}
const isMarked = (sym: FunctionSym): boolean => sym.def.modifiers.names.some((n) => n.text === '__must_check');
const ofMarked = (sym: FunctionSym): string =>
  `${sym.name}() is declared __must_check, and nobody looks at its result. Store it and test it`;
