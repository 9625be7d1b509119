/** A gfp mask in words: its name, its bits, and whether an allocation with it may sleep. */
import { gfpBits, gfpMasks, gfpValue } from '../catalogue/constants';

const DIRECT_RECLAIM = gfpValue('__GFP_DIRECT_RECLAIM');
const bitCount = (mask: number): number => mask.toString(2).replace(/0/g, '').length;
const composites = [...gfpMasks].sort((a, b) => bitCount(b.mask) - bitCount(a.mask));

/** `GFP_KERNEL | __GFP_ZERO`: composite masks before single bits; what has no name in hexadecimal. */
export function maskName(mask: number): string {
  const names: string[] = [];
  let rest = mask >>> 0;
  for (const { name, mask: bits } of composites) {
    if (bits === 0 || (rest & bits) >>> 0 !== bits) continue;
    names.push(name);
    rest = (rest & ~bits) >>> 0;
    break;
  }
  for (const { name, bit } of gfpBits) {
    if ((rest & bit) === 0) continue;
    names.push(name);
    rest = (rest & ~bit) >>> 0;
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names.join(' | ') || '0';
}

/** Sleeping in a sentence, then a line for each bit. Markdown. */
export function maskMarkdown(mask: number): string {
  const sleeps =
    (mask & DIRECT_RECLAIM) !== 0
      ? '**may sleep**: it has `__GFP_DIRECT_RECLAIM`, so not in interrupts or under a spinlock'
      : '**does not sleep**: it has no `__GFP_DIRECT_RECLAIM`; check for NULL';
  const bits = gfpBits.filter(({ bit }) => (mask & bit) !== 0).map(({ name, words }) => `- \`${name}\`: ${words}`);
  return [sleeps, '', ...bits].join('\n');
}
