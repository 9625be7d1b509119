/** The journal's marks of a run: where the program can stop, and how it ends. */

/** Statement `a` (−1: the kernel's own code is busy) runs next, on CPU `b`, in task `c`, `d` frames deep. */
export const MARK_STATEMENT = 1;
/** The run has ended: `a` is the index in ENDINGS. */
export const MARK_END = 2;

/**
 * How a run ends: all tasks have, none can go on, the kernel has given up, kmem has made a mistake, kmem does not emulate what follows.
 * In the order of the kernel's status words, from STATUS_ENDED on.
 */
export const ENDINGS = ['ended', 'deadlock', 'panic', 'mistake', 'limit'] as const;
export type Ending = (typeof ENDINGS)[number];
