/** `bug-context`: a call that the kernel answers with a BUG in this context, whatever its arguments: vmalloc() in an interrupt. */
import type { ApiEntry } from '../../../catalogue/form/entry';
import { callPathTo, contextText } from '../../engine/evidence';
import { type ExecContext, has } from '../../engine/execContext';
import type { Rule } from '../../engine/rule';

const codes: Rule<'bug-context'>['codes'] = {
  'bug-context': {
    group: 'context',
    severity: 'warning',
    summary: 'a call that stops the kernel with a BUG in the context that it is made in',
    why: 'vmalloc(), vmap(), vunmap() and ioremap() take locks that interrupts must not take, and check for that: `kernel BUG at mm/vmalloc.c` in an interrupt or with bottom halves off, for vfree() in an NMI. It happens each time, whatever the configuration, and in an interrupt it is a panic (`Fatal exception in interrupt`).',
    bad: 'static void *dump;\n\nstatic irqreturn_t nic_interrupt(int irq, void *data)\n{\n\tdump = vmalloc(65536);\n\treturn IRQ_HANDLED;\n}\n\nint nic_open(int irq)\n{\n\treturn request_irq(irq, nic_interrupt, 0, "nic", NULL);\n}\n',
    good: 'static void *dump;\n\nstatic void nic_dump(struct work_struct *work)\n{\n\tdump = vmalloc(65536);\n}\nstatic DECLARE_WORK(dump_work, nic_dump);\n\nstatic irqreturn_t nic_interrupt(int irq, void *data)\n{\n\tschedule_work(&dump_work);\n\treturn IRQ_HANDLED;\n}\n\nint nic_open(int irq)\n{\n\treturn request_irq(irq, nic_interrupt, 0, "nic", NULL);\n}\n',
    instead: 'Do it in a task or a work item (`schedule_work()`), or use kmalloc() with GFP_ATOMIC for what fits.',
    limits:
      'A function of which no caller is known is taken to run in a task. What sleeps in an interrupt without such a check is `sleep-in-atomic`.',
    atRunTime: ['kernel BUG at mm/vmalloc.c'],
  },
};

/** Whether the kernel stops with a BUG at a call of `entry` here. */
export function isBug({ bugIn }: ApiEntry, c: ExecContext): boolean {
  if (!bugIn) return false;
  return c.entry === 'nmi' || (bugIn === 'interrupt' && isInterrupt(c));
}
/** in_interrupt(), which vmalloc() asks */
const isInterrupt = (c: ExecContext): boolean => c.entry !== 'task' || has(c, 'bh');
/** Whether a call takes vmalloc() where kmalloc() fails, and the kernel stops with a BUG there. */
export const mayBeBug = ({ allocates }: ApiEntry, c: ExecContext): boolean =>
  allocates?.kind === 'kvmalloc' && isInterrupt(c);

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
