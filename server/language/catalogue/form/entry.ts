/**
 * One entry of the catalogue of kernel API. One entry per function or macro; the checker, the linter, hovers, completion,
 * the run-time checks, the vm's bindings and the documentation all read it (architecture, invariant 5).
 */
import type { GfpBit, GfpMask } from '../../../profiles/profile';

/** Columns of the context table: T preemptible task · M task holding a mutex · SL spinlock or preemption off · BH bottom halves off or softirq ·
 * IO interrupts off in a task · HI hard interrupt · R RCU reader · NMI. */
export type ContextColumn = 'T' | 'M' | 'SL' | 'BH' | 'IO' | 'HI' | 'R' | 'NMI';
/**
 * yes · no · gfp: only with a mask that does not direct-reclaim · deferred: allowed, the work is done later · chance: works only by chance,
 * not supported
 */
export type Allowed = 'yes' | 'no' | 'gfp' | 'deferred' | 'chance';
export type Contexts = Readonly<Record<ContextColumn, Allowed>>;

/** never · always · gfp: depends on its gfp_t argument · may: in some cases (see `sleepsNote`) */
export type Sleeps = 'never' | 'always' | 'gfp' | 'may';

/** What a call does to the context of its caller; `arg` is the index of the argument that names the lock or the flags. */
export type Effect =
  /** `onRt`: what PREEMPT_RT does instead: takes a lock that sleeps, or only keeps the task on its CPU, which may sleep then */
  | { readonly on: 'preempt'; readonly op: 'disable' | 'enable'; readonly onRt?: 'lock' | 'migrate' }
  /** the task's state: `set` by an argument (TASK_RUNNING is 0), or `running` afterwards */
  | { readonly on: 'state'; readonly op: 'set'; readonly arg: number }
  | { readonly on: 'state'; readonly op: 'running' }
  | { readonly on: 'irq'; readonly op: 'disable' | 'enable' | 'save' | 'restore'; readonly arg?: number }
  | { readonly on: 'bh'; readonly op: 'disable' | 'enable' }
  | { readonly on: 'rcu'; readonly op: 'lock' | 'unlock' }
  | { readonly on: 'pagefault' | 'migrate'; readonly op: 'disable' | 'enable' }
  /** what the task is in until the call that ends it, where it may sleep and be preempted: an SRCU reader, masks that are narrowed */
  | { readonly on: 'scope'; readonly op: 'begin' | 'end' }
  | {
      readonly on: 'lock';
      readonly op: 'acquire' | 'release' | 'try';
      /** spin and rw locks disable preemption (not on PREEMPT_RT); raw and bit always do; mutex, rwsem, semaphore do not */
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

/**
 * How a call names what a callback belongs to. `address`: the work, timer or tasklet that an argument points to; `value`: the number of an
 * interrupt line, or a thread.
 */
type NamedBy = 'address' | 'value';
/** It waits until the callback of what `arg` names has ended; `passed`: the argument that this callback was registered with, too. */
export interface WaitsFor {
  readonly arg: number;
  readonly by: NamedBy;
  readonly passed?: number;
}
/** Where a callback given to this function runs: argument index and the context it is called in; `kworker`: a task too; `reader`: a task in an RCU reader. */
export interface Registers {
  readonly arg: number;
  /** what it belongs to, where a call can wait for it (`WaitsFor`), and the argument that it is passed */
  readonly of?: { readonly arg: number | 'result'; readonly by: NamedBy; readonly passed?: number };
  readonly context: 'task' | 'kworker' | 'reader' | 'softirq' | 'hardirq' | 'rcu' | 'nmi';
}

/** A query about the context: its result follows from the state of the analysis. */
export type Question =
  | 'in_atomic'
  | 'in_interrupt'
  | 'in_hardirq'
  | 'in_softirq'
  | 'in_serving_softirq'
  | 'in_nmi'
  | 'in_task'
  | 'irqs_disabled'
  | 'preemptible'
  | 'preempt_count'
  | 'spin_is_locked'
  | 'gfpflags_allow_blocking';

/** Functions that messages and the simulator treat alike. */
export type Family =
  /** copies to or from user space: sleeps in a page fault only, so not while faults are disabled */
  | 'user access'
  /** its purpose is to let time pass */
  | 'wait'
  /** its pages come from the page allocator: sim_fail_next() can make it fail */
  | 'page allocation'
  /** its memory comes from the slab allocator: the same */
  | 'slab allocation'
  /** acts from outside the program: other contexts may run during the call */
  | 'simulator';

/** Kinds of memory and mappings: a function frees objects of the kinds that its entry names. */
export type MemoryKind =
  | 'kmalloc'
  /** kstrdup_const(): kmalloc memory, or the string itself */
  | 'const string'
  | 'nolock'
  | 'vmalloc'
  | 'kvmalloc'
  /** a struct page */
  | 'pages'
  /** the address of pages in the direct map */
  | 'page address'
  | 'exact pages'
  | 'percpu'
  | 'cache'
  | 'cache object'
  | 'pool'
  | 'pool element'
  /** freed when the device is detached */
  | 'devm'
  | 'vmap'
  | 'ram map'
  | 'address range'
  | 'ioremap'
  /** kmap_local_page(): of this task, unmapped in reverse order */
  | 'local map'
  /** kmap_atomic(): the same, with preemption off */
  | 'atomic map'
  | 'coherent DMA'
  | 'DMA pool'
  | 'DMA pool block'
  | 'workqueue'
  /** what another subsystem gave: an error pointer says that it failed, and nobody here frees it */
  | 'handle'
  /** a packet */
  | 'sk_buff'
  | 'net_device'
  /** a request to a USB device */
  | 'urb'
  | 'USB buffer'
  /** a request for sectors, and one that blk-mq made of some of them */
  | 'bio'
  | 'request'
  | 'gendisk'
  | 'input_dev'
  /** a node of the device tree, and of any firmware: each with a reference */
  | 'device node'
  | 'firmware node'
  /** of page_frag_alloc() */
  | 'page fragment'
  | 'page pool'
  | 'page of a page pool';

/** The order of a block of pages: an argument, or always the same. */
export type OrderOf = { readonly arg: number } | { readonly is: number };

/** The result is memory of this kind. */
export interface Allocates {
  readonly kind: MemoryKind;
  readonly order?: OrderOf;
  /** argument that is the size in bytes, and the one it is multiplied with */
  readonly size?: number;
  readonly count?: number;
  /** the function that takes a count and a size instead of their product */
  readonly array?: string;
  /** the function that gives the same memory filled with zeros */
  readonly zeroing?: string;
  /** the cache or the pool it comes from */
  readonly from?: number;
  /** the memory of this argument is freed, unless the result is NULL */
  readonly instead?: number;
  /** freed without the caller's doing */
  readonly managed?: true;
  /** never NULL with a mask that direct-reclaims */
  readonly waits?: true;
  /** never NULL */
  readonly sure?: true;
  /** a cache whose objects this argument constructs */
  readonly ctor?: number;
  /** filled with zeros */
  readonly zeroed?: true;
}
/** It frees the object of an argument. */
export interface Frees {
  readonly arg: number;
  readonly kinds: readonly MemoryKind[];
  /** kinds that it frees from a kernel version on */
  readonly kindsSince?: { readonly kinds: readonly MemoryKind[]; readonly version: string };
  readonly order?: OrderOf;
  readonly from?: number;
  /** an address anywhere in it will do */
  readonly anywhere?: true;
  /** after a grace period: readers may use it until then */
  readonly later?: true;
}
/**
 * What a call does to memory, as the linter follows it. An argument that is in none of these fields stays as it was: whoever owned what it
 * points to still does.
 */
interface MemoryEffects {
  readonly allocates?: Allocates;
  readonly frees?: Frees;
  /** Arguments whose memory other code can reach from now on: it is on a list, registered, stored. */
  readonly keeps?: readonly number[];
  /** It keeps them where it fails, too, or frees them then. */
  readonly keepsAnyhow?: true;
  /** Arguments whose memory is counted: how many references there are decides when it is freed. */
  readonly counts?: readonly number[];
  /** Arguments whose memory it reads or writes at once: NULL is an oops. */
  readonly follows?: readonly number[];
  /** Links of a list or a tree change, also those of entries that no argument names. */
  readonly relinks?: true;
  /** The result is the memory of this argument under another name: its address, or its struct page. */
  readonly names?: { readonly arg: number; readonly as: MemoryKind };
  /** It undoes a mapping: named by its page, or by its address. */
  readonly unmaps?: { readonly arg: number; readonly by: 'page' | 'address' };
  /** An argument that must be an address in the direct map. */
  readonly directMap?: number;
  /** The result tells whether a pointer is an error: by 1, or by its errno. */
  readonly testsPointer?: { readonly arg: number; readonly for: 'error' | 'error or NULL'; readonly by?: 'errno' };
  /** The result tells whether a pointer is to memory of this kind. */
  readonly testsKind?: { readonly arg: number; readonly kind: MemoryKind };
  /** The result is this argument, an errno, as a pointer. */
  readonly makesError?: number;
  /** The run is over where this argument is zero. */
  readonly asserts?: number;
  /** The memory of an argument is filled with a value: arguments. */
  readonly fills?: { readonly arg: number; readonly value: number; readonly size: number };
  /** The kernel marks it __must_check, or what it wrote or took is not known without its result. */
  readonly mustCheck?: true;
}

export interface ApiEntry extends MemoryEffects {
  /**
   * C prototype in kernel spelling, parameters named, without the semicolon; macros that cannot be typed give their form, `wait_event(wq,
   * condition)`.
   */
  readonly proto: string;
  /** `macro`: the arguments are not evaluated as a function's are; `body` or a special form of the checker defines it. */
  readonly kind: 'function' | 'macro';
  readonly sleeps: Sleeps;
  readonly sleepsNote?: string;
  readonly contexts: Contexts;
  /** The gfp mask argument, if it decides whether the call sleeps: it does if the mask has all bits of `sleepsOn`
   * (a constant's name; absent: `__GFP_DIRECT_RECLAIM`). */
  readonly gfp?: { readonly arg: number; readonly sleepsOn?: GfpBit | GfpMask };
  /** An argument that is a gfp mask, where it does not decide whether the call sleeps. */
  readonly mask?: number;
  /** It sleeps only if this argument is not zero. */
  readonly sleepsIf?: { readonly arg: number };
  /** It may be called while the task's state is not TASK_RUNNING: it gives the CPU away, or waits on its own. */
  readonly anyState?: true;
  /** This argument is a condition that it evaluates while the task's state is not TASK_RUNNING. */
  readonly condition?: number;
  /** The kernel stops with a BUG if it is called there: in an interrupt or with bottom halves off, or in an NMI. */
  readonly bugIn?: 'interrupt' | 'nmi';
  /** It takes spinlocks inside, which sleep on PREEMPT_RT: not there under a raw spinlock, nor with interrupts or preemption off. */
  readonly spinsInside?: true;
  /** It sleeps only on machines with CONFIG_HIGHMEM. */
  readonly sleepsOnHighmem?: true;
  /** It does not return. */
  readonly returns?: 'never';
  readonly asks?: Question;
  /** Its answer is about this CPU: with preemption on, the task may be on another one at once. */
  readonly pinned?: true;
  readonly effects?: readonly Effect[];
  /** The effects happen only if the result is zero, or only if it is not; absent: always. */
  readonly takes?: { readonly when: 'zero' | 'nonzero' };
  /** The argument that names the subclass of the lock: an order among locks of one class (lockdep). */
  readonly subclass?: number;
  /** Arguments through which it writes. */
  readonly writes?: readonly number[];
  /** Of those, the ones that may be NULL: nothing is written then. */
  readonly optional?: readonly number[];
  readonly family?: Family;
  /** C types of arguments of a macro whose form has no types, by parameter. */
  readonly typed?: Readonly<Record<string, string>>;
  /** The arguments are of one type: the kernel's build refuses others, and has this macro for them. */
  readonly oneType?: { readonly otherwise: string };
  /** The argument is an array, not a pointer: the kernel's build refuses that. */
  readonly wantsArray?: number;
  /** The function of the C library whose place it takes in the kernel. */
  readonly insteadOf?: string;
  /** The macro is a declaration: `DEFINE_SPINLOCK(x);`. */
  readonly declares?: true;
  /** The macro is the head of a loop: `list_for_each(pos, head) statement`. */
  readonly loops?: true;
  /** The macro is written without arguments: `RB_ROOT`. */
  readonly isObject?: true;
  /** The macro stands in the braces of an initialiser for several of its values: `{ PCI_DEVICE(0x8086, 0x1533) }`; with the comma that would follow. */
  readonly initialises?: true | 'and its comma';
  /** It makes kernel threads. */
  readonly spawns?: true;
  readonly registers?: readonly Registers[];
  readonly waitsFor?: WaitsFor;
  /** Functions that free or undo what this returns or does (`__free_pages`), with a note where a rule goes with it. */
  readonly freedWith?: readonly string[];
  readonly freeNote?: string;
  /** The kernel has something better: since which version, and what, for a message. */
  readonly deprecated?: { readonly since?: string; readonly use: string };
  /** Kernel version that brought it, and the first without it; absent: all that kmem knows. */
  readonly since?: string;
  readonly until?: string;
  /** One or two sentences for the hover: what it does, units, what it returns when it fails. */
  readonly summary: string;
  /** file in the kernel tree, 6.1 */
  readonly source: string;
  /** functions through which it reaches schedule(), innermost first: call traces name them */
  readonly through?: readonly string[];
  /** the kernel's function in which it spends its time, where call traces name that and not its own */
  readonly symbol?: string;
  /**
   * It is compiled into a call of one of these: by the argument that is a size, which is a constant up to KMALLOC_MAX_CACHE_SIZE, a larger one,
   * or none.
   */
  readonly compiledAs?: { readonly arg: number; readonly small: string; readonly large: string };
  /** header a module includes to get it */
  readonly header?: string;
  /**
   * true: the vm has an implementation (a type in vm/builtins makes sure of it). false: the linter knows it, running it is refused before
   * the start.
   */
  readonly run: boolean;
  /** the result must not be ignored / may be NULL / may be an ERR_PTR */
  readonly result?: 'may be NULL' | 'may be ERR_PTR' | 'error code';
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
/** an allocation: in atomic context only with a mask that does not direct-reclaim */
export const BY_GFP = columns('yes', 'yes', 'gfp', 'gfp', 'gfp', 'gfp', 'gfp', 'no');
