/** Both servers against random messages and broken bytes. `npm run fuzz` sends more. */
import assert from 'node:assert/strict';
import { fuzzDap } from './dapFuzz';
import { fuzzLsp } from './lspFuzz';
import type { Findings } from './peer';

const MESSAGES = 1500;
const SEED = 20261126;

describe('random messages and broken framing: each is answered or skipped, and the session is usable afterwards', () => {
  const check = (what: string, run: (messages: number, seed: number) => Promise<Findings>) =>
    it(`${what}, ${MESSAGES} messages, seed ${SEED}`, async () => {
      const found = await run(MESSAGES, SEED);
      assert.deepEqual(found.failedInside, []);
      assert.equal(found.unanswered, 0);
      assert.equal(found.answeredTwice, 0);
      assert.ok(found.lastMB < 2 * found.firstMB + 200, `${found.firstMB} MB, then ${found.lastMB} MB`);
    }).timeout(60_000);
  check('debug adapter', fuzzDap);
  check('language server', fuzzLsp);
});
