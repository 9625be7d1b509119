/**
 * What one entry of the catalogue of kernel API says. One entry a function or macro; the checker, the linter, hovers, completion,
 * the run-time checks, the vm's bindings and the documentation all read it (architecture, invariant 5).
 */

/** Columns of the context table: T preemptible task · M task holding a mutex · SL spinlock or preemption off · BH bottom halves off or softirq ·
 * IO interrupts off in a task · HI hard interrupt · R RCU reader · NMI. */
export type ContextColumn = 'T' | 'M' | 'SL' | 'BH' | 'IO' | 'HI' | 'R' | 'NMI';
/** yes · no · gfp: only with a mask that does not direct-reclaim · deferred: allowed, the work is done later · chance: works only by chance, not supported */
export type Allowed = 'yes' | 'no' | 'gfp' | 'deferred' | 'chance';
export type Contexts = Readonly<Record<ContextColumn, Allowed>>;

/** never · always · gfp: as its gfp_t argument says · may: in some cases (what `sleepsNote` says) */
export type Sleeps = 'never' | 'always' | 'gfp' | 'may';

/** What a call does to the context of its caller; `arg` is the index of the argument that names the lock or the flags. */
export type Effect =
  | { readonly on: 'preempt'; readonly op: 'disable' | 'enable' }
  | { readonly on: 'irq'; readonly op: 'disable' | 'enable' | 'save' | 'restore'; readonly arg?: number }
  | { readonly on: 'bh'; readonly op: 'disable' | 'enable' }
  | { readonly on: 'rcu'; readonly op: 'lock' | 'unlock' }
  | { readonly on: 'pagefault'; readonly op: 'disable' | 'enable' }
  | {
      readonly on: 'lock';
      readonly op: 'acquire' | 'release' | 'try';
      /** spin and rw locks disable preemption (not on PREEMPT_RT); raw and bit always do; mutex, rwsem, semaphore don't */
      readonly lock:
        | 'spin'
        | 'raw'
        | 'read'
        | 'write'
        | 'bit'
        | 'mutex'
        | 'rwsem_read'
        | 'rwsem_write'
        | 'semaphore'
        | 'local';
      readonly arg: number;
    };

/** Where a callback given to this function runs: argument index and the context it is called in. */
export interface Registers {
  readonly arg: number;
  readonly context: 'task' | 'softirq' | 'hardirq' | 'rcu' | 'nmi';
}

export interface ApiEntry {
  /** C prototype in kernel spelling, parameters named, without the semicolon; macros that can't be typed give their form, `wait_event(wq, condition)`. */
  readonly proto: string;
  /** `macro`: the arguments are not evaluated as a function's are; `body` or a special form of the checker says what it means. */
  readonly kind: 'function' | 'macro';
  /** A macro's meaning in the scenario language itself (our own words): see catalogue/macros.ts. Absent for functions and special forms. */
  readonly body?: string;
  readonly sleeps: Sleeps;
  readonly sleepsNote?: string;
  readonly contexts: Contexts;
  readonly effects?: readonly Effect[];
  readonly registers?: readonly Registers[];
  /** Functions that free or undo what this returns or does (`__free_pages`), with words where a rule goes with it. */
  readonly freedWith?: readonly string[];
  readonly freeNote?: string;
  /** Kernel version that brought it, and the first that no longer has it; absent: all that kmem knows. */
  readonly since?: string;
  readonly until?: string;
  /** One or two sentences for the hover: what it does, units, what it returns when it fails. */
  readonly words: string;
  /** file in the kernel tree, 6.1 */
  readonly source: string;
  /** header a module includes to get it */
  readonly header?: string;
  /** true: the vm has an implementation (a type in vm/builtins makes sure of it). false: the linter knows it, running it is refused before the start. */
  readonly run: boolean;
  /** the result must not be ignored / may be NULL / may be an ERR_PTR */
  readonly result?: 'may be NULL' | 'may be ERR_PTR' | 'error code' | undefined;
  readonly preconditions?: readonly string[];
}

const columns = (
  T: Allowed,
  M: Allowed,
  SL: Allowed,
  BH: Allowed,
  IO: Allowed,
  HI: Allowed,
  R: Allowed,
  NMI: Allowed,
): Contexts => ({ T, M, SL, BH, IO, HI, R, NMI });
/** callable anywhere but NMI */
export const ANYWHERE = columns('yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'no');
/** callable anywhere, NMI too */
export const ANYWHERE_NMI = columns('yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes');
/** task context that may sleep */
export const TASK_ONLY = columns('yes', 'yes', 'no', 'no', 'no', 'no', 'no', 'no');
/** an allocation: in atomic context only with a mask that doesn't direct-reclaim */
export const BY_GFP = columns('yes', 'yes', 'gfp', 'gfp', 'gfp', 'gfp', 'gfp', 'no');
