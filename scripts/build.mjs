// Bundles the command line (dist/kmem.js), the language server's analysis thread (dist/lintWorker.js) and the VS Code extension
// (dist/extension.js) and the memory inspector's page (dist/inspector.js and .css) with esbuild.
// `node scripts/build.mjs [--minify] [--watch]`. Beside each bundle lie its source map and, as .meta.json, what it was made of.
import { chmod, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const minify = process.argv.includes('--minify');

/** Marks the bundled command line executable, so that package.json's `bin` works from a checkout. */
const executable = {
  name: 'executable',
  /** @param {esbuild.PluginBuild} build */
  setup(build) {
    build.onEnd(async (result) => {
      if (result.errors.length === 0 && build.initialOptions.outfile) await chmod(build.initialOptions.outfile, 0o755);
    });
  },
};
/** Writes which files went into the bundle: the third-party notices are made from it (scripts/notices.ts). */
const ingredients = {
  name: 'ingredients',
  /** @param {esbuild.PluginBuild} build */
  setup(build) {
    build.onEnd(async ({ metafile }) => {
      const file = build.initialOptions.outfile?.replace(/\.js$/, '.meta.json');
      if (metafile && file) await writeFile(file, JSON.stringify(metafile));
    });
  },
};

/** @type {esbuild.BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  minify,
  metafile: true,
  // Prefer the ES module builds: the UMD ones of some language-server packages hide their requires from a bundler.
  mainFields: ['module', 'main'],
  logLevel: 'warning',
};

/** @type {esbuild.BuildOptions[]} */
const bundles = [
  {
    ...common,
    entryPoints: ['server/cli/main.ts'],
    outfile: 'dist/kmem.js',
    banner: { js: '#!/usr/bin/env node' },
    plugins: [executable, ingredients],
  },
  {
    ...common,
    entryPoints: ['server/lsp/lintWorker.ts'],
    outfile: 'dist/lintWorker.js',
    plugins: [ingredients],
  },
  {
    ...common,
    entryPoints: ['extension/extension.ts'],
    outfile: 'dist/extension.js',
    external: ['vscode'],
    plugins: [ingredients],
  },
  {
    ...common,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    mainFields: ['browser', 'module', 'main'],
    entryPoints: ['webview/main.ts'],
    outfile: 'dist/inspector.js',
    plugins: [ingredients],
  },
];

try {
  if (process.argv.includes('--watch')) {
    for (const options of bundles) await (await esbuild.context({ ...options, logLevel: 'info' })).watch();
  } else {
    await Promise.all(bundles.map((options) => esbuild.build(options)));
  }
} catch {
  process.exitCode = 1; // esbuild has printed what is wrong and where
}
