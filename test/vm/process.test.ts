/** Processes: address spaces of their own, whose kernel part follows init_mm, and the vmalloc fault. */
import assert from 'node:assert/strict';
import { formatTrace, type TraceRecord } from '../../server/kernel/printk/trace';
import { slabInfo } from '../../server/kernel/proc/proc_slabinfo';
import { Dice } from '../generate';
import { ARCHES, check, checkEverywhere, type Expected, run } from './scenario';

/** The process's own entry of the top level, and init_mm's, for an address. */
const ENTRIES = `static unsigned long own(unsigned long a) { return pgd_val(*pgd_offset(current->mm, a)); }
  static unsigned long init(unsigned long a) { return pgd_val(*pgd_offset_k(a)); }`;

describe('processes', () => {
  it('have an mm of their own, kernel threads have none', () => {
    checkEverywhere(`process p {
        expect(current->mm && current->mm == current->active_mm && current->mm != &init_mm);
        expect(!(current->flags & PF_KTHREAD));
        expect(atomic_read(&current->mm->mm_users) == 1 && atomic_read(&current->mm->mm_count) == 1);
        expect(read_cr3_pa() == __pa(current->mm->pgd));
        expect(current->mm->owner == current && current->mm->pgd != init_mm.pgd);
      }`);
    checkEverywhere(`task main {
        expect(!current->mm && current->active_mm == &init_mm && (current->flags & PF_KTHREAD));
        expect(read_cr3_pa() == __pa(init_mm.pgd));
      }`);
  });
  it('have copies of the kernel’s entries, and none for user addresses', () => {
    checkEverywhere(`process p {
        unsigned long at = PAGE_OFFSET;
        expect(memcmp(pgd_offset(current->mm, at), pgd_offset_k(at), sizeof(pgd_t)) == 0);
        expect(pgd_val(*pgd_offset_k(at)) != 0);
      }`);
    check(`${ENTRIES} process p { expect(own(0) == 0 && own(0x7f0000000000) == 0 && own(-4096UL) == init(-4096UL)); }`);
  });
  it('with PAE have tables for user addresses from the start', () => {
    check(
      `process p {
         int i;
         for (i = 0; i < 3; i++) expect((pgd_val(current->mm->pgd[i]) & 0xfff) == 1);
         expect(atomic_long_read(&current->mm->pgtables_bytes) == 3 * PAGE_SIZE);
         expect(pgd_page(current->mm->pgd[0])->page_type == 0xfffffdff);
       }`,
      {},
      { arch: 'i386_pae' },
    );
  });
  it('have objects of the sizes that were recorded on kernels with one CPU', () => {
    const recorded = {
      x86_64: { mm_struct: [1152, 14, 4] },
      i386: { mm_struct: [576, 14, 2] },
      i386_pae: { mm_struct: [576, 14, 2], pgd_cache: [32, 128, 1] },
    };
    for (const arch of ARCHES) {
      const { vm } = run(`machine { arch = ${arch}; memory = 1G; cpus = 1; config KASAN = n; } process p { jiffies; }`);
      const caches = slabInfo(vm.kernel).filter(({ name }) => name === 'mm_struct' || name === 'pgd_cache');
      const shapes = caches.map((c) => [c.name, [c.objsize, c.objperslab, c.pagesperslab]]);
      assert.deepEqual(Object.fromEntries(shapes), recorded[arch]);
    }
  });
  it('user addresses fault as anywhere', () => {
    checkEverywhere(
      'process p { *(int *)0x400000 = 1; }',
      { reports: [/^BUG: unable to handle page fault for address: 0*400000$/] },
      { machine: 'config KASAN = n;' },
    );
  });
  it('share what the kernel maps', () => {
    checkEverywhere(`process p {
        int *at = vmalloc(3 * PAGE_SIZE);
        at[1024] = 7;
        expect(at[1024] == 7);
        vfree(at);
      }`);
  });
});

