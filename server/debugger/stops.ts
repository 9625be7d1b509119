/** Why the session has stopped: plain data for the protocol. */
import type { LogEntry } from '../kernel/printk/printk';

export type { LogEntry };

export type StopKind =
  | 'entry'
  | 'step'
  | 'breakpoint'
  | 'function breakpoint'
  | 'data breakpoint'
  | 'exception'
  | 'pause'
  | 'end'
  | 'start'
  | 'goto';

export interface Stop {
  readonly kind: StopKind;
  /** task that stopped */
  readonly task: number;
  /** what happened, in a few words: an editor shows them beside the thread's name */
  readonly description: string;
  /** the same at length, if there is more to say */
  readonly text?: string | undefined;
  readonly breakpoints?: readonly number[];
  /** the report, at an exception, with its filter */
  readonly report?: { readonly entry: LogEntry; readonly filter: string };
}
