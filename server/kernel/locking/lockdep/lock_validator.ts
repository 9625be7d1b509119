/**
 * The lock validator (kernel/locking/lockdep.c: __lock_acquire, register_lock_class, assign_lock_key, 6.1). It reports once, and is off
 * from then on.
 */

import type { DebugLocks } from '../../lib/debug_locks';
import type { KernelText } from '../../lib/kernel_text';
import type { StackDepot } from '../../lib/stackdepot';
import type { Reports } from '../../printk/reports';
import type { Core } from '../../sched/core';
import { HARDIRQ_MASK, NMI_MASK, SOFTIRQ_OFFSET } from '../../sched/preempt_mask';
import type { Tasks } from '../../sched/task';
import { HARDIRQ_CONTEXT, type HeldLock, type HeldLocks, SOFTIRQ_CONTEXT } from './held_locks';
import { LockChains } from './lock_chain';
import { LockClasses } from './lock_class';
import { LockGraph } from './lock_graph';
import { type LockKind, lockFacts } from './lock_kind';
import { LockMaps } from './lock_map';
import { LockReport } from './lock_report';
import { lockTraces } from './lock_trace';
import { DIR_MASK, HARDIRQ, LOCK_IN_NMI, LOCK_USED, LOCK_USED_READ, SOFTIRQ } from './lock_usage';
import { type CallSite, MarkLock } from './mark_lock';
import { printUsage } from './usage_report';
import { ValidateChain } from './validate_chain';
import { WaitContext } from './wait_context';

/** The kernel's functions that traces of lockdep pass through. */
const FUNCTIONS = [
  'lock_acquire',
  '__lock_acquire',
  'check_prev_add',
  'lockdep_hardirqs_on_prepare',
  'trace_hardirqs_on',
] as const;

/** What a task wants to take, or has taken at once. */
type Wanted = Pick<HeldLock, 'address' | 'kind' | 'ip' | 'trylock' | 'acquired'>;
const LOCK_ACQUIRE = ['lock_acquire'];

export class LockValidator {
  readonly report: LockReport;
  readonly marks: MarkLock;
  private readonly maps: LockMaps;
  private readonly classes: LockClasses;
  private readonly traces: StackDepot;
  private readonly chain: ValidateChain;
  private readonly waits: WaitContext;
  /** held by dependencies on locks, and not only by the lists of what is held: CONFIG_PROVE_LOCKING */
  private readonly proves: boolean;

  /** Before the run. `kernelMaps`: names of the kernel's own lockdep_maps, by address. */
  constructor(
    private readonly core: Core,
    tasks: Tasks,
    private readonly held: HeldLocks,
    private readonly reports: Reports,
    private readonly debugLocks: DebugLocks,
    private readonly text: KernelText,
    kernelMaps: ReadonlyMap<number, string>,
    /** where a task has switched interrupts, as lines of a report */
    private readonly irqLines: (task: number) => readonly string[],
  ) {
    const { config } = core.kernel.config;
    text.define(FUNCTIONS);
    this.proves = config.PROVE_LOCKING !== false;
    this.maps = new LockMaps(core);
    this.classes = new LockClasses(core, reports.names, kernelMaps);
    this.traces = lockTraces(core);
    const { classes, traces } = this;
    const graph = new LockGraph(core, classes);
    this.report = new LockReport(core, tasks, held, reports, classes, traces);
    const { report } = this;
    const enabling = new Site(this, [], ['lockdep_hardirqs_on_prepare', 'trace_hardirqs_on']);
    this.marks = new MarkLock(core, held, debugLocks, classes, graph, report, enabling, irqLines);
    const chains = new LockChains(core);
    this.chain = new ValidateChain(debugLocks, classes, graph, chains, report, (limit) => this.tooLow(limit));
    this.waits = new WaitContext(debugLocks, classes, report, config.PROVE_RAW_LOCK_NESTING === true);
  }

