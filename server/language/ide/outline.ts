/** The outline of a file: its items, with their members. Also of a file with errors, since the parser recovers. */
import { typeName } from '../../types/ctype';
import type { Program } from '../check/context/program';
import type { Declaration, FieldDecl, Item, MacroDeclaration, Name, Span, TypeSyntax } from '../syntax/tree';
import { nameAt } from './names/references';

export interface Outline {
  /** never empty */
  readonly name: string;
  readonly kind: 'function' | 'context' | 'struct' | 'variable' | 'constant' | 'machine' | 'field' | 'enum' | 'type';
  readonly detail: string;
  readonly span: Span;
  readonly nameSpan: Span;
  readonly children: readonly Outline[];
}
/** What an item is called whose name is missing. */
const UNNAMED = '(unnamed)';

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
    case 'machine': {
      const nameSpan = { ...item.span, end: item.span.start + 'machine'.length };
      return [{ name: 'machine', kind: 'machine', detail: '', span: item.span, nameSpan, children: [] }];
    }
    case 'define':
      return [entry(item.name, 'constant', '#define', item.span)];
    case 'macroDeclaration':
      return declaredByMacro(program, item);
    case 'declaration':
      return declarationOutline(program, item);
    default:
      return [];
  }
}
/** The names that `DEFINE_SPINLOCK(lock)` or `DEFINE_PER_CPU(int, count)` declares. */
function declaredByMacro(program: Program, { args, macro, span }: MacroDeclaration): Outline[] {
  return args.flatMap((arg): Outline[] => {
    if (arg.kind !== 'ident') return [];
    const declares = nameAt(program, arg.span.file, arg.span.start)?.occurrence.declares;
    const name: Name = { kind: 'name', text: arg.name, span: arg.span };
    return declares ? [entry(name, 'variable', macro.text, span)] : [];
  });
}
function declarationOutline(program: Program, item: Declaration): Outline[] {
  const isType = item.modifiers.names.some((w) => w.text === 'typedef');
  const declared = item.declarators.map((d) => {
    const sym = program.symbolOf(d);
    return entry(d.name, isType ? 'type' : 'variable', sym ? typeName(sym.type) : '', d.span);
  });
  const type = definedType(item.base);
  if (!type) return declared;
  const children = membersOf(type);
  if (type.tag) return [{ ...entry(type.tag, kindOf(type), wordOf(type), type.span), children }, ...declared];
  // a type without a tag: its members are below what it is the type of
  const [first, ...others] = declared;
  if (first) return [{ ...first, ...(isType ? { kind: kindOf(type) } : {}), children }, ...others];
  const nameSpan = { ...type.span, end: type.span.start + wordOf(type).length };
  return [{ name: `(unnamed ${wordOf(type)})`, kind: kindOf(type), detail: '', span: type.span, nameSpan, children }];
}

type DefinedType = TypeSyntax & { kind: 'recordType' | 'enumType' };
/** The structure, union or enumeration that a type is the definition of. */
function definedType(type: TypeSyntax): DefinedType | undefined {
  if (type.kind === 'qualifiedType' || type.kind === 'arrayType')
    return type.of.kind === 'recordType' || type.of.kind === 'enumType' ? definedType(type.of) : undefined;
  if (type.kind === 'recordType') return type.fields ? type : undefined;
  return type.kind === 'enumType' && type.constants ? type : undefined;
}
const wordOf = (type: DefinedType): string => (type.kind === 'enumType' ? 'enum' : type.union ? 'union' : 'struct');
const kindOf = (type: DefinedType): Outline['kind'] => (type.kind === 'enumType' ? 'enum' : 'struct');
function membersOf(type: DefinedType): Outline[] {
  if (type.kind === 'enumType') return (type.constants ?? []).map((c) => entry(c.name, 'constant', '', c.span));
  return (type.fields ?? []).flatMap(fieldOutline);
}
function fieldOutline(field: FieldDecl): Outline[] {
  const inner = definedType(field.type);
  const children = inner ? membersOf(inner) : [];
  return field.name ? [{ ...entry(field.name, 'field', '', field.span), children }] : children;
}
const entry = (name: Name, kind: Outline['kind'], detail: string, span: Span): Outline => ({
  name: name.text || UNNAMED,
  kind,
  detail,
  span,
  nameSpan: name.span,
  children: [],
});
