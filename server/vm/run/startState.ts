/**
 * Before the run: tasks with their stacks, and the objects of the scenario's blocks. They are placed while the journal is off.
 */

import { MachineError } from '../../kernel/arch/machine_config';
import { NR_SOFTIRQS } from '../../kernel/irq/softirq';
import { TAINT_OOT_MODULE, TAINT_UNSIGNED_MODULE } from '../../kernel/printk/taint';
import { TOO_LITTLE } from '../../kernel/sched/fork';
import {
  KIND_FREE,
  KIND_IDLE,
  KIND_KSOFTIRQD,
  KIND_KSWAPD,
  KIND_KTHREAD,
  KIND_KWORKER,
  KIND_PROCESS,
  KIND_TASK,
  T,
  TASK_DEAD,
  TASK_INTERRUPTIBLE,
} from '../../kernel/sched/task';
import { lookupApi } from '../../language/catalogue/catalogue';
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

/** load_module: the scenario's code is not part of the kernel's tree, and not signed. */
export function loadModule({ reports }: Machine): void {
  reports.taint.add(TAINT_OOT_MODULE);
  reports.taint.add(TAINT_UNSIGNED_MODULE);
}
/** Idle tasks, the scenario's tasks, the kernel's own threads, and free slots for those that kthread_run makes. */
export function makeTasks(machine: Machine, compiled: CompiledProgram, processor: Cpu): void {
  const { kernel } = machine;
  const { core, tasks, fork, sched } = machine;
  const init = kernel.symbols.address('init_task');
  for (let cpu = 0; cpu < core.cpus; cpu++) {
    const idle = fork.create(`swapper/${cpu}`, 0, cpu, KIND_IDLE, cpu === 0 ? init : undefined);
    core.setLong(core.perCpuAddress('idle_task', cpu), idle);
    core.setCurrent(cpu, idle);
    machine.mm.idle(idle);
    core.setPerCpu('__preempt_count', cpu, tasks.get(idle, T.preempt));
    core.setField32(idle, 'task_struct', 'on_cpu', 1);
    prepareTask(processor, idle, 'cpu_startup_entry');
  }
  let n = 0;
  for (const sym of compiled.program.contexts) {
    if (sym.word !== 'task' && sym.word !== 'process') continue;
    const isProcess = sym.word === 'process';
    const cpu = sym.cpu ?? n % core.cpus;
    const task = fork.create(sym.name, FIRST_PID + n, cpu, isProcess ? KIND_PROCESS : KIND_TASK);
    if (sym.cpu !== undefined && !isProcess) fork.bind(task);
    machine.blockTasks.set(sym, task);
    if (isProcess && !machine.mm.exec(task, (sem) => machine.rwsems.init(sem))) throw new MachineError(TOO_LITTLE);
    prepareTask(processor, task, isProcess ? 'entry_SYSCALL' : 'kthread', compiled.blocks.get(sym)?.code);
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
  for (const node of kernel.nodes) {
    const kswapd = fork.create(
      `kswapd${node.id}`,
      DAEMON_PID + core.cpus * 4 + node.id,
      node.cpus[0] ?? 0,
      KIND_KSWAPD,
    );
    prepareTask(processor, kswapd, 'kswapd');
    tasks.setState(kswapd, TASK_INTERRUPTIBLE);
    kernel.pageAlloc.kswapd.run(node, kswapd, machine.waitQueues.wakeFunction);
  }
  const spawns = compiled.code.some((i) => i.op === OP_API && lookupApi(i.name)?.spawns);
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

/** kthread_create: takes a slot of the pool. Returns the task, or an error's negative number: no slot is left, or `fn` is not a function. */
export function spawnTask(
  machine: Machine,
  processor: Cpu,
  fn: number,
  data: number,
  name: string,
  cpu: number,
): number {
  const { core, tasks, fork } = machine;
  const { errno } = machine.kernel.profile;
  const code = processor.table.functionOfText(fn);
  if (!code) return -errno.EINVAL;
  const task =
    tasks.all.find((t) => tasks.kind(t) === KIND_FREE) ??
    tasks.all.find((t) => tasks.kind(t) === KIND_KTHREAD && tasks.state(t) & TASK_DEAD);
  if (task === undefined) return -errno.ENOMEM;
  const pid = core.getGlobal('kmem_last_pid') + 1;
  core.setGlobal('kmem_last_pid', pid);
  fork.initialise(task, name, pid, cpu, KIND_KTHREAD);
  prepareTask(processor, task, 'kthread', code, [data]);
  tasks.setState(task, TASK_INTERRUPTIBLE);
  return task;
}
