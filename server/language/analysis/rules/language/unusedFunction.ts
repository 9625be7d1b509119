/** `unused-function`: a static function that nothing names. */
import type { Sym } from '../../../check/context/program';
import type { Rule } from '../../engine/rule';

const codes: Rule<'unused-function'>['codes'] = {
  'unused-function': {
    group: 'language',
    severity: 'hint',
    summary: 'a static function that nothing calls or takes the address of',
    why: 'It never runs. In the kernel the compiler warns (`-Wunused-function`); often the call on the error path has been forgotten.',
    bad: 'static void *p;\nstatic void release(void)\n{\n\tkfree(p);\n}\ntask t {\n\tmsleep(1);\n}\n',
    good: 'static void *p;\nstatic void release(void)\n{\n\tkfree(p);\n}\ntask t {\n\trelease();\n}\n',
    instead: 'Call it, remove it, or mark it `__maybe_unused`.',
    limits: 'A function that is only called by itself counts as used.',
  },
};

export const unusedFunction: Rule<'unused-function'> = {
  codes,
  start({ program, report }) {
    const used = new Set<Sym>();
    return {
      visit: {
        ident(node) {
          const sym = program.symbolOf(node);
          if (sym?.kind === 'function') used.add(sym);
        },
      },
      finish() {
        for (const sym of program.functions) {
          const words = sym.def.modifiers.names.map((name) => name.text);
          const meant = !words.includes('static') || words.includes('inline') || words.includes('__maybe_unused');
          if (!sym.def.body || meant || used.has(sym)) continue;
          report('unused-function', sym.def.name.span, () => ({
            message: `nothing calls ${sym.name}() or takes its address: call it, remove it, or mark it __maybe_unused`,
          }));
        }
      },
    };
  },
};
