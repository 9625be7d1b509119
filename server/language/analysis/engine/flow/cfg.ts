/**
 * The control-flow graph of one body: basic blocks of steps, each ended by a terminator. Short-circuit conditions are split, so that a
 * branch tests one leaf and facts hold per edge. Calls are steps of their own, in order of evaluation; the value of a call or of `?:` is a
 * temporary. Built by buildCfg.ts; independent of the rules.
 */

import { EMPTY } from '../../../../types/sharedSet';
import type { ApiSym, ContextSym, FunctionSym, VarSym } from '../../../check/context/program';
import type { AssignOp, Call, Expr, Span } from '../../../syntax/tree';
import type { Outcome } from '../values/possible';
import type { PathId } from '../values/varPaths';
import type { ApiFacts } from './apiFacts';
import type { Predicate } from './predicates';

export type CallTarget =
  | { readonly kind: 'api'; readonly sym: ApiSym; readonly facts: ApiFacts }
  | { readonly kind: 'function'; readonly sym: FunctionSym }
  /** through a pointer: the expression of the pointer */
  | { readonly kind: 'pointer'; readonly expr: Expr };

/** What a call may change or read outside the body, from the call graph. */
export interface CallEffects {
  /** shared paths whose value the callee, or what it calls, reads */
  readonly asked: (target: CallTarget) => readonly PathId[];
  /** whether anything is known about the return value, or the context after the call */
  readonly matters: (sym: FunctionSym) => boolean;
  /** whether the function has a body that is followed */
  readonly isFollowed: (sym: FunctionSym) => boolean;
  /** whether a pointer to an integer or a pointer may lead to a path */
  readonly mayBePointee: (path: PathId) => boolean;
  /** whether any pointer may lead to it, or to a structure that it is in */
  readonly isReachable: (path: PathId) => boolean;
  /** whether the objects of a function's callers may be changed in it */
  readonly followsObjects: (sym: FunctionSym | ContextSym) => boolean;
  /** the scenario has NMI handlers: nearly every call can be wrong there */
  readonly hasNmi: boolean;
  readonly atomicOnRt: boolean;
}
export type Step =
  | {
      readonly op: 'call';
      readonly call: Call;
      readonly target: CallTarget /** −1: nothing is known about it */;
      readonly result: PathId;
      /** a function's of the scenario: the result is used; undefined where it may be */
      wanted: boolean | undefined;
    }
  /** the condition of wait_event() is evaluated between two of these */
  | { readonly op: 'state'; readonly waits: boolean; readonly call: Call }
  /** path = value, or path op= value; `touches`: other paths a store to it may change (aliases.ts) */
  | {
      readonly op: 'assign';
      readonly path: PathId;
      readonly assign: AssignOp;
      readonly value: Expr;
      /** the target, where a pointer in it may lead to a variable that is known */
      readonly place: Expr | undefined;
      touches: readonly PathId[];
    }
  /** a structure is copied, or, without `from`, filled with zeros */
  | {
      readonly op: 'copy';
      readonly to: Part;
      readonly from: Part | undefined;
      /** the paths in `to` about which facts are kept here, each with the one that it is copied from (−1: zero, −2: unknown) */
      pairs: readonly (readonly [PathId, PathId])[];
      touches: readonly PathId[];
    }
  /** for those who follow objects: a pointer is followed at `at` */
  | { readonly op: 'deref'; readonly pointer: Expr; readonly at: Expr }
  /** for those who follow objects: a value is stored; undefined: one that is computed */
  | { readonly op: 'store'; readonly to: Expr | PathId; readonly value: Expr | undefined; readonly span: Span }
  /** facts about these are dropped */
  | {
      readonly op: 'forget';
      /** these, and what a store to them may change as well unless `only` */
      readonly stored: readonly PathId[];
      /** the one that is stored is one more than before */
      readonly next?: true;
      readonly only: boolean;
      /** a store through a pointer without a path: any field of one of these names */
      readonly fields: readonly string[];
      /** and anything of a type with this key (global/stores.ts) that a pointer may lead to; '': nothing */
      readonly through: string;
      /** those of the above about which facts are kept here (aliases.ts) */
      paths: readonly PathId[];
    };

/** A structure: its members are the paths of `variable` that begin with `prefix`. */
export interface Part {
  readonly variable: VarSym;
  readonly prefix: string;
}

export type Terminator =
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'branch'; readonly test: Expr; readonly yes: number; readonly no: number }
  | { readonly op: 'switch'; readonly value: Expr; readonly cases: readonly SwitchCase[]; readonly otherwise: number }
  /** `span`: of the statement, or of the brace that ends the body */
  | { readonly op: 'return'; readonly value: Expr | undefined; readonly span: Span }
  /** a call that does not come back (panic, BUG), or the end of an endless loop */
  | { readonly op: 'stop' };
