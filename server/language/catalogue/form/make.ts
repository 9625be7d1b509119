/**
 * How the files of the catalogue write their entries: one call per entry, with presets for what most of them share.
 * `runs`: the vm has an implementation. `known`: the linter and the editor know it, running it is refused before the start.
 */
import {
  type Allocates,
  type Allowed,
  ANYWHERE,
  ANYWHERE_NMI,
  type ApiEntry,
  BY_GFP,
  type Contexts,
  type Effect,
  type Family,
  type MemoryKind,
  type OrderOf,
  type Question,
  TASK_ONLY,
} from './entry';

export type Detail = Partial<Omit<ApiEntry, 'proto' | 'kind' | 'summary' | 'source' | 'run'>>;
/** `P` is the text of the prototype, so that the vm's implementation can be typed from it. */
export type RunEntry<P extends string = string> = ApiEntry & {
  readonly kind: 'function';
  readonly run: true;
  readonly proto: P;
};
type KnownEntry = ApiEntry & { readonly kind: 'function'; readonly run: false };
type MacroEntry = ApiEntry & { readonly kind: 'macro'; readonly run: true };
type KnownMacroEntry = ApiEntry & { readonly kind: 'macro'; readonly run: false };

/** Without a preset: never sleeps, callable anywhere but in NMI. */
const usual = { sleeps: 'never', contexts: ANYWHERE } as const;
const all = (details: readonly Detail[]): typeof usual & Detail => Object.assign({}, usual, ...details);

/** An entry of `source` (a file of the kernel tree) that the vm implements. */
export const runs = <const P extends string>(
  source: string,
  proto: P,
  summary: string,
  ...details: Detail[]
): RunEntry<P> => ({
  ...all(details),
  proto,
  summary,
  source,
  kind: 'function',
  run: true,
});
export const known = (source: string, proto: string, summary: string, ...details: Detail[]): KnownEntry => ({
  ...all(details),
  proto,
  summary,
  source,
  kind: 'function',
  run: false,
});
/** A macro: its body is in bodies/macros.ts, or the checker and the vm treat it as a special form. */
export const macro = (source: string, proto: string, summary: string, ...details: Detail[]): MacroEntry => ({
  ...all(details),
  proto,
  summary,
  source,
  kind: 'macro',
  run: true,
});
export const knownMacro = (source: string, proto: string, summary: string, ...details: Detail[]): KnownMacroEntry => ({
  ...all(details),
  proto,
  summary,
  source,
  kind: 'macro',
  run: false,
});

/** Contexts column by column: T M SL BH IO HI R NMI as y · n · g(fp) · d(eferred) · c(hance). */
export function contexts(columns: string): Contexts {
  const of = (i: number): Allowed => {
    switch (columns[i]) {
      case 'y':
        return 'yes';
      case 'g':
        return 'gfp';
      case 'd':
        return 'deferred';
      case 'c':
        return 'chance';
      default:
        return 'no';
    }
  };
  return { T: of(0), M: of(1), SL: of(2), BH: of(3), IO: of(4), HI: of(5), R: of(6), NMI: of(7) };
}

/** Never sleeps, NMI too. */
export const inNmi: Detail = { contexts: ANYWHERE_NMI };
/** Always may sleep: tasks only. */
export const sleeping: Detail = { sleeps: 'always', contexts: TASK_ONLY };
/** Sleeps where it drops the last reference, perhaps: allowed in atomic context for who knows that there are others. */
export const lastPut: Detail = { sleeps: 'may', sleepsNote: 'where it drops the last reference' };
/** Takes spinlocks inside, which sleep on PREEMPT_RT. */
export const spinsInside: Detail = { spinsInside: true };
/** Sleeps if its mask, argument `arg`, direct-reclaims. */
export const sleepsByGfp = (arg: number): Detail => ({
  sleeps: 'gfp',
  contexts: BY_GFP,
  gfp: { arg },
  spinsInside: true,
});
/** The same; NULL when it fails. */
export const byGfp = (arg: number): Detail => ({ ...sleepsByGfp(arg), result: 'may be NULL' });
/** Doesn't sleep, but only a task may call it. */
export const taskOnly: Detail = { contexts: TASK_ONLY };

export const effects = (...list: Effect[]): Detail => ({ effects: list });
/** The effects happen where the result is zero: 0 is success. */
export const takesIfZero: Detail = { takes: { when: 'zero' } };
/** The effects happen where the result is not zero. */
export const takesIfNonzero: Detail = { takes: { when: 'nonzero' } };

/** It waits until the callback of the work, timer or tasklet that an argument points to has ended. */
export const waitsForCallback = (arg: number): Detail => ({ waitsFor: { arg, by: 'address' } });
/** It waits until the handlers of a line have ended, or a thread. */
export const waitsForValue = (arg: number, passed?: number): Detail => ({
  waitsFor: { arg, by: 'value', ...(passed === undefined ? {} : { passed }) },
});

