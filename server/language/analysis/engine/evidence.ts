/**
 * The call path that leads to a finding, as related information: the entry, the locks taken and the calls made on the way, in order; and
 * the text for a context.
 */

import type { Program, Related } from '../../check/context/program';
import { oneLine } from '../../syntax/oneLine';
import type { Span } from '../../syntax/tree';
import type { ExecContext, Hold } from './execContext';
import { INTERRUPT_THREAD, isAtomicHold, isLock, keptHolds } from './execContext';
import type { Instance, Root } from './instance';

const LOCK_TEXT: Readonly<Record<string, string>> = {
  spin: 'spinlock',
  raw: 'raw spinlock',
  read: 'rwlock (for reading)',
  write: 'rwlock (for writing)',
  bit: 'bit spinlock',
  local: 'local lock',
  mutex: 'mutex',
  rwsem_read: 'rw_semaphore (for reading)',
  rwsem_write: 'rw_semaphore (for writing)',
  semaphore: 'semaphore',
};
/** "spinlock rx.lock" */
export const lockText = (h: Hold): string => `${LOCK_TEXT[h.kind] ?? h.kind}${h.text ? ` ${h.text}` : ''}`;
/** how a hold begins */
export function takenText(h: Hold): string {
  switch (h.kind) {
    case 'preempt':
      return 'preemption is turned off here';
    case 'irq':
    case 'irqsave':
      return 'interrupts are turned off here';
    case 'bh':
      return h.by === INTERRUPT_THREAD
        ? 'PREEMPT_RT runs it in a thread, with bottom halves off'
        : 'bottom halves are turned off here';
    case 'rcu':
      return 'an RCU read-side critical section begins here';
    case 'migrate':
      return 'migration is turned off here';
    case 'pagefault':
      return 'page faults are turned off here';
    case 'scope':
      return `the scope of ${h.by}() begins here`;
    default:
      return `${lockText(h)} is taken here`;
  }
}

export interface CallPath {
  readonly related: readonly Related[];
  /** everything held at the end, as it was taken, outermost first */
  readonly holds: readonly Hold[];
  readonly root: Instance;
}
interface Frame {
  readonly holds: readonly Hold[];
  readonly call: { readonly span: Span; readonly name: string } | undefined;
}

/** The call path from outside to a point in `instance` reached in `context`; of what is held on it, it names what `names` tells. */
export function callPathTo(
  instance: Instance,
  context: ExecContext,
  names: (h: Hold) => boolean = isAtomicHold,
): CallPath {
  const frames: Frame[] = [];
  let at = instance;
  let wanted: readonly Hold[] = context.holds;
  let call: Frame['call'];
  for (;;) {
    frames.push({ holds: wanted.filter((h) => h.inherited < 0), call });
    if (!('caller' in at.via)) break;
    const { caller, context: outer, sight, span } = at.via;
    wanted = keptHolds(wanted, outer.holds, sight);
    call = { span, name: at.sym.name };
    at = caller;
  }
  const root = at;
  const related: Related[] = [];
  if (!('caller' in root.via)) related.push({ span: root.via.span, message: root.via.why });
  const holds: Hold[] = [];
  for (const frame of frames.reverse()) {
    let last: Related | undefined;
    for (const h of frame.holds) {
      holds.push(h);
      if (!names(h)) continue;
      const message = takenText(h);
      if (last && last.span.file === h.span.file && last.span.start === h.span.start) {
        related.pop();
        last = { span: h.span, message: `${last.message.replace(/ here$/, '')}, and ${message}` };
      } else last = { span: h.span, message };
      related.push(last);
    }
    if (frame.call) related.push({ span: frame.call.span, message: `${frame.call.name}() is called here` });
  }
  return { related, holds, root };
}

/** Where this runs, for a message: "in hard interrupt context (irq nic_rx), holding spinlock rx.lock". */
export function contextText(context: ExecContext, callPath: CallPath): string {
  const parts: string[] = [];
  const { sym } = callPath.root;
  const by = sym.kind === 'context' ? ` (${sym.word} ${sym.name})` : ` (${sym.name}())`;
  if (context.entry === 'nmi') parts.push(`in NMI context${by}`);
  else if (context.entry === 'hardirq') parts.push(`in hard interrupt context${by}`);
  else if (context.entry === 'softirq') parts.push(`in softirq context${by}`);
  const locks = callPath.holds.filter((h) => isAtomicHold(h) && isLock(h)).map(lockText);
  if (locks.length > 0) parts.push(`holding ${locks.join(' and ')}`);
  const off: string[] = [];
  const kinds = new Set(callPath.holds.map((h) => h.kind));
  if (context.entry === 'task' && context.irqsOff) off.push('interrupts');
  if (kinds.has('bh')) off.push('bottom halves');
  if (kinds.has('preempt')) off.push('preemption');
  if (off.length > 0) parts.push(`with ${off.join(' and ')} off`);
  if (kinds.has('rcu')) parts.push('inside an RCU read-side critical section');
  return parts.join(', ');
}

/** The same in few words, of everything that is held: "softirq, holds rx.lock, interrupts off". Empty for a task that holds nothing. */
export function shortContextText(context: ExecContext, { holds }: CallPath): string {
  const entry = { task: '', softirq: 'softirq', hardirq: 'hard interrupt', nmi: 'NMI' }[context.entry];
  const locks = holds.filter(isLock).map((h) => h.text || h.by);
  const count = locks.length > 1 ? `${locks.length} locks: ` : '';
  const kinds = new Set(holds.map((h) => h.kind));
  const off = [
    (context.entry === 'task' || context.entry === 'softirq') && context.irqsOff && 'interrupts',
    kinds.has('bh') && 'bottom halves',
    kinds.has('preempt') && 'preemption',
    kinds.has('pagefault') && 'page faults',
  ].filter(Boolean);
  return [
    entry,
    locks.length > 0 && `holds ${count}${locks.join(', ')}`,
    off.length > 0 && `${off.join(' and ')} off`,
    kinds.has('rcu') && 'RCU reader',
  ]
    .filter(Boolean)
    .join(', ');
}

/** The source text of a span, on one line, shortened if necessary. */
export function sourceText(program: Program, span: Span): string {
  const text = oneLine(program.files[span.file]?.text.slice(span.start, span.end) ?? '');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Where something that is held was taken, in this body or in one that calls it. */
export function takenAt(instance: Instance, hold: Hold): Hold {
  let [at, h] = [instance, hold];
  while (h.inherited >= 0 && 'caller' in at.via) {
    const outer = at.via.context.holds[h.inherited];
    if (!outer) break;
    [at, h] = [at.via.caller, outer];
  }
  return h;
}
/** The body that the kernel, or unknown code, enters first on the way to `instance`. */
export function rootOf(instance: Instance): Root {
  let at = instance.via;
  while ('caller' in at) at = at.caller.via;
  return at;
}
/** "since line 31"; with the file's name where that is another. */
export function sinceText(program: Program, h: Hold, at: Span): string {
  const file = program.files[h.span.file];
  const line = (file?.text.slice(0, h.span.start).split('\n').length ?? 0).toString();
  return h.span.file === at.file ? `since line ${line}` : `since line ${line} of ${file?.path ?? ''}`;
}
