/**
 * Where analysis begins: the scenario's context blocks, callbacks passed to the kernel, and functions that nothing calls (as from a task).
 */

import type { Registers } from '../../catalogue/form/entry';
import type { FunctionSym } from '../../check/context/program';
import type { ContextWord, Span } from '../../syntax/tree';
import type { Analysis } from './analysisContext';
import { assumedContexts, atomicContext } from './contracts';
import type { Entry, ExecContext, ExecContexts } from './execContext';
import { enter, wasReached } from './summaries';

const ENTRY_OF_WORD: Readonly<Record<ContextWord, Entry>> = {
  task: 'task',
  irq: 'hardirq',
  nmi: 'nmi',
  softirq: 'softirq',
  tasklet: 'softirq',
  timer: 'softirq',
  work: 'task',
  delayed_work: 'task',
  process: 'task',
};
const WORDS: Readonly<Record<ContextWord, string>> = {
  task: 'runs in a kernel thread',
  irq: 'runs in hard interrupt context',
  nmi: 'runs in NMI context',
  softirq: 'runs in softirq context',
  tasklet: 'is a tasklet: it runs in softirq context',
  timer: 'is a timer: it runs in softirq context',
  work: 'runs on a kworker, in task context',
  delayed_work: 'runs on a kworker, in task context',
  process: 'runs in a user process',
};
const ENTRY_OF_CALLBACK: Readonly<Record<Registers['context'], Entry>> = {
  task: 'task',
  kworker: 'task',
  reader: 'task',
  softirq: 'softirq',
  hardirq: 'hardirq',
  rcu: 'softirq',
  nmi: 'nmi',
};
const CALLBACK_TEXT: Readonly<Record<Registers['context'], string>> = {
  task: 'task context',
  kworker: 'task context',
  reader: 'task context, in an RCU read-side critical section',
  softirq: 'softirq context',
  hardirq: 'hard interrupt context',
  rcu: 'softirq context, after an RCU grace period',
  nmi: 'NMI context',
};

/** The context that a callback begins in. */
function contextOf(contexts: ExecContexts, context: Registers['context'], span: Span): ExecContext {
  const entry = contexts.entry(ENTRY_OF_CALLBACK[context], span);
  if (context !== 'reader') return entry;
  return contexts.push(entry, 'rcu', { lock: undefined, text: '', by: 'rcu_read_lock', span, given: true });
}
/** Analyses everything that can be entered. */
export function enterAll(analysis: Analysis): void {
  const { program, contexts, graph } = analysis;
  for (const sym of program.contexts) {
    const { word, wordSpan, name } = sym.def;
    const span = { start: wordSpan.start, end: name.span.end, file: name.span.file };
    enter(analysis, {
      sym,
      context: contexts.entry(ENTRY_OF_WORD[word], span),
      why: `${word} ${sym.name} ${WORDS[word]}`,
      span,
      closed: true,
      onKworker: word === 'work' || word === 'delayed_work',
    });
  }
  const registered = new Set<FunctionSym>();
  for (const { sym, context, span, how } of graph.callbacks) {
    registered.add(sym);
    enter(analysis, {
      sym,
      context: contextOf(contexts, context, span),
      why: `${sym.name}() ${how} here: it runs in ${CALLBACK_TEXT[context]}`,
      span,
      closed: true,
      onKworker: context === 'kworker',
    });
  }
  const asTask = (sym: FunctionSym): void => {
    for (const { context, why } of assumedContexts(analysis, sym)) {
      enter(analysis, { sym, context, why, span: sym.def.name.span });
    }
  };
  for (const sym of program.functions) {
    const atomic = atomicContext(contexts, sym);
    if (atomic) {
      const why = `${sym.name}() is declared __atomic: it must be callable where sleeping is not allowed`;
      enter(analysis, { sym, context: atomic, why, span: sym.def.name.span });
    }
    if (!graph.called.has(sym) && !registered.has(sym)) asTask(sym);
  }
  // functions that are called only by themselves, through function tables, or from unreachable code
  for (const sym of program.functions) if (!wasReached(analysis, sym)) asTask(sym);
}
