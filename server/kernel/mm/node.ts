/** Memory nodes as boot has placed them (include/linux/mmzone.h: struct pglist_data, 6.1). */

/** Where a node's struct pglist_data lies, and what it covers (pfns and pages). */
export interface NodePlace {
  readonly id: number;
  readonly addr: number;
  readonly phys: number;
  readonly startPfn: number;
  readonly spanned: number;
  readonly present: number;
  readonly cpus: readonly number[];
}
