/** The text of hovers: prototypes and rules of kernel functions, types and sizes of variables, offsets of fields, bits of gfp masks. */
import type { CType } from '../../types/ctype';
import { findField, sizeOf, typeName } from '../../types/ctype';
import { kernelVars } from '../catalogue/kernelvars';
import type { ConstSym, Program, Sym } from '../check/context/program';
import type { ContextWord, Member, Span } from '../syntax/tree';
import type { Node } from '../syntax/visitor';
import { apiMarkdown } from './apiSentences';
import { commentAbove } from './comments';
import { maskMarkdown, maskName } from './gfpMask';
import { nodesAt } from './locate';

export interface Hover {
  readonly markdown: string;
  readonly span: Span;
}

/** The hover at an offset of one of the program's files; undefined if there is none. */
export function hover(program: Program, file: number, offset: number): Hover | undefined {
  const path = nodesAt(program.files[file]?.tree.items ?? [], offset);
  const node = path[path.length - 1];
  if (!node) return undefined;
  const outer = path[path.length - 2];
  if (outer?.kind === 'member' && outer.name === node) return fieldHover(program, outer);
  if (node.kind === 'member') return fieldHover(program, node);
  const target = node.kind === 'ident' || node.kind === 'name' ? node : undefined;
  const sym = target ? (program.symbolOf(target) ?? symbolOfParent(program, outer, node)) : undefined;
  if (sym) return { markdown: symbolMarkdown(program, sym), span: node.span };
  if (target) {
    const named = program.lookup(target.kind === 'ident' ? target.name : target.text);
    if (named?.kind === 'api' || named?.kind === 'const')
      return { markdown: symbolMarkdown(program, named), span: node.span };
  }
  const mask = maskHover(program, node);
  if (mask) return mask;
  const type = program.typeOfSyntax(node) ?? (outer?.kind === 'recordType' ? program.typeOfSyntax(outer) : undefined);
  if (type && node.kind !== 'initList') return { markdown: typeMarkdown(type), span: node.span };
  return undefined;
}

const CONTEXT_TEXT: Readonly<Record<ContextWord, string>> = {
  task: 'kernel thread: may sleep',
  process: 'user process',
  irq: 'hard interrupt handler: must not sleep',
  nmi: 'handler of a non-maskable interrupt: must not sleep, nor take locks',
  softirq: 'softirq: must not sleep',
  tasklet: 'tasklet, runs as a softirq: must not sleep',
  timer: 'timer, runs as a softirq: must not sleep',
  work: 'work, runs on a kworker: may sleep',
  delayed_work: 'delayed work, runs on a kworker: may sleep',
};
/** The comment directly above, as a paragraph. */
function commentText(program: Program, span: Span): string {
  const source = program.files[span.file];
  const text = source && commentAbove(source, span.start);
  return text ? `\n\n${text}` : '';
}

/** The cursor between the parts of a mask, on `|`: the whole mask. */
function maskHover(program: Program, node: Node): Hover | undefined {
  if (node.kind !== 'binary') return undefined;
  if (program.typeOf(node)?.typedef !== 'gfp_t') return undefined;
  const value = program.constantOf(node);
  if (value === undefined) return undefined;
  const mask = Number(BigInt.asUintN(32, value));
  const { gfp } = program.profile;
  const markdown = `${code(`${maskName(gfp, mask)} = 0x${mask.toString(16)}`)}\n${maskMarkdown(gfp, mask)}`;
  return { markdown, span: node.span };
}

/** A declaring name: the symbol belongs to the node around it. */
function symbolOfParent(program: Program, outer: Node | undefined, node: Node): Sym | undefined {
  if (outer?.kind !== 'declarator' && outer?.kind !== 'function' && outer?.kind !== 'context') return undefined;
  return outer.name === node ? program.symbolOf(outer) : undefined;
}

/** The description of a symbol, in Markdown. */
function symbolMarkdown(program: Program, sym: Sym): string {
  switch (sym.kind) {
    case 'api':
      return apiMarkdown(sym.name, sym.entry);
    case 'const':
      return constantMarkdown(program, sym);
    case 'function':
      return code(typeName(sym.type, sym.name)) + commentText(program, sym.def.span);
    case 'context':
      return `${code(typeName(sym.type, sym.name))}\n${CONTEXT_TEXT[sym.word]}${sym.cpu === undefined ? '' : `, on CPU ${sym.cpu}`}${commentText(program, sym.def.span)}`;
    case 'typedef':
      return `${code(`typedef ${typeName(withoutTypedef(sym.type), sym.name)}`)}\n${sizeText(sym.type)}`;
    case 'kernelVar':
      return `${code(typeName(sym.type, sym.name))}\n${(Object.hasOwn(kernelVars, sym.name) && kernelVars[sym.name]?.summary) || 'variable of the kernel'}`;
    case 'var': {
      const what = sym.input
        ? 'input: any value to the linter; at run time 0, or the value of `--set`'
        : sym.percpu
          ? 'one per CPU'
          : sym.storage === 'global'
            ? 'global'
            : sym.storage === 'param'
              ? 'parameter'
              : 'local, on the kernel stack';
      return `${code(typeName(sym.type, sym.name))}\n${what}, ${sizeText(sym.type)}`;
    }
  }
}

function fieldHover(program: Program, member: Member): Hover | undefined {
  const base = program.typeOf(member.base);
  const record = base?.kind === 'pointer' ? base.to : base?.kind === 'array' ? base.of : base;
  if (record?.kind !== 'struct' && record?.kind !== 'union') return undefined;
  const found = findField(record, member.name.text);
  if (!found) return undefined;
  const bits = found.field.bitWidth === undefined ? '' : `, ${found.field.bitWidth} bits`;
  const text = `${code(typeName(found.field.type, member.name.text))}\noffset ${found.offset} in ${typeName(record)} (${sizeOf(record)} bytes), ${sizeText(found.field.type)}${bits}`;
  return { markdown: text, span: member.name.span };
}

function constantMarkdown(program: Program, { name, type, value, summary }: ConstSym): string {
  const lines = [code(`${name} = ${value} (0x${BigInt.asUintN(64, value).toString(16)})`)];
  if (summary) lines.push(summary);
  if (type.typedef === 'gfp_t') lines.push('', maskMarkdown(program.profile.gfp, Number(value)));
  return lines.join('\n');
}

const code = (text: string): string => `\`\`\`c\n${text}\n\`\`\``;
const sizeText = (type: CType): string => {
  const size = sizeOf(type);
  return size === undefined ? 'of unknown size' : size === 1 ? '1 byte' : `${size} bytes`;
};
function typeMarkdown(type: CType): string {
  if ((type.kind === 'struct' || type.kind === 'union') && type.fields) {
    const fields = type.fields
      .slice(0, 24)
      .map(
        (f) =>
          `    ${typeName(f.type, f.name ?? '')};${f.bitWidth === undefined ? '' : ` /* ${f.bitWidth} bits */`} // ${f.offset}`,
      );
    if (type.fields.length > 24) fields.push('    …');
    return `${code([`${type.kind} ${type.tag ?? ''} {`, ...fields, '};'].join('\n'))}\n${sizeText(type)}`;
  }
  return `${code(typeName(type))}\n${sizeText(type)}`;
}

/** The type itself, spelled without the name that a typedef gave it. */
function withoutTypedef(type: CType): CType {
  const { typedef: _, ...spelled } = type;
  return spelled;
}
