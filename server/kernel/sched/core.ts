/**
 * The state that every part of the running kernel needs: typed words of emulated memory by virtual address, the per-CPU variables of
 * scheduling and interrupts, and the machine's own counters. All of it is emulated memory; this object holds addresses that are fixed at
 * boot.
 *
 * Besides the kernel's own variables (`current_task`, `__preempt_count`, `jiffies` …), a few hold what a processor keeps in registers,
 * or what only a simulator needs; their names begin with `kmem_`.
 */

import type { Memory } from '../../memory/memory';
import { PageFaultError } from '../../memory/space';
import { StructMemory } from '../lib/struct_memory';
import type { BootedKernel } from './booted_kernel';
import { COUNT_MASK, IN_INTERRUPT } from './preempt_mask';

/** Statements per jiffy: time passes as CPUs run statements. */
export const STATEMENTS_PER_JIFFY = 1000;
/** Interrupt lines: 0–3 are the machine's own, request_irq() takes the others; `irq` blocks have them from 32 on. */
export const NR_IRQS = 128;
export const FIRST_LINE = 4;
export const FIRST_IRQ = 32;

export const STATUS_RUNNING = 0;
export const STATUS_ENDED = 1;
export const STATUS_DEADLOCK = 2;
export const STATUS_PANIC = 3;
/** kmem itself cannot go on */
export const STATUS_MISTAKE = 4;
/** the kernel would go on in a way that kmem does not emulate yet: lib/not_emulated.ts */
export const STATUS_LIMIT = 5;

/** Warnings that the kernel gives once: the bit for each. */
export const WarnOnce = {
  VoluntarySwitchInReader: 0,
  TimerLeak: 1,
  RcuUnlock: 2,
  RcuDepthAtTick: 3,
  BhEnableInHardirq: 4,
  BhEnableIrqsOff: 5,
  BlockingOps: 6,
  IrqsEnabledByHandler: 7,
  KunmapOrder: 8,
  TaskletNotScheduled: 9,
  KmapToPage: 10,
  KmapLocalToPage: 11,
  KunmapAddress: 12,
  MempoolZero: 13,
  SmpCallIrqsOff: 14,
  SmpCallInterrupt: 15,
  RcuBhMightSleep: 16,
  RcuSchedMightSleep: 17,
  RcuBhSchedule: 18,
  RcuSchedSchedule: 19,
} as const;
export type WarnOnce = (typeof WarnOnce)[keyof typeof WarnOnce];
/** reports of hung tasks before khungtaskd says no more */
const HUNG_TASK_WARNINGS = 10;

const PERCPU: Readonly<Record<string, string>> = {
  __preempt_count: 'int',
  __softirq_pending: 'unsigned int',
  /** 1 while interrupts are off (RFLAGS.IF is clear) */
  kmem_irqs_off: 'unsigned int',
  /** lines raised and not yet delivered, one bit per line */
  kmem_irq_pending: `unsigned int[${NR_IRQS / 32}]`,
  kmem_nmi_pending: 'unsigned int',
  /** the tick has raised a softirq */
  kmem_tick_pending: 'unsigned int',
  /** the lock this CPU spins on, the address of the function that spins, and since which jiffy */
  kmem_spin_lock: 'unsigned long long',
  kmem_spin_ip: 'unsigned long long',
  kmem_spin_since: 'unsigned int',
  /** the jiffy from which the watchdog counts, at the earliest: oops/watchdog.ts */
  kmem_watchdog_from: 'unsigned int',
  /** 1 on a CPU that is stuck forever */
  kmem_spin_dead: 'unsigned int',
  /** the tick has asked for another task (TIF_NEED_RESCHED) */
  kmem_need_resched: 'unsigned int',
  /** jiffies since which hard interrupts come without a pause, and the last one in which they did */
  kmem_storm_since: 'unsigned int',
  kmem_storm_last: 'unsigned int',
  idle_task: 'struct task_struct *',
  ksoftirqd: 'struct task_struct *',
  /** head and tail of the runnable tasks */
  runqueues: 'struct task_struct *[2]',
  tasklet_vec: 'struct tasklet_struct *[2]',
  tasklet_hi_vec: 'struct tasklet_struct *[2]',
  cpu_worker_pool: 'struct list_head',
};
const GLOBALS: Readonly<Record<string, string>> = {
  kmem_cpu: 'unsigned int',
  kmem_status: 'unsigned int',
  /** statements since the last jiffy */
  kmem_ticks: 'unsigned int',
  /** statements of this jiffy after which a local timer interrupts: time/hrtimer.ts */
  kmem_hrtimer_due: 'unsigned int',
  kmem_random: 'unsigned int',
  kmem_expect_passed: 'unsigned int',
  kmem_expect_failed: 'unsigned int',
  kmem_last_pid: 'unsigned int',
  kmem_ended: 'unsigned int',
  /** which WARN_ONCEs have warned */
  kmem_warned: 'unsigned int',
  sysctl_hung_task_warnings: 'int',
  panic_on_oops: 'int',
  debug_locks: 'int',
  debug_locks_silent: 'int',
  oops_in_progress: 'int',
  tainted_mask: 'unsigned int',
  /** of __might_resched: when it last printed a report */
  prev_jiffy: 'unsigned long',
  /** of printk_ratelimit(): RATELIMIT_WORDS */
  printk_ratelimit_state: 'unsigned int[3]',
};

