/** Why the session stands still: plain data for whoever shows it. */
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
  | 'goto'
  | 'end'
  | 'start';

export interface Stop {
  readonly kind: StopKind;
  /** task that stopped */
  readonly task: number;
  /** one line for the user: what happened */
  readonly description: string;
  /** more of it, where there is more */
  readonly text?: string | undefined;
  readonly breakpoints?: readonly number[];
  /** the report, at an exception, with its filter */
  readonly report?: { readonly entry: LogEntry; readonly filter: string };
}
