/** `deprecated-api`: a function of the kernel that has a successor. */
import { isBefore } from '../../../../profiles/versions';
import type { Rule } from '../../engine/rule';

const codes: Rule<'deprecated-api'>['codes'] = {
  'deprecated-api': {
    group: 'language',
    severity: 'hint',
    summary: 'a function that the kernel keeps only until its last users are gone',
    why: 'New code with it is turned down in review, and a later version may not have it. The successor has fewer rules: `kmap_local_page()` takes no global lock, does not wait for a free slot, and may be used in every context.',
    bad: 'void page_clear(struct page *page)\n{\n\tmemset(kmap(page), 0, PAGE_SIZE);\n\tkunmap(page);\n}\n',
    good: 'void page_clear(struct page *page)\n{\n\tvoid *addr = kmap_local_page(page);\n\n\tmemset(addr, 0, PAGE_SIZE);\n\tkunmap_local(addr);\n}\n',
    instead: 'The function that the message names.',
    limits: 'Silent on a machine whose kernel is older than the deprecation.',
    holdsOn: 'kernels from the version on that the message names',
  },
};

export const deprecatedApi: Rule<'deprecated-api'> = {
  codes,
  start: ({ program, report }) => ({
    calls(sym) {
      const deprecated = sym.kind === 'api' ? sym.entry.deprecated : undefined;
      if (!deprecated) return undefined;
      const { since, use } = deprecated;
      if (since !== undefined && isBefore(program.machine.kernel, since)) return undefined;
      return ({ callee }) =>
        report('deprecated-api', callee.span, () => ({
          message: `${sym.name}() is deprecated${since === undefined ? '' : ` since ${since}`}: use ${use}`,
        }));
    },
  }),
};
