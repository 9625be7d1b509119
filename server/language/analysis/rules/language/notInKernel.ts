/** `not-in-kernel`: a function of the kernel that the version of the machine does not have, where a version is chosen. */
import { isBefore } from '../../../../profiles/versions';
import { lookupApi } from '../../../catalogue/catalogue';
import type { Program } from '../../../check/context/program';
import type { Name } from '../../../syntax/tree';
import type { Rule, RuleContext } from '../../engine/rule';

const codes: Rule<'not-in-kernel'>['codes'] = {
  'not-in-kernel': {
    group: 'language',
    severity: 'warning',
    summary: 'a kernel function that the kernel version of the machine does not have',
    why: 'The driver does not build there: `implicit declaration of function`. What kmem runs is 6.1, whatever version is named, so that it does not notice.',
    bad: 'machine {\n\tkernel = "5.4";\n}\n\nvoid page_clear(struct page *page)\n{\n\tvoid *addr = kmap_local_page(page);\n\n\tmemset(addr, 0, PAGE_SIZE);\n\tkunmap_local(addr);\n}\n',
    good: 'machine {\n\tkernel = "5.4";\n}\n\nvoid page_clear(struct page *page)\n{\n\tvoid *addr = kmap(page);\n\n\tmemset(addr, 0, PAGE_SIZE);\n\tkunmap(page);\n}\n',
    instead: 'What that version has, or a newer version in `machine { kernel = "…"; }`.',
    limits:
      'Only where the machine block, kmem.json or the setting `kmem.machine` names a kernel version. Versions are those of the mainline kernel: distributions and stable kernels have some functions earlier.',
  },
};
type Context = RuleContext<'not-in-kernel'>;

export const notInKernel: Rule<'not-in-kernel'> = {
  codes,
  start(cx) {
    if (!isVersionChosen(cx.program)) return {};
    return {
      visit: {
        ident: (e, sym) => {
          if (sym?.kind === 'api') named(cx, { text: e.name, span: e.span });
        },
        macroLoop: ({ call: { callee } }) => {
          if (callee.kind === 'ident') named(cx, { text: callee.name, span: callee.span });
        },
        macroDeclaration: ({ macro }) => named(cx, macro),
      },
    };
  },
};
function named(cx: Context, { text, span }: Pick<Name, 'text' | 'span'>): void {
  const entry = lookupApi(text);
  const { kernel } = cx.program.machine;
  if (!entry || span.file < 0) return;
  const { since, until } = entry;
  const what =
    since !== undefined && isBefore(kernel, since)
      ? `came with ${since}`
      : until !== undefined && !isBefore(kernel, until)
        ? `is gone since ${until}`
        : undefined;
  if (what === undefined) return;
  cx.report('not-in-kernel', span, () => ({
    message: `${text}() ${what}, and the machine has kernel ${kernel}, which cannot build this. Use what ${kernel} has, or name another version`,
  }));
}
/** Whether a version is named; without one, code for other versions than the default's is as welcome. */
function isVersionChosen({ files, choice }: Program): boolean {
  const blocks = files.flatMap(({ tree }) => tree.items.flatMap((item) => (item.kind === 'machine' ? [item] : [])));
  return blocks.length === 0
    ? choice?.kernel !== undefined
    : blocks.some(({ items }) => items.some(({ key }) => key.text === 'kernel'));
}
