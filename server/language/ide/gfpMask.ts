/** A gfp mask as text: its name, its bits, and whether an allocation with it may sleep. */
import type { GfpFacts } from '../../profiles/profile';
import { meaningOf } from '../catalogue/constants';

const bitCount = (mask: number): number => mask.toString(2).replace(/0/g, '').length;
const isSet = (mask: number, bits: number): boolean => bits !== 0 && (mask & bits) >>> 0 === bits;

/** `GFP_KERNEL | __GFP_ZERO`: composite masks before single bits; unnamed bits in hexadecimal. */
export function maskName(gfp: GfpFacts, mask: number): string {
  const names: string[] = [];
  let rest = mask >>> 0;
  const composites = Object.entries(gfp.masks)
    .filter(([name]) => name.startsWith('GFP_'))
    .sort(([, a], [, b]) => bitCount(b) - bitCount(a));
  const composite = composites.find(([, bits]) => isSet(rest, bits));
  for (const [name, bits] of composite ? [composite, ...Object.entries(gfp.bits)] : Object.entries(gfp.bits)) {
    if (!isSet(rest, bits)) continue;
    names.push(name);
    rest = (rest & ~bits) >>> 0;
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names.join(' | ') || '0';
}

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
