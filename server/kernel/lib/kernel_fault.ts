/** Where in the kernel's own code an exception was raised, and what that code held, for the report of it. */
import { KernelBug } from './bug';

interface Raised {
  /** the kernel's functions, innermost first */
  readonly functions: readonly string[];
  /** spinlocks that were held there, and nobody releases */
  readonly locks: number;
  /** interrupts were off for one of them */
  readonly irqsOff: boolean;
}
const UNKNOWN: Raised = { functions: [], locks: 0, irqsOff: false };
/** Of an exception on its way to the report: it lives no longer than the instruction that raised it. */
const raised = new WeakMap<object, Raised>();

/** Runs `body` as the kernel function `fn`: what it throws is reported as raised there. */
export function blame<T>(fn: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (typeof error === 'object' && error !== null && !raised.has(error))
      raised.set(error, { ...UNKNOWN, functions: [fn] });
    throw error;
  }
}
/** The same on an exception's way out: it was raised below `functions`, which held so many spinlocks. Returns it, to be thrown on. */
export function raisedBelow(error: unknown, functions: readonly string[], locks: number, irqsOff: boolean): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const before = raisedIn(error);
  raised.set(error, {
    functions: [...before.functions, ...functions],
    locks: before.locks + locks,
    irqsOff: before.irqsOff || irqsOff,
  });
  return error;
}
/** Where an exception was raised, as far as it is known. */
export function raisedIn(error: unknown): Raised {
  const known = typeof error === 'object' && error !== null ? raised.get(error) : undefined;
  return known ?? (error instanceof KernelBug && error.place ? { ...UNKNOWN, functions: [error.place.fn] } : UNKNOWN);
}
