/**
 * Paths that the analysis may take and no run does. It does not follow every condition: a path that tests `test_bit(BUSY, &d->flags)` twice
 * with different outcomes, or a counter before and after it was changed, may contradict itself. Rules that have to be sure of a path do not
 * trust it.
 */
import type { Program } from '../../check/context/program';
import type { Call, Expr } from '../../syntax/tree';
import { contains } from '../../syntax/visitor';
import { withoutCasts } from '../../syntax/withoutCasts';
import { blockAt, type Cfg, headsOf, type Step, type Terminator } from './flow/cfg';
import type { Trail } from './instance';
import type { Value } from './values/knownBits';
import { isNonZero, isZero } from './values/knownBits';
import type { PathId, VarPaths } from './values/varPaths';

/** What is known of the condition that ends a block. */
interface Condition {
  /** the number of its text, where other contexts may change what it is about; −1: they cannot */
  readonly text: number;
  /** facts are kept about it as long as other contexts cannot change it */
  readonly followed: boolean;
  /** the counters that it compares */
  readonly counters: readonly number[];
  /** it tests whether a loop goes on */
  readonly isHead: boolean;
  /** it can turn out so again in the next round of a loop: it is about inputs, flags, or whether an allocation has failed */
  readonly open: boolean;
}
/** What is known of the conditions of a body. Counters are variables that it changes in a way that the analysis does not follow. */
export interface Conditions {
  /** by block */
  readonly at: readonly (Condition | undefined)[];
  /** the counters that a block changes, by block */
  readonly changes: readonly (readonly number[] | undefined)[];
  /** for the walk back along one path: how each text turned out; whether each counter is tested later */
  readonly outcomes: Uint8Array;
  readonly later: { readonly head: Uint8Array; readonly other: Uint8Array };
}
const NONE: readonly PathId[] = [];
type Doubt = NonNullable<Trail['doubt']>;

/** Numbers in the order in which they are asked for. */
function numberOf<K>(numbers: Map<K, number>, key: K): number {
  let n = numbers.get(key);
  if (n === undefined) numbers.set(key, (n = numbers.size));
  return n;
}
/** The variables that a step changes in a way that the analysis does not follow. */
const uncertain = (step: Step): readonly PathId[] =>
  step.op === 'forget' ? step.stored : step.op === 'assign' && step.assign !== '=' ? [step.path] : NONE;

function read(program: Program, paths: VarPaths, cfg: Cfg): Conditions {
  const { blocks, backEdges } = cfg;
  const changed = new Map<PathId, number>();
  const changes: (readonly number[] | undefined)[] = new Array(blocks.length);
  for (const { id, steps } of blocks) {
    let here: number[] | undefined;
    for (const step of steps) for (const path of uncertain(step)) (here ??= []).push(numberOf(changed, path));
    changes[id] = here;
  }
  const heads = headsOf(cfg);
  const texts = new Map<string, number>();
  const isOpen = backEdges.length > 0 ? openConditions(program, paths, cfg) : undefined;
  const at: (Condition | undefined)[] = new Array(blocks.length);
  for (const { id, end } of blocks) {
    const test = testOf(end);
    if (!test) continue;
    const asked = pathsIn(paths, test);
    const counters: number[] = [];
    for (const path of asked) {
      const counter = changed.get(path);
      if (counter !== undefined) counters.push(counter);
    }
    const followed = cfg.predicates.get(test) !== undefined || paths.ofExpr(test) !== undefined;
    const isOpaque = end.op === 'branch' && mayChange(program, paths, cfg, test, followed, asked);
    at[id] = {
      text: isOpaque ? numberOf(texts, textOf(program, test)) : -1,
      followed,
      counters,
      isHead: heads.has(id),
      open: isOpen?.(test, asked) === true,
    };
  }
  const later = { head: new Uint8Array(changed.size), other: new Uint8Array(changed.size) };
  return { at, changes, outcomes: new Uint8Array(texts.size), later };
}
function textOf(program: Program, { span }: Expr): string {
  return (program.files[span.file]?.text.slice(span.start, span.end) ?? '').replace(/\s+/g, '');
}
/** Whether other contexts may change what a condition is about, which compares `asked`. */
function mayChange(
  program: Program,
  paths: VarPaths,
  { temps }: Cfg,
  test: Expr,
  followed: boolean,
  asked: readonly PathId[],
): boolean {
  if (test.span.file < 0) return false;
  if (temps.get(test) !== undefined && !(test.kind === 'call' && !isApi(program, test))) return false;
  return !followed || !asked.every((path) => isOwn(paths, path));
}
/** Tells whether a condition, which compares `asked`, can turn out so again in the next round of a loop. */
function openConditions(
  program: Program,
  paths: VarPaths,
  cfg: Cfg,
): (test: Expr, asked: readonly PathId[]) => boolean {
  const settled = settledIn(program, paths, cfg);
  const isOpen = (path: PathId): boolean => paths.get(path).variable?.input === true || settled.has(path);
  return (test, asked) =>
    test.span.file >= 0 && asked.length > 0 && asked.every(isOpen) && !contains(test, ({ kind }) => kind === 'call');
}
/** Locals in which nothing but constants and results of allocations is stored. */
function settledIn(program: Program, paths: VarPaths, cfg: Cfg): ReadonlySet<PathId> {
  const found = new Set<PathId>();
  const others = new Set<PathId>(cfg.params.map((param) => paths.of(param)));
  for (const { steps } of cfg.blocks) {
    for (const step of steps) {
      if (step.op === 'forget') {
        for (const path of step.stored) others.add(path);
        for (const path of step.paths) others.add(path);
      }
      if (step.op === 'call') for (const arg of step.call.args) handedIn(paths, arg, others);
      if (step.op !== 'assign') continue;
      const value = withoutCasts(step.value);
      if (program.constantOf(value) !== undefined || (value.kind === 'call' && isAllocation(program, value)))
        found.add(step.path);
      else others.add(step.path);
      for (const path of step.touches) others.add(path);
    }
  }
  for (const path of found) if (others.has(path) || !isOwn(paths, path)) found.delete(path);
  return found;
}
/** The variable whose address an argument is. */
function handedIn(paths: VarPaths, arg: Expr, found: Set<PathId>): void {
  const e = withoutCasts(arg);
  if (e.kind === 'unary' && e.op === '&') for (const path of pathsIn(paths, e.operand)) found.add(path);
}
function isAllocation(program: Program, { callee }: Call): boolean {
  const sym = callee.kind === 'ident' ? program.symbolOf(callee) : undefined;
  return sym?.kind === 'api' && sym.entry.allocates !== undefined;
}
/** a local, not what it points to */
function isOwn(paths: VarPaths, path: PathId): boolean {
  const { variable, members } = paths.get(path);
  return variable?.storage !== 'global' && !members.includes('>') && !members.includes('*');
}
const testOf = (end: Terminator): Expr | undefined =>
  end.op === 'branch' ? end.test : end.op === 'switch' ? end.value : undefined;
