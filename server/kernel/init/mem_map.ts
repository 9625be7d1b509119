/**
 * Where the struct pages lie, and what they contain right after boot. x86_64: sections of 128 MiB behind the vmemmap (mm/sparse.c,
 * mm/sparse-vmemmap.c); i386: one array in lowmem (mm/page_alloc.c: alloc_node_mem_map). Nothing is written: a descriptor's content at
 * boot follows from the memory map (mm/page_alloc.c: memmap_init), and its frame is filled at the first access.
 */

import type { Memory } from '../../memory/memory';
import { PageFaultError } from '../../memory/space';
import type { ArchInfo } from '../../profiles/archInfo';
import type { Layouts } from '../../types/layout';
import { PAGE_SIZE } from '../../types/pageSize';
import {
  MAX_ORDER_PAGES,
  MEM_SECTION_BYTES,
  PAGES_PER_SECTION,
  SECTION_USAGE_BYTES,
  VMEMMAP_START,
} from '../arch/arch';
import type { MemoryMap, NodeRange } from '../arch/memory_map';
import { MIGRATE_MOVABLE } from '../mm/migratetype';
import type { PageFacts } from '../mm/page';
import { encodeFlagFields, NO_MAPCOUNT } from '../mm/page_flags';
import type { BootFreeLists } from './free_lists';
import type { Memblock } from './memblock';
import type { ZoneSpan } from './zone_span';
import { spanAt } from './zone_span';

/** A run of frames whose descriptors lie one after the other in physical memory. */
interface MemMapRun {
  /** pfns described, end exclusive */
  readonly start: number;
  readonly end: number;
  /** physical byte address of the first descriptor */
  readonly phys: number;
}

export class MemMap {
  /** virtual address of pfn 0's descriptor */
  readonly base: number;
  /** one past the last pfn with a descriptor */
  readonly endPfn: number;
  readonly runs: readonly MemMapRun[];
  readonly pageSize: number;

  constructor(base: number, runs: readonly MemMapRun[], pageSize: number) {
    this.base = base;
    this.runs = runs;
    this.pageSize = pageSize;
    this.endPfn = runs[runs.length - 1]?.end ?? 0;
  }
  /**
   * Physical byte address of a frame's struct page. @throws PageFaultError for a frame that has none: its place in the vmemmap is not
   * mapped
   */
  readonly physOf = (pfn: number): number => {
    for (const r of this.runs) if (pfn >= r.start && pfn < r.end) return r.phys + (pfn - r.start) * this.pageSize;
    throw new PageFaultError(this.base + pfn * this.pageSize, false);
  };
  /** Whether a frame has a struct page (pfn_valid). */
  has(pfn: number): boolean {
    return this.runs.some((r) => pfn >= r.start && pfn < r.end);
  }
}

/** Sections with memory in them, as runs of section numbers [first, end) by node. */
function sections(present: readonly NodeRange[]): { node: number; start: number; end: number }[] {
  const out: { node: number; start: number; end: number }[] = [];
  for (const r of present) {
    const start = Math.floor(r.start / PAGES_PER_SECTION);
    const end = Math.ceil(r.end / PAGES_PER_SECTION);
    const last = out[out.length - 1];
    const from = last ? Math.max(start, last.end) : start;
    if (from >= end) continue;
    if (last && last.node === r.node && last.end === from) last.end = end;
    else out.push({ node: r.node, start: from, end });
  }
  return out;
}

interface SparseUsage {
  readonly node: number;
  /** first section of the run, end exclusive, and the physical address of its first usage map */
  readonly start: number;
  readonly end: number;
  readonly phys: number;
}
interface MemMapLayout {
  readonly map: MemMap;
  /** physical bit address of the four bits of a pfn's pageblock */
  readonly bitsOf: (pfn: number) => number;
  /** x86_64: usage maps; i386: the zones' pageblock_flags are placed with the zones */
  readonly usage: readonly SparseUsage[];
}

