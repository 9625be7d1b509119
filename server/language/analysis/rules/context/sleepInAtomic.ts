/**
 * Rules about contexts. `sleep-in-atomic`: a call that sleeps, or may, where the kernel cannot switch to another task: what
 * kernel/sched/core.c, 6.1: __might_resched reports at run time. `wrong-context`: a call that does not sleep but is not allowed in
 * interrupts. The finding is at the call, where the kernel's report would point to; the call path leads to it from the entry.
 */
import type { Profile } from '../../../../profiles/profile';
import { lookupApi } from '../../../catalogue/catalogue';
import type { ApiEntry } from '../../../catalogue/form/entry';
import type { Fix, Program, Related } from '../../../check/context/program';
import type { Span } from '../../../syntax/tree';
import { type CallPath, callPathTo, contextText, sourceText } from '../../engine/evidence';
import { allowedIn, isAtomic, isAtomicHold, isLock } from '../../engine/execContext';
import type { ApiFacts } from '../../engine/flow/apiFacts';
import type { Rule, RuleContext, Site } from '../../engine/rule';
import type { Value } from '../../engine/values/knownBits';
import { waits } from '../../engine/waits';
import { moveAfter, moveBefore } from '../fixes/moveStatement';
import { isBug, mayBeBug } from './bugContext';
import { onlyDeclared } from './contractBroken';

const codes: Rule<'sleep-in-atomic' | 'wrong-context'>['codes'] = {
  'sleep-in-atomic': {
    group: 'context',
    severity: 'warning',
    summary: 'a call that sleeps, or may, where the kernel cannot switch to another task',
    why: 'Under a spinlock, with preemption, bottom halves or interrupts off, inside an RCU read-side critical section and in interrupts the CPU cannot switch to another task. A kernel with CONFIG_DEBUG_ATOMIC_SLEEP prints `BUG: sleeping function called from invalid context`; if the call really sleeps, every kernel prints `BUG: scheduling while atomic`. Without the option it seems to work until memory is short; then another CPU spins for the lock of a task that sleeps.',
    bad: 'static DEFINE_SPINLOCK(ring_lock);\nstatic void *ring_buf;\n\nvoid ring_fill(void)\n{\n\tspin_lock(&ring_lock);\n\tring_buf = kmalloc(512, GFP_KERNEL);\n\tspin_unlock(&ring_lock);\n}\n',
    good: 'static DEFINE_SPINLOCK(ring_lock);\nstatic void *ring_buf;\n\nvoid ring_fill(void)\n{\n\tvoid *buf = kmalloc(512, GFP_KERNEL);\n\n\tspin_lock(&ring_lock);\n\tring_buf = buf;\n\tspin_unlock(&ring_lock);\n}\n',
    instead:
      'Allocate before the lock is taken, or with `GFP_ATOMIC` or `GFP_NOWAIT`, and check for NULL. Move what has to wait to a work item (`schedule_work()`), or use a mutex.',
    limits:
      'A mask or a condition that the analysis cannot follow causes no finding. A path is taken for possible if no two of its conditions contradict each other as far as the analysis knows. On PREEMPT_RT a spinlock_t leaves preemption on but begins an RCU read-side critical section, so that the same calls are reported; what a kmap_atomic() region forbids elsewhere is allowed there. What sleeps with CONFIG_HIGHMEM only is a hint on x86_64.',
    atRunTime: [
      'BUG: sleeping function called from invalid context',
      'BUG: scheduling while atomic',
      'Voluntary context switch within RCU read-side critical section!',
      'WARNING: suspicious RCU usage',
      '[ BUG: Invalid wait context ]',
      'WARNING: inconsistent lock state',
    ],
  },
  'wrong-context': {
    group: 'context',
    severity: 'warning',
    summary: 'a call that does not sleep, but is not allowed in interrupt context',
    why: 'Some functions need a task, or may wait for what the interrupted task holds, though they never sleep: `mutex_unlock()` in a handler releases what the handler cannot own, and `del_timer_sync()` in a hard interrupt may wait for the timer that it interrupts (the kernel warns about that one).',
    bad: 'static DEFINE_MUTEX(stats_lock);\nstatic int packets;\n\nstatic irqreturn_t nic_interrupt(int irq, void *data)\n{\n\tif (mutex_trylock(&stats_lock)) {\n\t\tpackets++;\n\t\tmutex_unlock(&stats_lock);\n\t}\n\treturn IRQ_HANDLED;\n}\n\nint nic_open(int irq)\n{\n\treturn request_irq(irq, nic_interrupt, 0, "nic", NULL);\n}\n',
    good: 'static DEFINE_SPINLOCK(stats_lock);\nstatic int packets;\n\nstatic irqreturn_t nic_interrupt(int irq, void *data)\n{\n\tif (spin_trylock(&stats_lock)) {\n\t\tpackets++;\n\t\tspin_unlock(&stats_lock);\n\t}\n\treturn IRQ_HANDLED;\n}\n\nint nic_open(int irq)\n{\n\treturn request_irq(irq, nic_interrupt, 0, "nic", NULL);\n}\n',
    instead: 'Do it in a task or a work item, or use the lock that is made for interrupts.',
    limits:
      'docs/api.md lists where each function may be called. Only calls in interrupts are reported, not those in a task that has interrupts off.',
  },
};
type Context = RuleContext<keyof typeof codes>;

