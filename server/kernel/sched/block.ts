/**
 * How a kernel function tells the vm that its caller has to wait. The vm keeps the task (or the CPU) at the call and makes it again:
 * what the call has done so far is in emulated memory (the task's `stage`, and scratch in the caller's frame).
 */

/** The task sleeps: it has been prepared for what will wake it. */
export const BLOCK = Symbol('block');
/** The task gives its CPU to another one and stays runnable: cond_resched. */
export const PREEMPT = Symbol('preempt');
/** The CPU spins until the 32-bit word at `Spin.address` holds another value. */
export class Spin {
  constructor(
    readonly address: number,
    readonly value: number,
    /** address of the lock function that spins; 0 if it is the function of the API */
    readonly within = 0,
    /** a deadlock with itself: the CPU spins whatever the word holds */
    readonly forever = false,
  ) {}
}
/** No wait: bottom halves are on again, and pending softirqs run now. */
export const BH_ENABLED = Symbol('bottom halves enabled');
export type Wait = typeof BLOCK | typeof PREEMPT | Spin;

/** Bytes of scratch in the frame of the caller of a function that may wait. */
export const SCRATCH = 120;
/**
 * Where in it the result is of a function that was called on the way (`CallRequest`), 8 bytes, and behind it the stage that the call was
 * made in.
 */
export const SCRATCH_RESULT = 104;
export const SCRATCH_STAGE = 112;
/** Where in it the timer of a timed wait is, behind what says that the task waits. */
export const SCRATCH_TIMER = 32;
/** Where in it a call keeps what it has done so far, besides a wait: 16 bytes. */
export const SCRATCH_OWN = 88;
