/**
 * The syntax tree of a .kmem file. The parser never fails: text that it cannot read becomes an `errorExpr`, `errorStmt` or
 * `errorItem`, and every node has an exact range. Ranges are offsets in UTF-16 code units into the source text, end exclusive.
 */

export interface Range {
  readonly start: number;
  readonly end: number;
}
/** A node's source range: offsets, and the file (index into Program.files; 0 is the main file, others come by #include). */
export interface Span extends Range {
  readonly file: number;
}
export interface NodeBase {
  readonly span: Span;
  /** expressions: in brackets of their own, which are not part of the span */
  readonly parenthesised?: true;
  /** expressions: the number in the program; side tables are arrays by it */
  readonly id?: number;
}

// ---------------------------------------------------------------- names and types as written
export interface Name extends NodeBase {
  readonly kind: 'name';
  readonly text: string;
  /** of an annotation that asks for an alignment: n of `__aligned(n)` */
  readonly alignment?: Expr;
}
/** Storage classes, qualifiers and annotations in the order written (`static`, `inline`, `__init`, `__must_check`, `__user` …). */
export interface Modifiers {
  readonly names: readonly Name[];
  /** contracts: `__must_hold(lock)`, `__acquires(lock)`, `__releases(lock)`, `__context(x|y)`, `__may_sleep`, `__atomic` */
  readonly contracts: readonly Contract[];
}
export interface Contract extends NodeBase {
  readonly kind: 'contract';
  readonly name: Name;
  readonly args: readonly Expr[];
}
export type TypeSyntax =
  | BasicTypeSyntax
  | RecordTypeSyntax
  | EnumTypeSyntax
  | PointerTypeSyntax
  | ArrayTypeSyntax
  | FunctionTypeSyntax
  | TypeofSyntax
  | QualifiedTypeSyntax;
/** `unsigned long`; also the name of a typedef: words = ['gfp_t'] */
export interface BasicTypeSyntax extends NodeBase {
  readonly kind: 'basicType';
  readonly words: readonly string[];
}
/** `struct ring`, `union { … }` */
interface RecordTypeSyntax extends NodeBase {
  readonly kind: 'recordType';
  readonly union: boolean;
  readonly tag?: Name;
  readonly fields?: readonly FieldDecl[];
  /** `__packed`, `__aligned(8)` */
  readonly annotations?: readonly Name[];
}
interface EnumTypeSyntax extends NodeBase {
  readonly kind: 'enumType';
  readonly tag?: Name;
  readonly constants?: readonly EnumConstant[];
  /** `__packed` */
  readonly annotations?: readonly Name[];
}
interface PointerTypeSyntax extends NodeBase {
  readonly kind: 'pointerType';
  readonly to: TypeSyntax;
  /** after the `*`: const, __user … */
  readonly quals: readonly string[];
}
interface ArrayTypeSyntax extends NodeBase {
  readonly kind: 'arrayType';
  readonly of: TypeSyntax;
  readonly length?: Expr;
}
export interface FunctionTypeSyntax extends NodeBase {
  readonly kind: 'functionType';
  readonly returns: TypeSyntax;
  readonly params: readonly Param[];
  readonly variadic: boolean;
}
interface TypeofSyntax extends NodeBase {
  readonly kind: 'typeofType';
  readonly of: Expr | TypeSyntax;
}
/** const, volatile, __user … before the declarator */
interface QualifiedTypeSyntax extends NodeBase {
  readonly kind: 'qualifiedType';
  readonly of: TypeSyntax;
  readonly quals: readonly string[];
}
const TYPE_KINDS: ReadonlySet<string> = new Set<TypeSyntax['kind']>([
  'basicType',
  'recordType',
  'enumType',
  'pointerType',
  'arrayType',
  'functionType',
  'typeofType',
  'qualifiedType',
]);
/** Whether the operand of sizeof or typeof is a type. */
export const isTypeSyntax = (node: Expr | TypeSyntax): node is TypeSyntax => TYPE_KINDS.has(node.kind);
export interface FieldDecl extends NodeBase {
  readonly kind: 'field';
  readonly type: TypeSyntax;
  readonly name?: Name; // absent: anonymous struct/union, or unnamed bit-field
  readonly bits?: Expr;
  /** `DECLARE_BITMAP(map, 64);`: the field is what it declares, and `type` is not */
  readonly macro?: MacroDeclaration;
  /** those that ask for a layout */
  readonly annotations?: readonly Name[];
}
export interface EnumConstant extends NodeBase {
  readonly kind: 'enumConstant';
  readonly name: Name;
  readonly value?: Expr;
}
export interface Param extends NodeBase {
  readonly kind: 'param';
  readonly type: TypeSyntax;
  readonly name?: Name;
}

