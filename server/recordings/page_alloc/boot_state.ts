/** Boots the machine of an experiment with the page allocator in the state in which the recorder found it. */
import type { Kernel } from '../../kernel/kernel';
import { loadState, type RecordedMachine, readMachine } from '../replay';
import { bootForTrace } from '../replay_run';
import { experimentLines, field, isObject, type JsonObject, TraceError } from '../trace_json';

interface Experiment {
  readonly run: JsonObject;
  readonly lines: readonly JsonObject[];
}
/** The run and the lines of an experiment. @throws TraceError if the file does not say on which machine it ran */
export function experimentOf(json: object, name: string): Experiment {
  const run = field(isObject(json) ? json : {}, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  return { run, lines: (experimentLines(json, name) ?? []).filter(isObject) };
}

/** A machine of the recorded shape and state. */
export function loadedMachine(machine: RecordedMachine): Kernel {
  const k = bootForTrace(machine);
  loadState(k.pageAlloc, machine.before);
  return k;
}

/** @param tag of the lines that describe the state. @throws TraceError if they are missing */
export function bootRecordedState(
  json: object,
  name: string,
  tag: string,
): { k: Kernel; lines: readonly JsonObject[] } {
  const { run, lines } = experimentOf(json, name);
  return { k: loadedMachine(readMachine(run, lines, tag)), lines };
}
