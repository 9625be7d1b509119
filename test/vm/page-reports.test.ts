/** The page allocator's reports in a scenario: they name the task that asked, and the machine's memory. */
import assert from 'node:assert/strict';
import { check, run } from './scenario';

describe('vm: reports of the page allocator', () => {
  it('memory exhausted: the mask as text, the call trace, Mem-Info', () => {
    const ran = check(
      `static int eat(gfp_t gfp) { int n = 0; while (alloc_page(gfp)) n++; return n; }
       task main { expect(eat(GFP_KERNEL) > 1000); }`,
      { reports: ['main: page allocation failure: order:0, mode:0xcc0(GFP_KERNEL), nodemask=(null),cpuset=/'] },
      { maxSteps: 100_000 },
    );
    const text = ran.log.find((e) => e.kind === 'fail')?.lines.join('\n') ?? '';
    assert.match(
      text,
      /^CPU: 0 PID: \d+ Comm: main[\s\S]*\beat\+[\s\S]*\bmain\+[\s\S]*Mem-Info:[\s\S]*Node 0 \w+ free:\d+kB/,
    );
  });
  it('__GFP_NOWARN is silent', () => {
    check('task main { while (alloc_page(GFP_KERNEL | __GFP_NOWARN)) ; expect(1); }', {}, { maxSteps: 100_000 });
  });
  it('an order above the largest: a warning with its position, and NULL', () => {
    const ran = run('task main { expect(!alloc_pages(GFP_KERNEL, 11)); }');
    const [report] = ran.log;
    assert.match(report?.text ?? '', /^WARNING: CPU: \d PID: \d+ at mm\/page_alloc\.c/);
    assert.ok(
      report?.lines.some((line) => line.includes('main+')),
      report?.lines.join('\n'),
    );
    assert.equal(ran.failed, 0);
  });
  it('a double free is reported as a bad page where the kernel notices it', () => {
    const ran = run(
      'task main { struct page *p = alloc_pages(GFP_KERNEL, 4); __free_pages(p, 4); __free_pages(p, 4); p = alloc_pages(GFP_KERNEL, 4); }',
    );
    assert.ok(ran.reports.length > 0, 'silent');
  });
});
