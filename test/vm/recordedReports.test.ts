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
/** The machine that a report was recorded on, as far as its reports show it. */
function machineOf(name: string, file: string): string {
  const [arch, memory] = name.startsWith('i386-pae') ? ['i386_pae', '1024M'] : ['x86_64', '256M'];
  const config = file.startsWith('debian') ? STOCK : 'config DEBUG_VM = y;';
  // sd_: recorded with slub_debug
  const debug = name.startsWith('sd_') ? 'slub_debug = "FZPU";' : '';
  return `machine { arch = ${arch}; memory = ${memory}; cpus = 1; ${config} ${debug} }`;
}
/** `said`: the scenario prints what the recorder printed. */
function check(name: string, scenario: string, said: boolean): void {
  const report = recorded.get(name);
  assert.ok(report, `${name} is not recorded`);
  const ran = run(`${machineOf(name, report.file)}\n${scenario}`, { maxSteps: 200_000 });
  const printed = [...wholeLines(ran.log)].flatMap((entry) => kernelText(entry));
  const own = said ? printed : printed.filter((line) => !line.startsWith('lab:'));
  // a recording ends where the machine stopped; the emulated one goes on
  const wanted = comparable(report.lines, said);
  const got = comparable(own, said).slice(0, report.survived ? undefined : wanted.length);
  assert.deepEqual(got, wanted, `${scenario}\n${printed.join('\n')}`);
}

describe('recorded reports', () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) it(name, () => check(name, scenario, false));
  for (const [name, body] of Object.entries(PAGE_SCENARIOS))
    it(name, () => check(name, `task insmod { ${body} }`, true));
  it('each is compared, or has a reason why it is not', () => {
    const compared = [...Object.keys(SCENARIOS), ...Object.keys(PAGE_SCENARIOS)];
    assert.deepEqual([...compared, ...Object.keys(NOT_YET)].sort(), [...recorded.keys()].sort());
  });
});
