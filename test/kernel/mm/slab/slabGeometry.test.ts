/** The geometry of SLAB's caches against recordings: every cache created for it, and the kernel's own. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CFLGS_OBJFREELIST_SLAB,
  CFLGS_OFF_SLAB,
  type SlabMachine,
  slabGeometry,
  slabMaxOrder,
  slabTuning,
} from '../../../../server/kernel/mm/slab/slab/slab_geometry';
import { SLAB_HWCACHE_ALIGN } from '../../../../server/profiles/slabFlags';

const FOLDER = join(__dirname, '../../../fixtures/allocators');

type Row = Readonly<Record<string, number | string>>;
interface Table {
  readonly run: { readonly totalram: number; readonly ptr: 4 | 8; readonly possible: number; readonly cmdline: string };
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (number | string)[])[];
  readonly kmalloc_columns?: readonly string[];
  readonly kmalloc_caches?: readonly (readonly (number | string)[])[];
  readonly failed?: readonly string[];
}
const named = (columns: readonly string[], rows: readonly (readonly (number | string)[])[]): Row[] =>
  rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] as number | string])));

/** calculate_alignment, as the common part of the allocators does it before */
function alignment(size: number, align: number, flags: number, wordSize: number): number {
  let line = 1;
  if (flags & SLAB_HWCACHE_ALIGN) for (line = 64; size <= line / 2; ) line /= 2;
  return Math.ceil(Math.max(line, align, 8) / wordSize) * wordSize;
}
/** kmalloc's caches of SLAB; the lists of none lie elsewhere */
const KMALLOC = [32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192];

function machineOf(run: Table['run']): SlabMachine {
  const order = /slab_max_order=(\d+)/.exec(run.cmdline)?.[1];
  return {
    wordSize: run.ptr,
    maxOrder: slabMaxOrder(order === undefined ? {} : { slab_max_order: order }, run.totalram),
    kmallocCache(size) {
      const found = KMALLOC.find((s) => s >= size);
      return found === undefined ? undefined : { size: found === 96 ? 128 : found, offSlab: false };
    },
  };
}
function geometry({ run }: Table, size: number, align: number, flags: number, ctor: boolean): Row | undefined {
  const request = { objectSize: size, align: alignment(size, align, flags, run.ptr), flags, constructor: ctor };
  const g = slabGeometry(machineOf(run), request);
  return (
    g && {
      buffer_size: g.size,
      eff_align: g.align,
      num: g.num,
      order: g.order,
      colour: g.colour,
      colour_off: g.colourOff,
      freelist_size: g.freelistSize,
      layout: g.flags & CFLGS_OBJFREELIST_SLAB ? 'obj' : g.flags & CFLGS_OFF_SLAB ? 'off' : 'on',
      ...slabTuning(g.size, run.possible),
    }
  );
}

/** The flags that were asked for: those that SLAB added, in the kernel's own caches, are its business. */
const askedFlags = (flags: number): number => flags & ~CFLGS_OBJFREELIST_SLAB & ~CFLGS_OFF_SLAB;

describe("SLAB's geometry", () => {
  for (const name of readdirSync(FOLDER).filter((f) => /^slab-.*(geometry|boot-caches)/.test(f))) {
    const table = JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Table;
    const rows = [
      ...named(table.columns, table.rows),
      ...named(table.kmalloc_columns ?? [], table.kmalloc_caches ?? []),
    ]
      // an alias has the geometry of the cache that it is another name for
      .filter((row) => Number(row.refcount ?? 1) <= 1);
    it(`${name}: ${rows.length} caches`, () => {
      for (const row of rows) {
        const { size, align, flags, ctor } = row as Record<string, number>;
        const got = geometry(table, size as number, align as number, askedFlags(flags as number), ctor === 1);
        const want = Object.fromEntries(Object.keys(got ?? {}).map((key) => [key, row[key]]));
        assert.deepEqual(got, want, JSON.stringify(row));
      }
      for (const text of table.failed ?? []) {
        const [size = 0, align = 0] = text.split(' ').map(Number);
        const [, , flags = '', ctor] = text.split(' ');
        assert.equal(geometry(table, size, align, Number.parseInt(flags, 16), ctor === '1'), undefined, text);
      }
    });
  }
});
