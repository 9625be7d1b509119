/** Handlers and callbacks, and what makes them run; locks that they share with the task. */
import type { Block } from './lockRegions';
import { indented, type Lines, type Maker, type Place } from './maker';

/** A statement of a task that makes other code run. Undefined: not possible here. */
export function contextStatement(m: Maker, place: Place, block: Block): Lines | undefined {
  if (!place.task || !place.sleeps || !place.open) return undefined;
  const name = m.name('h');
  const dev = m.name('hdev');
  m.global(`static struct dev ${dev};`);
  const body = (sleeps: boolean): Lines =>
    block(
      m,
      {
        ...place,
        sleeps,
        open: false,
        task: sleeps,
        dev: 'd',
        leave: [],
        gfp: undefined,
        number: undefined,
        returns: false,
        depth: place.depth + 1,
      },
      2,
    );
  const local = `struct dev *d = &${dev};`;
  const define = (word: string, sleeps: boolean): void => {
    m.functions.push([`${word} ${name} {`, ...indented([local, ...body(sleeps)]), '}'].join('\n'));
  };
  switch (m.dice.below(10)) {
    case 0:
    case 1:
      define('irq', false);
      return [`sim_raise(${name});`];
    case 2:
      define('timer', false);
      return [`mod_timer(&${name}, jiffies + 1);`, 'msleep(20);'];
    case 3:
      define('tasklet', false);
      return [`tasklet_schedule(&${name});`, 'msleep(1);'];
    case 4:
      define('work', true);
      return [`schedule_work(&${name});`, `flush_work(&${name});`];
    case 5: {
      const timer = m.name('timer');
      m.global(`static struct timer_list ${timer};`);
      m.function(`static void ${name}(struct timer_list *t)`, [local, ...body(false)]);
      return [`timer_setup(&${timer}, ${name}, 0);`, `mod_timer(&${timer}, jiffies + 1);`, 'msleep(20);'];
    }
    case 6: {
      const work = m.name('work');
      m.global(`static struct work_struct ${work};`);
      m.function(`static void ${name}(struct work_struct *w)`, [local, ...body(true)]);
      return [`INIT_WORK(&${work}, ${name});`, `schedule_work(&${work});`, `flush_work(&${work});`];
    }
    case 7: {
      m.function(`static void ${name}(struct rcu_head *h)`, [local, ...body(false)]);
      const head = m.name('head');
      m.global(`static struct rcu_head ${head};`);
      return [`call_rcu(&${head}, ${name});`, 'rcu_barrier();'];
    }
    default:
      return sharedLock(m, name);
  }
}

/** A lock that a handler and the task take; the task turns off what the handler comes from. */
function sharedLock(m: Maker, name: string): Lines {
  const lock = m.name('shared');
  m.global(`static DEFINE_SPINLOCK(${lock});`);
  const flags = m.local('flags');
  const word = m.dice.pick(['irq', 'timer']);
  m.functions.push([`${word} ${name} {`, `\tspin_lock(&${lock});`, `\tspin_unlock(&${lock});`, '}'].join('\n'));
  const run = word === 'irq' ? [`sim_raise(${name});`] : [`mod_timer(&${name}, jiffies + 1);`, 'msleep(20);'];
  const taken = m.mistake('a lock of a handler', 30)
    ? [`spin_lock(&${lock});`, `spin_unlock(&${lock});`]
    : word === 'timer' && m.chance(50)
      ? [`spin_lock_bh(&${lock});`, `spin_unlock_bh(&${lock});`]
      : [
          `unsigned long ${flags};`,
          `spin_lock_irqsave(&${lock}, ${flags});`,
          `spin_unlock_irqrestore(&${lock}, ${flags});`,
        ];
  const both = m.mistake('locks in both orders', 12) ? bothOrders(m, lock) : [];
  return [...run, ...taken, ...both];
}
function bothOrders(m: Maker, name: string): Lines {
  const a = `${name}_a`;
  const b = `${name}_b`;
  m.global(`static DEFINE_SPINLOCK(${a});`);
  m.global(`static DEFINE_SPINLOCK(${b});`);
  const section = (x: string, y: string): Lines => [
    `spin_lock(&${x});`,
    `spin_lock(&${y});`,
    `spin_unlock(&${y});`,
    `spin_unlock(&${x});`,
  ];
  return [...section(a, b), ...section(b, a)];
}
