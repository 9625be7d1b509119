/** Facts that the analyses need for every call of the kernel's API, computed once per catalogue entry. */
import { gfpValue } from '../../../../profiles/gfpValue';
import type { Profile } from '../../../../profiles/profile';
import type { ApiEntry } from '../../../catalogue/form/entry';
import type { Value } from '../values/knownBits';
import { type MemoryFacts, memoryFacts } from './memoryFacts';

export interface ApiFacts {
  readonly entry: ApiEntry;
  /** arguments whose value a rule or the walk needs */
  readonly asked: readonly number[];
  /** relevant to a rule about contexts outside of NMIs */
  readonly matters: boolean;
  /** relevant only where something keeps a task from sleeping on PREEMPT_RT */
  readonly spins: boolean;
  /** begins what keeps a task from sleeping on PREEMPT_RT */
  readonly atomicOnRt: boolean;
  /** allocates, frees, keeps or asks about objects */
  readonly onMemory: boolean;
  /** what it does to objects */
  readonly memory: MemoryFacts;
}

const known = new Map<ApiEntry, ApiFacts>();

/** The facts of an entry; cached. */
export function apiFacts(entry: ApiEntry): ApiFacts {
  const cached = known.get(entry);
  if (cached) return cached;
  const { gfp, sleepsIf, contexts: c, allocates } = entry;
  const state = entry.effects?.find((e) => e.on === 'state' && e.op === 'set');
  const order = allocates?.order && 'arg' in allocates.order ? allocates.order : undefined;
  const { asserts, counts, frees, keeps, names, testsPointer } = entry;
  const takesLock = entry.effects?.some((e) => e.on === 'lock') === true;
  const matters =
    entry.sleeps !== 'never' ||
    entry.effects !== undefined ||
    entry.asks !== undefined ||
    entry.pinned !== undefined ||
    entry.returns === 'never' ||
    [c.SL, c.BH, c.IO, c.HI, c.R].some((a) => a === 'no' || a === 'gfp');
  const facts: ApiFacts = {
    entry,
    asked: [gfp?.arg, entry.mask, sleepsIf?.arg, order?.arg, state && 'arg' in state ? state.arg : undefined].filter(
      (arg) => arg !== undefined,
    ),
    matters,
    spins: !matters && entry.spinsInside === true,
    atomicOnRt:
      entry.effects?.some((e) => {
        if (e.on === 'lock') return e.op !== 'release' && (e.lock === 'raw' || e.lock === 'bit');
        if (e.on === 'irq') return !takesLock && (e.op === 'disable' || e.op === 'save');
        return e.on === 'preempt' && e.op === 'disable' && e.onRt === undefined;
      }) === true,
    onMemory:
      [allocates, frees, keeps, counts, names, asserts, entry.follows, entry.directMap].some((f) => f !== undefined) ||
      testsPointer?.for === 'error or NULL' ||
      (entry.writes?.length ?? 0) > 0,
    memory: memoryFacts(entry),
  };
  known.set(entry, facts);
  return facts;
}

/** Bits of the gfp mask that together let a call sleep; 0: it does not depend on a mask. */
export function sleepBits({ gfp }: Profile, entry: ApiEntry): number {
  return entry.gfp === undefined ? 0 : gfpValue(gfp, entry.gfp.sleepsOn ?? '__GFP_DIRECT_RECLAIM');
}
/**
 * Whether an allocation may return NULL, by what is known of its mask. no: it returns an error pointer, or cannot fail at all · never: it
 * waits until it succeeds · unknown: that depends on the mask
 */
export function mayBeNull(
  { gfp: { bits } }: Profile,
  { allocates, gfp, result }: ApiEntry,
  mask: Value | undefined,
): 'no' | 'never' | 'maybe' | 'unknown' {
  if (result === 'may be ERR_PTR' || allocates?.sure) return 'no';
  if (gfp && !mask) return allocates?.waits ? 'unknown' : 'maybe';
  if (!mask) return 'maybe';
  const blocks = (mask.ones & bits.__GFP_DIRECT_RECLAIM) !== 0;
  if (allocates?.waits) {
    if (blocks) return 'never';
    return mask.zeros & bits.__GFP_DIRECT_RECLAIM ? 'maybe' : 'unknown';
  }
  return blocks && (mask.ones & bits.__GFP_NOFAIL) !== 0 ? 'never' : 'maybe';
}
