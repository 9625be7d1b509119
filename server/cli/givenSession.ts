/** The session of a scenario that the command line names, with the options that `kmem run` and `kmem map` share. */
import { inputValue, type LoadOptions, loadScenario } from '../debugger/load';
import type { Session } from '../debugger/session';
import { type Io, type OptionValues, UsageError, wholeNumber } from './command';
import { bootOf } from './recordingFile';
import { includeFromDisk, machineFor, readScenario } from './scenario';

/** Loads a scenario. What is wrong with it is printed; undefined then. @throws UsageError for options that are wrong */
export function givenSession(path: string, values: OptionValues, io: Io, more: LoadOptions = {}): Session | undefined {
  const loaded = loadScenario(path, readScenario(path), {
    ...includeFromDisk,
    machine: machineFor(path),
    ...bootOf(values),
    seed: wholeNumber(values, 'seed'),
    set: inputs(values),
    ...more,
  });
  if (!('problems' in loaded)) return loaded.session;
  io.err(loaded.problems.map(({ text }) => `${text}\n`).join(''));
  return undefined;
}
/** The values of inputs that --set gives. */
function inputs(values: OptionValues): Record<string, bigint> {
  const set: Record<string, bigint> = {};
  for (const item of (values.set as readonly string[] | undefined) ?? []) {
    const [, name = '', text = ''] = /^([A-Za-z_]\w*)=(.*)$/.exec(item) ?? [];
    const value = inputValue(text);
    if (value === undefined)
      throw new UsageError(`--set takes NAME=VALUE with a whole number, such as --set len=1500, not ${item}`);
    set[name] = value;
  }
  return set;
}
