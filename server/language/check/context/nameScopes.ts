/** Names in scope: file scope, block scopes with the ranges in which their names are visible, tags, and the names of another program. */
import type { EnumType, RecordType } from '../../../types/ctype';
import { orMake } from '../../../types/orMake';
import { suggest } from '../../syntax/suggest';
import type { TextEdit } from '../../syntax/textEdit';
import type { Span } from '../../syntax/tree';
import type { Builtins } from './builtinNames';
import type { Problems } from './problems';
import type { ContextSym, Fix, FunctionSym, Sym, VarSym } from './program';

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** A function or scenario block: an owner of a body. */
export type Owner = FunctionSym | ContextSym;

/** A local or a tag of a block, and where in its file it can be seen (offsets). */
interface Visible<S> {
  readonly name: string;
  readonly sym: S;
  readonly file: number;
  from: number;
  to: number;
}
/** How to leave a name: what it was before. */
interface Undo<S> {
  readonly old: S | undefined;
  readonly visible: Visible<S>;
}
/** Where the names and tags of a block begin among those of the blocks that are open. */
interface Block {
  readonly names: number;
  readonly tags: number;
}
interface TagSym {
  readonly type: RecordType | EnumType;
  readonly span: Span;
}
/** A position in a program, as a watch or a completion sees names from it. */
export interface Viewpoint {
  /** whose locals are seen; undefined: file scope */
  readonly owner: Owner | undefined;
  /** only what is visible at this offset of `file`; undefined: all locals of the owner */
  readonly offset: number | undefined;
  readonly file: number | undefined;
}

/** Unknown names of one program for which a known one is suggested. */
const MOST_SUGGESTIONS = 200;

export class Scopes {
  /** file scope */
  readonly globals = new Map<string, Sym>();
  private readonly tags = new Map<string, TagSym>();
  /** block scopes: what is visible, and how to undo it */
  private readonly locals = new Map<string, Sym>();
  private readonly localTags = new Map<string, TagSym>();
  private readonly undo: Undo<Sym>[] = [];
  private readonly tagUndo: Undo<TagSym>[] = [];
  /** what the current block has declared begins here */
  private block: Block = { names: 0, tags: 0 };
  private readonly visible = new Map<Owner, Visible<Sym>[]>();
  private readonly visibleTags = new Map<Owner, Visible<TagSym>[]>();
  /** tags defined inside functions, for watches */
  private readonly blockTags = new Map<string, TagSym>();
  private suggestions = 0;
  /** the arrays of `__func__` */
  private readonly functionNames = new Map<Owner, VarSym>();
  /** the function or block whose body is being checked; undefined at file level */
  owner: Mutable<Owner> | undefined;

  /**
   * @param outer names of a finished program that are visible too, after its own
   * @param from the position in `outer` from which they are seen
   */
  constructor(
    private readonly builtins: Builtins,
    private readonly problems: Problems,
    private readonly outer?: Scopes,
    from?: Viewpoint,
  ) {
    this.owner = from?.owner;
    if (!outer || !from) return;
    for (const sym of outer.localsAt(from)) this.locals.set(sym.name, sym);
    for (const { name, sym } of seenFrom(outer.visibleTags, from)) this.localTags.set(name, sym);
  }

  // ---------------------------------------------------------------- blocks
  /** Begins a block; the answer, the one around it, is for `leaveBlock`. */
  enterBlock(): Block {
    const { block } = this;
    this.block = { names: this.undo.length, tags: this.tagUndo.length };
    return block;
  }
  /** Ends the block that has been entered last, at offset `end`. */
  leaveBlock(outer: Block, end: number): void {
    const { names, tags } = this.block;
    leave(this.locals, this.undo, names, end);
    leave(this.localTags, this.tagUndo, tags, end);
    this.block = outer;
  }
  /** Declares a name in the current block. */
  declareLocal(sym: Sym, span: Span): void {
    for (let i = this.block.names; i < this.undo.length; i++) {
      if (this.undo[i]?.visible.name !== sym.name) continue;
      const old = this.locals.get(sym.name);
      this.problems.error('redefinition', `'${sym.name}' is already declared in this block`, span, {
        ...(old?.span ? { related: [{ span: old.span, message: 'first declared here' }] } : undefined),
      });
      break;
    }
    const visible = { name: sym.name, sym, file: span.file, from: span.end, to: Number.MAX_SAFE_INTEGER };
    this.undo.push({ old: this.locals.get(sym.name), visible });
    this.locals.set(sym.name, sym);
    if (this.owner) orMake(this.visible, this.owner, () => []).push(visible);
  }
  declareTag(name: string, tag: TagSym): void {
    if (this.owner) {
      const { file, end } = tag.span;
      const visible = { name, sym: tag, file, from: end, to: Number.MAX_SAFE_INTEGER };
      this.tagUndo.push({ old: this.localTags.get(name), visible });
      this.localTags.set(name, tag);
      this.blockTags.set(name, tag);
      orMake(this.visibleTags, this.owner, () => []).push(visible);
    } else this.tags.set(name, tag);
  }

