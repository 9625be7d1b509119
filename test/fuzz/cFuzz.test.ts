/** Random programs against gcc, which must be there; `npm run fuzz:c` runs more. */
import assert from 'node:assert/strict';
import { compilerFor, FUZZED, type FuzzedArch, fuzzC } from './cFuzz';

const PROGRAMS = 30;
const SEED = 20261126;

describe('random programs print in kmem what they print compiled by gcc', () => {
  const check = (arch: FuzzedArch) =>
    it(`${arch}, ${PROGRAMS} programs, seed ${SEED}`, function () {
      if (!compilerFor(arch)) this.skip();
      assert.deepEqual(
        fuzzC(arch, PROGRAMS, SEED).map(({ seed, what }) => `${seed}: ${what}`),
        [],
      );
    }).timeout(60_000);
  for (const arch of FUZZED) check(arch);
});
