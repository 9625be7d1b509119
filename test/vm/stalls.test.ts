/** Stalls as the kernel tells them: RCU stalls, hung tasks, soft lockups; and steps that end without a statement. */
import assert from 'node:assert/strict';
import { MARK_STATEMENT } from '../../server/vm/run/runMarks';
import { ENDLESS, STUCK } from '../endless';
import { check, checkEverywhere, load, run } from './scenario';

const ATOMIC = 'BUG: sleeping function called from invalid context';
const VOLUNTARY = /rcu_note_context_switch|Voluntary context switch/;
const STALL = 'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:';
const hung = (name: string) => new RegExp(`^INFO: task ${name}:\\d+ blocked for more than 120 seconds\\.$`);

describe('stalls', () => {
  for (const [what, text] of Object.entries(STUCK))
    it(`${what}: RCU's stall after 21 s, hung after 120 s, and the run ends`, () => {
      const ran = check(text, { status: 'deadlock', reports: [ATOMIC, VOLUNTARY, STALL, hung('main')] });
      const stall = ran.log.find((entry) => entry.text === STALL);
      assert.equal(stall?.time, 21);
      assert.match(stall?.lines[0] ?? '', /^rcu: \tTasks blocked on level-0 rcu_node \(CPUs 0-\d\): P12\/1:b\.\.l$/);
      assert.match(stall?.lines[1] ?? '', /^\t\(detected by 0, t=5250 jiffies, g=-1199, q=[01] ncpus=\d\)$/);
      assert.match(stall?.lines[2] ?? '', /^task:main {11} state:D stack:0 {5}pid:12 {4}ppid:2 {6}flags:0x00004000$/);
      assert.ok(stall?.span);
      assert.ok((ran.log.at(-1)?.time ?? 0) >= 120);
    });
  it('a reader that sleeps long enough: the stall is told and told again, then the grace period ends', () => {
    checkEverywhere(
      `struct completion ready;
       task main on cpu 0 { unsigned long from; init_completion(&ready); wait_for_completion(&ready); from = jiffies; synchronize_rcu();
         expect(jiffies - from >= 25000); }
       task reader on cpu 0 { rcu_read_lock(); complete(&ready); msleep(100000); rcu_read_unlock(); }`,
      { reports: [VOLUNTARY, STALL, STALL] },
    );
  });
  it('a CPU that detects its own stall shows what the tick has interrupted', () => {
    const { log } = check(
      `struct callback_head head; void done(struct callback_head *p) {}
       task main { rcu_read_lock(); call_rcu(&head, done); mdelay(22000); rcu_read_unlock(); }`,
      { reports: ['rcu: INFO: rcu_preempt self-detected stall on CPU'] },
    );
    const { lines = [] } = log[0] ?? {};
    assert.match(lines[1] ?? '', /^\t\(t=\d+ jiffies g=-1199 q=1 ncpus=1\)$/);
    assert.match(lines[2] ?? '', /^CPU: 0 PID: 12 Comm: main /);
    assert.match(lines[4] ?? '', /^RIP: 0010:delay_tsc\+/);
    assert.deepEqual(
      lines.slice(lines.indexOf('Call Trace:') + 1).map((line) => line.replace(/\+.*/, '')),
      [' <TASK>', ' main', ' kthread', ' ret_from_fork', ' </TASK>'],
    ); // prettier-ignore
  });
  it('a CPU that detects the stall of another has it show what it is in', () => {
    const text = `struct callback_head head; static int go; void done(struct callback_head *p) {}
       task main on cpu 0 { while (!READ_ONCE(go)) cpu_relax(); call_rcu(&head, done); mdelay(20980); for (int i = 0; i < 3500; i++) cpu_relax(); go = 2; }
       task reader on cpu 1 { rcu_read_lock(); go = 1; while (READ_ONCE(go) < 2) cpu_relax(); rcu_read_unlock(); }`;
    // which CPU the tick interrupts when the stall is due depends on the seed
    const told = [1, 2, 3, 4, 5, 6].flatMap(
      (seed) => check(text, { reports: [/stall/] }, { cpus: 2, seed, maxSteps: 60_000 }).log,
    );
    const { lines = [], cpu } = told.find((entry) => entry.text === STALL) ?? {};
    assert.equal(cpu, 0);
    assert.equal(lines[1], '\t(detected by 0, t=5250 jiffies, g=-1199, q=1 ncpus=2)');
    assert.deepEqual(lines.slice(2, 4), ['Sending NMI from CPU 0 to CPUs 1:', 'NMI backtrace for cpu 1']);
    assert.match(lines[4] ?? '', /^CPU: 1 PID: 13 Comm: reader /);
    assert.match(lines[6] ?? '', /^RIP: 0010:reader\+/);
    const trace = lines.slice(lines.indexOf('Call Trace:') + 1).map((line) => line.replace(/\+.*/, ''));
    assert.deepEqual(trace, [' <TASK>', ' kthread', ' ret_from_fork', ' </TASK>']);
  });
  it('no stall where readers end', () => {
    check(`task reader { int i; for (i = 0; i < 50; i++) { rcu_read_lock(); rcu_read_unlock(); msleep(1000); } }
       task main { int i; for (i = 0; i < 50; i++) { synchronize_rcu(); msleep(1000); } expect(1); }`);
  });
  it('a CPU that has been told goes on when the lock is released after all', () => {
    const machine = 'config LOCKDEP = n; config DEBUG_PREEMPT = n; config DEBUG_ATOMIC_SLEEP = n;';
    const stuck = 'watchdog: BUG: soft lockup - CPU#';
    check(
      `static DEFINE_SPINLOCK(l); task holder on cpu 0 { spin_lock(&l); msleep(30000); preempt_disable(); spin_unlock(&l); }
       task waiter on cpu 1 { msleep(10); spin_lock(&l); expect(1); spin_unlock(&l); }`,
      { reports: ['BUG: scheduling while atomic: holder', `${stuck}1 stuck for 22s! [waiter:13]`] },
      { cpus: 2, machine },
    );
    check(
      `static DEFINE_RAW_SPINLOCK(l); timer late { raw_spin_unlock(&l); preempt_disable(); }
       task main { raw_spin_lock(&l); mod_timer(&late, jiffies + 30 * HZ); raw_spin_lock(&l); expect(1); raw_spin_unlock(&l); preempt_enable(); }`,
      { reports: [`${stuck}0 stuck for 22s! [main:12]`] },
      { machine },
    );
  });
  it('each CPU that spins is told in its turn, by the watchdog that looks every four seconds', () => {
    const { log, vm } = check(
      `static DEFINE_SPINLOCK(l); static DEFINE_RWLOCK(rw); task a on cpu 1 { spin_lock(&l); write_lock(&rw); spin_lock_irq(&l); }
       task b on cpu 0 { msleep(9000); read_lock_bh(&rw); }`,
      {
        reports: ['watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [a:12]', /CPU#0 stuck for 22s! \[b:13\]/],
        status: 'deadlock',
      },
      { cpus: 2, machine: 'config LOCKDEP = n;' },
    );
    // each again after 28 s, until both have been told four times
    const told = log.map(({ time, cpu, text }) => `${time} s, CPU ${cpu}: ${/stuck for \d+s/.exec(text)?.[0]}`);
    assert.deepEqual(told, [
      '24 s, CPU 1: stuck for 22s',
      '32 s, CPU 0: stuck for 22s',
      '52 s, CPU 1: stuck for 48s',
      '60 s, CPU 0: stuck for 48s',
      '80 s, CPU 1: stuck for 74s',
      '88 s, CPU 0: stuck for 74s',
      '108 s, CPU 1: stuck for 100s',
      '116 s, CPU 0: stuck for 101s',
    ]);
    assert.equal(Math.round(vm.machine.core.now / vm.machine.core.hz), 121);
    const shown = log.map(({ lines }) => lines.filter((line) => /^CPU:|^RIP:|^ _raw/.test(line)).join('\n'));
    assert.match(
      shown[0] ?? '',
      /^CPU: 1 PID: 12 Comm: a .*\nRIP: 0010:native_queued_spin_lock_slowpath.*\n _raw_spin_lock_irq\+/,
    );
    assert.match(
      shown[1] ?? '',
      /^CPU: 0 PID: 13 Comm: b .*\nRIP: 0010:queued_read_lock_slowpath.*\n _raw_read_lock_bh\+/,
    );
    assert.deepEqual(log[1]?.notes, ['it spins on rw, which a/12 holds', 'in b at test.kmem:3']);
  });
  it('a CPU that waits for itself: the note says so', () => {
    check(
      'static DEFINE_SPINLOCK(l); task main { spin_lock(&l); spin_lock(&l); }',
      { reports: [/soft lockup/], status: 'deadlock', detail: 'it spins on l, which it holds itself' },
      { machine: 'config LOCKDEP = n;' },
    );
  });
  it('the tenth report of a hung task is the last', () => {
    const waiters = [13, 14, 15, 16, 17, 18];
    const { reports } = run(
      `static DECLARE_COMPLETION(c); static int body(void *data) { wait_for_completion(&c); return 0; }
       task main { int i; for (i = 0; i < ${waiters.length}; i++) kthread_run(body, NULL, "waiter"); msleep(300000); complete_all(&c); }`,
    );
    const told = reports.map((title) => /^INFO: task (.*) blocked for more than 120 seconds\.$/.exec(title)?.[1]);
    const all = ['main:12', ...waiters.map((pid) => `waiter:${pid}`)];
    // khungtaskd looks twice
    assert.deepEqual(told, [...all, ...all].slice(0, 10));
  });
  it('a task that sleeps for minutes counts as hung while others go on; sleeps that may be interrupted do not', () => {
    check(
      `struct mutex m; struct completion c;
       task holder on cpu 0 { int i; init_completion(&c); mutex_init(&m); mutex_lock(&m); for (i = 0; i < 70; i++) msleep(5000);
         mutex_unlock(&m); complete(&c); }
       task waiter on cpu 0 { msleep(100); mutex_lock(&m); mutex_unlock(&m); expect(1); }
       task idler on cpu 0 { wait_for_completion_interruptible(&c); }`,
      { reports: [hung('waiter')] },
    );
  });
});

describe('steps without a statement', () => {
  for (const [what, text] of Object.entries(ENDLESS))
    it(`${what}: a step returns, time passes, and every moment goes on alike`, () => {
      const vm = load(text);
      const { mem } = vm.kernel;
      const { core } = vm.machine;
      const { marks } = mem.journal;
      for (let n = 0; n < 100; n++) vm.step();
      const from = marks.at(marks.end - 1);
      assert.ok(from);
      if (!text.includes('for (;;)')) assert.equal(from.a, -1);
      assert.equal(from.kind, MARK_STATEMENT);
      const then = core.now;
      for (let n = 0; n < 20; n++) vm.step();
      if (from.a < 0) assert.ok(core.now > then);
      const [hash, journal] = [mem.hash(), mem.journal.hash()];
      mem.journal.moveTo(from.position);
      mem.journal.cut();
      vm.sync();
      for (let n = 0; n < 20; n++) vm.step();
      assert.equal(mem.hash(), hash);
      assert.equal(mem.journal.hash(), journal);
    });
  it('works that queue themselves leave their CPU to tasks', () => {
    check(`struct work_struct w; task main { INIT_WORK(&w, (work_func_t)schedule_work); schedule_work(&w); msleep(20); cancel_work(&w);
      INIT_WORK(&w, (work_func_t)cancel_work); expect(1); }`);
  });
  it('interrupts that never pause: a soft lockup', () => {
    const vm = load(ENDLESS['an interrupt that raises itself without a statement'] ?? '');
    const { core } = vm.machine;
    for (let n = 0; n < 100; n++) vm.step();
    core.advance(25 * core.hz);
    core.setPerCpu('kmem_storm_since', 0, core.now - 24 * core.hz);
    core.setPerCpu('kmem_storm_last', 0, core.now);
    for (let n = 0; n < 20 && !vm.done; n++) vm.step();
    assert.equal(vm.status, 'deadlock');
    assert.equal(vm.kernel.log.entries.at(-1)?.text, 'watchdog: BUG: soft lockup - CPU#0 stuck for 23s! [main:12]');
  });
});
