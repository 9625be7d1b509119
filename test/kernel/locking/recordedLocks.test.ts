/**
 * What a running 6.1 kernel with PROVE_LOCKING said of locks, against what kmem says of the same mistakes: every line, but for what differs
 * from boot to boot and from machine to machine (`normal`).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatEntry } from '../../../server/kernel/printk/printk';
import { run } from '../../vm/scenario';

interface Recorded {
  readonly lines: readonly string[];
}
const RECORDED = JSON.parse(
  readFileSync(join(__dirname, '../../fixtures/reports/debug-6.1.192.json'), 'utf8'),
) as Readonly<Record<string, Recorded>>;

/** What is not compared, each with the reason. */
const SAME: readonly (readonly [RegExp, string])[] = [
  // the recording's function is in the module kmemrec, the scenario's in its own
  [/\b[\w.]+\+0x\w+\/0x\w+ (\[\w+\]|\(test\.kmem:\d+\))/g, 'SCENARIO'],
  // kmem has no code of the kernel's functions, so no offsets; suffixes are the compiler's
  [/(\.constprop|\.isra|\.part)\.\d+|\.cold/g, ''],
  [/\+0x\w+\/0x\w+/g, ''],
  // addresses
  [/\b[0-9a-f]{16}\b/g, 'ADDRESS'],
  // release and taint: other tests
  [/^6\.1\S* #1 .*$/g, 'KERNEL'],
  [/^CPU: .*$/g, 'CPU'],
  // the recording's code ran in insmod, the scenario's in a task of its own
  [/\b(insmod|main)\/\d+/g, 'TASK'],
  // how many interrupts were switched before, and where, is the recording's own past
  [/^irq event stamp: \d+$/g, 'irq event stamp'],
  [/^((hard|soft)irqs last {1,2}\w+ at) \(\d+\): .*$/g, '$1'],
  // kmem has no slab allocator yet: the page allocator asks in its place
  [/\b(?<=at: )slab_pre_alloc_hook$/g, 'prepare_alloc_pages'],
];
/** Lines of a log, without what is not compared, without stale frames and those below the scenario's. */
function normal(lines: readonly string[]): string[] {
  const result: string[] = [];
  let below = false;
  for (const line of lines) {
    const text = SAME.reduce((now, [what, by]) => now.replace(what, by), line.trimEnd());
    if (/^ <\/?(TASK|IRQ)>$/.test(text)) below = false;
    // dump_stack is a tail call where the compiler is Debian's; the machine that recorded had no DMI name
    if (below || /^ \? /.test(text) || text === ' dump_stack' || text.startsWith('Hardware name:')) continue;
    result.push(text);
    below = text === ' SCENARIO';
  }
  return result;
}
/** From the first line that matches to the last before one that does. */
function part(lines: readonly string[], from: RegExp, to: RegExp): string[] {
  const start = lines.findIndex((line) => from.test(line));
  assert.ok(start >= 0, `no ${from} in\n${lines.join('\n')}`);
  const length = lines.slice(start).findIndex((line) => to.test(line));
  return lines.slice(start, length < 0 ? undefined : start + length);
}
const printed = (text: string): string[] =>
  run(text).log.flatMap((entry) => formatEntry(entry).map((line) => line.slice('[    0.000000] '.length)));

interface Case {
  readonly text: string;
  readonly from: RegExp;
  readonly to: RegExp;
}
const REPORT = { from: /^WARNING: /, to: /^ <\/TASK>$/ };
const CASES: Readonly<Record<string, Case>> = {
  mutex_recursion: {
    text: 'static DEFINE_MUTEX(mtx); task main { if (mutex_lock_interruptible(&mtx)) return; if (mutex_lock_interruptible(&mtx)) return; }',
    ...REPORT,
  },
  mutex_unlocked: { text: 'static DEFINE_MUTEX(mtx); task main { mutex_unlock(&mtx); }', ...REPORT },
  spin_recursion: { text: 'static DEFINE_SPINLOCK(slk); task main { spin_lock(&slk); spin_lock(&slk); }', ...REPORT },
  rcu_unlock: { text: 'task main { rcu_read_unlock(); }', from: /^WARNING: bad unlock/, to: / <\/TASK>$/ },
  page_spinlock: {
    text: 'static DEFINE_SPINLOCK(slk); task main { struct page *p; spin_lock(&slk); p = alloc_page(GFP_KERNEL); spin_unlock(&slk); if (p) __free_page(p); }',
    from: /held by/,
    to: /^Preemption/,
  },
  vmalloc_spinlock: {
    text: 'static DEFINE_SPINLOCK(slk); task main { spin_lock(&slk); might_alloc(GFP_KERNEL); spin_unlock(&slk); }',
    from: /held by/,
    to: /^Preemption/,
  },
  kmalloc_irqlock: {
    text: 'static DEFINE_SPINLOCK(slk); task main { unsigned long flags; spin_lock_irqsave(&slk, flags); might_alloc(GFP_KERNEL); spin_unlock_irqrestore(&slk, flags); }',
    from: /held by/,
    to: /^Preemption/,
  },
  kmalloc_irqoff: {
    text: 'task main { local_irq_disable(); might_alloc(GFP_KERNEL); local_irq_enable(); }',
    from: /held by/,
    to: /^CPU/,
  },
  kmalloc_rcu: {
    text: 'task main { rcu_read_lock(); might_alloc(GFP_KERNEL); rcu_read_unlock(); }',
    from: /held by/,
    to: /^CPU/,
  },
  kmalloc_timer: {
    text: 'static struct timer_list tm; static void fn(struct timer_list *t) { struct page *p = alloc_page(GFP_KERNEL); if (p) __free_page(p); } task main { timer_setup(&tm, fn, 0); mod_timer(&tm, jiffies + 1); msleep(20); }',
    from: /^WARNING: /,
    to: /^stack backtrace:/,
  },
};
describe('lockdep: recorded reports', () => {
  for (const [name, { text, from, to }] of Object.entries(CASES))
    it(name, () => {
      const recorded = RECORDED[name];
      assert.ok(recorded, `no recording ${name}`);
      const lines = printed(text);
      assert.deepEqual(part(normal(lines), from, to), part(normal(recorded.lines), from, to), lines.join('\n'));
    });
  it('every recorded lock line is in a form that kmem prints', () => {
    const form = /^( #\d+: )?(ADDRESS) \(.+\)\{[-+.?]{4}\}-\{\d:\d\}, at: \w+$/;
    const all = Object.values(RECORDED).flatMap(({ lines }) => normal(lines));
    const locks = all.filter((line) => /\}-\{\d:\d\}/.test(line));
    assert.ok(locks.length >= 10);
    assert.deepEqual(
      locks.filter((line) => !form.test(line)),
      [],
    );
  });
});
