/**
 * The checked program, the result of the checker. The vm compiles it, the analyses read it, the language server answers from it.
 * The tree stays as parsed; facts about nodes are in side tables keyed by node.
 */

import type { MachineChoice, MachineConfig } from '../../../profiles/machineConfig';
import type { Profile } from '../../../profiles/profile';
import type { Abi, CType, Field, FunctionType, RecordType } from '../../../types/ctype';
import type { Layouts } from '../../../types/layout';
import type { ApiEntry } from '../../catalogue/form/entry';
import type { SourceTree } from '../../syntax/sourceTree';
import type {
  BasicTypeSyntax,
  Call,
  ContextDef,
  ContextWord,
  Declaration,
  Declarator,
  Expr,
  FunctionDef,
  Ident,
  InitList,
  MacroDeclaration,
  MacroLoop,
  Name,
  Span,
  Stmt,
} from '../../syntax/tree';
import type { Code } from './checkCodes';
import type { InitValue } from './initTree';

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly tree: SourceTree;
  /** its `#include`s that were found: the path as written, and the index of the file */
  readonly includes: readonly { readonly span: Span; readonly file: number }[];
}

export type Severity = 'error' | 'warning' | 'info' | 'hint';
export interface Related {
  readonly span: Span;
  readonly message: string;
}
/** A change of the text that cures a diagnostic. */
export interface Fix {
  readonly title: string;
  /** it changes what the program does, or guesses what was meant: never applied without being asked for by name */
  readonly unsafe?: boolean;
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
}
/** One problem, from the parser, the checker, an analysis or the compiler. `code` is stable: docs/codes.md lists them. */
export interface Diagnostic<C extends string = string> {
  readonly code: C;
  readonly severity: Severity;
  readonly message: string;
  readonly span: Span;
  readonly related?: readonly Related[];
  /** the best one first */
  readonly fixes?: readonly Fix[];
}

// ---------------------------------------------------------------- symbols
interface SymBase {
  readonly name: string;
  readonly type: CType;
  /** where it is declared; undefined for built-in names */
  readonly span?: Span;
}
/** A variable with storage: global, static local (storage 'global'), local or parameter. */
export interface VarSym extends SymBase {
  readonly kind: 'var';
  readonly storage: 'global' | 'local' | 'param';
  readonly id: number;
  /** a global that is an input: any value to the linter, 0 or --set at run time */
  readonly input?: boolean;
  readonly init?: Expr | InitList | undefined;
  /** bytes that `__aligned(n)` asks for, beyond the type's own; 0 or absent: none */
  readonly align?: number;
  /** per-CPU (DEFINE_PER_CPU): one copy per CPU */
  readonly percpu?: boolean;
  /** function whose local or parameter it is */
  readonly owner?: FunctionSym | ContextSym | undefined;
}
/** A function of the scenario. */
export interface FunctionSym extends SymBase {
  readonly kind: 'function';
  readonly type: FunctionType;
  readonly def: FunctionDef;
  readonly params: readonly VarSym[];
  /** every local, in order of declaration (block scopes resolved; static locals are globals and not here) */
  readonly locals: readonly VarSym[];
}
/**
 * `task main { }`, `irq nic_rx { }` …: also an object of the kernel's type (`type`: struct timer_list, unsigned int irq line, struct
 * task_struct * …).
 */
export interface ContextSym extends SymBase {
  readonly kind: 'context';
  readonly word: ContextWord;
  readonly def: ContextDef;
  readonly cpu?: number;
  readonly locals: readonly VarSym[];
  /** n-th context of its keyword in file order: the softirq number is NR_SOFTIRQS-relative, the irq line 32 + index; the vm decides */
  readonly index: number;
}
export interface ConstSym extends SymBase {
  readonly kind: 'const';
  /** enum constant, #define, or a constant of the kernel (GFP_KERNEL, WMARK_LOW) */
  readonly value: bigint;
  readonly summary?: string;
}
export interface TypedefSym extends SymBase {
  readonly kind: 'typedef';
}
/** A function or macro of the kernel's API. */
export interface ApiSym extends SymBase {
  readonly kind: 'api';
  readonly entry: ApiEntry;
}
/** A variable of the kernel itself: jiffies, current, mem_map, system_wq … The vm and the debugger know where it is (by name). */
export interface KernelVarSym extends SymBase {
  readonly kind: 'kernelVar';
}
export type Sym = VarSym | FunctionSym | ContextSym | ConstSym | TypedefSym | ApiSym | KernelVarSym;

