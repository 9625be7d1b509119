/** The processors' TLBs: what a missing flush does. */
import assert from 'node:assert/strict';
import { check, checkEverywhere, type Expected, run } from './scenario';

const STALE = (how: string) => new RegExp(`^${how} 0x[0-9a-f]+ through a stale TLB entry$`);
/** `q` is a page of the direct map whose entry the scenario changes, `a` and `b` are other pages. */
const BEFORE = `
  unsigned long a = __get_free_page(GFP_KERNEL), b = __get_free_page(GFP_KERNEL), q = PAGE_OFFSET + 0x50000;
  unsigned int level;
  pte_t *pte = lookup_address(q, &level);
  *(int *)a = 1;
  *(int *)b = 2;
  set_pte(pte, pfn_pte(__pa(a) >> PAGE_SHIFT, __pgprot(pte_flags(*pte))));
`;
const TO_B = 'set_pte(pte, pfn_pte(__pa(b) >> PAGE_SHIFT, __pgprot(pte_flags(*pte))));';
const onPage = (body: string, expected: Expected = {}): void => checkEverywhere(`${BEFORE} ${body}`, expected);

describe('TLBs', () => {
  it('without a flush a CPU goes on with what it has translated', () => {
    onPage(`expect(*(int *)q == 1); ${TO_B} expect(*(int *)q == 1);`, { reports: [STALE('read of')] });
    onPage(`expect(*(int *)q == 1); ${TO_B} *(int *)q = 3; expect(*(int *)a == 3 && *(int *)b == 2);`, {
      reports: [STALE('write to')],
    });
  });
  it('what has not been used is not in a TLB', () => {
    onPage(`${TO_B} expect(*(int *)q == 2);`);
  });
  it('each flush does its part', () => {
    for (const flush of [
      'flush_tlb_all()',
      '__flush_tlb_all()',
      'flush_tlb_one_kernel(q)',
      'flush_tlb_kernel_range(q, q + PAGE_SIZE)',
      'flush_tlb_kernel_range(q - 64 * PAGE_SIZE, q - 63 * PAGE_SIZE + 64 * PAGE_SIZE)',
    ])
      onPage(`expect(*(int *)q == 1); ${TO_B} ${flush}; expect(*(int *)q == 2);`);
    onPage(`expect(*(int *)q == 1); ${TO_B} flush_tlb_one_kernel(q + PAGE_SIZE); expect(*(int *)q == 1);`, {
      reports: [STALE('read of')],
    });
  });
  it('another CPU has a TLB of its own', () => {
    const two = (flush: string, seen: number, reports: readonly RegExp[]) =>
      check(
        `machine { memory = 64M; cpus = 2; schedule = round_robin; config KASAN = n; }
         static unsigned long q, b; static pte_t *pte; static DECLARE_COMPLETION(used); static DECLARE_COMPLETION(changed);
         task one on cpu 0 {
           unsigned int level;
           unsigned long a = __get_free_page(GFP_KERNEL);
           b = __get_free_page(GFP_KERNEL);
           q = PAGE_OFFSET + 0x50000;
           pte = lookup_address(q, &level);
           *(int *)a = 1; *(int *)b = 2;
           set_pte(pte, pfn_pte(__pa(a) >> PAGE_SHIFT, __pgprot(pte_flags(*pte))));
           expect(*(int *)q == 1);
           complete(&used);
           wait_for_completion(&changed);
           expect(*(int *)q == ${seen});
         }
         task two on cpu 1 {
           wait_for_completion(&used);
           set_pte(pte, pfn_pte(__pa(b) >> PAGE_SHIFT, __pgprot(pte_flags(*pte))));
           ${flush};
           expect(*(int *)q == 2);
           complete(&changed);
         }`,
        { reports },
      );
    two('flush_tlb_kernel_range(q, q + PAGE_SIZE)', 2, []);
    two('__flush_tlb_all()', 1, [STALE('read of')]);
  });
  describe('a CPU with interrupts off', () => {
    /** CPU 0 has `q` in its TLB and interrupts off when CPU 1 changes the entry and calls `flush`. */
    const off = (flush: string, one: string, expected: Expected = {}, two = ''): void => {
      for (const schedule of ['round_robin', 'random(3)'])
        check(
          `static unsigned long q, b; static pte_t *pte; static int ready, asked, flushed;
           task one on cpu 0 {
             unsigned int level;
             unsigned long flags, a = __get_free_page(GFP_KERNEL);
             int i;
             b = __get_free_page(GFP_KERNEL);
             q = PAGE_OFFSET + 0x50000;
             pte = lookup_address(q, &level);
             *(int *)a = 1; *(int *)b = 2;
             set_pte(pte, pfn_pte(__pa(a) >> PAGE_SHIFT, __pgprot(pte_flags(*pte))));
             expect(*(int *)q == 1);
             local_irq_save(flags);
             ready = 1;
             while (!asked) cpu_relax();
             for (i = 0; i < 20; i++) cpu_relax();
             ${one}
           }
           task two on cpu 1 {
             while (!ready) cpu_relax();
             set_pte(pte, pfn_pte(__pa(b) >> PAGE_SHIFT, __pgprot(pte_flags(*pte))));
             ${two}
             asked = 1;
             ${flush};
             flushed = 1;
           }`,
          expected,
          { cpus: 2, schedule, machine: 'config KASAN = n;' },
        );
    };
    const AFTER = 'local_irq_restore(flags); expect(*(int *)q == 2); while (!flushed) cpu_relax();';
    const RANGE = 'flush_tlb_kernel_range(q, q + PAGE_SIZE)';

    it('goes on with what it has, and who flushes waits for it', () => {
      for (const flush of [RANGE, 'flush_tlb_all()', 'set_memory_ro(b, 1)'])
        off(flush, `expect(*(int *)q == 1); expect(!flushed); ${AFTER}`, { reports: [STALE('read of')] });
    });
    it('flushes when it turns interrupts on', () => {
      off(RANGE, `expect(!flushed); ${AFTER}`);
      off(RANGE, `expect(!flushed); local_irq_enable(); expect(*(int *)q == 2);`);
      off(
        RANGE,
        `expect(!flushed); spinlock_t l; spin_lock_init(&l); spin_lock_irq(&l); spin_unlock_irq(&l); expect(*(int *)q == 2);`,
      );
    });
    it('only what it was asked for', () => {
      off(
        'flush_tlb_kernel_range(q + PAGE_SIZE, q + 2 * PAGE_SIZE)',
        'local_irq_restore(flags); while (!flushed) cpu_relax(); expect(*(int *)q == 1);',
        { reports: [STALE('read of')] },
      );
    });
    it('that waits for a lock of the one that flushes locks up both', () => {
      const { reports, vm } = run(
        `static DEFINE_SPINLOCK(l); static int ready, held;
         task one on cpu 0 { unsigned long flags; local_irq_save(flags); ready = 1; while (!held) cpu_relax(); spin_lock(&l); }
         task two on cpu 1 { spin_lock(&l); while (!ready) cpu_relax(); held = 1; flush_tlb_all(); expect(0); }`,
        { cpus: 2, schedule: 'round_robin', machine: 'config KASAN = n; config LOCKDEP = n;' },
      );
      assert.equal(vm.status, 'deadlock');
      for (const cpu of [0, 1]) assert.ok(reports.some((text) => text.includes(`soft lockup - CPU#${cpu} stuck`)));
      const notes = [...vm.kernel.log.entries].flatMap((entry) => entry.notes);
      assert.ok(notes.includes('it waits for CPU 0 to take its interrupt: interrupts are off there'), notes.join('\n'));
    });
  });
  it('no CPU sees the old page once a flush has returned, whatever the schedule', () => {
    for (let seed = 1; seed <= 24; seed++) {
      const { vm } = run(
        `static unsigned long q, r; static pte_t *pte, *other; static unsigned long frames[6]; static int ready, done, ended;
         static void map(pte_t *at, int n)
         {
           set_pte(at, pfn_pte(__pa(frames[n]) >> PAGE_SHIFT, __pgprot(pte_flags(*at))));
         }
         task reader on cpu 0 {
           unsigned int level;
           int i, before, seen;
           q = PAGE_OFFSET + 0x50000;
           r = PAGE_OFFSET + 0x51000;
           pte = lookup_address(q, &level);
           for (i = 0; i < 6; i++) { frames[i] = __get_free_page(GFP_KERNEL); *(int *)frames[i] = i; }
           set_memory_ro(r, 1);
           other = lookup_address(r, &level);
           pte = lookup_address(q, &level);
           map(pte, 0);
           flush_tlb_all();
           ready = 1;
           for (i = 0; ended < 2; i++) {
             if (i % 5 == 1) local_irq_disable();
             before = done;
             seen = *(int *)q;
             expect(seen >= before);
             *(int *)r;
             if (i % 5 == 4) local_irq_enable();
           }
           local_irq_enable();
           expect(*(int *)q == 5);
         }
         task one on cpu 1 {
           int n;
           while (!ready) cpu_relax();
           for (n = 1; n < 6; n++) { map(pte, n); flush_tlb_kernel_range(q, q + PAGE_SIZE); done = n; }
           ended++;
         }
         task two on cpu 2 {
           int n;
           while (!ready) cpu_relax();
           for (n = 0; n < 5; n++) { map(other, n); if (n % 2) flush_tlb_all(); else flush_tlb_kernel_range(r, r + PAGE_SIZE); }
           ended++;
         }`,
        { cpus: 3, schedule: `random(${seed})`, machine: 'config KASAN = n;' },
      );
      const { core } = vm.machine;
      assert.equal(vm.status, 'ended', `seed ${seed}`);
      assert.equal(core.getGlobal('kmem_expect_failed'), 0, `seed ${seed}`);
      for (let cpu = 0; cpu < 3; cpu++) assert.equal(core.getPerCpu('kmem_cfd_pending', cpu), 0);
    }
  });
  it('who flushes with interrupts off, or in an interrupt, is warned', () => {
    const warning = 'WARNING: CPU: 0 PID: 12 at kernel/smp.c';
    checkEverywhere(
      'unsigned long flags; local_irq_save(flags); flush_tlb_all(); flush_tlb_all(); local_irq_restore(flags);',
      {
        reports: [warning],
      },
    );
    checkEverywhere(
      'unsigned long flags; local_irq_save(flags); flush_tlb_all(); local_irq_restore(flags); expect(1);',
      {},
      { machine: 'config LOCKDEP = n;' },
    );
    checkEverywhere(
      'flush_tlb_all(); __flush_tlb_all(); local_irq_disable(); __flush_tlb_all(); local_irq_enable(); expect(1);',
    );
    check('irq i { flush_tlb_all(); } task main { sim_raise(i); }', { reports: [warning, warning] });
  });
  it('a page of a full TLB makes room for another', () => {
    onPage(`expect(*(int *)q == 1); ${TO_B}
      expect(*(int *)(q - 64 * PAGE_SIZE) || 1);
      expect(*(int *)q == 2);`);
  });
  it('the kernel flushes what it changes', () => {
    check(
      `unsigned long p = __get_free_page(GFP_KERNEL);
       set_memory_ro(p + PAGE_SIZE, 1);
       *(int *)p = 1;
       set_memory_ro(p, 1);
       *(int *)p = 2;`,
      { reports: ['BUG: unable to handle page fault for address'] },
    );
    check(
      `machine { arch = i386; memory = 1G; cpus = 1; }
       task main {
         struct page *first = alloc_page(GFP_HIGHUSER), *second = alloc_page(GFP_HIGHUSER);
         int *at = kmap_local_page(first);
         *at = 1;
         kunmap_local(at);
         expect(kmap_local_page(second) == at && *at != 1);
         kunmap_local(at);
       }`,
    );
  });
});
