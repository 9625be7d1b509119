/**
 * When kswapd is woken. Follows mm/vmscan.c, 6.1: wakeup_kswapd, pgdat_balanced, pgdat_watermark_boosted, kswapd_run; mm/page_alloc.c:
 * wake_all_kswapds. kswapd itself is not emulated yet: it sleeps on its node's kswapd_wait from boot, and once woken it stays awake, as a
 * kswapd does that finds nothing to reclaim.
 */
import { MAX_RECLAIM_RETRIES } from '../../../profiles/commonConstants';
import type { Layouts } from '../../../types/layout';
import type { KernelVariables } from '../../lib/kernel_variables';
import type { Tracing } from '../../printk/tracing';
import type { NodeInfo } from '../node';
import type { Zone } from '../zone';
import { WMARK_HIGH } from '../zone';
import type { AllocContext } from './alloc_context';
import type { Buddy } from './buddy';
import { zoneWatermarkOkSafe } from './watermark';

export interface KswapdParts {
  readonly vars: KernelVariables;
  readonly layouts: Layouts;
  readonly nodes: readonly NodeInfo[];
  /** all zones, by node and index */
  readonly zones: readonly Zone[];
  /** MAX_NR_ZONES: kswapd_highest_zoneidx where nothing has been asked */
  readonly zoneTypes: number;
  /** address of the wait_queue_entry of a node's kswapd */
  readonly waitEntry: (node: number) => number;
}

/** What boot writes: every node's kswapd sleeps, and nothing has been asked of it. */
export function kswapdRun({ vars, layouts, nodes, zoneTypes, waitEntry }: KswapdParts): void {
  for (const node of nodes) {
    const head = node.addr + layouts.offset('pglist_data', 'kswapd_wait') + layouts.offset('wait_queue_head', 'head');
    const entry = waitEntry(node.id) + layouts.offset('wait_queue_entry', 'entry');
    for (const [list, other] of [
      [head, entry],
      [entry, head],
    ] as const) {
      vars.writeField(list, 'list_head', 'next', other);
      vars.writeField(list, 'list_head', 'prev', other);
    }
    vars.writeField(node.addr, 'pglist_data', 'kswapd_highest_zoneidx', zoneTypes);
  }
}

export class Kswapd {
  constructor(
    private readonly parts: KswapdParts,
    private readonly buddy: Buddy,
    private readonly tracing: Tracing,
  ) {}

  /** wake_all_kswapds: of every node that the request may take pages from. */
  wakeAll(gfp: number, order: number, ac: AllocContext): void {
    let last = -1;
    for (const zone of ac.zonelist) {
      if (zone.managedPages === 0 || zone.node === last) continue;
      this.wakeup(zone, gfp, order, ac.highestZoneidx);
      last = zone.node;
    }
  }
  /** wakeup_kswapd: notes what is needed; wakes the zone's kswapd if it sleeps, can still hope, and its node lacks free memory. */
  wakeup(zone: Zone, gfp: number, order: number, highestZoneidx: number): void {
    if (zone.managedPages === 0) return;
    const { vars, nodes, zoneTypes } = this.parts;
    const node = nodes.find((n) => n.id === zone.node);
    if (node === undefined) return;
    const read = (field: string) => vars.readField(node.addr, 'pglist_data', field);
    const raise = (field: string, value: number) => vars.writeField(node.addr, 'pglist_data', field, value);
    const asked = read('kswapd_highest_zoneidx');
    if (asked === zoneTypes || asked < highestZoneidx) raise('kswapd_highest_zoneidx', highestZoneidx);
    if (read('kswapd_order') < order) raise('kswapd_order', order);
    if (!this.asleep(node)) return;
    if (read('kswapd_failures') >= MAX_RECLAIM_RETRIES) return;
    if (this.balanced(zone.node, order, highestZoneidx) && !this.boosted(zone.node, highestZoneidx)) return;
    if (this.tracing.on) this.tracing.event('mm_vmscan_wakeup_kswapd', zone.node, order, gfp);
    this.wake(node);
  }

  private head(node: NodeInfo): number {
    const { layouts } = this.parts;
    return node.addr + layouts.offset('pglist_data', 'kswapd_wait') + layouts.offset('wait_queue_head', 'head');
  }
  /** waitqueue_active(&pgdat->kswapd_wait) */
  private asleep(node: NodeInfo): boolean {
    const head = this.head(node);
    return this.parts.vars.readField(head, 'list_head', 'next') !== head;
  }
  /** wake_up_interruptible, with autoremove_wake_function: the entry leaves the queue. */
  private wake(node: NodeInfo): void {
    const { vars, layouts, waitEntry } = this.parts;
    for (const list of [this.head(node), waitEntry(node.id) + layouts.offset('wait_queue_entry', 'entry')]) {
      vars.writeField(list, 'list_head', 'next', list);
      vars.writeField(list, 'list_head', 'prev', list);
    }
  }
  private managed(node: number, highestZoneidx: number): Zone[] {
    return this.parts.zones.filter((z) => z.node === node && z.idx <= highestZoneidx && z.managedPages > 0);
  }
  /** pgdat_balanced: one of the node's zones is above its high watermark. */
  private balanced(node: number, order: number, highestZoneidx: number): boolean {
    const zones = this.managed(node, highestZoneidx);
    const ok = (z: Zone) => zoneWatermarkOkSafe(this.buddy, z, order, z.wmarkPages(WMARK_HIGH), highestZoneidx);
    return zones.length === 0 || zones.some(ok);
  }
  /** pgdat_watermark_boosted */
  private boosted(node: number, highestZoneidx: number): boolean {
    return this.managed(node, highestZoneidx).some((z) => z.watermarkBoost !== 0);
  }
}
