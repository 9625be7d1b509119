/**
 * Before the run: the variables of the running kernel, tasks with their stacks, and the objects of the scenario's blocks. All of it is placed
 * while the journal is off.
 */

import { IRQ_DESC_BYTES } from '../../kernel/irq/irq';
import { MAX_SOFTIRQS, NR_SOFTIRQS } from '../../kernel/irq/softirq';
import {
  KIND_FREE,
  KIND_IDLE,
  KIND_KSOFTIRQD,
  KIND_KTHREAD,
  KIND_KWORKER,
  KIND_TASK,
  TASK_DEAD,
  TASK_INTERRUPTIBLE,
} from '../../kernel/sched/task';
import { lookupApi } from '../../language/catalogue/catalogue';
import { basicTypes } from '../../types/ctype';
import type { Machine } from '../machine/machine';
import { OP_API } from '../program/code';
import type { CompiledProgram } from '../program/compiledProgram';
import { prepareTask } from './callStack';
import type { Cpu } from './cpu';

/** first pid of a scenario's tasks, and of the kernel's own */
const FIRST_PID = 12;
const DAEMON_PID = 500;
/** kernel threads that kthread_run can make while the scenario runs */
const SPARE_TASKS = 8;

/** Variables that the running kernel has beside those of boot. */
export function defineVariables(machine: Machine): void {
  const { kernel } = machine;
  const { symbols } = kernel;
  const { uint } = basicTypes(kernel.abi);
  symbols.define('kmem_irq_desc', { kind: 'array', of: uint, length: IRQ_DESC_BYTES / 4 }, 8);
  symbols.define('softirq_vec', kernel.layouts.parseType(`void *[${MAX_SOFTIRQS}]`));
  symbols.define('kmem_rcu_callbacks', kernel.layouts.parseType('struct callback_head *[2]'));
  symbols.define('kmem_oopses', uint);
  for (const name of ['kmem_running_timer', 'kmem_running_tasklet'])
    symbols.definePerCpu(name, kernel.layouts.parseType('void *'));
  for (const name of ['kmem_running_irq', 'kmem_spin_value']) symbols.definePerCpu(name, uint);
  for (const name of ['system_wq', 'system_highpri_wq', 'system_unbound_wq', 'system_long_wq', 'system_freezable_wq']) {
    const queue = symbols.define(`${name}_object`, kernel.layouts.parseType('struct workqueue_struct'));
    machine.core.setLong(symbols.define(name, kernel.layouts.parseType('struct workqueue_struct *')), queue);
  }
  for (let cpu = 0; cpu < machine.core.cpus; cpu++)
    machine.lists.init(machine.core.perCpuAddress('cpu_worker_pool', cpu));
}
/** Idle tasks, the scenario’s tasks, the kernel’s own threads, and room for those that kthread_run makes. */
export function makeTasks(machine: Machine, compiled: CompiledProgram, processor: Cpu): void {
  const { kernel } = machine;
  const { core, tasks, fork, sched } = machine;
  const init = kernel.symbols.address('init_task');
  for (let cpu = 0; cpu < core.cpus; cpu++) {
    const idle = fork.create(`swapper/${cpu}`, 0, cpu, KIND_IDLE, cpu === 0 ? init : undefined);
    core.setLong(core.perCpuAddress('idle_task', cpu), idle);
    core.setCurrent(cpu, idle);
    core.setField32(idle, 'task_struct', 'on_cpu', 1);
    prepareTask(processor, idle, 'cpu_startup_entry');
  }
  let n = 0;
  for (const sym of compiled.program.contexts) {
    if (sym.word !== 'task') continue;
    const cpu = sym.cpu ?? n % core.cpus;
    const task = fork.create(sym.name, FIRST_PID + n, cpu, KIND_TASK);
    machine.blockTasks.set(sym, task);
    prepareTask(processor, task, 'kthread', compiled.blocks.get(sym)?.code);
    sched.enqueue(task);
    n++;
  }
  core.setGlobal('kmem_last_pid', FIRST_PID + n - 1);
  for (let cpu = 0; cpu < core.cpus; cpu++) {
    const pid = DAEMON_PID + cpu * 4;
    const softirqd = fork.create(`ksoftirqd/${cpu}`, pid, cpu, KIND_KSOFTIRQD);
    core.setLong(core.perCpuAddress('ksoftirqd', cpu), softirqd);
    prepareTask(processor, softirqd, 'run_ksoftirqd');
    tasks.setState(softirqd, TASK_INTERRUPTIBLE);
    for (const k of [0, 1]) {
      const worker = fork.create(`kworker/${cpu}:${k}`, pid + 1 + k, cpu, KIND_KWORKER);
      prepareTask(processor, worker, 'worker_thread');
      tasks.setState(worker, TASK_INTERRUPTIBLE);
    }
  }
  const spawns =
    compiled.code.some((i) => i.op === OP_API && lookupApi(i.name)?.spawns) ||
    [...compiled.apiByText.values()].some(({ name }) => lookupApi(name)?.spawns);
  for (let i = 0; spawns && i < SPARE_TASKS; i++) fork.create('', 0, 0, KIND_FREE);
}
/** The objects of timer, tasklet, work blocks; interrupt lines; softirqs. */
export function makeBlocks(machine: Machine, compiled: CompiledProgram): void {
  for (const [sym, { code, object = 0, line = -1 }] of compiled.blocks) {
    const { text } = code;
    switch (sym.word) {
      case 'irq':
      case 'nmi':
        machine.irqs.request(line, text, 0, 0);
        break;
      case 'softirq':
        machine.softirqs.open(NR_SOFTIRQS + sym.index, text);
        break;
      case 'tasklet':
        machine.softirqs.setupTasklet(object, text, true, 0);
        break;
      case 'timer':
        machine.timers.setup(object, text, 0);
        break;
      case 'work':
        machine.works.init(object, text);
        break;
      case 'delayed_work':
        machine.works.initDelayed(object, text);
        break;
      default:
        break;
    }
  }
}

/** kthread_create: takes a slot of the pool. */
export function spawnTask(
  machine: Machine,
  processor: Cpu,
  fn: number,
  data: number,
  name: string,
  cpu: number,
): number {
  const { core, tasks, fork } = machine;
  const task =
    tasks.all.find((t) => tasks.kind(t) === KIND_FREE) ??
    tasks.all.find((t) => tasks.kind(t) === KIND_KTHREAD && tasks.state(t) & TASK_DEAD);
  if (task === undefined) return -machine.kernel.profile.errno.ENOMEM;
  const pid = core.getGlobal('kmem_last_pid') + 1;
  core.setGlobal('kmem_last_pid', pid);
  fork.initialise(task, name, pid, cpu, KIND_KTHREAD);
  const code = processor.table.functionOfText(fn);
  if (!code) return -machine.kernel.profile.errno.EINVAL;
  prepareTask(processor, task, 'kthread', code, [data]);
  tasks.setState(task, TASK_INTERRUPTIBLE);
  return task;
}