/** Index in mem.words of one word per CPU. */
export type PerCpuWord = readonly number[];

export class Core extends StructMemory {
  readonly mem: Memory;
  readonly cpus: number;
  /** jiffies per second, and the jiffy at which boot begins */
  readonly hz: number;
  readonly initialJiffies: number;
  /** nanoseconds that a statement lasts */
  readonly statementNs: number;
  private readonly words = new Map<string, number>();
  private readonly percpu = new Map<string, PerCpuWord>();
  private readonly addresses = new Map<string, readonly number[]>();
  // ---- hot words
  readonly cpuWord: number;
  readonly preemptWord: PerCpuWord;
  readonly irqsOffWord: PerCpuWord;
  readonly softirqWord: PerCpuWord;
  readonly nmiWord: PerCpuWord;
  private readonly currentWord: PerCpuWord;
  private readonly idleWord: PerCpuWord;

  constructor(readonly kernel: BootedKernel) {
    super(kernel.space, kernel.abi, kernel.layouts);
    this.mem = kernel.mem;
    this.cpus = kernel.percpu.cpus;
    this.hz = kernel.profile.hz;
    this.statementNs = 1e9 / (this.hz * STATEMENTS_PER_JIFFY);
    this.initialJiffies = kernel.profile.initialJiffies | 0;
    for (const [name, type] of Object.entries(PERCPU))
      kernel.symbols.definePerCpu(name, kernel.layouts.parseType(type));
    for (const [name, type] of Object.entries(GLOBALS)) kernel.symbols.define(name, kernel.layouts.parseType(type));
    this.setGlobal('sysctl_hung_task_warnings', HUNG_TASK_WARNINGS);
    this.cpuWord = this.global('kmem_cpu');
    this.preemptWord = this.perCpu('__preempt_count');
    this.irqsOffWord = this.perCpu('kmem_irqs_off');
    this.softirqWord = this.perCpu('__softirq_pending');
    this.nmiWord = this.perCpu('kmem_nmi_pending');
    this.currentWord = this.perCpu('current_task');
    this.idleWord = this.perCpu('idle_task');
  }