describe('lazy TLB: kernel threads borrow the mm of the task before them', () => {
  const two = (text: string): void => {
    for (const arch of ARCHES) check(text, {}, { arch, schedule: 'sequential' });
  };
  it('without a switch of the tables', () => {
    two(`static struct mm_struct *of_p; static DECLARE_COMPLETION(go);
      process p { of_p = current->mm; complete(&go); schedule(); }
      task main {
        wait_for_completion(&go);
        expect(!current->mm && current->active_mm == of_p);
        expect(atomic_read(&of_p->mm_count) >= 1);
      }`);
  });
  it('between two processes the tables are switched', () => {
    two(`static pgd_t *of_a, *of_b;
      process a { of_a = current->mm->pgd; schedule(); expect(of_a != of_b && current->active_mm->pgd == of_a); }
      process b { of_b = current->mm->pgd; schedule(); expect(current->active_mm->pgd == of_b); }`);
  });
  it('an mm goes when no CPU borrows it any more', () => {
    for (const arch of ARCHES) {
      const { vm } = run('process a { expect(1); } process b { schedule(); expect(1); } task main { expect(1); }', {
        arch,
      });
      const { core } = vm.machine;
      const idle = core.idleOf(0);
      assert.equal(core.current, idle);
      // the last one is still borrowed by the idle task
      const borrowed = core.field(idle, 'task_struct', 'active_mm');
      assert.equal(core.field32(borrowed, 'mm_struct', 'mm_users'), 0);
      assert.equal(core.field32(borrowed, 'mm_struct', 'mm_count'), 1);
      assert.equal(core.field32(vm.kernel.symbols.address('init_mm'), 'mm_struct', 'mm_count'), 1);
      const list = arch === 'i386_pae' ? undefined : vm.machine.lists.entries(vm.kernel.symbols.address('pgd_list'));
      if (list) assert.equal(list.length, 1);
    }
  });
  it('a process that is killed gives up its mm as well', () => {
    const { vm } = run('process a { *(int *)8 = 1; } task main { expect(!current->mm); }');
    const { core } = vm.machine;
    const task = [...vm.machine.blockTasks.values()][0] as number;
    assert.equal(core.field(task, 'task_struct', 'mm'), 0);
  });
});