/** Reserves the descriptors of all sections, node by node, and the sections' usage maps. */
export function placeSparse(present: readonly NodeRange[], memblock: Memblock): MemMapLayout {
  const all = sections(present);
  const runs: MemMapRun[] = [];
  const usage: SparseUsage[] = [];
  for (const node of [...new Set(all.map((s) => s.node))]) {
    const mine = all.filter((s) => s.node === node);
    const count = mine.reduce((sum, s) => sum + s.end - s.start, 0);
    const bytes = PAGES_PER_SECTION * 64;
    let phys = memblock.alloc({ name: 'mem_map', size: count * bytes, align: bytes, node }) * PAGE_SIZE;
    let map = memblock.alloc({ name: 'section usage maps', size: count * SECTION_USAGE_BYTES, node }) * PAGE_SIZE;
    for (const s of mine) {
      runs.push({ start: s.start * PAGES_PER_SECTION, end: s.end * PAGES_PER_SECTION, phys });
      usage.push({ node, start: s.start, end: s.end, phys: map });
      phys += (s.end - s.start) * bytes;
      map += (s.end - s.start) * SECTION_USAGE_BYTES;
    }
  }
  const last = all[all.length - 1]?.end ?? 0;
  memblock.alloc({ name: 'mem_section', size: Math.ceil(last / (PAGE_SIZE / MEM_SECTION_BYTES)) * PAGE_SIZE });
  runs.sort((a, b) => a.start - b.start);
  const bitsOf = (pfn: number): number => {
    const section = Math.floor(pfn / PAGES_PER_SECTION);
    for (const u of usage) {
      if (section < u.start || section >= u.end) continue;
      // the map's first 8 bytes say which 2 MiB parts of the section exist
      const map = u.phys + (section - u.start) * SECTION_USAGE_BYTES + 8;
      return map * 8 + 4 * Math.floor((pfn % PAGES_PER_SECTION) / 512);
    }
    throw new RangeError(`pfn ${pfn} is in no section`);
  };
  return { map: new MemMap(VMEMMAP_START, runs, 64), bitsOf, usage };
}

/** Reserves one array of descriptors for frames 0 … end in lowmem. */
export function placeFlat(arch: ArchInfo, layouts: Layouts, endPfn: number, memblock: Memblock): MemMap {
  const size = layouts.size('page');
  const pages = Math.ceil(endPfn / MAX_ORDER_PAGES) * MAX_ORDER_PAGES;
  const first = memblock.alloc({ name: 'mem_map', size: pages * size, below: arch.maxLowPfn });
  return new MemMap(arch.pageOffset + first * PAGE_SIZE, [{ start: 0, end: pages, phys: first * PAGE_SIZE }], size);
}

/**
 * Makes the frames of untouched descriptors read as boot leaves them. `unlisted` are frames that are neither reserved nor free: allocated,
 * with one reference (a machine whose free lists are loaded later).
 */
export function describePages(
  mem: Memory,
  facts: PageFacts,
  map: MemMap,
  zones: readonly ZoneSpan[],
  free: BootFreeLists,
  unlisted?: readonly NodeRange[],
): void {
  const describe = describer(facts, map, zones, free, unlisted);
  const words = map.pageSize >> 2;
  const one = new Int32Array(words);
  for (const run of map.runs) {
    const firstFrame = run.phys / PAGE_SIZE;
    const frames = Math.ceil(((run.end - run.start) * map.pageSize) / PAGE_SIZE);
    // 512 descriptors of 40 bytes lie in 5 frames: side by side, so that one may cross a frame
    if (PAGE_SIZE % map.pageSize !== 0) mem.contiguous(firstFrame, firstFrame + frames, 5);
    mem.background(firstFrame, firstFrame + frames, (frame, out) => {
      const start = (frame - firstFrame) * (PAGE_SIZE >> 2);
      const firstPage = Math.floor(start / words);
      for (let i = firstPage; i * words < start + out.length && run.start + i < run.end; i++) {
        describe(run.start + i, one);
        const at = i * words - start;
        for (let w = Math.max(0, -at); w < words && at + w < out.length; w++) out[at + w] = one[w] as number;
      }
    });
  }
}

