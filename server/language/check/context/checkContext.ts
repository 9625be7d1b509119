/**
 * The state of the checker: names in scope, reported problems, results so far, and the body that is being checked.
 * Each function takes it as its first argument.
 */
import type { Abi, BasicTypes, CType, RecordType } from '../../../types/ctype';
import { basicTypes } from '../../../types/ctype';
import type { Layouts } from '../../../types/layout';
import type { NodeIds } from '../../syntax/nodeIds';
import type {
  Block,
  Call,
  Declaration,
  Declarator,
  Expr,
  InitList,
  MacroDeclaration,
  MacroLoop,
  Name,
  Span,
  Stmt,
} from '../../syntax/tree';
import type { Builtins, ParsedMacro } from './builtinNames';
import { type Mutable, type Owner, Scopes, type Viewpoint } from './nameScopes';
import type { Part } from './part';
import { Problems } from './problems';
import type { ContextSym, FunctionSym, NamedField, VarSym } from './program';
import { newTables, type Tables } from './tables';

/**
 * The recursion of the language: types contain constant expressions, expressions contain types, calls, initialisers and (in macros)
 * statements. Files call each other's functions through these; checker.ts fills them in.
 */
export interface Rules {
  /** Types `expr` and all in it; undefined after a message. */
  checkExpr(cx: CheckContext, expr: Expr): CType | undefined;
  checkCall(cx: CheckContext, expr: Call): CType | undefined;
  /** The type of an object with this initialiser: an array gets its length from it. */
  checkInitialiser(cx: CheckContext, init: Expr | InitList, type: CType, isStatic: boolean): CType;
  checkStmt(cx: CheckContext, stmt: Stmt): void;
  /** Notes what is undone at the end of a block, of the cleanups from `from` on, which ends them. */
  leaveScope(cx: CheckContext, block: Block, from: number): void;
  /** `scoped_guard(…) statement`; false where it is another loop. */
  checkScopedGuard(cx: CheckContext, loop: MacroLoop): boolean;
  /** `DEFINE_SPINLOCK(x);` as the declaration that it expands to; empty if that is not known. */
  expandDeclaration(cx: CheckContext, decl: MacroDeclaration): Declaration[];
  /** The value of an integer constant expression; undefined for any other. */
  constantOf(cx: CheckContext, expr: Expr): bigint | undefined;
}

export interface SwitchScope {
  /** converted to the type of the switch's value */
  readonly cases: Map<bigint, Span>;
  /** the `({ … })` around the switch */
  readonly inside: readonly Expr[];
  readonly ranges: { readonly from: bigint; readonly to: bigint; readonly span: Span }[];
  hasDefault: Span | undefined;
  readonly type: CType | undefined;
}
/** A label, and what is around it, outer ones first: `({ … })`, and scopes that undo something when they are left. */
interface Place {
  readonly span: Span;
  readonly inside: readonly Expr[];
  readonly cleanups: readonly Cleanup[];
}
/** What is undone when control leaves the scope of a guard, or of a variable with `__free()`. */
export interface Cleanup {
  readonly macro: ParsedMacro;
  /** the variables that it is about: the hidden ones of a guard; with the places by which messages name them */
  readonly variables: readonly { readonly sym: VarSym; readonly at: Span }[];
  /** where it is written */
  readonly span: Span;
}
/** A goto, and what is around it. */
interface Jump {
  readonly stmt: Stmt;
  readonly name: Name;
  readonly inside: readonly Expr[];
  readonly cleanups: readonly Cleanup[];
  /** of each cleanup, the outermost first: what undoes it */
  readonly undone: readonly Expr[];
}
/** The body that is being checked. */
export class BodyState {
  locals: VarSym[] = [];
  labels = new Map<string, Place>();
  gotos: Jump[] = [];
  /** of the scopes around what is being checked, outer ones first */
  readonly cleanups: Cleanup[] = [];
  /** the numbers of cleanups outside of the loops and switches around the statement, and of the loops alone */
  readonly outside: { readonly breaks: number[]; readonly continues: number[] } = { breaks: [], continues: [] };
  /** the `({ … })` around what is being checked, outer ones first */
  inside: readonly Expr[] = [];
  /** undeclared names that have been reported, once per body */
  readonly undeclared = new Set<string>();
  /** called, but neither declared nor the kernel's: likewise */
  readonly unknownFunctions = new Set<string>();
  /** in the operand of sizeof: nothing is read there */
  unread = 0;
  loopDepth = 0;
  /** number of loops and switches around the statement */
  breakable = 0;
  readonly switches: SwitchScope[] = [];

  /** @param returns the result's type; undefined outside of bodies */
  constructor(readonly returns?: CType) {}
}
/** Macros that are being expanded. */
class ExpansionState {
  /** expansions inside expansions */
  depth = 0;
  /** expansions so far: numbers the names that a macro's body declares */
  count = 0;
  /** calls that have been found to have no type */
  readonly untyped = new Set<Call>();
}
/** Types that are made once, so that equal types are the same object. */
class TypeCache {
  readonly basic = new Map<string, CType | null>();
  readonly pointers = new Map<CType, CType>();
  /** of structures: members by the names that have been looked for */
  readonly members = new Map<RecordType, Map<string, NamedField>>();
  /** in bytes, by the annotation that asks for it */
  readonly alignments = new Map<Name, number>();
}
/** Items of the file that the second pass has yet to check. */
class ItemState {
  readonly pending: { readonly sym: Mutable<VarSym>; readonly declarator: Declarator }[] = [];
  readonly staticOrInitialised = new Set<VarSym>();
  readonly externs = new Set<VarSym>();
  /** blocks by their keyword: a softirq's number is its index among them */
  readonly contextCounts = new Map<string, number>();
  /** `#define`s without a value */
  readonly withoutValue = new Set<string>();
  /** `#define`s that the language does not have: their names are not reported once more */
  readonly refused = new Set<string>();
}
/** The parts of the program. */
export class Found {
  readonly functions: Mutable<FunctionSym>[] = [];
  readonly contexts: Mutable<ContextSym>[] = [];
  readonly globals: VarSym[] = [];
  readonly records: RecordType[] = [];
}

export class CheckContext {
  readonly abi: Abi;
  readonly basic: BasicTypes;
  readonly problems = new Problems();
  /** all that is outside of bodies */
  readonly outside = this.problems.part;
  /** bodies that have been checked */
  readonly bodies = new Map<Owner, Part>();
  readonly scopes: Scopes;
  readonly tables: Tables;
  readonly types = new TypeCache();
  /** operands of '&': an array's end has an address, but no element */
  readonly addressed = new Set<Expr>();
  readonly expansion = new ExpansionState();
  readonly items = new ItemState();
  readonly found = new Found();
  body = new BodyState();
  /** the id of the next variable */
  nextId: number;

  /** @param outer a finished program whose names are seen from `from`: for watches */
  constructor(
    readonly layouts: Layouts,
    readonly builtins: Builtins,
    readonly rules: Rules,
    /** of the nodes: what macros expand to goes on with them */
    readonly ids: NodeIds,
    outer?: CheckContext,
    from?: Viewpoint,
  ) {
    this.abi = layouts.abi;
    // a quarter more for what macros expand to
    this.tables = newTables(ids.count + (ids.count >> 2));
    this.basic = basicTypes(layouts.abi);
    this.scopes = new Scopes(builtins, this.problems, outer?.scopes, from);
    this.nextId = outer?.nextId ?? 0;
  }
  /** The part that is being checked. */
  get part(): Part {
    return this.problems.part;
  }
}
