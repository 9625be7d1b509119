/** Where in the kernel's own code a BUG() stands. */
export interface BugPlace {
  /** `lib/list_debug.c:53` */
  readonly at: string;
  /** function: `__list_del_entry_valid` */
  readonly fn: string;
  /** the kernel's functions that call it, up to the scenario, innermost first; unless given, the function of the API that runs */
  readonly functions?: readonly string[];
}

/**
 * BUG() (include/asm-generic/bug.h, 6.1): what is thrown where the kernel would stop the task. The vm catches it, prints the report and
 * ends the task (an oops in an interrupt ends the run).
 */
export class KernelBug extends Error {
  constructor(
    /** undefined for BUG() in the scenario, which is reported at its own position */
    readonly place?: BugPlace,
    /** what the kernel prints before, line by line */
    readonly lines: readonly string[] = [],
    /** what kmem adds */
    readonly notes: readonly string[] = [],
  ) {
    super(`kernel BUG at ${place?.at ?? 'the scenario'}${lines.length ? `: ${lines[0]}` : ''}`);
  }
}
