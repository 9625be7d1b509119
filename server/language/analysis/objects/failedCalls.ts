/** Calls that keep what they are given only if they succeed: register_netdev(), request_irq(), idr_alloc(). */
import type { Step } from '../engine/flow/cfg';
import { withFact } from '../engine/values/facts';
import { valueWith } from '../engine/values/knownBits';
import type { ObjectState, ObjectWalk } from './objectContext';
import { objOf } from './objectState';
import { isPointer, pointerOf } from './pointers';
import { isObject } from './things';

const FAILURE = valueWith({ nonZero: true, min: -4095, max: -1 });
export const SUCCESS = valueWith({ min: 0 });
/** The state in which a call fails and keeps nothing, where that leaves an object that this body must free. */
export function failing(
  walk: ObjectWalk,
  state: ObjectState,
  step: Step & { op: 'call' },
  keeps: readonly number[],
): ObjectState | undefined {
  if (step.result < 0) return undefined;
  const owns = keeps.some((arg) => {
    const given = step.call.args[arg];
    const p = given && pointerOf(walk, state, given);
    return isPointer(p) && isObject(p.to) && objOf(state.objects, p.to).owned;
  });
  if (!owns) return undefined;
  const { call } = step;
  const trail = { span: call.span, taken: false, failed: true, before: state.trail };
  return state.withFacts(withFact(state.facts, step.result, FAILURE)).withTrail(trail);
}