export const asks = (question: Question): Detail => ({ asks: question });
export const neverReturns: Detail = { returns: 'never' };
export const writes = (...args: number[]): Detail => ({ writes: args });
/** The same; NULL if the caller does not want to know. */
export const writesUnlessNull = (...args: number[]): Detail => ({ writes: args, optional: args });
const family = (name: Family): Detail => ({ family: name });
export const userAccess = family('user access');
/** The task gives the CPU away, and runs again when it is called back. */
export const waits: Detail = { ...family('wait'), anyState: true, effects: [{ on: 'state', op: 'running' }] };
export const inAnyState: Detail = { anyState: true };
/** BUG_ON(in_interrupt()) */
export const bugInInterrupt: Detail = { bugIn: 'interrupt' };
/** BUG_ON(in_nmi()) */
export const bugInNmi: Detail = { bugIn: 'nmi' };
export const allocatesPages = family('page allocation');
export const allocatesObjects = family('slab allocation');
/** kmalloc: a call of `small` or `large` if the size, argument `arg`, is a constant, else of `symbol`. */
export const compiledAs = (arg: number, small: string, symbol: string, large: string): Detail => ({
  symbol,
  compiledAs: { arg, small, large },
});
export const simulator = family('simulator');
export const declares: Detail = { declares: true };
export const loops: Detail = { loops: true };
export const isObject: Detail = { isObject: true };
export const initialises: Detail = { initialises: true };
/** The same, with the comma that would follow: none is written after it. */
export const initialisesWithComma: Detail = { initialises: 'and its comma' };

export const freed = (by: string | readonly string[], freeNote?: string): Detail => ({
  freedWith: typeof by === 'string' ? [by] : by,
  ...(freeNote === undefined ? {} : { freeNote }),
});
export const needs = (...preconditions: string[]): Detail => ({ preconditions });
export const since = (version: string, until?: string): Detail => ({
  since: version,
  ...(until === undefined ? {} : { until }),
});
/** It has a successor. */
export const deprecated = (use: string, since?: string): Detail => ({
  deprecated: { use, ...(since === undefined ? {} : { since }) },
});
export const until = (version: string): Detail => ({ until: version });

/** The result is memory of this kind. */
export const gives = (kind: MemoryKind, more: Omit<Allocates, 'kind'> = {}): Detail => ({
  allocates: { kind, ...more },
});
/** An argument must be an address in the direct map. */
/** The result stands for something of another subsystem, or is an error pointer: never NULL. */
export const givesHandle: Detail = { result: 'may be ERR_PTR', ...gives('handle', { managed: true }) };
export const inDirectMap = (arg: number): Detail => ({ directMap: arg });
/** The object of an argument is freed: one of these kinds. */
export const frees = (arg: number, kinds: MemoryKind | readonly MemoryKind[], from?: number): Detail => ({
  frees: { arg, kinds: typeof kinds === 'string' ? [kinds] : kinds, ...(from === undefined ? {} : { from }) },
});
/** The same, which objects of caches may be given to since SLOB is gone (mm/slab_common.c, 6.4). */
export const freesObjects = (...kinds: MemoryKind[]): Detail => ({
  frees: { arg: 0, kinds, kindsSince: { kinds: ['cache object'], version: '6.4' } },
});
/** The same after a grace period. */
export const freesLater = (arg: number, ...kinds: MemoryKind[]): Detail => ({ frees: { arg, kinds, later: true } });
/** A block of pages is freed. */
export const freesPages = (arg: number, kind: MemoryKind, order: OrderOf): Detail => ({
  frees: { arg, kinds: [kind], order },
});
/** Other code can reach what these arguments point to from now on. */
export const keeps = (...args: number[]): Detail => ({ keeps: args });
/** The same, also of a call that returns an error code and fails. */
export const keepsAnyhow = (...args: number[]): Detail => ({ keeps: args, keepsAnyhow: true });
/** A reference to what these arguments point to is set, taken or dropped. */
export const counts = (...args: number[]): Detail => ({ counts: args });
/** What these arguments point to is read or written at once. */
export const follows = (...args: number[]): Detail => ({ follows: args });
/** It puts these arguments on a list or into a tree, or takes them off: it follows them, and links of their neighbours change. */
export const relinks = (...args: number[]): Detail => ({ ...follows(...args), relinks: true });
/** The result is the memory of an argument by another name. */
export const names = (arg: number, as: MemoryKind): Detail => ({ names: { arg, as } });
/** The kernel marks it __must_check, or what it wrote or took is not known without its result. */
export const mustCheck: Detail = { mustCheck: true };
