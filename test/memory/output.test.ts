/** The machine's output: tied to the journal's time, within its budget. */
import assert from 'node:assert/strict';
import type { Budget } from '../../server/memory/journal';
import { Memory } from '../../server/memory/memory';
import { Output } from '../../server/memory/output';

const BASE = 0x10_0000;
const KB = 1 << 10;
const MB = 1 << 20;

interface Line {
  readonly position: number;
  readonly text: string;
}
/** A machine that writes and prints `1 << 10` bytes a line. */
class Printer {
  readonly memory: Memory;
  readonly output: Output<Line>;
  readonly dropped: string[] = [];
  private count = 0;

  constructor(budget: Budget) {
    this.memory = new Memory(budget);
    this.memory.addRam(0, 64 * MB);
    this.output = new Output<Line>(
      this.memory.journal,
      () => KB,
      (line) => this.dropped.push(line.text),
    );
    this.memory.journal.enabled = true;
  }
  /** @param writes words written before the line */
  print(writes = 1): void {
    for (let i = 0; i < writes; i++) this.memory.write32(BASE, i);
    this.output.push({ position: this.memory.journal.position, text: String(this.count++) });
  }
  texts(): string[] {
    return this.output.held.map((line) => line.text);
  }
}

describe('output', () => {
  it('is cut with the future, and an entry at the cursor stays', () => {
    const p = new Printer({});
    for (let i = 0; i < 5; i++) p.print();
    const { journal } = p.memory;
    journal.moveTo(3);
    assert.deepEqual([p.output.end, p.output.endAt(3)], [5, 3], 'the future is there until it is cut');
    journal.cut();
    assert.deepEqual(p.texts(), ['0', '1', '2']);
    p.print();
    assert.deepEqual(p.texts(), ['0', '1', '2', '5']);
  });
  it('of one moment is cut or kept together', () => {
    const p = new Printer({});
    p.print();
    p.print(0);
    p.print();
    p.memory.journal.moveTo(1);
    p.memory.journal.cut();
    assert.deepEqual(p.texts(), ['0', '1']);
  });
  const cases: [what: string, budget: Budget, lines: number, writes: number, held: [least: number, most: number]][] = [
    ['all of it while there is room', { memoryBytes: 64 * MB }, 4000, 1, [4000, 4000]],
    ['much output and few writes: within the budget', { memoryBytes: 8 * MB }, 30_000, 1, [6000, 8 * KB]],
    ['little from before the horizon', { memoryBytes: 64 * MB }, 12_000, 1000, [6500, 7500]],
    ['few lines and many writes: all', { memoryBytes: 8 * MB }, 1000, 3000, [1000, 1000]],
    ['a small journal leaves the rest', { memoryBytes: 16 * MB, journalBytes: 4 * MB }, 40_000, 20, [12_000, 14_000]],
    ['the smallest budget keeps some', { memoryBytes: MB }, 10_000, 1, [256, KB]],
  ];
  for (const [what, budget, lines, writes, [least, most]] of cases)
    it(`keeps ${what}`, () => {
      const p = new Printer(budget);
      const { journal } = p.memory;
      let highest = 0;
      for (let i = 0; i < lines; i++) {
        p.print(writes);
        highest = Math.max(highest, journal.bytes);
      }
      const held = p.texts();
      assert.ok(held.length >= least && held.length <= most, `${held.length} lines are held`);
      assert.equal(held.at(-1), String(lines - 1), 'the newest is always there');
      assert.deepEqual(
        [held[0], p.output.start, p.dropped.length],
        [String(lines - held.length), lines - held.length, lines - held.length],
      );
      // a segment and a chunk of marks are there in any case
      const least2 = 2 * MB;
      assert.ok(highest <= Math.max(budget.memoryBytes ?? 0, least2) + MB, `${highest} bytes`);
      for (const index of [p.output.start, p.output.end - 1]) assert.equal(p.output.at(index)?.text, String(index));
      assert.equal(p.output.at(p.output.start - 1), undefined);
    });
  it('bytes of the journal are the same after any walk', () => {
    const { memory } = new Printer({});
    const { journal } = memory;
    for (let i = 0; i < 8; i++) {
      memory.write32(BASE + 4096 * (i & 3), i + 1);
      memory.clearFrames((BASE >> 12) + (i & 3), 1);
    }
    const bytes = journal.bytes;
    const seen = new Set<number>();
    for (const position of [3, 0, 9, 1, 16]) {
      journal.moveTo(position);
      seen.add(journal.bytes);
    }
    assert.ok(seen.size > 1, 'what the blocks hold differs from moment to moment');
    assert.equal(journal.bytes, bytes);
    journal.moveTo(5);
    const inside = journal.bytes;
    journal.moveTo(2);
    journal.moveTo(5);
    assert.equal(journal.bytes, inside);
  });
});
