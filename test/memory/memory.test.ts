import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WriteInThePast } from '../../server/memory/journal';
import { BusError, Memory } from '../../server/memory/memory';
import { Output } from '../../server/memory/output';
import { AddressSpace, NOT_PRESENT, PageFaultError } from '../../server/memory/space';

const BASE = 0x10_0000; // the playground: four frames from 1 MiB
const SIZE = 4 * 4096;
const seed = Number(process.env.KMEM_SEED ?? 20261121);

type Op =
  | { do: 'write'; width: 8 | 16 | 32 | 64; at: number; value: bigint }
  | { do: 'bytes'; at: number; data: Uint8Array }
  | { do: 'fill'; at: number; length: number; byte: number }
  | { do: 'clear'; frame: number; count: number };

/** The same operation on emulated memory and on a plain byte array. */
function apply(op: Op, memory: Memory, model: Uint8Array): void {
  switch (op.do) {
    case 'write': {
      const bytes = op.width / 8;
      const at = Math.min(op.at, SIZE - bytes);
      for (let i = 0; i < bytes; i++) model[at + i] = Number((op.value >> BigInt(8 * i)) & 0xffn);
      const n = Number(BigInt.asIntN(32, op.value));
      if (op.width === 8) memory.write8(BASE + at, n);
      else if (op.width === 16) memory.write16(BASE + at, n);
      else if (op.width === 32) memory.write32(BASE + at, n);
      else {
        memory.write32(BASE + at, n);
        memory.write32(BASE + at + 4, Number(BigInt.asIntN(32, op.value >> 32n)));
      }
      return;
    }
    case 'bytes': {
      const data = op.data.subarray(0, SIZE - op.at);
      model.set(data, op.at);
      memory.writeBytes(BASE + op.at, data);
      return;
    }
    case 'fill': {
      const length = Math.min(op.length, SIZE - op.at);
      model.fill(op.byte, op.at, op.at + length);
      memory.fill(BASE + op.at, length, op.byte);
      return;
    }
    case 'clear':
      model.fill(0, op.frame * 4096, Math.min(4, op.frame + op.count) * 4096);
      memory.clearFrames((BASE >> 12) + op.frame, Math.min(op.count, 4 - op.frame));
  }
}
const at = fc.integer({ min: 0, max: SIZE - 1 });
const frame = fc.integer({ min: 0, max: 3 });
const op: fc.Arbitrary<Op> = fc.oneof(
  fc.record({
    do: fc.constant('write' as const),
    width: fc.constantFrom(8 as const, 16 as const, 32 as const, 64 as const),
    at,
    value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  }),
  fc.record({ do: fc.constant('bytes' as const), at, data: fc.uint8Array({ maxLength: 5000 }) }),
  fc.record({
    do: fc.constant('fill' as const),
    at,
    length: fc.integer({ min: 0, max: 9000 }),
    byte: fc.integer({ min: 0, max: 255 }),
  }),
  fc.record({ do: fc.constant('clear' as const), frame, count: fc.integer({ min: 1, max: 4 }) }),
);

function machine(memoryBytes?: number): Memory {
  const memory = new Memory({ memoryBytes });
  memory.addRam(0, 64 << 20);
  memory.journal.enabled = true;
  return memory;
}

/** Positions of the writes to a range, newest first. */
function touching(memory: Memory, phys: number, length: number): number[] {
  const positions: number[] = [];
  for (let before = memory.journal.position; ; ) {
    const touch = memory.journal.lastTouch(memory.ranges(phys, length), 0, before);
    if (!touch) return positions;
    before = touch.position;
    positions.push(before);
  }
}

