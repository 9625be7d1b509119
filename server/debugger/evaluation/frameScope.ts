/** Which names an expression sees in a frame. */
import type { ExpressionScope } from '../../language/check/context/program';
import type { Frame, StatementInfo } from '../target/target';

/** A frame, or a statement that no frame is at now. */
export type Place = Pick<Frame, 'owner' | 'statement'> & Partial<Pick<Frame, 'fn'>>;

/**
 * The scope of the statement that a frame is at. A variable is in scope in its own declaration, as C has it.
 * @param slots the variables of the function
 */
export function scopeOf(
  place: Place | undefined,
  statements: readonly StatementInfo[],
  slots = place?.fn?.slots,
): ExpressionScope {
  if (!place?.owner) return {};
  const span = statements[place.statement]?.span;
  if (!span) return { function: place.owner };
  let offset = span.start;
  for (const [{ span: name }] of slots ?? [])
    if (name && name.file === span.file && name.start >= span.start && name.end <= span.end)
      offset = Math.max(offset, name.end);
  return { function: place.owner, offset, file: span.file };
}
