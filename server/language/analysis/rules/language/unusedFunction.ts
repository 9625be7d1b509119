/** `unused-function`: a static function that nothing names. */
import type { Sym } from '../../../check/context/program';
import { walkTree } from '../../../syntax/visitor';
import type { Rule } from '../../engine/rule';

const codes: Rule<'unused-function'>['codes'] = {
  'unused-function': {
    group: 'language',
    severity: 'hint',
    summary: 'a static function that nothing calls or takes the address of',
    why: 'It never runs. The compiler of the kernel warns (`-Wunused-function`); often a call on the error path has been forgotten.',
    bad: 'static void *ring;\n\nstatic void ring_free(void)\n{\n\tkfree(ring);\n}\n\nint nic_remove(void)\n{\n\treturn 0;\n}\n',
    good: 'static void *ring;\n\nstatic void ring_free(void)\n{\n\tkfree(ring);\n}\n\nint nic_remove(void)\n{\n\tring_free();\n\treturn 0;\n}\n',
    instead: 'Call it, remove it, or mark it `__maybe_unused`.',
    limits: 'A function that is only called by itself counts as used. Inline functions are not reported.',
  },
};

export const unusedFunction: Rule<'unused-function'> = {
  codes,
  start({ program, report }) {
    const used = new Set<Sym>();
    const named = new Set<string>();
    return {
      visit: {
        // `DEVICE_ATTR_RO(mode)` names mode_show()
        macroDeclaration(node) {
          const declared = program.expansionOfDeclaration(node);
          if (!declared) {
            // module_init(nic_init) calls it, though not here
            for (const arg of node.args) if (arg.kind === 'ident') named.add(arg.name);
            return;
          }
          walkTree(declared, (inner) => {
            const sym = inner.kind === 'ident' ? program.symbolOf(inner) : undefined;
            if (sym?.kind === 'function') used.add(sym);
          });
        },
      },
      names(sym) {
        used.add(sym);
        return undefined;
      },
      finish() {
        for (const sym of program.functions) {
          const words = sym.def.modifiers.names.map((name) => name.text);
          const meant = !words.includes('static') || words.includes('inline') || words.includes('__maybe_unused');
          if (!sym.def.body || meant || used.has(sym) || named.has(sym.name)) continue;
          report('unused-function', sym.def.name.span, () => ({
            message: `nothing calls ${sym.name}() or takes its address: call it, remove it, or mark it __maybe_unused`,
          }));
        }
      },
    };
  },
};
