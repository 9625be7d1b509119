/** The answers that the inspector's component tests show are what sessions answer. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { RECORDINGS } from '../../webview/recorded';
import { answersFile, answersText, record } from '../../webview/recordings';

describe('recorded answers of the inspector', () => {
  for (const recording of RECORDINGS)
    it(recording.name, async () => {
      const text = answersText(await record(recording));
      assert.ok(readFileSync(answersFile(recording.name), 'utf8') === text, 'the answers differ: npm run goldens');
    });
});