// ---------------------------------------------------------------- expressions
export type BinaryOp =
  | '*'
  | '/'
  | '%'
  | '+'
  | '-'
  | '<<'
  | '>>'
  | '<'
  | '>'
  | '<='
  | '>='
  | '=='
  | '!='
  | '&'
  | '^'
  | '|'
  | '&&'
  | '||';
export type AssignOp = '=' | '*=' | '/=' | '%=' | '+=' | '-=' | '<<=' | '>>=' | '&=' | '^=' | '|=';
export type Expr =
  | IntLit
  | StringLit
  | Ident
  | Unary
  | Postfix
  | Binary
  | Assign
  | Conditional
  | Call
  | Index
  | Member
  | Cast
  | SizeOf
  | CompoundLit
  | TypeArg
  | Association
  | Comma
  | ErrorExpr
  | StmtExprNode;
/** Integer or character constant. `value` is exact; `suffix` lower case ('', 'u', 'ul', 'll', 'ull' …). */
export interface IntLit extends NodeBase {
  readonly kind: 'int';
  readonly value: bigint;
  readonly suffix: string;
  readonly char: boolean;
  readonly text: string;
}
/** Adjacent string literals are joined; `value` is the string with escapes resolved (each char one byte, 0–255, UTF-8 encoded). */
export interface StringLit extends NodeBase {
  readonly kind: 'string';
  readonly value: string;
}
export interface Ident extends NodeBase {
  readonly kind: 'ident';
  readonly name: string;
}
export interface Unary extends NodeBase {
  readonly kind: 'unary';
  readonly op: '&' | '*' | '+' | '-' | '~' | '!' | '++' | '--';
  readonly operand: Expr;
}
interface Postfix extends NodeBase {
  readonly kind: 'postfix';
  readonly op: '++' | '--';
  readonly operand: Expr;
}
export interface Binary extends NodeBase {
  readonly kind: 'binary';
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
  readonly opSpan: Span;
}
export interface Assign extends NodeBase {
  readonly kind: 'assign';
  readonly op: AssignOp;
  readonly left: Expr;
  readonly right: Expr;
}
/** `a ? b : c`; GNU `a ?: c` has then = undefined */
export interface Conditional extends NodeBase {
  readonly kind: 'conditional';
  readonly test: Expr;
  readonly then?: Expr;
  readonly else: Expr;
}
export interface Call extends NodeBase {
  readonly kind: 'call';
  readonly callee: Expr;
  readonly args: readonly Expr[];
}
export interface Index extends NodeBase {
  readonly kind: 'index';
  readonly base: Expr;
  readonly index: Expr;
}
export interface Member extends NodeBase {
  readonly kind: 'member';
  readonly base: Expr;
  readonly arrow: boolean;
  readonly name: Name;
}
interface Cast extends NodeBase {
  readonly kind: 'cast';
  readonly type: TypeSyntax;
  readonly operand: Expr;
}
interface SizeOf extends NodeBase {
  readonly kind: 'sizeof';
  readonly of: Expr | TypeSyntax;
  readonly alignof: boolean;
}
interface CompoundLit extends NodeBase {
  readonly kind: 'compound';
  readonly type: TypeSyntax;
  readonly init: InitList;
}
/** A type as a macro argument: container_of(p, struct ring, list) */
interface TypeArg extends NodeBase {
  readonly kind: 'typeArg';
  readonly type: TypeSyntax;
}
/** `type: value` or `default: value`, after the first argument of the call that stands for `_Generic(value, …)` */
export interface Association extends NodeBase {
  readonly kind: 'association';
  readonly type?: TypeSyntax;
  readonly value: Expr;
}
interface Comma extends NodeBase {
  readonly kind: 'comma';
  readonly left: Expr;
  readonly right: Expr;
}
interface ErrorExpr extends NodeBase {
  readonly kind: 'errorExpr';
}

