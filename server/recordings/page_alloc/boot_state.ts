/** Boots the machine of an experiment with the page allocator in the state in which the recorder found it. */
import type { Kernel } from '../../kernel/kernel';
import { loadState, type RecordedMachine, readMachine } from '../replay';
import { bootForTrace } from '../replay_run';
import { experimentLines, field, isObject, type JsonObject, TraceError } from '../trace_json';

export interface RecordedState {
  readonly k: Kernel;
  readonly machine: RecordedMachine;
  /** the lines of the experiment */
  readonly lines: readonly JsonObject[];
}

/** @param tag of the lines that describe the state. @throws TraceError if they are missing */
export function bootRecordedState(json: object, experiment: string, tag: string): RecordedState {
  const run = field(isObject(json) ? json : {}, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const lines = (experimentLines(json, experiment) ?? []).filter(isObject);
  const machine = readMachine(run, lines, tag);
  const k = bootForTrace(machine);
  loadState(k.pageAlloc, machine.before);
  return { k, machine, lines };
}
