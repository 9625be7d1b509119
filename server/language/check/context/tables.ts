/** The checker's results for nodes. The tree stays as parsed; the checked program answers from these tables. */
import type { CType } from '../../../types/ctype';
import type { Declaration, Expr, InitList, MacroDeclaration, MacroLoop, Stmt } from '../../syntax/tree';
import type { InitValue } from './initTree';
import { NodeTable } from './nodeTable';
import type { NamedField, Sym } from './program';

/** The type of an expression with an error: accepted everywhere, so that one mistake gives one message. */
export const ERROR_TYPE: CType = { kind: 'void', typedef: '<unknown>' };

export interface Tables {
  readonly types: NodeTable<CType>;
  readonly symbols: NodeTable<Sym>;
  readonly syntaxTypes: Map<object, CType>;
  /** by the name after `.` or `->`, in a designator, or in offsetof's path */
  readonly fields: Map<object, NamedField>;
  /** of lists in braces that are not part of another; undefined for zeros */
  readonly initialisers: Map<InitList, InitValue | undefined>;
  readonly expansions: NodeTable<Expr>;
  readonly loops: Map<MacroLoop, Stmt>;
  readonly macroDecls: Map<MacroDeclaration, Declaration>;
  /** what a statement `guard(…)(…);` begins with */
  readonly guards: Map<Stmt, Stmt>;
  /** what runs when control leaves scopes by this statement, or at the end of this block: the innermost first */
  readonly leaving: Map<Stmt, readonly Expr[]>;
}
/** @param nodes numbers of nodes for which there is room at once */
export const newTables = (nodes: number): Tables => ({
  types: new NodeTable(nodes),
  symbols: new NodeTable(nodes),
  syntaxTypes: new Map(),
  fields: new Map(),
  initialisers: new Map(),
  expansions: new NodeTable(nodes),
  loops: new Map(),
  macroDecls: new Map(),
  guards: new Map(),
  leaving: new Map(),
});
