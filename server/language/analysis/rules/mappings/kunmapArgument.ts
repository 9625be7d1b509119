/** `kunmap-argument`: kunmap() takes the page, kunmap_local() and kunmap_atomic() take the address; `void *` hides the difference. */
import { typeName } from '../../../../types/ctype';
import type { Program } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { sourceText } from '../../engine/evidence';
import type { Rule } from '../../engine/rule';

const codes: Rule<'kunmap-argument'>['codes'] = {
  'kunmap-argument': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'the address given to kunmap(), or the page given to kunmap_local() or kunmap_atomic()',
    why: 'kunmap() takes the struct page; given an address it reads a struct page that does not exist. kunmap_local() and kunmap_atomic() take the address; given a struct page they unmap nothing, or the page in another slot. The compiler accepts both, since the parameters are `void *`.',
    bad: 'void f(struct page *page)\n{\n\tvoid *p = kmap_local_page(page);\n\tmemset(p, 0, 8);\n\tkunmap_local(page);\n\tkunmap_local(p);\n}\n',
    good: 'void f(struct page *page)\n{\n\tvoid *p = kmap_local_page(page);\n\tmemset(p, 0, 8);\n\tkunmap_local(p);\n}\n',
    instead: '`kunmap(page)`, `kunmap_local(address)`.',
    limits: 'Goes by the type of the argument: a struct page behind a `void *` is not seen.',
  },
};

export const kunmapArgument: Rule<'kunmap-argument'> = {
  codes,
  start: ({ program, report }) => ({
    calls(sym) {
      const unmaps = sym.kind === 'api' ? sym.entry.unmaps : undefined;
      if (!unmaps) return undefined;
      return ({ args }) => {
        const given = args[unmaps.arg];
        if (!given) return;
        const page = isPage(program, given);
        if (page === undefined || page === (unmaps.by === 'page')) return;
        const text = sourceText(program, given.span);
        report('kunmap-argument', given.span, () => ({
          message:
            unmaps.by === 'page'
              ? `${sym.name}() takes the page that was mapped, not its address: '${text}' is '${typeName(program.typeOf(given) as never).trim()}'. Give it the struct page`
              : `${sym.name}() takes the address of the mapping, not the page: give it what the mapping returned instead of '${text}'`,
        }));
      };
    },
  }),
};
/** Whether an argument is a struct page; undefined: NULL, or nothing is known. */
function isPage(program: Program, given: Expr): boolean | undefined {
  const e = withoutCasts(given);
  const type = program.typeOf(e);
  if (program.constantOf(e) !== undefined || type?.kind !== 'pointer') return undefined;
  return type.to.kind === 'struct' && (type.to.tag === 'page' || type.to.tag === 'folio');
}
