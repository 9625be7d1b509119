/** The call that undoes another one, for fixes: `spin_unlock_irqrestore(&l, flags)` for `spin_lock_irqsave(&l, flags)`. */
import { parameterNames, parameterTexts } from '../../../catalogue/prototype';
import type { Program } from '../../../check/context/program';
import type { Span } from '../../../syntax/tree';

/** What undoes the call of `name` at `span`; undefined if it needs an argument that the call does not have. */
export function releaseText(program: Program, name: string, span: Span): string | undefined {
  const taker = program.lookup(name);
  const by = taker?.kind === 'api' ? taker.entry.freedWith?.[0] : undefined;
  const undo = by === undefined ? undefined : program.lookup(by);
  if (by === undefined || taker?.kind !== 'api' || undo?.kind !== 'api') return undefined;
  const text = program.files[span.file]?.text.slice(span.start, span.end) ?? '';
  const [given, has] = [parameterTexts(text), parameterNames(taker.entry.proto)];
  const args = parameterNames(undo.entry.proto).map((param) => given[has.indexOf(param)]);
  return args.includes(undefined) ? undefined : `${by}(${args.join(', ')})`;
}
