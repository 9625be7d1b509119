/**
 * BUG() (include/asm-generic/bug.h, 6.1): what is thrown where the kernel would stop the task. The vm catches it, prints the report and
 * ends the task (an oops in an interrupt ends the run).
 */
export class KernelBug extends Error {
  constructor(
    /** file of the kernel, `lib/list_debug.c`; undefined for BUG() in the scenario, which is reported at its own position */
    readonly source?: string,
    /** what the kernel prints before `kernel BUG at`, line by line */
    readonly lines: readonly string[] = [],
  ) {
    super(`kernel BUG at ${source ?? 'the scenario'}${lines.length ? `: ${lines[0]}` : ''}`);
  }
}
