/** Conditions, hit counts and log messages are checked when they are set: what can never work is told then, not at the first hit. */
import assert from 'node:assert/strict';
import { loadScenario } from '../../server/debugger/load';
import type { Session } from '../../server/debugger/session';

const TEXT = `static int total;
static struct page *page;
static void add(int by)
{
	int twice = 2 * by;
	total += twice;
}
task main {
	struct page *here = page;
	add(1);
	add(2);
}
`;
const load = (): Session => {
  const loaded = loadScenario('/x.kmem', TEXT);
  if ('problems' in loaded) assert.fail(loaded.problems.map((p) => p.text).join('\n'));
  return loaded.session;
};
const LINE = TEXT.split('\n').findIndex((l) => l.includes('total +=')) + 1;

describe('texts of breakpoints', () => {
  const check = (options: Record<string, string>, expected: RegExp | undefined) => {
    const [line] = load().breakpoints.setLines(0, [{ line: LINE, ...options }]);
    if (expected) assert.match(line?.message ?? 'nothing is wrong', expected);
    else assert.equal(line?.message, undefined);
    assert.equal(line?.statements.length, expected ? 0 : 1);
  };
  it('conditions in the scope of their line', () => {
    check({ condition: 'twice == 4 && by == total + 1' }, undefined);
    check({ condition: '1 +' }, /^the condition 1 \+: /);
    check({ condition: 'nosuch == 1' }, /^the condition nosuch == 1: 'nosuch' is not declared.* \(column 1\)$/);
    check({ condition: 'page->nosuch' }, /nosuch/);
    check({ condition: '' }, undefined);
  });
  it('hit counts', () => {
    for (const text of ['1', '== 3', '>= 0', '> 0', '<= 1', '% 2']) check({ hitCondition: text }, undefined);
    for (const text of ['0', '== 0', '<= 0', '< 1'])
      check({ hitCondition: text }, /never stops: hits are counted from 1/);
    check({ hitCondition: '% 0' }, /nothing is a multiple of 0/);
    check({ hitCondition: 'abc' }, /not a hit count/);
    check({ condition: 'by ==' }, /expected an expression, found the end of the expression/);
  });
  it('log messages', () => {
    check({ logMessage: 'by {by}, {{total}} {total,x} and {page->flags,b}' }, undefined);
    check({ logMessage: 'x {nosuch}' }, /^the log message's \{nosuch\}: 'nosuch' is not declared/);
    check({ logMessage: 'x {by' }, /a '\{' without its '\}'/);
    check({ logMessage: 'x {{by' }, undefined);
    check({ logMessage: '{}' }, /the log message's \{\}: /);
  });
  const messages = (options: Record<string, string>) => {
    const session = load();
    const { breakpoints } = session;
    const address = session.evaluate('total', undefined).location?.address ?? 0;
    return [
      breakpoints.setFunctions([{ name: 'add', ...options }])[0]?.message,
      breakpoints.setData([{ address, length: 4, name: 'total', ...options }])[0]?.message,
      breakpoints.conditionProblem(options.condition ?? ''),
    ];
  };
  it('conditions of functions, in the scope of their first statement, of data and of exceptions', () => {
    assert.deepEqual(messages({ condition: 'by == 1' }), [undefined, undefined, undefined]);
    for (const condition of ['1 +', 'total + nosuch == 1', 'page->nosuch', 'alloc_page(GFP_KERNEL)'])
      for (const message of messages({ condition })) assert.ok(message?.startsWith(`the condition ${condition}: `));
  });
  it('unknown names in conditions of data breakpoints and exception filters are told with their column', () => {
    for (const message of messages({ condition: 'total + nosuch == 1' }))
      assert.match(message ?? '', /'nosuch' is not declared.* \(column 9\)$/);
  });
  it('a condition that holds for data or exceptions may name the local variables of any function', () => {
    const data = (condition: string) => messages({ condition }).slice(1);
    assert.deepEqual(data('twice == 2 && by == total'), [undefined, undefined]);
    assert.deepEqual(data('here->flags'), [undefined, undefined]);
    for (const message of data('here->nosuch')) assert.match(message ?? '', /struct page.*nosuch|nosuch.*struct page/);
    // no function has both
    for (const message of data('here && twice')) assert.match(message ?? '', /not declared/);
  });
});
