/** A label and the gotos that lead to it: editing the name of one edits all. */
import type { Program } from '../../check/context/program';
import type { Span } from '../../syntax/tree';
import { nameAt } from '../names/references';

/** The places of the label whose name is at an offset, in order of position; none for other names. */
export function linkedLabels(program: Program, file: number, offset: number): Span[] {
  const entity = nameAt(program, file, offset)?.entity;
  return entity?.named.kind === 'label' ? entity.occurrences.map(({ span }) => span) : [];
}
