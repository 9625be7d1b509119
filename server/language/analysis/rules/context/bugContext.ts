/** `bug-context`: a call that the kernel answers with a BUG in this context, whatever its arguments: vmalloc() in an interrupt. */
import type { ApiEntry } from '../../../catalogue/entry';
import { callPathTo, contextText } from '../../engine/evidence';
import { type ExecContext, has } from '../../engine/execContext';
import type { Rule } from '../../engine/rule';

const codes: Rule<'bug-context'>['codes'] = {
  'bug-context': {
    group: 'context',
    severity: 'warning',
    summary: 'a call that stops the kernel with a BUG in the context that it is made in',
    why: 'vmalloc(), vmap(), ioremap() and their counterparts change the page tables of the kernel under locks that interrupts must not take: `kernel BUG at mm/vmalloc.c` in an interrupt or with bottom halves off, for vfree() in an NMI. It happens each time, with every configuration.',
    bad: 'static void *buffer;\nirq i {\n\tbuffer = vmalloc(4096);\n}\n',
    good: 'static void *buffer;\nwork w {\n\tbuffer = vmalloc(4096);\n}\nirq i {\n\tschedule_work(&w);\n}\n',
    instead: 'Do it in a task or a work item (`schedule_work()`), or use kmalloc() with GFP_ATOMIC for what fits.',
    limits: 'Which functions these are is a field of the catalogue.',
    atRunTime: ['kernel BUG at mm/vmalloc.c'],
  },
};

/** Whether the kernel stops with a BUG at a call of `entry` here. */
export function isBug({ bugIn }: ApiEntry, c: ExecContext): boolean {
  if (!bugIn) return false;
  return c.entry === 'nmi' || (bugIn === 'interrupt' && (c.entry !== 'task' || has(c, 'bh')));
}

export const bugContext: Rule<keyof typeof codes> = {
  codes,
  start: (cx) => ({
    apiCall({ call, context, instance, name }, { entry }) {
      if (!isBug(entry, context)) return;
      cx.report('bug-context', call.span, () => {
        const callPath = callPathTo(instance, context);
        return {
          message: `${name}() is a kernel BUG when called ${contextText(context, callPath)}. Move it to a task or a work item (schedule_work())`,
          related: callPath.related,
        };
      });
    },
  }),
};
