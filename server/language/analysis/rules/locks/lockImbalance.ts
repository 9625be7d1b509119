/**
 * `lock-imbalance`: a body is left with a lock held or something turned off, on some way out. A body that the kernel enters must give
 * everything back; a function of which no caller is known must be left alike on all ways out that its caller cannot tell apart.
 */
import { orMake } from '../../../../types/orMake';
import type { Fix, Program, Related } from '../../../check/context/program';
import type { Span } from '../../../syntax/tree';
import { areDisjoint } from '../../engine/doubt';
import { callPathTo, lockText, sinceText, takenText } from '../../engine/evidence';
import { type ExecContext, type Hold, isLock } from '../../engine/execContext';
import type { Block } from '../../engine/flow/cfg';
import type { Instance } from '../../engine/instance';
import type { Leaving, Rule, RuleContext } from '../../engine/rule';
import { exactOf, type Value } from '../../engine/values/knownBits';
import { insertOnPath } from '../fixes/insertStatement';
import { releaseText } from './releaseText';

const codes: Rule<'lock-imbalance'>['codes'] = {
  'lock-imbalance': {
    group: 'locks',
    severity: 'warning',
    summary:
      'a way out of a body leaves a lock held, or interrupts, preemption, bottom halves, page faults, an RCU or SRCU reader or a memalloc scope as they should not be',
    why: 'The next one who wants the lock waits for ever. With interrupts or preemption off the CPU never switches to another task. An SRCU reader that does not end keeps synchronize_srcu() waiting; a worker that leaves memalloc_nofs_save() open allocates as if it were in a file system from then on. lockdep prints `WARNING: lock held when returning to user space!` or `BUG: workqueue leaked lock or atomic`, the timer code `timer: … preempt leak`.',
    bad: 'static DEFINE_SPINLOCK(rx_lock);\nextern int rx_empty;\nstatic int packets;\n\nstatic irqreturn_t nic_interrupt(int irq, void *data)\n{\n\tspin_lock(&rx_lock);\n\tif (rx_empty)\n\t\treturn IRQ_NONE;\n\tpackets++;\n\tspin_unlock(&rx_lock);\n\treturn IRQ_HANDLED;\n}\n\nint nic_open(int irq)\n{\n\treturn request_irq(irq, nic_interrupt, 0, "nic", NULL);\n}\n',
    good: 'static DEFINE_SPINLOCK(rx_lock);\nextern int rx_empty;\nstatic int packets;\n\nstatic irqreturn_t nic_interrupt(int irq, void *data)\n{\n\tirqreturn_t ret = IRQ_NONE;\n\n\tspin_lock(&rx_lock);\n\tif (rx_empty)\n\t\tgoto out;\n\tpackets++;\n\tret = IRQ_HANDLED;\nout:\n\tspin_unlock(&rx_lock);\n\treturn ret;\n}\n\nint nic_open(int irq)\n{\n\treturn request_irq(irq, nic_interrupt, 0, "nic", NULL);\n}\n',
    instead:
      'Release it before every return: one way out with labels, as drivers have it. A function that hands the lock to its caller says so: `__acquires(lock)`.',
    limits:
      'A function whose callers are known is judged where its callers end. A function without a known caller that always returns with the lock held is reported as a hint only, one that never releases it and takes it on some ways not at all: they may be helpers. Of locks that a loop takes, another one in each round, none counts as held behind a loop that releases one in each round. Conditions that the analysis cannot follow are taken for the same where their text is the same.',
    atRunTime: [
      'WARNING: … still has locks held!',
      'BUG: workqueue leaked lock or atomic',
      'timer: … preempt leak',
      'softirq: huh, entered softirq',
      'WARNING: inconsistent lock state',
    ],
    runTimeAt: 'origin',
  },
};
type Context = RuleContext<keyof typeof codes>;

interface Way {
  readonly exit: Leaving;
  readonly context: ExecContext;
  readonly block: Block;
  readonly left: readonly Hold[];
}

/** What a way leaves. */
interface Left {
  readonly hold: Hold;
  readonly way: Way;
}

export const lockImbalance: Rule<keyof typeof codes> = {
  codes,
  start(cx) {
    const bodies = new Map<Instance, Way[]>();
    return {
      leave(instance, context, block, exit) {
        if ('caller' in instance.via) return;
        const way: Way = { exit, context, block, left: leftOver(context) };
        const known = bodies.get(instance);
        if (known) known.push(way);
        else bodies.set(instance, [way]);
      },
      finish() {
        for (const [instance, ways] of bodies) if (ways.some((w) => w.left.length > 0)) judge(cx, instance, ways);
      },
    };
  },
};

/** What a body has taken and still holds. */
function leftOver(c: ExecContext): readonly Hold[] {
  return c.holds.filter((h) => {
    if (h.inherited >= 0 || h.given || h.kind === 'released' || h.kind === 'state' || h.kind === 'semaphore')
      return false;
    if (h.kind === 'irq' || h.kind === 'irqsave')
      return c.irqsOff && !h.wasOff && c.entry !== 'hardirq' && c.entry !== 'nmi';
    return true;
  });
}
const isSame = (a: Hold, b: Hold): boolean =>
  a.kind === b.kind && a.span.start === b.span.start && a.span.file === b.span.file;

