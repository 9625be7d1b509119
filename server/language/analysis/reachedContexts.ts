/** Where the bodies of a program run and what calls change, for the editor: contexts of bodies and calls, what is held behind a call. */

import { orMake } from '../../types/orMake';
import type { ContextSym, FunctionSym, Program } from '../check/context/program';
import type { Span } from '../syntax/tree';
import { analysisOf } from './engine/analysisContext';
import { callPathTo, contextText, shortContextText } from './engine/evidence';
import { type ExecContext, isAtomic } from './engine/execContext';
import type { Instance, Via } from './engine/instance';
import { enterAll } from './engine/roots';
import { waits } from './engine/waits';

export interface Reached {
  /** "in hard interrupt context (irq nic_rx), holding spinlock rx.lock"; "in task context" */
  readonly text: string;
  readonly atomic: boolean;
}
/** A call of a function of the scenario. */
export interface ReachedCall {
  readonly span: Span;
  readonly contexts: Reached[];
}
/** A call behind which something else is held than in front of it. */
interface ChangedContext {
  readonly span: Span;
  /** in few words, one for each context it may be in then; empty: a task that holds nothing */
  readonly after: string[];
}
export interface ReachedContexts {
  readonly bodies: ReadonlyMap<FunctionSym | ContextSym, readonly Reached[]>;
  readonly calls: readonly ReachedCall[];
  readonly changes: readonly ChangedContext[];
  /** calls of the kernel's API that may sleep */
  readonly sleeps: readonly Span[];
}
/** of one body or call */
const MOST = 8;

/** Walks a whole program, bodies too that are relevant to no rule. */
export function reachedContexts(program: Program): ReachedContexts {
  const bodies = new Map<FunctionSym | ContextSym, Reached[]>();
  const calls = new Map<string, ReachedCall>();
  const changes = new Map<string, ChangedContext>();
  const sleeps = new Map<string, Span>();
  const returns: { readonly via: Via; readonly callee: Instance }[] = [];

  const add = (list: Reached[], instance: Instance, context: ExecContext): void => {
    if (list.length >= MOST) return;
    const text = contextText(context, callPathTo(instance, context)) || 'in task context';
    if (!list.some((known) => known.text === text)) list.push({ text, atomic: isAtomic(context) });
  };
  const entered = (instance: Instance): void => {
    const { via, sym } = instance;
    if (!('caller' in via))
      add(
        orMake(bodies, sym, () => []),
        instance,
        via.context,
      );
  };
  const changed = (instance: Instance, before: ExecContext, after: ExecContext, span: Span): void => {
    const was = shortContextText(before, callPathTo(instance, before));
    const is = shortContextText(after, callPathTo(instance, after));
    const { after: list } = orMake(changes, keyOf(span), () => ({ span, after: [] }));
    if (was !== is && list.length < MOST && !list.includes(is)) list.push(is);
  };
  const analysis = analysisOf(
    program,
    [
      {
        call: entered,
        leave: entered,
        apiCall(site, facts) {
          const { span } = site.call;
          if (waits(program, site, facts)) sleeps.set(keyOf(span), span);
          const after = site.effects.at(-1)?.after;
          if (after && after !== site.context) changed(site.instance, site.context, after, span);
        },
        called(via, callee) {
          add(
            orMake(bodies, callee.sym, () => []),
            via.caller,
            via.context,
          );
          add(
            orMake(calls, keyOf(via.span), () => ({ span: via.span, contexts: [] })).contexts,
            via.caller,
            via.context,
          );
          returns.push({ via, callee });
        },
      },
    ],
    { everything: true, unclosed: true },
  );
  enterAll(analysis);
  for (const { via, callee } of returns)
    for (const exit of callee.exits) {
      const after = analysis.contexts.returned(exit.context, via.context, via.sight, via.span);
      if (after !== via.context) changed(via.caller, via.context, after, via.span);
    }
  return {
    bodies,
    calls: [...calls.values()],
    changes: [...changes.values()].filter(({ after }) => after.length > 0),
    sleeps: [...sleeps.values()],
  };
}
const keyOf = ({ file, start, end }: Span): string => `${file}:${start}:${end}`;