export const sleepInAtomic: Rule<keyof typeof codes> = {
  codes,
  start: (cx) => ({
    apiCall: (site, api) => apiCall(cx, site, api),
  }),
};

function apiCall(cx: Context, site: Site, api: ApiFacts): void {
  const { entry } = api;
  // these have rules of their own
  if (isBug(entry, site.context) || onlyDeclared(site)) return;
  const allowed = entry.sleepsIf && isAtomic(site.context) ? 'no' : allowedIn(entry, site.context);
  if (allowed === 'yes' || allowed === 'deferred' || (allowed === 'chance' && !entry.gfp)) return;
  const waiting = waits(cx.program, site, api);
  if (waiting && (entry.gfp || allowed !== 'gfp')) sleeps(cx, site, waiting.mask);
  else if (entry.gfp ? allowed === 'no' : entry.sleeps === 'never' && allowed !== 'gfp' && !releases(entry))
    wrongContext(cx, site);
}
const releases = (entry: ApiEntry): boolean =>
  entry.effects?.some((e) => e.on === 'lock' && e.op === 'release') === true;

function wrongContext(cx: Context, { call, context, instance, name }: Site): void {
  if (context.entry === 'task') return;
  cx.report('wrong-context', call.span, () => {
    const callPath = callPathTo(instance, context);
    return {
      message: `${name}() must not be called ${contextText(context, callPath)}: move it to a task or a work item`,
      related: callPath.related,
    };
  });
}

function sleeps(cx: Context, site: Site, mask: Value | undefined): void {
  const { call, context, instance, name } = site;
  cx.report('sleep-in-atomic', call.span, () => {
    const callPath = callPathTo(instance, context);
    // this machine has no highmem, others do
    const onHighmem = site.api?.entry.sleepsOnHighmem === true && cx.program.machine.arch === 'x86_64';
    const written = mask?.origin;
    const arg = mask?.free && site.api?.entry.gfp ? call.args[site.api.entry.gfp.arg] : undefined;
    const maskText = arg
      ? sourceText(cx.program, arg.span)
      : written
        ? sourceText(cx.program, written)
        : mask
          ? 'a mask that allows direct reclaim'
          : '';
    const where = contextText(context, callPath);
    const how = mask ? `with ${maskText}${context.entry === 'task' ? ', ' : ' '}` : '';
    const why = arg
      ? `an input decides ${maskText}, which may let it wait for memory to be reclaimed`
      : mask
        ? `${maskText} lets it wait for memory to be reclaimed`
        : 'it waits, and the CPU cannot switch to another task here';
    const bug =
      site.api && mayBeBug(site.api.entry, context)
        ? ', and if kmalloc() fails for a large size, vmalloc() stops the kernel with a BUG here'
        : '';
    const related: Related[] = [...callPath.related, ...site.decisions()];
    if (
      written &&
      !(written.file === call.span.file && written.start >= call.span.start && written.end <= call.span.end)
    ) {
      related.push({ span: written, message: `the mask ${maskText} is given here` });
    }
    const fixes = [...(written ? maskFixes(cx.program, written) : []), ...moves(cx.program, site)];
    return {
      message: `${onHighmem ? 'on CONFIG_HIGHMEM ' : ''}${name}() may sleep here: called ${how}${where}; ${why}${bug}. ${advice(mask, site, callPath)}`,
      related,
      ...(fixes.length > 0 ? { fixes } : {}),
      ...(onHighmem ? { severity: 'hint' as const } : {}),
    };
  });
}