export interface InitList extends NodeBase {
  readonly kind: 'initList';
  readonly items: readonly InitItem[];
}
export interface InitItem extends NodeBase {
  readonly kind: 'initItem';
  readonly designators: readonly (
    | { readonly kind: 'fieldDesignator'; readonly name: Name }
    | { readonly kind: 'indexDesignator'; readonly index: Expr; readonly last?: Expr }
  )[];
  readonly value: Expr | InitList;
}

// ---------------------------------------------------------------- statements
export type Stmt =
  | Block
  | ExprStmt
  | IfStmt
  | WhileStmt
  | DoStmt
  | ForStmt
  | MacroLoop
  | SwitchStmt
  | CaseLabel
  | LabelStmt
  | GotoStmt
  | BreakStmt
  | ContinueStmt
  | ReturnStmt
  | DeclStmt
  | EmptyStmt
  | MacroDeclStmt
  | ErrorStmt;
export interface Block extends NodeBase {
  readonly kind: 'block';
  readonly body: readonly Stmt[];
  /** its `}`, or that of a block in it, is missing: which statements are in which block is not known */
  readonly unclosed?: true;
}
export interface ExprStmt extends NodeBase {
  readonly kind: 'expr';
  readonly expr: Expr;
}
export interface IfStmt extends NodeBase {
  readonly kind: 'if';
  readonly test: Expr;
  readonly then: Stmt;
  readonly else?: Stmt;
}
interface WhileStmt extends NodeBase {
  readonly kind: 'while';
  readonly test: Expr;
  readonly body: Stmt;
}
interface DoStmt extends NodeBase {
  readonly kind: 'do';
  readonly body: Stmt;
  readonly test: Expr;
}
export interface ForStmt extends NodeBase {
  readonly kind: 'for';
  readonly init?: Expr | DeclStmt;
  readonly test?: Expr;
  readonly update?: Expr;
  readonly body: Stmt;
}
/** `list_for_each_entry(pos, head, member) body`: a macro that opens a loop */
export interface MacroLoop extends NodeBase {
  readonly kind: 'macroLoop';
  readonly call: Call;
  readonly body: Stmt;
}
export interface SwitchStmt extends NodeBase {
  readonly kind: 'switch';
  readonly value: Expr;
  readonly body: Stmt;
}
/** `case v:`, `case v ... last:` or `default:` (value undefined), labelling the statement that follows it in the block */
export interface CaseLabel extends NodeBase {
  readonly kind: 'case';
  readonly value?: Expr;
  readonly last?: Expr;
}
interface LabelStmt extends NodeBase {
  readonly kind: 'label';
  readonly name: Name;
}
interface GotoStmt extends NodeBase {
  readonly kind: 'goto';
  readonly name: Name;
}
interface BreakStmt extends NodeBase {
  readonly kind: 'break';
}
interface ContinueStmt extends NodeBase {
  readonly kind: 'continue';
}
interface ReturnStmt extends NodeBase {
  readonly kind: 'return';
  readonly value?: Expr;
}
export interface DeclStmt extends NodeBase {
  readonly kind: 'decl';
  readonly decl: Declaration;
}
interface EmptyStmt extends NodeBase {
  readonly kind: 'empty';
}
export interface ErrorStmt extends NodeBase {
  readonly kind: 'errorStmt';
}

