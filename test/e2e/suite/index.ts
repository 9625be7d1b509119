// Mocha inside VS Code's extension host, as @vscode/test-electron would start it: the extension through the API that other extensions
// have. Bundled and started by ../extensionHost.test.ts, which also reads the report.
import Mocha from 'mocha';

/** Name of the line on the console with which the suite reports; JSON follows. */
export const REPORT = 'kmem-suite-report';

/** What the suite reports of each test. */
export interface SuiteResult {
  title: string;
  /** The failure's text, or nothing. */
  error?: string;
}

/** Called by the extension host. Resolves when all has passed. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, reporter: 'min' });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  await import('./extension');
  const results: SuiteResult[] = [];
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on('pass', (test) => results.push({ title: test.fullTitle() }))
      .on('fail', (test, error) => results.push({ title: test.fullTitle(), error: error.stack ?? String(error) }));
  });
  console.log(`${REPORT} ${JSON.stringify(results)}`);
  if (results.some(({ error }) => error !== undefined)) throw new Error('the suite failed');
}
