/** The order in which an allocation tries zones (mm/page_alloc.c: build_zonelists, 6.1): struct zonelist in each node's data. */

import type { AddressSpace } from '../../memory/space';
import type { Layouts } from '../../types/layout';

interface ListedZone {
  readonly addr: number;
  readonly node: number;
  readonly idx: number;
  readonly populated: boolean;
}
/** Nodes from `node` on: itself, then those with higher numbers, then the lower ones (all are equally far). */
function nodeOrder(node: number, nodes: readonly number[]): number[] {
  const sorted = [...nodes].sort((a, b) => a - b);
  return [node, ...sorted.filter((n) => n > node), ...sorted.filter((n) => n < node)];
}

/**
 * ZONELIST_FALLBACK by node: the populated zones of all nodes in the order in which they are tried; empty for a node that the machine does
 * not have.
 */
export function fallbackZonelists<Z extends ListedZone>(
  nodes: readonly { readonly id: number }[],
  zones: readonly Z[],
): readonly (readonly Z[])[] {
  const ids = nodes.map((n) => n.id);
  return Array.from({ length: Math.max(...ids) + 1 }, (_, node) =>
    ids.includes(node) ? nodeOrder(node, ids).flatMap((n) => populatedZones(zones, n)) : [],
  );
}
/** A node's zones with memory, the highest first. */
function populatedZones<Z extends ListedZone>(zones: readonly Z[], node: number): Z[] {
  return zones.filter((z) => z.node === node && z.populated).sort((a, b) => b.idx - a.idx);
}

/** Writes node_zonelists of one node: ZONELIST_FALLBACK over all nodes and, where the kernel has it, ZONELIST_NOFALLBACK. */
export function buildZonelists(
  space: AddressSpace,
  layouts: Layouts,
  node: { readonly id: number; readonly addr: number },
  nodes: readonly number[],
  zones: readonly ListedZone[],
): void {
  const lists = node.addr + layouts.offset('pglist_data', 'node_zonelists');
  writeZonelist(space, layouts, lists, nodeOrder(node.id, nodes), zones);
  if (layouts.abi.wordSize === 8) {
    writeZonelist(space, layouts, lists + layouts.size('zonelist'), [node.id], zones);
  }
}

function writeZonelist(
  space: AddressSpace,
  layouts: Layouts,
  at: number,
  order: readonly number[],
  zones: readonly ListedZone[],
): void {
  const refs = order.flatMap((n) => populatedZones(zones, n));
  const pointer = layouts.abi.wordSize === 8 ? 'write64Number' : 'write32';
  refs.forEach((z, i) => {
    const ref = at + i * layouts.size('zoneref');
    space[pointer](ref + layouts.offset('zoneref', 'zone'), z.addr);
    space.write32(ref + layouts.offset('zoneref', 'zone_idx'), z.idx);
  });
}
