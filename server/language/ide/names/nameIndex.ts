/**
 * The index of a program's names: what each name in its files names, and every place of it. Names that macros' arguments give are found in
 * the expansions, whose nodes have the arguments' positions; a node counts where the source has its name.
 */
import type { CType } from '../../../types/ctype';
import { orMake } from '../../../types/orMake';
import type { NamedField, Program, Sym } from '../../check/context/program';

import type {
  ContextDef,
  Declaration,
  Declarator,
  Expr,
  FunctionDef,
  Ident,
  MacroDeclaration,
  Name,
  Span,
} from '../../syntax/tree';
import { forEachChild, type Node } from '../../syntax/visitor';
import { type Entity, fieldKey, type Named, type Occurrence, tagKey } from './entities';

/** A name at a position. */
export interface NameAt {
  readonly entity: Entity;
  readonly occurrence: Occurrence;
}
type Place = { readonly [K in 'declares' | 'defines' | 'writes']?: boolean };

const indices = new WeakMap<Program, NameIndex>();
/** The index of a program, made at the first request. */
export function nameIndex(program: Program): NameIndex {
  const index = orMake(indices, program, () => new NameIndex(program));
  return index;
}

export class NameIndex {
  private readonly entities = new Map<object, Entity>();
  private readonly labels = new Map<object, Map<string, Entity>>();
  /** by file, in order of position */
  private readonly files: NameAt[][];
  /** by file, by the start of the name */
  private readonly places: Map<number, NameAt>[];

  constructor(private readonly program: Program) {
    this.places = program.files.map(() => new Map());
    const walk = new Walk(program, (name, span, key, named, place) => this.add(name, span, key, named, place));
    for (const { tree } of program.files) for (const item of tree.items) walk.item(item);
    this.files = this.places.map((places) =>
      [...places.values()].sort((a, b) => a.occurrence.span.start - b.occurrence.span.start),
    );
    for (const names of this.files) for (const { entity, occurrence } of names) entity.occurrences.push(occurrence);
  }

