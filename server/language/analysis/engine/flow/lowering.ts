/**
 * The lowering of one body to a control-flow graph: the blocks made so far, and the one that steps go into. Statements and expressions
 * (lowerStatement.ts, lowerExpression.ts) are functions over it; buildCfg.ts makes the graph of it.
 */
import type { CType } from '../../../../types/ctype';
import { NodeTable } from '../../../check/context/nodeTable';
import type { Program } from '../../../check/context/program';
import type { AssignOp, Call, Expr, Span, Stmt } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import type { PathId, VarPaths } from '../values/varPaths';
import type { Block, CallEffects, CallTarget, Part, Step, SwitchCase, Terminator } from './cfg';
import { type Predicate, Predicates } from './predicates';

export interface OpenSwitch {
  readonly cases: SwitchCase[];
  /** of the value; undefined if it is not known */
  readonly type: CType | undefined;
  otherwise: number | undefined;
}
/** What expressions stand for in the graphs of a program: a node is in one body. */
export interface Stands {
  readonly temps: NodeTable<PathId>;
  readonly meaning: NodeTable<Expr>;
  readonly predicates: NodeTable<Predicate>;
}
export const standsIn = ({ nodes }: Program): Stands => ({
  temps: new NodeTable(nodes),
  meaning: new NodeTable(nodes),
  predicates: new NodeTable(nodes),
});
/** Statements inside an expression: `({ … })`. Passed in, since statements contain expressions. */
type LowerStatements = (cx: Lowering, list: readonly Stmt[]) => void;

export interface Lowering {
  readonly program: Program;
  readonly paths: VarPaths;
  /** effects of calls outside the body */
  readonly outside: CallEffects;
  readonly statements: LowerStatements;
  readonly blocks: Block[];
  /** the block that is being filled */
  at: Block;
  /** the one behind the last jump, to which nothing leads */
  unreachable: Block | undefined;
  /** what the program's expressions stand for, in the graphs made so far */
  readonly temps: NodeTable<PathId>;
  readonly meaning: NodeTable<Expr>;
  readonly predicates: Predicates;
  labels: Map<string, Block> | undefined;
  readonly breaks: number[];
  readonly continues: number[];
  readonly switches: OpenSwitch[];
  /** with steps for what happens to pointers */
  readonly objects: boolean;
  /** nesting depth of expressions */
  depth: number;
}

export function lowering(
  program: Program,
  paths: VarPaths,
  outside: CallEffects,
  statements: LowerStatements,
  objects: boolean,
  stands: Stands,
): Lowering {
  const entry: Block = { id: 0, steps: [], end: STOP };
  return {
    program,
    paths,
    outside,
    statements,
    blocks: [entry],
    at: entry,
    unreachable: undefined,
    temps: stands.temps,
    meaning: stands.meaning,
    predicates: new Predicates(program, paths, stands.predicates),
    labels: undefined,
    breaks: [],
    continues: [],
    switches: [],
    objects,
    depth: 0,
  };
}

const NONE: readonly PathId[] = [];
const NO_FIELDS: readonly string[] = [];
const STOP: Terminator = { op: 'stop' };

export function newBlock(cx: Lowering): Block {
  const block: Block = { id: cx.blocks.length, steps: [], end: STOP };
  cx.blocks.push(block);
  return block;
}
/** Ends the current block and continues in `next`. */
export function finish(cx: Lowering, end: Terminator, next: Block): void {
  const { at, blocks } = cx;
  // what stands behind a jump is most often nothing
  if (at === cx.unreachable && at.steps.length === 0 && at.id === blocks.length - 1) blocks.pop();
  else at.end = end;
  cx.at = next;
}
/** Ends the current block; what follows is reached by a label only. */
export function leave(cx: Lowering, end: Terminator): void {
  const next = newBlock(cx);
  finish(cx, end, next);
  cx.unreachable = next;
}
export function jumpTo(cx: Lowering, next: Block): void {
  finish(cx, { op: 'jump', to: next.id }, next);
}
/** Adds a step. One that may have several outcomes ends its block, so that their states are merged before the next step. */
export function addStep(cx: Lowering, step: Step): void {
  cx.at.steps.push(step);
  if (forks(cx, step)) jumpTo(cx, newBlock(cx));
}
function forks(cx: Lowering, step: Step): boolean {
  switch (step.op) {
    case 'forget':
    case 'copy':
    case 'deref':
    case 'store':
    case 'state':
      return false;
    case 'assign': {
      // a copy of a value that is tested: one state for each outcome (bodyWalk.ts)
      const { kind } = withoutCasts(step.value);
      return step.assign === '=' && (kind === 'ident' || kind === 'member');
    }
    case 'call':
      if (step.target.kind === 'api') {
        const { takes, allocates } = step.target.facts.entry;
        return takes !== undefined || (cx.objects && allocates?.instead !== undefined);
      }
      return cx.objects || step.target.kind === 'pointer' || cx.outside.isFollowed(step.target.sym);
  }
}
/** Drops facts about the paths that were stored to and, unless `only`, about those that the stores may also change. */
export function forget(cx: Lowering, stored: readonly PathId[], only = false): void {
  if (stored.length > 0) addStep(cx, { op: 'forget', stored, only, fields: NO_FIELDS, through: '', paths: NONE });
}
/** A counter goes on by one. */
export function next(cx: Lowering, path: PathId): void {
  addStep(cx, { op: 'forget', stored: [path], next: true, only: false, fields: NO_FIELDS, through: '', paths: NONE });
}
/** A store to fields of these names through an expression without a path. */
export function forgetFields(cx: Lowering, fields: readonly string[]): void {
  addStep(cx, { op: 'forget', stored: NONE, only: false, fields, through: '', paths: NONE });
}
/** A store through a pointer to a type with this key. */
export function forgetThrough(cx: Lowering, through: string): void {
  addStep(cx, { op: 'forget', stored: NONE, only: false, fields: NO_FIELDS, through, paths: NONE });
}
export function assign(cx: Lowering, path: PathId, op: AssignOp, value: Expr, place?: Expr): void {
  addStep(cx, { op: 'assign', path, assign: op, value, place, touches: NONE });
}
export function callStep(cx: Lowering, call: Call, target: CallTarget, result: PathId): void {
  addStep(cx, { op: 'call', call, target, result, wanted: undefined });
}
/** A structure is copied, or filled with zeros. */
export function copy(cx: Lowering, to: Part, from: Part | undefined): void {
  addStep(cx, { op: 'copy', to, from, pairs: [], touches: NONE });
}
/** A value is stored: in what an expression names, or in a path. */
export function storeObject(cx: Lowering, to: Expr | PathId, value: Expr | undefined, span: Span): void {
  if (cx.objects) cx.at.steps.push({ op: 'store', to, value, span });
}
/** A pointer is followed. */
export function derefObject(cx: Lowering, pointer: Expr, at: Expr): void {
  if (cx.objects) cx.at.steps.push({ op: 'deref', pointer, at });
}
/** The path that holds the value of a call or a conditional. */
export function temporary(cx: Lowering, e: Expr): PathId {
  let path = cx.temps.get(e);
  if (path === undefined) cx.temps.set(e, (path = cx.paths.temporary(e)));
  return path;
}
