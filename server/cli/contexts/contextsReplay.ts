/**
 * A recording of contexts and times (`begin exp=ctx`): the recorder's module is run as scenarios, and its lines are compared. It is the one
 * format whose repetition runs code; the others are in recordings/.
 */
import { type LogEntry, wholeLines } from '../../kernel/printk/printk';
import { check } from '../../language/check/check';
import type { ReplayResult } from '../../recordings/replay_result';
import { archOfRun, field, isObject, type JsonObject, num, TraceError } from '../../recordings/trace_json';
import { loadVm } from '../../vm/loadVm';
import { Vm } from '../../vm/run/vm';
import { contextScenario } from './contextScenarios';
import { type Measured, timeKinds, timeScenario } from './timeScenarios';

/** statements after which a scenario that does not end is given up */
const MAX_STEPS = 200_000;
/** debug options of kmem's default kernel that the recorded one lacks */
const NOT_IN_DEBIAN = ['DEBUG_ATOMIC_SLEEP', 'DEBUG_PREEMPT', 'LOCKDEP', 'KASAN'];

export function recordsContexts(json: unknown): json is JsonObject {
  const head = isObject(json) ? json.head : undefined;
  return Array.isArray(head) && String(head[0]).startsWith('begin exp=ctx');
}

/** @param now milliseconds, for nsPerOp. @throws TraceError for a damaged file */
export function replayContexts(json: JsonObject, now: () => number): ReplayResult {
  const run = field(json, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const machine = machineOf(run);
  const lines = (json.head as readonly unknown[]).map(String).filter((line) => !/^(begin|end) /.test(line));
  const start = now();
  const notCompared: string[] = [];
  let compared = 0;
  let firstMismatch: ReplayResult['firstMismatch'] = null;
  for (const part of partsOf(lines)) {
    if (part.scenario === undefined) {
      notCompared.push(`${part.name}: this context or time is not known`);
      continue;
    }
    const printed = printedBy(`machine { ${machine} }\n${part.scenario}`, part.name);
    const differs = part.lines.findIndex((line, i) => printed[i] !== line);
    // a report or a failed expect behind the lines
    const bad = differs < 0 && printed.length > part.lines.length ? part.lines.length : differs;
    compared += bad < 0 ? part.lines.length : bad;
    if (bad < 0) continue;
    const op = part.lines[bad] ?? `nothing after ${part.name}`;
    firstMismatch = {
      index: lines.indexOf(part.lines[Math.min(bad, part.lines.length - 1)] as string),
      op,
      got: printed[bad] ?? 'no line',
    };
    break;
  }
  return {
    ops: lines.length,
    states: compared,
    firstMismatch,
    finalState: firstMismatch ? ['not compared'] : 'identical',
    ...(notCompared.length > 0 ? { notCompared } : {}),
    nsPerOp: Math.round(((now() - start) * 1e6) / Math.max(1, lines.length)),
  };
}

function machineOf(run: JsonObject): string {
  const { arch } = archOfRun(run);
  const options = NOT_IN_DEBIAN.map((name) => `config ${name} = n;`).join(' ');
  const [memory, cpus] = [num(run, 'ram_mb', 'run'), num(run, 'cpus', 'run')];
  return `arch = ${arch}; memory = ${memory}M; cpus = ${cpus}; schedule = sequential; ${options}`;
}

/** Lines that one scenario prints. */
interface Part {
  readonly name: string;
  readonly scenario: string | undefined;
  readonly lines: readonly string[];
}
/** A context is a scenario of its own; all lines of a kind of time are one. */
function partsOf(lines: readonly string[]): Part[] {
  const kinds = new Set(lines.map(kindOf));
  return [...kinds].flatMap((kind): Part[] => {
    const own = lines.filter((line) => kindOf(line) === kind);
    if (kind !== 'context') return [{ name: kind, scenario: timeScenario(kind, own.map(measured)), lines: own }];
    return own.map((line) => {
      const name = /what=(\w+)/.exec(line)?.[1] ?? line;
      return { name, scenario: contextScenario(name), lines: [line] };
    });
  });
}
const kindOf = (line: string): string => line.split(' ')[0] as string;
/** @throws TraceError for a line of a known kind whose values are not numbers */
function measured(line: string): Measured {
  const pairs = line
    .split(' ')
    .slice(1)
    .map((pair) => pair.split('=') as [string, string]);
  const numbers = pairs.map(([name, value]) => [name, Number(value)] as const);
  if (timeKinds.includes(kindOf(line)) && !numbers.every(([, n]) => Number.isSafeInteger(n)))
    throw new TraceError(`"${line}" is not of the form KIND NAME=NUMBER …`);
  return Object.fromEntries(numbers);
}

/** What a scenario prints. @throws TraceError if it does not end by itself */
function printedBy(text: string, name: string): string[] {
  const program = check({ path: `${name}.kmem`, text }, {});
  const vm = loadVm(program);
  if (!(vm instanceof Vm)) throw new TraceError(`${name}: ${vm.map((d) => d.message).join('; ')}`);
  for (let step = 0; !vm.done; step++) {
    if (step >= MAX_STEPS) throw new TraceError(`${name}: the scenario does not end`);
    vm.step();
  }
  const log: readonly LogEntry[] = [...wholeLines(vm.kernel.log.entries)];
  return log.map((entry) => entry.text);
}
