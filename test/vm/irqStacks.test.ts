/** Handlers run on the stacks that 6.1 gives them: arch/x86/include/asm/irq_stack.h, arch/x86/kernel/irq_32.c. */
import assert from 'node:assert/strict';
import { liesOn } from '../../server/kernel/arch/stack_area';
import { ARCHES, check, load, type RunOptions, run, STOCK } from './scenario';

/** The frames of every task at each statement of `handler`, innermost first, with the stack that each lies on; each sequence once. */
function stacksIn(handler: string, text: string, options: RunOptions = {}): string[] {
  const vm = load(text, options);
  const seen = new Set<string>();
  for (let n = 0; !vm.done; n++) {
    assert.ok(n < 2000, text);
    for (const task of vm.machine.tasks.all) {
      const frames = vm.frames(task);
      if (frames[0]?.name === handler && vm.machine.core.cpuRunning(task) >= 0)
        seen.add(frames.map(({ name, stack }) => `${name}:${stack}`).join(' '));
    }
    vm.step();
  }
  assert.equal(vm.machine.core.getGlobal('kmem_expect_failed'), 0, text);
  return [...seen];
}
/** What is on a stack, as the frames of `stacksIn` say it. */
const on = (stack: string, ...names: string[]): string => names.map((name) => `${name}:${stack}`).join(' ');
const task = on('TASK', 'main', 'kthread');
const [wide, narrow] = [{ arch: 'x86_64' }, { arch: 'i386' }] as const;

