/**
 * Rules about contexts. `sleep-in-atomic`: a call that sleeps, or may, where the kernel can't switch to another task: what
 * kernel/sched/core.c, 6.1: __might_resched reports at run time. `wrong-context`: a call that doesn't sleep but is not for interrupts. The finding stands
 * at the call, where the kernel's report would point to; the path leads to it from the entry.
 */

import type { Diagnostic, Fix, FunctionSym, Program, Related } from '../../check/program';
import type { Span } from '../../syntax/tree';
import type { ApiFacts } from '../engine/apiFacts';
import { sleepBits } from '../engine/apiFacts';
import { hasContract } from '../engine/contracts';
import type { Path } from '../engine/evidence';
import { contextWords, pathTo, sourceText } from '../engine/evidence';
import { allowedIn, has, isAtomic, isAtomicHold, isLock } from '../engine/execContext';
import type { Rule, Site } from '../engine/interproc';
import type { Value } from '../engine/knownBits';
import { isNonZero } from '../engine/knownBits';

/** masks that a fix can replace whole */
const BLOCKING_MASK = /^GFP_(KERNEL|KERNEL_ACCOUNT|USER|NOFS|NOIO)$/;

export class SleepInAtomic implements Rule {
  readonly found: Diagnostic[] = [];
  private readonly places = new Set<string>();

  constructor(private readonly program: Program) {}

  apiCall(site: Site, api: ApiFacts): void {
    const { entry } = api;
    const allowed = entry.sleepsIf && isAtomic(site.context) ? 'no' : allowedIn(entry, site.context);
    if (allowed === 'yes' || allowed === 'deferred' || allowed === 'chance') return;
    if (entry.gfp) {
      const mask = site.valueOf(entry.gfp.arg);
      const bits = sleepBits(this.program.profile, entry);
      if (mask && (mask.ones & bits) === bits) this.sleeps(site, mask);
      else if (allowed === 'no') this.wrongContext(site);
      return;
    }
    if (allowed === 'gfp') return;
    if (entry.sleeps === 'never') {
      if (!entry.effects?.some((e) => e.on === 'lock' && e.op === 'release')) this.wrongContext(site);
      return;
    }
    if (entry.sleepsIf && !isNonZero(site.valueOf(entry.sleepsIf.arg))) return;
    if (entry.family === 'user access' && has(site.context, 'pagefault')) return;
    this.sleeps(site, undefined);
  }
  functionCall(site: Site, sym: FunctionSym): void {
    if (isAtomic(site.context) && hasContract(sym, '__may_sleep')) this.sleeps(site, undefined, sym);
  }

  private once(code: string, span: Span): boolean {
    const key = `${code}:${span.file}:${span.start}`;
    if (this.places.has(key)) return false;
    this.places.add(key);
    return true;
  }
  private wrongContext(site: Site): void {
    const { context } = site;
    if (context.entry === 'task' || !this.once('wrong-context', site.call.span)) return;
    const path = pathTo(site.instance, context);
    this.found.push({
      code: 'wrong-context',
      severity: 'warning',
      span: site.call.span,
      message: `${site.name}() must not be called ${contextWords(context, path)}: move it to a task or a work item`,
      related: path.related,
    });
  }
  private sleeps(site: Site, mask: Value | undefined, declared?: FunctionSym): void {
    const { context, call, name } = site;
    if (!this.once('sleep-in-atomic', call.span)) return;
    const path = pathTo(site.instance, context);
    const written = mask?.origin && mask.origin.file >= 0 ? mask.origin : undefined;
    const maskText = written ? sourceText(this.program, written) : mask ? 'a mask that allows direct reclaim' : '';
    const where = contextWords(context, path);
    const how = mask ? `with ${maskText}${context.entry === 'task' ? ', ' : ' '}` : '';
    const why = declared
      ? 'it is declared __may_sleep'
      : mask
        ? `${maskText} lets it wait for memory to be reclaimed`
        : 'it waits, and there is no task here that could be put to sleep';
    const related: Related[] = [...path.related];
    if (declared) related.push({ span: declared.def.name.span, message: `${name}() is declared here` });
    if (
      written &&
      !(written.file === call.span.file && written.start >= call.span.start && written.end <= call.span.end)
    ) {
      related.push({ span: written, message: `the mask ${maskText} is given here` });
    }
    const fix = written && this.fix(written);
    this.found.push({
      code: 'sleep-in-atomic',
      severity: 'warning',
      span: call.span,
      message: `${name}() may sleep here: called ${how}${where}; ${why}. ${advice(mask, site, path)}`,
      related,
      ...(fix ? { fix } : {}),
    });
  }
  private fix(written: Span): Fix | undefined {
    const text = sourceText(this.program, written);
    if (!BLOCKING_MASK.test(text)) return undefined;
    return { title: `use GFP_ATOMIC instead of ${text}`, edits: [{ span: written, text: 'GFP_ATOMIC' }] };
  }
}

function advice(mask: Value | undefined, { context, api }: Site, path: Path): string {
  const atomic = path.holds.filter(isAtomicHold);
  const lock = atomic.find(isLock);
  const interrupt = context.entry !== 'task';
  const first = lock
    ? `before ${lock.text || 'the lock'} is taken`
    : atomic.some((h) => h.kind === 'rcu')
      ? 'before rcu_read_lock()'
      : 'before that';
  if (mask) return `Use GFP_ATOMIC or GFP_NOWAIT, or allocate ${interrupt ? 'earlier, in a task' : first}.`;
  if (interrupt) {
    const other = api?.entry.effects?.some((e) => e.on === 'lock') ? 'Use a spinlock, or move' : 'Move';
    return `${other} the work to a task or a work item (schedule_work()).`;
  }
  if (api?.entry.family === 'wait')
    return `Wait after ${lock ? `${lock.text || 'the lock'} is released` : 'that has ended'}, or use udelay() for a few microseconds.`;
  return `Call it ${first}, or after ${lock ? 'it is released' : 'it has ended'}.`;
}
