/** `uninitialised-variable`: a local that is read before anything has been stored in it, on every path that leads there. */
import type { Rule } from '../../engine/rule';
import { readsOfNothing } from './unassigned';

const codes: Rule<'uninitialised-variable'>['codes'] = {
  'uninitialised-variable': {
    group: 'language',
    severity: 'warning',
    summary: 'a local that is read before it has a value',
    why: 'It has what an earlier call left on the stack: another value each time, and data of others if it is copied to user space. A pointer freed on an error path before it was set corrupts the slab.',
    bad: 'task t {\n\tint ret;\n\tprintk("%d", ret);\n}\n',
    good: 'task t {\n\tint ret = 0;\n\tprintk("%d", ret);\n}\n',
    instead: 'Give it a value where it is declared, or on every path before it is read.',
    limits:
      'Reported where no path that leads there stores to it. A variable whose address is taken counts as stored to. The emulator starts each local with 0.',
  },
};

export const uninitialised: Rule<'uninitialised-variable'> = {
  codes,
  start: ({ program, report }) => ({
    body(_sym, block) {
      for (const { variable, span } of readsOfNothing(program, block)) {
        report('uninitialised-variable', span, () => ({
          message: `'${variable.name}' is read here, but nothing has been stored in it: give it a value first`,
          ...(variable.span
            ? { related: [{ span: variable.span, message: `'${variable.name}' is declared here` }] }
            : {}),
        }));
      }
    },
  }),
};
