/** The view "Free lists": the blocks of a zone's free lists in list order, the CPUs' lists beside them, and what the last step changed. */
import type { Kernel } from '../../../kernel/kernel';
import { MIGRATE_NAMES, MIGRATE_PCPTYPES } from '../../../kernel/mm/migratetype';
import type { Zone } from '../../../kernel/mm/zone';
import { NR_PCP_LISTS } from '../../../kernel/mm/zone_percpu';
import { MAX_ORDER, NR_FREE_PAGES, PAGE_ALLOC_COSTLY_ORDER } from '../../../profiles/commonConstants';
import type { Session } from '../../session';
import { type Answerer, InspectorError } from '../asking';
import { momentOf } from '../moments';
import type { FreeList, FreeListsAnswer, FreeListsQuestion } from '../shapes/freeLists';
import { changesBetween, zoneOfBlock } from './blockChanges';
import { changeShape } from './blockShapes';
import { walkList, zoneLists } from './freeBlocks';

const BLOCKS = 24;
/** Changes that an answer lists at most. */
const MOST_CHANGES = 200;

export const freeLists: Answerer<FreeListsQuestion, FreeListsAnswer> = ({ session }, question) => {
  const { kernel } = session.target;
  const changes = lastChanges(session, question.since);
  const zone = shownZone(kernel, question, changes);
  const { blocks = BLOCKS, more } = question;
  return {
    moment: momentOf(session),
    absent: [],
    migratetypes: [...MIGRATE_NAMES],
    pageblockOrder: kernel.pageblocks.order,
    zones: populated(kernel).map(zoneSummary),
    shown: { node: zone.node, zone: zone.name },
    lists: zoneLists(kernel, zone, (order, migratetype) =>
      more?.order === order && more.migratetype === migratetype
        ? { first: more.first, count: more.blocks }
        : { first: 0, count: blocks },
    ),
    cpus: Array.from({ length: zone.cpus }, (_, cpu) => cpuLists(kernel, zone, cpu, blocks)),
    changes,
  };
};

const populated = ({ zones }: Pick<Kernel, 'zones'>): readonly Zone[] => zones.filter((zone) => zone.populated);

function zoneSummary(zone: Zone): FreeListsAnswer['zones'][number] {
  const free = zone.vmStatOf(NR_FREE_PAGES);
  let pcp = 0;
  for (let cpu = 0; cpu < zone.cpus; cpu++) pcp += Math.max(0, zone.onCpu(cpu).count);
  return {
    node: zone.node,
    zone: zone.name,
    managed: zone.managedPages,
    free,
    unfolded: zone.vmStatSnapshot(NR_FREE_PAGES) - free,
    highatomic: zone.nrReservedHighatomic,
    pcp,
    blocks: Array.from({ length: MAX_ORDER }, (_, order) => Math.max(0, zone.nrFreeBlocks(order))),
  };
}
function shownZone(kernel: Kernel, { zone: wanted }: FreeListsQuestion, { list }: FreeListsAnswer['changes']): Zone {
  const zones = populated(kernel);
  if (wanted) {
    const found = zones.find((zone) => zone.node === wanted.node && zone.name === wanted.zone);
    if (found) return found;
    const names = zones.map((zone) => `node ${zone.node} ${zone.name}`).join(', ');
    throw new InspectorError(
      `there is no zone ${wanted.zone} with memory on node ${wanted.node}: the machine has ${names}`,
    );
  }
  const [changed] = list;
  const largest = zones.reduce((a, b) => (b.managedPages > a.managedPages ? b : a));
  return zones.find((zone) => zone.node === changed?.node && zone.name === changed.zone) ?? largest;
}

function cpuLists(kernel: Kernel, zone: Zone, cpu: number, blocks: number): FreeListsAnswer['cpus'][number] {
  const pcp = zone.onCpu(cpu);
  const lists = Array.from({ length: NR_PCP_LISTS }, (_, pindex): FreeList => {
    const order = Math.floor(pindex / MIGRATE_PCPTYPES);
    const isHuge = order > PAGE_ALLOC_COSTLY_ORDER;
    return {
      order: isHuge ? kernel.pageblocks.order : order,
      // of huge pages there is one list for movable ones, and one for the others
      migratetype: isHuge ? pindex - (PAGE_ALLOC_COSTLY_ORDER + 1) * MIGRATE_PCPTYPES : pindex % MIGRATE_PCPTYPES,
      ...walkList(kernel, pcp.list(pindex), blocks),
    };
  });
  const { count, high, batch } = pcp;
  return { cpu, count, high, batch, lists: lists.filter((list) => list.blocks > 0 || list.damaged) };
}

// ---------------------------------------------------------------- what has changed
/** What happened since a moment, or the nearest to it that is recorded; unless given, since the statement before. */
function lastChanges({ target, timeline }: Session, since: number | undefined): FreeListsAnswer['changes'] {
  const { kernel } = target;
  const wanted = since ?? timeline.momentAt(timeline.lastMoment(timeline.moment.mark - 1)).position;
  const from = Math.max(timeline.horizon, Math.min(wanted, kernel.journal.end));
  const changes = changesBetween(kernel, from, timeline.position);
  const list = (changes ?? []).slice(0, MOST_CHANGES).flatMap((change) => {
    const zone = zoneOfBlock(kernel, change.block.pfn);
    return zone ? [{ node: zone.node, zone: zone.name, change: changeShape(change) }] : [];
  });
  return { since: from, complete: changes !== undefined && changes.length <= MOST_CHANGES, list };
}
