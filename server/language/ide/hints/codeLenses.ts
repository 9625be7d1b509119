/** Lenses above the code: run and debug the scenario at its tasks, callers and contexts at its functions. */
import type { Program } from '../../check/context/program';
import type { Span } from '../../syntax/tree';
import { contextLine, contextsOfBody, type ProgramContexts } from './programContexts';

export interface CodeLens {
  readonly span: Span;
  readonly what: 'run' | 'debug' | 'inspect' | 'callers' | 'contexts';
}
export interface LensOptions {
  readonly run: boolean;
  readonly callers: boolean;
  readonly contexts: boolean;
}
export const DEFAULT_LENSES: LensOptions = { run: true, callers: true, contexts: true };

/** The lenses of a file; their texts come when they are shown. */
export function codeLenses(program: Program, file: number, options: LensOptions): CodeLens[] {
  const lenses: CodeLens[] = [];
  for (const item of program.files[file]?.tree.items ?? []) {
    if (item.kind === 'context' && (item.word === 'task' || item.word === 'process')) {
      const { span } = item.name;
      if (options.run) lenses.push({ span, what: 'run' }, { span, what: 'debug' }, { span, what: 'inspect' });
    }
    if (item.kind !== 'function' || !item.body) continue;
    const { span } = item.name;
    if (options.callers) lenses.push({ span, what: 'callers' });
    if (options.contexts) lenses.push({ span, what: 'contexts' });
  }
  return lenses;
}
/** `count`: the places that call the function, or hand it on. */
export const callersTitle = (count: number): string =>
  count === 0 ? 'no callers' : count === 1 ? '1 caller' : `${count} callers`;
export function contextsTitle(contexts: ProgramContexts, name: Span): string {
  const reached = contextsOfBody(contexts, name);
  return reached.length === 0 ? 'not reached' : contextLine(reached, 2);
}