/** The variables that a condition compares; those that it passes to a function do not belong to it. */
function pathsIn(paths: VarPaths, e: Expr): readonly PathId[] {
  switch (e.kind) {
    case 'ident':
    case 'member': {
      const path = paths.ofExpr(e);
      return path === undefined ? NONE : [path];
    }
    case 'unary':
    case 'postfix':
    case 'cast':
      return pathsIn(paths, e.operand);
    case 'binary': {
      const [left, right] = [pathsIn(paths, e.left), pathsIn(paths, e.right)];
      return right.length === 0 ? left : [...left, ...right];
    }
    default:
      return NONE;
  }
}
const isApi = (program: Program, { callee }: Call): boolean =>
  callee.kind === 'ident' && program.symbolOf(callee)?.kind === 'api';

interface Known {
  readonly program: Program;
  readonly paths: VarPaths;
  /** those read so far */
  readonly conditions: Map<Cfg, Conditions>;
}
/** What a path says of the conditions that the analysis does not follow. */
export function doubtOf({ program, paths, conditions }: Known, cfg: Cfg, trail: Trail | undefined): Doubt {
  if (!trail) return 'none';
  if (trail.doubt) return trail.doubt;
  let known = conditions.get(cfg);
  if (!known) conditions.set(cfg, (known = read(program, paths, cfg)));
  trail.doubt = doubtOn(known, cfg, trail);
  return trail.doubt;
}
/** how a text turned out; 0: it has not been met */
const TRUE = 1;
const FALSE = 2;
/** Whether a counter is tested later on the path (0: it is not), and has changed before that. */
const TESTED = 1;
const CHANGED = 2;

function doubtOn(conditions: Conditions, cfg: Cfg, trail: Trail): Doubt {
  const { at, outcomes, later } = conditions;
  outcomes.fill(0);
  later.head.fill(0);
  later.other.fill(0);
  const contradicts = (text: number, outcome: number): boolean => {
    const before = outcomes[text];
    outcomes[text] = outcome;
    return before !== 0 && before !== outcome;
  };
  /** the last outcomes of heads of loops */
  let entered: Map<number, number> | undefined;
  const repeats = cfg.backEdges.length > 0 ? new Set<number>() : undefined;
  let isOpaque = false;
  let tested = false;
  for (let t: Trail | undefined = trail; t; t = t.before) {
    const { id, end } = t.block;
    const condition = at[id];
    if (!condition) continue;
    const { text, counters, isHead } = condition;
    if (repeats?.has(id) && !isHead && !condition.open) return 'contradicting';
    repeats?.add(id);
    for (const counter of counters) {
      if (later.other[counter] === CHANGED || (later.head[counter] === CHANGED && !isHead)) return 'contradicting';
      (isHead ? later.head : later.other)[counter] = TESTED;
      tested = true;
    }
    if (tested) noteChanges(conditions, cfg, t);
    // the counter of a loop has another value in each round
    if (text < 0 || end.op !== 'branch' || (isHead && counters.length > 0)) continue;
    const outcome = t.to === end.yes ? TRUE : FALSE;
    if (!condition.followed) isOpaque = true;
    // in each round of a loop it may turn out differently: what counts is whether the loop is entered
    if (isHead) (entered ??= new Map()).set(id, outcome);
    else if (contradicts(text, outcome)) return 'contradicting';
  }
  if (entered) {
    for (const [id, outcome] of entered) if (contradicts(at[id]?.text ?? -1, outcome)) return 'contradicting';
  }
  return isOpaque ? 'opaque' : 'none';
}
/** Notes the counters that are tested later and change in the blocks from the branch before one to this branch. */
function noteChanges({ changes, later: { head, other } }: Conditions, cfg: Cfg, { block, before }: Trail): void {
  for (let at = before?.to ?? 0; ; ) {
    for (const counter of changes[at] ?? NONE) {
      if (head[counter] === TESTED) head[counter] = CHANGED;
      if (other[counter] === TESTED) other[counter] = CHANGED;
    }
    const { end } = blockAt(cfg, at);
    if (at === block.id || end.op !== 'jump') return;
    at = end.to;
  }
}
/** Whether two results cannot be the same: a caller can tell the ways out apart. */
export function areDisjoint(a: Value | undefined, b: Value | undefined): boolean {
  if (!a || !b) return false;
  if ((a.ones & b.zeros) !== 0 || (a.zeros & b.ones) !== 0) return true;
  return (isZero(a) && isNonZero(b)) || (isZero(b) && isNonZero(a));
}
