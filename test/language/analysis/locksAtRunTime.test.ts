/**
 * What the rules on locks and contexts find is what the emulator reports: at the same line, with a title that the rule names
 * (`RuleInfo.atRunTime`). Each of these scenarios has one mistake.
 */
import assert from 'node:assert/strict';
import { LINT_CODES, type LintCode } from '../../../server/language/analysis/rules';
import { lint } from '../../../server/language/ide/lint';
import { run, source } from '../../vm/scenario';

const HEAD =
  'static DEFINE_SPINLOCK(a);\nstatic DEFINE_SPINLOCK(b);\nstatic DEFINE_MUTEX(m);\nstatic DEFINE_MUTEX(k);\nstatic int n;\n';
const cases: Partial<Record<LintCode, Readonly<Record<string, string>>>> = {
  'double-lock': {
    'a mutex through a call': `static void add(void) {
	mutex_lock(&m); // here
	n++;
	mutex_unlock(&m);
}
task t {
	mutex_lock(&m);
	add();
	mutex_unlock(&m);
}`,
    'a spinlock': `task t {
	spin_lock(&a);
	spin_lock(&a); // here
	n++;
	spin_unlock(&a);
	spin_unlock(&a);
}`,
    'an rwlock, for reading': `static DEFINE_RWLOCK(w);
task t {
	read_lock(&w);
	read_lock(&w); // here
	n++;
	read_unlock(&w);
	read_unlock(&w);
}`,
  },
  'unlock-not-held': {
    'a mutex twice': `task t {
	mutex_lock(&m);
	mutex_unlock(&m);
	mutex_unlock(&m); // here
}`,
    'a spinlock that was never taken': `task t {
	spin_unlock(&a); // here
}`,
  },
  'lock-order': {
    'two mutexes': `task t {
	mutex_lock(&m);
	mutex_lock(&k);
	n++;
	mutex_unlock(&k);
	mutex_unlock(&m);
	mutex_lock(&k);
	mutex_lock(&m); // here
	n++;
	mutex_unlock(&m);
	mutex_unlock(&k);
}`,
  },
  'sync-deadlock': {
    'a work that has run before': `work w {
	mutex_lock(&m);
	n++;
	mutex_unlock(&m);
}
task t {
	schedule_work(&w);
	flush_work(&w);
	mutex_lock(&m);
	cancel_work_sync(&w); // here
	mutex_unlock(&m);
}`,
    'a work of a structure, through a call': `struct dev { struct mutex lock; struct delayed_work poll; int n; };
static struct dev dev;
static void poll(struct work_struct *work) {
	struct dev *d = container_of(to_delayed_work(work), struct dev, poll);
	mutex_lock(&d->lock);
	d->n++;
	mutex_unlock(&d->lock);
}
static void stop(struct dev *d) {
	cancel_delayed_work_sync(&d->poll); // here
}
task t {
	mutex_init(&dev.lock);
	INIT_DELAYED_WORK(&dev.poll, poll);
	schedule_delayed_work(&dev.poll, 1);
	msleep(100);
	mutex_lock(&dev.lock);
	stop(&dev);
	mutex_unlock(&dev.lock);
}`,
    'a timer': `static struct timer_list blink;
static void tick(struct timer_list *t) {
	spin_lock(&a);
	n++;
	spin_unlock(&a);
}
task t {
	timer_setup(&blink, tick, 0);
	mod_timer(&blink, jiffies + 1);
	msleep(100);
	spin_lock_bh(&a);
	del_timer_sync(&blink); // here
	spin_unlock_bh(&a);
}`,
  },
  'irq-unsafe-lock': {
    'a handler, then a task': `irq i {
	spin_lock(&a);
	n++;
	spin_unlock(&a);
}
task t {
	sim_raise(i);
	spin_lock(&a); // here
	n++;
	spin_unlock(&a);
}`,
  },
  'bug-context': {
    'vmalloc in a handler': `static void *p;
irq i {
	p = vmalloc(4096); // here
}
task t {
	sim_raise(i);
	vfree(p);
}`,
  },
  'blocking-while-not-running': {
    'a mutex in between': `task t {
	set_current_state(TASK_INTERRUPTIBLE);
	mutex_lock(&m); // here
	mutex_unlock(&m);
	__set_current_state(TASK_RUNNING);
}`,
  },
  'sleep-in-atomic': {
    'msleep() by an RCU reader': `task t {
	rcu_read_lock();
	msleep(1); // here
	rcu_read_unlock();
}`,
    'under a spinlock': `task t {
	spin_lock(&a);
	might_sleep(); // here
	spin_unlock(&a);
}`,
  },
  'lock-imbalance': {
    'a work that keeps a lock': `work w {
	mutex_lock(&m); // here
	n++;
}
task t {
	schedule_work(&w);
	flush_work(&w);
}`,
  },
};
/** reported where it ends, not where it was taken */
const ELSEWHERE: readonly LintCode[] = ['lock-imbalance'];

for (const [code, programs] of Object.entries(cases) as [LintCode, Readonly<Record<string, string>>][]) {
  describe(`${code}: found, and reported at run time`, () => {
    for (const [name, body] of Object.entries(programs)) {
      it(name, () => {
        const text = source(HEAD + body);
        const want = text.split('\n').findIndex((line) => line.endsWith('// here')) + 1;
        const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
        const found = lint({ path: 'test.kmem', text }).diagnostics.filter((d) => d.code === code);
        assert.deepEqual(
          found.map((d) => lineOf(d.span.start)),
          [want],
          text,
        );
        const { log } = run(text);
        const titles = LINT_CODES[code].atRunTime ?? [];
        const reports = log.filter(
          (e) =>
            e.kind !== 'print' &&
            titles.some((title) => [e.text, ...e.head, ...e.lines].some((l) => l.includes(title))),
        );
        assert.ok(reports.length > 0, `${titles.join(' or ')} in:\n${log.map((e) => e.text).join('\n')}`);
        if (ELSEWHERE.includes(code)) return;
        const lines = reports.map((e) => (e.span ? lineOf(e.span.start) : 0));
        assert.ok(lines.includes(want), `line ${want} among ${lines.join(', ')}`);
      });
    }
  });
}
