/** A gfp mask as text: its name, its bits, and whether an allocation with it may sleep. */

import { isSet } from '../../profiles/gfpValue';
import type { GfpFacts } from '../../profiles/profile';
import { meaningOf } from '../catalogue/constants';

/** A sentence about sleeping, then one line per bit, in Markdown. */
export function maskMarkdown(gfp: GfpFacts, mask: number): string {
  const sleeps = isSet(mask, gfp.bits.__GFP_DIRECT_RECLAIM)
    ? '**may sleep**: it has `__GFP_DIRECT_RECLAIM`, so not in interrupts or under a spinlock'
    : '**does not sleep**: it has no `__GFP_DIRECT_RECLAIM`; check for NULL';
  const bits = Object.entries(gfp.bits)
    .filter(([, bit]) => isSet(mask, bit))
    .map(([name]) => `- \`${name}\`: ${meaningOf(name) ?? ''}`);
  return [sleeps, '', ...bits].join('\n');
}
