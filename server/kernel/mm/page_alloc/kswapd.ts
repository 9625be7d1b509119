/**
 * kswapd: when it is woken, and what it does. Follows mm/vmscan.c, 6.1: wakeup_kswapd, pgdat_balanced, pgdat_watermark_boosted, kswapd_run,
 * kswapd, balance_pgdat, prepare_kswapd_sleep; mm/page_alloc.c: wake_all_kswapds. Reclaim is not emulated yet: kswapd finds nothing, tries
 * again until its node is hopeless, and sleeps. On a machine that runs no tasks it only leaves its queue.
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
/** try_to_wake_up of a task that sleeps interruptibly. */
type WakeUp = (task: number) => void;

/** What boot writes: every node's kswapd sleeps, and nothing has been asked of it. */
export function kswapdRun(parts: KswapdParts): void {
  for (const node of parts.nodes) {
    sleepOn(parts, node);
    parts.vars.writeField(node.addr, 'pglist_data', 'kswapd_highest_zoneidx', parts.zoneTypes);
  }
}
/** kswapd is alone on its node's kswapd_wait. */
function sleepOn(parts: KswapdParts, node: NodeInfo): void {
  const [head, entry] = waitLists(parts, node);
  setList(parts.vars, head, entry);
  setList(parts.vars, entry, head);
}
/** Address of the list_head of a node's kswapd_wait: it points to itself while kswapd is awake. */
export const kswapdWait = (layouts: Layouts, node: NodeInfo): number =>
  node.addr + layouts.offset('pglist_data', 'kswapd_wait') + layouts.offset('wait_queue_head', 'head');
/** The list_heads of a node's kswapd_wait and of its kswapd's entry. */
function waitLists({ layouts, waitEntry }: KswapdParts, node: NodeInfo) {
  return [kswapdWait(layouts, node), waitEntry(node.id) + layouts.offset('wait_queue_entry', 'entry')] as const;
}
function setList(vars: KernelVariables, list: number, other: number): void {
  vars.writeField(list, 'list_head', 'next', other);
  vars.writeField(list, 'list_head', 'prev', other);
}

export class Kswapd {
  constructor(
    private readonly parts: KswapdParts,
    private readonly buddy: Buddy,
    private readonly tracing: Tracing,
    private readonly wakeUp: WakeUp,
  ) {}

  /** kswapd_run: `task`, asleep, is the kswapd of a node. `wakeFunction`: address of autoremove_wake_function. */
  run(node: NodeInfo, task: number, wakeFunction: number): void {
    const { vars, waitEntry } = this.parts;
    vars.writeField(node.addr, 'pglist_data', 'kswapd', task);
    vars.writeField(waitEntry(node.id), 'wait_queue_entry', 'private', task);
    vars.writeField(waitEntry(node.id), 'wait_queue_entry', 'func', wakeFunction);
  }
  /**
   * kswapd has been woken: it balances its node until it may sleep, and queues itself on kswapd_wait. It reclaims nothing, so no time
   * passes. Does nothing for a task that is not a kswapd.
   */
  balance(task: number): void {
    const { vars, nodes, zoneTypes } = this.parts;
    const node = nodes.find((n) => vars.readField(n.addr, 'pglist_data', 'kswapd') === task);
    if (node === undefined) return;
    const read = (field: string) => vars.readField(node.addr, 'pglist_data', field);
    const write = (field: string, value: number) => vars.writeField(node.addr, 'pglist_data', field, value);
    const highestZoneidx = Math.min(read('kswapd_highest_zoneidx'), zoneTypes - 1);
    let order = read('kswapd_order');
    write('kswapd_order', 0);
    write('kswapd_highest_zoneidx', zoneTypes);
    do {
      // balance_pgdat
      if (this.boosted(node.id, highestZoneidx) || !this.balanced(node.id, order, highestZoneidx))
        write('kswapd_failures', read('kswapd_failures') + 1);
      for (const zone of this.managed(node.id, highestZoneidx)) if (zone.watermarkBoost !== 0) zone.watermarkBoost = 0;
      order = 0;
    } while (read('kswapd_failures') < MAX_RECLAIM_RETRIES && !this.balanced(node.id, order, highestZoneidx));
    sleepOn(this.parts, node);
  }

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

  /** waitqueue_active(&pgdat->kswapd_wait) */
  private asleep(node: NodeInfo): boolean {
    const [head] = waitLists(this.parts, node);
    return this.parts.vars.readField(head, 'list_head', 'next') !== head;
  }
  /** wake_up_interruptible, with autoremove_wake_function: the entry leaves the queue. */
  private wake(node: NodeInfo): void {
    const { vars, waitEntry } = this.parts;
    const [head, entry] = waitLists(this.parts, node);
    setList(vars, head, head);
    setList(vars, entry, entry);
    const task = vars.readField(waitEntry(node.id), 'wait_queue_entry', 'private');
    if (task !== 0) this.wakeUp(task);
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
