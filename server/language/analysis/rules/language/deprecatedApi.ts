/** `deprecated-api`: a function of the kernel that has a successor. */
import type { Rule } from '../../engine/rule';

const codes: Rule<'deprecated-api'>['codes'] = {
  'deprecated-api': {
    group: 'language',
    severity: 'hint',
    summary: 'a function that the kernel keeps only until its last users are gone',
    why: 'New code with it is turned down in review, and it may be missing in the next version. The successor is cheaper or has fewer rules: `kmap_local_page()` needs no lock for all CPUs, and may be used where sleeping is allowed or not.',
    bad: 'task t {\n\tstruct page *page = alloc_page(GFP_HIGHUSER);\n\tif (page) {\n\t\tmemset(kmap(page), 0, PAGE_SIZE);\n\t\tkunmap(page);\n\t\t__free_page(page);\n\t}\n}\n',
    good: 'task t {\n\tstruct page *page = alloc_page(GFP_HIGHUSER);\n\tif (page) {\n\t\tvoid *p = kmap_local_page(page);\n\t\tmemset(p, 0, PAGE_SIZE);\n\t\tkunmap_local(p);\n\t\t__free_page(page);\n\t}\n}\n',
    instead: 'The function that the message names.',
    limits: 'By the kernel version of the machine block.',
  },
};

export const deprecatedApi: Rule<'deprecated-api'> = {
  codes,
  start: ({ program, report }) => ({
    visit: {
      call({ callee }) {
        const sym = callee.kind === 'ident' ? program.symbolOf(callee) : undefined;
        const deprecated = sym?.kind === 'api' ? sym.entry.deprecated : undefined;
        if (!deprecated || callee.kind !== 'ident') return;
        const { since, use } = deprecated;
        report('deprecated-api', callee.span, () => ({
          message: `${callee.name}() is deprecated${since === undefined ? '' : ` since ${since}`}: use ${use}`,
        }));
      },
    },
  }),
};
