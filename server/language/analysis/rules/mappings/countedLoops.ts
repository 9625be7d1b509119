/**
 * `for` loops that count between constants, and the elements that each of their rounds names: what is certain about the values of an index.
 */
import { orMake } from '../../../../types/orMake';
import type { Fix, Program, VarSym } from '../../../check/context/program';
import type { Binary, Expr, ForStmt, Index, Stmt } from '../../../syntax/tree';
import { contains, forEachChild, type Node, walkTree } from '../../../syntax/visitor';
import { withoutCasts } from '../../../syntax/withoutCasts';

/** An element that every round of a loop names. */
export interface Counted {
  readonly element: Index;
  /** the index in the first and in the last round */
  readonly first: bigint;
  readonly last: bigint;
  /** the condition of the loop */
  readonly test: Binary;
}
interface Loop {
  readonly counter: VarSym;
  /** its values in the first and in the last round */
  readonly from: bigint;
  readonly to: bigint;
  readonly test: Binary;
  readonly body: Stmt;
}

/** The elements that each round of a loop names, if it counts between constants, and nothing but its condition ends it. */
export function countedElements(program: Program, stmt: ForStmt): Counted[] {
  const loop = loopOf(program, stmt);
  if (!loop || isLeft(program, loop)) return [];
  const { counter, from, to, test } = loop;
  const found: Counted[] = [];
  for (const element of namedInEachRound(program, loop)) {
    const distance = distanceFrom(program, counter, element.index);
    if (distance !== undefined) found.push({ element, first: from + distance, last: to + distance, test });
  }
  return found;
}

const known = new WeakMap<Program, ReadonlyMap<Index, Counted>>();
/** Those of all loops of a program. */
export const allCountedElements = (program: Program): ReadonlyMap<Index, Counted> =>
  orMake(known, program, () => {
    const all = new Map<Index, Counted>();
    for (const { tree } of program.files)
      for (const item of tree.items)
        walkTree(item, (node) => {
          if (node.kind === 'for') for (const one of countedElements(program, node)) all.set(one.element, one);
        });
    return all;
  });
/** Of the first and the last round, the one in which the index is outside; undefined: in neither. */
export function roundOutside(
  { first, last }: Counted,
  isOutside: (index: bigint) => boolean,
): { readonly index: bigint; readonly round: 'first' | 'last' } | undefined {
  if (isOutside(last)) return { index: last, round: 'last' };
  return isOutside(first) ? { index: first, round: 'first' } : undefined;
}
/** `<` in place of the `<=` that goes one round too far. */
export const oneRoundLess = ({ test }: Counted): Fix[] =>
  test.op === '<='
    ? [{ title: "use '<' in the condition of the loop", unsafe: true, edits: [{ span: test.opSpan, text: '<' }] }]
    : [];

const isCounter = (program: Program, e: Node | undefined, counter: VarSym): boolean =>
  e?.kind === 'ident' && program.symbolOf(e) === counter;

function loopOf(program: Program, { init, test, update, body }: ForStmt): Loop | undefined {
  if (test?.kind !== 'binary' || test.span.file < 0) return undefined;
  const name = withoutCasts(test.left);
  const counter = name.kind === 'ident' ? program.symbolOf(name) : undefined;
  const limit = program.constantOf(test.right);
  if (counter?.kind !== 'var' || counter.storage === 'global' || limit === undefined) return undefined;
  const from = startOf(program, init, counter);
  const step = stepOf(program, update, counter);
  if (from === undefined || step === undefined) return undefined;
  const to = lastBefore(test.op, from, step, limit);
  return to === undefined ? undefined : { counter, from, to, test, body };
}
function startOf(program: Program, init: ForStmt['init'], counter: VarSym): bigint | undefined {
  if (init?.kind === 'assign')
    return init.op === '=' && isCounter(program, init.left, counter) ? program.constantOf(init.right) : undefined;
  if (init?.kind !== 'decl' || init.decl.declarators.length !== 1) return undefined;
  const [declared] = init.decl.declarators;
  if (!declared?.init || declared.init.kind === 'initList' || program.symbolOf(declared.name) !== counter)
    return undefined;
  return program.constantOf(declared.init);
}
function stepOf(program: Program, update: Expr | undefined, counter: VarSym): bigint | undefined {
  if (update?.kind === 'unary' || update?.kind === 'postfix') {
    if (!isCounter(program, update.operand, counter)) return undefined;
    return update.op === '++' ? 1n : update.op === '--' ? -1n : undefined;
  }
  if (update?.kind !== 'assign' || !isCounter(program, update.left, counter)) return undefined;
  const by = program.constantOf(update.right);
  if (by === undefined || by <= 0n) return undefined;
  return update.op === '+=' ? by : update.op === '-=' ? -by : undefined;
}
/** The counter's value in the last round; undefined where there is no round, or no end. */
function lastBefore(op: Binary['op'], from: bigint, step: bigint, limit: bigint): bigint | undefined {
  const up = step > 0n;
  if (op === '!=') return (step === 1n && from < limit) || (step === -1n && from > limit) ? limit - step : undefined;
  if (op !== (up ? '<' : '>') && op !== (up ? '<=' : '>=')) return undefined;
  const end = op.length === 1 ? limit - (up ? 1n : -1n) : limit;
  if (up ? from > end : from < end) return undefined;
  return from + ((end - from) / step) * step;
}

