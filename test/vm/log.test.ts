/** The log as time goes: one entry per printk, lines in pieces put together when they are shown. The trace, too. */
import assert from 'node:assert/strict';
import { wholeLines } from '../../server/kernel/printk/printk';
import { formatTrace } from '../../server/kernel/printk/trace';
import { load } from './scenario';

/** The lines that a scenario has printed at each moment where that changes. */
function check(body: string, expected: readonly (readonly string[])[], options: { cpus?: number } = {}): void {
  const vm = load(body, options);
  const { journal, log } = vm.kernel;
  const shown = () => [...wholeLines(log.entries.filter((e) => e.position <= journal.position))].map((e) => e.text);
  const straight = [shown()];
  while (!vm.done) {
    vm.step();
    straight.push(shown());
  }
  const changes = straight.filter((lines, i) => JSON.stringify(lines) !== JSON.stringify(straight[i - 1]));
  assert.deepEqual(changes, [[], ...expected]);
  // the same from the past, and again from each moment of it
  const { marks } = journal;
  const first = marks.start;
  for (let mark = marks.end - 1; mark >= first; mark--) {
    journal.moveTo(marks.positionOf(mark));
    assert.deepEqual(shown(), straight[mark - first], `at mark ${mark}`);
  }
  for (let mark = first; mark < first + straight.length - 1; mark++) {
    journal.moveTo(marks.positionOf(mark));
    journal.cut();
    vm.sync();
    while (!vm.done) vm.step();
    assert.deepEqual(shown(), straight.at(-1), `run again from mark ${mark}`);
  }
}

describe('log', () => {
  it('a line comes in its pieces', () =>
    check('pr_info("a"); pr_cont("b"); pr_cont("c\\n"); pr_info("d\\n");', [['a'], ['ab'], ['abc'], ['abc', 'd']]));
  it('printk ends a line that has no end', () =>
    check('printk("a"); printk("b"); printk(KERN_CONT "c\\n");', [['a'], ['a', 'b'], ['a', 'bc']]));
  it('nothing continues a complete line', () =>
    check('printk("a\\n"); printk(KERN_CONT "b"); printk(KERN_CONT "c\\n");', [['a'], ['a', 'b'], ['a', 'bc']]));
  it('newlines inside: one entry per line', () =>
    check('printk("a\\nb"); printk(KERN_CONT "c\\nd"); printk(KERN_CONT "\\n"); printk("e\\n");', [
      ['a', 'b'],
      ['a', 'bc', 'd'],
      ['a', 'bc', 'd', 'e'],
    ]));
  it('empty texts', () =>
    check('printk(""); printk("a"); printk(KERN_CONT ""); printk(KERN_CONT "\\n"); printk("\\n"); printk("b\\n");', [
      ['a'],
      ['a', ''],
      ['a', '', 'b'],
    ]));
  it('an interrupt does not continue the line of the task, nor the task the interrupt’s', () =>
    check('irq rx { printk(KERN_CONT "i"); } task main { printk("a"); sim_raise(rx); printk(KERN_CONT "b\\n"); }', [
      ['a'],
      ['a', 'i'],
      ['a', 'i', 'b'],
    ]));
  it('another task does not continue a line', () =>
    check(
      'task one { printk("1"); yield(); printk(KERN_CONT "one\\n"); } task two { printk(KERN_CONT "2"); yield(); printk(KERN_CONT "two\\n"); }',
      [['1'], ['1', '2'], ['1', '2', 'one'], ['1', '2', 'one', 'two']],
    ));
});

describe('trace', () => {
  it('goes with time, and is cut with the future', () => {
    const vm = load('struct page *p = alloc_page(GFP_KERNEL); __free_page(p); p = alloc_pages(GFP_ATOMIC, 3);', {
      trace: true,
    });
    const { journal, trace } = vm.kernel;
    const { marks } = journal;
    const first = marks.end - 1;
    const shown = () => trace.records.map(formatTrace);
    const straight = [shown()];
    while (!vm.done) {
      vm.step();
      straight.push(shown());
    }
    const lengths = new Set(straight.map((lines) => lines.length));
    assert.ok(lengths.size >= 4, `${lengths.size} moments with more records than the one before`);
    for (let i = straight.length - 1; i >= 0; i--) {
      journal.moveTo(marks.positionOf(first + i));
      assert.deepEqual(shown(), straight[i], `at mark ${first + i}`);
    }
    for (let i = 0; i < straight.length - 1; i++) {
      journal.moveTo(marks.positionOf(first + i));
      journal.cut();
      vm.sync();
      while (!vm.done) vm.step();
      assert.deepEqual(shown(), straight.at(-1), `run again from mark ${first + i}`);
    }
  });
});
