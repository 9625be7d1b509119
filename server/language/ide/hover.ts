/** The text of hovers: prototypes and rules of kernel functions, types and sizes of variables, offsets of fields, bits of gfp masks. */

import { maskName } from '../../profiles/gfpValue';
import type { CType } from '../../types/ctype';
import { findField, sizeOf, typeName } from '../../types/ctype';
import { kernelVars } from '../catalogue/kernelvars';
import type { ConstSym, ExpressionScope, NamedField, Program, Sym } from '../check/context/program';
import type { Call, ContextWord, DefineDir, Span } from '../syntax/tree';
import type { Node } from '../syntax/visitor';
import { apiMarkdown } from './apiSentences';
import { commentOf } from './comments';
import { maskMarkdown } from './gfpMask';
import { nodesAt } from './locate';
import { expansionText } from './macroText';
import type { Entity, Named } from './names/entities';
import { nameIndex } from './names/nameIndex';
import { nameAt } from './names/references';
import { recordText } from './recordText';

interface Hover {
  readonly markdown: string;
  readonly span: Span;
  /** the call whose function's name this is: where it runs is a question to the analysis */
  readonly call?: Span;
}

/** The hover at an offset of one of the program's files; undefined if there is none. */
export function hover(program: Program, file: number, offset: number): Hover | undefined {
  const path = nodesAt(program.files[file]?.tree.items ?? [], offset);
  const found = nameAt(program, file, offset);
  if (found) {
    const { span } = found.occurrence;
    const call = path.find((n): n is Call => n.kind === 'call' && n.callee.span.end === span.end);
    const markdown = entityMarkdown(program, found.entity) + (call ? expansion(program, call) : '');
    return { markdown, span, ...(call && path[0]?.kind !== 'declaration' ? { call: call.span } : {}) };
  }
  const node = path[path.length - 1];
  if (!node) return undefined;
  const mask = maskHover(program, node);
  if (mask) return mask;
  const type = node.kind === 'initList' ? undefined : program.typeOfSyntax(node);
  return type && { markdown: typeMarkdown(type), span: node.span };
}

/** The text on a name, as it is found in a scope or among the members of a type. */
export function nameMarkdown(
  program: Program,
  name: string,
  where: { readonly of: CType } | { readonly scope: ExpressionScope },
): string | undefined {
  const named = namedIn(program, name, where);
  if (!named) return undefined;
  const entity = nameIndex(program).find(named) ?? { name, named, occurrences: [] };
  return entityMarkdown(program, entity);
}
function namedIn(program: Program, name: string, where: Parameters<typeof nameMarkdown>[2]): Named | undefined {
  if ('of' in where) {
    const record = where.of.kind === 'struct' || where.of.kind === 'union' ? where.of : undefined;
    const found = record && findField(record, name);
    return found && { kind: 'field', found: { record, ...found } };
  }
  const sym = program.visibleNames(where.scope).find((s) => s.name === name) ?? program.lookup(name);
  return sym && { kind: 'symbol', sym };
}

function entityMarkdown(program: Program, entity: Entity): string {
  const { name, named } = entity;
  const comment = commentText(program, entity);
  switch (named.kind) {
    case 'symbol':
      return symbolMarkdown(program, named.sym, entity) + comment;
    case 'field':
      return fieldMarkdown(name, named.found) + comment;
    case 'tag':
      return typeMarkdown(named.type) + comment;
    case 'label':
      return `${code(`${name}:`)}\nlabel`;
  }
}

// ---------------------------------------------------------------- comments
const COMMENTED: ReadonlySet<Node['kind']> = new Set([
  'function',
  'context',
  'declaration',
  'decl',
  'define',
  'macroDeclaration',
  'macroDecl',
  'field',
  'enumConstant',
]);
/** The comment at its definition, or else at another declaration, as a paragraph. */
function commentText(program: Program, { occurrences }: Entity): string {
  const declared = occurrences.filter((o) => o.declares);
  for (const { span } of [...declared.filter((o) => o.defines), ...declared]) {
    const source = program.files[span.file];
    const around = nodesAt(source?.tree.items ?? [], span.start).filter((n) => COMMENTED.has(n.kind));
    const node = around.at(-1);
    const text = source && node && commentOf(source, node.span);
    if (text) return `\n\n${text}`;
  }
  return '';
}