describe('the vmalloc area of i386 without PAE', () => {
  /** `p` is an address of 8 MiB of vmalloc memory, whose table is new: a process looks before and after. */
  const onArea = (body: string, expected: Expected = {}): void => {
    check(
      `${ENTRIES}
       process p {
         char *v = vmalloc(8 << 20);
         unsigned long at = ((unsigned long)v + (4 << 20)) & ~((4UL << 20) - 1);
         int *p = (int *)at;
         *p = 7;
         ${body}
       }`,
      expected,
      { arch: 'i386' },
    );
  };
  const FORGET = 'set_pgd(pgd_offset(current->mm, at), __pgd(0)); __flush_tlb_all();';

  it('a new table of init_mm is copied to every process', () => {
    onArea('expect(init(at) && own(at) == init(at));');
    check(
      `${ENTRIES}
       static DECLARE_COMPLETION(mapped);
       static unsigned long at;
       process a { wait_for_completion(&mapped); expect(own(at) && own(at) == init(at)); expect(*(int *)at == 3); }
       task main {
         for (at = (VMALLOC_START + (4 << 20)) & ~((4UL << 20) - 1); init(at); at += 4 << 20) ;
         void *v = vmalloc(at - VMALLOC_START + (1 << 20));
         expect(v && init(at));
         *(int *)at = 3;
         complete(&mapped);
         schedule();
       }`,
      {},
      { arch: 'i386' },
    );
  });
  it('an entry that a process lacks is copied by the page fault', () => {
    onArea(`${FORGET} expect(own(at) == 0); expect(*p == 7); expect(own(at) == init(at));`);
    onArea(`${FORGET} *p = 8; expect(*p == 8 && own(at) == init(at));`);
    onArea(`${FORGET} memset(p, 0, 8192); expect(own(at) == init(at));`);
  });
  it('also where nothing may sleep', () => {
    onArea(`unsigned long flags; ${FORGET} local_irq_save(flags); expect(*p == 7); local_irq_restore(flags);`);
    onArea(`${FORGET} preempt_disable(); expect(*p == 7); preempt_enable();`);
  });
  it('not as long as the TLB has the translation', () => {
    onArea('set_pgd(pgd_offset(current->mm, at), __pgd(0)); expect(*p == 7); expect(own(at) == 0);', {
      reports: [/^read of 0x[0-9a-f]+ through a stale TLB entry$/],
    });
  });
  it('what init_mm does not map either is an oops', () => {
    onArea(`set_pgd(pgd_offset_k(at), __pgd(0)); ${FORGET} *p = 1;`, {
      reports: [/^BUG: unable to handle page fault for address/],
    });
    onArea(`vfree(v); ${FORGET} expect(own(at) == 0); *(int *)(VMALLOC_END - PAGE_SIZE) = 1;`, {
      reports: [/^BUG: unable to handle page fault for address/],
    });
  });
  it('another table than init_mm’s is a BUG', () => {
    onArea(
      `struct page *table = alloc_page(GFP_KERNEL | __GFP_ZERO);
       set_pgd(pgd_offset(current->mm, at), __pgd(page_to_pfn(table) << PAGE_SHIFT | 0x63)); __flush_tlb_all();
       *p = 1;`,
      { reports: ['kernel BUG at arch/x86/mm/fault.c'] },
    );
  });
  it('a kernel thread that borrows the tables faults as well', () => {
    check(
      `static unsigned long at; static struct mm_struct *mm; static DECLARE_COMPLETION(gone);
       process p {
         char *v = vmalloc(8 << 20);
         at = ((unsigned long)v + (4 << 20)) & ~((4UL << 20) - 1);
         *(int *)at = 7;
         mm = current->mm;
         set_pgd(pgd_offset(mm, at), __pgd(0));
         __flush_tlb_all();
         complete(&gone);
         schedule();
       }
       task main {
         wait_for_completion(&gone);
         expect(current->active_mm == mm && pgd_val(*pgd_offset(mm, at)) == 0);
         expect(*(int *)at == 7);
         expect(pgd_val(*pgd_offset(mm, at)) == pgd_val(*pgd_offset_k(at)));
       }`,
      {},
      { arch: 'i386' },
    );
  });
  it('the tracer shows the fault', () => {
    const { vm } = run(
      `process p { int *v = vmalloc(4096); *v = 1; set_pgd(pgd_offset(current->mm, (unsigned long)v), __pgd(0)); __flush_tlb_all(); *v = 2; }`,
      { arch: 'i386', trace: true },
    );
    const faults = vm.kernel.trace.records.filter((r) => r.name === 'page_fault_kernel');
    assert.equal(faults.length, 1);
    assert.match(formatTrace(faults[0] as TraceRecord), /page_fault_kernel: address=0x[0-9a-f]+ error_code=2$/);
  });
  it('with PAE and on x86_64 there is nothing to copy: processes share the tables below', () => {
    for (const arch of ['x86_64', 'i386_pae'] as const)
      check(
        `process p {
           char *v = vmalloc(8 << 20);
           unsigned long at = (unsigned long)v;
           expect(pgd_val(*pgd_offset(current->mm, at)) == pgd_val(*pgd_offset_k(at)));
           v[8 << 19] = 1;
         }`,
        {},
        { arch },
      );
  });
});

