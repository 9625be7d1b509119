/** The geometry of SLUB's caches against the sysfs of real machines, and as parameters and debugging change it. Recorded caches: test/recordings. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  calculateSizes,
  cpuPartial,
  minPartial,
  ooObjects,
  ooOrder,
  type SlubMachine,
  slubParameters,
} from '../../../../server/kernel/mm/slub/slub_geometry';

const FIXTURES = join(__dirname, '../../../fixtures');
const read = (path: string) => JSON.parse(readFileSync(join(FIXTURES, path), 'utf8'));

const machine = (cpus: number, wordSize: 4 | 8 = 8, parameters: Record<string, string> = {}): SlubMachine => ({
  ...slubParameters(parameters),
  wordSize,
  cpus,
  trackSize: wordSize === 8 ? 32 : 20,
});
interface Sysfs {
  readonly cpus: number;
  readonly arch: string;
  /** slab_size, order, objs_per_slab, cpu_partial, min_partial */
  readonly rows: readonly (readonly number[])[];
}
/** What sysfs shows of a cache of objects of a size, as this kernel computes it. */
function sysfsRow(m: SlubMachine, objectSize: number): readonly number[] | undefined {
  const g = calculateSizes(m, { objectSize, align: 1, flags: 0, ctor: false });
  return g && [g.size, ooOrder(g.oo), ooObjects(g.oo), cpuPartial(g.size, false), minPartial(g.size)];
}

describe("SLUB: a cache's geometry", () => {
  // /sys/kernel/slab of the machines in truth/machines: each size once
  for (const [name, recorded] of Object.entries<Sysfs>(read('allocators/slub-sysfs.json'))) {
    it(`${name}: the caches in its sysfs`, () => {
      const m = machine(recorded.cpus, recorded.arch === 'amd64' ? 8 : 4);
      for (const row of recorded.rows) {
        const [size = 0] = row;
        // its size as laid out is as good as its object's: all that depends on it is compared
        assert.deepEqual(sysfsRow(m, size), row);
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
