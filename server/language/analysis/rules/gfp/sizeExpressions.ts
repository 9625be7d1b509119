/** Rules on how the size of an allocation is written. */
import { usualArithmetic } from '../../../../types/conversions';
import { sizeOf, widthOf } from '../../../../types/ctype';
import type { Allocates } from '../../../catalogue/form/entry';
import type { Fix, Program } from '../../../check/context/program';
import { type Call, type Expr, isTypeSyntax, type Span, type Stmt } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { sourceText } from '../../engine/evidence';
import type { Rule, RuleContext } from '../../engine/rule';
import { linesOf } from '../fixes/statementPlaces';
import { EXPRESSION_CODES, type ExpressionCode } from './sizeCodes';

type Context = RuleContext<ExpressionCode>;

export const sizeExpressions: Rule<ExpressionCode> = {
  codes: EXPRESSION_CODES,
  start: (cx) => ({
    visit: {
      assign: (e) => stored(cx, e.left, e.right),
      declarator: (d) => {
        if (d.init && d.init.kind !== 'initList') stored(cx, d.name, d.init);
      },
      block({ body }) {
        for (let i = 0; i < body.length; i++) {
          const value = storedBy(body[i] as Stmt);
          if (value) zeroed(cx, body, i, value);
        }
      },
    },
    calls(sym) {
      if (sym.kind !== 'api') return undefined;
      return (call) => {
        sizeofArgument(cx, call);
        product(cx, call, sym.entry.allocates);
      };
    },
  }),
};
function allocation(program: Program, value: Expr): { readonly call: Call; readonly allocates: Allocates } | undefined {
  const call = withoutCasts(value);
  const sym = call.kind === 'call' && call.callee.kind === 'ident' ? program.symbolOf(call.callee) : undefined;
  const allocates = sym?.kind === 'api' ? sym.entry.allocates : undefined;
  return call.kind === 'call' && allocates ? { call, allocates } : undefined;
}
const text = (program: Program, span: Span): string => sourceText(program, span).replace(/\s/g, '');

// ---------------------------------------------------------------- sizeof of the pointer
/** The operand of a `sizeof` that is a pointer to something of another size. */
function pointerSized(
  program: Program,
  size: Expr | undefined,
): { readonly operand: Expr; readonly span: Span } | undefined {
  if (size?.kind !== 'sizeof' || isTypeSyntax(size.of)) return undefined;
  const operand = size.of;
  const type = program.typeOf(operand);
  if (type?.kind !== 'pointer' || type.to.kind === 'void' || sizeOf(type.to) === type.size) return undefined;
  return { operand, span: size.span };
}
/** `p = kmalloc(sizeof(p), …)`. */
function stored(cx: Context, target: { readonly span: Span }, value: Expr): void {
  const found = allocation(cx.program, value);
  if (found?.allocates.size === undefined) return;
  const sized = pointerSized(cx.program, found.call.args[found.allocates.size]);
  if (sized && text(cx.program, sized.operand.span) === text(cx.program, target.span)) report(cx, sized);
}
/** `memset(p, 0, sizeof(p))`. */
function sizeofArgument(cx: Context, call: Call): void {
  const { program } = cx;
  for (const arg of call.args) {
    const sized = pointerSized(program, arg);
    if (!sized) continue;
    const name = text(program, sized.operand.span);
    if (call.args.some((other) => other !== arg && text(program, other.span) === name)) report(cx, sized);
  }
}
function report(cx: Context, { operand, span }: { readonly operand: Expr; readonly span: Span }): void {
  const type = cx.program.typeOf(operand);
  const name = sourceText(cx.program, operand.span);
  const bytes = type?.kind === 'pointer' ? sizeOf(type.to) : undefined;
  cx.report('sizeof-pointer', span, () => ({
    message: `this is the size of the pointer ${name}, ${type?.kind === 'pointer' ? type.size : 8} bytes${bytes === undefined ? '' : `, not the ${bytes} of what it points to`}: write sizeof(*${name})`,
    fixes: [{ title: `write sizeof(*${name})`, edits: [{ span, text: `sizeof(*${name})` }] }],
  }));
}

