/**
 * The recorded highatomic reserve (`experiments.hiatomic`): a module exhausted ZONE_DMA by atomic requests of order 3, which reserve a
 * pageblock, and looked which requests get its pages.
 */
import { gfpValue } from '../../profiles/gfpValue';
import { compareLines, type Printed } from '../experiment_lines';
import type { ReplayResult } from '../replay_result';
import { bootRecordedState } from './boot_state';
import { fill } from './fill';
import { listLines, snapLines } from './zone_lines';

/** @throws TraceError for a damaged recording */
export function replayHighatomic(json: object, now: () => number): ReplayResult {
  const { k, lines } = bootRecordedState(json, 'hiatomic', 'hi_start');
  const { pageAlloc: alloc } = k;
  const mask = (name: 'GFP_ATOMIC' | 'GFP_NOWAIT'): number => gfpValue(k.profile.gfp, name) | k.gfp.dma | k.gfp.nowarn;
  const start = now();
  const printed: Printed[] = [];
  const snap = (tag: string): void => void printed.push(...snapLines(alloc, tag), ...listLines(alloc, tag));
  const giveBack = (pfns: readonly number[], order: number): void => {
    for (const pfn of pfns) alloc.freePages(pfn, order);
    alloc.drainAllPages();
  };

  snap('hi_start');
  const blocks = fill(alloc, mask('GFP_ATOMIC'), 3).pfns;
  snap('hi_o3_exhausted');
  giveBack(blocks, 3);
  snap('hi_o3_freed');
  const nowait = fill(alloc, mask('GFP_NOWAIT'), 0).pfns;
  snap('hi_nowait_exhausted');
  const atomic = fill(alloc, mask('GFP_ATOMIC'), 0).pfns;
  snap('hi_atomic_exhausted');
  giveBack([...nowait, ...atomic], 0);
  snap('hi_end');
  printed.push({
    kind: 'hiatomic',
    o3_atomic_dma: blocks.length,
    then_nowait_o0: nowait.length,
    then_atomic_o0: atomic.length,
  });
  return compareLines(lines, printed, [], Math.round(((now() - start) * 1e6) / Math.max(1, lines.length)));
}
