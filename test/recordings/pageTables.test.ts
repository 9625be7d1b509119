/** Recorded page tables and stacks of small kernels, x86_64 and i386, repeated: test/fixtures/allocators. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replayRecording } from '../../server/recordings/replay_formats';

const FOLDER = join(__dirname, '../fixtures/allocators');
interface Recording {
  lines: string[];
}
const read = (file: string): Recording => JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
const MOMENTS = /^pt-.*-(running|late_initcall)\.json$/;

describe('recorded stacks', () => {
  for (const file of readdirSync(FOLDER).filter((name) => /stacks.*\.json$/.test(name))) {
    it(file, () => {
      const { states, finalState } = replayRecording(read(file), () => 0);
      assert.equal(finalState, 'identical');
      assert.ok(states > 150, `${states} values were compared`);
    });
  }
  it('what differs is told', () => {
    assert.deepEqual(changed('stacks-1cpu.json', 'DF=fffffe0000009000', 'DF=fffffe0000008000'), [
      'CPU 0, DF: fffffe0000009000-fffffe000000b000, recorded fffffe0000008000-fffffe000000b000',
    ]);
  });
});

/** Changes one line of a recording, and gives the differences. */
function changed(file: string, from: string, to: string): readonly string[] {
  const recording = read(file);
  const at = recording.lines.findIndex((line) => line.includes(from));
  assert.ok(at >= 0, from);
  recording.lines[at] = (recording.lines[at] as string).replace(from, to);
  const { finalState } = replayRecording(recording, () => 0);
  assert.ok(finalState !== 'identical', 'a changed line is noticed');
  return finalState;
}

describe('recorded page tables', () => {
  for (const file of readdirSync(FOLDER).filter((name) => MOMENTS.test(name))) {
    it(file, () => {
      const { states, finalState } = replayRecording(read(file), () => 0);
      assert.equal(finalState, 'identical');
      assert.ok(states > 2000, `${states} entries were compared`);
    });
  }

  it('what differs is told with its address', () => {
    const running = 'pt-256-running.json';
    assert.deepEqual(changed(running, '1000 101 9a000', '1000 103 9a000'), [
      'ffff88800009a000: 1000 101 9a000, recorded 1000 103 9a000',
    ]);
    assert.deepEqual(changed(running, 'P 273 1c00067', 'P 273 1c00063'), [
      'entry 273 of the top level: table 67, recorded table 63',
    ]);
    assert.deepEqual(changed(running, 'pmd[17]@1c01088=22e8063', 'pmd[17]@1c01088=22e8067'), [
      'direct-after-ro: pgd[273]=67 pud[0]=67 pmd[17]=63 pte[229]=8000000000000161, recorded pgd[273]=67 pud[0]=67 pmd[17]=67 pte[229]=8000000000000161',
    ]);
    assert.deepEqual(changed(running, 'high_memory=ffff88800ffe0000', 'high_memory=ffff88800ffdf000'), [
      'high_memory: ffff88800ffe0000, recorded ffff88800ffdf000',
    ]);
    assert.deepEqual(changed('pt-i386-512-running.json', 'P 769 4001e3', 'P 769 4001e1'), [
      'entry 769 of the top level: 400000 1e3, recorded 400000 1e1',
    ]);
  });
});
