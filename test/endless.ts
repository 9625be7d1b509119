/** Scenarios in which the kernel's own code goes on and on, or waits for what never comes: no step of the vm may hang in them. */
const CALLBACK = 'struct callback_head head;\nvoid done(struct callback_head *p) {}\n';

/** Those that never end. */
export const ENDLESS: Readonly<Record<string, string>> = {
  'a work that queues itself without a statement':
    'struct work_struct w; task main { INIT_WORK(&w, (work_func_t)schedule_work); schedule_work(&w); }',
  'a timer that starts itself without a statement':
    'struct timer_list t; task main { timer_setup(&t, (void *)add_timer, 0); mod_timer(&t, jiffies + 1); }',
  'a tasklet that schedules itself without a statement':
    'struct tasklet_struct t; task main { tasklet_setup(&t, (void *)tasklet_schedule); tasklet_schedule(&t); }',
  'an interrupt that raises itself without a statement':
    'task main { request_irq(40, (void *)sim_raise_irq, 0, "x", NULL); sim_raise_irq(40); printk("not reached\\n"); }',
  'a reader that never ends, with a callback waiting': `${CALLBACK}task main { rcu_read_lock(); call_rcu(&head, done); for (;;) ; }`,
};

/** Those in which nobody can go on: they end in a deadlock. */
export const STUCK: Readonly<Record<string, string>> = {
  'synchronize_rcu in a reader': 'task main { rcu_read_lock(); synchronize_rcu(); }',
  'rcu_barrier in a reader': 'task main { rcu_read_lock(); rcu_barrier(); }',
  'a reader that sleeps for ever, with a callback waiting': `${CALLBACK}struct completion c;
task main { init_completion(&c); rcu_read_lock(); call_rcu(&head, done); wait_for_completion(&c); }`,
};
