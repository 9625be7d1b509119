/** A local variable or parameter of a frame. One that has not been written since the call is marked: it shows what the stack held. */
import { MARK_STATEMENT } from '../../vm/run/runMarks';
import { byteSize, type View } from '../inspect/view';
import { type Frame, type LocalVariable, scenarioDepth, type Target } from '../target/target';
import type { Node, TreeContext } from './treeNode';
import { objectPath, typedNode } from './typedNode';

/** Journal entries and marks that are searched at most to tell whether a local was written. */
const LOOK_BACK = 200_000;

export function localNode(context: TreeContext, target: Target, frame: Frame, local: LocalVariable): Node {
  const location = { type: local.type, address: local.address };
  const path = local.hidden ? objectPath(context.view, location) : local.name;
  const node = typedNode(context, local.name, location, path, { field: local.name });
  const since = entered(target, frame);
  const fresh = since !== undefined && !writtenSince(context.view, local.address, byteSize(local.type), since);
  return fresh ? { ...node, value: `${node.value} (not written yet)` } : node;
}

/** Journal position at which the frame's caller called; undefined if that is too long ago, or unknown. */
function entered(target: Target, frame: Frame): number | undefined {
  const { journal } = target.kernel.mem;
  const frames = target.frames(frame.task);
  const index = frames.findIndex((f) => f.fp === frame.fp && f.statement === frame.statement);
  if (index < 0) return undefined;
  const depth = scenarioDepth(frames.slice(index));
  const last = journal.marks.lastAtOrBefore(journal.position);
  const first = Math.max(journal.marks.start, last - LOOK_BACK);
  for (let i = last; i >= first; i--) {
    const mark = journal.marks.at(i);
    if (mark && mark.kind === MARK_STATEMENT && mark.c === frame.task && mark.d < depth) return mark.position;
  }
  // a task's own block: since the run began
  return first === journal.marks.start && journal.horizon === 0 ? 0 : undefined;
}
/** Whether a write touched the range between a journal position and the cursor. True if that cannot be determined cheaply. */
function writtenSince(view: View, address: number, length: number, since: number): boolean {
  const { mem } = view.kernel;
  const phys = view.space.translate(address);
  if (phys < 0 || length === 0 || mem.journal.end - since > LOOK_BACK) return true;
  for (const touch of mem.journal.touchingAfter(mem.ranges(phys, length), since))
    return touch.position < mem.journal.position;
  return false;
}
