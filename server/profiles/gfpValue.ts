/** Allocation masks by name. */
import type { GfpBit, GfpFacts, GfpMask } from './profile';

const isBit = (gfp: GfpFacts, name: GfpBit | GfpMask): name is GfpBit => Object.hasOwn(gfp.bits, name);

/** The value of an allocation mask, or of one of its bits, by name. */
export function gfpValue(gfp: GfpFacts, name: GfpBit | GfpMask): number {
  return isBit(gfp, name) ? gfp.bits[name] : gfp.masks[name];
}

const bitCount = (mask: number): number => mask.toString(2).replace(/0/g, '').length;
/** Whether a mask has all of these bits. */
export const isSet = (mask: number, bits: number): boolean => bits !== 0 && (mask & bits) >>> 0 === bits;

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
