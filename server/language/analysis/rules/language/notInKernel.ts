/** `not-in-kernel`: a function of the kernel that the version of the machine does not have, where a version is chosen. */
import { isBefore } from '../../../../profiles/versions';
import { sameType } from '../../../../types/conversions';
import { lookupApi } from '../../../catalogue/catalogue';
import { callbackForms, callForm } from '../../../catalogue/otherVersions';
import type { Program } from '../../../check/context/program';
import type { Expr, InitList, Name, Span } from '../../../syntax/tree';
import type { Rule, RuleContext } from '../../engine/rule';

const codes: Rule<'not-in-kernel'>['codes'] = {
  'not-in-kernel': {
    group: 'language',
    severity: 'warning',
    summary: 'a kernel function, or a form of a callback, that the kernel version of the machine does not have',
    why: 'The driver does not build there: `implicit declaration of function`. What kmem runs is 6.1, whatever version is named, so that it does not notice.',
    bad: 'machine {\n\tkernel = "5.4";\n}\n\nvoid page_clear(struct page *page)\n{\n\tvoid *addr = kmap_local_page(page);\n\n\tmemset(addr, 0, PAGE_SIZE);\n\tkunmap_local(addr);\n}\n',
    good: 'machine {\n\tkernel = "5.4";\n}\n\nvoid page_clear(struct page *page)\n{\n\tvoid *addr = kmap(page);\n\n\tmemset(addr, 0, PAGE_SIZE);\n\tkunmap(page);\n}\n',
    instead: 'What that version has, or a newer version in `machine { kernel = "…"; }`.',
    limits:
      'Only where the machine block, kmem.json or the setting `kmem.machine` names a kernel version. Versions are those of the mainline kernel: distributions and stable kernels have some functions earlier.',
  },
};
type Context = RuleContext<'not-in-kernel'>;
interface Versions {
  readonly since?: string;
  readonly until?: string;
}

export const notInKernel: Rule<'not-in-kernel'> = {
  codes,
  start(cx) {
    if (!isVersionChosen(cx.program)) return {};
    return {
      visit: {
        macroLoop: ({ call: { callee } }) => {
          if (callee.kind === 'ident') named(cx, { text: callee.name, span: callee.span });
        },
        macroDeclaration: ({ macro }) => named(cx, macro),
        call: ({ callee, args, span }) => {
          if (callee.kind === 'ident') called(cx, callee.name, args.length, span);
        },
        initItem: ({ designators, value }) => {
          const last = designators.at(-1);
          if (last?.kind === 'fieldDesignator') held(cx, last.name, value);
        },
        assign: ({ left, right }) => {
          if (left.kind === 'member') held(cx, left.name, right);
        },
      },
      names: (sym) => (sym.kind === 'api' ? ({ name, span }) => named(cx, { text: name, span }) : undefined),
    };
  },
};
function named(cx: Context, { text, span }: Pick<Name, 'text' | 'span'>): void {
  const entry = lookupApi(text);
  const { kernel } = cx.program.machine;
  if (!entry || span.file < 0) return;
  const what = missing(kernel, entry);
  if (what === undefined) return;
  cx.report('not-in-kernel', span, () => ({
    message: `${text}() ${what}, and the machine has kernel ${kernel}, which cannot build this. Use what ${kernel} has, or name another version`,
  }));
}
/** Why a version does not have it; undefined: it has it. */
function missing(kernel: string, { since, until }: Versions): string | undefined {
  if (since !== undefined && isBefore(kernel, since)) return `came with ${since}`;
  return until !== undefined && !isBefore(kernel, until) ? `is gone since ${until}` : undefined;
}
/** A call with the arguments of some versions. */
function called(cx: Context, name: string, args: number, span: Span): void {
  const { kernel } = cx.program.machine;
  const form = callForm(name, args);
  const what = form && missing(kernel, form);
  if (what === undefined) return;
  cx.report('not-in-kernel', span, () => ({
    message: `${name}() with ${args} arguments ${what}, and the machine has kernel ${kernel}, which cannot build this. Write it as ${kernel} has it, or name another version`,
  }));
}
/** A member that holds a function. */
function held(cx: Context, member: Name, value: Expr | InitList): void {
  const { program } = cx;
  const { kernel } = program.machine;
  const record = program.fieldOf(member)?.record;
  const sym = value.kind === 'ident' ? program.symbolOf(value) : undefined;
  if (!record || sym?.kind !== 'function') return;
  const forms = callbackForms(record.tag, member.text);
  const own = forms.find((form) => missing(kernel, form) === undefined);
  const given = forms.find(({ type }) => {
    const form = program.layouts.parseType(type);
    return form.kind === 'pointer' && sameType(form.to, sym.type);
  });
  const what = given && own && given !== own ? missing(kernel, given) : undefined;
  if (what === undefined) return;
  cx.report('not-in-kernel', value.span, () => ({
    message: `'${member.text}' of struct ${record.tag} as '${given?.type}' ${what}, and the machine has kernel ${kernel}, where it is '${own?.type}'. Write ${sym.name}() as ${kernel} wants it, or name another version`,
  }));
}
/** Whether a version is named; without one, code for other versions than the default's is as welcome. */
function isVersionChosen({ files, choice }: Program): boolean {
  const blocks = files.flatMap(({ tree }) => tree.items.flatMap((item) => (item.kind === 'machine' ? [item] : [])));
  return blocks.length === 0
    ? choice?.kernel !== undefined
    : blocks.some(({ items }) => items.some(({ key }) => key.text === 'kernel'));
}
