/** The checker's ground: side tables, diagnostics, scopes, lookup of names. */

import type { Abi, BasicTypes, CType, EnumType, RecordType } from '../../types/ctype';
import { basicTypes } from '../../types/ctype';
import type { Layouts } from '../../types/layout';
import { suggest } from '../syntax/suggest';
import type { Call, Declaration, Expr, MacroDeclaration, MacroLoop, Span, Stmt } from '../syntax/tree';
import type { Builtins } from './builtinNames';
import type { Code } from './checkCodes';
import { NodeTable } from './nodeTable';
import type { ContextSym, Diagnostic, Fix, FunctionSym, Related, Severity, Sym, VarSym } from './program';

/** The type of what could not be typed: accepted everywhere, so that one mistake gives one message. */
export const ERROR_TYPE: CType = { kind: 'void', typedef: '<unknown>' };

/** Facts about nodes; the program answers from these. */
export interface Tables {
  readonly types: NodeTable<CType>;
  readonly symbols: NodeTable<Sym>;
  readonly syntaxTypes: Map<object, CType>;
  readonly expansions: Map<Call, Expr>;
  readonly loops: Map<MacroLoop, Stmt>;
  readonly macroDecls: Map<MacroDeclaration, Declaration>;
}
export const newTables = (): Tables => ({
  types: new NodeTable(),
  symbols: new NodeTable(),
  syntaxTypes: new Map(),
  expansions: new Map(),
  loops: new Map(),
  macroDecls: new Map(),
});
/** A local, and where in its file it can be seen (offsets). */
export interface Visible {
  readonly sym: Sym;
  readonly file: number;
  readonly from: number;
  to: number;
}
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type Owner = FunctionSym | ContextSym;
export interface TagSym {
  readonly type: RecordType | EnumType;
  readonly span: Span | undefined;
}

export abstract class CheckerBase {
  readonly abi: Abi;
  readonly basic: BasicTypes;
  readonly diagnostics: Diagnostic[] = [];
  private readonly reported = new Set<string>();

  /** file scope */
  readonly globals = new Map<string, Sym>();
  readonly tags = new Map<string, TagSym>();
  /** block scopes: what is visible now, and how to undo it */
  protected readonly locals = new Map<string, Sym>();
  protected readonly localTags = new Map<string, TagSym>();
  private readonly scopeLog: { name: string; old: Sym | undefined; visible: Visible }[] = [];
  private readonly tagLog: { name: string; old: TagSym | undefined }[] = [];
  readonly visible = new Map<Owner, Visible[]>();
  /** tags defined inside functions, for watches */
  private readonly blockTags = new Map<string, TagSym>();
  /** the checker of the program whose names this one sees too (watches) */
  private outer: CheckerBase | undefined;

  /** the function or context whose body is being checked */
  protected owner: Mutable<Owner> | undefined;
  protected ownerLocals: VarSym[] = [];
  readonly globalVars: VarSym[] = [];
  readonly records: RecordType[] = [];
  protected nextId = 0;
  /** expansions inside expansions */
  protected expansionDepth = 0;
  protected readonly assigned = new Set<Sym>();
  protected readonly used = new Set<Sym>();

  constructor(
    readonly layouts: Layouts,
    readonly builtins: Builtins,
    readonly tables: Tables,
  ) {
    this.abi = layouts.abi;
    this.basic = basicTypes(layouts.abi);
  }

  // ---------------------------------------------------------------- diagnostics
  report(
    severity: Severity,
    code: Code,
    message: string,
    span: Span,
    more: { related?: readonly Related[]; fix?: Fix } = {},
  ): void {
    const key = `${span.file}:${span.start}:${span.end}:${code}`;
    if (this.reported.has(key)) return;
    this.reported.add(key);
    this.diagnostics.push({ code, severity, message, span, ...more });
  }
  protected error(
    code: Code,
    message: string,
    span: Span,
    more?: { related?: readonly Related[]; fix?: Fix },
  ): undefined {
    this.report('error', code, message, span, more);
    return undefined;
  }
  protected warn(code: Code, message: string, span: Span, more?: { related?: readonly Related[]; fix?: Fix }): void {
    this.report('warning', code, message, span, more);
  }
  protected hint(code: Code, message: string, span: Span, more?: { related?: readonly Related[]; fix?: Fix }): void {
    this.report('hint', code, message, span, more);
  }

