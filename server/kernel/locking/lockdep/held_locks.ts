/**
 * The locks that a task holds, oldest first: `held_locks` of its task_struct, the locks of interrupts on top of it too
 * (include/linux/lockdep.h: struct held_lock, 6.1). kmem keeps the list whatever the kernel's configuration; what lockdep does not
 * follow has class 0.
 */
import type { Core } from '../../sched/core';
import { LOCK_ENTRY, MAX_LOCK_DEPTH, T, type Tasks } from '../../sched/task';
import { kindNumber, kindOf, type LockKind } from './lock_kind';

export const HARDIRQ_CONTEXT = 1;
export const SOFTIRQ_CONTEXT = 2;
const NONE: readonly HeldLock[] = [];

export interface HeldLock {
  /** lock or lockdep_map */
  readonly address: number;
  readonly kind: LockKind;
  /** address of the instruction that took it */
  readonly ip: number;
  /** number of its class; 0: lockdep does not follow it */
  readonly class: number;
  /** HARDIRQ_CONTEXT, SOFTIRQ_CONTEXT */
  readonly irqContext: number;
  /** 0 exclusive, 1 shared, 2 shared and recursive */
  readonly read: number;
  readonly trylock: boolean;
  readonly check: boolean;
  readonly irqsOff: boolean;
  /** the task has it; false while it waits for it */
  readonly acquired: boolean;
}
/** Byte offsets in an entry. */
export const ENTRY = { address: 0, ip: 8, bits: 16 } as const;
/** Bits of an entry's `bits`: the class number is in the lowest 13. */
const CLASS_MASK = 0x1fff;
const IRQ_CONTEXT = 13;
const TRYLOCK = 1 << 15;
const READ_SHIFT = 16;
const CHECK = 1 << 18;
const IRQS_OFF = 1 << 19;
const ACQUIRED = 1 << 20;
const KIND = 21;

/** What an entry's bits say by themselves: for one of another moment, whose words are not in memory now. */
export const heldKind = (bits: number): LockKind => kindOf(bits >>> KIND);
export const heldAcquired = (bits: number): boolean => (bits & ACQUIRED) !== 0;

const packed = (lock: HeldLock): number =>
  lock.class |
  (lock.irqContext << IRQ_CONTEXT) |
  (lock.trylock ? TRYLOCK : 0) |
  (lock.read << READ_SHIFT) |
  (lock.check ? CHECK : 0) |
  (lock.irqsOff ? IRQS_OFF : 0) |
  (lock.acquired ? ACQUIRED : 0) |
  (kindNumber(lock.kind) << KIND);

export class HeldLocks {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
  ) {}

  private depth(task: number): number {
    return Math.min(this.tasks.get(task, T.lockDepth), MAX_LOCK_DEPTH);
  }
  /** Whether a task has no entries. */
  none(task: number): boolean {
    return this.tasks.get(task, T.lockDepth) === 0;
  }
  /** All entries of a task, oldest first. */
  of(task: number): HeldLock[] {
    return Array.from({ length: this.depth(task) }, (_, i) => this.entry(task, i));
  }
  /** The entries that lockdep follows. */
  followed(task: number): readonly HeldLock[] {
    return this.none(task) ? NONE : this.of(task).filter((lock) => lock.class !== 0);
  }
  private entry(task: number, index: number): HeldLock {
    const { tasks } = this;
    const at = T.locks + index * LOCK_ENTRY;
    const bits = tasks.get(task, at + ENTRY.bits);
    return {
      address: tasks.getLong(task, at + ENTRY.address),
      kind: heldKind(bits),
      ip: tasks.getLong(task, at + ENTRY.ip),
      class: bits & CLASS_MASK,
      irqContext: (bits >>> IRQ_CONTEXT) & 3,
      read: (bits >>> READ_SHIFT) & 3,
      trylock: (bits & TRYLOCK) !== 0,
      check: (bits & CHECK) !== 0,
      irqsOff: (bits & IRQS_OFF) !== 0,
      acquired: heldAcquired(bits),
    };
  }
  /** Appends a lock to the running task's list; false if the list is full. */
  push(lock: HeldLock): boolean {
    const { tasks } = this;
    const task = this.core.current;
    const depth = tasks.get(task, T.lockDepth);
    if (depth >= MAX_LOCK_DEPTH) return false;
    const at = T.locks + depth * LOCK_ENTRY;
    tasks.setLong(task, at + ENTRY.address, lock.address);
    tasks.setLong(task, at + ENTRY.ip, lock.ip);
    tasks.set(task, at + ENTRY.bits, packed(lock));
    tasks.set(task, T.lockDepth, depth + 1);
    return true;
  }
  /** Index of the newest entry of a task for a lock, −1 if it has none. */
  private indexOf(task: number, address: number, wanted: (bits: number) => boolean): number {
    const { tasks } = this;
    for (let i = this.depth(task) - 1; i >= 0; i--) {
      const at = T.locks + i * LOCK_ENTRY;
      if (tasks.getLong(task, at + ENTRY.address) === address && wanted(tasks.get(task, at + ENTRY.bits))) return i;
    }
    return -1;
  }
  /** The running task, which has waited for a lock, has it. */
  acquired(address: number): void {
    const { tasks } = this;
    const task = this.core.current;
    const index = this.indexOf(task, address, (bits) => (bits & ACQUIRED) === 0);
    if (index < 0) return;
    const at = T.locks + index * LOCK_ENTRY + ENTRY.bits;
    tasks.set(task, at, tasks.get(task, at) | ACQUIRED);
  }
  /** Takes the newest entry for a lock that a task has off its list; false if there is none. */
  remove(task: number, address: number): boolean {
    const { tasks } = this;
    const index = this.indexOf(task, address, (bits) => (bits & ACQUIRED) !== 0);
    if (index < 0) return false;
    const depth = this.depth(task);
    for (let at = T.locks + index * LOCK_ENTRY; at < T.locks + (depth - 1) * LOCK_ENTRY; at += 4)
      tasks.set(task, at, tasks.get(task, at + LOCK_ENTRY));
    tasks.set(task, T.lockDepth, depth - 1);
    return true;
  }
  /** Whether a task has a lock. */
  holds(task: number, address: number): boolean {
    return this.tasks.get(task, T.lockDepth) > 0 && this.indexOf(task, address, (bits) => (bits & ACQUIRED) !== 0) >= 0;
  }
  /** A task that has a lock; 0 if none does. */
  holder(address: number): number {
    return this.tasks.all.find((task) => this.holds(task, address)) ?? 0;
  }
}
