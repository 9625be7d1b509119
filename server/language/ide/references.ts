/** Where names are declared and used: go to definition, references, highlights, rename, and the outline of a file. */

import { typeName } from '../../types/ctype';
import type { Program, Sym } from '../check/context/program';
import type { Declaration, Item, Name, Span } from '../syntax/tree';
import { type Node, walkTree } from '../syntax/visitor';
import { includeLinks } from './includes';
import { nodesAt } from './locate';

/** A node that names a symbol, by being a name or by having one. */
type Naming = Parameters<Program['symbolOf']>[0];
const isNaming = (node: Node | undefined): node is Naming =>
  node?.kind === 'ident' ||
  node?.kind === 'name' ||
  node?.kind === 'declarator' ||
  node?.kind === 'function' ||
  node?.kind === 'context';
const nameSpan = (node: Naming): Span => (node.kind === 'ident' || node.kind === 'name' ? node.span : node.name.span);

/** The symbol whose name is at an offset. */
export function symbolAt(program: Program, file: number, offset: number): { sym: Sym; span: Span } | undefined {
  const path = nodesAt(program.files[file]?.tree.items ?? [], offset);
  for (let i = path.length - 1; i >= 0 && i >= path.length - 3; i--) {
    const node = path[i];
    if (!isNaming(node)) continue;
    const span = nameSpan(node);
    if (offset < span.start || offset > span.end) continue;
    const sym = program.symbolOf(node);
    if (sym) return { sym, span };
  }
  return undefined;
}

/** Where the symbol at an offset is declared, or the file that an `#include` names; undefined for the kernel's own names. */
export function definition(program: Program, file: number, offset: number): Span | undefined {
  const link = includeLinks(program, file).find(({ span }) => span.start <= offset && offset <= span.end);
  if (link) return link.target;
  const sym = symbolAt(program, file, offset)?.sym;
  if (!sym) return undefined;
  if (sym.kind === 'function' || sym.kind === 'context') return sym.def.name.span;
  return sym.span;
}

/** Every place that names the symbol at an offset, including its declaration, in order of position. */
export function references(program: Program, file: number, offset: number): Span[] {
  const sym = symbolAt(program, file, offset)?.sym;
  if (!sym) return [];
  const found = new Map<string, Span>();
  for (const source of program.files) {
    for (const item of source.tree.items)
      walkTree(item, (node) => {
        if (!isNaming(node) || program.symbolOf(node) !== sym) return;
        const span = nameSpan(node);
        found.set(`${span.file}:${span.start}`, span);
      });
  }
  const declared = definition(program, file, offset);
  if (declared) found.set(`${declared.file}:${declared.start}`, declared);
  return [...found.values()].sort((a, b) => a.file - b.file || a.start - b.start);
}

export interface Outline {
  readonly name: string;
  readonly kind: 'function' | 'context' | 'struct' | 'variable' | 'constant' | 'machine' | 'field' | 'enum' | 'type';
  readonly detail: string;
  readonly span: Span;
  readonly nameSpan: Span;
  readonly children: readonly Outline[];
}

/** The outline of a file: also of one with errors, since the parser recovers. */
export function outline(program: Program, file: number): Outline[] {
  return (program.files[file]?.tree.items ?? []).flatMap((item) => outlineOf(program, item));
}

function outlineOf(program: Program, item: Item): Outline[] {
  switch (item.kind) {
    case 'function': {
      const sym = program.symbolOf(item);
      return [entry(item.name, 'function', sym ? typeName(sym.type, '') : '', item.span)];
    }
    case 'context':
      return [entry(item.name, 'context', item.word, item.span)];
    case 'machine':
      return [
        {
          name: 'machine',
          kind: 'machine',
          detail: '',
          span: item.span,
          nameSpan: { ...item.span, end: item.span.start + 7 },
          children: [],
        },
      ];
    case 'define':
      return [entry(item.name, 'constant', '#define', item.span)];
    case 'macroDeclaration': {
      const first = item.args[0];
      return first?.kind === 'ident'
        ? [
            {
              name: first.name,
              kind: 'variable',
              detail: item.macro.text,
              span: item.span,
              nameSpan: first.span,
              children: [],
            },
          ]
        : [];
    }
    case 'declaration':
      return declarationOutline(program, item);
    default:
      return [];
  }
}
function declarationOutline(program: Program, item: Declaration): Outline[] {
  const out: Outline[] = [];
  const { base } = item;
  if (base.kind === 'recordType' && base.fields && base.tag) {
    const children = base.fields.flatMap((f) => (f.name ? [entry(f.name, 'field', '', f.span)] : []));
    out.push({ ...entry(base.tag, 'struct', base.union ? 'union' : 'struct', base.span), children });
  } else if (base.kind === 'enumType' && base.tag) {
    out.push({
      ...entry(base.tag, 'enum', 'enum', base.span),
      children: (base.constants ?? []).map((c) => entry(c.name, 'constant', '', c.span)),
    });
  }
  const isType = item.modifiers.names.some((w) => w.text === 'typedef');
  for (const declarator of item.declarators) {
    const sym = program.symbolOf(declarator);
    out.push(entry(declarator.name, isType ? 'type' : 'variable', sym ? typeName(sym.type) : '', declarator.span));
  }
  return out;
}
const entry = (name: Name, kind: Outline['kind'], detail: string, span: Span): Outline => ({
  name: name.text,
  kind,
  detail,
  span,
  nameSpan: name.span,
  children: [],
});
