/**
 * Reports as real kernels printed them (truth/reports, copied to test/fixtures/reports): a scenario that makes the same mistake prints the
 * same text, as far as reportText.ts compares it. To add one: write what the recording did under its name in SCENARIOS.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kernelText, wholeLines } from '../../server/kernel/printk/printk';
import { PAGE_SCENARIOS } from './recordedPageScenarios';
import { NOT_YET, SCENARIOS } from './recordedScenarios';
import { comparable } from './reportText';
import { run, STOCK } from './scenario';

interface Recorded {
  readonly survived: boolean;
  readonly lines: readonly string[];
}
const FILES = ['debian-6.1.176', 'debian-6.1.176-kmemlab', 'debug-6.1.192'] as const;
const recorded = new Map<string, Recorded & { readonly file: string }>();
for (const file of FILES) {
  const path = join(__dirname, '../fixtures/reports', `${file}.json`);
  const reports: Readonly<Record<string, Recorded>> = JSON.parse(readFileSync(path, 'utf8'));
  for (const [name, report] of Object.entries(reports)) recorded.set(name, { ...report, file });
}
const machineOf = (name: string, file: string): { readonly arch: 'x86_64' | 'i386_pae'; readonly machine: string } => ({
  arch: name.startsWith('i386-pae') ? 'i386_pae' : 'x86_64',
  machine: file.startsWith('debian') ? STOCK : 'config DEBUG_VM = y;',
});

describe('recorded reports', () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    it(name, () => {
      const report = recorded.get(name);
      assert.ok(report, `${name} is not recorded`);
      const text = scenario.replace(/^\t/gm, '').trim();
      const ran = run(text, { ...machineOf(name, report.file), maxSteps: 200_000 });
      const printed = [...wholeLines(ran.log)].flatMap((entry) => kernelText(entry));
      const own = printed.filter((line) => !line.startsWith('lab:'));
      // a recording ends where the machine stopped; the emulated one goes on
      const wanted = comparable(report.lines);
      const got = comparable(own).slice(0, report.survived ? undefined : wanted.length);
      assert.deepEqual(got, wanted, `${text}\n${printed.join('\n')}`);
    });
  }
  it('each is compared, or has a reason why it is not', () => {
    for (const name of recorded.keys())
      assert.ok(
        name in SCENARIOS || name in PAGE_SCENARIOS || name in NOT_YET,
        `${name}: neither in SCENARIOS nor in PAGE_SCENARIOS nor in NOT_YET`,
      );
    for (const name of Object.keys(NOT_YET)) assert.ok(recorded.has(name) && !(name in SCENARIOS), name);
  });
});