/** Writes one descriptor's words as __init_single_page and the freeing of boot memory leave them. */
function describer(
  { layouts, pageFlags }: PageFacts,
  map: MemMap,
  zones: readonly ZoneSpan[],
  free: BootFreeLists,
  unlisted: readonly NodeRange[] = [],
): (pfn: number, out: Int32Array) => void {
  const at = (field: string) => layouts.offset('page', field) >> 2;
  const [lru, order, mapcount, refcount] = [at('lru'), at('private'), at('_mapcount'), at('_refcount')];
  const { reserved, buddyType } = pageFlags;
  const wide = layouts.abi.wordSize === 8;
  const next = lru;
  const prev = lru + (wide ? 2 : 1);
  const lruOf = (pfn: number) => map.base + pfn * map.pageSize + (lru << 2);
  const pointer = (out: Int32Array, word: number, va: number) => {
    out[word] = va | 0;
    if (wide) out[word + 1] = Math.floor(va / 0x1_0000_0000) | 0;
  };
  return (pfn, out) => {
    out.fill(0);
    const zone = spanAt(zones, pfn);
    const [low, high] = encodeFlagFields(layouts.abi, zone?.node ?? 0, zone?.idx ?? 0);
    const block = free.at(pfn);
    const taken = !block && unlisted.some((r) => pfn >= r.start && pfn < r.end);
    out[0] = block || taken ? low : low | reserved;
    if (wide) out[1] = high;
    out[mapcount] = NO_MAPCOUNT;
    out[refcount] = block ? 0 : 1;
    if (block && block.pfn === pfn) {
      const links = free.links(block);
      out[mapcount] = buddyType;
      out[order] = block.order;
      pointer(out, next, links.next);
      pointer(out, prev, links.prev);
    } else {
      pointer(out, next, lruOf(pfn));
      pointer(out, prev, lruOf(pfn));
    }
  };
}

/** Makes the usage maps of sections read as boot leaves them: which parts exist, and every pageblock that starts in memory is movable. */
export function describeUsage(mem: Memory, layout: MemMapLayout, memory: MemoryMap): void {
  const has = (pfn: number) => memory.present.some((r) => pfn >= r.start && pfn < r.end);
  const touches = (start: number, end: number) => memory.present.some((r) => start < r.end && end > r.start);
  const words = SECTION_USAGE_BYTES >> 2;
  const wordAt = (section: number, k: number): number => {
    const pfn = section * PAGES_PER_SECTION;
    let value = 0;
    if (k < 2) {
      for (let i = 0; i < 32; i++) {
        const part = pfn + (k * 32 + i) * 512;
        if (touches(part, part + 512)) value |= 1 << i;
      }
    } else {
      for (let i = 0; i < 8; i++) if (has(pfn + ((k - 2) * 8 + i) * 512)) value |= MIGRATE_MOVABLE << (4 * i);
    }
    return value;
  };
  // runs of sections follow one another in the same frames: one background for those of a node, which starts at a page
  for (const node of new Set(layout.usage.map((u) => u.node))) {
    const mine = layout.usage.filter((u) => u.node === node);
    const bytes = mine.reduce((sum, u) => sum + (u.end - u.start) * SECTION_USAGE_BYTES, 0);
    const frame = Math.min(...mine.map((u) => u.phys)) / PAGE_SIZE;
    mem.background(frame, frame + Math.ceil(bytes / PAGE_SIZE), (pfn, out) => {
      for (const u of mine) {
        const from = (u.phys - pfn * PAGE_SIZE) >> 2;
        const end = from + (u.end - u.start) * words;
        for (let w = Math.max(0, from); w < Math.min(out.length, end); w++) {
          out[w] = wordAt(u.start + Math.floor((w - from) / words), (w - from) % words);
        }
      }
    });
  }
}