describe('stacks of interrupts', () => {
  const irq = 'int n; irq h { n++; } task main { sim_raise(h); expect(n == 1); }';
  it('a device interrupt has a stack of its own', () => {
    for (const arch of ARCHES)
      assert.deepEqual(stacksIn('h', irq, { arch }), [`${on('IRQ', 'h', 'asm_common_interrupt')} ${task}`]);
  });
  it('an interrupt of the processor has it on x86_64 only', () => {
    const text =
      'int n; enum hrtimer_restart f(struct hrtimer *t) { n++; return HRTIMER_NORESTART; } struct hrtimer t; task main { hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD); t.function = f; hrtimer_start(&t, 1000000, HRTIMER_MODE_REL_HARD); while (!n) cpu_relax(); expect(n == 1); }';
    const entry = 'asm_sysvec_apic_timer_interrupt';
    assert.deepEqual(stacksIn('f', text, wide), [`${on('IRQ', 'f', entry)} ${task}`]);
    assert.deepEqual(stacksIn('f', text, narrow), [`${on('TASK', 'f', entry)} ${task}`]);
  });
  it('softirqs at the end of an interrupt: on the interrupt’s stack, on i386 on one of their own', () => {
    const text =
      'int n; tasklet t { n++; } irq h { tasklet_schedule(&t); } task main { sim_raise(h); expect(n == 1); }';
    assert.deepEqual(stacksIn('t', text, wide), [`${on('IRQ', 't', '__do_softirq')} ${task}`]);
    assert.deepEqual(stacksIn('t', text, narrow), [`${on('SOFTIRQ', 't', '__do_softirq')} ${task}`]);
  });
  it('softirqs where bottom halves are turned on leave the task’s stack as well', () => {
    const text =
      'int n; tasklet t { n++; } task main { local_bh_disable(); tasklet_schedule(&t); local_bh_enable(); expect(n == 1); }';
    assert.deepEqual(stacksIn('t', text, wide), [`${on('IRQ', 't', '__do_softirq')} ${task}`]);
    assert.deepEqual(stacksIn('t', text, narrow), [`${on('SOFTIRQ', 't', '__do_softirq')} ${task}`]);
    // CONFIG_SOFTIRQ_ON_OWN_STACK
    for (const arch of ARCHES)
      assert.deepEqual(stacksIn('t', text, { arch, machine: 'preempt = rt;' }), [
        `${on('TASK', 't', '__do_softirq')} ${task}`,
      ]);
  });
  it('ksoftirqd stays on its own', () => {
    const text = 'int n; tasklet t { n++; } task main { tasklet_schedule(&t); msleep(1); expect(n == 1); }';
    for (const arch of ARCHES)
      assert.deepEqual(stacksIn('t', text, { arch }), [on('TASK', 't', '__do_softirq', 'run_ksoftirqd')]);
  });
  it('an interrupt in a softirq stays on that stack on x86_64, and goes to its own on i386', () => {
    const text =
      'int n; irq h { n++; } tasklet t { sim_raise(h); n++; } task main { local_bh_disable(); tasklet_schedule(&t); local_bh_enable(); expect(n == 2); }';
    const below = (stack: string) => `${on(stack, 't', '__do_softirq')} ${task}`;
    assert.deepEqual(stacksIn('h', text, wide), [`${on('IRQ', 'h', 'asm_common_interrupt')} ${below('IRQ')}`]);
    assert.deepEqual(stacksIn('h', text, narrow), [`${on('IRQ', 'h', 'asm_common_interrupt')} ${below('SOFTIRQ')}`]);
  });
  it('an interrupt in a handler that has enabled them stays on the stack', () => {
    const text =
      'int n; irq b { n++; } irq a { local_irq_enable(); sim_raise(b); local_irq_disable(); } task main { sim_raise(a); expect(n == 1); }';
    for (const arch of ARCHES)
      assert.deepEqual(stacksIn('b', text, { arch }), [
        `${on('IRQ', 'b', 'asm_common_interrupt', 'a', 'asm_common_interrupt')} ${task}`,
      ]);
  });
  it('an NMI has the processor’s stack for it on x86_64, whatever it interrupts', () => {
    const text =
      'int n; nmi x { n++; } irq h { sim_raise(x); } task main { sim_raise(x); sim_raise(h); expect(n == 2); }';
    const nmi = (stack: string) => on(stack, 'x', 'asm_exc_nmi');
    const inIrq = `${on('IRQ', 'h', 'asm_common_interrupt')} ${task}`;
    assert.deepEqual(stacksIn('x', text, wide), [`${nmi('NMI')} ${task}`, `${nmi('NMI')} ${inIrq}`]);
    assert.deepEqual(stacksIn('x', text, narrow), [`${nmi('TASK')} ${task}`, `${nmi('IRQ')} ${inIrq}`]);
  });
  it('each CPU has its own; a handler’s frame begins at the top', () => {
    const text = 'int n; irq h { int x = 1; n += x; } task main on cpu 1 { sim_raise(h); expect(n == 1); }';
    for (const arch of ARCHES) {
      const vm = load(text, { arch, cpus: 2 });
      const { core, irqStacks } = vm.machine;
      let looked = 0;
      for (; !vm.done; vm.step()) {
        const [frame, entry] = vm.frames(core.currentOf(1));
        if (frame?.name !== 'h' || !entry?.fn) continue;
        const stack = irqStacks.of(1).irq;
        assert.ok(stack && liesOn(stack, frame.fp) && irqStacks.of(0).irq?.stack !== stack.stack);
        const pointer = core.getLong(core.perCpuAddress('hardirq_stack_ptr', 1));
        const top = arch === 'x86_64' ? pointer : pointer + stack.threadSize;
        assert.equal(top, stack.stack + stack.threadSize - (arch === 'x86_64' ? 8 : 0));
        assert.equal(entry.fp + entry.fn.frameSize, top);
        // what the unwinder goes by: the stack pointer of the code that was interrupted
        assert.equal(core.getLong(pointer), vm.frames(core.currentOf(1))[2]?.fp);
        assert.equal(vm.locals(frame).length, 1);
        looked++;
      }
      assert.ok(looked > 0);
      if (arch === 'x86_64') assert.equal(core.space.read8(core.perCpuAddress('hardirq_stack_inuse', 1)), 0);
    }
  });
  it('current is the task that was interrupted', () => {
    for (const arch of ARCHES)
      check(
        'int n; irq h { n++; expect(current->pid == 12); } tasklet t { expect(current->pid == 12); n++; } task main { sim_raise(h); local_bh_disable(); tasklet_schedule(&t); local_bh_enable(); expect(n == 2); }',
        {},
        { arch },
      );
  });
  it('a handler has the interrupt’s stack whatever the task has used of its own', () => {
    const deep = (arch: string, bytes: number): string =>
      `machine { arch = ${arch}; } int n; irq h { char b[3000]; memset(b, 1, sizeof(b)); n += b[2999]; } static void f(void) { char b[${bytes}]; memset(b, 2, sizeof(b)); sim_raise(h); expect(b[0] == 2 && n == 1); } task main { f(); }`;
    check(deep('x86_64', 15000));
    check(deep('i386', 7000));
  });
});

