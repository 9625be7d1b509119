/** `kmem replay TRACE.json [--json]`: a recorded run of a real page allocator, repeated in the emulator and compared. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { readTrace, TraceError } from '../recordings/replay';
import type { ReplayResult } from '../recordings/replay_run';
import { replayTrace } from '../recordings/replay_run';

export const usage = 'kmem replay TRACE.json [--json]';
export const help = `${usage}

Loads the state of a page allocator that was recorded on a real kernel into the emulator's memory, repeats the recorded
allocations and frees, and compares every page frame number and the whole state at the end.

  TRACE.json   a recorded trace (may be gzipped)
  --json       print {ops, firstMismatch, finalState, nsPerOp}

Exit status: 0 identical, 1 different, 2 wrong usage or a file that is no trace.
`;

export interface Output {
  out(text: string): void;
  err(text: string): void;
}
const PROCESS: Output = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

/** Runs the command; returns the exit status. */
export function replay(argv: readonly string[], output: Output = PROCESS): number {
  const files: string[] = [];
  let json = false;
  for (const arg of argv) {
    if (arg === '--help' || arg === '-h') {
      output.out(help);
      return 0;
    }
    if (arg === '--json') json = true;
    else if (arg.startsWith('-')) return wrong(output, `unknown option ${arg}; usage: ${usage}`);
    else files.push(arg);
  }
  const [file, second] = files;
  if (file === undefined) return wrong(output, `which trace? usage: ${usage}`);
  if (second !== undefined) return wrong(output, `one trace at a time, ${files.length} given; usage: ${usage}`);
  let result: ReplayResult;
  try {
    result = replayTrace(readTrace(JSON.parse(readText(file))), () => performance.now());
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    return wrong(output, `${file}: ${reason}`);
  }
  output.out(json ? `${JSON.stringify(result)}\n` : inWords(result));
  return result.firstMismatch === null && result.finalState === 'identical' ? 0 : 1;
}

function readText(file: string): string {
  const bytes = readFileSync(file);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** What is wrong with the file; undefined for an error that is ours. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof TraceError) return `no recorded trace: ${error.message}`;
  if (error instanceof SyntaxError) return `no JSON: ${error.message}`;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    if (error.code === 'ENOENT') return 'there is no such file';
    if (error.code === 'EISDIR') return 'it is a folder';
    return `it can't be read (${error.code})`;
  }
  return undefined;
}
function wrong(output: Output, message: string): number {
  output.err(`kmem replay: ${message}\n`);
  return 2;
}

function inWords(result: ReplayResult): string {
  const lines = [`${result.ops} operations, ${result.nsPerOp} ns each`];
  const bad = result.firstMismatch;
  if (bad) {
    lines.push(
      `operation ${bad.index} differs: ${bad.op}; the emulator gave ${bad.got < 0 ? 'NULL' : `pfn ${bad.got}`}`,
    );
  } else if (result.finalState === 'identical') {
    lines.push('every pfn and the whole final state are identical');
  } else {
    lines.push('every pfn is identical; the final state differs:', ...result.finalState.map((d) => `  ${d}`));
  }
  return `${lines.join('\n')}\n`;
}
