/**
 * The linter on drivers of any length: functions with a lock, a branch and an allocation, in chains of calls. Warm, in the thread in which
 * the language server runs it: from the text to what the rules find. Beside it what is installed of the compilers and checkers for C, on the
 * same program as C (they know nothing of contexts). Then how the time grows, in the same thread.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Analyst } from '../server/lsp/analyst';
import { asC, type Drivers, drivers } from './drivers';
import type { Bench, Row } from './row';

/** milliseconds after which a peer is not waited for any longer */
const PATIENCE = 120_000;
const LINES_OF_A_FUNCTION = 29;
/** milliseconds between two edits */
const PAUSE = 150;
/** runs that are timed, and those before them */
interface Rounds {
  readonly warm: number;
  readonly timed: number;
}
const OF_ONE: Rounds = { warm: 15, timed: 25 };
const OF_MANY: Rounds = { warm: 4, timed: 9 };

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

/**
 * Milliseconds in the language server's thread: the median. Each text differs from the one before outside of its bodies, so that it is read
 * as a whole.
 */
async function timeFor(analyst: Analyst, text: string, { warm, timed }: Rounds): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < warm + timed; i++) {
    const files = [{ path: 'drivers.kmem', text: text + '\n'.repeat(i % 2) }];
    const start = performance.now();
    await analyst.analyse(files, undefined, 'document');
    if (i >= warm) times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  return times.sort((a, b) => a - b)[timed >> 1] ?? Number.NaN;
}
async function beside(analyst: Analyst): Promise<Row[]> {
  const text = drivers(500);
  const value = await timeFor(analyst, text, OF_ONE);
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
async function growth(analyst: Analyst): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, variant] of Object.entries(VARIANTS)) {
    let first: number | undefined;
    for (const lines of [1_000, 10_000, 100_000]) {
      const text = drivers(Math.round(lines / LINES_OF_A_FUNCTION), variant);
      const value = ((await timeFor(analyst, text, OF_MANY)) * 1000) / linesOf(text);
      first ??= value;
      const peer = { name: '1,000 lines', value: first };
      rows.push({ what: `a thousand of ${lines} lines, ${name}`, value, unit: 'ms', peer, target: '≤ 2' });
    }
  }
  return rows;
}
async function run(): Promise<Row[]> {
  const script = join(__dirname, '../dist/lintWorker.js');
  const fail = (error: Error): never => {
    throw error;
  };
  const analyst = new Analyst(script, fail, () => {});
  const working = setInterval(() => {}, PATIENCE);
  const rows = [...(await beside(analyst)), ...(await growth(analyst))];
  clearInterval(working);
  analyst.dispose();
  return rows;
}

export const bench: Bench = { name: 'linter', run };
