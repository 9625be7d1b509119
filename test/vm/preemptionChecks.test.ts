/** CONFIG_DEBUG_PREEMPT: code that asks for its CPU and may be moved to another one (lib/smp_processor_id.c, 6.1). */
import assert from 'node:assert/strict';
import { check, run } from './scenario';

const HITS = 'static DEFINE_PER_CPU(int, hits); ';
const using = (what: string): string => `BUG: using ${what} in preemptible [00000000] code: main/12`;
const ID = using('smp_processor_id()');
const TWO = { cpus: 2 };

describe('the checks of CONFIG_DEBUG_PREEMPT', () => {
  const found: Record<string, readonly string[]> = {
    'int n = smp_processor_id(); n++;': [ID],
    '(*this_cpu_ptr(&hits))++; expect(per_cpu(hits, 0) == 1);': [ID],
    'expect(__this_cpu_read(hits) == 0);': [using('__this_cpu_read()')],
    '__this_cpu_write(hits, 3); expect(per_cpu(hits, 0) == 3);': [using('__this_cpu_write()')],
    '__this_cpu_inc(hits); __this_cpu_sub(hits, 2); expect(per_cpu(hits, 0) == -1);': [
      using('__this_cpu_add()'),
      using('__this_cpu_add()'),
    ],
    '__this_cpu_or(hits, 6); __this_cpu_and(hits, 3); expect(per_cpu(hits, 0) == 2);': [
      using('__this_cpu_or()'),
      using('__this_cpu_and()'),
    ],
    'expect(__this_cpu_dec_return(hits) == -1);': [using('__this_cpu_add_return()')],
    'expect(__this_cpu_xchg(hits, 7) == 0); expect(__this_cpu_cmpxchg(hits, 7, 9) == 7);': [
      using('__this_cpu_xchg()'),
      using('__this_cpu_cmpxchg()'),
    ],
    'rcu_read_lock(); __this_cpu_inc(hits); rcu_read_unlock();': [using('__this_cpu_add()')],
    'migrate_disable(); __this_cpu_inc(hits); migrate_disable(); migrate_enable(); __this_cpu_inc(hits); migrate_enable(); __this_cpu_inc(hits);':
      [using('__this_cpu_add()')],
    'preempt_disable(); __this_cpu_inc(hits); preempt_enable(); local_bh_disable(); __this_cpu_inc(hits); local_bh_enable(); local_irq_disable(); __this_cpu_inc(hits); local_irq_enable(); expect(per_cpu(hits, 0) == 3);':
      [],
    'this_cpu_inc(hits); get_cpu_var(hits)++; put_cpu_var(hits); (*get_cpu_ptr(&hits))++; put_cpu_ptr(&hits); (*raw_cpu_ptr(&hits))++; raw_cpu_inc(hits); expect(raw_smp_processor_id() == 0); expect(get_cpu() == 0); put_cpu(); expect(this_cpu_read(hits) == 5);':
      [],
  };
  for (const [body, reports] of Object.entries(found))
    it(body, () => void check(`${HITS} task main { ${body} }`, { reports: [...reports] }, TWO));

  it('silent where the task is bound to its CPU: a kernel thread on one CPU, a work; and in handlers', () =>
    void check(
      `${HITS} static void hit(void) { __this_cpu_inc(hits); } work w { hit(); } irq i { hit(); } timer t { hit(); } task main on cpu 1 { hit(); schedule_work(&w); flush_work(&w); sim_raise(i); mod_timer(&t, jiffies + 1); msleep(20); expect(per_cpu(hits, 1) == 4); }`,
      {},
      TWO,
    ));
  it('a process may be moved wherever it was put', () =>
    void check(
      `${HITS} process main on cpu 1 { __this_cpu_inc(hits); }`,
      { reports: [using('__this_cpu_add()')] },
      TWO,
    ));
  it('says so on a machine with one CPU too, and not without the option', () => {
    check('smp_processor_id();', { reports: [ID] });
    check('expect(smp_processor_id() == 0);', {}, { machine: 'config DEBUG_PREEMPT = n;' });
  });
  it('names the caller, and its statement', () => {
    const { log } = run(`${HITS}\nstatic void hit(void)\n{\n\t__this_cpu_inc(hits);\n}\ntask main { hit(); }`, TWO);
    const report = log.find(({ text }) => text.startsWith('BUG: using'));
    assert.match(report?.lines[0] ?? '', /^caller is hit\+0x\w+\/0x\w+ \[test\]$/);
    const trace = (report?.lines ?? []).map((line) => /^ (\w+)\+0x/.exec(line)?.[1]).filter((name) => name);
    assert.deepEqual(trace.slice(0, 4), ['dump_stack_lvl', 'check_preemption_disabled', 'hit', 'main']);
  });
  it('prints ten in five seconds, then how many it left out', () => {
    const { log } = run('for (int i = 0; i < 12; i++) smp_processor_id(); msleep(5100); smp_processor_id();', TWO);
    const said = log.filter(({ text }) => text.startsWith('BUG: using'));
    assert.deepEqual([said.length, said.filter(({ suppressed }) => suppressed).length], [13, 2]);
    assert.ok(log.some(({ text }) => text === 'check_preemption_disabled: 2 callbacks suppressed'));
  });
});
