/** Expressions of the debugger are compiled once for each text and scope, and the number kept is bounded. */
import assert from 'node:assert/strict';
import { CompiledExpressions } from '../../../server/debugger/evaluation/compiledExpressions';
import { EvaluationError, type Frame } from '../../../server/debugger/target/target';
import { load } from '../../vm/scenario';

function made(): { expressions: CompiledExpressions; at(statement: number): Frame } {
  const vm = load(`static int n;
static void work(int n) { { long n = 2; n++; } n++; }
task main { work(1); n++; }`);
  const expressions = new CompiledExpressions(vm.program, vm.compiled, vm.machine);
  const at = (statement: number): Frame => {
    const owner = vm.statements[statement]?.owner;
    assert.ok(owner);
    return {
      name: owner.name,
      kind: 'function',
      owner,
      statement,
      task: 0,
      stack: 'TASK',
      fp: 0,
      pc: -1,
      fn: undefined,
    };
  };
  return { expressions, at };
}

describe('compiled expressions', () => {
  it('are compiled once for a text and scope', () => {
    const { expressions, at } = made();
    assert.equal(expressions.of('n + 1', at(0)), expressions.of('n + 1', at(0)));
    assert.notEqual(expressions.of('n + 1', at(0)), expressions.of('n + 2', at(0)));
    assert.equal(expressions.of('n', undefined), expressions.of('n', undefined));
  });
  it('see what is visible in their scope', () => {
    const { expressions, at } = made();
    const types = [0, 1, 2, 3, 4].map((statement) => {
      const { type } = expressions.of('n', at(statement));
      return type.kind === 'int' ? type.name : type.kind;
    });
    // inside the block its own n, from its declaration on; around it the parameter; in the task the global
    assert.deepEqual(types, ['long', 'long', 'int', 'int', 'int']);
    assert.notEqual(expressions.of('n', at(2)), expressions.of('n', at(4)));
  });
  it('a mistake is answered each time', () => {
    const { expressions, at } = made();
    for (let i = 0; i < 2; i++) {
      assert.throws(() => expressions.of('missing', at(0)), EvaluationError);
      assert.throws(() => expressions.of('n++', at(0)), /a watch is read-only/);
    }
  });
  it('are forgotten when there are too many', () => {
    const { expressions, at } = made();
    const first = expressions.of('n', at(0));
    for (let i = 0; i < 1500; i++) expressions.of(`n + ${i}`, at(1));
    const again = expressions.of('n', at(0));
    assert.notEqual(again, first);
    assert.equal(expressions.of('n', at(0)), again);
  });
});
