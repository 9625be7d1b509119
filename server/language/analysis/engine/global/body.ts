/** What the call graph knows of one body. */
import { EMPTY } from '../../../../types/sharedSet';
import type { ContextSym, FunctionSym, VarSym } from '../../../check/context/program';
import type { Block, Call, Expr } from '../../../syntax/tree';
import type { PathId } from '../values/varPaths';
import type { Stored } from './stores';

/** A body with what it does directly and, after `close()`, through its calls. */
export interface Body extends Stored {
  readonly sym: FunctionSym | ContextSym;
  readonly block: Block;
  callees: ReadonlySet<FunctionSym>;
  readonly calls: { readonly to: FunctionSym; readonly args: readonly Expr[] }[];
  /** all calls as they are written, also those in expansions of macros, and those of the kernel's API */
  readonly written: Call[];
  /** its parameters that decide branches in it */
  tests: ReadonlySet<VarSym>;
  /** paths of globals that decide branches in it or are returned */
  asks: ReadonlySet<PathId>;
  /** paths of globals that it assigns, as a whole */
  sets: ReadonlySet<PathId>;
  /** what its parameters point to, as far as it reads or writes it */
  behind: ReadonlySet<PathId>;
  /** calls something that is relevant to a rule */
  matters: boolean;
  /** calls through a pointer that may lead anywhere */
  callsPointers: boolean;
  /** it, or what it calls, allocates or frees */
  onMemory: boolean;
  /** it, or what it calls, changes links of lists or trees */
  relinks: boolean;
  /** it asks whether a variable is NULL that it has followed before */
  asksLate: boolean;
  /** it may be asked what it does to its caller's objects */
  followsObjects: boolean;
}
/** globals that one body assigns of which its callers are told */
export const MOST_SET = 8;
/** paths behind the parameters of one body that its callers follow */
export const MOST_BEHIND = 24;

export const newBody = (sym: FunctionSym | ContextSym, block: Block, matters: boolean): Body => ({
  sym,
  block,
  callees: EMPTY,
  calls: [],
  written: [],
  assigns: EMPTY,
  assignsFields: EMPTY,
  assignsThrough: EMPTY,
  tests: EMPTY,
  asks: EMPTY,
  sets: EMPTY,
  behind: EMPTY,
  reassigns: EMPTY,
  matters,
  callsPointers: false,
  onMemory: false,
  relinks: false,
  asksLate: false,
  followsObjects: false,
});
