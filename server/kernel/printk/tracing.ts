/**
 * What the page allocator reports to a tracer: calls, decisions, ftrace's kmem events. See trace.ts.
 */
export type TraceValue = number | string;

export interface Tracing {
  /** whether the tracer records */
  readonly on: boolean;
  enter(fn: string, ...args: TraceValue[]): void;
  decision(key: string, ...values: TraceValue[]): void;
  leave(fn: string, result?: TraceValue): void;
  event(name: string, ...values: TraceValue[]): void;
}

export const NO_TRACING: Tracing = {
  on: false,
  enter: () => {},
  decision: () => {},
  leave: () => {},
  event: () => {},
};
