/**
 * Recorded page descriptors: a module on a real kernel brought pages into many states and printed their struct pages
 * (`experiments.page`). The same calls are made on a booted machine of that shape, and the words compared. Frames differ, so that pointers
 * are compared by what they point to; what a page keeps of an earlier life is not compared.
 */
import { defaultConfig } from '../kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../kernel/kernel';
import type { ArchInfo } from '../profiles/archInfo';
import { DEFAULT_PROFILE } from '../profiles/profiles';
import { PAGE_STATES } from './page_states';
import type { ReplayResult } from './replay_result';
import { archOfRun, experimentLines, field, isObject, type Json, num, TraceError } from './trace_json';

/** A recorded page: its state, and its struct in words of the machine's. */
interface PageLine {
  readonly what: string;
  readonly page: StructPage;
}
/** A struct page: its address, and its words of the machine's. */
interface StructPage {
  readonly self: bigint;
  readonly words: readonly bigint[];
}

/** Repeats a recording of page descriptors. @throws TraceError for a damaged one */
export function replayPages(json: object, now: () => number): ReplayResult {
  const root = isObject(json) ? json : {};
  const run = field(root, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const arch = archOfRun(run);
  const lines = (experimentLines(json, 'page') ?? []).flatMap(pageLine);
  const { config } = defaultConfig();
  const k = bootKernel(
    defaultConfig({
      arch: arch.arch,
      memory: num(run, 'ram_mb', 'run') * 2 ** 20,
      cpus: num(run, 'cpus', 'run'),
      config: { ...config, KASAN: false },
    }),
    { journal: false },
  );
  const start = now();
  const pages = new RecordedPages(k, arch);
  const differences = lines.flatMap((line) => pages.compare(line));
  const compared = lines.length - pages.left.size;
  return {
    ops: compared,
    states: compared,
    firstMismatch: null,
    finalState: differences.length === 0 ? 'identical' : differences,
    notCompared: [
      'lru of pages on no list, and tails’ bytes beyond compound_order: what is left of an earlier use',
      ...byReason([...pages.left]),
    ],
    nsPerOp: Math.round(((now() - start) * 1e6) / Math.max(1, compared)),
  };
}
function byReason(left: readonly string[]): string[] {
  const reasons = new Map<string, string[]>();
  for (const name of left) reasons.set(whyLeft(name), [...(reasons.get(whyLeft(name)) ?? []), name]);
  return [...reasons].map(([reason, names]) => `${reason}: ${names.join(', ')}`);
}
function whyLeft(name: string): string {
  if (name.startsWith('buddy')) return 'boot left no such block';
  if (name.startsWith('init_stack')) return 'a machine without tasks has no stacks';
  if (name === 'o5_freed_buddy') return 'which block it merges with depends on the neighbours';
  return 'user memory and files are not emulated';
}

function pageLine(line: Json): PageLine[] {
  if (!isObject(line) || line.kind !== 'page' || typeof line.what !== 'string' || typeof line.words !== 'string')
    return [];
  const words = line.words.split(',').map((word) => BigInt(`0x${word}`));
  return [{ what: line.what, page: { self: BigInt(String(line.self)), words } }];
}

/** A state and the index of a page in it: pfn1, o3_comp_2, slab_kmalloc4k_tail1, buddy_DMA_o1_mt0_p1. */
function parse(what: string): { state: string; index: number } {
  const [, state = what, index = '0'] = /^(pfn|.*?)_?(?:head|tail|p)?(\d*)$/.exec(what) ?? [];
  if (PAGE_STATES.has(state)) return { state, index: Number(index) };
  const [, block = what] = /^(buddy_.*)_p1$/.exec(what) ?? [];
  return { state: block, index: block === what ? 0 : 1 };
}

class RecordedPages {
  /** states that were left out */
  readonly left = new Set<string>();
  private readonly first = new Map<string, number>();
  /** index in words of the struct */
  private readonly at: Readonly<
    Record<'next' | 'prev' | 'mapping' | 'index' | 'private' | 'type' | 'refcount', number>
  >;
  private readonly bits: number;

  constructor(
    private readonly k: Kernel,
    private readonly arch: ArchInfo,
  ) {
    const { wordSize } = k.abi;
    this.bits = wordSize * 8;
    const word = (field: string) => Math.floor(k.layouts.offset('page', field) / wordSize);
    this.at = {
      next: word('lru'),
      prev: word('lru') + 1,
      mapping: word('mapping'),
      index: word('index'),
      private: word('private'),
      type: word('_mapcount'),
      refcount: word('_refcount'),
    };
  }

  /** Differences of one page, as text. */
  compare({ what, page }: PageLine): string[] {
    const { state, index } = parse(what);
    const first = this.pfnOf(state);
    if (first < 0) {
      this.left.add(what);
      return [];
    }
    const merged = state.endsWith('_freed');
    const got = this.pageAt(first + index, page.words.length);
    return page.words.flatMap((want, i) => {
      const [mine, theirs] = [this.meaning(got, i, merged), this.meaning(page, i, merged)];
      return mine === theirs
        ? []
        : [`${what}, word ${i}: ${mine} (${hex(got.words[i] ?? 0n)}), recorded ${theirs} (${hex(want)})`];
    });
  }
  private pfnOf(state: string): number {
    const known = this.first.get(state);
    if (known !== undefined) return known;
    const make = PAGE_STATES.get(state);
    const pfn = make ? make(this.k, (what) => this.pfnOf(what)) : this.buddyOf(state);
    this.first.set(state, pfn);
    return pfn;
  }
  /** A free block of a zone, order and migratetype that boot has left. */
  private buddyOf(state: string): number {
    const [, zoneName, order, type] = /^buddy_(\w+?)_o(\d+)_mt(\d)$/.exec(state) ?? [];
    const zone = this.k.zones.find((z) => z.name === zoneName && z.populated);
    if (!zone) return -1;
    const { word, lo, hi } = zone.freeList(Number(order), Number(type));
    return this.k.pageAlloc.buddy.lists.first(word, lo, hi);
  }
  private pageAt(pfn: number, count: number): StructPage {
    const { space, pages, abi } = this.k;
    const start = pages.pageAddr(pfn);
    const words = Array.from({ length: count }, (_, i) =>
      abi.wordSize === 8 ? space.read64(start + i * 8) : BigInt(space.read32(start + i * 4)),
    );
    return { self: BigInt.asUintN(this.bits, BigInt(start)), words };
  }

  private isTail({ words }: StructPage): boolean {
    return ((words[this.at.next] ?? 0n) & 1n) === 1n;
  }
  /** Tail 1 of a compound page holds what describes the whole page. */
  private isFirstTail(page: StructPage): boolean {
    const head = (page.words[this.at.next] ?? 0n) - 1n;
    return this.isTail(page) && page.self - head === BigInt(this.k.pages.size);
  }
  /** Without a reference, and not a part of a compound page. */
  private isFree(page: StructPage): boolean {
    const refcount = (page.words[this.at.refcount] ?? 0n) >> (this.bits === 64 ? 32n : 0n);
    return refcount === 0n && !this.isTail(page);
  }
  /** The page is on a list of the page allocator. */
  private isListed(page: StructPage): boolean {
    const next = page.words[this.at.next] ?? 0n;
    const own = page.self + BigInt(this.k.pages.lruOffset);
    return this.isFree(page) && this.kind(next) === 'pointer' && next !== own;
  }
  private isBuddy({ words }: StructPage): boolean {
    return this.k.pages.pageFlags.isBuddy(Number(BigInt.asIntN(32, words[this.at.type] ?? 0n)));
  }
  private kind(value: bigint): 'NULL' | 'poison' | 'pointer' | 'other' {
    const address = BigInt.asIntN(this.bits, value);
    const { list1, list2 } = DEFAULT_PROFILE.poison;
    const delta = DEFAULT_PROFILE.poison.pointerDelta[this.arch.arch];
    if (value === 0n) return 'NULL';
    const plain = BigInt.asUintN(this.bits, value - delta);
    if (plain === BigInt(list1) || plain === BigInt(list2)) return 'poison';
    if (this.bits === 64 ? address < 0n : value >= BigInt(this.arch.pageOffset)) return 'pointer';
    return 'other';
  }
  /** What a word says, in a form that does not depend on which frame the page has, nor on what it was before. */
  private meaning(page: StructPage, i: number, merged: boolean): string {
    const value = page.words[i] ?? 0n;
    const { next, prev, mapping, index } = this.at;
    if (i === next && this.isTail(page))
      return `head ${(page.self - value + 1n) / BigInt(this.k.pages.size)} pages before`;
    // compound_dtor and compound_order
    if (i === prev && this.isFirstTail(page)) return hex(value & 0xffffn);
    if (i === next || i === prev) return this.isListed(page) ? 'on a list' : 'on no list';
    if (i === mapping && !this.isTail(page) && this.kind(value) === 'pointer') return 'pointer';
    // in a free page: the migratetype of the pcp list that it was on, and how far its block could merge
    if (i === index && this.isFree(page)) return 'any';
    if (i === this.at.private && merged && this.isBuddy(page)) return 'an order';
    return hex(value);
  }
}
const hex = (value: bigint): string => value.toString(16);
