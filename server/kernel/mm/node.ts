/** Memory nodes as boot has placed them (include/linux/mmzone.h: struct pglist_data, 6.1). */

/** Where a node's struct pglist_data lies, and what it covers (pfns and pages). */
export interface NodeInfo {
  readonly id: number;
  readonly addr: number;
  readonly phys: number;
  readonly startPfn: number;
  readonly spanned: number;
  readonly present: number;
  readonly cpus: readonly number[];
}

/** NODE_DATA(nid): the node; undefined for one the machine does not have. */
export function nodeData(nodes: readonly NodeInfo[], nid: number): NodeInfo | undefined {
  return nodes.find((n) => n.id === nid);
}
/** cpu_to_node: the node a CPU belongs to. */
export function cpuToNode(nodes: readonly NodeInfo[], cpu: number): number {
  return nodes.find((n) => n.cpus.includes(cpu))?.id ?? 0;
}
