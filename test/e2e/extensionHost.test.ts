// Runs suite/ with mocha inside VS Code's extension host, on the extension under development.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Rig, root, startRig } from './host';
import { REPORT, type SuiteResult } from './suite/index';

describe('the extension host', () => {
  let rig: Rig;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kmem-suite-'));
    rig = await startRig({ install: false });
  });
  after(async () => {
    await rig?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('passes its suite', async () => {
    const suite = join(root, 'dist', 'e2e-suite.js');
    await build({
      entryPoints: [join(__dirname, 'suite', 'index.ts')],
      outfile: suite,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['vscode', 'mocha', 'playwright-core'],
      logLevel: 'error',
    });
    const page = await rig.browser.newPage();
    const lines: string[] = [];
    const exit = new Promise<number>((resolve) => void page.exposeFunction('codeAutomationExit', resolve));
    await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => lines.push(args.join(' ')));
    const remote = (path: string) => `vscode-remote://${rig.authority}${path}`;
    const url = new URL(`http://${rig.authority}/`);
    url.searchParams.set('folder', join(root, 'examples'));
    url.searchParams.set(
      'payload',
      JSON.stringify([
        ['extensionDevelopmentPath', remote(root)],
        ['extensionTestsPath', remote(suite.replace(/\.js$/, ''))],
        ['skipWelcome', 'true'],
      ]),
    );
    await page.goto(url.href);
    const code = await exit;
    const report = lines.find((line) => line.includes(REPORT));
    assert.ok(report, `no report of the suite; the workbench said:\n${lines.join('\n')}`);
    const results: SuiteResult[] = JSON.parse(report.slice(report.indexOf('[')));
    for (const { title, error } of results) console.log(`      ${error === undefined ? '✔' : '✘'} ${title}`);
    const failures = results.filter(({ error }) => error !== undefined).map(({ title, error }) => `${title}: ${error}`);
    assert.deepEqual(failures, []);
    assert.equal(code, 0);
    assert.ok(results.length > 0);
  });
});
