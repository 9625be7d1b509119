// `npm test`: mocha over all test files, in two processes side by side. What the first one says is shown as it comes, the second's after it.
// Two whole processes and not `mocha --parallel`: in those, an error between two files ends a worker, and the tests of a file are lost.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(__dirname, '..');
const PROCESSES = 2;
/** they need VS Code's server or a browser: npm run test:e2e */
const ELSEWHERE = ['e2e', 'webview'];

function testFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return ELSEWHERE.includes(entry.name) ? [] : testFiles(join(folder, entry.name));
    return entry.name.endsWith('.test.ts') ? [relative(root, join(folder, entry.name))] : [];
  });
}
/** The process that runs a file: they are dealt there and back, since neighbours in a folder take alike. */
function processOf(file: number): number {
  const turn = file % (2 * PROCESSES);
  return turn < PROCESSES ? turn : 2 * PROCESSES - 1 - turn;
}
/** The code with which a process ends; 1 if it was killed. */
const ended = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    child.on('close', (code) => resolve(code ?? 1));
  });

async function main(): Promise<void> {
  const files = testFiles(join(root, 'test')).sort();
  const mocha = require.resolve('mocha/bin/mocha.js');
  const color = process.stdout.isTTY ? ['--color'] : [];
  const said: Buffer[][] = [];
  const codes = Array.from({ length: PROCESSES }, (_, n) => {
    const own = files.filter((_file, i) => processOf(i) === n);
    const child = spawn(process.execPath, [mocha, ...color, ...own], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const kept: Buffer[] = [];
    said.push(kept);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        if (n === 0) process.stdout.write(data);
        else kept.push(data);
      });
    }
    return ended(child);
  });
  const all = await Promise.all(codes);
  for (const kept of said) process.stdout.write(Buffer.concat(kept));
  process.exitCode = Math.max(...all);
}
void main();
