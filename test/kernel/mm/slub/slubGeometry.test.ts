/** The geometry of SLUB's caches against recordings: every cache created for it, the kernel's own, and those in the sysfs of real machines. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CacheRequest,
  calculateSizes,
  cpuPartial,
  cpuPartialSlabs,
  minPartial,
  ooObjects,
  ooOrder,
  SLAB_DEBUG_FLAGS,
  type SlubMachine,
  slubParameters,
} from '../../../../server/kernel/mm/slub/slub_geometry';
import { SLAB_HWCACHE_ALIGN } from '../../../../server/profiles/slabFlags';

const FIXTURES = join(__dirname, '../../../fixtures');
const read = (path: string) => JSON.parse(readFileSync(join(FIXTURES, path), 'utf8'));

const machine = (cpus: number, wordSize: 4 | 8 = 8, parameters: Record<string, string> = {}): SlubMachine => ({
  ...slubParameters(parameters),
  wordSize,
  cpus,
  trackSize: wordSize === 8 ? 32 : 20,
});
/** calculate_alignment, as the common part of the allocators does it before */
function alignment(size: number, align: number, flags: number, wordSize: number): number {
  let ralign = 1;
  if (flags & SLAB_HWCACHE_ALIGN) for (ralign = 64; size <= ralign / 2; ) ralign /= 2;
  return Math.ceil(Math.max(ralign, align, 8) / wordSize) * wordSize;
}

interface Sysfs {
  readonly cpus: number;
  readonly arch: string;
  /** slab_size, order, objs_per_slab, cpu_partial, min_partial */
  readonly rows: readonly (readonly number[])[];
}
type Row = Readonly<Record<string, number>>;
/** A recorded table's rows, with their columns' names. */
const rowsOf = (table: { columns: string[]; rows: (number | string)[][] }): Row[] =>
  table.rows.map((row) => Object.fromEntries(table.columns.map((name, i) => [name, row[i] as number])));

/** What is recorded of a cache, as this kernel computes it. */
function geometry(m: SlubMachine, request: CacheRequest): Row | undefined {
  const g = calculateSizes(m, request);
  if (!g) return undefined;
  const objects = cpuPartial(g.size, (g.flags & SLAB_DEBUG_FLAGS) !== 0);
  return {
    buffer_size: g.size,
    eff_align: request.align,
    num: ooObjects(g.oo),
    order: ooOrder(g.oo),
    min_num: ooObjects(g.min),
    min_order: ooOrder(g.min),
    inuse: g.inuse,
    offset: g.offset,
    min_partial: minPartial(g.size),
    cpu_partial: objects,
    cpu_partial_slabs: cpuPartialSlabs(objects, ooObjects(g.oo)),
  };
}
const requestOf = (row: Row, align: number): CacheRequest => ({
  objectSize: row.size as number,
  align,
  flags: row.flags as number,
  ctor: row.ctor === 1,
});

describe("SLUB: a cache's geometry", () => {
  for (const file of readdirSync(join(FIXTURES, 'allocators')).filter((f) => /^slub-\dcpu-(geometry|boot)/.test(f))) {
    it(`${file}: every cache as recorded`, () => {
      const table = read(`allocators/${file}`);
      const m = machine(table.run.cpus);
      const rows = rowsOf(table);
      assert.ok(rows.length > 30);
      for (const row of rows) {
        const align = alignment(row.size as number, row.align as number, row.flags as number, 8);
        const got = geometry(m, requestOf(row, align));
        assert.deepEqual(got && { ...row, ...got }, row);
      }
      for (const line of table.failed ?? []) {
        const [size, align, flags, ctor] = line
          .split(' ')
          .map((n: string, i: number) => Number.parseInt(n, i === 2 ? 16 : 10));
        assert.equal(geometry(m, requestOf({ size, flags, ctor }, alignment(size, align, flags, 8))), undefined, line);
      }
    });
  }
  // /sys/kernel/slab of the machines in truth/machines: each size once
  for (const [name, recorded] of Object.entries<Sysfs>(read('allocators/slub-sysfs.json'))) {
    it(`${name}: the caches in its sysfs`, () => {
      const m = machine(recorded.cpus, recorded.arch === 'amd64' ? 8 : 4);
      for (const row of recorded.rows) {
        const [size = 0] = row;
        // its size as laid out is as good as its object's: all that depends on it is compared
        const g = geometry(m, { objectSize: size, align: 1, flags: 0, ctor: false });
        assert.deepEqual([g?.buffer_size, g?.order, g?.num, g?.cpu_partial, g?.min_partial], row);
      }
    });
  }

  // experiments/…-slab-nomerge.json, lab24poison: 0xc0000c00 with __CMPXCHG_DOUBLE
  const DEBUG: [what: string, flags: number, objectSize: number, want: Partial<ReturnType<typeof calculateSizes>>][] = [
    [
      'red zones and poison',
      0xc00,
      24,
      { size: 56, inuse: 32, offset: 32, redLeftPad: 8, flags: (0x80000c00 | 0) as number },
    ],
    ['red zones', 0x400, 24, { size: 48, inuse: 32, offset: 8, redLeftPad: 8 }],
    ['a red zone in what rounding leaves', 0x400, 20, { size: 40, inuse: 24, offset: 8 }],
    ['poison', 0x800, 24, { size: 32, inuse: 24, offset: 24, redLeftPad: 0 }],
    ['tracks', 0x10000, 24, { size: 88, inuse: 24, offset: 8 }],
    ['tracks of kmalloc, with the size asked for', 0x11000, 24, { size: 96 }],
    ['no poison where objects are read after they are freed', 0x80800, 24, { flags: 0x80800, offset: 24 }],
  ];
  for (const [what, flags, objectSize, want] of DEBUG) {
    it(`with ${what}`, () => {
      const got = calculateSizes(machine(1), { objectSize, align: 8, flags, ctor: false });
      assert.deepEqual({ ...got, ...want }, got);
    });
  }

  const PARAMETERS: [parameters: Record<string, string>, size: number, order: number, objects: number][] = [
    [{}, 700, 1, 11],
    [{ slub_max_order: '0' }, 700, 0, 5],
    [{ slub_max_order: '1' }, 4096, 1, 2],
    [{ slub_min_order: '2' }, 32, 2, 512],
    [{ slub_min_objects: '40' }, 192, 1, 42],
    [{ slub_max_order: '99' }, 40000, 7, 13],
  ];
  for (const [parameters, size, order, objects] of PARAMETERS) {
    it(`${JSON.stringify(parameters)}, ${size} bytes: order ${order}`, () => {
      const g = calculateSizes(machine(1, 8, parameters), { objectSize: size, align: 8, flags: 0, ctor: false });
      assert.deepEqual(g && [ooOrder(g.oo), ooObjects(g.oo)], [order, objects]);
    });
  }
});
