/**
 * Comparisons that a branch tests and no value decides: `n > limit`. Each different one in a body is a place of its own that is 1 or 0, so that the same
 * condition, asked again with neither side changed, has the same answer.
 */

import type { Program } from '../../check/program';
import type { Expr } from '../../syntax/tree';
import type { PlaceId } from './cfg';
import type { Places } from './trackedPlaces';

export interface Predicate {
  readonly place: PlaceId;
  /** the test is true where the place is 0 */
  readonly negated: boolean;
}
interface Operand {
  readonly text: string;
  readonly place: PlaceId | undefined;
}

export class Predicates {
  readonly byTest = new Map<Expr, Predicate>();
  private readonly byText = new Map<string, PlaceId>();

  constructor(
    private readonly program: Program,
    private readonly places: Places,
  ) {}

  /** Notes a leaf condition; does nothing with one that is not a comparison of places and constants. */
  note(test: Expr): void {
    if (test.kind !== 'binary') return;
    let { left, right } = test;
    let negated = false;
    let op: string = test.op;
    switch (test.op) {
      case '>':
        [left, right, op] = [right, left, '<'];
        break;
      case '>=':
        [op, negated] = ['<', true];
        break;
      case '<=':
        [left, right, op, negated] = [right, left, '<', true];
        break;
      case '!=':
        [op, negated] = ['==', true];
        break;
      case '<':
      case '==':
      case '&':
        break;
      default:
        return;
    }
    const a = this.operand(left);
    const b = this.operand(right);
    if (!a || !b || (a.place === undefined && b.place === undefined)) return;
    const text = `${a.text}${op}${b.text}`;
    let place = this.byText.get(text);
    if (place === undefined) {
      place = this.places.predicate([a.place, b.place].filter((p) => p !== undefined));
      this.byText.set(text, place);
    }
    this.byTest.set(test, { place, negated });
  }
  private operand(e: Expr): Operand | undefined {
    while (e.kind === 'cast') e = e.operand;
    const constant = this.program.constantOf(e);
    if (constant !== undefined) return { text: String(constant), place: undefined };
    const place = this.places.ofExpr(e);
    return place === undefined ? undefined : { text: `p${place}`, place };
  }
}
