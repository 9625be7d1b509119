/**
 * All state is in emulated memory: from any statement in the past the machine continues as before. Scenarios with everything that waits,
 * interrupts and switches, under all schedules; a second run gives the same journal byte for byte.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check as checkProgram } from '../../server/language/check/check';
import type { Vm } from '../../server/vm/run/vm';
import { load } from './scenario';

const BUSY = `
static DEFINE_SPINLOCK(lock); static DEFINE_MUTEX(mutex); static DECLARE_COMPLETION(done); static DECLARE_WAIT_QUEUE_HEAD(wq); static struct semaphore sem;
static int shared, ticks, irqs, soft, worked, flag; static struct page *pages[8];
static int mix(int a) { int b[4] = { a, a + 1, a + 2 }; return b[0] + b[1] * b[2] + (a > 3 ? mix(a - 1) : 0); }
softirq net { soft++; }
tasklet tl { soft += 100; }
irq rx { irqs++; raise_softirq(net); tasklet_schedule(&tl); if (irqs % 3 == 0) schedule_work(&w); }
timer tick { ticks++; spin_lock(&lock); shared++; spin_unlock(&lock); if (ticks < 6) mod_timer(&tick, jiffies + 2); flag = ticks; wake_up(&wq); }
work w { worked++; msleep(3); mutex_lock(&mutex); shared += 10; mutex_unlock(&mutex); }
static int thread(void *p) { int *n = p; while (!kthread_should_stop()) { (*n)++; schedule_timeout_interruptible(4); } return *n; }
task a on cpu 0 {
  int i, n = 0; struct task_struct *t;
  sema_init(&sem, 1); mod_timer(&tick, jiffies + 1); t = kthread_run(thread, &n, "helper");
  for (i = 0; i < 6; i++) { unsigned long f; spin_lock_irqsave(&lock, f); shared += mix(i); sim_raise(rx); spin_unlock_irqrestore(&lock, f); pages[i] = alloc_pages(GFP_KERNEL, i % 3); sim_raise_on(1, rx); if (i == 3) msleep(8); }
  complete(&done); wait_event(wq, flag >= 4); kthread_stop(t);
  for (i = 0; i < 6; i++) __free_pages(pages[i], i % 3);
}
task b on cpu 1 { int i; wait_for_completion(&done); for (i = 0; i < 4; i++) { mutex_lock(&mutex); shared ^= i; yield(); mutex_unlock(&mutex); down(&sem); spin_lock_bh(&lock); shared++; spin_unlock_bh(&lock); up(&sem); } }
task c on cpu 1 { int i; for (i = 0; i < 5; i++) { mutex_lock(&mutex); msleep(i); shared += 3; mutex_unlock(&mutex); cond_resched(); } flush_work(&w); expect(shared != 0); printk("%d ticks, %d interrupts, %d, %d works\\n", ticks, irqs, soft, worked); }
`;

function runOut(vm: Vm): void {
  for (let n = 0; !vm.done; n++) {
    vm.step();
    assert.ok(n < 50000, 'the scenario does not end');
  }
}
function outcome(vm: Vm): object {
  const { mem, log } = vm.kernel;
  return {
    status: vm.status,
    journal: mem.journal.hash(),
    memory: mem.hash(),
    marks: mem.journal.marks.end,
    log: log.entries.map((e) => `${e.position} ${e.text}`),
  };
}
/** Goes to mark `index`, forgets what came after it, and runs to the end again. */
function restart(vm: Vm, index: number): void {
  const { journal } = vm.kernel.mem;
  journal.moveTo(journal.marks.positionOf(index));
  journal.cut();
  vm.sync();
}

describe('vm: going on from the past', () => {
  for (const arch of ['x86_64', 'i386'] as const) {
    for (const schedule of ['sequential', 'round_robin', 'random(5)']) {
      for (const preempt of ['voluntary', 'full']) {
        it(`${arch}, ${schedule}, preempt = ${preempt}`, () => {
          const options = { arch, cpus: 2, schedule, machine: `preempt = ${preempt};` };
          const vm = load(BUSY, options);
          runOut(vm);
          const wanted = outcome(vm);
          assert.equal(vm.status, 'ended', vm.kernel.log.entries.map((e) => e.text).join('\n'));
          assert.deepEqual(
            vm.kernel.log.entries.filter((e) => e.kind !== 'print').map((e) => e.text),
            [],
          );
          const { marks } = vm.kernel.mem.journal;
          const count = marks.end;
          for (let k = 1; k <= 25; k++) {
            restart(vm, Math.floor((count * ((k * 37) % 100)) / 100));
            runOut(vm);
            assert.deepEqual(
              outcome(vm),
              wanted,
              `from mark ${Math.floor((count * ((k * 37) % 100)) / 100)} of ${count}`,
            );
          }
          const again = load(BUSY, options);
          runOut(again);
          assert.deepEqual(outcome(again), wanted, 'a second run');
        });
      }
    }
  }
  it('two marks never share a position', () => {
    const vm = load(BUSY, { cpus: 2, schedule: 'random(11)' });
    runOut(vm);
    const { marks } = vm.kernel.mem.journal;
    for (let i = 1; i < marks.end; i++)
      assert.ok(marks.positionOf(i) > marks.positionOf(i - 1), `marks ${i - 1} and ${i}`);
  });
});

describe('vm: every macro of the catalogue', () => {
  it('can be compiled', () => {
    const path = join(__dirname, '../fixtures/catalogue/everything.kmem');
    const text = readFileSync(path, 'utf8');
    const program = checkProgram({ path, text });
    assert.deepEqual(
      program.diagnostics.filter((d) => d.severity === 'error').map((d) => d.message),
      [],
    );
    load(text);
  });
});