  // ---------------------------------------------------------------- words
  /** Index of a global variable's first word. */
  global(name: string): number {
    let word = this.words.get(name);
    if (word === undefined) {
      word = this.mem.word(this.kernel.direct.pa(this.kernel.symbols.address(name)));
      this.words.set(name, word);
    }
    return word;
  }
  /** Indexes of a per-CPU variable's first word, by CPU. */
  perCpu(name: string): PerCpuWord {
    let words = this.percpu.get(name);
    if (!words) {
      words = Array.from({ length: this.cpus }, (_, cpu) =>
        this.mem.word(this.kernel.direct.pa(this.kernel.symbols.address(name, cpu))),
      );
      this.percpu.set(name, words);
    }
    return words;
  }
  getGlobal(name: string): number {
    return (this.mem.words[this.global(name)] as number) >>> 0;
  }
  setGlobal(name: string, value: number): void {
    this.mem.set(this.global(name), value | 0);
  }
  getPerCpu(name: string, cpu: number): number {
    return (this.mem.words[this.perCpu(name)[cpu] ?? this.noSuchCpu(cpu)] as number) >>> 0;
  }
  setPerCpu(name: string, cpu: number, value: number): void {
    this.mem.set(this.perCpu(name)[cpu] ?? this.noSuchCpu(cpu), value | 0);
  }
  /** Virtual address of a CPU's copy. */
  perCpuAddress(name: string, cpu: number): number {
    let addresses = this.addresses.get(name);
    if (!addresses) {
      addresses = Array.from({ length: this.cpus }, (_, c) => this.kernel.symbols.address(name, c));
      this.addresses.set(name, addresses);
    }
    return addresses[cpu] ?? this.noSuchCpu(cpu);
  }
  /** A CPU number that has been overwritten: the kernel looks for the offset of its area behind the end of the table. */
  private noSuchCpu(cpu: number): never {
    throw new PageFaultError(this.kernel.symbols.address('__per_cpu_offset') + cpu * this.wordSize, false);
  }
  // ---------------------------------------------------------------- the CPU that runs
  /** smp_processor_id() */
  get cpu(): number {
    const cpu = this.mem.words[this.cpuWord] as number;
    return cpu >>> 0 < this.cpus ? cpu : this.noSuchCpu(cpu);
  }
  /** False once the number of the CPU has been overwritten. */
  get cpuIsValid(): boolean {
    return (this.mem.words[this.cpuWord] as number) >>> 0 < this.cpus;
  }
  /** task_struct of the task on a CPU. */
  currentOf(cpu: number): number {
    return this.pointerAt(this.currentWord[cpu] ?? this.noSuchCpu(cpu));
  }
  /** task_struct of a CPU's idle task. */
  idleOf(cpu: number): number {
    return this.pointerAt(this.idleWord[cpu] ?? this.noSuchCpu(cpu));
  }
  private pointerAt(word: number): number {
    const { words } = this.mem;
    return this.wordSize === 8
      ? (words[word + 1] as number) * 0x1_0000_0000 + ((words[word] as number) >>> 0)
      : (words[word] as number) >>> 0;
  }
  /** The CPU whose current task it is; −1 if no CPU runs it. */
  cpuRunning(task: number): number {
    for (let cpu = 0; cpu < this.cpus; cpu++) if (this.currentOf(cpu) === task) return cpu;
    return -1;
  }
  setCurrent(cpu: number, task: number): void {
    const word = this.currentWord[cpu] as number;
    this.mem.set(word, task | 0);
    if (this.wordSize === 8) this.mem.set(word + 1, Math.floor(task / 0x1_0000_0000) | 0);
  }
  get current(): number {
    return this.currentOf(this.cpu);
  }
  /** preempt_count(): bit 31 is not part of it, so that one that has been decremented too often is 0x7fffffff. */
  get preemptCount(): number {
    return (this.mem.words[this.preemptWord[this.cpu] as number] as number) & COUNT_MASK;
  }
  set preemptCount(count: number) {
    this.mem.set(this.preemptWord[this.cpu] as number, count & COUNT_MASK);
  }
  get irqsOff(): boolean {
    return this.mem.words[this.irqsOffWord[this.cpu] as number] !== 0;
  }
  set irqsOff(off: boolean) {
    this.mem.set(this.irqsOffWord[this.cpu] as number, off ? 1 : 0);
  }
  /** in_interrupt() */
  get inInterrupt(): boolean {
    return (this.preemptCount & IN_INTERRUPT) !== 0;
  }

  /** WARN_ONCE: true the first time that it is asked for a warning. */
  warnsNow(what: WarnOnce): boolean {
    const warned = this.getGlobal('kmem_warned');
    if (warned & (1 << what)) return false;
    this.setGlobal('kmem_warned', warned | (1 << what));
    return true;
  }

  // ---------------------------------------------------------------- time
  get jiffies(): number {
    return this.kernel.vars.read('jiffies');
  }
  /** The unsigned long that jiffies will be in so many jiffies. */
  jiffiesIn(jiffies: number): number {
    const then = this.jiffies + jiffies;
    return this.wordSize === 8 ? then : then >>> 0;
  }
  /** Jiffies since boot: what timers compare, without the wrap at 32 bits. */
  get now(): number {
    return (this.jiffies32 - this.initialJiffies) | 0;
  }
  get jiffies32(): number {
    return this.mem.words[this.global('jiffies')] as number;
  }
  /** Lets time pass. */
  advance(jiffies: number): void {
    // word by word: exact whatever has been written there
    const word = this.global('jiffies');
    const low = ((this.mem.words[word] as number) >>> 0) + jiffies;
    this.mem.set(word, low | 0);
    if (this.wordSize === 8 && low > 0xffffffff) this.mem.set(word + 1, ((this.mem.words[word + 1] as number) + 1) | 0);
    this.setGlobal('kmem_ticks', 0);
  }
  /** ktime_get(): emulated nanoseconds since boot. */
  nanoseconds(): number {
    return (this.now * STATEMENTS_PER_JIFFY + this.getGlobal('kmem_ticks')) * this.statementNs;
  }
  /** Emulated seconds since boot: jiffies, and the statements since the last one. */
  seconds(): number {
    return (this.now + this.getGlobal('kmem_ticks') / STATEMENTS_PER_JIFFY) / this.hz;
  }
}
