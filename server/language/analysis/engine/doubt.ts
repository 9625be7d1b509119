/**
 * Paths that the analysis may take and no run does. It does not follow every condition: a path that tests `test_bit(BUSY, &d->flags)` twice
 * with different outcomes, or a counter before and after it was changed, may contradict itself. Rules that have to be sure of a path do not
 * trust it.
 */
import { orMake } from '../../../types/orMake';
import type { Program } from '../../check/context/program';
import type { Call, Expr } from '../../syntax/tree';
import { contains } from '../../syntax/visitor';
import { withoutCasts } from '../../syntax/withoutCasts';
import { blockAt, type Cfg, headsOf, type Terminator } from './flow/cfg';
import type { Trail } from './instance';
import type { Value } from './values/knownBits';
import { isNonZero, isZero } from './values/knownBits';
import type { PathId, VarPaths } from './values/varPaths';

/** What is known of the conditions of a body. */
interface Conditions {
  /** the text of each condition that other contexts may change; `followed`: facts are kept about it as long as they cannot */
  readonly opaque: ReadonlyMap<Expr, { readonly text: string; readonly followed: boolean }>;
  /** variables that the body changes in a way that the analysis does not follow: those in a condition, and those that a block changes */
  readonly counters: ReadonlyMap<Expr, readonly PathId[]>;
  readonly changes: ReadonlyMap<number, readonly PathId[]>;
  /** blocks that test whether a loop goes on */
  readonly heads: ReadonlySet<number>;
  /** conditions that can turn out so again in the next round of a loop: of inputs, or whether an allocation has failed */
  readonly open: ReadonlySet<Expr>;
}
const NONE: readonly PathId[] = [];
const known = new WeakMap<Cfg, Conditions>();
type Doubt = NonNullable<Trail['doubt']>;

function read(program: Program, paths: VarPaths, cfg: Cfg): Conditions {
  const changed = new Set<PathId>();
  const changes = new Map<number, PathId[]>();
  for (const { id, steps } of cfg.blocks) {
    const here: PathId[] = [];
    for (const step of steps) {
      if (step.op === 'forget') here.push(...step.stored);
      else if (step.op === 'assign' && step.assign !== '=') here.push(step.path);
    }
    if (here.length === 0) continue;
    changes.set(id, here);
    for (const path of here) changed.add(path);
  }
  const open = new Set<Expr>();
  const opaque = new Map<Expr, { text: string; followed: boolean }>();
  const counters = new Map<Expr, readonly PathId[]>();
  let allocated: ReadonlySet<PathId> | undefined;
  const isOpen = (path: PathId): boolean => {
    if (paths.get(path).variable?.input === true) return true;
    allocated ??= allocatedIn(program, paths, cfg);
    return allocated.has(path);
  };
  for (const { end } of cfg.blocks) {
    const test = testOf(end);
    if (!test) continue;
    const asked = pathsIn(paths, test);
    const tested = changed.size > 0 ? asked.filter((path) => changed.has(path)) : NONE;
    if (tested.length > 0) counters.set(test, tested);
    if (test.span.file < 0) continue;
    if (asked.length > 0 && asked.every(isOpen) && !contains(test, ({ kind }) => kind === 'call')) open.add(test);
    if (end.op !== 'branch') continue;
    if (cfg.temps.get(test) !== undefined && !(test.kind === 'call' && !isApi(program, test))) continue;
    const followed = cfg.predicates.get(test) !== undefined || paths.ofExpr(test) !== undefined;
    if (followed && asked.every((path) => isOwn(paths, path))) continue;
    const text = program.files[test.span.file]?.text.slice(test.span.start, test.span.end) ?? '';
    opaque.set(test, { text: text.replace(/\s+/g, ''), followed });
  }
  return { opaque, counters, changes, heads: headsOf(cfg), open };
}
/** Locals in which nothing but NULL and results of allocations is stored. */
function allocatedIn(program: Program, paths: VarPaths, cfg: Cfg): ReadonlySet<PathId> {
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
      if (value.kind === 'call' && isAllocation(program, value)) found.add(step.path);
      else if (program.constantOf(value) !== 0n) others.add(step.path);
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

/** What a path says of the conditions that the analysis does not follow. */
export function doubtOf(program: Program, paths: VarPaths, cfg: Cfg, trail: Trail | undefined): Doubt {
  if (!trail) return 'none';
  trail.doubt ??= doubtOn(program, paths, cfg, trail);
  return trail.doubt;
}
function doubtOn(program: Program, paths: VarPaths, cfg: Cfg, trail: Trail): Doubt {
  const conditions = orMake(known, cfg, () => read(program, paths, cfg));
  const { opaque, counters, changes, heads, open } = conditions;
  /** by the text of a condition: how it turned out */
  let outcomes: Map<string, boolean> | undefined;
  const contradicts = (text: string, outcome: boolean): boolean => {
    outcomes ??= new Map();
    if ((outcomes.get(text) ?? outcome) !== outcome) return true;
    outcomes.set(text, outcome);
    return false;
  };
  let entered: Map<number, { readonly text: string; readonly outcome: boolean }> | undefined;
  let later: Map<PathId, Later> | undefined;
  const repeats = cfg.backEdges.length > 0 ? new Set<number>() : undefined;
  let isOpaque = false;
  for (let t: Trail | undefined = trail; t; t = t.before) {
    const { id, end } = t.block;
    const test = testOf(end);
    if (!test) continue;
    const isHead = heads.has(id);
    if (repeats?.has(id) && !isHead && !open.has(test)) return 'contradicting';
    repeats?.add(id);
    for (const path of counters.get(test) ?? NONE) {
      later ??= new Map();
      const l = orMake(later, path, () => ({ head: 'not', other: 'not' }));
      if (l.other === 'changed' || (l.head === 'changed' && !isHead)) return 'contradicting';
      if (isHead) l.head = 'tested';
      else l.other = 'tested';
    }
    if (later) {
      for (const block of between(cfg, t)) for (const path of changes.get(block) ?? NONE) noteChange(later.get(path));
    }
    const condition = opaque.get(test);
    if (condition === undefined || end.op !== 'branch') continue;
    // the counter of a loop has another value in each round
    if (isHead && counters.has(test)) continue;
    const outcome = t.to === end.yes;
    if (!condition.followed) isOpaque = true;
    // in each round of a loop it may turn out differently: what counts is whether the loop is entered
    if (isHead) (entered ??= new Map()).set(id, { text: condition.text, outcome });
    else if (contradicts(condition.text, outcome)) return 'contradicting';
  }
  for (const { text, outcome } of entered?.values() ?? []) if (contradicts(text, outcome)) return 'contradicting';
  return isOpaque ? 'opaque' : 'none';
}
/** Whether a counter is tested later on the path, by the head of a loop or elsewhere, and has changed before that. */
interface Later {
  head: 'not' | 'tested' | 'changed';
  other: 'not' | 'tested' | 'changed';
}
function noteChange(l: Later | undefined): void {
  if (l?.head === 'tested') l.head = 'changed';
  if (l?.other === 'tested') l.other = 'changed';
}
/** The blocks from the branch before one to this branch. */
function* between(cfg: Cfg, { block, before }: Trail): Iterable<number> {
  for (let at = before?.to ?? 0; ; ) {
    yield at;
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
