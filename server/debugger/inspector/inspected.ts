/** What the inspector's views read of a debug session. It is a port: the session, which assembles the debugger, fits it. */
import type { View } from '../inspect/view';
import type { Frame, Target } from '../target/target';
import type { InspectedMoment } from './shapes/common';

/** A moment, as the timeline has it. */
interface PlacedMoment {
  readonly mark: number;
  readonly position: number;
  readonly statement: number;
  readonly ending: string | undefined;
}
export interface Inspected {
  readonly view: View;
  readonly target: Target;
  /** of statements, by their ids */
  readonly index: {
    positionOf(statement: number): { readonly file: { readonly path: string }; readonly line: number } | undefined;
  };
  readonly timeline: {
    readonly moment: PlacedMoment;
    readonly position: number;
    readonly horizon: number;
    momentAt(mark: number): PlacedMoment;
    lastMoment(from: number): number;
    settle(): void;
  };
  /** the task of the current moment */
  readonly task: number;
  topFrame(task?: number): Frame | undefined;
}

/** The moment whose statement was running, or comes next, at a journal position. */
export function momentAt({ target, timeline, index }: Inspected, position: number): InspectedMoment {
  const { marks } = target.kernel.mem.journal;
  const { statement, ending } = timeline.momentAt(timeline.lastMoment(marks.lastAtOrBefore(position)));
  const at = index.positionOf(statement);
  const name = at?.file.path.split(/[\\/]/).at(-1);
  return { position, label: at ? `${name}:${at.line}` : (ending ?? 'the kernel’s own code') };
}

/** Reads the machine at another position, and comes back. */
export function lookAt<T>({ target }: Inspected, position: number, look: () => T): T {
  const { journal } = target.kernel.mem;
  const here = journal.position;
  if (position === here) return look();
  journal.moveTo(position);
  try {
    return look();
  } finally {
    journal.moveTo(here);
  }
}