describe('overflow of an interrupt’s stack', () => {
  const deep =
    'static int deep(int n) { char pad[256]; pad[0] = n; return deep(n + 1) + pad[0]; } irq h { deep(0); } nmi x { deep(0); }';
  it('hits the guard page on x86_64', () => {
    for (const [raise, name] of [
      ['h', 'IRQ'],
      ['x', 'NMI'],
    ])
      check(`${deep} task main { sim_raise(${raise}); }`, {
        reports: [
          new RegExp(`BUG: ${name} stack guard page was hit at [0-9a-f]+ \\(stack is`),
          'Kernel panic - not syncing: Fatal exception in interrupt',
        ],
        status: 'panic',
      });
  });
  it('with KASAN stacks have twice the size', () => {
    for (const [raise, bytes] of [
      ['h', 20_000],
      ['x', 10_000],
    ] as const) {
      const text = `int n; static void f(void) { char b[${bytes}]; memset(b, 1, sizeof(b)); n = b[9]; } irq h { f(); } nmi x { f(); } task main { sim_raise(${raise}); expect(n == 1); }`;
      check(text);
      const ran = run(text, { machine: STOCK });
      assert.match(ran.reports[0] ?? '', /stack guard page was hit/);
    }
  });
  it('runs into what lies below on i386', () => {
    const fill = (n: number) =>
      `static int fill(int n) { char pad[200]; memset(pad, 0x5a, sizeof(pad)); if (n == ${n}) return 0; return fill(n + 1) + pad[0]; } irq h { fill(0); } task main { sim_raise(h); printk("back"); }`;
    const below = (n: number): boolean => {
      const { vm } = check(fill(n), { lines: ['back'] }, { arch: 'i386' });
      const { core, irqStacks } = vm.machine;
      const bytes = core.space.readBytes((irqStacks.of(0).irq?.stack ?? 0) - 1024, 1024);
      return bytes.some((byte) => byte === 0x5a);
    };
    assert.equal(below(10), false);
    assert.equal(below(45), true);
    const ran = run(`${deep} task main { sim_raise(h); }`, { arch: 'i386' });
    assert.ok(ran.reports[0]?.startsWith('PANIC: double fault'), ran.reports.join('\n'));
  });
});

describe('a stack pointer that has been overwritten', () => {
  it('is a page fault at the next interrupt', () => {
    for (const [variable, arch, raise] of [
      ['hardirq_stack_ptr', 'x86_64', 'sim_raise(h);'],
      ['hardirq_stack_ptr', 'i386', 'sim_raise(h);'],
      ['softirq_stack_ptr', 'i386', 'local_bh_disable(); tasklet_schedule(&t); local_bh_enable();'],
    ] as const) {
      const vm = load(`irq h { } tasklet t { } task main { barrier(); ${raise} }`, { arch });
      const { core } = vm.machine;
      core.setLong(core.perCpuAddress(variable, 0), 0x1230);
      while (!vm.done) vm.step();
      const reports = [...vm.kernel.log.entries].filter((e) => e.kind === 'oops').map((e) => e.text);
      assert.match(reports[0] ?? '', /^BUG: (kernel NULL pointer|unable to handle page fault)/, variable);
    }
  });
});

describe('a handler that sleeps', () => {
  const sleeps =
    'int n; irq h { int x = 1; msleep(2); n += x; } tasklet t { char b[64]; memset(b, 9, sizeof(b)); n++; }';
  const softirq = 'local_bh_disable(); tasklet_schedule(&t); local_bh_enable();';
  const title = 'BUG: scheduling while atomic: a/12/0x00010001';
  const machine = STOCK;
  it('goes on if nobody uses its stack meanwhile', () => {
    for (const arch of ARCHES) {
      const { log } = check(
        `${sleeps} task a { sim_raise(h); expect(n == 1); }`,
        { reports: [title, 'irq 32 handler h enabled interrupts', /0x7fff0001$/] },
        { arch, machine },
      );
      const note = 'its frames are on the IRQ stack of CPU 0: what runs on that stack meanwhile overwrites them';
      assert.ok(log.some((e) => e.text === title && e.notes.includes(note)));
    }
  });
  it('is overwritten by softirqs of others on x86_64, and by their interrupts on i386', () => {
    const survives = (other: string, arch: (typeof ARCHES)[number]): boolean =>
      !run(
        `${sleeps} irq g { char b[64]; memset(b, 9, sizeof(b)); n++; } task a { sim_raise(h); } task b { ${other} }`,
        { arch, machine },
      ).log.some((e) => e.kind === 'oops');
    for (const arch of ['x86_64', 'i386'] as const) {
      assert.equal(survives(softirq, arch), arch === 'i386');
      assert.equal(survives('sim_raise(g);', arch), arch === 'x86_64');
    }
  });
});

