/** Expressions that are C and are hardly meant: the warnings of -Wparentheses and -Woverflow. */
import { fitsBits, wrap } from '../../../types/conversions';
import type { CType, IntType } from '../../../types/ctype';
import { quotedType, widthOf } from '../../../types/ctype';
import type { Binary, DefineDir, Expr } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';
import { constantOf } from './checkConst';

const COMPARES: ReadonlySet<string> = new Set(['==', '!=', '<', '>', '<=', '>=']);

/** `if (n = 3)`: brackets around the assignment say that it is meant. */
export function checkAssignmentAsCondition(cx: CheckContext, test: Expr): void {
  if (cx.expansion.depth > 0 || test.kind !== 'assign' || test.op !== '=' || test.parenthesised) return;
  const between = { start: test.left.span.end, end: test.right.span.start, file: test.span.file };
  const { start, end } = test.span;
  const at = (offset: number) => ({ start: offset, end: offset, file: test.span.file });
  cx.problems.warn('assignment-condition', "this assigns and tests the value; '==' compares", test.span, {
    fixes: [
      { title: "change '=' to '=='", unsafe: true, edits: [{ span: between, text: ' == ' }] },
      {
        title: 'put it into brackets, as it is meant',
        edits: [
          { span: at(start), text: '(' },
          { span: at(end), text: ')' },
        ],
      },
    ],
  });
}
/** `n & 1 == 0`: the comparison comes first. */
export function checkPrecedence(cx: CheckContext, expr: Binary): void {
  const { op, left, right } = expr;
  if (cx.expansion.depth > 0 || (op !== '&' && op !== '|' && op !== '^')) return;
  const inner = [right, left].find((e): e is Binary => e.kind === 'binary' && COMPARES.has(e.op) && !e.parenthesised);
  if (!inner) return;
  const [from, to] =
    inner === right ? [left.span.start, inner.left.span.end] : [inner.right.span.start, right.span.end];
  const at = (offset: number) => ({ start: offset, end: offset, file: expr.span.file });
  const edits = [
    { span: at(from), text: '(' },
    { span: at(to), text: ')' },
  ];
  cx.problems.warn(
    'precedence',
    `'${inner.op}' binds tighter than '${op}': without brackets it compares first`,
    expr.span,
    {
      fixes: [{ title: `put the '${op}' into brackets`, unsafe: true, edits }],
    },
  );
}
/** Whether a constant becomes another one. */
export function overflows(cx: CheckContext, expr: Expr, from: CType, to: IntType): boolean {
  if (cx.expansion.depth > 0 || to.bool || to.size === 8) return false;
  // a mask that is cut off is the linter's: implicit-truncation
  if (from.typedef === 'gfp_t') return false;
  if (expr.kind !== 'int' && expr.kind !== 'unary' && expr.kind !== 'binary' && expr.kind !== 'ident') return false;
  const value = constantOf(cx, expr);
  return value !== undefined && !fitsBits(value, widthOf(to));
}
export function reportOverflow(cx: CheckContext, expr: Expr, to: IntType, where: string): void {
  const value = constantOf(cx, expr);
  if (value === undefined) return;
  cx.problems.warn(
    'constant-overflow',
    `${where} puts ${value} into ${quotedType(to)}, which cannot hold it: the value is ${wrap(value, to)}`,
    expr.span,
  );
}
/** `#define TWO 1 + 1`: C puts the text where the name is, kmem the value. */
export function checkDefinedValue(cx: CheckContext, { name, value }: DefineDir): void {
  if (!value || value.parenthesised || (value.kind !== 'binary' && value.kind !== 'conditional')) return;
  const at = (offset: number) => ({ start: offset, end: offset, file: value.span.file });
  const edits = [
    { span: at(value.span.start), text: '(' },
    { span: at(value.span.end), text: ')' },
  ];
  cx.problems.warn(
    'precedence',
    `the value of '${name.text}' needs brackets: C would put these words beside other operators, kmem its value`,
    value.span,
    { fixes: [{ title: 'put the value into brackets', edits }] },
  );
}