  /** The name at an offset; behind a name counts as well. */
  at(file: number, offset: number): NameAt | undefined {
    const names = this.files[file] ?? [];
    let low = 0;
    let high = names.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((names[middle]?.occurrence.span.start ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const found = names[low - 1];
    return found && offset <= found.occurrence.span.end ? found : undefined;
  }
  /** The names of a file, in order of position. */
  inFile(file: number): readonly NameAt[] {
    return this.files[file] ?? [];
  }
  /** The entity of a symbol or a member, if the program's files name it. */
  find(named: Named): Entity | undefined {
    if (named.kind === 'symbol') return this.entities.get(named.sym);
    return named.kind === 'field' ? this.entities.get(fieldKey(named.found.field)) : undefined;
  }
  ofTag(type: CType): Entity | undefined {
    return this.entities.get(tagKey(type));
  }

  /** The structures, unions or enumerations that the program's files name. */
  tags(kind: string): readonly Entity[] {
    return [...this.entities.values()].filter((e) => e.named.kind === 'tag' && e.named.type.kind === kind);
  }

  private add(name: string, span: Span, key: object | string, named: Named, place: Place): void {
    const { text } = this.program.files[span.file] ?? { text: '' };
    if (name === '' || span.end - span.start !== name.length || !text.startsWith(name, span.start)) return;
    const places = this.places[span.file];
    const known = places?.get(span.start);
    if (known) {
      known.occurrence.writes ||= place.writes === true;
      return;
    }
    const entity = this.entityOf(name, key, named);
    const { declares = false, defines = false, writes = false } = place;
    places?.set(span.start, { entity, occurrence: { span, declares, defines, writes } });
  }
  private entityOf(name: string, key: object | string, named: Named): Entity {
    const make = (): Entity => ({ name, named, occurrences: [] });
    if (typeof key === 'object') {
      const entity = orMake(this.entities, key, make);
      return entity;
    }
    const owner = named.kind === 'label' ? named.owner : undefined;
    return orMake(
      orMake(this.labels, owner ?? this, () => new Map<string, Entity>()),
      key,
      make,
    );
  }
}

type Add = (name: string, span: Span, key: object | string, named: Named, place: Place) => void;

/** The walk over the trees of a program and over what its macros expand to. */
class Walk {
  private owner: FunctionDef | ContextDef | undefined;
  /** calls and loops whose expansion has been walked: arguments may be in it more than once */
  private readonly expanded = new Set<Node>();
  private readonly externs = new Set<Declarator>();
  /** names that are set where they are */
  private readonly written = new Set<Node>();

  constructor(
    private readonly program: Program,
    private readonly add: Add,
  ) {}

  item(item: Node): void {
    this.owner = item.kind === 'function' || item.kind === 'context' ? item : undefined;
    this.walk(item);
  }

  private walk = (node: Node): void => {
    this.names(node);
    switch (node.kind) {
      case 'assign':
        this.writes(node.left);
        break;
      case 'unary':
      case 'postfix':
        if (node.op === '++' || node.op === '--') this.writes(node.operand);
        break;
      case 'call':
        this.expansion(node, this.program.expansionOf(node));
        break;
      case 'macroLoop': {
        const loop = this.program.expansionOfLoop(node);
        this.expansion(node, loop);
        // the body is part of the expansion
        this.walk(node.call);
        if (!loop) this.walk(node.body);
        return;
      }
      case 'macroDeclaration':
        this.declaredByMacro(node, this.program.expansionOfDeclaration(node));
        break;
      default:
        break;
    }
    forEachChild(node, this.walk);
  };
  private expansion(node: Node, expansion: Node | undefined): void {
    if (!expansion || this.expanded.has(node)) return;
    this.expanded.add(node);
    this.walk(expansion);
  }
  private declaredByMacro(node: MacroDeclaration, declaration: Declaration | undefined): void {
    this.expansion(node, declaration);
    if (declaration) return;
    // DEFINE_PER_CPU(type, name)
    const [, name] = node.args;
    const sym = name?.kind === 'ident' ? this.program.symbolOf(name) : undefined;
    if (name?.kind === 'ident' && sym?.kind === 'var' && sym.percpu)
      this.symbol(name.name, name.span, sym, {
        declares: true,
        defines: node.macro.text.startsWith('DEFINE'),
        writes: node.init !== undefined,
      });
  }
  private writes(target: Expr): void {
    if (target.kind === 'ident') this.written.add(target);
    else if (target.kind === 'member') this.written.add(target.name);
    else if (target.kind === 'index' && this.program.typeOf(target.base)?.kind === 'array') this.writes(target.base);
  }

  // ---------------------------------------------------------------- the names that a node has itself
  private names(node: Node): void {
    const { program } = this;
    switch (node.kind) {
      case 'ident':
        this.used(node, node.name, node.span);
        return;
      case 'basicType': {
        const [word = ''] = node.words;
        const sym = node.words.length === 1 ? program.symbolOf(node) : undefined;
        if (sym) this.symbol(word, node.span, sym, {});
        return;
      }
      case 'member':
        this.used(node.name, node.name.text, node.name.span);
        return;
      case 'initItem':
        for (const d of node.designators) {
          const found = d.kind === 'fieldDesignator' ? program.fieldOf(d.name) : undefined;
          if (found && d.kind === 'fieldDesignator') this.field(d.name.text, d.name.span, found, { writes: true });
        }
        return;
      case 'declaration':
        if (node.modifiers.names.some((w) => w.text === 'extern'))
          for (const declarator of node.declarators) this.externs.add(declarator);
        return;
      case 'declarator':
        this.declares(node.name, { defines: !this.declaresOnly(node), writes: node.init !== undefined });
        return;
      case 'param':
        if (node.name) this.declares(node.name, { defines: true });
        return;
      case 'function':
        this.declares(node.name, { defines: node.body !== undefined });
        return;
      case 'context':
      case 'define':
      case 'enumConstant':
        this.declares(node.name, { defines: true });
        return;
      case 'recordType':
      case 'enumType':
        this.type(node);
        return;
      case 'label':
      case 'goto': {
        const named: Named = { kind: 'label', owner: this.owner };
        const declares = node.kind === 'label';
        this.add(node.name.text, node.name.span, node.name.text, named, { declares, defines: declares });
        return;
      }
      case 'macroDeclaration': {
        const sym = program.symbolOf(node.macro);
        if (sym) this.symbol(node.macro.text, node.macro.span, sym, {});
        return;
      }
      default:
        return;
    }
  }
  private used(node: Ident | Name, name: string, span: Span): void {
    const place = { writes: this.written.has(node) };
    const found = this.program.fieldOf(node);
    const sym = this.program.symbolOf(node);
    if (found) this.field(name, span, found, place);
    else if (sym) this.symbol(name, span, sym, place);
  }
  private declares(name: Name, place: Place): void {
    const sym = this.program.symbolOf(name);
    if (sym) this.symbol(name.text, name.span, sym, { declares: true, ...place });
  }
  /** `extern int n;`, or a function's prototype */
  private declaresOnly(node: Declarator): boolean {
    return node.init === undefined && (this.externs.has(node) || this.program.symbolOf(node.name)?.kind === 'function');
  }
  /** A tag, and the members behind it. */
  private type(node: Node & { kind: 'recordType' | 'enumType' }): void {
    const type = this.program.typeOfSyntax(node);
    if (type?.kind !== 'struct' && type?.kind !== 'union' && type?.kind !== 'enum') return;
    const defines = node.kind === 'recordType' ? node.fields !== undefined : node.constants !== undefined;
    const { tag } = node;
    if (tag) this.add(tag.text, tag.span, tagKey(type), { kind: 'tag', type }, { declares: defines, defines });
    if (node.kind !== 'recordType' || type.kind === 'enum') return;
    for (const { name } of node.fields ?? []) {
      const field = name && type.fields?.find((f) => f.name === name.text);
      if (name && field)
        this.field(
          name.text,
          name.span,
          { record: type, field, offset: field.offset },
          { declares: true, defines: true },
        );
    }
  }
  private symbol(name: string, span: Span, sym: Sym, place: Place): void {
    this.add(name, span, sym, { kind: 'symbol', sym }, place);
  }
  private field(name: string, span: Span, found: NamedField, place: Place): void {
    this.add(name, span, fieldKey(found.field), { kind: 'field', found }, place);
  }
}