describe('random operations', () => {
  it('leave every process with init_mm’s entries, and with none when all have ended', () => {
    for (const arch of ARCHES)
      for (let seed = 1; seed <= 3; seed++) {
        const dice = new Dice(seed);
        const step = (): string =>
          [
            `v = vmalloc(${1 + dice.below(9)} << 20); if (v) { v[${dice.below(1 << 20)}] = 1; vfree(v); }`,
            `at = PAGE_OFFSET + (${4 + dice.below(20)} << 20); set_memory_ro(at, ${1 + dice.below(4)}); set_memory_rw(at, 4);`,
            'schedule();',
            'msleep(1);',
          ][dice.below(4)] as string;
        const block = (name: string, cpu: number): string =>
          `${name} on cpu ${cpu} { char *v; unsigned long at; ${Array.from({ length: 8 }, step).join(' ')} check(); }`;
        const { vm } = check(
          `static void check(void)
           {
             unsigned long at = PAGE_OFFSET;
             int i;
             for (i = pgd_index(at); i < ${{ x86_64: 512, i386: 1024, i386_pae: 4 }[arch]}; i++)
               if (pgd_val(current->active_mm->pgd[i]) != pgd_val(init_mm.pgd[i])) break;
             expect(i == ${{ x86_64: 512, i386: 1024, i386_pae: 4 }[arch]});
           }
           ${['process a', 'process b', 'process c', 'task t'].map((name, i) => block(name, i % 2)).join('\n')}`,
          {},
          { arch, cpus: 2, schedule: `random(${seed})`, machine: 'config KASAN = n;' },
        );
        const { core, lists } = vm.machine;
        const { symbols } = vm.kernel;
        // each CPU borrows one mm: a process's, or init_mm
        const borrowed = [0, 1].map((cpu) => core.field(core.idleOf(cpu), 'task_struct', 'active_mm'));
        const initMm = symbols.address('init_mm');
        const ofProcesses = new Set(borrowed.filter((mm) => mm !== initMm));
        if (arch !== 'i386_pae') assert.equal(lists.entries(symbols.address('pgd_list')).length, ofProcesses.size);
        for (const mm of new Set(borrowed)) {
          const count = borrowed.filter((other) => other === mm).length + (mm === initMm ? 1 : 0);
          assert.equal(core.field32(mm, 'mm_struct', 'mm_count'), count);
        }
      }
  });
});

describe('an mm that was overwritten', () => {
  it('ends in the kernel’s words', () => {
    for (const arch of ARCHES)
      for (const value of ['0', '8', '-8L', 'PAGE_OFFSET + 8', 'VMALLOC_START'])
        for (const field of ['mm->pgd', 'mm', 'active_mm']) {
          const { status, reports } = run(
            `process a { current->${field} = (void *)(${value}); schedule(); *(char *)vmalloc(100) = 1; }
             process b { schedule(); schedule(); expect(1); }`,
            { arch, machine: 'config KASAN = n; config LOCKDEP = n;' },
          );
          assert.notEqual(status, 'mistake', `${arch}: ${field} = ${value}: ${reports.join()}`);
        }
  });
});

describe('pgd_list that was overwritten', () => {
  const grow = 'vmalloc(8 << 20);';
  it('an entry that is not in a page is a page fault', () => {
    check(
      `process p { struct page *page = virt_to_page(current->mm->pgd); page->lru.next = (void *)0x10; ${grow} }`,
      {
        reports: [/^BUG: kernel NULL pointer dereference/],
      },
      { arch: 'i386' },
    );
  });
  it('a list without an end ends the run', () => {
    check(
      `process p { struct page *page = virt_to_page(current->mm->pgd); page->lru.next = &page->lru; ${grow} }`,
      {
        reports: ['the kernel follows pgd_list, which has no end'],
        status: 'limit',
      },
      { arch: 'i386' },
    );
  });
});

describe('the direct map in processes', () => {
  it('a large page that is split is split for every process', () => {
    check(
      `${ENTRIES} process p {
         unsigned long at = PAGE_OFFSET + (8 << 20);
         unsigned long before = own(at);
         set_memory_ro(at, 1);
         expect(init(at) != before && own(at) == init(at));
         set_memory_rw(at, 1);
         *(int *)at;
       }`,
      {},
      { arch: 'i386' },
    );
  });
  it('a process that empties its entry loses the direct map, and the machine with it', () => {
    for (const arch of ARCHES)
      for (const [block, entry] of [
        ['process p', 'pgd_offset(current->mm, PAGE_OFFSET)'],
        ['task main', 'pgd_offset_k(PAGE_OFFSET)'],
      ]) {
        const { status, reports } = run(
          `${block} { int *q = (int *)(PAGE_OFFSET + 0x50000); pgd_clear(${entry}); __flush_tlb_all(); *q = 1; }`,
          { arch },
        );
        // on i386 the entry is of 4 MiB, and the kernel can still report it
        assert.equal(status, arch === 'i386' ? 'ended' : 'panic');
        assert.match(reports.at(-1) as string, arch === 'i386' ? /^BUG: unable to handle page fault/ : /^Kernel panic/);
      }
  });
});
