/**
 * Masks that are written down where the caller has decided. `gfp-hard-coded`: a function with a gfp_t parameter allocates with a mask of
 * its own. `gfp-by-context`: a mask chosen by asking for the context.
 */
import { isSet } from '../../../../profiles/gfpValue';
import type { Program, VarSym } from '../../../check/context/program';
import type { Call, Expr } from '../../../syntax/tree';
import { walkTree } from '../../../syntax/visitor';
import { sourceText } from '../../engine/evidence';
import type { Rule, RuleContext } from '../../engine/rule';

type Code = 'gfp-hard-coded' | 'gfp-by-context';
const codes: Rule<Code>['codes'] = {
  'gfp-hard-coded': {
    group: 'gfp and sizes',
    severity: 'warning',
    summary: 'a function with a gfp_t parameter that allocates with a mask of its own',
    why: 'The caller passes GFP_ATOMIC because it holds a spinlock, and the function sleeps all the same (`BUG: sleeping function called from invalid context`); or the caller passes GFP_NOFS, and reclaim enters the filesystem that holds the lock.',
    bad: 'static void *desc_alloc(size_t size, gfp_t gfp)\n{\n\treturn kmalloc(size, GFP_KERNEL);\n}\n\nvoid *nic_open(void)\n{\n\treturn desc_alloc(64, GFP_KERNEL);\n}\n',
    good: 'static void *desc_alloc(size_t size, gfp_t gfp)\n{\n\treturn kmalloc(size, gfp);\n}\n\nvoid *nic_open(void)\n{\n\treturn desc_alloc(64, GFP_KERNEL);\n}\n',
    instead: 'Pass the parameter on; add modifiers to it where they are needed: `gfp | __GFP_NOWARN`.',
    limits:
      'Reported where a mask that sleeps is written as a constant. Silent in a function that tests its parameter: it may know what it does.',
  },
  'gfp-by-context': {
    group: 'gfp and sizes',
    severity: 'hint',
    summary: 'a mask that is chosen by in_atomic(), in_interrupt() or irqs_disabled()',
    why: '`in_atomic()` does not see a spinlock in a kernel without CONFIG_PREEMPT_COUNT, and `in_interrupt()` sees neither a spinlock nor interrupts that are off: the allocation sleeps where it must not. checkpatch.pl calls it an error in drivers.',
    bad: 'void *desc_alloc(size_t size)\n{\n\treturn kmalloc(size, in_atomic() ? GFP_ATOMIC : GFP_KERNEL);\n}\n',
    good: 'void *desc_alloc(size_t size, gfp_t gfp)\n{\n\treturn kmalloc(size, gfp);\n}\n',
    instead: 'Let the caller pass the mask: it knows its context.',
    limits:
      'Looks at `in_atomic() ? A : B`, not at an `if` that assigns the mask. With CONFIG_PREEMPT_COUNT, as Debian builds its kernels, `in_atomic()` sees spinlocks.',
  },
};

export const passedMask: Rule<Code> = {
  codes,
  start: (cx) => ({
    visit: {
      conditional(e) {
        if (e.then) chosen(cx, e, e.test, e.then, e.else);
      },
    },
    finish({ bodies }) {
      for (const { sym, tests, written } of bodies) {
        if (sym.kind !== 'function') continue;
        const own = sym.params.find(({ type }) => type.typedef === 'gfp_t');
        if (!own || sym.params.some((param) => param.type.typedef === 'gfp_t' && tests.has(param))) continue;
        for (const call of written) hardCoded(cx, call, own);
      }
    },
  }),
};
/** The mask argument of a call: of the kernel's API, or of a function of the scenario with one gfp_t parameter. */
function maskArgument({ symbolOf }: Program, call: Call): Expr | undefined {
  const sym = call.callee.kind === 'ident' ? symbolOf(call.callee) : undefined;
  if (sym?.kind === 'api') {
    const arg = sym.entry.gfp?.arg ?? sym.entry.mask;
    return arg === undefined ? undefined : call.args[arg];
  }
  if (sym?.kind !== 'function') return undefined;
  const { params } = sym.type;
  for (let i = 0; i < params.length; i++) if (params[i]?.type.typedef === 'gfp_t') return call.args[i];
  return undefined;
}
function hardCoded(cx: RuleContext<Code>, call: Call, own: VarSym): void {
  const { program } = cx;
  const written = maskArgument(program, call);
  const value = written && program.constantOf(written);
  if (!written || value === undefined || written.span.file < 0) return;
  if (!isSet(Number(value), program.profile.gfp.bits.__GFP_DIRECT_RECLAIM)) return;
  const text = sourceText(program, written.span);
  cx.report('gfp-hard-coded', written.span, () => ({
    message: `${text} is used here, though the caller passes a mask in '${own.name}': one that passes GFP_ATOMIC must not sleep. Pass '${own.name}' on`,
    ...(own.span ? { related: [{ span: own.span, message: `'${own.name}' is the mask that the caller wants` }] } : {}),
    fixes: [{ title: `pass '${own.name}'`, unsafe: true, edits: [{ span: written.span, text: own.name }] }],
  }));
}
function chosen(cx: RuleContext<Code>, whole: Expr, test: Expr, yes: Expr, no: Expr): void {
  const { program } = cx;
  const [a, b] = [program.constantOf(yes), program.constantOf(no)];
  if (a === undefined || b === undefined || a === b) return;
  if (program.typeOf(yes)?.typedef !== 'gfp_t' && program.typeOf(whole)?.typedef !== 'gfp_t') return;
  let asked: string | undefined;
  walkTree(test, (n) => {
    const sym = n.kind === 'call' && n.callee.kind === 'ident' ? program.symbolOf(n.callee) : undefined;
    if (sym?.kind === 'api' && sym.entry.asks && sym.entry.asks !== 'gfpflags_allow_blocking') asked ??= sym.name;
  });
  if (asked === undefined) return;
  const name = asked;
  cx.report('gfp-by-context', whole.span, () => ({
    message: `${name}() does not see every context in which sleeping is not allowed: let the caller pass the mask`,
  }));
}
