/** The scopes of a frame, in the order in which one looks at them. */
import type { Frame, Target } from './target';
import { contextScope } from './tree/context';
import { cpuScope } from './tree/cpu';
import { globalsScope } from './tree/globals';
import { localsScope } from './tree/locals';
import { machineScope } from './tree/machine';
import { memMapScope } from './tree/memMap';
import type { Scope, TreeContext } from './tree/node';

export function scopesOf(context: TreeContext, target: Target, frame: Frame): Scope[] {
  const globals = globalsScope(context);
  return [
    localsScope(context, target, frame),
    contextScope(context, target, frame.task),
    ...(globals ? [globals] : []),
    cpuScope(context, target, target.contextOf(frame.task).cpu),
    machineScope(context, target),
    memMapScope(context),
  ];
}
