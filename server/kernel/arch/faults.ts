/**
 * The exceptions that the processor raises when it cannot execute an instruction (arch/x86/kernel/traps.c, 6.1). The vm catches them and
 * makes the kernel's report; page faults are memory/space.ts's PageFaultError, BUG() is lib/bug.ts's KernelBug.
 */
import type { StackArea } from './stack_area';

/** An access through a non-canonical x86_64 address: its upper 17 bits are not all equal. */
export class GeneralProtectionError extends Error {
  constructor(
    /** the address, its 64 bits unsigned */
    readonly bits: bigint,
    readonly write: boolean,
  ) {
    super(`general protection fault at 0x${bits.toString(16)}`);
  }
}
/** Division by zero, or a quotient that does not fit (INT_MIN / −1). */
export class DivideError extends Error {
  constructor() {
    super('divide error');
  }
}
/** A call through a pointer that does not point to a function. */
export class BadCallError extends Error {
  constructor(
    /** the address, unsigned */
    readonly bits: bigint,
  ) {
    super(`call of 0x${bits.toString(16)}`);
  }
}
/** The stack pointer left its stack. */
export class StackOverflowError extends Error {
  constructor(
    readonly address: number,
    readonly area: StackArea,
  ) {
    super('kernel stack overflow');
  }
}
/** panic(): the machine stops. */
export class PanicError extends Error {}
