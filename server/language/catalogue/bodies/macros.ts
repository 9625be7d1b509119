// biome-ignore-all format: a table, one row per entry
/**
 * Definitions of the kernel's macros, written in the scenario language. The checker parses a body once and puts the
 * arguments' trees in; names a body declares are renamed in every expansion. GNU C's `({ … })` and `typeof` are allowed here only.
 * `expr`: one expression · `stmt`: statements · `loop`: the head of a loop · `declaration`: declarations.
 */

import { containerDeclarations, containerExpressions, containerLoops } from './containerMacros';
import { driverDeclarations, driverExpressions } from './driverMacros';
import { guardMacros } from './guardBodies';
import { helperExpressions, helperLoops } from './helperMacros';
import { type MacroBody, PASTE } from './macroBody';
import { pagetableMacros } from './pagetableMacros';
import { subsystemExpressions, subsystemLoops } from './subsystemMacros';


/** One row per macro: its form as it is called, and its body. */
function read(form: MacroBody['form'], rows: Readonly<Record<string, string>>): [string, MacroBody][] {
  return Object.entries(rows).map(([head, body]) => {
    const open = head.indexOf('(');
    const params = head.slice(open + 1, -1).split(',').map((p) => p.trim()).filter((p) => p !== '');
    return [head.slice(0, open), { params, form, body: body.replace(/(?<=\w)##(?=\w)/g, PASTE) }];
  });
}

/** What asks for this CPU, as CONFIG_DEBUG_PREEMPT names it: `__kmem_checked_cpu_ptr()` takes the index. */
export const PREEMPTION_CHECKS: readonly string[] = [
  'smp_processor_id()',
  ...['read', 'write', 'add', 'and', 'or', 'add_return', 'xchg', 'cmpxchg'].map((op) => `__this_cpu_${op}()`),
];
/** A pointer to this CPU's copy, with the check of what asks. */
const checkedPointer = (ptr: string, what: string): string =>
  `((typeof(*(${ptr})) *)__kmem_checked_cpu_ptr((unsigned long)(${ptr}), ${PREEMPTION_CHECKS.indexOf(what)}))`;
/** The operations on this CPU's copy of a per-CPU variable, with a prefix: kmem executes each in one step, so they differ in their checks only. */
function perCpuOps(prefix: string): Record<string, string> {
  const at = (op: string): string =>
    prefix === '__this_' ? checkedPointer('&(pcp)', `__this_cpu_${op}()`) : 'raw_cpu_ptr(&(pcp))';
  return {
    [`${prefix}cpu_read(pcp)`]: `(*${at('read')})`,
    [`${prefix}cpu_write(pcp, val)`]: `((void)(*${at('write')} = (val)))`,
    [`${prefix}cpu_add(pcp, val)`]: `((void)(*${at('add')} += (val)))`,
    [`${prefix}cpu_sub(pcp, val)`]: `((void)(*${at('add')} -= (val)))`,
    [`${prefix}cpu_and(pcp, val)`]: `((void)(*${at('and')} &= (val)))`,
    [`${prefix}cpu_or(pcp, val)`]: `((void)(*${at('or')} |= (val)))`,
    [`${prefix}cpu_inc(pcp)`]: `((void)(*${at('add')} += 1))`,
    [`${prefix}cpu_dec(pcp)`]: `((void)(*${at('add')} -= 1))`,
    [`${prefix}cpu_add_return(pcp, val)`]: `(*${at('add_return')} += (val))`,
    [`${prefix}cpu_sub_return(pcp, val)`]: `(*${at('add_return')} -= (val))`,
    [`${prefix}cpu_inc_return(pcp)`]: `(*${at('add_return')} += 1)`,
    [`${prefix}cpu_dec_return(pcp)`]: `(*${at('add_return')} -= 1)`,
    [`${prefix}cpu_xchg(pcp, nval)`]: `xchg(${at('xchg')}, nval)`,
    [`${prefix}cpu_cmpxchg(pcp, oval, nval)`]: `cmpxchg(${at('cmpxchg')}, oval, nval)`,
  };
}

const LEVELS: Readonly<Record<string, number>> = { emerg: 0, alert: 1, crit: 2, err: 3, warn: 4, notice: 5, info: 6, debug: 7 };
function printing(): Record<string, string> {
  const rows: Record<string, string> = {
    'pr_warning(fmt, ...)': '__kmem_printk(4, fmt, __VA_ARGS__)',
    'pr_devel(fmt, ...)': '__kmem_printk(7, fmt, __VA_ARGS__)',
    'pr_cont(fmt, ...)': '__kmem_printk(-1, fmt, __VA_ARGS__)',
    'printk_once(fmt, ...)': '({ static bool once; if (!once) { once = true; printk(fmt, __VA_ARGS__); } })',
    'printk_ratelimited(fmt, ...)': 'printk(fmt, __VA_ARGS__)',
  };
  for (const [name, level] of Object.entries(LEVELS)) rows[`pr_${name}(fmt, ...)`] = `__kmem_printk(${level}, fmt, __VA_ARGS__)`;
  for (const name of ['info', 'warn', 'err']) {
    rows[`pr_${name}_once(fmt, ...)`] = `({ static bool once; if (!once) { once = true; __kmem_printk(${LEVELS[name]}, fmt, __VA_ARGS__); } })`;
    rows[`pr_${name}_ratelimited(fmt, ...)`] = `__kmem_printk(${LEVELS[name]}, fmt, __VA_ARGS__)`;
  }
  for (const [name, level] of [['err', 3], ['warn', 4], ['notice', 5], ['info', 6], ['dbg', 7]] as const)
    rows[`dev_${name}(dev, fmt, ...)`] = `({ (void)(dev); __kmem_printk(${level}, fmt, __VA_ARGS__); })`;
  return rows;
}

const PAGE_FLAG = (name: string, bit: string, ops: string): Record<string, string> => ({
  [`Page${name}(page)`]: `test_bit(${bit}, &(page)->flags)`,
  ...(ops.includes('s') ? { [`SetPage${name}(page)`]: `set_bit(${bit}, &(page)->flags)` } : {}),
  ...(ops.includes('c') ? { [`ClearPage${name}(page)`]: `clear_bit(${bit}, &(page)->flags)` } : {}),
});

const FOLIO_FLAG = (name: string): Record<string, string> => ({
  [`folio_test_${name}(folio)`]: `test_bit(PG_${name}, &(folio)->flags)`,
});

/** Barriers: kmem executes in order, so they do nothing. */
const nothing = Object.fromEntries(
  ['smp_mb', 'smp_rmb', 'smp_wmb', 'mb', 'rmb', 'wmb', 'smp_mb__before_atomic', 'smp_mb__after_atomic', 'barrier', 'cpu_relax'].map((name) => [`${name}()`, '((void)0)']),
);
const same = Object.fromEntries(
  ['cpu_to_le16', 'cpu_to_le32', 'cpu_to_le64', 'le16_to_cpu', 'le32_to_cpu', 'le64_to_cpu', 'likely', 'unlikely'].map((name) => [`${name}(x)`, '(x)']),
);

const seqlocks: Record<string, string> = {
  'write_seqlock(sl)': '({ seqlock_t *l = (sl); spin_lock(&l->lock); l->seqcount.sequence++; })',
  'write_sequnlock(sl)': '({ seqlock_t *l = (sl); l->seqcount.sequence++; spin_unlock(&l->lock); })',
  'write_seqlock_irq(sl)': '({ seqlock_t *l = (sl); spin_lock_irq(&l->lock); l->seqcount.sequence++; })',
  'write_sequnlock_irq(sl)': '({ seqlock_t *l = (sl); l->seqcount.sequence++; spin_unlock_irq(&l->lock); })',
  'write_seqlock_bh(sl)': '({ seqlock_t *l = (sl); spin_lock_bh(&l->lock); l->seqcount.sequence++; })',
  'write_sequnlock_bh(sl)': '({ seqlock_t *l = (sl); l->seqcount.sequence++; spin_unlock_bh(&l->lock); })',
  'write_seqlock_irqsave(sl, flags)': '({ seqlock_t *l = (sl); spin_lock_irqsave(&l->lock, flags); l->seqcount.sequence++; })',
  'write_sequnlock_irqrestore(sl, flags)': '({ seqlock_t *l = (sl); l->seqcount.sequence++; spin_unlock_irqrestore(&l->lock, flags); })',
  'read_seqbegin(sl)': '((sl)->seqcount.sequence & ~1U)',
  'read_seqretry(sl, start)': '((unsigned int)((sl)->seqcount.sequence != (start)))',
  'seqlock_init(sl)': '({ seqlock_t *l = (sl); l->seqcount.sequence = 0; spin_lock_init(&l->lock); })',
  'seqcount_init(s)': '((void)((s)->sequence = 0))',
  'read_seqcount_begin(s)': '((s)->sequence & ~1U)',
  'read_seqcount_retry(s, start)': '((int)((s)->sequence != (start)))',
  'write_seqcount_begin(s)': '((void)((s)->sequence++))',
  'write_seqcount_end(s)': '((void)((s)->sequence++))',
};

const WAIT = (state: string, interrupted: string): string =>
  `({ long ret = 0; might_sleep(); if (!(condition)) { struct wait_queue_entry entry; init_wait_entry(&entry, 0); ` +
  `for (;;) { long signal = prepare_to_wait_event(&(wq_head), &entry, ${state}); if (condition) break; ${interrupted} schedule(); } ` +
  `finish_wait(&(wq_head), &entry); } ret; })`;
const WAIT_TIMEOUT = (state: string, interrupted: string): string =>
  `({ long left = (timeout); might_sleep(); if (!(condition)) { struct wait_queue_entry entry; bool done = false; init_wait_entry(&entry, 0); ` +
  `for (;;) { long signal = prepare_to_wait_event(&(wq_head), &entry, ${state}); if (condition) { done = true; break; } if (left == 0) break; ${interrupted} left = schedule_timeout(left); } ` +
  `finish_wait(&(wq_head), &entry); if (done && left == 0) left = 1; } else if (left == 0) left = 1; left; })`;
const ON_SIGNAL = (result: string): string => `if (signal) { ${result} = signal; break; }`;
const IGNORE_SIGNAL = '(void)signal;';

const expressions: Record<string, string> = {
  // pages
  'alloc_page(gfp)': 'alloc_pages(gfp, 0)',
  '__get_free_page(gfp_mask)': '__get_free_pages(gfp_mask, 0)',
  '__get_dma_pages(gfp_mask, order)': '__get_free_pages((gfp_mask) | GFP_DMA, order)',
  '__free_page(page)': '__free_pages(page, 0)',
  'free_page(addr)': 'free_pages(addr, 0)',
  'init_page_count(page)': 'set_page_count(page, 1)',
  'virt_to_page(kaddr)': 'pfn_to_page(virt_to_pfn(kaddr))',
  'virt_to_head_page(kaddr)': 'compound_head(virt_to_page(kaddr))',
  'virt_to_pfn(kaddr)': '((unsigned long)(virt_to_phys((const void *)(unsigned long)(kaddr)) >> PAGE_SHIFT))',
  'pfn_to_virt(pfn)': 'phys_to_virt((phys_addr_t)(pfn) << PAGE_SHIFT)',
  'page_to_phys(page)': '((phys_addr_t)page_to_pfn(page) << PAGE_SHIFT)',
  'page_to_virt(page)': 'phys_to_virt(page_to_phys(page))',
  'PFN_PHYS(pfn)': '((phys_addr_t)(pfn) << PAGE_SHIFT)',
  'PHYS_PFN(phys)': '((unsigned long)((phys) >> PAGE_SHIFT))',
  'PFN_UP(x)': '(((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)',
  'PFN_DOWN(x)': '((x) >> PAGE_SHIFT)',
  'virt_addr_valid(kaddr)': '__kmem_virt_addr_valid((unsigned long)(kaddr))',
  '__pa(address)': 'virt_to_phys((const void *)(unsigned long)(address))',
  '__va(physical)': 'phys_to_virt((phys_addr_t)(physical))',
  'compound_head(page)': '((struct page *)__kmem_compound_head(page))',
  'compound_nr(page)': '(1UL << compound_order(page))',
  'page_size(page)': '(PAGE_SIZE << compound_order(page))',
  'page_shift(page)': '(PAGE_SHIFT + compound_order(page))',
  'thp_nr_pages(page)': '((int)(1UL << compound_order(page)))',
  'managed_zone(zone)': '(zone_managed_pages(zone) != 0)',
  'populated_zone(zone)': '((zone)->present_pages != 0)',
  'zone_idx(zone)': '((enum zone_type)((zone) - (zone)->zone_pgdat->node_zones))',
  'zone_to_nid(zone)': '((zone)->zone_pgdat->node_id)',
  'zone_end_pfn(zone)': '((zone)->zone_start_pfn + (zone)->spanned_pages)',
  'wmark_pages(zone, i)': '((zone)->_watermark[i] + (zone)->watermark_boost)',
  'min_wmark_pages(zone)': '((zone)->_watermark[WMARK_MIN] + (zone)->watermark_boost)',
  'low_wmark_pages(zone)': '((zone)->_watermark[WMARK_LOW] + (zone)->watermark_boost)',
  'high_wmark_pages(zone)': '((zone)->_watermark[WMARK_HIGH] + (zone)->watermark_boost)',
  // memory pools
  'mempool_create_slab_pool(min_nr, kc)': 'mempool_create(min_nr, mempool_alloc_slab, mempool_free_slab, (void *)(kc))',
  'mempool_create_kmalloc_pool(min_nr, size)': 'mempool_create(min_nr, mempool_kmalloc, mempool_kfree, (void *)(size_t)(size))',
  'mempool_create_page_pool(min_nr, order)': 'mempool_create(min_nr, mempool_alloc_pages, mempool_free_pages, (void *)(long)(order))',
  'mempool_init_slab_pool(pool, min_nr, kc)': 'mempool_init(pool, min_nr, mempool_alloc_slab, mempool_free_slab, (void *)(kc))',
  'mempool_init_kmalloc_pool(pool, min_nr, size)': 'mempool_init(pool, min_nr, mempool_kmalloc, mempool_kfree, (void *)(size_t)(size))',
  'mempool_init_page_pool(pool, min_nr, order)': 'mempool_init(pool, min_nr, mempool_alloc_pages, mempool_free_pages, (void *)(long)(order))',
  'mempool_initialized(pool)': '((pool)->elements != NULL)',
  'KMEM_CACHE(struct_name, flags)': 'kmem_cache_create("#struct_name", sizeof(struct struct_name), __alignof__(struct struct_name), flags, NULL)',
  'gfpflags_allow_blocking(gfp_flags)': '(((gfp_flags) & __GFP_DIRECT_RECLAIM) != 0)',
  'nr_free_pages()': 'global_zone_page_state(NR_FREE_PAGES)',
  'page_private(page)': '((page)->private)',
  'set_page_private(page, value)': '((void)((page)->private = (value)))',
  ...PAGE_FLAG('Slab', 'PG_slab', ''),
  ...PAGE_FLAG('Reserved', 'PG_reserved', 'sc'),
  ...PAGE_FLAG('Head', 'PG_head', ''),
  ...PAGE_FLAG('Locked', 'PG_locked', ''),
  ...PAGE_FLAG('Dirty', 'PG_dirty', 'sc'),
  ...PAGE_FLAG('Uptodate', 'PG_uptodate', 'sc'),
  ...PAGE_FLAG('LRU', 'PG_lru', ''),
  ...PAGE_FLAG('Active', 'PG_active', ''),
  ...PAGE_FLAG('Private', 'PG_private', 'sc'),

  'page_is_pfmemalloc(page)': '(((unsigned long)(page)->lru.next & 2) != 0)',
  // folios
  'folio_get(folio)': 'get_page(&(folio)->page)',
  'folio_put(folio)': 'put_page(&(folio)->page)',
  'folio_ref_count(folio)': 'page_ref_count(&(folio)->page)',
  'page_folio(page)': '((struct folio *)__kmem_compound_head(page))',
  'folio_page(folio, n)': '(&(folio)->page + (n))',
  'folio_order(folio)': 'compound_order(&(folio)->page)',
  'folio_shift(folio)': '(PAGE_SHIFT + compound_order(&(folio)->page))',
  'folio_size(folio)': '((size_t)(PAGE_SIZE << compound_order(&(folio)->page)))',
  'folio_nr_pages(folio)': '((long)(1UL << compound_order(&(folio)->page)))',
  'folio_pfn(folio)': 'page_to_pfn(&(folio)->page)',
  'folio_address(folio)': 'page_address(&(folio)->page)',
  'folio_zone(folio)': 'page_zone(&(folio)->page)',
  'folio_nid(folio)': 'page_to_nid(&(folio)->page)',
  'virt_to_folio(x)': 'page_folio(virt_to_page(x))',
  'folio_test_large(folio)': 'test_bit(PG_head, &(folio)->flags)',
  ...Object.assign({}, ...['locked', 'uptodate', 'dirty', 'lru', 'active'].map(FOLIO_FLAG)),
  'lock_page(page)': 'folio_lock(page_folio(page))',
  'trylock_page(page)': 'folio_trylock(page_folio(page))',
  'unlock_page(page)': 'folio_unlock(page_folio(page))',
  'wait_on_page_locked(page)': 'folio_wait_locked(page_folio(page))',
  ...pagetableMacros,
  ...helperExpressions,
  ...containerExpressions,
  ...driverExpressions,
  ...subsystemExpressions,
  ...seqlocks,

  // mappings
  'kmap_atomic_prot(page, prot)': '__kmem_kmap_atomic_prot(page, (prot).pgprot)',
  'vmap(pages, count, flags, prot)': '__kmem_vmap(pages, count, flags, (prot).pgprot)',

  // locks and contexts
  'spin_lock_irqsave(lock, flags)': '((flags) = __kmem_spin_lock_irqsave(lock))',
  'raw_spin_lock_irqsave(lock, flags)': '((flags) = __kmem_raw_spin_lock_irqsave(lock))',
  'read_lock_irqsave(lock, flags)': '((flags) = __kmem_read_lock_irqsave(lock))',
  'write_lock_irqsave(lock, flags)': '((flags) = __kmem_write_lock_irqsave(lock))',
  'spin_trylock_irq(lock)': '({ int taken; local_irq_disable(); taken = spin_trylock(lock); if (!taken) local_irq_enable(); taken; })',
  'spin_trylock_irqsave(lock, flags)': '({ int taken; (flags) = __kmem_local_irq_save(); taken = spin_trylock(lock); if (!taken) local_irq_restore(flags); taken; })',
  'spin_trylock_bh(lock)': '({ int taken; local_bh_disable(); taken = spin_trylock(lock); if (!taken) local_bh_enable(); taken; })',
  'mutex_destroy(lock)': '((void)(lock))',
  'local_irq_save(flags)': '((flags) = __kmem_local_irq_save())',
  'local_save_flags(flags)': '((flags) = __kmem_local_save_flags())',
  'irqs_disabled_flags(flags)': '(((flags) & 0x200) == 0)',
  'in_irq()': 'in_hardirq()',
  'put_cpu_var(var)': '({ (void)&(var); preempt_enable(); })',
  'put_cpu_ptr(var)': '({ (void)(var); preempt_enable(); })',
  'get_cpu_var(var)': '(*({ preempt_disable(); this_cpu_ptr(&(var)); }))',
  'get_cpu_ptr(var)': '({ preempt_disable(); this_cpu_ptr(var); })',
  'this_cpu_ptr(ptr)': checkedPointer('ptr', 'smp_processor_id()'),
  'raw_cpu_ptr(ptr)': '((typeof(*(ptr)) *)__kmem_this_cpu_ptr((unsigned long)(ptr)))',
  'per_cpu_ptr(ptr, cpu)': '((typeof(*(ptr)) *)__kmem_per_cpu_ptr((unsigned long)(ptr), cpu))',
  'per_cpu(var, cpu)': '(*per_cpu_ptr(&(var), cpu))',
  ...perCpuOps('this_'),
  ...perCpuOps('__this_'),
  ...perCpuOps('raw_'),
  'alloc_percpu(type)': '((typeof(type) __percpu *)__alloc_percpu(sizeof(type), __alignof__(type)))',
  'alloc_percpu_gfp(type, gfp)': '((typeof(type) __percpu *)__alloc_percpu_gfp(sizeof(type), __alignof__(type), gfp))',
  'num_online_cpus()': '(nr_cpu_ids)',
  'num_possible_cpus()': '(nr_cpu_ids)',
  'cpu_online(cpu)': '((cpu) < nr_cpu_ids)',
  'numa_node_id()': 'cpu_to_node(raw_smp_processor_id())',
  'num_online_nodes()': '((int)nr_node_ids)',
  'kfree_rcu(ptr, rhf)': '({ typeof(ptr) freed = (ptr); BUILD_BUG_ON(offsetof(typeof(*freed), rhf) >= 4096); if (freed) __kmem_kvfree_rcu(&freed->rhf, offsetof(typeof(*freed), rhf)); })',
  'kvfree_rcu(ptr, rhf)': 'kfree_rcu(ptr, rhf)',
  'rcu_dereference(p)': '((typeof(*(p)) *)READ_ONCE(p))',
  'rcu_dereference_bh(p)': '((typeof(*(p)) *)READ_ONCE(p))',
  'rcu_dereference_sched(p)': '((typeof(*(p)) *)READ_ONCE(p))',
  'rcu_dereference_raw(p)': '((typeof(*(p)) *)READ_ONCE(p))',
  'rcu_dereference_protected(p, c)': '((typeof(*(p)) *)(p))',
  'rcu_dereference_check(p, c)': '((typeof(*(p)) *)READ_ONCE(p))',
  'rcu_access_pointer(p)': '((typeof(*(p)) *)READ_ONCE(p))',
  'rcu_assign_pointer(p, v)': '((void)((p) = (typeof(p))(v)))',
  'RCU_INIT_POINTER(p, v)': '((void)((p) = (typeof(p))(v)))',
  'rcu_replace_pointer(p, v, c)': '({ typeof(*(p)) *before = (typeof(*(p)) *)(p); (p) = (typeof(p))(v); before; })',
  'synchronize_rcu_expedited()': 'synchronize_rcu()',
  'synchronize_net()': 'synchronize_rcu()',

  // tasks and time
  'schedule_timeout_interruptible(timeout)': '({ set_current_state(TASK_INTERRUPTIBLE); schedule_timeout(timeout); })',
  'schedule_timeout_uninterruptible(timeout)': '({ set_current_state(TASK_UNINTERRUPTIBLE); schedule_timeout(timeout); })',
  'schedule_timeout_killable(timeout)': '({ set_current_state(TASK_KILLABLE); schedule_timeout(timeout); })',
  'ssleep(seconds)': 'msleep((seconds) * 1000)',
  'mdelay(msecs)': 'udelay((msecs) * 1000)',
  'set_current_state(state_value)': '(__kmem_set_current_state(state_value))',
  '__set_current_state(state_value)': '(__kmem_set_current_state(state_value))',
  'get_current_state()': '(current->__state)',
  'fatal_signal_pending(p)': 'signal_pending(p)',
  'task_pid_nr(tsk)': '((tsk)->pid)',
  'time_after(a, b)': '((long)((unsigned long)(b) - (unsigned long)(a)) < 0)',
  'time_before(a, b)': '((long)((unsigned long)(a) - (unsigned long)(b)) < 0)',
  'time_after_eq(a, b)': '((long)((unsigned long)(a) - (unsigned long)(b)) >= 0)',
  'time_before_eq(a, b)': '((long)((unsigned long)(b) - (unsigned long)(a)) >= 0)',
  'time_is_before_jiffies(a)': '((long)((unsigned long)(a) - jiffies) < 0)',
  'from_timer(var, callback_timer, timer_fieldname)': 'container_of(callback_timer, typeof(*(var)), timer_fieldname)',
  'timer_container_of(var, callback_timer, timer_fieldname)': 'container_of(callback_timer, typeof(*(var)), timer_fieldname)',
  'from_tasklet(var, callback_tasklet, tasklet_fieldname)': 'container_of(callback_tasklet, typeof(*(var)), tasklet_fieldname)',
  'to_delayed_work(work_item)': 'container_of(work_item, struct delayed_work, work)',
  'to_rcu_work(work)': 'container_of(work, struct rcu_work, work)',
  'hrtimer_setup(timer, fn, clock_id, mode)': '({ struct hrtimer *t = (timer); hrtimer_init(t, clock_id, mode); t->function = (fn); })',
  'hrtimer_forward_now(timer, interval)': 'hrtimer_forward((timer), ktime_get(), (interval))',
  'ktime_set(secs, nsecs)': '((ktime_t)((s64)(secs) * 1000000000LL + (s64)(nsecs)))',
  'ns_to_ktime(ns)': '((ktime_t)(ns))',
  'us_to_ktime(us)': '((ktime_t)((s64)(us) * 1000))',
  'ms_to_ktime(ms)': '((ktime_t)((s64)(ms) * 1000000))',
  'ktime_to_ns(kt)': '((s64)(kt))',
  'timer_delete(timer)': 'del_timer(timer)',
  'timer_delete_sync(timer)': 'del_timer_sync(timer)',
  'timer_pending(timer)': '((timer)->entry.pprev != NULL)',
  'work_pending(item)': 'test_bit(WORK_STRUCT_PENDING_BIT, (unsigned long *)&(item)->data)',
  'delayed_work_pending(item)': 'test_bit(WORK_STRUCT_PENDING_BIT, (unsigned long *)&(item)->work.data)',

  // waiting
  'wait_event(wq_head, condition)': `((void)${WAIT('TASK_UNINTERRUPTIBLE', IGNORE_SIGNAL)})`,
  'wait_event_interruptible(wq_head, condition)': `((int)${WAIT('TASK_INTERRUPTIBLE', ON_SIGNAL('ret'))})`,
  'wait_event_killable(wq_head, condition)': `((int)${WAIT('TASK_KILLABLE', ON_SIGNAL('ret'))})`,
  'wait_event_timeout(wq_head, condition, timeout)': WAIT_TIMEOUT('TASK_UNINTERRUPTIBLE', IGNORE_SIGNAL),
  'wait_event_interruptible_timeout(wq_head, condition, timeout)': WAIT_TIMEOUT('TASK_INTERRUPTIBLE', ON_SIGNAL('left')),
  'wait_event_idle(wq_head, condition)': `((void)${WAIT('TASK_IDLE', IGNORE_SIGNAL)})`,
  'wait_event_interruptible_exclusive(wq_head, condition)': `((int)${WAIT('TASK_INTERRUPTIBLE', ON_SIGNAL('ret')).replace('(&entry, 0)', '(&entry, WQ_FLAG_EXCLUSIVE)')})`,
  'wait_event_idle_timeout(wq_head, condition, timeout)': WAIT_TIMEOUT('TASK_IDLE', IGNORE_SIGNAL),
  'wait_event_killable_timeout(wq_head, condition, timeout)': WAIT_TIMEOUT('TASK_KILLABLE', ON_SIGNAL('left')),
  'wake_up_interruptible_nr(x, nr)': '__wake_up(x, TASK_INTERRUPTIBLE, nr, NULL)',
  'wake_up_interruptible_sync(x)': '__wake_up(x, TASK_INTERRUPTIBLE, 1, NULL)',
  'wake_up_poll(x, m)': '__wake_up(x, TASK_NORMAL, 1, (void *)(unsigned long)(m))',
  'wake_up_interruptible_poll(x, m)': '__wake_up(x, TASK_INTERRUPTIBLE, 1, (void *)(unsigned long)(m))',
  'wq_has_sleeper(wq_head)': '((bool)waitqueue_active(wq_head))',
  'schedule_timeout_idle(timeout)': '({ set_current_state(TASK_IDLE); schedule_timeout(timeout); })',
  'init_wait(wait)': 'init_wait_entry(wait, 0)',
  'wake_up(x)': '__wake_up(x, TASK_NORMAL, 1, NULL)',
  'wake_up_nr(x, nr)': '__wake_up(x, TASK_NORMAL, nr, NULL)',
  'wake_up_all(x)': '__wake_up(x, TASK_NORMAL, 0, NULL)',
  'wake_up_interruptible(x)': '__wake_up(x, TASK_INTERRUPTIBLE, 1, NULL)',
  'wake_up_interruptible_all(x)': '__wake_up(x, TASK_INTERRUPTIBLE, 0, NULL)',

  // lists
  'list_entry(ptr, type, member)': 'container_of(ptr, type, member)',
  'list_first_entry(ptr, type, member)': 'list_entry((ptr)->next, type, member)',
  'list_last_entry(ptr, type, member)': 'list_entry((ptr)->prev, type, member)',
  'list_first_entry_or_null(ptr, type, member)': '({ struct list_head *head = (ptr); struct list_head *first = head->next; first != head ? list_entry(first, type, member) : NULL; })',
  'list_next_entry(pos, member)': 'list_entry((pos)->member.next, typeof(*(pos)), member)',
  'list_prev_entry(pos, member)': 'list_entry((pos)->member.prev, typeof(*(pos)), member)',
  'list_entry_is_head(pos, head, member)': '(&(pos)->member == (head))',
  'INIT_HLIST_HEAD(ptr)': '((void)((ptr)->first = NULL))',
  'hlist_entry(ptr, type, member)': 'container_of(ptr, type, member)',
  'hlist_entry_safe(ptr, type, member)': '({ struct hlist_node *node = (ptr); node ? hlist_entry(node, type, member) : NULL; })',

  // atomics
  'ATOMIC_INIT(i)': '(atomic_t){ (i) }',
  'ATOMIC_LONG_INIT(i)': '(atomic_long_t){ (i) }',
  'ATOMIC64_INIT(i)': '(atomic64_t){ (i) }',
  'REFCOUNT_INIT(n)': '(refcount_t){ .refs = { (n) } }',
  'LIST_HEAD_INIT(name)': '(struct list_head){ &(name), &(name) }',
  'atomic_read_acquire(v)': 'atomic_read(v)',
  'atomic_set_release(v, i)': 'atomic_set(v, i)',
  'cmpxchg(ptr, old, new)': '({ typeof(ptr) where = (ptr); typeof(*(ptr)) before = *where; if (before == (old)) *where = (new); before; })',
  'try_cmpxchg(ptr, oldp, new)': '({ typeof(ptr) where = (ptr); typeof(oldp) expected = (oldp); bool done = *where == *expected; if (done) *where = (new); else *expected = *where; done; })',
  'xchg(ptr, new)': '({ typeof(ptr) where = (ptr); typeof(*(ptr)) before = *where; *where = (new); before; })',
  'kref_init(kref)': 'refcount_set(&(kref)->refcount, 1)',
  'kref_get(kref)': 'refcount_inc(&(kref)->refcount)',
  'kref_get_unless_zero(kref)': '((int)refcount_inc_not_zero(&(kref)->refcount))',
  'kref_put(kref, release)': '({ int last = refcount_dec_and_test(&(kref)->refcount); if (last) (release)(kref); last; })',
  'kref_read(kref)': 'refcount_read(&(kref)->refcount)',
  '__set_bit(nr, addr)': 'set_bit(nr, addr)',
  '__clear_bit(nr, addr)': 'clear_bit(nr, addr)',
  'smp_store_release(p, v)': '((void)(*(p) = (v)))',
  'smp_load_acquire(p)': '(*(p))',
  'READ_ONCE(x)': '(*(const volatile typeof(x) *)&(x))',
  'WRITE_ONCE(x, val)': '(*(volatile typeof(x) *)&(x) = (val))',
  ...nothing,
  ...same,

  // the log, warnings
  ...printing(),
  'WARN_ON(condition)': '({ int bad = !!(condition); if (bad) __kmem_warn(NULL); bad; })',
  'WARN_ON_ONCE(condition)': '({ static bool warned; int bad = !!(condition); if (bad && !warned) { warned = true; __kmem_warn(NULL); } bad; })',
  'WARN(condition, fmt, ...)': '({ int bad = !!(condition); if (bad) __kmem_warn(fmt, __VA_ARGS__); bad; })',
  'WARN_ONCE(condition, fmt, ...)': '({ static bool warned; int bad = !!(condition); if (bad && !warned) { warned = true; __kmem_warn(fmt, __VA_ARGS__); } bad; })',
  'BUG_ON(condition)': '({ if (condition) BUG(); })',
  'VM_BUG_ON(condition)': '({ if (condition) BUG(); })',
  'VM_BUG_ON_PAGE(condition, page)': '({ if (condition) { dump_page(page, "VM_BUG_ON_PAGE"); BUG(); } })',
  'VM_WARN_ON(condition)': '({ if (condition) __kmem_warn(NULL); })',
  'VM_WARN_ON_ONCE(condition)': '({ static bool warned; if (!warned && (condition)) { warned = true; __kmem_warn(NULL); } })',
  'assert_spin_locked(lock)': '({ if (!spin_is_locked(lock)) BUG(); })',
  'might_sleep_if(condition)': '({ if (condition) might_sleep(); })',
  'memzero_explicit(s, count)': '((void)memset(s, 0, count))',

  // helpers
  'ERR_PTR(error)': '((void *)(long)(error))',
  'PTR_ERR(ptr)': '((long)(ptr))',
  'IS_ERR_VALUE(x)': '((unsigned long)(void *)(x) >= (unsigned long)-MAX_ERRNO)',
  'IS_ERR(ptr)': '((bool)((unsigned long)(ptr) >= (unsigned long)-MAX_ERRNO))',
  'IS_ERR_OR_NULL(ptr)': '({ const void *value = (ptr); (bool)(!value || (unsigned long)value >= (unsigned long)-MAX_ERRNO); })',
  'PTR_ERR_OR_ZERO(ptr)': '({ const void *value = (ptr); (unsigned long)value >= (unsigned long)-MAX_ERRNO ? (int)(long)value : 0; })',
  'ERR_CAST(ptr)': '((void *)(ptr))',
  'min(x, y)': '({ typeof(x) a = (x); typeof(y) b = (y); a < b ? a : b; })',
  'max(x, y)': '({ typeof(x) a = (x); typeof(y) b = (y); a > b ? a : b; })',
  'min_t(type, x, y)': '({ type a = (x); type b = (y); a < b ? a : b; })',
  'max_t(type, x, y)': '({ type a = (x); type b = (y); a > b ? a : b; })',
  'min3(x, y, z)': 'min((typeof(x))min(x, y), z)',
  'max3(x, y, z)': 'max((typeof(x))max(x, y), z)',
  'min_not_zero(x, y)': '({ typeof(x) a = (x); typeof(y) b = (y); a == 0 ? b : b == 0 ? a : a < b ? a : b; })',
  'clamp(val, lo, hi)': '({ typeof(val) v = (val); typeof(lo) l = (lo); typeof(hi) h = (hi); v < l ? l : v > h ? h : v; })',
  'clamp_t(type, val, lo, hi)': '({ type v = (val); type l = (lo); type h = (hi); v < l ? l : v > h ? h : v; })',
  'clamp_val(val, lo, hi)': '({ typeof(val) v = (val); typeof(val) l = (lo); typeof(val) h = (hi); v < l ? l : v > h ? h : v; })',
  'swap(a, b)': '({ typeof(a) before = (a); (a) = (b); (b) = before; })',
  'abs(x)': '({ typeof(x) v = (x); v < 0 ? -v : v; })',
  'ARRAY_SIZE(arr)': '(sizeof(arr) / sizeof((arr)[0]))',
  'container_of(ptr, type, member)': '((type *)((char *)(ptr) - offsetof(type, member)))',
  'offsetofend(type, member)': '(offsetof(type, member) + sizeof(((type *)0)->member))',
  'sizeof_field(type, member)': 'sizeof(((type *)0)->member)',
  'struct_size(p, member, count)': 'size_add(sizeof(*(p)), size_mul(sizeof(*(p)->member), count))',
  'flex_array_size(p, member, count)': 'size_mul(sizeof(*(p)->member), count)',
  'array_size(a, b)': 'size_mul(a, b)',
  'array3_size(a, b, c)': 'size_mul(size_mul(a, b), c)',
  'size_mul(factor1, factor2)': '({ size_t f = (factor1); size_t g = (factor2); g != 0 && f > SIZE_MAX / g ? SIZE_MAX : f * g; })',
  'size_add(addend1, addend2)': '({ size_t f = (addend1); size_t g = (addend2); f > SIZE_MAX - g ? SIZE_MAX : f + g; })',
  'ALIGN(x, a)': '(((x) + ((typeof(x))(a) - 1)) & ~((typeof(x))(a) - 1))',
  'ALIGN_DOWN(x, a)': '((x) & ~((typeof(x))(a) - 1))',
  'IS_ALIGNED(x, a)': '(((x) & ((typeof(x))(a) - 1)) == 0)',
  'PTR_ALIGN(p, a)': '((typeof(p))ALIGN((unsigned long)(p), a))',
  'PAGE_ALIGN(addr)': 'ALIGN(addr, PAGE_SIZE)',
  'PAGE_ALIGN_DOWN(addr)': 'ALIGN_DOWN(addr, PAGE_SIZE)',
  'PAGE_ALIGNED(addr)': '(((unsigned long)(addr) & (PAGE_SIZE - 1)) == 0)',
  'offset_in_page(p)': '((unsigned long)(p) & (PAGE_SIZE - 1))',
  'DIV_ROUND_UP(n, d)': '(((n) + (d) - 1) / (d))',
  'DIV_ROUND_CLOSEST(x, divisor)': '(((x) + (divisor) / 2) / (divisor))',
  'roundup(x, y)': '((((x) + (y) - 1) / (y)) * (y))',
  'rounddown(x, y)': '((x) - (x) % (y))',
  'round_up(x, y)': '((((x) - 1) | ((typeof(x))(y) - 1)) + 1)',
  'round_down(x, y)': '((x) & ~((typeof(x))(y) - 1))',
  'div_u64(dividend, divisor)': '((u64)(dividend) / (u32)(divisor))',
  'div64_u64(dividend, divisor)': '((u64)(dividend) / (u64)(divisor))',
  'do_div(n, base)': '({ u32 rest = (u32)((n) % (base)); (n) = (n) / (base); rest; })',
  'is_power_of_2(n)': '({ unsigned long v = (n); (bool)(v != 0 && (v & (v - 1)) == 0); })',
  'BIT(nr)': '(1UL << (nr))',
  'BIT_ULL(nr)': '(1ULL << (nr))',
  'GENMASK(h, l)': '((~0UL << (l)) & (~0UL >> (BITS_PER_LONG - 1 - (h))))',
  'upper_32_bits(n)': '((u32)((u64)(n) >> 32))',
  'lower_32_bits(n)': '((u32)(n))',
  '__builtin_expect(x, y)': '(x)',
  'cpu_to_be16(x)': '({ u16 v = (x); (u16)((v << 8) | (v >> 8)); })',
  'be16_to_cpu(x)': '({ u16 v = (x); (u16)((v << 8) | (v >> 8)); })',
  'cpu_to_be32(x)': '({ u32 v = (x); (v << 24) | ((v & 0xff00U) << 8) | ((v >> 8) & 0xff00U) | (v >> 24); })',
  'be32_to_cpu(x)': '({ u32 v = (x); (v << 24) | ((v & 0xff00U) << 8) | ((v >> 8) & 0xff00U) | (v >> 24); })',
  'prefetch(x)': '((void)(x))',
};

const statements: Record<string, string> = {
  'fsleep(usecs)': 'unsigned long us = (usecs); if (us <= 10) udelay(us); else if (us <= 20000) usleep_range(us, 2 * us); else msleep((us + 999) / 1000);',
  'wait_event_lock_irq(wq_head, condition, lock)': 'while (!(condition)) { spin_unlock_irq(&(lock)); wait_event(wq_head, condition); spin_lock_irq(&(lock)); }',
};

const loops: Record<string, string> = {
  'list_for_each(pos, head)': 'for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)',
  'list_for_each_prev(pos, head)': 'for ((pos) = (head)->prev; (pos) != (head); (pos) = (pos)->prev)',
  'list_for_each_safe(pos, n, head)': 'for ((pos) = (head)->next, (n) = (pos)->next; (pos) != (head); (pos) = (n), (n) = (pos)->next)',
  'list_for_each_entry(pos, head, member)': 'for ((pos) = list_first_entry(head, typeof(*(pos)), member); !list_entry_is_head(pos, head, member); (pos) = list_next_entry(pos, member))',
  'list_for_each_entry_reverse(pos, head, member)': 'for ((pos) = list_last_entry(head, typeof(*(pos)), member); !list_entry_is_head(pos, head, member); (pos) = list_prev_entry(pos, member))',
  'list_for_each_entry_safe(pos, n, head, member)': 'for ((pos) = list_first_entry(head, typeof(*(pos)), member), (n) = list_next_entry(pos, member); !list_entry_is_head(pos, head, member); (pos) = (n), (n) = list_next_entry(n, member))',
  'list_for_each_entry_safe_reverse(pos, n, head, member)': 'for ((pos) = list_last_entry(head, typeof(*(pos)), member), (n) = list_prev_entry(pos, member); !list_entry_is_head(pos, head, member); (pos) = (n), (n) = list_prev_entry(n, member))',
  'list_for_each_entry_continue(pos, head, member)': 'for ((pos) = list_next_entry(pos, member); !list_entry_is_head(pos, head, member); (pos) = list_next_entry(pos, member))',
  'list_for_each_entry_from(pos, head, member)': 'for (; !list_entry_is_head(pos, head, member); (pos) = list_next_entry(pos, member))',
  'list_for_each_entry_rcu(pos, head, member, ...)': 'for ((pos) = list_first_entry(head, typeof(*(pos)), member); !list_entry_is_head(pos, head, member); (pos) = list_next_entry(pos, member))',
  'hlist_for_each(pos, head)': 'for ((pos) = (head)->first; (pos); (pos) = (pos)->next)',
  'hlist_for_each_entry(pos, head, member)': 'for ((pos) = hlist_entry_safe((head)->first, typeof(*(pos)), member); (pos); (pos) = hlist_entry_safe((pos)->member.next, typeof(*(pos)), member))',
  'hlist_for_each_entry_safe(pos, n, head, member)': 'for ((pos) = hlist_entry_safe((head)->first, typeof(*(pos)), member); (pos) && ({ (n) = (pos)->member.next; 1; }); (pos) = hlist_entry_safe(n, typeof(*(pos)), member))',
  'for_each_set_bit(bit, addr, size)': 'for ((bit) = find_first_bit(addr, size); (bit) < (size); (bit) = find_next_bit(addr, size, (bit) + 1))',
  'for_each_possible_cpu(cpu)': 'for ((cpu) = 0; (unsigned int)(cpu) < nr_cpu_ids; (cpu)++)',
  'for_each_online_cpu(cpu)': 'for ((cpu) = 0; (unsigned int)(cpu) < nr_cpu_ids; (cpu)++)',
  'for_each_present_cpu(cpu)': 'for ((cpu) = 0; (unsigned int)(cpu) < nr_cpu_ids; (cpu)++)',
  'for_each_online_node(node)': 'for ((node) = 0; (unsigned int)(node) < nr_node_ids; (node)++)',
};

const EMPTY_LIST = (path: string): string => `{ &${path}, &${path} }`;
const declarations: Record<string, string> = {
  'DEFINE_SPINLOCK(x)': 'spinlock_t x = { };',
  'DEFINE_RAW_SPINLOCK(x)': 'raw_spinlock_t x = { };',
  'DEFINE_RWLOCK(x)': 'rwlock_t x = { };',
  'DEFINE_SEQLOCK(x)': 'seqlock_t x = { };',
  'DEFINE_XARRAY(name)': 'struct xarray name = { };',
  'DEFINE_XARRAY_ALLOC(name)': 'struct xarray name = { };',
  'DEFINE_IDR(name)': 'struct idr name = { };',
  'DEFINE_MUTEX(mutexname)': `struct mutex mutexname = { .wait_list = ${EMPTY_LIST('mutexname.wait_list')} };`,
  'DECLARE_RWSEM(name)': `struct rw_semaphore name = { .wait_list = ${EMPTY_LIST('name.wait_list')} };`,
  'DEFINE_SEMAPHORE(name)': `struct semaphore name = { .count = 1, .wait_list = ${EMPTY_LIST('name.wait_list')} };`,
  'LIST_HEAD(name)': 'struct list_head name = { &name, &name };',
  'HLIST_HEAD(name)': 'struct hlist_head name = { .first = NULL };',
  'DECLARE_WAIT_QUEUE_HEAD(name)': `wait_queue_head_t name = { .head = ${EMPTY_LIST('name.head')} };`,
  'DECLARE_WAIT_QUEUE_HEAD_ONSTACK(name)': `wait_queue_head_t name = { .head = ${EMPTY_LIST('name.head')} };`,
  'DECLARE_COMPLETION(work)': `struct completion work = { .done = 0, .wait = { .task_list = ${EMPTY_LIST('work.wait.task_list')} } };`,
  'DECLARE_COMPLETION_ONSTACK(work)': `struct completion work = { .done = 0, .wait = { .task_list = ${EMPTY_LIST('work.wait.task_list')} } };`,
  'DEFINE_WAIT(name)': `struct wait_queue_entry name = { .private = current, .func = autoremove_wake_function, .entry = ${EMPTY_LIST('name.entry')} };`,
  'DECLARE_WAITQUEUE(name, tsk)': 'struct wait_queue_entry name = { .private = (tsk), .func = default_wake_function };',
  'DEFINE_IRQ_WORK(name, callback)': 'struct irq_work name = { .func = (callback) };',
  'DEFINE_TIMER(name, callback)': 'struct timer_list name = { .function = (callback) };',
  'DECLARE_WORK(name, callback)': `struct work_struct name = { .entry = ${EMPTY_LIST('name.entry')}, .func = (callback) };`,
  'DECLARE_DELAYED_WORK(name, callback)': `struct delayed_work name = { .work = { .entry = ${EMPTY_LIST('name.work.entry')}, .func = (callback) } };`,
  'DECLARE_TASKLET(name, callbackfn)': 'struct tasklet_struct name = { .use_callback = true, .callback = (callbackfn) };',
  'DECLARE_BITMAP(name, bits)': 'unsigned long name[BITS_TO_LONGS(bits)];',
};

export const macros: ReadonlyMap<string, MacroBody> = new Map([
  ...read('expr', { ...expressions, ...guardMacros.expressions }),
  ...read('stmt', { ...statements, ...guardMacros.statements }),
  ...read('loop', { ...loops, ...containerLoops, ...helperLoops, ...subsystemLoops }),
  ...read('declaration', { ...declarations, ...containerDeclarations, ...driverDeclarations }),
]);
