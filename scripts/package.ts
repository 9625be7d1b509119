// Packages the extension: dist/kmem.vsix (`npm run package`). Bundles first; everything is in the bundles, so no dependencies are packed.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noticesOf } from './notices';
import { packagedReadme } from './packagedReadme';

const root = join(__dirname, '..');
const vsce = require.resolve('@vscode/vsce/vsce');

/** Runs a Node program; if it fails this one ends too: the program has printed the reason. */
function run(...args: string[]): void {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

run(join(root, 'scripts', 'build.mjs'), '--minify');
writeFileSync(join(root, 'dist', 'ThirdPartyNotices.txt'), noticesOf(root));
writeFileSync(join(root, 'dist', 'README.md'), packagedReadme(root, readFileSync(join(root, 'README.md'), 'utf8')));
run(vsce, 'package', '--no-dependencies', '--readme-path', 'dist/README.md', '--out', join('dist', 'kmem.vsix'));
