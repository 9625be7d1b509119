/**
 * What the recorder did around each line in which it said what code knows of its context (`context what=…`): preempt_count and the queries
 * of linux/preempt.h, in 28 contexts.
 */

/** Says where it is called; the recorder's module printed the same. */
const SAY = `static void say(const char *what) {
  printk("context what=%s preempt_count=%08x in_task=%d in_interrupt=%d in_hardirq=%d in_softirq=%d in_serving_softirq=%d in_atomic=%d irqs_disabled=%d preemptible=%d rcu_depth=%d comm=%.5s",
    what, preempt_count(), in_task() != 0, in_interrupt() != 0, in_hardirq() != 0, in_softirq() != 0, in_serving_softirq() != 0,
    in_atomic() != 0, irqs_disabled() != 0, preemptible() != 0, current->rcu_read_lock_nesting, current->comm);
}`;
/** By context: what the recorder did around the line, and what is declared for it. */
const CONTEXTS: Readonly<Record<string, string | readonly [body: string, declarations: string]>> = {
  task: 'say("task");',
  preempt_disable: 'preempt_disable(); say("preempt_disable"); preempt_enable();',
  preempt_disable_twice:
    'preempt_disable(); preempt_disable(); say("preempt_disable_twice"); preempt_enable(); preempt_enable();',
  spin_lock: ['spin_lock(&l); say("spin_lock"); spin_unlock(&l);', 'static DEFINE_SPINLOCK(l);'],
  spin_lock_bh: ['spin_lock_bh(&l); say("spin_lock_bh"); spin_unlock_bh(&l);', 'static DEFINE_SPINLOCK(l);'],
  spin_lock_irq: ['spin_lock_irq(&l); say("spin_lock_irq"); spin_unlock_irq(&l);', 'static DEFINE_SPINLOCK(l);'],
  spin_lock_irqsave: [
    'unsigned long f; spin_lock_irqsave(&l, f); say("spin_lock_irqsave"); spin_unlock_irqrestore(&l, f);',
    'static DEFINE_SPINLOCK(l);',
  ],
  read_lock: ['read_lock(&l); say("read_lock"); read_unlock(&l);', 'static DEFINE_RWLOCK(l);'],
  write_lock: ['write_lock(&l); say("write_lock"); write_unlock(&l);', 'static DEFINE_RWLOCK(l);'],
  local_bh_disable: 'local_bh_disable(); say("local_bh_disable"); local_bh_enable();',
  local_irq_disable: 'local_irq_disable(); say("local_irq_disable"); local_irq_enable();',
  rcu_read_lock: 'rcu_read_lock(); say("rcu_read_lock"); rcu_read_unlock();',
  rcu_read_lock_bh: 'rcu_read_lock_bh(); say("rcu_read_lock_bh"); rcu_read_unlock_bh();',
  rcu_read_lock_sched: 'rcu_read_lock_sched(); say("rcu_read_lock_sched"); rcu_read_unlock_sched();',
  get_cpu: 'get_cpu(); say("get_cpu"); put_cpu();',
  mutex: ['mutex_lock(&m); say("mutex"); mutex_unlock(&m);', 'static DEFINE_MUTEX(m);'],
  pagefault_disable: 'pagefault_disable(); say("pagefault_disable"); pagefault_enable();',
  kmap_atomic:
    'struct page *p = alloc_page(GFP_KERNEL); char *a = kmap_atomic(p); say("kmap_atomic"); kunmap_atomic(a); __free_page(p);',
  kmap_local:
    'struct page *p = alloc_page(GFP_KERNEL); char *a = kmap_local_page(p); say("kmap_local"); kunmap_local(a); __free_page(p);',
  timer: ['mod_timer(&t, jiffies + 1); msleep(20);', 'timer t { say("timer"); }'],
  tasklet_from_task: ['tasklet_schedule(&t); msleep(20);', 'tasklet t { say("tasklet_from_task"); }'],
  tasklet_at_bh_enable: [
    'local_bh_disable(); tasklet_schedule(&t); local_bh_enable();',
    'tasklet t { say("tasklet_at_bh_enable"); }',
  ],
  tasklet_at_bh_enable_irqoff: [
    'local_bh_disable(); tasklet_schedule(&t); local_irq_disable(); local_bh_enable(); expect(irqs_disabled()); local_irq_enable();',
    'tasklet t { say("tasklet_at_bh_enable_irqoff"); }',
  ],
  work: ['schedule_work(&w); flush_work(&w);', 'work w { say("work"); }'],
  hrtimer_hardirq: [
    'hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL); t.function = fired; hrtimer_start(&t, ms_to_ktime(2), HRTIMER_MODE_REL); msleep(20);',
    'static struct hrtimer t; static enum hrtimer_restart fired(struct hrtimer *x) { say("hrtimer_hardirq"); return HRTIMER_NORESTART; }',
  ],
  irq_work_hardirq: [
    'irq_work_queue(&w);',
    'static void run(struct irq_work *x) { say("irq_work_hardirq"); } static DEFINE_IRQ_WORK(w, run);',
  ],
  kthread: [
    'kthread_run(thread, NULL, "ctxthread"); msleep(20);',
    'static int thread(void *data) { say("kthread"); return 0; }',
  ],
};

export const contextNames: readonly string[] = Object.keys(CONTEXTS);

/** The scenario that prints the line of a context; undefined for one that is not known. */
export function contextScenario(what: string): string | undefined {
  const code = CONTEXTS[what];
  if (code === undefined) return undefined;
  const [body, declarations] = typeof code === 'string' ? [code, ''] : code;
  return `${SAY}\n${declarations}\ntask insmod { ${body} expect(preempt_count() == 0 && !irqs_disabled()); }`;
}
