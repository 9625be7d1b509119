/** What a call of the kernel's API does to objects, from its catalogue entry in the form in which every call of it is followed. */
import type { Allocates, ApiEntry, Frees } from '../../../catalogue/form/entry';

export interface MemoryFacts {
  /** arguments in order of position: this one is true from now on */
  readonly asserts: number | undefined;
  /** where this one's memory is, is asked for */
  readonly passed: number | undefined;
  /** pointers that it follows */
  readonly follows: readonly Followed[];
  /** other code may run meanwhile */
  readonly othersRun: boolean;
  readonly counts: readonly number[];
  readonly keeps: readonly number[];
  /** where it fails, it has kept nothing */
  readonly keepsOnSuccess: boolean;
  readonly relinks: boolean;
  readonly writes: readonly number[];
  readonly frees: Frees | undefined;
  readonly names: ApiEntry['names'];
  readonly allocates: Allocates | undefined;
}
interface Followed {
  readonly arg: number;
  /** only where it is the address of a member */
  readonly ifMember: boolean;
}
const NONE: readonly number[] = [];

export const memoryFacts = (entry: ApiEntry): MemoryFacts => ({
  asserts: entry.asserts,
  passed: entry.directMap ?? entry.names?.arg,
  follows: followed(entry),
  othersRun: entry.effects !== undefined || entry.sleeps === 'always',
  counts: entry.counts ?? NONE,
  keeps: entry.keeps ?? NONE,
  keepsOnSuccess: entry.keeps !== undefined && entry.result === 'error code' && !entry.keepsAnyhow && !entry.frees,
  relinks: entry.relinks === true,
  writes: entry.writes ?? NONE,
  frees: entry.frees,
  names: entry.names,
  allocates: entry.allocates,
});
/** The pointers that a call follows: those it reads or writes through, and addresses of members. */
function followed({
  writes = NONE,
  follows = NONE,
  keeps = NONE,
  counts = NONE,
  optional,
  frees,
}: ApiEntry): Followed[] {
  const args = [...new Set([...writes, ...follows, ...keeps, ...counts])].sort((a, b) => a - b);
  return args
    .filter((arg) => !optional?.includes(arg) && (frees?.arg !== arg || follows.includes(arg)))
    .map((arg) => ({ arg, ifMember: !writes.includes(arg) && !follows.includes(arg) }));
}
