/**
 * What the page allocator reports to a tracer: calls, decisions, ftrace's kmem events. See trace.ts.
 */
export type TraceValue = number | string;

export interface Tracing {
  /** whether the tracer records anything: what is allocated and freed at least */
  readonly on: boolean;
  /** whether it records calls and decisions as well, and the code that called */
  readonly calls: boolean;
  enter(fn: string, ...args: TraceValue[]): void;
  decision(key: string, ...values: TraceValue[]): void;
  leave(fn: string, result?: TraceValue): void;
  event(name: string, ...values: TraceValue[]): void;
}

export const NO_TRACING: Tracing = {
  on: false,
  calls: false,
  enter: () => {},
  decision: () => {},
  leave: () => {},
  event: () => {},
};

/** The code that called, as ftrace names it, where that is recorded. */
export const callSite = (tracing: Tracing, caller: { symbol(): string }): string =>
  tracing.calls ? caller.symbol() : '';
