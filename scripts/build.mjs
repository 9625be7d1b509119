// Bundles the command line (dist/kmem.js), the language server's analysis thread (dist/lintWorker.js) and the VS Code extension
// (dist/extension.js) and the memory inspector's page (dist/inspector/: a script, a style sheet, and parts that the script loads when they
// are needed) with esbuild.
// `node scripts/build.mjs [--minify] [--watch]`. Beside each bundle lie its source map and, as .meta.json, what it was made of.
import { chmod, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const minify = process.argv.includes('--minify');
/** the memory inspector's page */
const PAGE = 'webview/main.ts';

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
      const { outfile, outdir } = build.initialOptions;
      const file = outdir ? `${outdir}.meta.json` : outfile?.replace(/\.js$/, '.meta.json');
      if (metafile && file) await writeFile(file, JSON.stringify(metafile));
    });
  },
};

/** What is loaded when it is needed stays outside. */
const loadedLater = {
  name: 'loaded later',
  /** @param {esbuild.PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};
/**
 * Makes one file of what the page needs at its start, its entry and what that shares with the parts (webview/ui/shared.ts), so that it
 * waits for no second one; and writes which it is (dist/inspector/parts.json). Parts go on importing it by the name of what is shared.
 */
const parts = {
  name: 'parts',
  /** @param {esbuild.PluginBuild} build */
  setup(build) {
    build.onEnd(async ({ metafile }) => {
      const { outdir } = build.initialOptions;
      if (!metafile || !outdir) return;
      const [entry, output] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === PAGE) ?? [];
      const shared = (output?.imports ?? []).filter(({ kind }) => kind === 'import-statement').map(({ path }) => path);
      const [script] = shared;
      if (!entry || !script || shared.length > 1)
        throw new Error(
          `the page's entry shares ${shared.join(', ')} with other parts: webview/ui/shared.ts makes one of them`,
        );
      const names = [script, entry].map((path) => JSON.stringify(`./${basename(path)}`));
      await esbuild.build({
        ...page,
        stdin: { contents: `export * from ${names[0]}; import ${names[1]};`, resolveDir: join(root, outdir) },
        plugins: [loadedLater],
        outfile: script,
        allowOverwrite: true,
      });
      for (const path of [entry, `${entry}.map`]) await rm(join(root, path));
      const list = { script: basename(script), style: basename(output?.cssBundle ?? '') };
      await writeFile(join(root, outdir, 'parts.json'), JSON.stringify(list));
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

/** @type {esbuild.BuildOptions} */
const page = {
  ...common,
  platform: 'browser',
  format: 'esm',
  // the editor waits for it
  minify: true,
  target: 'es2022',
  mainFields: ['browser', 'module', 'main'],
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
    ...page,
    splitting: true,
    entryPoints: { inspector: PAGE },
    outdir: 'dist/inspector',
    plugins: [ingredients, parts],
  },
];

try {
  // its parts are named by their contents: those of earlier builds would stay
  await rm(join(root, 'dist/inspector'), { recursive: true, force: true });
  if (process.argv.includes('--watch')) {
    for (const options of bundles) await (await esbuild.context({ ...options, logLevel: 'info' })).watch();
  } else {
    await Promise.all(bundles.map((options) => esbuild.build(options)));
  }
} catch {
  process.exitCode = 1; // esbuild has printed what is wrong and where
}
