/** From a checked scenario to a vm at its first statement: boots the machine, compiles, makes tasks and blocks. */
import { MachineError } from '../kernel/arch/machine_config';
import { bootKernel, type KernelOptions, type RunningKernel } from '../kernel/kernel';
import type { ReportPorts } from '../kernel/printk/ports';
import { definePageWaitTable, defineRunningVariables } from '../kernel/running_vars';
import type { ContextSym, Diagnostic, Program } from '../language/check/context/program';
import type { Budget } from '../memory/journal';
import type { MachineConfig } from '../profiles/machineConfig';
import { compileProgram } from './compile/compileProgram';
import { Machine } from './machine/machine';
import { reportPorts } from './run/reportPorts';
import { Vm } from './run/vm';
import type { Regs } from './values/access';

/** Boots a machine for tasks. The journal stays off. */
type MachineBoot = (config: MachineConfig, options: KernelOptions & { readonly ports: ReportPorts }) => RunningKernel;

export interface VmOptions {
  /** boots the scenario's machine in another way: as a recorded one */
  readonly boot?: MachineBoot | undefined;
  /** schedules at random, by this seed */
  readonly seed?: number | undefined;
  /** values of the scenario's inputs */
  readonly set?: Readonly<Record<string, bigint>> | undefined;
  /** how much of the past is kept */
  readonly budget?: Budget | undefined;
  /** records what the kernel's functions do, or only what is allocated and freed */
  readonly trace?: boolean | 'allocations' | undefined;
}

/** A run starts in the tasks: everything else is raised, queued or called from there. */
const NOTHING_TO_RUN: Diagnostic = {
  code: 'nothing-to-run',
  severity: 'error',
  message: 'there is nothing to run: the scenario has no task. Write one: task main { … }',
  span: { file: 0, start: 0, end: 0 },
};

/** Compiles and boots. What cannot be run is returned as diagnostics. */
export function loadVm(program: Program, options: VmOptions = {}): Vm | readonly Diagnostic[] {
  if (!program.contexts.some((c) => c.word === 'task' || c.word === 'process')) return [NOTHING_TO_RUN];
  try {
    return boot(program, options);
  } catch (error) {
    if (error instanceof MachineError) return [badMachine(program, error.message)];
    throw error;
  }
}
function boot(program: Program, options: VmOptions): Vm | readonly Diagnostic[] {
  let vm: Vm | undefined;
  const bootMachine: MachineBoot = options.boot ?? bootKernel;
  const kernel = bootMachine(program.machine, {
    journal: false,
    budget: options.budget,
    profile: program.profile,
    ports: reportPorts(() => vm?.ports),
  });
  const { cpus } = kernel.config;
  const pinned = program.contexts.find((c) => c.cpu !== undefined && c.cpu >= cpus);
  if (pinned) return [refusal(pinned, `there is no CPU ${pinned.cpu}: the machine has ${cpus}`)];
  const regs: Regs = { fp: 0, fpWord: 0, pc: 0, cpu: 0, task: 0 };
  const machine = new Machine(kernel, regs, {
    raise: (irq, cpu) => vm?.raise(irq, cpu),
    spawn: (fn, data, name, cpu) => vm?.spawn(fn, data, name, cpu) ?? 0,
  });
  defineRunningVariables(machine.core, machine.lists);
  const compiled = compileProgram(program, machine, options.set ?? {});
  if (!('code' in compiled)) return compiled;
  definePageWaitTable(machine.core, machine.lists);
  const schedule =
    options.seed === undefined ? program.machine.schedule : { policy: 'random' as const, seed: options.seed };
  vm = new Vm(compiled, machine, schedule);
  vm.start();
  // what is made before the run is not its own
  kernel.trace.on = options.trace !== undefined && options.trace !== false;
  kernel.trace.allocationsOnly = options.trace === 'allocations';
  return vm;
}

function refusal(sym: ContextSym, message: string): Diagnostic {
  return { code: 'not-executable', severity: 'error', message, span: sym.def.name.span };
}
/** A machine that does not boot: reported at the machine block. */
function badMachine(program: Program, message: string): Diagnostic {
  const block = program.files.flatMap((f) => f.tree.items).find((i) => i.kind === 'machine');
  const span = block ? { ...block.span, end: block.span.start + 'machine'.length } : { file: 0, start: 0, end: 0 };
  return { code: 'bad-machine', severity: 'error', message, span };
}
