/** Source text with one mutant in it, and source text that tells which mutants' sites have run. */
import type { Mutant } from './mutators';

/** Name of the global array in which a probe sets its element to 1. */
export const REACHED = '__kmemReached';

export const withMutant = (source: string, mutant: Mutant): string =>
  source.slice(0, mutant.start) + mutant.text + source.slice(mutant.end);

/** The same program, with a probe at each mutant's site that sets the element of `REACHED` of the mutant's number. */
export function withProbes(
  source: string,
  mutants: readonly { readonly mutant: Mutant; readonly id: number }[],
): string {
  const sites = mutants
    .map(({ mutant, id }) => ({ ...mutant.site, id }))
    // outer sites first; a statement encloses the expression that it consists of
    .sort((a, b) => a.start - b.start || b.end - a.end || Number(b.statement) - Number(a.statement));
  const opening = new Map<number, string>();
  const closing = new Map<number, string>();
  for (const { start, end, statement, id } of sites) {
    opening.set(
      start,
      `${opening.get(start) ?? ''}${statement ? `{ ${REACHED}[${id}] = 1; ` : `(${REACHED}[${id}] = 1, `}`,
    );
    closing.set(end, `${statement ? ' }' : ')'}${closing.get(end) ?? ''}`);
  }
  let text = '';
  let done = 0;
  for (const at of [...new Set([...opening.keys(), ...closing.keys()])].sort((a, b) => a - b)) {
    text += source.slice(done, at) + (closing.get(at) ?? '') + (opening.get(at) ?? '');
    done = at;
  }
  return text + source.slice(done);
}
