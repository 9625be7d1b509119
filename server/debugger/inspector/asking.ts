/** What a view of the inspector is given besides its question: the debug session, and how to be polite while it computes. */
import type { Session } from '../session';
import type { Frame } from '../target/target';

export interface Asking {
  readonly session: Session;
  /** The stack frame that a question names; the innermost one at the current moment if it names none. */
  frame(id: number | undefined): Frame | undefined;
  /**
   * Lets other messages in. Throws if the answer is not wanted any more. Long computations call it now and then, with the time cursor
   * where they found it.
   */
  breathe(): Promise<void>;
}
/** A question that cannot be answered, with the reason for the user. */
export class InspectorError extends Error {}

/** Answers a view's question. */
export type Answerer<Question, Answer> = (asking: Asking, question: Question) => Answer | Promise<Answer>;
