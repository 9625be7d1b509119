/** What the findings on locks carry besides their message: the way that leads to them, and the fixes that cure them. */
import assert from 'node:assert/strict';
import { lint } from '../../../../server/language/ide/lint';
import { DEFAULT_SETTINGS } from '../../../../server/language/ide/lintSettings';
import { applied, provenFixes } from '../../../../server/language/ide/provenFixes';
import { check } from '../marked';

/** The text after the first fix of the only finding that counts; undefined: no fix cures it. */
function fixed(text: string): string | undefined {
  const { program, diagnostics } = lint({ path: 'test.kmem', text });
  const [finding] = diagnostics.filter((d) => d.severity !== 'hint');
  assert.ok(finding, text);
  const [fix] = provenFixes(program, diagnostics, finding, DEFAULT_SETTINGS);
  return fix && applied(text, fix.edits, 0);
}

describe('lock-imbalance: the fix', () => {
  const body = (taken: string, before: string, after: string): string => `static DEFINE_SPINLOCK(l);
static int n;
int f(int by)
{
	unsigned long flags = 0;
	${taken}
	if (by < 0) {
		n--;
		${before}return -EINVAL;
	}
	n += by + (flags != 0);
	${after}
	return 0;
}
`;
  for (const [taken, released] of [
    ['spin_lock(&l);', 'spin_unlock(&l);'],
    ['spin_lock_irqsave(&l, flags);', 'spin_unlock_irqrestore(&l, flags);'],
    ['preempt_disable();', 'preempt_enable();'],
    ['rcu_read_lock();', 'rcu_read_unlock();'],
  ] as const) {
    it(`${released} before the return`, () => {
      assert.equal(fixed(body(taken, '', released)), body(taken, `${released}\n\t\t`, released));
    });
  }
});

describe('findings on locks: the way', () => {
  it('the branches that decided, and no others', () => {
    const { path } = check(`static DEFINE_MUTEX(m);
extern int debug;
static int n;
int f(int by)
{
    if (debug)
        pr_info("f\\n");
    mutex_lock(&m);
    if (debug)
        n++;
    if (by > 3)
        return -EINVAL; // !lock-imbalance
    mutex_unlock(&m);
    return 0;
}
`);
    assert.deepEqual(path, [
      '4: f() is called from a task: nothing in this file calls it',
      '8: mutex m is taken here',
      "11: 'by > 3' is true here",
    ]);
  });
  it('both orders of two locks, with the calls', () => {
    const { path } = check(`static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);
static int n;
static void second(void)
{
    mutex_lock(&b);
    n++;
    mutex_unlock(&b);
}
task t {
    mutex_lock(&a);
    second();
    mutex_unlock(&a);
}
task u {
    mutex_lock(&b);
    mutex_lock(&a); // !lock-order
    mutex_unlock(&a);
    mutex_unlock(&b);
}
`);
    assert.deepEqual(path, [
      '15: task u runs in a kernel thread',
      '16: mutex b is taken here',
      '17: a is taken here, while b is held',
      '10: task t runs in a kernel thread',
      '11: mutex a is taken here',
      '12: second() is called here',
      '6: b is taken here, while a is held',
    ]);
  });
});
