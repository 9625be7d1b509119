/** The scopes of a frame, in display order. */
import type { Frame, Target } from '../target/target';
import { addressSpaceScope } from './addressSpaceScope';
import { contextScope } from './contextScope';
import { cpuScope } from './cpuScope';
import { globalsScope } from './globalsScope';
import { localsScope } from './localsScope';
import { machineScope } from './machineScope';
import { memMapScope } from './memMapScope';
import { perCpuScope } from './perCpuScope';
import { slabScope } from './slabScope';
import type { Scope, TreeContext } from './treeNode';
import { vmallocScope } from './vmallocScope';

export function scopesOf(context: TreeContext, target: Target, frame: Frame): Scope[] {
  const { cpu } = target.contextOf(frame.task);
  const globals = globalsScope(context, cpu);
  return [
    localsScope(context, target, frame),
    contextScope(context, target, frame),
    ...(globals ? [globals] : []),
    cpuScope(context, target, cpu, frame.task),
    machineScope(context, target),
    slabScope(context, target),
    perCpuScope(context, target),
    vmallocScope(context, target),
    addressSpaceScope(context, target, frame),
    memMapScope(context),
  ];
}