export interface SwitchCase {
  readonly from: bigint;
  readonly to: bigint;
  readonly block: number;
}
export interface Block {
  readonly id: number;
  readonly steps: Step[];
  end: Terminator;
}
/** What expressions stand for. */
interface Readable<Value> {
  get(e: Expr): Value | undefined;
}
export interface Cfg {
  /** blocks[0] is the entry */
  readonly blocks: readonly Block[];
  /** blocks reachable from the entry, in reverse post-order */
  readonly order: readonly number[];
  /** position of each block in `order`; −1: unreachable */
  readonly rank: Int32Array;
  /** the edges that go back to the start of a loop */
  readonly backEdges: readonly BackEdge[];
  /** the path that holds the value of a call or a conditional, and the expansion of a macro call */
  readonly temps: Readable<PathId>;
  readonly meaning: Readable<Expr>;
  /** leaf conditions that are comparisons */
  readonly predicates: Readable<Predicate>;
  /** paths about which facts are kept in this body, in the order of their bits in `liveIn` */
  readonly paths: readonly PathId[];
  readonly bitOf: ReadonlyMap<PathId, number>;
  /** per block, `words` 32-bit words: paths that are live */
  readonly liveIn: Int32Array;
  readonly words: number;
  /** those of them whose values the body needs when it is entered: of globals and parameters */
  readonly entry: readonly PathId[];
  /** paths that a branch of this body tests */
  readonly tested: ReadonlySet<PathId>;
  readonly params: readonly VarSym[];
  /** the tests of parameters against constants */
  readonly outcomes: ReadonlyMap<VarSym, readonly Outcome[]>;
}

/** Whether an expression of this kind may stand for another one (`Cfg.meaning`), or have its value in a temporary (`Cfg.temps`). */
export function isComputed({ kind }: Expr): boolean {
  switch (kind) {
    case 'call':
    case 'binary':
    case 'conditional':
    case 'comma':
    case 'stmtExpr':
      return true;
    default:
      return false;
  }
}
/** What an expression stands for, if it is another one. */
export const meaningOf = ({ meaning }: Pick<Cfg, 'meaning'>, e: Expr): Expr | undefined =>
  isComputed(e) ? meaning.get(e) : undefined;
/** The path that holds the value of an expression, if one was made for it. */
export const temporaryOf = ({ temps }: Pick<Cfg, 'temps'>, e: Expr): PathId | undefined =>
  isComputed(e) ? temps.get(e) : undefined;
/** @throws RangeError for a block that is not in the graph */
export function blockAt(cfg: Cfg, id: number): Block {
  const block = cfg.blocks[id];
  if (!block) throw new RangeError(`no block ${id}`);
  return block;
}
const NO_BLOCKS: readonly number[] = [];
/** The successors of a terminator. */
export function successors(end: Terminator): readonly number[] {
  switch (end.op) {
    case 'jump':
      return [end.to];
    case 'branch':
      return [end.yes, end.no];
    case 'switch':
      return [...end.cases.map((c) => c.block), end.otherwise];
    default:
      return NO_BLOCKS;
  }
}

/** Whether `path` is live at the start of `block`. */
export function isLive(cfg: Pick<Cfg, 'bitOf' | 'liveIn' | 'words'>, block: number, path: PathId): boolean {
  const bit = cfg.bitOf.get(path);
  return bit !== undefined && ((cfg.liveIn[block * cfg.words + (bit >> 5)] ?? 0) & (1 << (bit & 31))) !== 0;
}

/** Whether the edge from `from` to `to` is a back edge of a loop. */
export const goesBack = (cfg: Cfg, from: number, to: number): boolean => (cfg.rank[to] ?? -1) <= (cfg.rank[from] ?? -1);
/** The blocks that test whether a loop goes on. */
export function headsOf(cfg: Cfg): ReadonlySet<number> {
  if (cfg.backEdges.length === 0) return EMPTY;
  const heads = new Set<number>();
  // the test of a do loop goes back itself; the others jump to theirs
  for (const { from, to } of cfg.backEdges) heads.add(blockAt(cfg, from).end.op === 'jump' ? to : from);
  // `while (a && b)`: the second half is a block of its own, which leaves to where the first one does
  for (const id of heads) {
    const ways = successors(blockAt(cfg, id).end);
    for (const to of ways) {
      const { steps, end } = blockAt(cfg, to);
      if (steps.length === 0 && end.op === 'branch' && (ways.includes(end.yes) || ways.includes(end.no))) heads.add(to);
    }
  }
  return heads;
}

interface BackEdge {
  readonly from: number;
  readonly to: number;
}
/** Reverse post-order of the reachable blocks (`outs`: successors by block), each block's position in it, and the edges against it. */
export function orderOf(outs: readonly (readonly number[])[]): Pick<Cfg, 'order' | 'rank' | 'backEdges'> {
  const isSeen = new Uint8Array(outs.length);
  const post: number[] = [];
  /** the way to the block at hand, and how many of their successors each of it has been asked for */
  const way = [0];
  const asked = [0];
  isSeen[0] = 1;
  for (let top = 0; top >= 0; ) {
    const id = way[top] as number;
    const to = (outs[id] as readonly number[])[asked[top] as number];
    if (to === undefined) {
      post.push(id);
      top--;
      continue;
    }
    asked[top] = (asked[top] as number) + 1;
    if (isSeen[to] === 1) continue;
    isSeen[to] = 1;
    top++;
    way[top] = to;
    asked[top] = 0;
  }
  const order = post.reverse();
  const rank = new Int32Array(outs.length).fill(-1);
  for (let i = 0; i < order.length; i++) rank[order[i] as number] = i;
  const backEdges: BackEdge[] = [];
  for (const from of order)
    for (const to of outs[from] as readonly number[])
      if ((rank[to] as number) <= (rank[from] as number)) backEdges.push({ from, to });
  return { order, rank, backEdges };
}
