/** What a hover says: prototypes and rules of kernel functions, types and sizes of variables, places of fields, bits of gfp masks. */
import type { CType } from '../../memory/ctype';
import { findField, sizeOf, typeName } from '../../memory/ctype';
import type { Ident, Member, Name, Span } from '../ast';
import { kernelNames } from '../kernelNames';
import type { Program, Sym } from '../program';
import { type AnyNode, nodesAt } from './locate';
import { apiMarkdown } from './words';

export interface Hover {
  readonly markdown: string;
  readonly span: Span;
}

/** The hover at an offset of one of the program's files; undefined where there is nothing to say. */
export function hover(program: Program, file: number, offset: number): Hover | undefined {
  const path = nodesAt(program.files[file]?.tree.items ?? [], offset);
  const node = path[path.length - 1];
  if (!node) return undefined;
  const outer = path[path.length - 2];
  if (outer?.kind === 'member' && (outer as Member).name === (node as AnyNode))
    return fieldHover(program, outer as unknown as Member);
  if (node.kind === 'member') return fieldHover(program, node as unknown as Member);
  const target = node.kind === 'ident' || node.kind === 'name' ? (node as unknown as Ident | Name) : undefined;
  const sym = target ? (program.symbolOf(target) ?? symbolOfParent(program, outer, node)) : undefined;
  if (sym) return { markdown: symbolMarkdown(program, sym), span: node.span };
  if (target) {
    const named = program.lookup(target.kind === 'ident' ? target.name : target.text);
    if (named?.kind === 'api' || named?.kind === 'const')
      return { markdown: symbolMarkdown(program, named), span: node.span };
  }
  const type = program.typeOfSyntax(node) ?? (outer?.kind === 'recordType' ? program.typeOfSyntax(outer) : undefined);
  if (type && node.kind !== 'initList') return { markdown: typeMarkdown(type), span: node.span };
  return undefined;
}

/** A declaring name: the symbol belongs to the node around it. */
function symbolOfParent(program: Program, outer: AnyNode | undefined, node: AnyNode): Sym | undefined {
  if (!outer || !['declarator', 'function', 'context'].includes(outer.kind)) return undefined;
  const sym = program.symbolOf(outer as unknown as Parameters<Program['symbolOf']>[0]);
  return (outer as unknown as { name?: AnyNode }).name === node ? sym : undefined;
}

/** What is said of a symbol, in Markdown. */
export function symbolMarkdown(program: Program, sym: Sym): string {
  switch (sym.kind) {
    case 'api':
      return apiMarkdown(sym.name, sym.entry);
    case 'const':
      return constantMarkdown(program, sym.name, sym.value, sym.words);
    case 'function':
      return code(typeName(sym.type, sym.name));
    case 'context':
      return `${code(typeName(sym.type, sym.name))}\n${sym.word} of this scenario${sym.cpu === undefined ? '' : `, on CPU ${sym.cpu}`}`;
    case 'typedef':
      return `${code(`typedef ${typeName({ ...sym.type, typedef: undefined } as CType, sym.name)}`)}\n${sizeWords(sym.type)}`;
    case 'kernelVar':
      return `${code(typeName(sym.type, sym.name))}\nvariable of the kernel`;
    case 'var': {
      const what = sym.input
        ? 'input: any value to the linter; 0 at run time, or what `--set` gives'
        : sym.percpu
          ? 'one a CPU'
          : sym.storage === 'global'
            ? 'global'
            : sym.storage === 'param'
              ? 'parameter'
              : 'local, on the kernel stack';
      return `${code(typeName(sym.type, sym.name))}\n${what}, ${sizeWords(sym.type)}`;
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
  const text = `${code(typeName(found.field.type, member.name.text))}\noffset ${found.offset} in ${typeName(record)} (${sizeOf(record)} bytes), ${sizeWords(found.field.type)}${bits}`;
  return { markdown: text, span: member.name.span };
}

function constantMarkdown(program: Program, name: string, value: bigint, words: string | undefined): string {
  const lines = [code(`${name} = ${value} (0x${BigInt.asUintN(64, value).toString(16)})`)];
  if (words) lines.push(words);
  if (/^_*GFP_/.test(name)) lines.push(gfpWords(program, value));
  return lines.join('\n');
}

/** The bits of a gfp mask by name, and whether it may sleep. */
function gfpWords(program: Program, mask: bigint): string {
  const names: string[] = [];
  let rest = mask;
  for (const name of kernelNames.names()) {
    if (!/^__GFP_\w+$/.test(name)) continue;
    const bit = kernelNames.constant(name, program.machine.arch)?.value ?? 0n;
    if (bit !== 0n && (bit & (bit - 1n)) === 0n && (rest & bit) === bit) {
      names.push(name);
      rest &= ~bit;
    }
  }
  const direct = kernelNames.constant('__GFP_DIRECT_RECLAIM', program.machine.arch)?.value ?? 0x400n;
  const sleeps =
    (mask & direct) !== 0n
      ? 'may sleep: it has __GFP_DIRECT_RECLAIM'
      : 'does not sleep: it has no __GFP_DIRECT_RECLAIM';
  return `${names.map((n) => `\`${n}\``).join(' | ')}\n\n${sleeps}`;
}

const code = (text: string): string => `\`\`\`c\n${text}\n\`\`\``;
const sizeWords = (type: CType): string => {
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
    return `${code([`${type.kind} ${type.tag ?? ''} {`, ...fields, '};'].join('\n'))}\n${sizeWords(type)}`;
  }
  return `${code(typeName(type))}\n${sizeWords(type)}`;
}
