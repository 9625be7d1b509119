import assert from 'node:assert/strict';
import { check, checkEverywhere, run } from './scenario';

describe('per-CPU memory', () => {
  const on2 = { cpus: 2 };
  it('each CPU has a copy of its own, zeroed', () => {
    checkEverywhere(
      `int __percpu *p = alloc_percpu(int); int cpu, sum = 0; expect(p != NULL);
       for_each_possible_cpu(cpu) { expect(*per_cpu_ptr(p, cpu) == 0); *per_cpu_ptr(p, cpu) = cpu + 1; }
       for_each_online_cpu(cpu) sum += *per_cpu_ptr(p, cpu);
       expect(sum == 3); expect(per_cpu_ptr(p, 0) != per_cpu_ptr(p, 1)); free_percpu(p); free_percpu(NULL);`,
      {},
      on2,
    );
  });
  it('copies lie a unit apart, as far as those of the kernel’s own variables', () => {
    checkEverywhere(
      `static DEFINE_PER_CPU(long, mine); task main {
         long __percpu *p = alloc_percpu(long);
         expect((char *)per_cpu_ptr(p, 1) - (char *)per_cpu_ptr(p, 0) == (char *)&per_cpu(mine, 1) - (char *)&per_cpu(mine, 0));
         free_percpu(p); }`,
      {},
      on2,
    );
  });
  it('a pointer on each CPU, by task', () => {
    check(
      `static int __percpu *hits; static DECLARE_COMPLETION(done);
       task other on cpu 1 { msleep(10); this_cpu_add(*hits, 5); this_cpu_inc(*hits); complete(&done); }
       task main on cpu 0 { hits = alloc_percpu(int); this_cpu_inc(*hits); wait_for_completion(&done);
         expect(this_cpu_read(*hits) == 1); expect(*per_cpu_ptr(hits, 1) == 6); free_percpu(hits); }`,
      {},
      on2,
    );
  });
  it('structures and arrays, with the alignment of their type', () => {
    checkEverywhere(
      `struct stat { u64 packets; u64 bytes; char name[13]; };
       task main { struct stat __percpu *s = alloc_percpu(struct stat); u8 __percpu *a = __alloc_percpu(3, 64);
         struct stat *mine = get_cpu_ptr(s); mine->packets = 7; mine->name[12] = 1; put_cpu_ptr(s);
         expect(per_cpu_ptr(s, raw_smp_processor_id())->packets == 7);
         expect(((unsigned long)per_cpu_ptr(a, 0) & 63) == 0); expect(preempt_count() == 0);
         free_percpu(a); free_percpu(s); }`,
    );
  });
  it('what is given back is given out again, zeroed', () => {
    checkEverywhere(
      `int __percpu *a = alloc_percpu(int); int __percpu *b;
       *raw_cpu_ptr(a) = 9; free_percpu(a); b = alloc_percpu(int);
       expect(a == b); expect(*raw_cpu_ptr(b) == 0); free_percpu(b);`,
    );
  });
  it('the operations on this CPU’s copy', () => {
    const ops = (prefix: string) =>
      `${prefix}cpu_write(n, 5); ${prefix}cpu_sub(n, 1); ${prefix}cpu_or(n, 3); ${prefix}cpu_and(n, 6); expect(${prefix}cpu_read(n) == 6);
       expect(${prefix}cpu_add_return(n, 4) == 10); expect(${prefix}cpu_sub_return(n, 1) == 9); expect(${prefix}cpu_inc_return(n) == 10);
       expect(${prefix}cpu_dec_return(n) == 9); ${prefix}cpu_inc(n); ${prefix}cpu_dec(n); ${prefix}cpu_add(n, 1);
       expect(${prefix}cpu_xchg(n, 2) == 10); expect(${prefix}cpu_cmpxchg(n, 2, 3) == 2); expect(${prefix}cpu_cmpxchg(n, 2, 4) == 3);
       expect(${prefix}cpu_read(n) == 3);`;
    for (const prefix of ['this_', '__this_', 'raw_'])
      checkEverywhere(
        `static DEFINE_PER_CPU(int, n); task main on cpu 1 { preempt_disable(); ${ops(prefix)} preempt_enable(); expect(per_cpu(n, 0) == 0); }`,
        {},
        on2,
      );
  });
  it('sizes and alignments that the allocator does not take are a warning, and NULL', () => {
    const reports = (...titles: string[]) => ({ reports: titles });
    const illegal = (size: number | string, align: number) =>
      `illegal size (${size}) or align (${align}) for percpu allocation`;
    const none = (call: string) => `expect(${call} == NULL);`;
    check(none('__alloc_percpu(32776, 8)'), reports(illegal(32776, 8)));
    check(none('__alloc_percpu(0, 8)'), reports(illegal(0, 8)));
    check(none('__alloc_percpu(16, 8192)'), reports(illegal(16, 8192)));
    check(none('__alloc_percpu(16, 24)'), reports(illegal(16, 24)));
    check(none('__alloc_percpu_gfp(65536, 8, GFP_KERNEL | __GFP_NOWARN)'));
    check('expect(__alloc_percpu(5, 1) != NULL);');
  });
  it('alloc_percpu may sleep; with a mask it does if that has all of GFP_KERNEL', () => {
    const at = 'BUG: sleeping function called from invalid context at kernel/locking/mutex.c';
    const locked = (call: string) =>
      `static DEFINE_SPINLOCK(l); task main { int __percpu *p; spin_lock(&l); p = ${call}; spin_unlock(&l); expect(p != NULL); free_percpu(p); }`;
    check(locked('alloc_percpu(int)'), { reports: [at] });
    check(locked('alloc_percpu_gfp(int, GFP_KERNEL)'), { reports: [at] });
    for (const mask of ['GFP_ATOMIC', 'GFP_NOWAIT', 'GFP_NOFS', 'GFP_NOIO', 'GFP_ATOMIC | __GFP_NOWARN'])
      check(locked(`alloc_percpu_gfp(int, ${mask})`));
    check('memalloc_nofs_save(); preempt_disable(); expect(alloc_percpu(int) != NULL); preempt_enable();');
  });
  it('free_percpu of what is not the start of an allocation: the kernel does not look, kmem says it', () => {
    check('int __percpu *p = alloc_percpu(int); free_percpu(p); free_percpu(p);', {
      reports: [/^free_percpu\(\) of 0x[0-9a-f]+, where no allocation begins$/],
    });
    check('u64 __percpu *p = alloc_percpu(u64); free_percpu((char __percpu *)p + 4);', {
      reports: [/^free_percpu\(\) of 0x[0-9a-f]+, where no allocation begins$/],
    });
  });
  it('chunks beyond the first lie at the top of the vmalloc area; the worker keeps pages ready, and frees chunks', () => {
    const text = `
      void __percpu *p[100], *q; int i; unsigned long empty = pcpu_nr_populated; bool beyond = false;
      for (i = 0; i < 100; i++) { p[i] = __alloc_percpu(1024, 8); memset(per_cpu_ptr(p[i], 1), i, 1024); beyond = beyond || is_vmalloc_addr(per_cpu_ptr(p[i], 0)); }
      expect(beyond); expect(pcpu_nr_populated > empty);
      for (i = 0; i < 100; i++) { expect(((u8 *)per_cpu_ptr(p[i], 1))[1023] == i); expect(((u8 *)per_cpu_ptr(p[i], 0))[1023] == 0); }
      msleep(20);
      expect(pcpu_nr_empty_pop_pages >= 4);
      q = __alloc_percpu_gfp(4096, 4096, GFP_ATOMIC); expect(q != NULL); expect(((unsigned long)per_cpu_ptr(q, 0) & 4095) == 0); free_percpu(q);
      for (i = 0; i < 100; i++) free_percpu(p[i]);
      msleep(20);
      expect(pcpu_nr_populated >= empty); expect(pcpu_first_chunk->free_bytes > 0);`;
    checkEverywhere(text, {}, { cpus: 2, maxSteps: 60000 });
  });
  it('an atomic request takes what has memory already, and fails where nothing has', () => {
    check(
      `int n = 0; int __percpu *p; preempt_disable();
       while ((p = __alloc_percpu_gfp(2048, 8, GFP_ATOMIC)) != NULL) n++;
       expect(n > 5); expect(pcpu_nr_empty_pop_pages == 0); preempt_enable(); msleep(20);
       expect(pcpu_nr_empty_pop_pages >= 4); expect(__alloc_percpu_gfp(2048, 8, GFP_ATOMIC) != NULL);`,
    );
  });
  it('a machine without memory: the request fails with the kernel’s words', () => {
    check(
      `while (alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN | __GFP_MEMALLOC, 0)) ;
       int n = 0; while (__alloc_percpu_gfp(16384, 8, GFP_KERNEL | __GFP_NOWARN)) n++;
       expect(__alloc_percpu_gfp(16384, 8, GFP_KERNEL | __GFP_NOWARN) == NULL); expect(n < 3);`,
      {},
      { maxSteps: 60000 },
    );
  });
  it('free_percpu of other memory goes astray as in the kernel', () => {
    check('char *k = kmalloc(8, GFP_KERNEL); free_percpu((void __percpu *)k);', {
      reports: [/^BUG: /],
    });
  });
  it('overwritten structures end in the kernel’s words, and end', () => {
    const damaged = (damage: string) => {
      const { vm, log } = run(
        `int i; void __percpu *p = NULL; struct pcpu_chunk *c = pcpu_first_chunk; ${damage}
         for (i = 0; i < 20; i++) p = __alloc_percpu_gfp(300, 8, i & 1 ? GFP_ATOMIC : GFP_KERNEL | __GFP_NOWARN);
         free_percpu(p); jiffies;`,
      );
      const mistakes = log.filter((e) => e.kind === 'mistake').map((e) => e.lines.join('\n'));
      assert.deepEqual(mistakes, [], damage);
      assert.ok(vm.done, damage);
    };
    damaged('memset(c, 0xff, sizeof(*c));');
    damaged('memset(&c->chunk_md, 0x7f, sizeof(c->chunk_md));');
    damaged('memset(c->md_blocks, 0xff, 7 * sizeof(struct pcpu_block_md));');
    damaged('memset(c->md_blocks, 0x11, 7 * sizeof(struct pcpu_block_md));');
    damaged('c->list.next = &c->list;');
    damaged('c->alloc_map = NULL;');
    damaged('c->bound_map = (unsigned long *)8;');
    damaged('c->nr_pages = 0x7fffffff;');
    damaged('c->nr_pages = -5;');
    damaged('memset(c->alloc_map, 0xff, 128); memset(c->bound_map, 0, 128);');
    damaged('pcpu_chunk_lists = NULL;');
  });
});
