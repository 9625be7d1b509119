/** Where a program's bodies and calls run, as plain data: it is sent from the thread that analyses. Bodies by the positions of their names. */
import { type Reached, type ReachedContexts, reachedContexts } from '../../analysis/reachedContexts';
import type { Program } from '../../check/context/program';
import type { Span } from '../../syntax/tree';

export interface ProgramContexts extends Omit<ReachedContexts, 'bodies'> {
  readonly bodies: readonly { readonly name: Span; readonly contexts: readonly Reached[] }[];
}
export function programContexts(program: Program): ProgramContexts {
  const { bodies, ...rest } = reachedContexts(program);
  return { ...rest, bodies: [...bodies].map(([{ def }, contexts]) => ({ name: def.name.span, contexts })) };
}
/** The contexts of the body whose name is at a position; none if it is not reached. */
export const contextsOfBody = ({ bodies }: ProgramContexts, { file, start }: Span): readonly Reached[] =>
  bodies.find(({ name }) => name.file === file && name.start === start)?.contexts ?? [];
/** "task; hard interrupt (irq nic_rx), holding spinlock rx.lock": contexts on one line. */
export function contextLine(contexts: readonly Reached[], most = Number.POSITIVE_INFINITY): string {
  const shown = contexts.slice(0, most).map(({ text }) => text.replace(/^in /, '').replace(' context', ''));
  const more = contexts.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join('; ');
}
