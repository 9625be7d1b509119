import type { GfpBit, GfpFacts, GfpMask } from './profile';

/** The value of an allocation mask, or of one of its bits, by name. */
export function gfpValue(gfp: GfpFacts, name: GfpBit | GfpMask): number {
  return { ...gfp.bits, ...gfp.masks }[name];
}
