// `npm start` without an installed VS Code: it prints a URL, and there is a workbench behind it, with kmem and an example open.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { launchBrowser, root } from './host';

describe('npm start', () => {
  it("serves VS Code on 127.0.0.1 with the examples, and ends on Ctrl+C's signal", async () => {
    const browser = await launchBrowser();
    const args = ['--import', 'tsx', join(root, 'scripts', 'start.ts'), '--server', '--no-open', '--port', '0'];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
    try {
      let output = '';
      const url = await new Promise<string>((resolve, reject) => {
        const collect = (chunk: Buffer) => {
          output += chunk;
          const found = /ready: (http:\S+)\n/.exec(output);
          if (found?.[1]) resolve(found[1]);
        };
        child.stdout.on('data', collect);
        child.stderr.on('data', collect);
        exited.then((code) => reject(new Error(`it ended with ${code} and printed:\n${output}`)));
      });
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/\?tkn=\w+&/);

      const bare = await fetch(new URL('/', url));
      assert.equal(bare.status, 403, 'without the token nobody gets in');

      const page = await browser.newPage();
      await page.goto(url);
      await page.locator('.tab[aria-label*="nic-rx.kmem"]').first().waitFor({ timeout: 60_000 });
      await page.locator('.monaco-editor .view-line .mtk1').first().waitFor();
      await page.locator('.statusbar-item').filter({ hasText: 'kmem scenario' }).waitFor();
    } finally {
      child.kill('SIGINT');
      await exited;
      await browser.close();
    }
    assert.equal(await exited, 0);
  });
});