// ---------------------------------------------------------------- masks and macros
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
/** What a call of a macro expands to. */
function expansion(program: Program, { callee, args, span }: Call): string {
  if (callee.kind !== 'ident' || program.symbolOf(callee)?.kind !== 'api') return '';
  const source = program.files[span.file];
  const text = source && expansionText(source, callee.name, args);
  return text === undefined ? '' : `\n\nexpands to\n${code(text)}`;
}

// ---------------------------------------------------------------- symbols
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
/** The description of a symbol, in Markdown. */
function symbolMarkdown(program: Program, sym: Sym, entity: Entity): string {
  switch (sym.kind) {
    case 'api':
      return apiMarkdown(sym.name, sym.entry);
    case 'const':
      return constantMarkdown(program, sym, entity);
    case 'function':
      return code(typeName(sym.type, sym.name));
    case 'context':
      return `${code(typeName(sym.type, sym.name))}\n${CONTEXT_TEXT[sym.word]}${sym.cpu === undefined ? '' : `, on CPU ${sym.cpu}`}`;
    case 'typedef':
      return typedefMarkdown(sym.type, sym.name);
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
function fieldMarkdown(name: string, { record, field, offset }: NamedField): string {
  const bits = field.bitWidth === undefined ? '' : `, ${field.bitWidth} bits`;
  return `${code(typeName(field.type, name))}\noffset ${offset} in ${typeName(record)} (${sizeOf(record)} bytes), ${sizeText(field.type)}${bits}`;
}
function constantMarkdown(program: Program, { name, type, value, summary }: ConstSym, entity: Entity): string {
  const lines = [code(`${name} = ${value} (0x${BigInt.asUintN(64, value).toString(16)})`)];
  const define = defineOf(program, entity);
  if (define?.value) {
    const { span } = define;
    lines.unshift(code(program.files[span.file]?.text.slice(span.start, span.end) ?? ''));
  }
  if (summary) lines.push(summary);
  if (type.typedef === 'gfp_t') lines.push('', maskMarkdown(program.profile.gfp, Number(value)));
  return lines.join('\n');
}
/** The `#define` of a constant. */
function defineOf(program: Program, { occurrences }: Entity): DefineDir | undefined {
  const span = occurrences.find((o) => o.declares)?.span;
  const items = (span && program.files[span.file]?.tree.items) ?? [];
  return items.find((item): item is DefineDir => item.kind === 'define' && item.name.span.start === span?.start);
}

// ---------------------------------------------------------------- types
const code = (text: string): string => `\`\`\`c\n${text}\n\`\`\``;
const sizeText = (type: CType): string => {
  const size = sizeOf(type);
  return size === undefined ? 'of unknown size' : size === 1 ? '1 byte' : `${size} bytes`;
};
function typeMarkdown(type: CType): string {
  if ((type.kind === 'struct' || type.kind === 'union') && type.fields && (type.tag || type.typedef === undefined))
    return `${code(recordText(type))}\n${sizeText(type)}`;
  if (type.kind === 'enum' && type.typedef === undefined) {
    const constants = type.constants.map(({ name, value }) => `    ${name} = ${value},`);
    return `${code([`enum ${type.tag ?? ''} {`.replace('  ', ' '), ...constants, '};'].join('\n'))}\n${sizeText(type)}`;
  }
  return type.typedef === undefined
    ? `${code(typeName(type))}\n${sizeText(type)}`
    : typedefMarkdown(type, type.typedef);
}
function typedefMarkdown(type: CType, name: string): string {
  // the type itself, spelled without the name that a typedef gave it
  const { typedef: _, ...spelled } = type;
  const record = (type.kind === 'struct' || type.kind === 'union') && type.tag === undefined && type.fields;
  const text = record ? recordText(type).replace(/;$/, ` ${name};`) : typeName(spelled, name);
  return `${code(`typedef ${text}`)}\n${sizeText(type)}`;
}