/**
 * The mask written at `written` replaced by GFP_ATOMIC, if that changes only what the allocation may do to get memory. Unsafe: it fails
 * where the other one waits, and takes from the reserves.
 */
function maskFixes(program: Program, written: Span): Fix[] {
  const text = sourceText(program, written);
  if (!differsInReclaim(program.profile, text)) return [];
  const edits = [{ span: written, text: 'GFP_ATOMIC' }];
  return [{ title: `use GFP_ATOMIC instead of ${text}`, unsafe: true, edits }];
}
/** The call before what this body has taken, and behind where that is undone. */
function moves(program: Program, { call, context }: Site): Fix[] {
  const own = context.holds.filter((h) => isAtomicHold(h) && h.inherited < 0 && h.span.file === call.span.file);
  const [outermost] = own;
  if (!outermost) return [];
  const taker = lookupApi(outermost.by);
  return [
    ...moveBefore(program, call, outermost.span),
    ...moveAfter(program, call, outermost.span, taker?.freedWith ?? []),
  ];
}
/** Whether the mask with this name, such as GFP_KERNEL, asks for no particular zone, mobility or action. */
function differsInReclaim({ gfp }: Profile, name: string): boolean {
  const { bits, masks } = gfp;
  const mask = name.startsWith('GFP_') ? new Map<string, number>(Object.entries(masks)).get(name) : undefined;
  const harmless = masks.__GFP_RECLAIM | bits.__GFP_IO | bits.__GFP_FS | bits.__GFP_HARDWALL | bits.__GFP_ACCOUNT;
  return mask !== undefined && (mask & bits.__GFP_DIRECT_RECLAIM) !== 0 && (mask & ~harmless) === 0;
}

function advice(mask: Value | undefined, { context, api }: Site, callPath: CallPath): string {
  const atomic = callPath.holds.filter(isAtomicHold);
  const lock = atomic.find(isLock);
  const interrupt = context.entry !== 'task';
  const first = lock
    ? `before ${lock.text || 'the lock'} is taken`
    : atomic.some((h) => h.kind === 'rcu')
      ? 'before rcu_read_lock()'
      : 'before that';
  // with another mask it is another function
  if (mask && api?.entry.contexts.SL === 'chance') return `Allocate ${interrupt ? 'earlier, in a task' : first}.`;
  if (mask) return `Use GFP_ATOMIC or GFP_NOWAIT, or allocate ${interrupt ? 'earlier, in a task' : first}.`;
  if (interrupt) {
    const other = api?.entry.effects?.some((e) => e.on === 'lock') ? 'Use a spinlock, or move' : 'Move';
    return `${other} the work to a task or a work item (schedule_work()).`;
  }
  if (api?.entry.family === 'wait')
    return `Wait after ${lock ? `${lock.text || 'the lock'} is released` : 'that has ended'}, or use udelay() for a few microseconds.`;
  return `Call it ${first}, or after ${lock ? 'it is released' : 'it has ended'}.`;
}