/** Whether something else than its condition may end the loop, or changes its counter. */
function isLeft(program: Program, { body, counter }: Loop): boolean {
  const leaves = (node: Node, inner: boolean): boolean => {
    switch (node.kind) {
      case 'return':
      case 'goto':
      case 'label':
      case 'errorStmt':
      case 'errorExpr':
        return true;
      case 'break':
        return !inner;
      case 'assign':
        if (isCounter(program, node.left, counter)) return true;
        break;
      case 'postfix':
        if (isCounter(program, node.operand, counter)) return true;
        break;
      case 'unary':
        if (['++', '--', '&'].includes(node.op) && isCounter(program, node.operand, counter)) return true;
        break;
      default:
        break;
    }
    const within = inner || ['for', 'while', 'do', 'macroLoop', 'switch'].includes(node.kind);
    let found = false;
    forEachChild(node, (child) => {
      found ||= leaves(child, within);
    });
    return found;
  };
  return leaves(body, false);
}

/** Elements of arrays whose index is made of the counter, and which are named in each round, whatever the conditions in it say. */
function namedInEachRound(program: Program, { body, counter }: Loop): Index[] {
  const found: Index[] = [];
  const mentions = (node: Node): boolean => contains(node, (n) => isCounter(program, n, counter));
  /** @param handedOn an address is passed to a function, which will follow it */
  const expr = (e: Expr, handedOn = false): void => {
    switch (e.kind) {
      case 'index':
        if (mentions(e.index)) found.push(e);
        expr(e.base);
        expr(e.index);
        return;
      case 'unary':
        // the address behind the end may be taken
        if (e.op !== '&' || handedOn) expr(e.operand);
        return;
      case 'binary':
        expr(e.left);
        if (e.op !== '&&' && e.op !== '||') expr(e.right);
        return;
      case 'conditional':
        expr(e.test);
        return;
      case 'call':
        // of a macro it is not known what it evaluates
        if (!program.expansionOf(e)) for (const arg of e.args) expr(arg, true);
        return;
      case 'cast':
      case 'postfix':
        expr(e.operand);
        return;
      case 'assign':
      case 'comma':
        expr(e.left);
        expr(e.right);
        return;
      case 'member':
        expr(e.base);
        return;
      default:
        return;
    }
  };
  /** Whether what comes behind the statement is reached in each round. */
  const statement = (s: Stmt): boolean => {
    switch (s.kind) {
      case 'block':
        return s.body.every(statement);
      case 'expr':
        expr(s.expr);
        return !mayAssert(program, s.expr, mentions);
      case 'decl':
        for (const { init } of s.decl.declarators) if (init && init.kind !== 'initList') expr(init);
        return true;
      case 'empty':
        return true;
      case 'if':
        expr(s.test);
        // it may end the round, or, where it asks for the counter, the program
        return !mentions(s.test) && !contains(s, (n) => n.kind === 'continue');
      case 'switch':
        expr(s.value);
        return !mentions(s.value) && !contains(s, (n) => n.kind === 'continue');
      case 'for':
      case 'while':
      case 'do':
      case 'macroLoop':
        return !mentions(s);
      default:
        return false;
    }
  };
  statement(body);
  return found;
}
/** Whether an expression ends the program, as BUG_ON() does, where the counter is too large. */
function mayAssert(program: Program, e: Expr, mentions: (node: Node) => boolean): boolean {
  const ends = (node: Node): boolean => {
    if (node.kind !== 'call') return false;
    const sym = node.callee.kind === 'ident' ? program.symbolOf(node.callee) : undefined;
    if (sym?.kind === 'api' && (sym.entry.asserts !== undefined || sym.entry.returns === 'never')) return true;
    const means = program.expansionOf(node);
    return means !== undefined && contains(means, ends);
  };
  return mentions(e) && contains(e, ends);
}

/** n of `counter + n` and `counter - n`; undefined for anything else. */
function distanceFrom(program: Program, counter: VarSym, index: Expr): bigint | undefined {
  const e = withoutCasts(index);
  if (isCounter(program, e, counter)) return 0n;
  if (e.kind !== 'binary' || (e.op !== '+' && e.op !== '-') || !isCounter(program, withoutCasts(e.left), counter))
    return undefined;
  const by = program.constantOf(e.right);
  return by === undefined ? undefined : e.op === '+' ? by : -by;
}