  // ---------------------------------------------------------------- scopes
  protected scopeMark(): number {
    return this.scopeLog.length;
  }
  protected tagMark(): number {
    return this.tagLog.length;
  }
  /** Leaves a block that ends at offset `end`. */
  protected leaveScope(mark: number, tagMark: number, end: number): void {
    while (this.scopeLog.length > mark) {
      const entry = this.scopeLog.pop();
      if (!entry) break;
      entry.visible.to = end;
      if (entry.old === undefined) this.locals.delete(entry.name);
      else this.locals.set(entry.name, entry.old);
    }
    while (this.tagLog.length > tagMark) {
      const entry = this.tagLog.pop();
      if (!entry) break;
      if (entry.old === undefined) this.localTags.delete(entry.name);
      else this.localTags.set(entry.name, entry.old);
    }
  }
  /** Declares a name in the current block, whose scope began at `mark`. */
  protected declareLocal(sym: Sym, span: Span, mark: number): void {
    for (let i = mark; i < this.scopeLog.length; i++) {
      if (this.scopeLog[i]?.name === sym.name) {
        const old = this.locals.get(sym.name);
        this.error('redefinition', `'${sym.name}' is already declared in this block`, span, {
          ...(old?.span ? { related: [{ span: old.span, message: `first declared here` }] } : undefined),
        });
        break;
      }
    }
    const visible: Visible = { sym, file: span.file, from: span.end, to: Number.MAX_SAFE_INTEGER };
    this.scopeLog.push({ name: sym.name, old: this.locals.get(sym.name), visible });
    this.locals.set(sym.name, sym);
    if (this.owner) {
      const list = this.visible.get(this.owner as Owner);
      if (list) list.push(visible);
      else this.visible.set(this.owner as Owner, [visible]);
    }
  }
  protected declareTag(name: string, tag: TagSym): void {
    if (this.owner) {
      this.tagLog.push({ name, old: this.localTags.get(name) });
      this.localTags.set(name, tag);
      this.blockTags.set(name, tag);
    } else this.tags.set(name, tag);
  }
  protected lookupTag(name: string): TagSym | undefined {
    return (
      this.localTags.get(name) ?? this.tags.get(name) ?? this.outer?.lookupTag(name) ?? this.outer?.blockTags.get(name)
    );
  }
  lookup(name: string): Sym | undefined {
    return this.locals.get(name) ?? this.fileScope(name) ?? this.builtins.lookup(name);
  }
  /** the scenario's own name at file scope */
  protected fileScope(name: string): Sym | undefined {
    return this.globals.get(name) ?? this.outer?.globals.get(name);
  }
  /** Makes another program's names known here, as they are seen from `owner` at `offset` (none: all its locals). */
  adopt(outer: CheckerBase, owner: Owner | undefined, offset: number | undefined, file: number | undefined): void {
    this.outer = outer;
    this.nextId = outer.nextId;
    this.owner = owner;
    if (!owner) return;
    for (const v of outer.visible.get(owner) ?? []) {
      if (offset !== undefined && (offset < v.from || offset >= v.to || (file !== undefined && file !== v.file)))
        continue;
      if (!v.sym.name.includes('$')) this.locals.set(v.sym.name, v.sym);
    }
  }
  /** Names of types in scope, which the parser needs to know. */
  *typeNamesInScope(): Iterable<string> {
    for (const map of [this.locals, this.globals, this.outer?.globals]) {
      if (map) for (const [name, sym] of map) if (sym.kind === 'typedef') yield name;
    }
  }
  /** The nearest known name, for "did you mean". */
  protected nearestName(name: string, wanted?: (sym: Sym) => boolean): string | undefined {
    const own = [...this.locals.keys(), ...this.globals.keys(), ...(this.outer?.globals.keys() ?? [])];
    const near = suggest(name, wanted ? own.filter((n) => this.fits(n, wanted)) : own);
    if (near !== undefined) return near;
    const names = this.builtins.source.names();
    const found = suggest(name, names);
    if (found !== undefined && wanted && !this.fits(found, wanted)) return undefined;
    return found;
  }
  private fits(name: string, wanted: (sym: Sym) => boolean): boolean {
    const sym = this.lookup(name);
    return sym !== undefined && wanted(sym);
  }
  protected didYouMean(near: string | undefined, span: Span): { text: string; more: { fix?: Fix } } {
    if (near === undefined) return { text: '', more: {} };
    return {
      text: `; did you mean '${near}'?`,
      more: { fix: { title: `change to '${near}'`, edits: [{ span, text: near }] } },
    };
  }
}