  // ---------------------------------------------------------------- classes
  /** lockdep_init_map: a lock is initialised at `key`. */
  initMap(lock: number, key: number): void {
    if (this.debugLocks.on) this.maps.init(lock, key);
  }
  /** Before the run: boot has taken a map, with interrupts and softirqs enabled. */
  usedAtBoot(map: number, kind: LockKind, functions: readonly string[]): void {
    const { classes, maps, traces, text } = this;
    const number = classes.register(map, 0, kind);
    const frames = ['lock_acquire', ...functions].map((name) => text.inside(name));
    maps.cacheClass(maps.init(map, map), number);
    for (const bit of [HARDIRQ | DIR_MASK, SOFTIRQ | DIR_MASK, LOCK_USED]) {
      classes.addUsage(number, bit);
      classes.setTrace(number, bit, traces.save(frames));
    }
  }
  /** Memory that holds locks is given back. */
  forget(start: number, bytes: number): void {
    this.maps.forget(start, bytes);
  }
  /** register_lock_class: the number of a lock's class; 0 if it cannot have one, with a report. */
  private classOf(lock: number, kind: LockKind, subclass: number, functions: readonly string[]): number {
    const { maps, classes } = this;
    const map = maps.find(lock) || this.staticMap(lock, functions);
    if (map === 0) return 0;
    const cached = subclass === 0 ? maps.cachedClass(map) : 0;
    if (cached !== 0) return cached;
    const key = maps.key(map);
    const number = classes.find(key, subclass) || classes.register(key, subclass, kind);
    if (number === 0) this.tooLow('MAX_LOCKDEP_KEYS');
    else if (subclass === 0) maps.cacheClass(map, number);
    return number;
  }
  /** assign_lock_key: a static lock is its own key; that of a per-CPU lock is CPU 0's copy. */
  private staticMap(lock: number, functions: readonly string[]): number {
    const { core, maps } = this;
    const { symbols } = core.kernel;
    const found = symbols.at(lock);
    if (!found) {
      this.notStatic(functions);
      return 0;
    }
    const key = found.cpu === undefined ? lock : symbols.address(found.name, 0) + found.offset;
    return maps.init(lock, key);
  }
  private notStatic(functions: readonly string[]): void {
    if (!this.debugLocks.off()) return;
    this.reports.report(
      'BUG',
      'INFO: trying to register non-static key.',
      [
        'The code is fine but needs lockdep annotation, or maybe',
        "you didn't initialize this object before use?",
        'turning off the locking correctness validator.',
      ],
      { functions: ['register_lock_class', '__lock_acquire', 'lock_acquire', ...functions] },
    );
  }
  /** print_lockdep_off */
  private tooLow(limit: string): void {
    if (!this.debugLocks.off()) return;
    this.reports.report('BUG', `BUG: ${limit} too low!`, ['turning off the locking correctness validator.']);
  }
  /** The name of a lock in reports. */
  lockName(lock: number, kind: LockKind): string {
    const map = this.maps.find(lock);
    return this.classes.nameOfKey(map === 0 ? lock : this.maps.key(map), kind);
  }

  // ---------------------------------------------------------------- lock_acquire
  /**
   * __lock_acquire: checks a lock that is about to be taken, and counts it as used. `map`: the lock that has its lockdep_map. `functions`:
   * of the kernel, between here and the scenario, innermost first. Its held_lock, with class 0 if lockdep does not follow it.
   */
  acquire(
    { address, kind, ip, trylock, acquired }: Wanted,
    map: number,
    subclass: number,
    functions: readonly string[],
  ): HeldLock {
    const { core, debugLocks, proves } = this;
    const count = core.preemptCount;
    const irqContext = (count & HARDIRQ_MASK ? HARDIRQ_CONTEXT : 0) | (count & SOFTIRQ_OFFSET ? SOFTIRQ_CONTEXT : 0);
    const facts = lockFacts(kind);
    // a queued rwlock lets readers in interrupts pass waiting writers
    const read = kind === 'rwlock (read)' && core.inInterrupt ? 2 : (facts.read ?? 0);
    const check = proves && facts.check !== false;
    const follows = debugLocks.on && (count & NMI_MASK) === 0;
    const number = follows ? this.classOf(map, kind, subclass, functions) : 0;
    const { irqsOff } = core;
    const lock: HeldLock = { address, kind, ip, class: number, irqContext, read, trylock, check, irqsOff, acquired };
    if (count & NMI_MASK && !trylock && debugLocks.on) this.unusedInNmi(lock, map, subclass, functions);
    if (number === 0 || !proves) return lock;
    const held = this.held.followed(core.current);
    const site = new Site(this, functions);
    const fine =
      this.waits.check(lock, held, functions) && this.marks.usage(lock, site) && this.chain.check(lock, held, site);
    return fine ? lock : { ...lock, class: 0 };
  }
  /** verify_lock_unused: a lock that is taken in an NMI is used nowhere else. */
  private unusedInNmi(lock: HeldLock, of: number, subclass: number, functions: readonly string[]): void {
    const { maps, classes, report, core } = this;
    const map = maps.find(of);
    const number = classes.find(map === 0 ? of : maps.key(map), subclass);
    if (number === 0) return;
    const used = (1 << LOCK_USED) | (lock.read === 2 ? 0 : 1 << LOCK_USED_READ);
    if ((classes.usage(number) & used) === 0 || !this.debugLocks.off()) return;
    const found = { ...lock, class: number };
    printUsage(report, classes, found, LOCK_USED, LOCK_IN_NMI, this.irqLines(core.current), [
      'lock_acquire',
      ...functions,
    ]);
  }
  /** The call trace of the code that runs: lockdep's `own` functions, the kernel's others, the scenario. */
  callTrace(own: readonly string[], functions: readonly string[]): number[] {
    const { text, reports } = this;
    return [...own, ...functions].map((name) => text.inside(name)).concat(reports.stacks.trace());
  }
  /** Keeps a call trace: its number; 0 if there is no room left. */
  saveTrace(trace: readonly number[]): number {
    return this.traces.save(trace);
  }
}

/** A call of lock_acquire, or of what switches interrupts on (`own`). */
class Site implements CallSite {
  constructor(
    private readonly validator: LockValidator,
    private readonly others: readonly string[],
    private readonly own: readonly string[] = LOCK_ACQUIRE,
  ) {}
  get functions(): readonly string[] {
    return ['__lock_acquire', 'lock_acquire', ...this.others];
  }
  saveTrace(): number {
    return this.validator.saveTrace(this.trace(this.own));
  }
  trace(own: readonly string[]): readonly number[] {
    return this.validator.callTrace(own, this.others);
  }
}
