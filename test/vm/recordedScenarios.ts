/** What each recorded report's module did, as a scenario; and those that cannot be compared yet, with the reason. */

const task = (body: string): string => `task insmod { ${body} }`;

export const SCENARIOS: Readonly<Record<string, string>> = {
  'amd64-bug': task('BUG();'),
  'amd64-call_null': task('void (*f)(void) = NULL; f();'),
  'amd64-cond_resched_atomic': task('preempt_disable(); cond_resched(); preempt_enable();'),
  'amd64-div0': task('int z = 0; int n = 5 / z; printk("lab: %d\\n", n);'),
  'amd64-double_kfree': task('void *p = kmalloc(64, GFP_KERNEL); kfree(p); kfree(p);'),
  'amd64-kfree_offset': task(
    'char *p = kmalloc(64, GFP_KERNEL); kfree(p + 8); char *q = kmalloc(64, GFP_KERNEL); printk("lab: %d\\n", q == p + 8);',
  ),
  'amd64-kfree_stack': task('long here[4]; kfree(here);'),
  'amd64-leak_tasklet':
    'static void leak(struct tasklet_struct *t) { preempt_disable(); }\nstatic DECLARE_TASKLET(t, leak);\ntask insmod { tasklet_schedule(&t); msleep(20); }',
  'amd64-leak_timer':
    'timer tm_leak { preempt_disable(); }\ntask insmod { mod_timer(&tm_leak, jiffies + 1); msleep(20); }',
  'amd64-leak_work': 'work wk_leak { preempt_disable(); }\ntask insmod { schedule_work(&wk_leak); msleep(20); }',
  'amd64-leak_work_spin':
    'static DEFINE_SPINLOCK(l);\nwork wk_spin { spin_lock(&l); }\ntask insmod { schedule_work(&wk_spin); msleep(20); }',
  'amd64-list_del_twice': task('struct list_head a; LIST_HEAD(h); list_add(&a, &h); list_del(&a); list_del(&a);'),
  'amd64-mutex_unlocked': 'static DEFINE_MUTEX(m);\ntask insmod { mutex_unlock(&m); }',
  'amd64-panic': task('panic("lab panic %d", 7);'),
  'amd64-percpu_big': task('printk("lab: percpu too big %d\\n", __alloc_percpu(32776, 8) != NULL);'),
  'amd64-poison_list': task(
    'struct list_head a; LIST_HEAD(h); list_add(&a, &h); list_del(&a); struct list_head *n = a.next->next;',
  ),
  'amd64-preempt_underflow': task('preempt_enable(); printk("lab: %x\\n", preempt_count()); preempt_disable();'),
  'amd64-ref_add_unless': task('refcount_t r = REFCOUNT_INIT(0); printk("lab: %d\\n", refcount_inc_not_zero(&r));'),
  'amd64-ref_dec1': task('refcount_t r = REFCOUNT_INIT(1); refcount_dec(&r);'),
  'amd64-ref_under': task('refcount_t r = REFCOUNT_INIT(0); refcount_dec_and_test(&r);'),
  'amd64-sched_bh': task('local_bh_disable(); msleep(1);'),
  'amd64-sched_irqoff': task('local_irq_disable(); msleep(1);'),
  'amd64-sched_rcu': task('rcu_read_lock(); msleep(1); rcu_read_unlock();'),
  'amd64-sched_spinlock': 'static DEFINE_SPINLOCK(l);\ntask insmod { spin_lock(&l); msleep(1); }',
  'amd64-ioremap_ram': task('ioremap(0x8000000, 4096);'),
  'amd64-vfree_kmalloc': task('void *p = kmalloc(4096, GFP_KERNEL); vfree(p);'),
  'amd64-vfree_unaligned': task('char *p = vmalloc(4096); vfree(p + 4);'),
  'amd64-vmalloc_oob': task('char *p = vmalloc(4096); p[4096] = 1;'),
  'amd64-kfree_vmalloc': task('void *p = vmalloc(4096); kfree(p);'),
  vmalloc_spinlock:
    'static DEFINE_SPINLOCK(slk);\ntask insmod { spin_lock(&slk); void *p = vmalloc(4096); spin_unlock(&slk); }',
  'amd64-warn': task('WARN(1, "lab warning %d\\n", 42); WARN_ON(1); WARN_ON(1); WARN_ON(1); WARN_ON(1);'),
  'i386-pae-kunmap_twice': task('struct page *p = alloc_page(GFP_HIGHUSER); kmap(p); kunmap(p); kunmap(p);'),
  exit_lock:
    'static int leaker(void *data) { preempt_disable(); return 0; }\ntask insmod { kthread_run(leaker, NULL, "leaker"); msleep(50); }',
  free_pages_bad: task('free_pages(0x1000, 0);'),
  mutex_recursion:
    'static DEFINE_MUTEX(mtx);\ntask insmod { mutex_lock_interruptible(&mtx); mutex_lock_interruptible(&mtx); }',
  mutex_unlocked: 'static DEFINE_MUTEX(mtx);\ntask insmod { mutex_unlock(&mtx); }',
  page_uaf: task('char *p = (char *)__get_free_page(GFP_KERNEL); free_page((unsigned long)p); p[100] = 1;'),
  page_spinlock:
    'static DEFINE_SPINLOCK(slk);\ntask insmod { spin_lock(&slk); struct page *p = alloc_pages(GFP_KERNEL, 0); spin_unlock(&slk); }',
  sd_slab_badfree: task('char *p = kmalloc(64, GFP_KERNEL); kfree(p + 8);'),
  sd_slab_dfree: task('char *p = kmalloc(64, GFP_KERNEL); kfree(p); kfree(p);'),
  sd_slab_oob: task('char *p = kmalloc(64, GFP_KERNEL); p[64] = 1; kfree(p);'),
  sd_slab_uaf: task('char *p = kmalloc(64, GFP_KERNEL); kfree(p); p[8] = 1;'),
  slab_leak: task(
    'struct kmem_cache *c = kmem_cache_create("lableak", 200, 0, 0, NULL); void *p = kmem_cache_alloc(c, GFP_KERNEL); kmem_cache_destroy(c);',
  ),
  stack_oob: task(
    'int z = 0; int *at = &z; { char a[16]; a[16] = 1; } { long a[3]; a[0] = *at; } { long a[3]; a[0] = 1; } long b[3]; b[0] = 2;',
  ),
  vmalloc_oob: task('char *p = vmalloc(4000); p[4000] = 1; p[4096] = 1;'),
  vmalloc_uaf: task('char *p = vmalloc(4096); vfree(p); p[0] = 1;'),
  slab_badfree: task('char *p = kmalloc(64, GFP_KERNEL); kfree(p + 8);'),
  slab_dfree: task('char *p = kmalloc(64, GFP_KERNEL); kfree(p); kfree(p);'),
  slab_oob: task('char *p = kmalloc(64, GFP_KERNEL); p[64] = 1; kfree(p);'),
  slab_uaf: task('char *p = kmalloc(64, GFP_KERNEL); kfree(p); p[8] = 1;'),
  slab_uaf_read: task('char *p = kmalloc(64, GFP_KERNEL); kfree(p); char c = p[8];'),
  rcu_unlock: task('rcu_read_unlock(); mdelay(10); rcu_read_lock();'),
  sched_preempt: task('preempt_disable(); msleep(1); preempt_enable();'),
  sched_rcu: task('rcu_read_lock(); msleep(1); rcu_read_unlock();'),
  spin_recursion: 'static DEFINE_SPINLOCK(slk);\ntask insmod { spin_lock(&slk); spin_lock(&slk); }',
  kmalloc_irqlock:
    'static DEFINE_SPINLOCK(slk);\ntask insmod { unsigned long flags; spin_lock_irqsave(&slk, flags); void *p = kmalloc(16, GFP_KERNEL); spin_unlock_irqrestore(&slk, flags); }',
  kmalloc_irqoff: task('local_irq_disable(); void *p = kmalloc(16, GFP_KERNEL); local_irq_enable();'),
  kmalloc_rcu: task('rcu_read_lock(); void *p = kmalloc(16, GFP_KERNEL); rcu_read_unlock();'),
  kmalloc_timer:
    'static struct timer_list tm;\nstatic void tm_kmalloc(struct timer_list *t) { void *p = kmalloc(16, GFP_KERNEL); }\ntask insmod { timer_setup(&tm, tm_kmalloc, 0); mod_timer(&tm, jiffies + 1); msleep(20); }',
  not_running: task(
    'set_current_state(TASK_INTERRUPTIBLE); void *p = kmalloc(16, GFP_KERNEL); __set_current_state(TASK_RUNNING);',
  ),
  'amd64-kmalloc_big': task('size_t n = KMALLOC_MAX_SIZE + 1; void *p = kmalloc(n, GFP_KERNEL);'),
  'i386-pae-kmalloc_big': task('size_t n = KMALLOC_MAX_SIZE + 1; void *p = kmalloc(n, GFP_KERNEL);'),
  // each new slab is a report: 50 of 8 objects
  'amd64-gfp_conflict': task('for (int i = 0; i < 400; i++) { void *p = kmalloc(512, GFP_KERNEL | __GFP_HIGHMEM); }'),
  // each new slab is a report: 50 of 8 objects
  'i386-pae-gfp_conflict': task(
    'for (int i = 0; i < 400; i++) { void *p = kmalloc(512, GFP_KERNEL | __GFP_HIGHMEM); }',
  ),
  leak_work: 'work wk_leak { preempt_disable(); }\ntask insmod { schedule_work(&wk_leak); msleep(20); }',
};

/** Those that cannot be compared yet: why. */
export const NOT_YET: Readonly<Record<string, string>> = {};
