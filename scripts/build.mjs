// Bundles the command line (dist/kmem.js), the language server's analysis thread (dist/lintWorker.js) and the VS Code extension
// (dist/extension.js) and the memory inspector's page (dist/inspector/: its script, a style sheet, and parts that the script loads when they
// are needed) with esbuild.
// `node scripts/build.mjs [--minify] [--watch]`. Beside each bundle lie its source map and, as .meta.json, what it was made of.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
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

/** What is loaded when it is needed stays outside: the page's import map says where the parts are (extension/inspectorPage.ts). */
const loadedLater = {
  name: 'loaded later',
  /** @param {esbuild.PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: `kmem/${basename(path)}`, external: true } : undefined,
    );
  },
};
/** Where the page's script leaves what it shares with the parts. */
const SHARED = 'globalThis.kmemShared';
/**
 * Makes the page's script: its entry, and what that shares with the parts. It is put into the page's text, so that
 * the first picture waits for no file. The parts go on importing what is shared by its name: that file hands on what the script has.
 */
const parts = {
  name: 'parts',
  /** @param {esbuild.PluginBuild} build */
  setup(build) {
    build.onEnd(async ({ metafile }) => {
      const { outdir } = build.initialOptions;
      if (!metafile || !outdir) return;
      const [entry] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === PAGE) ?? [];
      if (!entry) throw new Error(`${PAGE} has not been bundled`);
      /** what the script has besides the entry: all that this imports, and what that imports */
      const shared = new Set([entry]);
      for (const path of shared)
        for (const { path: imported, kind } of metafile.outputs[path]?.imports ?? [])
          if (kind === 'import-statement') shared.add(imported);
      shared.delete(entry);
      const from = (/** @type {string} */ path) => JSON.stringify(`./${basename(path)}`);
      const files = [...shared];
      await esbuild.build({
        ...page,
        format: 'iife',
        stdin: {
          contents: [
            ...files.map((path, i) => `import * as shared${i} from ${from(path)};`),
            `${SHARED} = [${files.map((_, i) => `shared${i}`)}];`,
            `import ${from(entry)};`,
          ].join('\n'),
          resolveDir: join(root, outdir),
        },
        plugins: [loadedLater],
        outfile: entry,
        allowOverwrite: true,
        sourcemap: false,
      });
      const text = await readFile(join(root, entry), 'utf8');
      const end = /<\/script|<!--(?=.*<script)/is.exec(text);
      if (end) throw new Error(`${entry} has ${end[0]}, which means something in the text of a page`);
      for (const [i, path] of files.entries())
        await writeFile(join(root, path), handedOn(i, metafile.outputs[path]?.exports ?? []));
      for (const path of [entry, ...files]) await rm(join(root, `${path}.map`));
    });
  },
};
/** A module that exports what the page's script has of a file that it shares with parts. @param {number} file @param {string[]} names */
const handedOn = (file, names) =>
  `const s=${SHARED}[${file}];${names.map((name, i) => `const v${i}=s.${name};`).join('')}export{${names.map((name, i) => `v${i} as ${name}`).join(',')}};\n`;

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
