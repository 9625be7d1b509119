/** Files as drivers are written (test/fixtures/drivers): each must check without an error and without a warning, on every machine. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lint } from '../../server/language/ide/lint';

const folder = join(__dirname, '../fixtures/drivers');

describe('code of drivers', () => {
  for (const name of readdirSync(folder))
    it(name, () => {
      const text = readFileSync(join(folder, name), 'utf8');
      for (const arch of ['x86_64', 'i386', 'i386_pae']) {
        const { diagnostics } = lint({ path: name, text: `${text}\nmachine { arch = ${arch}; }\n` });
        assert.deepEqual(
          diagnostics
            .filter((d) => d.severity === 'error' || d.severity === 'warning')
            .map((d) => `${arch} ${text.slice(0, d.span.start).split('\n').length}: ${d.message}`),
          [],
        );
      }
    });
});
