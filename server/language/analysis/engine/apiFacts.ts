/**
 * What the analyses ask of a catalogue entry, worked out once an entry: which argument is the gfp mask, which bits of it make it sleep,
 * whether its result says that a lock was taken. The rules themselves stay in the catalogue.
 */
import type { ApiEntry, Effect } from '../../catalogue/entry';

export interface ApiFacts {
  readonly entry: ApiEntry;
  /** index of the gfp_t argument; −1: none */
  readonly gfpArg: number;
  /** it sleeps if all these bits of the mask are set */
  readonly blockingBits: number;
  readonly effects: readonly Effect[];
  /** the effects happen only if the result is non-zero (trylocks), zero (`mutex_lock_interruptible`), or always */
  readonly takenIf: 'always' | 'nonzero' | 'zero';
  /** index of an argument that must be non-zero for it to sleep (`sleep_us`, `might_sleep_if(cond)`); −1: none */
  readonly sleepArg: number;
  /** asks about the context: its value follows from the state */
  readonly asks: string | undefined;
  readonly neverReturns: boolean;
  /** may matter to a rule about contexts anywhere but in NMI */
  readonly matters: boolean;
}

/** Bits of 6.1 (include/linux/gfp_types.h). */
export const GFP_DIRECT_RECLAIM = 0x400;
const GFP_KERNEL = 0xcc0;

const NEVER_RETURNS = new Set(['BUG', 'panic', 'do_exit', 'kthread_exit', 'kthread_complete_and_exit']);
const ASKS = new Set([
  'in_atomic',
  'in_interrupt',
  'in_irq',
  'in_hardirq',
  'in_softirq',
  'in_serving_softirq',
  'in_nmi',
  'in_task',
  'irqs_disabled',
  'preemptible',
  'gfpflags_allow_blocking',
]);

const known = new Map<ApiEntry, ApiFacts>();

/** Parameter texts of a prototype or a macro's form. */
function parametersOf(proto: string): string[] {
  const end = proto.lastIndexOf(')');
  let depth = 0;
  let open = end;
  for (let i = end; i >= 0; i--) {
    if (proto[i] === ')') depth++;
    else if (proto[i] === '(' && --depth === 0) {
      open = i;
      break;
    }
  }
  const list: string[] = [];
  let from = open + 1;
  for (let i = from; i <= end; i++) {
    const c = proto[i];
    if (c === '(') depth++;
    else if (c === ')' && i < end) depth--;
    else if ((c === ',' && depth === 0) || i === end) {
      list.push(proto.slice(from, i).trim());
      from = i + 1;
    }
  }
  return list;
}

/** The facts of entry `name`; cached. */
export function apiFacts(name: string, entry: ApiEntry): ApiFacts {
  const cached = known.get(entry);
  if (cached) return cached;
  const params = entry.sleeps === 'never' ? [] : parametersOf(entry.proto);
  const gfpArg =
    entry.sleeps === 'gfp' ? params.findIndex((p) => /\bgfp_t\b|\bgfp(_mask|_flags)?$|^flags$/.test(p)) : -1;
  const effects = entry.effects ?? [];
  const tries = effects.some((e) => e.on === 'lock' && e.op === 'try');
  const acquires = effects.some((e) => e.on === 'lock' && e.op === 'acquire');
  const zeroMeansTaken =
    name === 'down_trylock' ||
    (acquires && (entry.result === 'error code' || /_(interruptible|killable|timeout)\b/.test(name)));
  const c = entry.contexts;
  const facts: ApiFacts = {
    entry,
    gfpArg,
    blockingBits: name === 'alloc_percpu_gfp' || name === '__alloc_percpu_gfp' ? GFP_KERNEL : GFP_DIRECT_RECLAIM,
    effects,
    takenIf: zeroMeansTaken ? 'zero' : tries ? 'nonzero' : 'always',
    sleepArg: entry.sleeps === 'may' ? params.findIndex((p) => /\bsleep_us$|^cond(ition)?$|\bcond$/.test(p)) : -1,
    asks: ASKS.has(name) ? name : undefined,
    neverReturns: NEVER_RETURNS.has(name),
    matters:
      entry.sleeps !== 'never' ||
      effects.length > 0 ||
      ASKS.has(name) ||
      NEVER_RETURNS.has(name) ||
      [c.SL, c.BH, c.IO, c.HI, c.R].some((a) => a === 'no' || a === 'gfp'),
  };
  known.set(entry, facts);
  return facts;
}
