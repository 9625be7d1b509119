/**
 * The state of per-CPU memory as the recorder printed it: chunks in the order of their lists, their hints, free runs and backed pages.
 * Read, loaded into emulated memory, and printed from it.
 */
import type { PcpuPool } from '../../kernel/mm/percpu/pcpu_pool';
import { PCPU_BITMAP_BLOCK_BITS as BLOCK } from '../../kernel/mm/percpu/pcpu_units';
import { TraceError } from '../trace_json';

/** Runs of bits: start and length. */
export type Runs = readonly (readonly [start: number, length: number])[];

/** A chunk of a dump. */
export interface DumpedChunk {
  readonly id: number;
  /** the numbers of its PC line, by name; `base` as text */
  readonly fields: ReadonlyMap<string, string>;
  /** scan, at, largest, at, left, right, first free, bits: of the chunk, and of its blocks where they are recorded */
  readonly hints: readonly number[];
  readonly blocks: readonly (readonly number[])[];
  readonly free: Runs;
  readonly backed: Runs;
}

/** A chunk of the emulator, by the number that the recorder gave it. */
export type ChunkIds = readonly number[];

/** `a=1 b=2` */
export const fieldsOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/([\w-]+)=(\S+)/g)].map(([, name, value]) => [name as string, value as string]));
const runsOf = (text: string): Runs =>
  text.split(' ').flatMap((run) => {
    if (run === '') return [];
    const [start, length] = run.split('+').map(Number);
    return [[start as number, length as number] as const];
  });

/** @throws TraceError for lines that are not of the format */
export function readDump(lines: readonly string[]): DumpedChunk[] {
  const chunks: DumpedChunk[] = [];
  let at = 0;
  while (at < lines.length) {
    const head = lines[at++] as string;
    if (!head.startsWith('PC ')) throw new TraceError(`"${head}": a line that begins with PC is expected`);
    const fields = fieldsOf(head);
    const hints: number[][] = [];
    for (; lines[at]?.startsWith('PB '); at++) hints.push((lines[at] as string).split(' ').slice(2).map(Number));
    const [own, ...blocks] = hints;
    const free = lines[at++];
    const backed = lines[at++];
    if (!own || !free?.startsWith('PU') || !backed?.startsWith('PP'))
      throw new TraceError(`chunk ${fields.get('id')}: lines PB, PU and PP are expected`);
    chunks.push({
      id: Number(fields.get('id')),
      fields,
      hints: own,
      blocks,
      free: runsOf(free.slice(3)),
      backed: runsOf(backed.slice(3)),
    });
  }
  return chunks;
}

const HINTS = [
  'scan_hint',
  'scan_hint_start',
  'contig_hint',
  'contig_hint_start',
  'left_free',
  'right_free',
  'first_free',
  'nr_bits',
];
const hintsAt = ({ m }: PcpuPool, md: number): number[] => HINTS.map((name) => m.field32(md, 'pcpu_block_md', name));
function setHints({ m }: PcpuPool, md: number, hints: readonly number[]): void {
  for (const [i, name] of HINTS.entries()) m.setField32(md, 'pcpu_block_md', name, hints[i] as number);
}

/** Makes a chunk what a dump says: its bitmaps, with an allocation for each run that is taken, and its counts. Its hints are left. */
export function setBits(pool: PcpuPool, chunk: number, free: Runs, freeBytes: number): void {
  const { chunks } = pool;
  const { bitmaps } = chunks;
  const bits = chunks.bits(chunk);
  bitmaps.set(chunks.allocMap(chunk), 0, bits);
  bitmaps.clear(chunks.boundMap(chunk), 0, bits + 1);
  for (const edge of [0, bits, ...free.flatMap(([start, length]) => [start, start + length])])
    bitmaps.set(chunks.boundMap(chunk), edge, 1);
  for (const [start, length] of free) bitmaps.clear(chunks.allocMap(chunk), start, length);
  chunks.setFreeBytes(chunk, freeBytes);
}
/** Loads a dumped chunk that has its pages already. */
export function loadChunk(pool: PcpuPool, chunk: number, dump: DumpedChunk): void {
  const { chunks, slots } = pool;
  const number = (name: string) => Number(dump.fields.get(name));
  setBits(pool, chunk, dump.free, number('free'));
  setHints(pool, chunks.md(chunk), dump.hints);
  for (const [i, hints] of dump.blocks.entries()) setHints(pool, chunks.block(chunk, i), hints);
  slots.countEmpty(chunk, number('empty_pop') - chunks.empty(chunk));
}

/** A chunk as the recorder prints it. `base`: how its address is told */
export function dumpChunk(pool: PcpuPool, chunk: number, id: number, slot: number, base: string): string[] {
  const { chunks } = pool;
  const flag = (set: boolean) => (set ? 1 : 0);
  const runs = (map: number, bits: number, value: 0 | 1): string => {
    const out: string[] = [];
    const { bitmaps } = chunks;
    const begin = (at: number) => (value ? bitmaps.next(map, bits, at) : bitmaps.nextZero(map, bits, at));
    const end = (at: number) => (value ? bitmaps.nextZero(map, bits, at) : bitmaps.next(map, bits, at));
    for (let at = begin(0); at < bits; ) {
      const stop = end(at);
      out.push(`${at}+${stop - at}`);
      at = begin(stop);
    }
    return out.join(' ');
  };
  const pages = chunks.pages(chunk);
  return [
    [
      `PC id=${id} slot=${slot} base=${base}`,
      `start_offset=${chunks.startOffset(chunk)} end_offset=${chunks.endOffset(chunk)} free=${chunks.freeBytes(chunk)}`,
      `nr_pages=${pages} populated=${chunks.backed(chunk)} empty_pop=${chunks.empty(chunk)}`,
      `immutable=${flag(chunks.immutable(chunk))} isolated=${flag(chunks.isolated(chunk))}`,
    ].join(' '),
    `PB chunk${id} ${hintsAt(pool, chunks.md(chunk)).join(' ')}`,
    `PU ${runs(chunks.allocMap(chunk), pages * BLOCK, 0)}`.trimEnd(),
    `PP ${runs(chunks.populated(chunk), pages, 1)}`.trimEnd(),
  ];
}
