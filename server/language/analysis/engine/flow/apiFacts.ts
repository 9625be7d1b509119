/** Facts that the analyses need for every call of the kernel's API, computed once per catalogue entry. */
import { gfpValue } from '../../../../profiles/gfpValue';
import type { Profile } from '../../../../profiles/profile';
import type { ApiEntry } from '../../../catalogue/entry';

export interface ApiFacts {
  readonly entry: ApiEntry;
  /** arguments whose value a rule or the walk needs */
  readonly asked: readonly number[];
  /** relevant to a rule about contexts outside of NMIs */
  readonly matters: boolean;
  /** allocates, frees, keeps or asks about objects */
  readonly onMemory: boolean;
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
  const facts: ApiFacts = {
    entry,
    asked: [gfp?.arg, entry.mask, sleepsIf?.arg, order?.arg, state && 'arg' in state ? state.arg : undefined].filter(
      (arg) => arg !== undefined,
    ),
    matters:
      entry.sleeps !== 'never' ||
      entry.effects !== undefined ||
      entry.asks !== undefined ||
      entry.pinned !== undefined ||
      entry.returns === 'never' ||
      [c.SL, c.BH, c.IO, c.HI, c.R].some((a) => a === 'no' || a === 'gfp'),
    onMemory:
      [allocates, frees, keeps, counts, names, asserts, entry.directMap].some((f) => f !== undefined) ||
      testsPointer?.for === 'error or NULL' ||
      (entry.writes?.length ?? 0) > 0,
  };
  known.set(entry, facts);
  return facts;
}

/** Bits of the gfp mask that together let a call sleep; 0: it does not depend on a mask. */
export function sleepBits({ gfp }: Profile, entry: ApiEntry): number {
  return entry.gfp === undefined ? 0 : gfpValue(gfp, entry.gfp.sleepsOn ?? '__GFP_DIRECT_RECLAIM');
}
