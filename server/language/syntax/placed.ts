/** What is said of places in the text: problems, diagnostics. */
import type { Span } from './tree';

interface At {
  readonly span: Span;
}
interface Placed extends At {
  readonly related?: readonly At[];
  readonly fixes?: readonly { readonly edits: readonly At[] }[];
}

/** The same, with the span that `at` gives in the place of each. */
export function withSpans<T extends Placed>(said: T, at: (span: Span) => Span): T {
  const placed = <P extends At>(one: P): P => ({ ...one, span: at(one.span) });
  const { related, fixes } = said;
  return {
    ...placed(said),
    ...(related && { related: related.map(placed) }),
    ...(fixes && { fixes: fixes.map((fix) => ({ ...fix, edits: fix.edits.map(placed) })) }),
  };
}
/** The same, with spans that no node shares. */
export const onItsOwn = <T extends Placed>(said: T): T => withSpans(said, (span) => ({ ...span }));
