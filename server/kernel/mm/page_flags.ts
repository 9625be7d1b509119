/**
 * page->flags and page_type: the meaning of each bit, and both as text.
 * Follows include/linux/page-flags.h, page-flags-layout.h and include/trace/events/mmflags.h, 6.1; the bits are the profile's.
 */
import type { PageFlag, Profile } from '../../profiles/profile';
import type { Abi } from '../../types/ctype';

/** _mapcount of a page that nothing maps, and page_type of one without a type. */
export const NO_MAPCOUNT = -1;
/** PAGE_TYPE_BASE: set in the page_type of a page that has a type */
const PAGE_TYPE_BASE = 0xf0000000 | 0;

/** The masks of one kernel version, as plain numbers for the hot paths. */
export class PageFlags {
  readonly lru: number;
  readonly reserved: number;
  readonly head: number;
  readonly slab: number;
  readonly hwpoison: number;
  /** PAGE_FLAGS_CHECK_AT_FREE */
  readonly checkAtFree: number;
  /** PAGE_FLAGS_CHECK_AT_PREP */
  readonly checkAtPrep: number;
  /** page_type of the first page of a free block */
  readonly buddyType: number;
  /** the bits of a page_type that identify a buddy */
  readonly buddyMask: number;
  private readonly flags: readonly PageFlag[];
  private readonly types: Profile['pageTypes'];

  constructor({ pageFlags, pageTypes }: Pick<Profile, 'pageFlags' | 'pageTypes'>) {
    this.flags = pageFlags;
    this.types = pageTypes;
    this.lru = this.mask('lru');
    this.reserved = this.mask('reserved');
    this.head = this.mask('head');
    this.slab = this.mask('slab');
    this.hwpoison = this.mask('hwpoison');
    this.checkAtFree = this.mask(
      'lru',
      'locked',
      'private',
      'private_2',
      'writeback',
      'reserved',
      'slab',
      'active',
      'unevictable',
      'mlocked',
    );
    this.checkAtPrep = ((1 << pageFlags.length) - 1) & ~this.hwpoison;
    this.buddyType = ~pageTypes.buddy;
    this.buddyMask = PAGE_TYPE_BASE | pageTypes.buddy;
  }

  /** The bits of flags, those the version has. */
  mask(...names: readonly PageFlag[]): number {
    return this.flags.reduce((mask, name, bit) => (names.includes(name) ? mask | (1 << bit) : mask), 0);
  }
  /** Whether a page_type, as _mapcount holds it, is a buddy's. */
  isBuddy(type: number): boolean {
    return (type & this.buddyMask) === PAGE_TYPE_BASE;
  }
  /** Whether a page_type says that the page is of the type with this name. */
  isType(type: number, name: string): boolean {
    const bit = this.types[name];
    return bit !== undefined && (type & (PAGE_TYPE_BASE | bit)) === PAGE_TYPE_BASE;
  }
  /** Names of the types in a page_type: `buddy`; empty for a page without one. */
  typeNames(type: number): string[] {
    return Object.keys(this.types).filter((name) => this.isType(type, name));
  }
  /** Names of the flags that are set: `head|slab`; empty for none. */
  names(low: number): string {
    return this.flags.filter((_, bit) => low & (1 << bit)).join('|');
  }
  /** page->flags as %pGp prints it: `0xfffffc0010000(head|node=0|zone=1|lastcpupid=0x1fffff)`. */
  format(abi: Abi, low: number, high: number): string {
    const f = decodeFlagFields(abi, low, high);
    const number = abi.wordSize === 8 ? (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0) : BigInt(low >>> 0);
    const parts = [this.names(low)].filter((s) => s !== '');
    if (abi.wordSize === 8) parts.push(`node=${f.node}`);
    parts.push(`zone=${f.zone}`);
    if (f.lastCpupid !== undefined) parts.push(`lastcpupid=0x${f.lastCpupid.toString(16)}`);
    return `0x${number.toString(16)}(${parts.join('|')})`;
  }
}

/** The parts of page->flags above the flags themselves. */
interface FlagFields {
  readonly zone: number;
  readonly node: number;
  /** last_cpupid, where the machine keeps it (x86_64: NUMA balancing) */
  readonly lastCpupid: number | undefined;
}

/**
 * page->flags taken apart. `high` is the upper half of the 64-bit word on x86_64 and ignored elsewhere.
 * x86_64: node from bit 54, zone (3 bits) from bit 51, last_cpupid (21 bits) from bit 30. i386: zone (2 bits) from bit 30.
 */
export function decodeFlagFields(abi: Abi, low: number, high: number): FlagFields {
  if (abi.wordSize === 4) return { zone: low >>> 30, node: 0, lastCpupid: undefined };
  return { zone: (high >>> 19) & 7, node: high >>> 22, lastCpupid: ((low >>> 30) | (high << 2)) & 0x1fffff };
}
/** The upper part of page->flags of a page of this node and zone: [low word, high word]. */
export function encodeFlagFields(abi: Abi, node: number, zone: number): readonly [low: number, high: number] {
  if (abi.wordSize === 4) return [(zone << 30) | 0, 0];
  return [0xc0000000 | 0, 0x7ffff | (zone << 19) | (node << 22)];
}
