/** What words held over a stretch of the journal: compared with what memory holds when the cursor is moved there. */
import assert from 'node:assert/strict';
import { Memory } from '../../server/memory/memory';
import { wordHistory } from '../../server/memory/wordHistory';
import { Dice } from '../generate';

const BASE = 0x10000;
const FRAMES = 3;
const WORDS = [0, 1, 5, 1023, 1024, 2047, 2900];

function machine(budget = {}): Memory {
  const memory = new Memory(budget);
  memory.addRam(BASE, BASE + FRAMES * 4096);
  memory.contiguous(BASE >> 12, (BASE >> 12) + FRAMES);
  memory.word(BASE);
  memory.journal.enabled = true;
  return memory;
}
function write(memory: Memory, dice: Dice): void {
  const at = BASE + 4 * dice.pick(WORDS);
  const value = dice.below(2 ** 31);
  switch (dice.below(6)) {
    case 0:
      memory.write8(at + dice.below(4), value);
      break;
    case 1:
      memory.fill(BASE + 4 * dice.below(2000), 4096, value & 0xff);
      break;
    case 2:
      memory.writeBytes(
        at,
        Uint8Array.from({ length: 300 }, (_, i) => i + value),
      );
      break;
    case 3:
      memory.clearFrames((BASE >> 12) + dice.below(FRAMES), 1);
      break;
    default:
      memory.write32(at, value);
  }
}
/** The history of WORDS over a stretch, with the cursor at a position, gives what memory holds at each position of it. */
function check(memory: Memory, cursor: number, from: number, to: number): void {
  const { journal } = memory;
  const words = WORDS.map((word) => memory.word(BASE + 4 * word));
  journal.moveTo(cursor);
  const before = memory.hash();
  const history = wordHistory(memory, words, from, to);
  assert.equal(journal.position, cursor);
  assert.equal(memory.hash(), before);
  const values = [...history.initial];
  let n = 0;
  for (let position = from; position <= to; position++) {
    for (; n < history.count && history.positionOf(n) <= position; n++) values[history.wordOf(n)] = history.valueOf(n);
    journal.moveTo(position);
    assert.deepEqual(
      values,
      words.map((word) => memory.words[word]),
      `at ${position} of ${from} to ${to}, with the cursor at ${cursor}`,
    );
  }
  assert.equal(n, history.count);
}

describe('the history of words', () => {
  for (let seed = 1; seed <= 40; seed++)
    it(`random writes, seed ${seed}`, () => {
      const dice = new Dice(seed);
      const memory = machine();
      const { journal } = memory;
      for (let i = 0; i < 60; i++) write(memory, dice);
      if (seed % 3 === 0) {
        journal.moveTo(dice.below(journal.end));
        journal.cut();
        for (let i = 0; i < 20; i++) write(memory, dice);
      }
      for (let i = 0; i < 8; i++) {
        const from = dice.below(journal.end + 1);
        check(memory, dice.below(journal.end + 1), from, from + dice.below(journal.end - from + 1));
      }
      check(memory, journal.end, 0, journal.end);
    });
  it('across segments, the oldest of which are gone', () => {
    const memory = machine({ memoryBytes: 2 << 20 });
    const { journal } = memory;
    const word = memory.word(BASE + 4096);
    for (let i = 0; i < 400_000; i++) memory.write32(i % 1000 === 0 ? BASE + 4096 : BASE, i);
    assert.ok(journal.horizon > 0);
    for (const cursor of [journal.horizon, journal.end - 70_000, journal.end]) {
      journal.moveTo(cursor);
      const { count, initial } = wordHistory(memory, [word], journal.horizon, journal.end);
      assert.equal(count, Math.floor((journal.end - 1) / 1000) - Math.floor((journal.horizon - 1) / 1000));
      assert.equal(initial[0], Math.floor((journal.horizon - 1) / 1000) * 1000);
      const late = wordHistory(memory, [word], journal.end - 500, journal.end);
      assert.deepEqual([late.count, late.initial[0]], [0, 399_000]);
    }
    assert.throws(() => wordHistory(memory, [word], 0, 5), RangeError);
  });
});
