/** What bodies do through their calls. */
import { added, united } from '../../../../types/sharedSet';
import type { ContextSym, FunctionSym, Program } from '../../../check/context/program';
import { behindArgument } from '../values/behindArgument';
import { isPointed, type VarPaths } from '../values/varPaths';
import { type Body, MOST_BEHIND, MOST_SET } from './body';

type Bodies = ReadonlyMap<FunctionSym | ContextSym, Body>;

/** Adds what bodies do to what their callers do. */
export function propagate(program: Program, paths: VarPaths, bodies: Bodies): void {
  const callers = new Map<Body, Body[]>();
  for (const body of bodies.values()) {
    for (const callee of body.callees) {
      const to = bodies.get(callee);
      if (callee.def.modifiers.contracts.length > 0) body.matters = true;
      if (!to) continue;
      const list = callers.get(to);
      if (list) list.push(body);
      else callers.set(to, [body]);
    }
  }
  const work = [...bodies.values()];
  for (let body = work.pop(); body; body = work.pop()) {
    for (const caller of callers.get(body) ?? []) {
      const before = sizeOf(caller);
      caller.assigns = united(caller.assigns, body.assigns);
      caller.assignsFields = united(caller.assignsFields, body.assignsFields);
      caller.assignsThrough = united(caller.assignsThrough, body.assignsThrough);
      caller.asks = united(caller.asks, body.asks);
      for (const p of body.sets) if (caller.sets.size < MOST_SET) caller.sets = added(caller.sets, p);
      if (body.behind.size > 0) behindArguments(program, paths, caller, body);
      if (body.matters) caller.matters = true;
      if (body.onMemory) caller.onMemory = true;
      if (body.relinks) caller.relinks = true;
      if (body.callsPointers) caller.callsPointers = true;
      if (sizeOf(caller) !== before) work.push(caller);
    }
  }
}
/** What a callee reads and writes behind its parameters, as paths of the caller. */
function behindArguments(program: Program, paths: VarPaths, caller: Body, callee: Body): void {
  for (const { to, args } of caller.calls) {
    if (to !== callee.sym) continue;
    for (const id of callee.behind) {
      const { variable, members } = paths.get(id);
      const arg = variable && args[to.params.indexOf(variable)];
      const path = arg && behindArgument(program, paths, arg, members, paths.get(id));
      if (path === undefined) continue;
      const { variable: root, members: own } = paths.get(path);
      if (root?.storage === 'param' && isPointed(own) && caller.behind.size < MOST_BEHIND)
        caller.behind = added(caller.behind, path);
    }
  }
}

/** Marks the bodies that a walk which follows objects may reach. */
export function reachObjects(bodies: Bodies): void {
  const work = [...bodies.values()].filter((body) => body.onMemory || body.asksLate);
  for (let body = work.pop(); body; body = work.pop()) {
    if (body.followsObjects) continue;
    body.followsObjects = true;
    for (const callee of body.callees) {
      const to = bodies.get(callee);
      if (to) work.push(to);
    }
  }
}

const sizeOf = (b: Body): number =>
  b.assigns.size +
  b.assignsFields.size +
  b.assignsThrough.size +
  b.asks.size +
  b.behind.size +
  b.sets.size +
  (b.matters ? 1 : 0) +
  (b.callsPointers ? 1 : 0) +
  (b.onMemory ? 1 : 0) +
  (b.relinks ? 1 : 0);
