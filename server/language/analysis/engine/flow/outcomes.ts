/**
 * The tests that a body makes of its parameters against constants, each as what is known where it holds and where it does not. A caller that
 * passes the same variable twice is followed once for each outcome, so that both calls see the same one.
 */
import type { CType } from '../../../../types/ctype';
import type { Program, VarSym } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { NON_ZERO, valueWith, ZERO } from '../values/knownBits';
import type { Outcome } from '../values/possible';
import { rangeOf } from '../values/ranges';
import type { Block } from './cfg';

/** tests of one parameter that are told apart */
const MOST = 2;
const NONE: ReadonlyMap<VarSym, readonly Outcome[]> = new Map();

/** Per parameter that `blocks` test, the outcomes. */
export function outcomesOf(program: Program, blocks: readonly Block[]): ReadonlyMap<VarSym, readonly Outcome[]> {
  let found: Map<VarSym, Outcome[]> | undefined;
  for (const { end } of blocks) {
    if (end.op !== 'branch') continue;
    const test = withoutCasts(end.test);
    const variable = paramOf(program, test.kind === 'binary' ? test.left : test);
    const outcome = variable && outcomeOf(program, test, variable);
    if (!variable || !outcome) continue;
    found ??= new Map();
    const known = found.get(variable);
    if (!known) found.set(variable, [outcome]);
    else if (known.length < MOST) known.push(outcome);
  }
  return found ?? NONE;
}
function paramOf(program: Program, e: Expr): VarSym | undefined {
  const sym = e.kind === 'ident' ? program.symbolOf(e) : undefined;
  return sym?.kind === 'var' && sym.storage === 'param' ? sym : undefined;
}
function outcomeOf(program: Program, test: Expr, { type }: VarSym): Outcome | undefined {
  if (test.kind !== 'binary') return [NON_ZERO, ZERO];
  const constant = program.constantOf(test.right);
  if (constant === undefined || constant < -0x80000000n || constant > 0xffffffffn) return undefined;
  const n = Number(constant);
  switch (test.op) {
    case '&':
      return [valueWith({ ones: (n & (n - 1)) === 0 ? n : 0, nonZero: true }), valueWith({ zeros: n })];
    case '==':
      return n === 0 ? [ZERO, NON_ZERO] : undefined;
    case '!=':
      return n === 0 ? [NON_ZERO, ZERO] : undefined;
    case '<':
      return bounded(n, type);
    case '>=':
      return swapped(bounded(n, type));
    case '>':
      return swapped(bounded(n + 1, type));
    case '<=':
      return bounded(n + 1, type);
    default:
      return undefined;
  }
}
const swapped = (outcome: Outcome | undefined): Outcome | undefined => outcome && [outcome[1], outcome[0]];
/** Below `limit`, and not. */
function bounded(limit: number, type: CType): Outcome | undefined {
  const whole = rangeOf(undefined, type);
  // a limit below zero compares otherwise with types without a sign
  if (!whole || limit <= whole.min || limit > whole.max || limit < 0) return undefined;
  return [valueWith({ max: limit - 1 }), valueWith({ nonZero: limit > 0, min: limit })];
}
