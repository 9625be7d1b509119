/**
 * Recorded requests on a machine with two nodes (`experiments.numa`): which node each kind of allocation comes from, and in which order
 * the zones are used up. The free lists are not recorded, so that the boosts of the watermarks do not follow: they are taken over, and
 * counts are compared of the requests during which no boost changed.
 */
import { defaultConfig } from '../../kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../kernel/kernel';
import { MIGRATE_MOVABLE, MIGRATE_TYPES, MIGRATE_UNMOVABLE } from '../../kernel/mm/migratetype';
import { gfpValue } from '../../profiles/gfpValue';
import { PAGE_SIZE } from '../../types/pageSize';
import { compareLines, type Printed } from '../experiment_lines';
import { type FreeMemory, loadFreeMemory } from '../free_blocks';
import { type RecordedMachine, readMachine } from '../replay';
import type { ReplayResult } from '../replay_result';
import { machineConfig } from '../replay_run';
import { type JsonObject, num, nums } from '../trace_json';
import { experimentOf, loadedMachine } from './boot_state';
import { fill } from './fill';
import { takeOver } from './watermark_experiment';
import { snapLines } from './zone_lines';

const FIRST = 'numa_node0_before';

/** @throws TraceError for a damaged recording */
export function replayNuma(json: object, now: () => number): ReplayResult {
  const { run, lines } = experimentOf(json, 'numa');
  const snaps = lines.filter((line) => line.kind === 'snap' && line.tag === FIRST);
  const machine = readMachine(run, snaps, FIRST);
  const fills = new NumaFills(machine, snaps, lines);
  const start = now();
  const booted = bootKernel(defaultConfig(machineConfig(machine)), { journal: false });
  // from here on pages come from the node that is asked for
  booted.bootPages.close();
  const printed = [
    ...nodeLines(booted),
    ...lines.filter(isFill).flatMap((line) => fills.run(line)),
    ...zoneLines(booted),
  ];
  const left = [
    'distances of the nodes: the emulated ones have none',
    `counts of ${fills.left.join(', ')}: a zone’s watermark was boosted meanwhile, which depends on free lists that are not recorded`,
    'free_area and the pages in it: they depend on them too, and other tasks freed a few pages between the requests',
  ];
  const recorded = lines.map((line) => (isFill(line) ? { ...line, zones: zonesInTurn(String(line.rle)) } : line));
  return compareLines(recorded, printed, left, Math.round(((now() - start) * 1e6) / Math.max(1, lines.length)));
}
const isFill = (line: JsonObject): boolean => line.kind === 'numafill';
/** The zones of `0/DMA32:103727,0/DMA:3350,1/DMA32:123784,0/DMA32:93` in the order in which each came first. */
const zonesInTurn = (rle: string): string => [...new Set(rle.split(',').map((part) => part.split(':')[0]))].join(',');

/** Which node an allocation of each kind comes from. */
function nodeLines(k: Kernel): Printed[] {
  const { pageAlloc: alloc, allocators, pageTables } = k;
  const kernel = gfpValue(k.profile.gfp, 'GFP_KERNEL');
  const zoneOf = (pfn: number) => alloc.zoneOf(pfn);
  const say = (rest: Printed): Printed => ({ kind: 'numa', ...rest });
  const nodes = [...new Set(k.zones.map((zone) => zone.node))];
  const local = zoneOf(alloc.allocPages(kernel, 0));
  return [
    say({ nodes: nodes.length, local_node: local.node, cpu: 0 }),
    ...nodes.map((from) => say({ from, text: 'distance' })),
    say({ node: local.node, zone: local.name, text: 'alloc_page_local' }),
    ...nodes.flatMap((want) => {
      const page = zoneOf(alloc.allocPages(kernel, 0, want));
      const object = k.pageApi.virtToPfn(allocators.slab.kmalloc(PAGE_SIZE, kernel, want));
      const area = pageTables.pfnAt(allocators.vmalloc.vmallocNode(PAGE_SIZE, want));
      const got = (pfn: number, text: string): Printed => say({ want, got: zoneOf(pfn).node, text });
      return [
        say({ want, got: page.node, zone: page.name, text: 'alloc_pages_node' }),
        got(alloc.allocPages(kernel | k.gfp.thisnode, 0, want), 'thisnode'),
        got(object, 'kmalloc_node'),
        got(area, 'vmalloc_node'),
      ];
    }),
  ];
}
const zoneLines = (k: Kernel): Printed[] =>
  k.zones
    .filter((zone) => zone.populated)
    .map(({ node, name }) => ({
      kind: 'numa',
      node,
      name,
      zone_reclaim: k.vars.read('node_reclaim_mode'),
      text: 'zone',
    }));

class NumaFills {
  /** names of the requests of which no counts are compared */
  readonly left: string[] = [];
  private readonly k: Kernel;

  constructor(
    machine: RecordedMachine,
    snaps: readonly JsonObject[],
    private readonly lines: readonly JsonObject[],
  ) {
    this.k = loadedMachine(machine);
    loadFreeMemory(this.k, snaps.map(freeMemory));
    this.k.vars.write('watermark_boost_factor', 0);
  }

  run(line: JsonObject): Printed[] {
    const { pageAlloc: alloc, gfp } = this.k;
    const name = String(line.name);
    const [before, after] = [this.snaps(`numa_${name}_before`), this.snaps(`numa_${name}_fail`)];
    takeOver(this.k, before);
    const filled = fill(alloc, num(line, 'gfp', 'numafill') | gfp.nowarn, 0, num(line, 'node', 'numafill'));
    const counted = before.every((snap, i) => snap.boost === after[i]?.boost);
    if (!counted) this.left.push(name);
    const { rle, runs } = filled;
    const counts = counted ? { total: filled.pfns.length, rle, runs } : {};
    const printed = [
      ...before.map(named),
      ...(counted
        ? snapLines(alloc, `numa_${name}_fail`).map(({ fa: _fa, buddy: _buddy, ...rest }) => rest)
        : after.map(named)),
      { kind: 'numafill', name, zones: zonesInTurn(rle), ...counts },
    ];
    for (const pfn of filled.pfns) alloc.freePages(pfn, 0);
    alloc.drainAllPages();
    return printed;
  }
  private snaps(tag: string): readonly JsonObject[] {
    return this.lines.filter((line) => line.kind === 'snap' && line.tag === tag);
  }
}
/** A line of which nothing more is compared. */
const named = ({ tag, node, zone }: JsonObject): Printed => ({
  kind: 'snap',
  tag: String(tag),
  node: Number(node),
  zone: String(zone),
});

/** Free blocks by order, as many as recorded. In ZONE_DMA the small ones are what boot has left of its first, unmovable pageblock. */
function freeMemory(snap: JsonObject): FreeMemory {
  const counts = nums(snap.fa, 'snap');
  const free: number[][] = Array.from({ length: MIGRATE_TYPES }, () => []);
  const small = snap.zone === 'DMA' ? 9 : 0;
  free[MIGRATE_UNMOVABLE] = counts.slice(0, small);
  free[MIGRATE_MOVABLE] = counts.map((blocks, order) => (order < small ? 0 : blocks));
  return { node: Number(snap.node), zone: String(snap.zone), free, blocks: undefined };
}