describe('a call trace across stacks', () => {
  const trace = (text: string, options: RunOptions): string[] =>
    run(text, options)
      .log.flatMap((e) => [e.text, ...e.lines])
      .map((line) => line.trim())
      .filter((line) => /^(<|[\w.]+\+0x|[RE]IP)/.test(line))
      .map((line) => line.replace(/\+0x.*/, '').replace(/^([RE]IP).*/, '$1'));
  const nested =
    'nmi x { dump_stack(); } irq h { sim_raise(x); } tasklet t { sim_raise(h); } task main { local_bh_disable(); tasklet_schedule(&t); local_bh_enable(); }';
  const nmi = ['nmi_handle', 'default_do_nmi', 'exc_nmi'];
  const handling = ['__handle_irq_event_percpu', 'handle_irq_event', 'handle_edge_irq'];
  const softirq = ['tasklet_action_common', 'tasklet_action', 'handle_softirqs'];
  it('has a section for each stack on x86_64', () => {
    assert.deepEqual(trace(nested, wide), [
      ...['<NMI>', 'dump_stack_lvl', 'dump_stack', 'x', ...nmi, 'end_repeat_nmi', 'RIP', '</NMI>'],
      ...['<IRQ>', 'h', ...handling, '__common_interrupt', 'common_interrupt', 'asm_common_interrupt', 'RIP', 't'],
      ...[...softirq, 'do_softirq.part.0', '</IRQ>'],
      ...['<TASK>', '__local_bh_enable_ip', 'main', 'kthread', 'ret_from_fork', '</TASK>'],
    ]);
  });
  it('and on i386 for those of interrupts', () => {
    assert.deepEqual(trace(nested, narrow), [
      ...[
        '<IRQ>',
        'dump_stack_lvl',
        'dump_stack',
        'x',
        ...nmi,
        'asm_exc_nmi',
        'EIP',
        'h',
        ...handling,
        '__handle_irq',
        '</IRQ>',
      ],
      ...['<SOFTIRQ>', '__common_interrupt', 'common_interrupt', 'asm_common_interrupt', 'EIP', 't', ...softirq],
      ...['do_softirq_own_stack', '</SOFTIRQ>', 'do_softirq.part.0', '__local_bh_enable_ip', 'main'],
      ...['kthread', 'ret_from_fork'],
    ]);
  });
  it('names the interrupt at whose end softirqs run', () => {
    const text = 'tasklet t { dump_stack(); } irq h { tasklet_schedule(&t); } task main { sim_raise(h); }';
    const end = ['__irq_exit_rcu', 'common_interrupt'];
    assert.deepEqual(trace(text, wide), [
      ...['<IRQ>', 'dump_stack_lvl', 'dump_stack', 't', ...softirq, ...end, '</IRQ>'],
      ...['<TASK>', 'asm_common_interrupt', 'RIP', 'main', 'kthread', 'ret_from_fork', '</TASK>'],
    ]);
    assert.deepEqual(trace(text, narrow), [
      ...['<SOFTIRQ>', 'dump_stack_lvl', 'dump_stack', 't', ...softirq, 'do_softirq_own_stack', '</SOFTIRQ>'],
      ...[...end, 'asm_common_interrupt', 'EIP', 'main', 'kthread', 'ret_from_fork'],
    ]);
  });
});
describe('KASAN on the stacks of interrupts', () => {
  const oob = 'int n; static void oob(int i) { char b[16]; memset(b, 0, sizeof(b)); n = b[i]; } ';
  for (const [what, text] of [
    ['interrupt', 'irq h { oob(17); }'],
    ['NMI', 'nmi h { oob(17); }'],
    ['interrupt’s softirq', 'tasklet t { oob(17); } irq h { tasklet_schedule(&t); }'],
  ] as const)
    it(`an array’s end, in an ${what}`, () =>
      void check(`${oob} ${text} task main { sim_raise(h); oob(3); }`, {
        reports: ['BUG: KASAN: stack-out-of-bounds in oob'],
        detail: 'f1 f1 f1 f1 00 00 f3 f3',
      }));
  it('redzones end with their frames: what runs there next is not touched by them', () =>
    void check(
      `${oob} static void flat(void) { char b[2000]; memset(b, 1, sizeof(b)); n += b[1999]; } irq h { oob(3); oob(15); flat(); } task main { int i; for (i = 0; i < 3; i++) sim_raise(h); expect(n == 1); }`,
    ));
});

describe('kmemleak', () => {
  // 6 s old, seen in a scan, and then only in the frame of the handler that runs
  const text =
    'static void *kept; static void make(void) { kept = kmalloc(100, GFP_KERNEL); } irq h { void *p = kept; kept = NULL; printk("%d", sim_kmemleak_scan() + sim_kmemleak_scan()); kept = p; } task main { make(); msleep(6000); sim_kmemleak_scan(); sim_raise(h); expect(sim_kmemleak_scan() == 0); kept = NULL; expect(sim_kmemleak_scan() + sim_kmemleak_scan() == LOST); }';
  const machine = 'config KASAN = n; config DEBUG_KMEMLEAK = y;';
  const reports = [/^kmemleak: 1 new/, /^1 allocations/];
  it('looks at the part of an interrupt’s stack that is in use on x86_64, where it is per-CPU memory', () => {
    check(text.replace('LOST', '1'), { lines: ['0'], reports }, { machine, maxSteps: 60_000 });
  });
  it('does not look there on i386', () => {
    check(text.replace('LOST', '0'), { lines: ['1'], reports }, { machine, maxSteps: 60_000, arch: 'i386' });
  });
});
