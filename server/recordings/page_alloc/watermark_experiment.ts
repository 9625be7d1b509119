/**
 * Where each kind of request stops (`experiments.wmark`): a module allocated with 23 masks and orders in turn until nothing came, looked at
 * the zones, and gave everything back. What boosts a watermark is which pageblocks a request took over from other migratetypes, so that
 * every count depends on where free blocks lay before the first request: see watermark_starts.ts.
 */
import type { Kernel } from '../../kernel/kernel';
import { NR_FREE_PAGES } from '../../kernel/mm/zone';
import { compareLines, type Printed } from '../experiment_lines';
import { readMachine } from '../replay';
import type { ReplayResult } from '../replay_result';
import { field, type JsonObject, num, nums } from '../trace_json';
import { experimentOf, loadedMachine } from './boot_state';
import { type Fill, fill } from './fill';
import { startLines } from './watermark_starts';
import { snapLines } from './zone_lines';

const FIRST = 'wm_nowait_nokswapd_movable_before';

/** @throws TraceError for a damaged recording, or of a machine whose free lists are not known */
export function replayWatermarks(json: object, now: () => number): ReplayResult {
  const { run, lines } = experimentOf(json, 'wmark');
  const snaps = lines.filter((line) => line.kind === 'snap' && line.tag === FIRST);
  const k = loadedMachine(readMachine(run, [...snaps, ...startLines(snaps, FIRST)], FIRST));
  const start = now();
  const printed: Printed[] = [];
  for (const line of lines) if (line.kind === 'wmark') printed.push(...fillAndFree(k, line, lines));
  const left = [
    'watermark_boost, nr_free_pages and vm_stat_diff before a request: kswapd and the work that folds counters run when they get a CPU',
    'ascending and descending: whether pfns follow one another depends on the order of the free lists, which is not recorded',
  ];
  return compareLines(lines, printed, left, Math.round(((now() - start) * 1e6) / Math.max(1, lines.length)));
}

function fillAndFree(k: Kernel, line: JsonObject, lines: readonly JsonObject[]): Printed[] {
  const { pageAlloc: alloc } = k;
  const [name, gfp, order] = [String(line.name), num(line, 'gfp', 'wmark'), num(line, 'order', 'wmark')];
  const before = snapLines(alloc, `wm_${name}_before`).map(
    ({ boost: _boost, nr_free_pages: _free, diff: _diff, zflags: _flags, ...rest }) => rest,
  );
  takeOver(
    k,
    lines.filter((other) => other.kind === 'snap' && other.tag === `wm_${name}_before`),
  );
  const filled = fill(alloc, gfp | k.gfp.nowarn, order);
  const printed = [
    ...before,
    ...snapLines(alloc, `wm_${name}_fail`),
    summary(k, { name, order, gfp: String(line.gfp) }, filled),
  ];
  for (const pfn of filled.pfns) alloc.freePages(pfn, order);
  alloc.drainAllPages();
  return printed;
}

/** What kswapd and the folding of counters have done meanwhile. */
export function takeOver(k: Kernel, snaps: readonly JsonObject[]): void {
  for (const snap of snaps) {
    const zone = k.zones.find((z) => z.node === snap.node && z.name === snap.zone);
    if (!zone) continue;
    zone.watermarkBoost = num(snap, 'boost', 'snap');
    zone.setLong(zone.flags, num(snap, 'zflags', 'snap'));
    zone.setVmStat(NR_FREE_PAGES, num(snap, 'nr_free_pages', 'snap'));
    for (const [cpu, diff] of nums(field(snap, 'diff', 'snap'), 'snap').entries()) {
      zone.onCpu(cpu).setStatDiff(NR_FREE_PAGES, diff);
      zone.onCpu(cpu).statThreshold = num(snap, 'thr', 'snap');
    }
  }
}

function summary(k: Kernel, asked: Printed, { pfns, rle, runs }: Fill): Printed {
  const zones = snapLines(k.pageAlloc, '').flatMap((snap) => {
    const of = (what: string): string => `${what}[${snap.node}/${snap.zone}]`;
    const zone = k.zones.find((z) => z.node === snap.node && z.name === snap.zone);
    return [
      [of('free'), snap.nr_free_pages ?? 0],
      [of('precise'), snap.precise ?? 0],
      [of('pcp'), zone?.onCpu(0).count ?? 0],
      [of('min'), zone?.wmark(0) ?? 0],
    ] as const;
  });
  return { kind: 'wmark', ...asked, total: pfns.length, rle, runs, ...Object.fromEntries(zones) };
}
