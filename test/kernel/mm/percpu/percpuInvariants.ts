/** What must hold of per-CPU memory at any moment between two calls: each hint and count, against a recount of the bitmaps. */
import assert from 'node:assert/strict';
import type { PcpuPool } from '../../../../server/kernel/mm/percpu/pcpu_pool';
import { PCPU_BITMAP_BLOCK_BITS as BLOCK, PCPU_MIN_ALLOC_SIZE } from '../../../../server/kernel/mm/percpu/pcpu_units';

/** The bits of a map, one byte each. */
function bitsOf(pool: PcpuPool, map: number, count: number): Uint8Array {
  const out = new Uint8Array(count);
  const words = pool.chunks.bitmaps;
  for (let at = words.next(map, count, 0); at < count; at = words.next(map, count, at)) {
    const end = words.nextZero(map, count, at);
    out.fill(1, at, end);
    at = end;
  }
  return out;
}
/** Free runs of a bitmap: where each begins, and its length. */
function runs(bits: Uint8Array, from: number, to: number): [number, number][] {
  const out: [number, number][] = [];
  for (let at = from; at < to; ) {
    let end = at;
    while (end < to && bits[end] === 0) end++;
    if (end > at) out.push([at - from, end - at]);
    at = end + 1;
  }
  return out;
}
/** Each chunk that can be reached from the lists, with its slot, and the reserved one with slot −1. */
export function allChunks(pool: PcpuPool): { chunk: number; slot: number }[] {
  const listed = pool.slots.all();
  return pool.reserved === 0 ? listed : [...listed, { chunk: pool.reserved, slot: -1 }];
}

/** @param live allocations: `chunk:offset` → bytes */
export function checkPercpu(pool: PcpuPool, live?: ReadonlyMap<string, number>): void {
  let empty = 0;
  let backed = 0;
  let taken = 0;
  for (const { chunk, slot } of allChunks(pool)) {
    const { chunks } = pool;
    const { hints } = chunks;
    const pages = chunks.pages(chunk);
    const bits = bitsOf(pool, chunks.allocMap(chunk), pages * BLOCK);
    const populated = bitsOf(pool, chunks.populated(chunk), pages);
    let emptyHere = 0;
    const is = (what: string, got: number, wanted: number) =>
      got === wanted || assert.equal(got, wanted, `chunk 0x${chunk.toString(16)} ${what}`);
    for (let i = 0; i < pages; i++) {
      const md = chunks.block(chunk, i);
      const free = runs(bits, i * BLOCK, (i + 1) * BLOCK);
      const [first] = free;
      const last = free.at(-1);
      const at = (what: string) => `block ${i} ${what}`;
      // a run in front of a scan hint that is not the largest there is not seen when that is promoted: the hint may be too small, as in 6.1
      const contig = hints.getContig(md);
      const largest = Math.max(0, ...free.map(([, size]) => size));
      assert.ok(contig <= largest && (contig > 0 || largest === 0), at(`contig_hint ${contig} of ${largest}`));
      is(at('wholly free'), contig === BLOCK ? 1 : 0, largest === BLOCK ? 1 : 0);
      const best = free.find(([start]) => start === hints.getContigStart(md));
      if (contig > 0) is(at('contig_hint_start'), best?.[1] ?? -1, contig);
      is(at('left_free'), hints.getLeft(md), first?.[0] === 0 ? first[1] : 0);
      // a scan hint at the end of the block that becomes the largest run is not counted again: pcpu_block_refresh_hint begins behind it
      const right = hints.getRight(md);
      if (right !== 0) is(at('right_free'), right, last && last[0] + last[1] === BLOCK ? last[1] : 0);
      if (first) is(at('first_free'), hints.getFirst(md), first[0]);
      const scan = hints.getScan(md);
      if (scan !== 0) {
        const start = i * BLOCK + hints.getScanStart(md);
        is(at('scan_hint is free'), bits.subarray(start, start + scan).indexOf(1), -1);
        assert.ok(scan <= hints.getContig(md), at('scan_hint'));
      }
      if (hints.getContig(md) === BLOCK && populated[i] === 1) emptyHere++;
    }
    const md = chunks.md(chunk);
    const free = runs(bits, 0, bits.length);
    const contig = hints.getContig(md);
    assert.ok(contig <= Math.max(0, ...free.map(([, size]) => size)), 'contig_hint of a chunk');
    const start = hints.getContigStart(md);
    is('contig_hint is free', bits.subarray(start, start + contig).indexOf(1), -1);
    if (free[0]) is('first_free', hints.getFirst(md), free[0][0]);
    is('free_bytes', chunks.freeBytes(chunk), free.reduce((sum, [, size]) => sum + size, 0) * PCPU_MIN_ALLOC_SIZE);
    is(
      'nr_populated',
      chunks.backed(chunk),
      populated.reduce((a, b) => a + b, 0),
    );
    is('nr_empty_pop_pages', chunks.empty(chunk), emptyHere);
    if (slot >= 0 && !chunks.isolated(chunk)) {
      empty += emptyHere;
      // one that had no place for a request waits among the full ones
      if (slot !== 0) is('slot', slot, pool.slots.of(chunk));
    }
    if (!chunks.immutable(chunk)) backed += chunks.backed(chunk);
    taken += bits.length - free.reduce((sum, [, size]) => sum + size, 0);
    if (chunks.immutable(chunk)) taken -= (chunks.startOffset(chunk) + chunks.endOffset(chunk)) / PCPU_MIN_ALLOC_SIZE;
  }
  const { staticSize, reservedSize, dynSize } = pool.units;
  assert.equal(pool.slots.emptyPages, empty, 'pcpu_nr_empty_pop_pages');
  assert.equal(pool.slots.populatedPages, backed + (staticSize + reservedSize + dynSize) / 4096, 'pcpu_nr_populated');
  if (!live) return;
  const spans = [...live].map(([at, bytes]) => {
    const [chunk, offset] = at.split(':').map(Number) as [number, number];
    return { chunk, offset, end: offset + bytes };
  });
  spans.sort((a, b) => a.chunk - b.chunk || a.offset - b.offset);
  spans.forEach((s, i) => {
    const next = spans[i + 1];
    if (next?.chunk === s.chunk) assert.ok(next.offset >= s.end, `byte ${next.offset} has two owners`);
  });
  const bytes = [...live.values()].reduce((sum, n) => sum + n, 0);
  assert.equal(taken * PCPU_MIN_ALLOC_SIZE, bytes, 'bytes that are taken');
}
