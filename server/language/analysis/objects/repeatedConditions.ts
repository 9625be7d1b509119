/** Conditions that a body tests more than once and that nothing is known about: each has one outcome until a variable in it changes. */
import type { Program, VarSym } from '../../check/context/program';
import type { Expr } from '../../syntax/tree';
import { blockAt, type Cfg } from '../engine/flow/cfg';
import type { PathId, VarPaths } from '../engine/values/varPaths';

interface Condition {
  /** the path that says how it turned out */
  readonly path: PathId;
  readonly tests: readonly Expr[];
  /** its locals and parameters, once they have been asked for */
  variables: readonly VarSym[] | undefined;
}

/** They are looked for when such a condition is first asked about. */
export class RepeatedConditions {
  /** their paths are numbered one after the other */
  private readonly all: Condition[] = [];
  private byTest: Map<Expr, PathId> | undefined;

  constructor(
    private readonly program: Program,
    private readonly paths: VarPaths,
    private readonly cfg: Cfg,
  ) {}

  /** The path that says how a condition turned out; undefined: it is tested once. */
  pathOf(test: Expr): PathId | undefined {
    return isCompared(test) ? (this.byTest ??= this.find()).get(test) : undefined;
  }
  /** None has been found so far. */
  get isEmpty(): boolean {
    return this.all.length === 0;
  }
  /** Whether a path says how such a condition turned out. */
  isOutcome(path: PathId): boolean {
    return this.at(path) !== undefined;
  }
  /** Whether a path says so of a condition that a variable is in. */
  isAbout(path: PathId, variable: VarSym): boolean {
    const condition = this.at(path);
    if (!condition) return false;
    condition.variables ??= condition.tests.flatMap((test) => variablesIn(this.program, test));
    return condition.variables.includes(variable);
  }
  private at(path: PathId): Condition | undefined {
    const first = this.all[0]?.path;
    return first === undefined || path < first ? undefined : this.all[path - first];
  }
  private find(): Map<Expr, PathId> {
    const byTest = new Map<Expr, PathId>();
    for (const tests of alike(this.program, this.cfg)) {
      const path = this.paths.temporary();
      this.all.push({ path, tests, variables: undefined });
      for (const test of tests) byTest.set(test, path);
    }
    return byTest;
  }
}
/** Whether another condition may be written like this one: names have facts of their own. */
const isCompared = ({ kind, span }: Expr): boolean => kind !== 'ident' && span.file >= 0;
/** The conditions that are written more than once in a body, each with its tests. */
function alike(program: Program, cfg: Cfg): Iterable<readonly Expr[]> {
  // only texts of one length are compared
  const byLength = new Map<number, Expr[][]>();
  let found: Expr[][] | undefined;
  for (const id of cfg.order) {
    const { end } = blockAt(cfg, id);
    if (end.op !== 'branch' || !isCompared(end.test)) continue;
    const { test } = end;
    const length = test.span.end - test.span.start;
    const others = byLength.get(length);
    if (!others) {
      byLength.set(length, [[test]]);
      continue;
    }
    const text = textOf(program, test);
    const same = others.find(([first]) => first && textOf(program, first) === text);
    if (!same) others.push([test]);
    else if (same.push(test) === 2) (found ??= []).push(same);
  }
  return found ?? NONE;
}
const NONE: readonly Expr[][] = [];
const textOf = ({ files }: Program, { span: { file, start, end } }: Expr): string =>
  files[file]?.text.slice(start, end) ?? '';

function variablesIn(program: Program, e: Expr, out: VarSym[] = []): VarSym[] {
  switch (e.kind) {
    case 'ident': {
      const sym = program.symbolOf(e);
      if (sym?.kind === 'var' && sym.storage !== 'global') out.push(sym);
      break;
    }
    case 'cast':
    case 'unary':
    case 'postfix':
      variablesIn(program, e.operand, out);
      break;
    case 'binary':
    case 'assign':
      variablesIn(program, e.left, out);
      variablesIn(program, e.right, out);
      break;
    case 'member':
      variablesIn(program, e.base, out);
      break;
    case 'index':
      variablesIn(program, e.base, out);
      variablesIn(program, e.index, out);
      break;
    case 'call':
      for (const arg of e.args) variablesIn(program, arg, out);
      break;
    default:
      break;
  }
  return out;
}
