/** What a launch configuration may say, read and checked. */
import { dirname, resolve } from 'node:path';
import { bytesOfMb, inputValue, MOST_MEMORY_MB, type Problem } from '../debugger/load';
import type { Session } from '../debugger/session';
import type { Args } from './args';
import { boolean, object, optionalInteger, optionalString, string } from './args';
import { RequestError } from './hardened';

export interface Launch {
  /** absolute path of the scenario */
  readonly program: string;
  readonly stopOnEntry: boolean;
  /** stop once more when the scenario has ended, so that one can step back from there */
  readonly stopAtEnd: boolean;
  readonly noDebug: boolean;
  /** absolute path of the recorded machine that the scenario runs on */
  readonly recorded: string | undefined;
  readonly seed: number | undefined;
  readonly set: Readonly<Record<string, bigint>>;
  readonly memoryBytes: number | undefined;
  /** the console may call kernel functions that change the machine */
  readonly allowConsoleCalls: boolean;
}

/** What launching gives. */
export interface Loaded {
  readonly session: Session;
  /** the text that a file has now; undefined where there is none. Absent: the scenario has no files */
  readonly diskText?: (path: string) => string | undefined;
}
/** The scenario can't be run: with the places, so that a client can lead there. */
export class ScenarioError extends RequestError {
  constructor(problems: readonly Problem[]) {
    super(`the scenario can't be run:\n${problems.map(({ text }) => text).join('\n')}`, true, { problems });
  }
}

/** @throws RequestError, for the user's eyes, that names the attribute and what it may be */
export function readLaunch(args: Args): Launch {
  try {
    return checkedLaunch(args);
  } catch (error) {
    throw error instanceof RequestError ? new RequestError(`launch configuration: ${error.message}`, true) : error;
  }
}
function checkedLaunch(args: Args): Launch {
  const program = string(args, 'program').trim();
  if (!program.endsWith('.kmem'))
    throw new RequestError(`"program" is ${JSON.stringify(program)}. Give the path of a .kmem file.`);
  const recorded = optionalString(args, 'recorded')?.trim();
  if (recorded === '') throw new RequestError('"recorded" is empty. Give the folder of a recorded machine.');
  const seed = optionalInteger(args, 'seed');
  const budget = optionalInteger(args, 'memoryBudgetMB');
  if (seed !== undefined && seed < 0) throw new RequestError(`"seed" is ${seed}. Give a whole number from 0 on.`);
  if (budget !== undefined && !(budget >= 1 && budget <= MOST_MEMORY_MB))
    throw new RequestError(`"memoryBudgetMB" is ${budget}. Give a number of MB from 1 to ${MOST_MEMORY_MB}.`);
  const set: Record<string, bigint> = {};
  for (const [name, value] of Object.entries(object(args, 'set'))) set[name] = givenValue(name, value);
  return {
    program: resolve(program),
    stopOnEntry: boolean(args, 'stopOnEntry', true),
    stopAtEnd: boolean(args, 'stopAtEnd', true),
    noDebug: boolean(args, 'noDebug', false),
    recorded: recorded === undefined ? undefined : resolve(dirname(program), recorded),
    seed,
    set,
    memoryBytes: budget === undefined ? undefined : bytesOfMb(budget),
    allowConsoleCalls: boolean(args, 'allowConsoleCalls', false),
  };
}
function givenValue(name: string, value: unknown): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  const read = typeof value === 'string' ? inputValue(value) : undefined;
  if (read !== undefined) return read;
  throw new RequestError(`"set" gives ${name} the value ${JSON.stringify(value)}, which is not a whole number.`);
}
