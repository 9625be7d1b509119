/**
 * Comparisons that a branch tests and that no known value decides: `n > limit`. Each distinct one in a body is a variable path of its own,
 * 1 or 0, so that the same condition, tested again with neither side changed, has the same outcome.
 */

import type { NodeTable } from '../../../check/context/nodeTable';
import type { Program } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';

import type { PathId, VarPaths } from '../values/varPaths';

export interface Predicate {
  readonly path: PathId;
  /** the test is true where the path is 0 */
  readonly negated: boolean;
}
interface Operand {
  readonly text: string;
  readonly path: PathId | undefined;
}

export class Predicates {
  private byText: Map<string, PathId> | undefined;

  constructor(
    private readonly program: Program,
    private readonly paths: VarPaths,
    private readonly byTest: NodeTable<Predicate>,
  ) {}

  /** Records a leaf condition; does nothing with one that is not a comparison of paths and constants. */
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
    if (!a || !b || (a.path === undefined && b.path === undefined)) return;
    const text = `${a.text}${op}${b.text}`;
    this.byText ??= new Map();
    let path = this.byText.get(text);
    if (path === undefined) {
      path = this.paths.predicate([a.path, b.path].filter((p) => p !== undefined));
      this.byText.set(text, path);
    }
    this.byTest.set(test, { path, negated });
  }
  private operand(expr: Expr): Operand | undefined {
    const e = withoutCasts(expr);
    const constant = this.program.constantOf(e);
    if (constant !== undefined) return { text: String(constant), path: undefined };
    const path = this.paths.ofExpr(e);
    return path === undefined ? undefined : { text: `p${path}`, path };
  }
}
