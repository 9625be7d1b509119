/**
 * `contract-broken`: code does not do what a contract says: a function that is declared `__atomic` sleeps, one that is declared
 * `__may_sleep` or `__must_hold` is called where that cannot be, `__acquires` and `__releases` are not fulfilled.
 */
import type { FunctionSym, Program } from '../../../check/context/program';
import { callPathTo, contextText, rootOf, takenAt } from '../../engine/evidence';
import {
  type ExecContext,
  type HoldKind,
  has,
  heldAt,
  holdsAtomic,
  INTERRUPT_THREAD,
  isAtomic,
  isAtomicHold,
} from '../../engine/execContext';
import type { Block } from '../../engine/flow/cfg';
import type { Instance } from '../../engine/instance';
import type { Contracted, Leaving, Rule, RuleContext, Site } from '../../engine/rule';
import { exactOf } from '../../engine/values/knownBits';
import { waits } from '../../engine/waits';

const codes: Rule<'contract-broken'>['codes'] = {
  'contract-broken': {
    group: 'context',
    severity: 'warning',
    summary: 'code does not do what a contract of a function says',
    why: 'Who reads `__atomic`, `__must_hold(lock)` or `__acquires(lock)` at a function relies on it, and so does this linter where it does not see the body. Where the code does something else, callers sleep in atomic context, or run without the lock that they count on.',
    bad: 'static DEFINE_SPINLOCK(stats_lock);\nstatic int packets;\n\nstatic void count_packets(int n) __must_hold(&stats_lock)\n{\n\tpackets += n;\n}\n\nvoid nic_poll(void)\n{\n\tcount_packets(1);\n}\n',
    good: 'static DEFINE_SPINLOCK(stats_lock);\nstatic int packets;\n\nstatic void count_packets(int n) __must_hold(&stats_lock)\n{\n\tpackets += n;\n}\n\nvoid nic_poll(void)\n{\n\tspin_lock(&stats_lock);\n\tcount_packets(1);\n\tspin_unlock(&stats_lock);\n}\n',
    instead:
      'Keep the contract: take the lock before the call, release it where `__releases` says so; or change the declaration, and look at its callers then.',
    limits:
      'A lock that may be the one that is meant counts as that. A function that returns a negative errno need not have done what `__acquires` or `__releases` says.',
  },
};
type Context = RuleContext<keyof typeof codes>;

export const contractBroken: Rule<keyof typeof codes> = {
  codes,
  start: (cx) => ({
    apiCall(site, api) {
      if (isAtomic(site.context) && onlyDeclared(site) && waits(cx.program, site, api)) sleeps(cx, site);
    },
    functionCall(site, sym) {
      for (const c of site.contracts()) called(cx, site, sym, c);
    },
    leave(instance, context, block, exit) {
      if (instance.sym.kind !== 'function' || instance.sym.def.modifiers.contracts.length === 0 || exit.loose) return;
      for (const c of exit.contracts()) left(cx, instance, context, block, exit, c);
    },
  }),
};

/** Whether sleeping is forbidden here for no other reason than that a function on the way is declared `__atomic`. */
export function onlyDeclared({ context, instance }: Pick<Site, 'context' | 'instance'>): boolean {
  if (context.entry !== 'task' || context.irqsOff) return false;
  return holdsAtomic(context) && context.holds.every((h) => !isAtomicHold(h) || takenAt(instance, h).by === '__atomic');
}
function sleeps(cx: Context, { call, context, instance, name }: Site): void {
  cx.report('contract-broken', call.span, () => ({
    message: `${name}() may sleep, but ${rootOf(instance).sym.name}() is declared __atomic: callers count on being able to call it where sleeping is not allowed. Do the work without sleeping, or take the contract away`,
    related: callPathTo(instance, context).related,
  }));
}

/** Whether `lock` is held, or may be, in any way that satisfies a contract. */
function isHeld(context: ExecContext, { kind, lock }: NonNullable<Contracted['held']>): boolean {
  const kinds: readonly HoldKind[] =
    kind === 'write' ? ['write', 'read'] : kind === 'rwsem_write' ? ['rwsem_write', 'rwsem_read'] : [kind];
  return kinds.some((k) => heldAt(context, k, lock) >= 0);
}
function called(cx: Context, site: Site, sym: FunctionSym, { contract, held }: Contracted): void {
  const { call, context, instance } = site;
  const report = (what: string, advice: string): void =>
    cx.report('contract-broken', call.span, () => {
      const path = callPathTo(instance, context, (h) => h.kind !== 'released' && h.kind !== 'state');
      return {
        message: `${sym.name}() ${what}. ${advice}`,
        related: [
          ...path.related,
          ...site.decisions(),
          { span: contract.span, message: `${sym.name}() is declared here: ${textOf(cx.program, contract.span)}` },
        ],
      };
    });
  switch (contract.name.text) {
    case '__must_hold':
    case '__releases':
      if (held && !isHeld(context, held) && !site.loose)
        report(`expects ${held.text} to be held, and it is not held here`, `Take ${held.text} before the call`);
      return;
    case '__may_sleep':
      if (isAtomic(context) && !onlyDeclared(site))
        report(
          `is declared __may_sleep, but is called ${contextText(context, callPathTo(instance, context))}`,
          'Call it before that begins, or after it has ended',
        );
      return;
    case '__context': {
      const words = contract.args.flatMap((e) => textOf(cx.program, e.span).split('|')).map((w) => w.trim());
      if (!words.some((w) => isIn(context, w)) && !site.loose)
        report(
          `is declared for __context(${words.join('|')}), but is called ${contextText(context, callPathTo(instance, context)) || 'from a task that may sleep'}`,
          'Call it from where it is declared for, or add that context to its declaration',
        );
    }
  }
}
function isIn(c: ExecContext, word: string): boolean {
  switch (word) {
    case 'irqs_off':
      return c.irqsOff;
    case 'rcu':
      return has(c, 'rcu');
    case 'hardirq':
      return c.entry === 'hardirq' || c.holds.some((h) => h.by === INTERRUPT_THREAD);
    case 'softirq':
      return c.entry === 'softirq' || has(c, 'bh');
    default:
      return c.entry === word;
  }
}

function left(
  cx: Context,
  instance: Instance,
  context: ExecContext,
  { end }: Block,
  exit: Leaving,
  { contract, held }: Contracted,
): void {
  if (!held || end.op !== 'return') return;
  const word = contract.name.text;
  const is = isHeld(context, held);
  // where the caller does not hold it, that is told at the call
  if (word !== '__acquires' && !isHeld(instance.entry, held)) return;
  const n = exactOf(exit.value);
  const failed = n !== undefined && n < 0 && n > -4096;
  const wrong = word === '__releases' ? is && !failed : word === '__acquires' ? !is && !failed : !is;
  if (!wrong) return;
  cx.report('contract-broken', end.span, () => ({
    message: `${instance.sym.name}() ends here with ${held.text} ${is ? 'held' : 'not held'}, but is declared ${textOf(cx.program, contract.span)}. ${is ? 'Release it before' : word === '__must_hold' ? 'Take it again before' : 'Take it before'}, or change the declaration`,
    related: [
      ...callPathTo(instance, context, (h) => h.lock !== undefined).related,
      ...exit.decisions(),
      { span: contract.span, message: 'the contract' },
    ],
  }));
}
const textOf = (program: Program, span: { file: number; start: number; end: number }): string =>
  program.files[span.file]?.text.slice(span.start, span.end) ?? '';