function judge(cx: Context, instance: Instance, ways: readonly Way[]): void {
  const closed = !('caller' in instance.via) && instance.via.closed === true;
  const holds: Hold[] = [];
  for (const { left } of ways) for (const h of left) if (!holds.some((o) => isSame(o, h))) holds.push(h);
  // what one call took is told once, by the lock
  holds.sort((a, b) => Number(isLock(b)) - Number(isLock(a)));
  const told = new Set<Hold>();
  const atReturns = new Map<Block, Left[]>();
  for (const hold of holds) {
    if ([...told].some((h) => h.span.start === hold.span.start && h.span.file === hold.span.file)) continue;
    told.add(hold);
    const has = ways.filter((w) => w.left.some((h) => isSame(h, hold)));
    const rest = ways.filter((w) => !has.includes(w));
    const isKnown = !hold.lock?.base || hold.lock.isOne;
    // where every way leaves it so, it does not matter which of them runs take
    const sure = isKnown ? has.filter((w) => !w.exit.loose || rest.length === 0) : [];
    const first = sure[0];
    if (!first || promised(instance, hold)) continue;
    if (rest.length === 0) {
      // what it returns, or has stored, ends the scope elsewhere
      if (hold.kind === 'scope' && !closed) continue;
      never(cx, instance, hold, first, closed);
      continue;
    }
    // unknown callers may give back what it only takes
    if (!closed && !first.exit.mayEnd(hold)) continue;
    const blocks = new Set<Block>();
    for (const way of sure) {
      if (blocks.has(way.block) || !(closed || unlike(way, rest))) continue;
      blocks.add(way.block);
      orMake(atReturns, way.block, (): Left[] => []).push({ hold, way });
    }
  }
  for (const [block, left] of atReturns) sometimes(cx, instance, block, left);
}
/** Whether the function says that it returns with a lock. */
const promised = ({ sym }: Instance, hold: Hold): boolean =>
  sym.kind === 'function' &&
  hold.lock !== undefined &&
  sym.def.modifiers.contracts.some((c) => c.name.text === '__acquires' || c.name.text === '__must_hold');
/** Whether a caller cannot tell this way out from one without the lock, or it is a failure, after which nobody expects it. */
const unlike = ({ exit: { value } }: Way, rest: readonly Way[]): boolean =>
  isError(value) || rest.some((o) => !areDisjoint(value, o.exit.value));
function isError(value: Value | undefined): boolean {
  const n = exactOf(value);
  return n !== undefined && n < 0 && n > -4096;
}

const nameOf = ({ sym }: Instance): string => (sym.kind === 'context' ? `${sym.word} ${sym.name}` : `${sym.name}()`);
/** the entry, which says why it runs at all */
const entryOf = (instance: Instance, context: ExecContext): readonly Related[] =>
  callPathTo(instance, context, () => false).related.slice(0, 1);

function never(cx: Context, instance: Instance, hold: Hold, way: Way, closed: boolean): void {
  const name = nameOf(instance);
  cx.report('lock-imbalance', hold.span, () => ({
    message: closed
      ? `${takenText(hold)}, and ${name} ends without undoing it: release it before every return`
      : `${takenText(hold)}, and ${name} always returns so: release it before every return, or declare that its callers do: __acquires(${hold.text || 'lock'})`,
    related: entryOf(instance, way.context),
    ...(closed ? {} : { severity: 'hint' as const }),
  }));
}
/** All that is held at one return is one finding. */
function sometimes(cx: Context, instance: Instance, { end }: Block, all: readonly Left[]): void {
  const [first] = all;
  if (end.op !== 'return' || !first) return;
  const { hold, way } = first;
  const together = all.filter((l) => way.left.some((h) => isSame(h, l.hold)));
  cx.report('lock-imbalance', end.span, () => {
    const fixes = fixesOf(cx.program, instance, together, end.span);
    const held = all.map((l) => {
      const word = l === first ? '' : together.includes(l) ? ', and with ' : ', or with ';
      return `${word}${leftText(l.hold)}, ${sinceText(cx.program, l.hold, end.span)}`;
    });
    return {
      message: `${nameOf(instance)} ends here with ${held.join('')}: ${all.length > 1 ? 'undo each' : releaseWord(hold)} before this return, as on the other ways out`,
      related: [
        ...entryOf(instance, way.context),
        ...all.map((l) => ({ span: l.hold.span, message: takenText(l.hold) })),
        ...way.exit.decisions(),
      ],
      ...(fixes.length > 0 ? { fixes } : {}),
    };
  });
}
const releaseWord = (h: Hold): string => (h.lock && h.kind !== 'irqsave' ? 'release it' : 'undo that');
function leftText(h: Hold): string {
  switch (h.kind) {
    case 'preempt':
      return `preemption off (${h.by}())`;
    case 'irq':
    case 'irqsave':
      return `interrupts off (${h.by}())`;
    case 'bh':
      return `bottom halves off (${h.by}())`;
    case 'migrate':
      return `migration off (${h.by}())`;
    case 'pagefault':
      return `page faults off (${h.by}())`;
    case 'rcu':
      return 'an RCU read-side critical section open';
    case 'scope':
      return `the scope of ${h.by}() open`;
    default:
      return `${lockText(h)} held`;
  }
}
/** The calls that undo what is held, the last taken first, in front of a return or on the branch that leads there. */
function fixesOf(program: Program, instance: Instance, left: readonly Left[], at: Span): Fix[] {
  const { block } = bodyOf(instance);
  const isHere = ({ file, start, end }: Span): boolean => file === at.file && start >= block.start && end <= block.end;
  const holds = left.map(({ hold }) => hold).sort((a, b) => b.span.start - a.span.start);
  const calls = holds.flatMap((h) => (isHere(h.span) ? (releaseText(program, h.by, h.span) ?? []) : []));
  const [first] = left;
  return first && calls.length === holds.length ? insertOnPath(program, at, first.way.exit.decisions(), ...calls) : [];
}
const bodyOf = ({ sym }: Instance): { readonly block: Span } => ({ block: sym.def.body?.span ?? sym.def.name.span });