/** A member as a name in the source finds it. */
export interface NamedField {
  /** the structure in which it was looked for: the field itself may be in an anonymous member */
  readonly record: RecordType;
  readonly field: Field;
  /** bytes from the start of `record` */
  readonly offset: number;
}

// ---------------------------------------------------------------- expressions over a finished program
/** A position at which an expression's names are looked up. */
export interface ExpressionScope {
  /** whose locals are seen; absent: none */
  readonly function?: FunctionSym | ContextSym | undefined;
  /** only what is visible at this offset; absent: all locals of the function */
  readonly offset?: number | undefined;
  /** file of the offset */
  readonly file?: number | undefined;
}
export interface CheckedExpression {
  /** undefined where the text is not an expression */
  readonly expr: Expr | undefined;
  /** type of the whole, not decayed; undefined after a problem */
  readonly type: CType | undefined;
  readonly problems: readonly Diagnostic<Code>[];
  /** locals that macros of the expression need (`min(a, b)`): they are in no frame */
  readonly temporaries: readonly VarSym[];
  typeOf(expr: Expr): CType | undefined;
  symbolOf(node: Ident | Name): Sym | undefined;
  constantOf(expr: Expr): bigint | undefined;
  typeOfSyntax(node: object): CType | undefined;
  initialiserOf(list: InitList): InitValue | undefined;
  expansionOf(call: Call): Expr | undefined;
}

export interface Program {
  readonly files: readonly SourceFile[];
  /** the numbers of its nodes are below it */
  readonly nodes: number;
  readonly abi: Abi;
  /** the kernel version that the machine block selects */
  readonly profile: Profile;
  readonly layouts: Layouts;
  readonly machine: MachineConfig;
  /** what settings chose of it, in case that the program has no machine block: for whoever checks the program again */
  readonly choice: MachineChoice | undefined;
  /** all, in order of position; a program with an `error` does not run */
  readonly diagnostics: readonly Diagnostic<Code>[];
  readonly functions: readonly FunctionSym[];
  readonly contexts: readonly ContextSym[];
  /** globals and static locals in order of declaration */
  readonly globals: readonly VarSym[];
  /** file scope by name (scenario's own names first, then built-ins are found by `lookup`) */
  lookup(name: string): Sym | undefined;
  /** type of an expression before array/function decay; undefined after an error in it */
  typeOf(expr: Expr): CType | undefined;
  /** the symbol of an identifier, a declaring name, or the name of a type that the scenario defines */
  symbolOf(node: Ident | Name | Declarator | FunctionDef | ContextDef | BasicTypeSyntax): Sym | undefined;
  /** the member that a name behind `.` or `->`, in a designator or in offsetof's path finds */
  fieldOf(node: Ident | Name): NamedField | undefined;
  /** value of an integer constant expression */
  constantOf(expr: Expr): bigint | undefined;
  /** byte offset and field chain of a member access are found with findField on typeOf(base); a type written in the source: */
  typeOfSyntax(node: object): CType | undefined;
  /** what a list in braces that is not part of another puts where; undefined for zeros */
  initialiserOf(list: InitList): InitValue | undefined;
  /**
   * the expansion of a macro call (already checked: its nodes have types and symbols, their spans are those of the macro call or its
   * arguments)
   */
  expansionOf(node: Call): Expr | undefined;
  expansionOfLoop(node: MacroLoop): Stmt | undefined;
  expansionOfDeclaration(node: MacroDeclaration): Declaration | undefined;
  /** what `guard(…)(…);` begins with; its end is among what `leaving` answers */
  expansionOfGuard(node: Stmt): Stmt | undefined;
  /** What runs when control leaves scopes by a return, goto, break or continue, or at the end of a block: the innermost first. */
  leaving(node: Stmt): readonly Expr[];
  /**
   * The program with `text` in its main file, if that differs in one body alone: made of this one, which must not be used any more.
   * Undefined where it has to be checked anew; nor must this one be used then. `include` finds what is included now.
   */
  edited(
    text: string,
    include: (path: string, from: string) => { readonly path: string; readonly text: string } | undefined,
  ): Program | undefined;
  /** Parses and checks `text` as an expression. A suffix such as `,x` must have been taken off. The program itself does not change. */
  checkExpression(text: string, scope?: ExpressionScope): CheckedExpression;
  /** The scenario's names visible at a position; an inner name replaces the ones it hides. */
  visibleNames(scope: ExpressionScope): Sym[];
  /** The locals whose scope reaches a position, also those that an inner name hides; outer ones first. */
  localsAt(scope: ExpressionScope): Sym[];
  /** records defined by the scenario, for the debugger */
  readonly records: readonly RecordType[];
}
