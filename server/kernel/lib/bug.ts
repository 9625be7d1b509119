/**
 * BUG(): what a function of the emulated kernel throws when the kernel would stop the task. The vm catches it, prints the report and
 * ends the task (an oops in an interrupt ends the run).
 */
export class KernelBug extends Error {
  constructor(
    /** file of the kernel, `lib/list_debug.c` */
    readonly source: string,
    /** what the kernel prints before `kernel BUG at`, line by line */
    readonly lines: readonly string[],
  ) {
    super(`kernel BUG at ${source}${lines.length ? `: ${lines[0]}` : ''}`);
  }
}
