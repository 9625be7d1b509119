/**
 * Recorded stacks (`lines` that begin with T, K and Q): sizes, the stack of each task, interrupt stacks and entry area of each CPU. As many
 * tasks are made on a machine like the recorded one, and what follows from rules is compared.
 */
import { entryAreaOf } from '../../kernel/arch/address_map';
import { threadSize } from '../../kernel/arch/thread_size';
import type { Kernel } from '../../kernel/kernel';
import { KernelText } from '../../kernel/lib/kernel_text';
import { Core } from '../../kernel/sched/core';
import { Fork } from '../../kernel/sched/fork';
import { KIND_KTHREAD, STACK_END_MAGIC, Tasks } from '../../kernel/sched/task';
import { PAGE_SIZE } from '../../types/pageSize';
import type { ReplayResult } from '../replay_result';
import { isObject } from '../trace_json';
import { addressOf, bootSmallKernel, linesOf, runOf } from './small_kernel';

export const recordsStacks = (json: object): boolean =>
  isObject(json) &&
  json.levels === undefined &&
  Array.isArray(json.lines) &&
  json.lines.some((line) => /^K pid=/.test(String(line)));

/** `name=value` of a line. */
type Fields = Readonly<Record<string, string>>;
const fieldsOf = (line: string): Fields =>
  Object.fromEntries(
    line
      .slice(2)
      .split(' ')
      .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
const hex = (n: number): string => BigInt.asUintN(n < 0 ? 64 : 53, BigInt(n)).toString(16);

/** @throws TraceError for a damaged file */
export function replayStacks(json: object, now: () => number): ReplayResult {
  const lines = linesOf(isObject(json) ? json : {});
  const start = now();
  const k = bootSmallKernel(runOf(json), undefined, false, false);
  const differences: string[] = [];
  let states = 0;
  const compare = (what: string, mine: Fields, recorded: Fields): void => {
    for (const [name, value] of Object.entries(mine)) {
      states++;
      if (recorded[name] !== value) differences.push(`${what}, ${name}: ${value}, recorded ${recorded[name]}`);
    }
  };
  const maker = new TaskMaker(k);
  let before: Fields | undefined;
  for (const line of lines) {
    const recorded = fieldsOf(line);
    if (line.startsWith('T ')) compare('sizes', sizes(k), recorded);
    if (line.startsWith('Q ')) compare(`CPU ${recorded.cpu}`, cpuParts(k, Number(recorded.cpu)), recorded);
    if (!line.startsWith('K ')) continue;
    // stacks that were made one after the other, before others took or gave back addresses between them
    const next =
      before !== undefined && Number(recorded.pid) === Number(before.pid) + 1 && Number(recorded.pid) < FIRST_OTHER;
    const step = addressOf(recorded.stack ?? '0') - addressOf(before?.stack ?? '0');
    compare(`pid ${recorded.pid}`, maker.make(next), { ...recorded, step: hex(step) });
    before = recorded;
  }
  return {
    ops: lines.length,
    states,
    firstMismatch: null,
    finalState: differences.length === 0 ? 'identical' : differences,
    notCompared: [
      'where a stack lies, but for CPU 0’s interrupt stack: what that boot had mapped before it',
      'pt_regs, sp and how much was used: user registers and depths of that kernel’s code',
      'sizeof(struct task_struct): another configuration',
    ],
    nsPerOp: Math.round(((now() - start) * 1e6) / Math.max(1, lines.length)),
  };
}
/** pid of the first task that that boot made once its drivers were at work */
const FIRST_OTHER = 10;

function sizes(k: Kernel): Fields {
  const size = threadSize(k);
  return {
    THREAD_SIZE: String(size),
    THREAD_SIZE_ORDER: String(Math.log2(size / PAGE_SIZE)),
    IRQ_STACK_SIZE: String(size),
    thread_info_in_task: k.layouts.offset('task_struct', 'thread_info') === 0 ? '1' : '0',
    sizeof_thread_info: String(k.layouts.size('thread_info')),
    vmap_stack: k.arch.sparse ? '1' : '0',
    magic: hex(STACK_END_MAGIC),
  };
}
function cpuParts(k: Kernel, cpu: number): Fields {
  const area = entryAreaOf(k.addresses, cpu);
  const parts = new Map(
    k.addresses.entryAreaParts.map((p) => [p.name, { at: area + p.offset, bytes: p.pages * PAGE_SIZE }]),
  );
  const at = (name: string): number => parts.get(name)?.at ?? 0;
  const range = (name: string): string => `${hex(at(name))}-${hex(at(name) + (parts.get(name)?.bytes ?? 0))}`;
  const pointer = k.vars.read('hardirq_stack_ptr', 0, cpu);
  const size = threadSize(k);
  if (!k.arch.sparse)
    return {
      entry_area: hex(area),
      entry_stack: hex(at('entry_stack_page')),
      doublefault: hex(at('doublefault_stack')),
    };
  const end = hex(at('entry_stack_page') + PAGE_SIZE);
  return {
    ...(cpu === 0 ? { hardirq_stack_ptr: hex(pointer), stack: hex(pointer + 8 - size) } : {}),
    vm: k.pageTables.phys(pointer, true) >= 0 && k.pageTables.phys(pointer + 8, false) < 0 ? '1' : '0',
    entry_area: hex(area),
    entry_stack: hex(at('entry_stack_page')),
    entry_stack_end: end,
    DF: range('DF_stack'),
    NMI: range('NMI_stack'),
    DB: range('DB_stack'),
    MCE: range('MCE_stack'),
    tss_sp0: end,
  };
}

class TaskMaker {
  private readonly core: Core;
  private readonly tasks: Tasks;
  private readonly fork: Fork;
  private last = 0;

  constructor(private readonly k: Kernel) {
    this.core = new Core(k);
    this.tasks = new Tasks(this.core);
    const text = new KernelText(k.symbols);
    this.fork = new Fork(this.core, this.tasks, k.bootPages, k.allocators.vmalloc, undefined, text);
  }
  /** Makes a task. `next`: the one before was made just before it. */
  make(next: boolean): Fields {
    const { core, k } = this;
    const size = threadSize(k);
    const task = this.fork.create('task', this.tasks.all.length + 1, 0, KIND_KTHREAD);
    const { stack } = this.tasks.layout(task);
    const step = stack - this.last;
    this.last = stack;
    const vm = k.arch.sparse ? k.allocators.vmalloc.vms.find(stack) : 0;
    const field = (name: string): number => (vm === 0 ? 0 : k.vars.readField(vm, 'vm_struct', name));
    const isVmalloc = k.arch.sparse && next;
    return {
      stack_mod_thread_size: hex(((stack % size) + size) % size),
      magic: hex(core.get32(stack) >>> 0),
      vm_size: hex(field('size')),
      vm_flags: hex(field('flags')),
      vm_nr_pages: String(field('nr_pages')),
      ...(isVmalloc ? { step: hex(step) } : {}),
    };
  }
}
