/** `uninitialised-variable`: a local that is read before anything has been stored in it, on every path that leads there. */
import type { Rule } from '../../engine/rule';
import { readsOfNothing } from './unassigned';

const codes: Rule<'uninitialised-variable'>['codes'] = {
  'uninitialised-variable': {
    group: 'language',
    severity: 'warning',
    summary: 'a local that is read before it has a value',
    why: 'It has what an earlier call left on the stack: another value each time, and data of others if it is copied to user space. A pointer freed on an error path before it was set corrupts the slab.',
    bad: 'int nic_reset(bool hard)\n{\n\tint err;\n\n\tif (hard)\n\t\tmsleep(10);\n\treturn err;\n}\n',
    good: 'int nic_reset(bool hard)\n{\n\tint err = 0;\n\n\tif (hard)\n\t\tmsleep(10);\n\treturn err;\n}\n',
    instead: 'Give it a value where it is declared, or on every path before it is read.',
    limits:
      'Reported where no path to the read stores a value: one that is set on some paths only is not. A variable whose address is taken counts as stored to. The emulator starts each local with 0.',
  },
};

export const uninitialised: Rule<'uninitialised-variable'> = {
  codes,
  start: ({ program, report }) => ({
    body({ locals }, block) {
      if (locals.every((local) => local.init)) return;
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
