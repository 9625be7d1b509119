/** Calls that look at their arguments' source, or name a function, instead of being given values. */

import { simFailNextPages } from '../../kernel/mm/page_alloc/page_sim';
import { lookupApi } from '../../language/catalogue/catalogue';
import type { Family } from '../../language/catalogue/form/entry';
import { oneLine } from '../../language/syntax/oneLine';
import type { Call, Expr } from '../../language/syntax/tree';
import { contains } from '../../language/syntax/visitor';
import { formatBits } from '../../types/address';
import { CompileError, OP_EVAL } from '../program/code';
import type { Value } from '../values/value';
import type { ExprContext } from './exprContext';
import { promoted, truth, value } from './exprs';
import type { LowerContext } from './lowerContext';

const nameOf = (call: Call): string => (call.callee.kind === 'ident' ? call.callee.name : '');

/** The operands of such a call that have values; undefined if the call is an ordinary one. */
export function specialOperands(call: Call): readonly Expr[] | undefined {
  switch (nameOf(call)) {
    case 'expect':
      return call.args.filter((arg, i) => i !== 1 || arg.kind !== 'string');
    case 'sim_fail_next':
      return call.args.slice(1);
    case 'static_assert':
    case '_Static_assert':
    case 'BUILD_BUG_ON':
      return [];
    default:
      return undefined;
  }
}
/** Emits such a call; false if it is an ordinary one. */
export function emitSpecial(cx: LowerContext, call: Call): boolean {
  if (specialOperands(call) === undefined) return false;
  const name = nameOf(call);
  if (name === 'expect') expectation(cx, call);
  else if (name === 'sim_fail_next') failNext(cx, call);
  return true;
}

/** How the next allocations of a family are made to fail. */
function failing(cx: LowerContext): Partial<Record<Family, (count: number, skip: number) => void>> {
  const { pageAlloc, allocators } = cx.exprs.machine.kernel;
  return {
    'page allocation': (count, skip) => simFailNextPages(pageAlloc, count, skip),
    'slab allocation': (count, skip) => allocators.slab.failNext(count, skip),
  };
}
function failNext(cx: LowerContext, call: Call): void {
  const [what, count, skip] = call.args;
  const name = what?.kind === 'ident' ? what.name : '';
  const family = lookupApi(name)?.family;
  const fail = family === undefined ? undefined : failing(cx)[family];
  if (!fail) {
    throw new CompileError('not-executable', `sim_fail_next cannot make '${name}' fail`, (what ?? call).span);
  }
  const number = (e: Expr | undefined) => (e ? value(cx.exprs, e) : () => 0);
  const [times, before] = [number(count), number(skip)];
  cx.emitter.emit({ op: OP_EVAL, span: call.span, run: () => fail(Number(times()), Number(before())) });
}

/** expect(condition, "text", …) */
function expectation(cx: LowerContext, call: Call): void {
  const [condition, text, ...rest] = call.args;
  if (!condition) throw new CompileError('argument-count', "'expect' takes a condition", call.span);
  const { exprs, program } = cx;
  const { machine } = exprs;
  const test = truth(exprs, condition);
  const source = (e: Expr): string => oneLine(program.files[e.span.file]?.text.slice(e.span.start, e.span.end) ?? '');
  const operands = operandsOf(condition).map((e) => ({
    source: source(e),
    value: value(exprs, e),
    show: shower(exprs, e),
  }));
  const values = rest.map((e) => promoted(exprs, e));
  const wording = text?.kind === 'string' ? text.value : undefined;
  const run = (): void => {
    const { core, reports } = machine;
    if (test()) {
      core.setGlobal('kmem_expect_passed', core.getGlobal('kmem_expect_passed') + 1);
      return;
    }
    core.setGlobal('kmem_expect_failed', core.getGlobal('kmem_expect_failed') + 1);
    const said =
      wording === undefined
        ? undefined
        : machine.printf.format(
            wording,
            values.map((v) => v()),
          );
    const lines = said === undefined ? [] : [`expected: ${source(condition)}`];
    for (const o of operands) lines.push(`  ${o.source} is ${o.show(o.value())}`);
    reports.log.report({
      kind: 'expect',
      title: `expect failed at ${reports.names.where()}: ${said ?? source(condition)}`,
      lines,
      span: call.span,
    });
  };
  cx.emitter.emit({ op: OP_EVAL, span: call.span, run });
}
/** The parts of a condition whose values explain it: both sides of a comparison; nothing whose evaluation changes the machine. */
function operandsOf(condition: Expr): Expr[] {
  let e = condition;
  while (e.kind === 'unary' && e.op === '!') e = e.operand;
  if (e.kind === 'binary' && (e.op === '&&' || e.op === '||')) return [...operandsOf(e.left), ...operandsOf(e.right)];
  const sides = e.kind === 'binary' ? [e.left, e.right] : [e];
  return sides.filter((s) => s.kind !== 'int' && s.kind !== 'string' && !changes(s));
}
/** Whether evaluating `e` changes anything: an assignment, `++` or `--`. */
const changes = (e: Expr): boolean =>
  contains(
    e,
    (n) => n.kind === 'assign' || n.kind === 'postfix' || (n.kind === 'unary' && (n.op === '++' || n.op === '--')),
  );
/** Numbers up to this are shown in decimal only. */
const SMALL = 4096;
/** How the report shows a value: pointers as addresses, larger numbers in hexadecimal too. */
function shower(cx: ExprContext, e: Expr): (value: Value) => string {
  const kind = cx.tables.typeOf(e)?.kind;
  if (kind === 'pointer' || kind === 'array') return (v) => formatBits(cx.abi, BigInt(v));
  return (v) =>
    typeof v === 'number' && Math.abs(v) > SMALL ? `${v} (0x${BigInt.asUintN(64, BigInt(v)).toString(16)})` : String(v);
}
