/** Each zone against its watermarks at the cursor: what it has free, and where. */
import type { Kernel } from '../../../kernel/kernel';
import { kswapdWait } from '../../../kernel/mm/page_alloc/kswapd';
import { MAX_ORDER, NR_FREE_PAGES, WMARK_HIGH, WMARK_LOW, WMARK_MIN, type Zone } from '../../../kernel/mm/zone';
import { MAX_RECLAIM_RETRIES } from '../../../profiles/commonConstants';
import type { Asking } from '../asking';
import { momentOf } from '../moments';
import type { Watermark, ZoneState, ZonesAnswer } from '../shapes/zones';

/** CPUs whose lists an answer shows. */
const MOST_CPUS = 64;

export function zonesNow({ session }: Asking): ZonesAnswer {
  const { kernel } = session.target;
  return {
    moment: momentOf(session),
    absent: [
      {
        what: 'pages that reclaim could free',
        why: 'kmem does not emulate reclaim yet: kswapd wakes, finds nothing and sleeps again',
      },
    ],
    zones: populatedZones(kernel).map(({ zone, number }) => zoneState(kernel, zone, number)),
  };
}
/** Zones with memory, with their numbers. */
export const populatedZones = ({ zones }: Kernel): { readonly zone: Zone; readonly number: number }[] =>
  zones.map((zone, number) => ({ zone, number })).filter(({ zone }) => zone.populated);

function zoneState(kernel: Kernel, zone: Zone, number: number): ZoneState {
  const field = (name: string) => kernel.vars.readField(zone.addr, 'zone', name);
  const blocks = Array.from({ length: MAX_ORDER }, (_, order) => Math.max(0, zone.nrFreeBlocks(order)));
  const lists = Array.from({ length: zone.cpus }, (_, cpu) => zone.onCpu(cpu));
  const free = Math.max(0, zone.vmStatOf(NR_FREE_PAGES));
  const { watermarkBoost: boost } = zone;
  const below = lowestNotExceeded(
    free,
    [WMARK_MIN, WMARK_LOW, WMARK_HIGH].map((mark) => zone.wmark(mark) + boost),
  );
  return {
    zone: number,
    node: zone.node,
    name: zone.name,
    startPfn: zone.startPfn,
    spanned: field('spanned_pages'),
    present: field('present_pages'),
    managed: zone.managedPages,
    free,
    freeExact: zone.vmStatSnapshot(NR_FREE_PAGES),
    min: zone.wmark(WMARK_MIN),
    low: zone.wmark(WMARK_LOW),
    high: zone.wmark(WMARK_HIGH),
    boost,
    ...(below ? { below } : {}),
    protection: kernel.arch.zones.flatMap((name, i) =>
      i < zone.idx ? [] : [{ zone: name, pages: Math.max(0, zone.lowmemReserve(i)) }],
    ),
    freeLists: blocks.reduce((sum, count, order) => sum + count * 2 ** order, 0),
    blocks,
    pcp: lists.reduce((sum, { count }) => sum + Math.max(0, count), 0),
    pcpCpus: lists
      .flatMap(({ count, high, batch }, cpu) => (count > 0 ? [{ cpu, pages: count, high, batch }] : []))
      .slice(0, MOST_CPUS),
    highatomic: Math.max(0, zone.nrReservedHighatomic),
    kswapd: kswapdState(kernel, zone.node),
  };
}
/** The lowest of the watermarks (min, low, high) that free pages do not exceed. */
export function lowestNotExceeded(free: number, marks: readonly number[]): Watermark | undefined {
  const names: readonly Watermark[] = ['min', 'low', 'high'];
  return names.find((_, i) => free <= (marks[i] as number));
}
function kswapdState(kernel: Kernel, nid: number): ZoneState['kswapd'] {
  const node = kernel.nodes.find(({ id }) => id === nid);
  if (!node) return 'asleep';
  if (kernel.vars.readField(node.addr, 'pglist_data', 'kswapd_failures') >= MAX_RECLAIM_RETRIES) return 'hopeless';
  const head = kswapdWait(kernel.layouts, node);
  return kernel.vars.readField(head, 'list_head', 'next') === head ? 'awake' : 'asleep';
}
