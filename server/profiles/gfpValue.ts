/** Allocation masks by name. */
import type { GfpBit, GfpFacts, GfpMask } from './profile';

const isBit = (gfp: GfpFacts, name: GfpBit | GfpMask): name is GfpBit => Object.hasOwn(gfp.bits, name);

/** The value of an allocation mask, or of one of its bits, by name. */
export function gfpValue(gfp: GfpFacts, name: GfpBit | GfpMask): number {
  return isBit(gfp, name) ? gfp.bits[name] : gfp.masks[name];
}
