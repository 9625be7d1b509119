/** Calls that are no ordinary functions: they look at their arguments' source, or name a function. */

import { simFailNextPages } from '../../kernel/mm/page_sim';
import { lookupApi, runnableOf } from '../../language/catalogue/catalogue';
import type { Call, Expr } from '../../language/syntax/tree';
import { walkTree } from '../../language/syntax/visitor';
import { CompileError, OP_EVAL } from '../program/code';
import type { Eval, Place } from '../values/access';
import type { Value } from '../values/value';
import type { ExprCompiler } from './exprs';
import type { Hoister } from './hoist';

/** Lowers a call of the API that needs more than values; false if it is an ordinary one. */
export function lowerSpecial(lowerer: Hoister, call: Call, name: string, _place: Place | undefined): boolean {
  switch (name) {
    case 'expect':
      expectation(lowerer, call);
      return true;
    case 'sim_fail_next':
      failNext(lowerer, call);
      return true;
    case 'static_assert':
    case '_Static_assert':
    case 'BUILD_BUG_ON':
      return true;
    default:
      return false;
  }
}
/** The same inside expressions. */
export function inlineSpecial(call: Call, _compiler: ExprCompiler): Eval | undefined {
  const name = call.callee.kind === 'ident' ? call.callee.name : '';
  if (name === 'BUILD_BUG_ON' || name === 'static_assert' || name === '_Static_assert') return () => 0;
  return undefined;
}

function failNext(lowerer: Hoister, call: Call): void {
  const [what, count] = call.args;
  const name = what?.kind === 'ident' ? what.name : '';
  if (lookupApi(name)?.family !== 'page allocation')
    throw new CompileError(
      'not-executable',
      `sim_fail_next can make page allocations fail so far: the function is one of ${runnableOf('page allocation').join(', ')}`,
      (what ?? call).span,
    );
  if (count) lowerer.hoist(count);
  const n = count ? lowerer.exprs.value(count) : () => 1;
  const { machine } = lowerer.builder;
  lowerer.emit(OP_EVAL, call.span).run = () => simFailNextPages(machine.kernel.pageAlloc, Number(n()));
}

/** expect(condition, "text", …) */
function expectation(lowerer: Hoister, call: Call): void {
  const [condition, text, ...rest] = call.args;
  if (!condition) throw new CompileError('argument-count', "'expect' takes a condition", call.span);
  const { exprs, builder } = lowerer;
  const { machine, program } = builder;
  for (const arg of call.args) if (arg !== text || text.kind !== 'string') lowerer.hoist(arg);
  const truth = exprs.truth(condition);
  const source = (e: Expr) =>
    (program.files[e.span.file]?.text.slice(e.span.start, e.span.end) ?? '').replace(/\s+/g, ' ');
  const operands = operandsOf(condition).map((e) => ({
    source: source(e),
    value: exprs.value(e),
    show: shower(exprs, e),
  }));
  const values = rest.map((e) => exprs.promoted(e));
  const wording = text?.kind === 'string' ? text.value : undefined;
  lowerer.emit(OP_EVAL, call.span).run = () => {
    const { core, context } = machine;
    if (truth()) {
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
    context.log.report({
      kind: 'expect',
      title: `expect failed at ${context.where()}: ${said ?? source(condition)}`,
      lines,
      place: call.span,
    });
  };
}
/** The parts of a condition whose values explain it: both sides of a comparison; nothing that changes when it is looked at. */
function operandsOf(condition: Expr): Expr[] {
  let e = condition;
  while (e.kind === 'unary' && e.op === '!') e = e.operand;
  if (e.kind === 'binary' && (e.op === '&&' || e.op === '||')) return [...operandsOf(e.left), ...operandsOf(e.right)];
  const sides = e.kind === 'binary' ? [e.left, e.right] : [e];
  return sides.filter((s) => s.kind !== 'int' && s.kind !== 'string' && !changes(s));
}
/** Does looking at `e` change anything: does it assign, `++` or `--`? */
function changes(e: Expr): boolean {
  let found = false;
  walkTree(e, (n) => {
    if (n.kind === 'assign' || n.kind === 'postfix') found = true;
    else if (n.kind === 'unary' && (n.op === '++' || n.op === '--')) found = true;
  });
  return found;
}
function shower(exprs: ExprCompiler, e: Expr): (value: Value) => string {
  const type = exprs.tables.typeOf(e);
  if (type?.kind === 'pointer' || type?.kind === 'array')
    return (v) =>
      `0x${BigInt.asUintN(exprs.abi.wordSize * 8, BigInt(v))
        .toString(16)
        .padStart(exprs.abi.wordSize * 2, '0')}`;
  return (v) =>
    typeof v === 'number' && (v > 4096 || v < -4096)
      ? `${v} (0x${BigInt.asUintN(64, BigInt(v)).toString(16)})`
      : String(v);
}
