/**
 * The linter on drivers of any length: functions with a lock, a branch and an allocation, in chains of calls. Warm, in the thread in which
 * the language server runs it: from the text to what the rules find. Beside it what is installed of the compilers and checkers for C, on the
 * same program as C (they know nothing of contexts). Then how the time grows.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lint } from '../server/language/ide/lint';
import { Analyst } from '../server/lsp/analyst';
import { asC, type Drivers, drivers } from './drivers';
import { type Bench, median, type Row } from './row';

/** milliseconds after which a peer is not waited for any longer */
const PATIENCE = 120_000;
const LINES_OF_A_FUNCTION = 29;
/** milliseconds between two edits */
const PAUSE = 150;
const WARM = 15;
const RUNS = 25;

interface Peer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}
const PEERS: readonly Peer[] = [
  { name: 'gcc -fsyntax-only', command: 'gcc', args: ['-fsyntax-only', '-w'] },
  { name: 'gcc -fanalyzer', command: 'gcc', args: ['-fanalyzer', '-w', '-c', '-o', '/dev/null'] },
  { name: 'clang --analyze', command: 'clang', args: ['--analyze', '-w', '-o', '/dev/null'] },
  { name: 'clangd --check', command: 'clangd', args: [] },
  { name: 'sparse', command: 'sparse', args: [] },
  { name: 'cppcheck', command: 'cppcheck', args: ['--quiet'] },
];
/** Milliseconds that a peer takes; undefined where it is not installed. */
function timeOf({ command, args }: Peer, file: string): number | undefined {
  const start = performance.now();
  const run = spawnSync(command, command === 'clangd' ? [`--check=${file}`] : [...args, file], {
    timeout: PATIENCE,
    stdio: 'ignore',
  });
  const failed = run.error !== undefined && 'code' in run.error ? run.error.code : undefined;
  return failed === 'ENOENT' ? undefined : performance.now() - start;
}
const linesOf = (text: string): number => text.split('\n').length;
const timeFor = (text: string): number => median(() => void lint({ path: 'drivers.kmem', text }), 5, 2);

/** The same in the language server's thread. Each text differs from the one before outside of its bodies, so that it is read as a whole. */
async function timeInThread(text: string): Promise<number> {
  const analyst = new Analyst(
    join(__dirname, '../dist/lintWorker.js'),
    (error) => {
      throw error;
    },
    () => {},
  );
  const working = setInterval(() => {}, PATIENCE);
  const times: number[] = [];
  for (let i = 0; i < WARM + RUNS; i++) {
    const files = [{ path: 'drivers.kmem', text: text + '\n'.repeat(i % 2) }];
    const start = performance.now();
    await analyst.analyse(files, undefined, 'document');
    if (i >= WARM) times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  clearInterval(working);
  analyst.dispose();
  return times.sort((a, b) => a - b)[RUNS >> 1] ?? Number.NaN;
}
async function beside(): Promise<Row[]> {
  const text = drivers(500);
  const value = await timeInThread(text);
  const what = `lint ${linesOf(text)} lines of drivers`;
  const target = '≤ 110 ms';
  const folder = mkdtempSync(join(tmpdir(), 'kmem-bench-'));
  const file = join(folder, 'drivers.c');
  writeFileSync(file, asC(text));
  const peers = PEERS.flatMap((peer) => {
    const time = timeOf(peer, file);
    const name = time !== undefined && time > PATIENCE ? `${peer.name}, given up` : peer.name;
    return time === undefined ? [] : [{ name, value: time }];
  });
  rmSync(folder, { recursive: true });
  if (peers.length === 0) return [{ what, value, unit: 'ms', target }];
  return peers.map((peer) => ({ what, value, unit: 'ms', peer, target }));
}
const VARIANTS: Readonly<Record<string, Drivers>> = {
  'chains of five': {},
  'chains of fifty': { chain: 50 },
  'that call themselves': { recursive: true },
  'with eight locks': { locks: 8 },
};
/** Milliseconds for a thousand lines, and the same for the shortest program of the variant. */
function growth(): Row[] {
  return Object.entries(VARIANTS).flatMap(([name, variant]) => {
    let first: number | undefined;
    return [1_000, 10_000, 100_000].map((lines) => {
      const text = drivers(Math.round(lines / LINES_OF_A_FUNCTION), variant);
      const value = (timeFor(text) * 1000) / linesOf(text);
      first ??= value;
      const peer = { name: '1,000 lines', value: first };
      return { what: `a thousand of ${lines} lines, ${name}`, value, unit: 'ms', peer, target: '≤ 2' };
    });
  });
}

export const bench: Bench = { name: 'linter', run: async () => [...(await beside()), ...growth()] };
