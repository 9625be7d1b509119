/** What the check of one part of a program has said and seen: of a body, or of all that is outside of bodies. */
import type { Span } from '../../syntax/tree';
import type { Code } from './checkCodes';
import type { Diagnostic, Sym } from './program';

export class Part {
  diagnostics: Diagnostic<Code>[] = [];
  /** one message per position and code */
  readonly reported = new Set<string>();
  readonly assigned = new Set<Sym>();
  readonly used = new Set<Sym>();
  readonly firstCalls = new Map<Sym, Span>();
  /** unknown names for which a known one has been looked for */
  suggestions = 0;
  /** a body: it declares what can be seen outside of it, such as a static local, or a structure */
  declares = false;
}