  // ---------------------------------------------------------------- lookup
  lookup(name: string): Sym | undefined {
    return this.own(name) ?? this.builtins.lookup(name);
  }
  /** The scenario's own name, in a block or at file scope. */
  own(name: string): Sym | undefined {
    return this.locals.get(name) ?? this.fileScope(name);
  }
  /** The scenario's own name at file scope. */
  fileScope(name: string): Sym | undefined {
    return this.globals.get(name) ?? this.outer?.globals.get(name);
  }
  lookupTag(name: string): TagSym | undefined {
    return (
      this.localTags.get(name) ?? this.tags.get(name) ?? this.outer?.lookupTag(name) ?? this.outer?.blockTags.get(name)
    );
  }
  /** A tag that the current block, or the file at its level, declares itself: a definition there completes it, or defines it twice. */
  tagOfBlock(name: string): TagSym | undefined {
    if (this.owner === undefined) return this.tags.get(name);
    return this.tagUndo.slice(this.block.tags).some((t) => t.visible.name === name)
      ? this.localTags.get(name)
      : undefined;
  }
  /**
   * The array with the name of the function or block whose body is being checked, which `make` makes at its first use; undefined at file
   * level, and in a watch where the program does not use it.
   */
  functionName(make: (owner: Owner) => VarSym): VarSym | undefined {
    const { owner, outer } = this;
    if (!owner || outer) return owner && outer?.functionNames.get(owner);
    return orMake(this.functionNames, owner, () => make(owner));
  }
  /** Names of types in scope, which the parser needs to know. */
  *typeNames(): Iterable<string> {
    for (const map of [this.locals, this.globals, this.outer?.globals]) {
      if (map) for (const [name, sym] of map) if (sym.kind === 'typedef') yield name;
    }
  }
  /** The nearest known name, for "did you mean"; not for more than MOST_SUGGESTIONS names: comparing with all takes long. */
  nearestName(name: string, wanted?: (sym: Sym) => boolean): string | undefined {
    if (this.suggestions >= MOST_SUGGESTIONS) return undefined;
    this.suggestions++;
    this.problems.part.suggestions++;
    const own = [...this.locals.keys(), ...this.globals.keys(), ...(this.outer?.globals.keys() ?? [])];
    const near = suggest(name, wanted ? own.filter((n) => this.fits(n, wanted)) : own);
    if (near !== undefined) return near;
    const found = suggest(name, this.builtins.source.names());
    return found !== undefined && wanted && !this.fits(found, wanted) ? undefined : found;
  }
  private fits(name: string, wanted: (sym: Sym) => boolean): boolean {
    const sym = this.lookup(name);
    return sym !== undefined && wanted(sym);
  }

  // ---------------------------------------------------------------- a body that is edited
  /** Whether a body has tags of its own. */
  declaresTags(owner: Owner): boolean {
    return this.visibleTags.has(owner);
  }
  /** A body of the main file has been edited and is checked again; so many names had been looked for in it. What follows it has moved. */
  forget(owner: Owner, suggestions: number, { end, by }: TextEdit): void {
    this.suggestions -= suggestions;
    this.visible.delete(owner);
    for (const all of [this.visible, this.visibleTags])
      for (const names of all.values())
        for (const name of names) {
          if (name.file !== 0 || name.from < end) continue;
          name.from += by;
          name.to += by;
        }
  }
  /** Whether as many names have been looked for as ever will be: who comes first matters then. */
  get isExhausted(): boolean {
    return this.suggestions >= MOST_SUGGESTIONS;
  }

  // ---------------------------------------------------------------- names of a finished program
  /** Locals of a function that are visible at a position in it, without names that macros make. */
  localsAt(from: Viewpoint): Sym[] {
    return seenFrom(this.visible, from)
      .filter((v) => !v.name.includes('$'))
      .map((v) => v.sym);
  }
  /** All of the scenario's names that are visible at a position; an inner name replaces the ones it hides. */
  namesAt(from: Viewpoint): Sym[] {
    const seen = new Map(this.globals);
    for (const sym of this.localsAt(from)) seen.set(sym.name, sym);
    return [...seen.values()];
  }
}

/** Takes the names from `from` on, those of a block that ends at offset `end`, out of a scope. */
function leave<S>(scope: Map<string, S>, names: Undo<S>[], from: number, end: number): void {
  while (names.length > from) {
    const last = names.pop();
    if (!last) return;
    const { old, visible } = last;
    visible.to = end;
    if (old === undefined) scope.delete(visible.name);
    else scope.set(visible.name, old);
  }
}
function seenFrom<S>(all: ReadonlyMap<Owner, readonly Visible<S>[]>, { owner, offset, file }: Viewpoint): Visible<S>[] {
  const own = (owner && all.get(owner)) ?? [];
  return own.filter(
    (v) => offset === undefined || (offset >= v.from && offset < v.to && (file === undefined || file === v.file)),
  );
}

/** The end of a message, and the fix, with the name that was probably meant. */
export function didYouMean(near: string | undefined, span: Span): { text: string; more: { fixes?: readonly Fix[] } } {
  if (near === undefined) return { text: '', more: {} };
  return {
    text: `; did you mean '${near}'?`,
    more: { fixes: [{ title: `change to '${near}'`, unsafe: true, edits: [{ span, text: near }] }] },
  };
}
