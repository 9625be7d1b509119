/**
 * Runs the benchmarks and prints one table. `npm run bench [-- WORD… [MINUTES]]`: only those whose file name contains one of the words.
 * Peers (C twins) are measured in the same run: read the ratios, not the times.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { Bench, Row } from './row';

const given = process.argv.slice(2);
const words = given.filter((w) => !/^[\d.]+$/.test(w));
const minutes = given.filter((w) => !words.includes(w)).map(Number)[0];
const files = readdirSync(__dirname)
  .filter((f) => f.endsWith('.bench.ts'))
  .filter((f) => words.length === 0 || words.some((w) => f.toLowerCase().includes(w.toLowerCase())))
  .sort();

/** In a bundle, too, each file knows its own place. */
const placed: Plugin = {
  name: 'placed',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const place = `const __dirname = ${JSON.stringify(dirname(path))}, __filename = ${JSON.stringify(path)};`;
      return { contents: place + (await readFile(path, 'utf8')), loader: 'ts' };
    });
  },
};
/** Bundles a benchmark as the product is bundled, so that it measures what users run, and loads it. */
async function load(file: string): Promise<Bench> {
  const entry = join(__dirname, file);
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    write: false,
    logLevel: 'error',
    packages: 'external',
    plugins: [placed],
  });
  const module: { exports: { bench?: Bench } } = { exports: {} };
  new Function('module', 'exports', 'require', result.outputFiles[0]?.text ?? '')(module, module.exports, require);
  if (!module.exports.bench) throw new Error(`${file} exports no "bench"`);
  return module.exports.bench;
}

const number = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

function line(row: Row): string {
  const cells = [row.what.padEnd(52), `${number(row.value)} ${row.unit}`.padStart(16)];
  if (row.peer) {
    cells.push(`${row.peer.name}: ${number(row.peer.value)}`.padStart(20));
    cells.push(`ratio ${number(row.value / row.peer.value)}`.padStart(12));
  }
  if (row.target) cells.push(`  (target: ${row.target})`);
  return `  ${cells.join(' ')}`;
}

async function main(): Promise<void> {
  if (files.length === 0) {
    process.stderr.write(`no benchmark matches ${words.join(' ')}\n`);
    process.exitCode = 2;
    return;
  }
  for (const file of files) {
    try {
      const bench = await load(file);
      process.stdout.write(`${bench.name}\n`);
      for (const row of await bench.run(minutes)) process.stdout.write(`${line(row)}\n`);
    } catch (error) {
      process.stdout.write(`${file}: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  }
}

void main();
