/** `kmem replay TRACE.json [--json]`: a recorded run of a real page allocator, repeated in the emulator and compared. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { replayRecording } from '../recordings/replay_formats';
import type { ReplayResult } from '../recordings/replay_result';
import { TraceError } from '../recordings/trace_json';
import { type Command, UsageError } from './command';
import { recordsContexts, replayContexts } from './contexts/contextsReplay';
import { fileProblem } from './scenario';

export const replay: Command = {
  usage: 'TRACE.json [--json]',
  options: { json: { type: 'boolean', help: 'print {ops, states, firstMismatch, finalState, nsPerOp}' } },
  details: `Repeats in the emulator what was recorded on a real kernel: page allocations from a recorded state of the free lists, slabs,
mempools, per-CPU memory, vmalloc, kmap, page tables; what code knows in each context, and when timers fire. Every address or page frame number is compared, and the recorded states. The
file may be gzipped.
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
    const json: unknown = JSON.parse(readText(file));
    const now = () => performance.now();
    return recordsContexts(json) ? replayContexts(json, now) : replayRecording(json, now);
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
  const { ops, states, firstMismatch: bad, finalState, notCompared = [] } = result;
  const lines = [`${ops} operations, ${result.nsPerOp} ns each; ${states} states compared`];
  if (bad) {
    const got = typeof bad.got === 'string' ? bad.got : bad.got < 0 ? 'NULL' : `pfn ${bad.got}`;
    lines.push(`operation ${bad.index} differs: ${bad.op}; the emulator gave ${got}`);
  } else if (finalState === 'identical') {
    lines.push('every result and every state are identical');
  } else {
    lines.push('every result is identical; states differ:', ...finalState.map((d) => `  ${d}`));
  }
  lines.push(...notCompared.map((what) => `not compared: ${what}`));
  return `${lines.join('\n')}\n`;
}
