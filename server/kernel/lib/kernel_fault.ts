/** Which of the kernel's own functions an exception was raised in, for the report of it. */

const functions = new WeakMap<object, readonly string[]>();

/** Runs `body` as the kernel function `fn`: what it throws is reported as raised there. */
export function blame<T>(fn: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (typeof error === 'object' && error !== null && !functions.has(error)) functions.set(error, [fn]);
    throw error;
  }
}
/** The kernel's functions that an exception was raised in, innermost first; none unless `blame` has said so. */
export const blamed = (error: unknown): readonly string[] =>
  (typeof error === 'object' && error !== null && functions.get(error)) || [];