describe('memory', () => {
  it('holds what was written, whatever the width, and every moment comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 60 }), fc.array(fc.nat(), { maxLength: 12 }), (ops, walk) => {
        const memory = machine();
        const model = new Uint8Array(SIZE);
        const moments = [{ position: 0, bytes: model.slice(), hash: memory.hash() }];
        for (const one of ops) {
          apply(one, memory, model);
          moments.push({ position: memory.journal.position, bytes: model.slice(), hash: memory.hash() });
        }
        for (const step of [...walk, moments.length - 1]) {
          const moment = moments[step % moments.length];
          assert.ok(moment);
          memory.journal.moveTo(moment.position);
          assert.deepEqual(memory.readBytes(BASE, SIZE), moment.bytes);
          assert.equal(memory.hash(), moment.hash);
        }
      }),
      { seed, numRuns: 60 },
    );
  });

  it('reads every width at every address', () => {
    const memory = machine();
    const model = new Uint8Array(64).map((_, i) => 0x81 + 37 * i);
    const view = new DataView(model.buffer);
    const start = BASE + 4096 - 32;
    memory.writeBytes(start, model);
    for (let i = 0; i <= 56; i++) {
      const read = [
        memory.read8(start + i),
        memory.read16(start + i),
        memory.read32(start + i),
        memory.readS32(start + i),
      ];
      assert.deepEqual(
        read,
        [view.getUint8(i), view.getUint16(i, true), view.getUint32(i, true), view.getInt32(i, true)],
        `at ${i}`,
      );
    }
  });

  it('counts zeros up to the first byte that is not zero', () => {
    const memory = machine();
    const start = BASE + 4096 - 9;
    assert.equal(memory.firstNonZero(start, 5000), 5000);
    for (const at of [4200, 40, 11, 10, 9, 8, 5, 2, 1, 0]) {
      memory.write8(start + at, 1);
      for (const before of [0, 1, 2, 3])
        if (before <= at) assert.equal(memory.firstNonZero(start + before, 5000), at - before, `${at} from ${before}`);
      assert.equal(memory.firstNonZero(start, at), at);
    }
  });

  it('finds the writes to a range, newest first, to the byte', () => {
    fc.assert(
      fc.property(
        fc.array(op, { minLength: 1, maxLength: 40 }),
        at,
        fc.integer({ min: 1, max: 16 }),
        (ops, start, length) => {
          const memory = machine();
          const model = new Uint8Array(SIZE);
          const from = Math.min(start, SIZE - length);
          const changed: number[] = [];
          for (const one of ops) {
            const before = model.slice(from, from + length);
            const position = memory.journal.position;
            apply(one, memory, model);
            if (model.slice(from, from + length).some((b, i) => b !== before[i])) changed.push(position);
          }
          const touches = touching(memory, BASE + from, length);
          assert.deepEqual(
            touches,
            [...touches].sort((a, b) => b - a),
          );
          for (const [i, position] of touches.entries()) {
            const older = touches[i + 1];
            assert.equal(
              memory.journal.lastTouch(memory.ranges(BASE + from, length), (older ?? -1) + 1, position),
              undefined,
            );
          }
          // whatever changed the bytes is among the answers
          for (const position of changed)
            assert.ok(
              touches.some((t) => t >= position),
              `change after ${position} in ${touches}`,
            );
          const forward = [...memory.journal.touchingAfter(memory.ranges(BASE + from, length), 0)].map(
            (t) => t.position,
          );
          assert.deepEqual(forward, touches.reverse());
        },
      ),
      { seed, numRuns: 60 },
    );
  });

  it('finds the writes in a long past, from any position', () => {
    const memory = machine();
    const { journal } = memory;
    const writes: number[] = [];
    for (let i = 0; i < 200_000; i++) {
      if (i % 30_000 === 29_999) {
        writes.push(journal.position);
        memory.write32(BASE + 4096, i);
      } else memory.write32(BASE, i);
    }
    const ranges = memory.ranges(BASE + 4096, 4);
    for (const from of [0, 29_999, 30_000, 70_000, 140_000, 199_999]) {
      const after = [...journal.touchingAfter(ranges, from)].map((touch) => touch.position);
      const wanted = writes.filter((position) => position >= from);
      assert.deepEqual(after, wanted, `from ${from}`);
      assert.equal(journal.lastTouch(ranges, from)?.position, wanted.at(-1), `not before ${from}`);
      assert.equal(journal.lastTouch(ranges, 0, from)?.position, writes.filter((position) => position < from).at(-1));
    }
  });

  it('does not name a write to a neighbouring byte', () => {
    const memory = machine();
    memory.write8(BASE + 1, 7);
    memory.write8(BASE + 2, 8);
    const touched = (offset: number) => touching(memory, BASE + offset, 1);
    assert.deepEqual([0, 1, 2, 3].map(touched), [[], [0], [1], []]);
  });

  it('logs one entry for each frame that it clears, and none where there is nothing to clear', () => {
    const memory = machine();
    const entriesOf = (change: () => void) => {
      const before = memory.journal.end;
      change();
      return memory.journal.end - before;
    };
    const clear = () => memory.clearFrames(BASE >> 12, 4);
    const { materialised } = memory;
    assert.equal(entriesOf(clear), 0);
    assert.equal(memory.materialised, materialised);
    for (let i = 0; i < 4; i++) memory.write8(BASE + i * 4096 + 4095, 1);
    assert.equal(entriesOf(clear), 4);
    assert.equal(entriesOf(clear), 0);
  });

  it('drops the oldest entries beyond its budget and knows its horizon', () => {
    const memory = machine(2 << 20);
    for (let i = 0; i < 400_000; i++) {
      memory.write32(BASE + (i % 1024) * 4, i);
      if (i % 1000 === 0) memory.journal.marks.add(memory.journal.position, 1, i);
    }
    const { journal } = memory;
    assert.ok(journal.bytes <= 2 << 20, `${journal.bytes} bytes`);
    assert.ok(journal.horizon > 0);
    assert.ok((journal.marks.at(journal.marks.start)?.position ?? 0) >= journal.horizon);
    journal.moveTo(journal.horizon);
    assert.equal(memory.read32(BASE + ((journal.horizon - 1) % 1024) * 4), journal.horizon - 1);
    assert.throws(() => journal.moveTo(journal.horizon - 1), RangeError);
  });

  it('refuses a write in the past until the future is cut off', () => {
    const memory = machine();
    memory.write32(BASE, 1);
    memory.write32(BASE, 2);
    memory.journal.moveTo(1);
    assert.throws(() => memory.write32(BASE, 3), WriteInThePast);
    assert.throws(() => memory.clearFrames(BASE >> 12, 1), WriteInThePast);
    assert.equal(memory.read32(BASE), 1);
    memory.journal.cut();
    memory.write32(BASE, 3);
    assert.equal(memory.journal.end, 2);
    memory.journal.moveTo(1);
    assert.equal(memory.read32(BASE), 1);
  });

  it('a trial leaves nothing behind, wherever the cursor is', () => {
    fc.assert(
      fc.property(
        fc.array(op, { maxLength: 30 }),
        fc.array(op, { maxLength: 30 }),
        fc.nat(1000),
        (before, tried, n) => {
          const memory = machine(1);
          const { journal } = memory;
          const model = new Uint8Array(SIZE);
          for (const o of before) apply(o, memory, model);
          const output = new Output<{ position: number }>(journal, () => 100);
          output.push({ position: journal.position });
          const [hash, end, bytes] = [journal.hash(), journal.end, journal.bytes];
          const at = journal.horizon + (n % (end - journal.horizon + 1));
          journal.moveTo(at);
          const then = memory.hash();
          journal.trial(() => {
            const copy = memory.readBytes(BASE, SIZE);
            const places: number[] = [];
            for (const o of tried) {
              apply(o, memory, copy);
              places.push(journal.position);
            }
            output.push({ position: journal.position });
            assert.equal(output.held.length, 1);
            assert.deepEqual(memory.readBytes(BASE, SIZE), copy);
            for (const place of places) journal.moveTo(place);
          });
          assert.equal(memory.hash(), then);
          assert.equal(journal.position, at);
          assert.equal(journal.readOnly, at !== end);
          journal.moveTo(end);
          assert.deepEqual([journal.hash(), journal.end, journal.bytes], [hash, end, bytes]);
          assert.equal(output.held.length, 1);
          assert.deepEqual(memory.readBytes(BASE, SIZE), model);
        },
      ),
      { seed },
    );
  });
  it('a trial that fails is taken back', () => {
    const memory = machine();
    assert.throws(
      () =>
        memory.journal.trial(() => {
          memory.write32(BASE, 5);
          throw new Error('it fails');
        }),
      /it fails/,
    );
    assert.equal(memory.read32(BASE), 0);
    assert.equal(memory.journal.end, 0);
  });
  it('tells which words were written between two positions', () => {
    const memory = machine();
    const check = (from: number, to: number, expected: string) => {
      const seen: string[] = [];
      memory.journal.written(from, to, (word, count, position) =>
        seen.push(`${position}:${(memory.physOf(word) - BASE).toString(16)}+${count}`),
      );
      assert.equal(seen.join(' '), expected);
    };
    memory.write32(BASE, 1);
    memory.write8(BASE + 9, 1);
    memory.fill(BASE + 4096, 400, 1);
    memory.write32(BASE + 4, 1);
    check(0, 4, '0:0+1 1:8+1 2:1000+100 3:4+1');
    check(1, 3, '1:8+1 2:1000+100');
    check(2, 2, '');
    for (let i = 0; i < 1 << 16; i++) memory.write32(BASE, i);
    memory.write32(BASE + 8, 1);
    check((1 << 16) + 3, (1 << 16) + 5, '65539:0+1 65540:8+1');
  });
  it('after a cut, a word that is written counts as written in all its bytes', () => {
    const memory = machine();
    memory.write8(BASE + 1, 7);
    memory.write8(BASE + 2, 8);
    memory.journal.moveTo(1);
    memory.journal.cut();
    memory.write32(BASE, 9);
    assert.deepEqual(
      [0, 1, 2, 3].map((offset) => touching(memory, BASE + offset, 1)),
      [[1], [1, 0], [1], [1]],
    );
  });

  it('a journal’s hash tells what was written, where, and in which order', () => {
    const hashes = new Set<string>();
    /** `more`: writes before it, so many that a segment is closed soon after. */
    const add = (write: (memory: Memory) => void, more = 0) => {
      const memory = machine();
      for (let i = 0; i < more; i++) memory.write32(BASE + 8192, i);
      for (const frame of [0, 1]) memory.fill(BASE + frame * 4096, 4096, 3);
      write(memory);
      for (let i = 0; i < more / 4; i++) memory.write32(BASE + 8192, i);
      hashes.add(memory.journal.hash());
    };
    const cases: ((memory: Memory) => void)[] = [
      (memory) => {
        memory.write32(BASE, 1);
        memory.write32(BASE + 4, 1);
      },
      (memory) => {
        memory.write32(BASE + 4, 1);
        memory.write32(BASE, 1);
      },
      (memory) => {
        memory.write8(BASE, 1);
        memory.write32(BASE + 4, 1);
      },
      (memory) => {
        memory.clearFrames(BASE >> 12, 1);
        memory.write32(BASE + 8192, 1);
      },
      (memory) => {
        memory.clearFrames((BASE >> 12) + 1, 1);
        memory.write32(BASE + 8192, 1);
      },
    ];
    for (const write of cases) add(write);
    assert.equal(hashes.size, cases.length);
    for (const write of cases) add(write, 60_000);
    assert.equal(hashes.size, 2 * cases.length, 'in a closed segment, too');
  });

  it('marks that are cut give their memory back', () => {
    const memory = machine();
    const { journal } = memory;
    const before = journal.bytes;
    for (let i = 0; i < 60_000; i++) {
      memory.write32(BASE, i);
      journal.marks.add(journal.position, 1, i);
    }
    journal.moveTo(10);
    journal.cut();
    assert.ok(journal.bytes <= before + (1 << 20), `${journal.bytes} bytes, ${before} before`);
    assert.deepEqual([journal.marks.end, journal.marks.at(9)?.a], [10, 9]);
  });

  it('hashes content, not what happens to be materialised', () => {
    const fresh = () => {
      const memory = machine();
      memory.background(256, 260, (pfn, words) => words.fill(pfn));
      return memory;
    };
    const [read, untouched] = [fresh(), fresh()];
    assert.equal(read.read32(BASE + 4096), 257);
    assert.equal(read.hash(), untouched.hash());
    read.write32(BASE, 1);
    assert.notEqual(read.hash(), untouched.hash());
  });

  it('a range lies in a piece for each page, wherever its pages are', () => {
    const memory = machine();
    const space = AddressSpace.over(memory);
    const frames = [7, -1, 3, 2];
    const phys = (address: number): number => {
      const pfn = frames[Math.floor((address - 0x4000_0000) / 4096)] ?? -1;
      return pfn < 0 ? NOT_PRESENT : pfn * 4096 + (address % 4096);
    };
    space.useTables({ phys }, 0, []);
    const pieces = (offset: number, length: number) =>
      space.mappedPieces(0x4000_0000 + offset, length).map((piece) => [piece.phys, piece.length]);
    assert.deepEqual(pieces(4000, 96), [[7 * 4096 + 4000, 96]]);
    assert.deepEqual(pieces(4000, 9000), [
      [7 * 4096 + 4000, 96],
      [3 * 4096, 4096],
      [2 * 4096, 712],
    ]);
    assert.deepEqual(pieces(5000, 100), []);
    assert.deepEqual([space.unmappedLength(0x4000_0000 + 5000, 9000), space.unmappedLength(0x4000_0000, 1)], [3192, 0]);
    memory.write8(2 * 4096, 9);
    memory.write8(3 * 4096 + 4095, 8);
    assert.equal(space.read16(0x4000_0000 + 3 * 4096), 9);
    assert.deepEqual([...space.readBytes(0x4000_0000 + 3 * 4096 - 1, 2)], [8, 9]);
  });

  it('names the address where there is no memory', () => {
    const memory = machine();
    const space = AddressSpace.over(memory);
    space.addLinear('direct map', -0x7780_0000_0000, 128 << 20, 0);
    assert.throws(() => memory.read8(2 ** 45), BusError);
    assert.throws(() => space.read32(0x10), PageFaultError);
    assert.throws(() => space.read32(-0x7780_0000_0000 + (64 << 20)), PageFaultError); // mapped, but no RAM behind it
    assert.throws(() => space.write64(-0x7780_0000_0000 + (64 << 20) - 4, 1n), PageFaultError); // the second half is missing
    assert.equal(space.mappedLength(-0x7780_0000_0000 + (64 << 20) - 5000, 9000), 5000);
    assert.throws(
      () => space.writeBytes(-0x7780_0000_0000 + (64 << 20) - 8, new Uint8Array(16).fill(1)),
      PageFaultError,
    );
    assert.equal(space.read64(-0x7780_0000_0000 + (64 << 20) - 8), 0n); // all or nothing
  });
});
