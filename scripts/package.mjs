// Packages the extension: dist/kmem.vsix (`npm run package`). Bundles first; everything is in the bundles, so no dependencies are packed.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const vsce = createRequire(import.meta.url).resolve('@vscode/vsce/vsce');

/** Runs a Node program; where it fails, so do we: it has said why. */
function run(/** @type {string[]} */ ...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

run(join(root, 'scripts', 'build.mjs'));
// The links of README.md stay relative: there is no public repository that they could be made absolute with.
const options = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
run(vsce, 'package', ...options, '--out', join(root, 'dist', 'kmem.vsix'));
