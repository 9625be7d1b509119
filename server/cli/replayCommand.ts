/** `kmem replay TRACE.json [--json]`: a recorded run of a real page allocator, repeated in the emulator and compared. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { readTrace, TraceError } from '../recordings/replay';
import type { ReplayResult } from '../recordings/replay_run';
import { replayTrace } from '../recordings/replay_run';
import { type Command, UsageError } from './command';
import { fileProblem } from './scenario';

export const replay: Command = {
  usage: 'TRACE.json [--json]',
  options: { json: { type: 'boolean', help: 'print {ops, firstMismatch, finalState, nsPerOp}' } },
  details: `Loads the state of a page allocator that was recorded on a real kernel into the emulator's memory, repeats the recorded
allocations and frees, and compares every page frame number and the whole state at the end. The trace may be gzipped.
Exit status: 0 identical, 1 different, 2 for wrong usage or a file that is not a trace.`,
  positionals: { min: 1, max: 1, names: 'TRACE.json' },
  run(values, [file = ''], io) {
    const result = resultOf(file);
    io.out(values.json ? `${JSON.stringify(result)}\n` : asText(result));
    return result.firstMismatch === null && result.finalState === 'identical' ? 0 : 1;
  },
};

/** @throws UsageError for a file that cannot be read as a trace */
function resultOf(file: string): ReplayResult {
  try {
    return replayTrace(readTrace(JSON.parse(readText(file))), () => performance.now());
  } catch (error) {
    const reason = error instanceof TraceError ? `not a recorded trace: ${error.message}` : fileProblem(error);
    if (reason === undefined) throw error;
    throw new UsageError(`${file}: ${reason}`);
  }
}
function readText(file: string): string {
  const bytes = readFileSync(file);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
}

function asText(result: ReplayResult): string {
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
