/** What the analyses look up for every call of the kernel's API, worked out once per catalogue entry. */
import { gfpValue } from '../../catalogue/constants';
import type { ApiEntry } from '../../catalogue/entry';

export interface ApiFacts {
  readonly entry: ApiEntry;
  /** bits of the gfp mask that together let the call sleep; 0: it does not depend on a mask */
  readonly sleepsOn: number;
  /** arguments whose value a rule or the walk asks for */
  readonly asked: readonly number[];
  /** may matter to a rule about contexts anywhere but in NMI */
  readonly matters: boolean;
}

export const GFP_DIRECT_RECLAIM = gfpValue('__GFP_DIRECT_RECLAIM');

const known = new Map<ApiEntry, ApiFacts>();

/** The facts of an entry; cached. */
export function apiFacts(entry: ApiEntry): ApiFacts {
  const cached = known.get(entry);
  if (cached) return cached;
  const { gfp, sleepsIf, contexts: c } = entry;
  const facts: ApiFacts = {
    entry,
    sleepsOn: gfp === undefined ? 0 : gfp.sleepsOn === undefined ? GFP_DIRECT_RECLAIM : gfpValue(gfp.sleepsOn),
    asked: [gfp, sleepsIf].flatMap((given) => given?.arg ?? []),
    matters:
      entry.sleeps !== 'never' ||
      entry.effects !== undefined ||
      entry.asks !== undefined ||
      entry.returns === 'never' ||
      [c.SL, c.BH, c.IO, c.HI, c.R].some((a) => a === 'no' || a === 'gfp'),
  };
  known.set(entry, facts);
  return facts;
}
