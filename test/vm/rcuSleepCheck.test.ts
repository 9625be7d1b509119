/** CONFIG_PROVE_RCU: readers of RCU-bh and RCU-sched that sleep (include/linux/rcupdate.h: rcu_sleep_check; lockdep_rcu_suspicious, 6.1). */
import assert from 'node:assert/strict';
import { check, run } from './scenario';

const SUSPICIOUS = 'WARNING: suspicious RCU usage';
const SLEEPING = /^BUG: sleeping function called from invalid context/;
const ATOMIC = /^BUG: scheduling while atomic/;

describe('the check of RCU readers that sleep', () => {
  const found: Record<string, readonly (string | RegExp)[]> = {
    'rcu_read_lock_bh(); might_sleep(); rcu_read_unlock_bh();': [SUSPICIOUS, SLEEPING],
    'rcu_read_lock_sched(); might_sleep(); rcu_read_unlock_sched();': [SUSPICIOUS, SLEEPING],
    'rcu_read_lock_sched(); cond_resched(); rcu_read_unlock_sched();': [SUSPICIOUS, SLEEPING],
    'rcu_read_lock(); might_sleep(); rcu_read_unlock();': [SLEEPING],
    'preempt_disable(); might_sleep(); preempt_enable();': [SLEEPING],
    'rcu_read_lock_bh(); rcu_read_unlock_bh(); might_sleep(); expect(preempt_count() == 0);': [],
    'rcu_read_lock_sched(); schedule_timeout(1); preempt_disable(); rcu_read_unlock_sched();': [ATOMIC, SUSPICIOUS],
  };
  for (const [body, reports] of Object.entries(found)) it(body, () => void check(body, { reports: [...reports] }));

  it('once for each kind of reader', () =>
    void check(
      'for (int i = 0; i < 2; i++) { rcu_read_lock_bh(); might_sleep(); rcu_read_unlock_bh(); rcu_read_lock_sched(); might_sleep(); rcu_read_unlock_sched(); msleep(1100); }',
      { reports: [SUSPICIOUS, SLEEPING, SUSPICIOUS, SLEEPING, SLEEPING, SLEEPING] },
      { machine: 'config PROVE_LOCKING = y;' },
    ));
  it('a reader that a callback leaves open in the idle task', () => {
    const callback = 'static struct rcu_head head; static void h(struct rcu_head *r) { rcu_read_lock(); }';
    const { log } = run(`${callback} task main { call_rcu(&head, h); rcu_barrier(); }`);
    assert.ok(log.some(({ text, lines }) => [text, ...lines].some((line) => /Voluntary context switch/.test(line))));
  });
  it('not without CONFIG_PROVE_LOCKING', () =>
    void check(
      'rcu_read_lock_bh(); might_sleep(); rcu_read_unlock_bh();',
      { reports: [SLEEPING] },
      { machine: 'config PROVE_LOCKING = n;' },
    ));
  it('says what the kernel says', () => {
    const { log } = run('rcu_read_lock_bh(); might_sleep(); rcu_read_unlock_bh();');
    const report = log.find(({ text }) => text === SUSPICIOUS);
    const lines = (report?.lines ?? []).map((line) => line.replace(/[0-9a-f]{16}/, '#').replace(/\+0x.*/, ''));
    assert.deepEqual(lines.slice(1, 12), [
      '-----------------------------',
      'kernel/sched/core.c Illegal context switch in RCU-bh read-side critical section!',
      '',
      'other info that might help us debug this:',
      '',
      '',
      'rcu_scheduler_active = 2, debug_locks = 1',
      '1 lock held by main/12:',
      ' #0: # (rcu_read_lock_bh){....}-{1:2}, at: main',
      '',
      'stack backtrace:',
    ]);
    const trace = lines.flatMap((line) => /^ ([a-z_]+)$/.exec(line)?.[1] ?? []);
    assert.deepEqual(trace.slice(0, 4), [
      'dump_stack_lvl',
      'lockdep_rcu_suspicious',
      '__might_resched',
      '__might_sleep',
    ]);
  });
});
