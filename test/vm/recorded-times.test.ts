/** When timers fire and sleeps end: the times that a real kernel (Debian 6.1.176, HZ 250) recorded, jiffy for jiffy. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { check } from './scenario';

const { head } = JSON.parse(readFileSync('test/fixtures/rec/amd64-512-cpus1-ctx.json', 'utf8')) as {
  readonly head: readonly string[];
};
/** The recorded lines that begin with `kind`, as their numbers by name. */
function recorded(kind: string): Record<string, number>[] {
  const lines = head.filter((line) => line.startsWith(`${kind} `));
  return lines.map((line) =>
    Object.fromEntries([...line.matchAll(/(\w+)=(\d+)/g)].map(([, name = '', n]) => [name, Number(n)])),
  );
}
/** A scenario of one task prints a line per recorded one, and they are the same. */
function same(kind: string, wanted: number, text: string): void {
  const lines = recorded(kind);
  assert.equal(lines.length, wanted);
  const expected = lines.map((line) => Object.values(line).join(' '));
  const values = Object.keys(lines[0] ?? {});
  const arrays = values
    .map((name) => `static int recorded_${name}[] = { ${lines.map((l) => l[name]).join(', ')} };`)
    .join(' ');
  check(`${arrays} ${text}`, { lines: expected }, { maxSteps: 200000 });
}

describe('recorded times', () => {
  it('timers of 23 delays fire when the wheel says so', () =>
    same(
      'timer',
      23,
      // each is started where a jiffy begins, at the recorded time: the wheel rounds times, not delays
      `static DECLARE_COMPLETION(fired); static unsigned long when; timer t { when = jiffies; complete(&fired); }
      task main {
        int i;
        while ((int)jiffies < recorded_base[0] - 5000) msleep(16000);
        while ((int)jiffies < recorded_base[0] - 1) mdelay(4);
        for (i = 0; i < ARRAY_SIZE(recorded_asked); i++) {
          while ((int)jiffies < recorded_base[i]) cpu_relax();
          unsigned long start = jiffies;
          mod_timer(&t, start + recorded_asked[i]);
          wait_for_completion(&fired);
          printk("%d %lu %d", recorded_asked[i], when - start, (int)start);
        }
      }`,
    ));
  it('msleep', () =>
    same(
      'msleep',
      11,
      // half a second is in a bucket of eight jiffies: the recorded one began right behind the start of a bucket
      `task main {
        int i;
        for (i = 0; i < ARRAY_SIZE(recorded_ms); i++) {
          while (jiffies % 8 != 1) mdelay(4);
          unsigned long start = jiffies;
          msleep(recorded_ms[i]);
          printk("%d %lu", recorded_ms[i], jiffies - start);
        }
      }`,
    ));
  it('schedule_timeout', () =>
    same(
      'schedule_timeout',
      6,
      `task main {
        int i;
        for (i = 0; i < ARRAY_SIZE(recorded_asked); i++) {
          unsigned long start = jiffies;
          long rest = schedule_timeout_uninterruptible(recorded_asked[i]);
          printk("%d %lu %ld", recorded_asked[i], jiffies - start, rest);
        }
      }`,
    ));
});