// ---------------------------------------------------------------- products
/** A size that is a product of which not every value fits size_t. */
function product(cx: Context, call: Call, allocates: Allocates | undefined): void {
  const { program } = cx;
  if (allocates?.size === undefined || allocates.count !== undefined) return;
  const size = call.args[allocates.size];
  if (!size || size.span.file < 0 || program.constantOf(size) !== undefined) return;
  const times = withoutCasts(size);
  if (times.kind !== 'binary' || times.op !== '*') return;
  const [a, b] = [times.left, times.right];
  if (!canOverflow(program, a, b)) return;
  cx.report('size-overflow', size.span, () => ({
    message: `this product can wrap around to a small size if ${sourceText(program, (program.constantOf(a) === undefined ? a : b).span)} is large: use a function that checks it, such as kmalloc_array() or array_size()`,
    fixes: arrayFix(program, call, allocates, a, b),
  }));
}
function canOverflow(program: Program, a: Expr, b: Expr): boolean {
  const [left, right] = [program.typeOf(a), program.typeOf(b)];
  if (left?.kind !== 'int' || right?.kind !== 'int') return false;
  const common = usualArithmetic(left, right, program.abi);
  if (common.kind !== 'int') return false;
  const most = (e: Expr, type: typeof left): bigint => {
    const constant = program.constantOf(e);
    return constant ?? (type.signed ? -1n : (1n << BigInt(widthOf(type))) - 1n);
  };
  const [x, y] = [most(a, left), most(b, right)];
  if (x < 0n || y < 0n) return true; // a negative number is a huge size
  return x * y >= 1n << BigInt(widthOf(common) - (common.signed ? 1 : 0));
}
function arrayFix(program: Program, call: Call, { array, size: arg }: Allocates, a: Expr, b: Expr): Fix[] {
  const size = arg === undefined ? undefined : call.args[arg];
  if (array === undefined || !size) return [];
  const [count, each] = a.kind === 'sizeof' || program.constantOf(a) !== undefined ? [b, a] : [a, b];
  const args = `${sourceText(program, count.span)}, ${sourceText(program, each.span)}`;
  return [
    {
      title: `use ${array}()`,
      edits: [
        { span: call.callee.span, text: array },
        { span: size.span, text: args },
      ],
    },
  ];
}

// ---------------------------------------------------------------- zeros
/** `p = kmalloc(n, gfp); if (!p) …; memset(p, 0, n);` */
function zeroed(cx: Context, body: readonly Stmt[], i: number, value: Expr): void {
  const { program } = cx;
  const found = allocation(program, value);
  if (found?.allocates.zeroing === undefined) return;
  const name = targetOf(body[i] as Stmt);
  const { zeroing, size: sizeArg } = found.allocates;
  const check = body[i + 1];
  const cleared = check?.kind === 'if' ? body[i + 2] : check;
  if (check?.kind === 'if' && (check.else || !text(program, check.test.span).includes(name))) return;
  if (cleared?.kind !== 'expr' || cleared.expr.kind !== 'call') return;
  const { callee, args } = cleared.expr;
  const sym = callee.kind === 'ident' ? program.symbolOf(callee) : undefined;
  const fills = sym?.kind === 'api' ? sym.entry.fills : undefined;
  if (!fills) return;
  const [to, zero, bytes] = [args[fills.arg], args[fills.value], args[fills.size]];
  if (!to || !zero || !bytes) return;
  if (text(program, to.span) !== name || program.constantOf(zero) !== 0n) return;
  const size = sizeArg === undefined ? undefined : found.call.args[sizeArg];
  const count = found.allocates.count === undefined ? undefined : found.call.args[found.allocates.count];
  if (count || !size || text(program, size.span) !== text(program, bytes.span)) return;
  const allocator = found.call.callee;
  cx.report('zero-after-allocation', cleared.expr.span, () => ({
    message: `${zeroing}() gives this memory filled with zeros. Use it, and leave out the memset()`,
    related: [{ span: found.call.span, message: 'it is allocated here' }],
    fixes: [
      {
        title: `use ${zeroing}()`,
        edits: [{ span: allocator.span, text: zeroing }, withoutLine(program, cleared.span)],
      },
    ],
  }));
}
/** Takes a statement away, with its line if that has nothing else. */
function withoutLine(program: Program, span: Span): Fix['edits'][number] {
  const lines = linesOf(program.files[span.file]?.text ?? '', span);
  return { span: lines ? { ...span, ...lines } : span, text: '' };
}
/** The value that a statement stores in a variable; undefined if it stores none. */
function storedBy(stmt: Stmt): Expr | undefined {
  if (stmt.kind === 'expr') {
    const { expr } = stmt;
    return expr.kind === 'assign' && expr.op === '=' && expr.left.kind === 'ident' ? expr.right : undefined;
  }
  if (stmt.kind !== 'decl') return undefined;
  const { declarators } = stmt.decl;
  const init = declarators[declarators.length - 1]?.init;
  return init && init.kind !== 'initList' ? init : undefined;
}
/** The name of the variable. */
function targetOf(stmt: Stmt): string {
  if (stmt.kind === 'decl') return stmt.decl.declarators.at(-1)?.name.text ?? '';
  return stmt.kind === 'expr' && stmt.expr.kind === 'assign' && stmt.expr.left.kind === 'ident'
    ? stmt.expr.left.name
    : '';
}