// ---------------------------------------------------------------- declarations and the scenario layer
/** `static struct ring rx, *p = &rx;` or a lone `struct ring { … };` or `typedef …` */
export interface Declaration extends NodeBase {
  readonly kind: 'declaration';
  readonly modifiers: Modifiers;
  /** the type before the declarators (so that a lone struct definition is found) */
  readonly base: TypeSyntax;
  readonly declarators: readonly Declarator[];
}
export interface Declarator extends NodeBase {
  readonly kind: 'declarator';
  readonly name: Name;
  readonly type: TypeSyntax;
  readonly init?: Expr | InitList;
  /** those behind it that ask for a layout; they are among the declaration's modifiers too */
  readonly annotations?: readonly Name[];
}
/** `static DEFINE_SPINLOCK(ring_lock);` `LIST_HEAD(q);` `DECLARE_WAIT_QUEUE_HEAD(wq);`, at file or block level */
export interface MacroDeclaration extends NodeBase {
  readonly kind: 'macroDeclaration';
  readonly modifiers: Modifiers;
  readonly macro: Name;
  readonly args: readonly Expr[];
  /** `DEFINE_PER_CPU(int, x) = 5` */
  readonly init?: Expr | InitList;
}
export interface FunctionDef extends NodeBase {
  readonly kind: 'function';
  readonly modifiers: Modifiers;
  readonly name: Name;
  readonly type: TypeSyntax; // a functionType
  /** undefined for a prototype */
  readonly body?: Block;
}
export type ContextWord =
  | 'task'
  | 'irq'
  | 'nmi'
  | 'softirq'
  | 'tasklet'
  | 'timer'
  | 'work'
  | 'delayed_work'
  | 'process';
/** `task main on cpu 0 { … }`, `irq nic_rx { … }` … */
export interface ContextDef extends NodeBase {
  readonly kind: 'context';
  readonly word: ContextWord;
  readonly name: Name;
  readonly cpu?: Expr;
  readonly body: Block;
  readonly wordSpan: Span;
}
/** `machine { arch = i386; sysctl vm.min_free_kbytes = 4096; config KASAN = y; node 0 { … } region reserved a-b; }` */
export interface MachineDef extends NodeBase {
  readonly kind: 'machine';
  readonly items: readonly MachineItem[];
}
export interface MachineItem extends NodeBase {
  readonly kind: 'machineItem';
  /** `arch`, `memory`, `sysctl`, `config`, `node`, `region` … */
  readonly key: Name;
  /** `vm.min_free_kbytes`, `KASAN`, the node's number, `reserved` */
  readonly sub?: Name;
  /** raw text of the value, trimmed (`1G`, `"6.1"`, `0-1`, `random(7)`, `0x9fc00-0xfffff`) */
  readonly value?: Name;
  readonly items?: readonly MachineItem[];
}
interface IncludeDir extends NodeBase {
  readonly kind: 'include';
  readonly path: StringLit;
}
/** `#include <linux/slab.h>` */
interface HeaderDir extends NodeBase {
  readonly kind: 'header';
}
export interface DefineDir extends NodeBase {
  readonly kind: 'define';
  readonly name: Name;
  readonly value?: Expr;
  /** one with parameters: it has been reported, and its uses are not reported again */
  readonly refused?: true;
}
interface ErrorItem extends NodeBase {
  readonly kind: 'errorItem';
}
export type Item =
  | Declaration
  | MacroDeclaration
  | FunctionDef
  | ContextDef
  | MachineDef
  | IncludeDir
  | HeaderDir
  | DefineDir
  | ErrorItem;

/** The parser wraps a MacroDeclaration in a block like this. */
interface MacroDeclStmt extends NodeBase {
  readonly kind: 'macroDecl';
  readonly decl: MacroDeclaration;
}

/** GNU C's `({ … result; })`, and what a macro expands to; without a result it is void. */
export interface StmtExprNode extends NodeBase {
  readonly kind: 'stmtExpr';
  /** it is in the text, and not what a macro expands to */
  readonly written: boolean;
  readonly body: Block;
  readonly result?: Expr;
}
