/** `frame-too-large`: locals of a function that take more of the kernel stack than the kernel's build allows. */
import { sizeOf } from '../../../../types/ctype';
import type { VarSym } from '../../../check/context/program';
import type { Rule } from '../../engine/rule';
import { frameSize, stackSize } from './frameSize';

const codes: Rule<'frame-too-large'>['codes'] = {
  'frame-too-large': {
    group: 'stack',
    severity: 'warning',
    summary: 'a function whose locals take too much of the kernel stack',
    why: 'A kernel stack has 16 KiB on x86_64 and 8 KiB on i386, for everything from the system call down to the interrupt on top of it, and it does not grow. The kernel’s build warns above CONFIG_FRAME_WARN (`-Wframe-larger-than`: 2048 bytes, 1024 on i386), and so does this rule. What goes beyond the end of the stack hits the guard page (x86_64), or the data below it (i386).',
    bad: 'int table_read(struct file *file)\n{\n\tchar line[4096];\n\n\tmemset(line, 0, sizeof(line));\n\treturn 0;\n}\n',
    good: 'int table_read(struct file *file)\n{\n\tchar *line = kzalloc(4096, GFP_KERNEL);\n\n\tif (!line)\n\t\treturn -ENOMEM;\n\tkfree(line);\n\treturn 0;\n}\n',
    instead: 'Allocate large buffers: `kmalloc()`, or a member of the structure that the function works on.',
    limits: 'The size is the sum of the locals: a compiler may put two in one place, or keep some in registers.',
  },
};

export const frameTooLarge: Rule<'frame-too-large'> = {
  codes,
  start: ({ program, report }) => ({
    body(sym) {
      const { frameWarn } = program.profile.arches[program.machine.arch];
      const bytes = frameSize(program, sym);
      if (bytes <= frameWarn) return;
      const size = (v: VarSym): number => sizeOf(v.type) ?? 0;
      const [largest] = [...sym.locals].sort((a, b) => size(b) - size(a));
      const stack = stackSize(program);
      report('frame-too-large', sym.def.name.span, () => ({
        message: `the locals of ${sym.name} take ${bytes} bytes of the kernel stack${stack === undefined ? '' : `, which has ${stack} for all calls together`}; the kernel's build warns above ${frameWarn}. Allocate the large ones with kmalloc()`,
        ...(largest?.span
          ? { related: [{ span: largest.span, message: `'${largest.name}' takes ${size(largest)} bytes` }] }
          : {}),
      }));
    },
  }),
};
