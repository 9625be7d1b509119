/** Runs scenarios for tests: one function per feature, many small sources. */
import assert from 'node:assert/strict';
import { type LogEntry, wholeLines } from '../../server/kernel/printk/printk';
import { check as checkProgram } from '../../server/language/check/check';
import { loadVm, type VmOptions } from '../../server/vm/loadVm';
import type { Ending } from '../../server/vm/run/runMarks';
import { Vm } from '../../server/vm/run/vm';

export const ARCHES = ['x86_64', 'i386', 'i386_pae'] as const;
/** Lines of the machine block for a kernel as Debian configures it. */
export const STOCK = ['DEBUG_ATOMIC_SLEEP', 'DEBUG_PREEMPT', 'LOCKDEP', 'KASAN']
  .map((name) => `config ${name} = n;`)
  .join(' ');
export interface RunOptions extends VmOptions {
  readonly arch?: (typeof ARCHES)[number];
  readonly cpus?: number;
  /** `sequential`, `round_robin` or `random(seed)` */
  readonly schedule?: string;
  /** further lines of the machine block */
  readonly machine?: string;
  readonly maxSteps?: number;
}
export interface Ran {
  readonly vm: Vm;
  readonly status: 'running' | Ending;
  readonly passed: number;
  readonly failed: number;
  readonly log: readonly LogEntry[];
  /** printk lines */
  readonly lines: readonly string[];
  /** titles of reports */
  readonly reports: readonly string[];
}
/** A whole scenario, or the body of a task `main`. */
export function source(text: string, options: RunOptions = {}): string {
  const whole = /\b(machine|(task|process) \w+( on cpu \d+)?)\s*\{/.test(text) ? text : `task main { ${text} }`;
  if (/\bmachine\s*\{/.test(whole)) return whole;
  const { arch = 'x86_64', cpus = 1, schedule = 'sequential', machine = '' } = options;
  return `machine { arch = ${arch}; memory = 64M; cpus = ${cpus}; schedule = ${schedule}; ${machine} }\n${whole}`;
}
export function load(text: string, options: RunOptions = {}): Vm {
  const program = checkProgram({ path: 'test.kmem', text: source(text, options) }, {});
  const errors = program.diagnostics.filter((d) => d.severity === 'error');
  assert.deepEqual(
    errors.map((d) => `${d.code}: ${d.message}`),
    [],
    text,
  );
  const vm = loadVm(program, options);
  if (vm instanceof Vm) return vm;
  throw new assert.AssertionError({ message: `${vm.map((d) => d.message).join('\n')}\n${text}` });
}
export function run(text: string, options: RunOptions = {}): Ran {
  const vm = load(text, options);
  const { maxSteps = 20000 } = options;
  for (let n = 0; !vm.done; n++) {
    vm.step();
    assert.ok(n < maxSteps, `still running after ${maxSteps} statements: ${text}`);
  }
  const { core } = vm.machine;
  const log = [...wholeLines(vm.kernel.log.entries)];
  return {
    vm,
    status: vm.status,
    passed: core.getGlobal('kmem_expect_passed'),
    failed: core.getGlobal('kmem_expect_failed'),
    log,
    lines: log.filter((e) => e.kind === 'print').map((e) => e.text),
    reports: log.filter((e) => e.kind !== 'print').map((e) => e.text),
  };
}
export interface Expected {
  /** how the run ends */
  readonly status?: Ending;
  /**
   * Reports, in order: the title, or the line of a WARN with a message, begins with this or matches it; none if left out. What the watchdog
   * tells again of a CPU is not listed.
   */
  readonly reports?: readonly (string | RegExp)[];
  /** printk lines, in order */
  readonly lines?: readonly string[];
  /** the first report, or its notes, contains this */
  readonly detail?: string;
}
/** A report's title, and the line of a WARN that may stand below its message, with its offset in the function and without it. */
const namesOf = (entry: LogEntry | undefined): readonly string[] =>
  [entry?.text ?? '', ...(entry?.lines ?? []).filter((line) => line.startsWith('WARNING: CPU'))].flatMap((line) => [
    line,
    line.replace(/\+0x[0-9a-f]+\/0x[0-9a-f]+$/, ''),
  ]);
/** A lockup is told again as long as it lasts: its title without the seconds. */
const lockupOf = ({ text }: LogEntry): string | undefined => /soft lockup .*/.exec(text)?.[0].replace(/\d+s!/, '');
const isToldAgain = (entry: LogEntry, i: number, all: readonly LogEntry[]): boolean =>
  lockupOf(entry) !== undefined && all.slice(0, i).some((other) => lockupOf(other) === lockupOf(entry));

/** The scenario ends as expected, every `expect` in it holds, and there is at least one, or a report or a line that is expected. */
export function check(text: string, expected: Expected = {}, options: RunOptions = {}): Ran {
  const ran = run(text, options);
  const { status = 'ended', reports = [], lines, detail } = expected;
  const shown = ran.log.map((e) => [e.text, ...e.lines].join('\n  ')).join('\n');
  const about = `${source(text, options)}\n--- log:\n${shown}\n`;
  assert.equal(ran.failed, 0, about);
  const reported = ran.log.filter((e, i, all) => e.kind !== 'print' && !isToldAgain(e, i, all));
  assert.equal(reported.length, reports.length, about);
  reports.forEach((wanted, i) => {
    const named = namesOf(reported[i]);
    const fits = (name: string) => (typeof wanted === 'string' ? name.startsWith(wanted) : wanted.test(name));
    assert.ok(named.some(fits), `${named[0]}\n${about}`);
  });
  assert.equal(ran.status, status, about);
  if (lines) assert.deepEqual(ran.lines, lines, about);
  if (detail !== undefined) {
    const [report] = reported;
    assert.ok(
      [report?.text ?? '', ...(report?.lines ?? []), ...(report?.notes ?? [])].some((l) => l.includes(detail)),
      about,
    );
  }
  assert.ok(ran.passed > 0 || reports.length > 0 || lines !== undefined, `nothing is checked: ${about}`);
  return ran;
}
/** The same on each of the three machines. */
export function checkEverywhere(text: string, expected: Expected = {}, options: RunOptions = {}): void {
  for (const arch of ARCHES) check(text, expected, { ...options, arch });
}
