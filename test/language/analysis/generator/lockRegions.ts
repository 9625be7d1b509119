/** Critical sections of every kind: what is taken and released around a block, rightly or with a mistake. */
import { braced, type Lines, lasting, leaving, type Maker, type Place } from './maker';

export type Block = (m: Maker, place: Place, most?: number) => Lines;
interface Region {
  readonly take: string;
  readonly drop: string;
  /** declarations before it */
  readonly before?: Lines;
  /** what may sleep inside it */
  readonly sleeps: boolean;
  readonly open: boolean;
  /** a try-variant: an expression */
  readonly trial?: string;
  readonly kind: 'lock' | 'other';
  /** the guard that does the same: its class, and what it is given */
  readonly guard?: readonly [string, string];
}

function region(m: Maker, place: Place): Region {
  const lock = m.name('lock');
  const flags = m.local('flags');
  const unsaved = [`unsigned long ${flags};`];
  const spin = (text: string): void => m.global(`static ${text}(${lock});`);
  const atomic = { sleeps: false, open: place.open };
  const closed = { sleeps: false, open: false };
  // in a handler the variants that turn interrupts on are wrong, and so is sleeping
  const choices = place.task && place.open ? 12 : 8;
  switch (m.dice.below(place.sleeps ? 14 : choices)) {
    case 0:
    case 1:
      spin('DEFINE_SPINLOCK');
      return {
        take: `spin_lock(&${lock});`,
        drop: `spin_unlock(&${lock});`,
        trial: `spin_trylock(&${lock})`,
        guard: ['spinlock', `&${lock}`],
        kind: 'lock',
        ...atomic,
      };
    case 2:
      spin('DEFINE_SPINLOCK');
      return {
        before: unsaved,
        take: `spin_lock_irqsave(&${lock}, ${flags});`,
        drop: `spin_unlock_irqrestore(&${lock}, ${flags});`,
        guard: ['spinlock_irqsave', `&${lock}`],
        kind: 'lock',
        ...closed,
      };
    case 3:
      spin('DEFINE_RAW_SPINLOCK');
      return {
        take: `raw_spin_lock(&${lock});`,
        drop: `raw_spin_unlock(&${lock});`,
        trial: `raw_spin_trylock(&${lock})`,
        guard: ['raw_spinlock', `&${lock}`],
        kind: 'lock',
        ...atomic,
      };
    case 4: {
      const flavour = m.dice.pick(['', '', place.task && place.open ? '_bh' : '', '_sched']);
      return { take: `rcu_read_lock${flavour}();`, drop: `rcu_read_unlock${flavour}();`, kind: 'other', ...atomic };
    }
    case 5:
      return {
        take: 'preempt_disable();',
        drop: 'preempt_enable();',
        kind: 'other',
        guard: ['preempt', ''],
        ...atomic,
      };
    case 6:
      return {
        before: unsaved,
        take: `local_irq_save(${flags});`,
        drop: `local_irq_restore(${flags});`,
        guard: ['irqsave', ''],
        kind: 'other',
        ...closed,
      };
    case 7: {
      spin('DEFINE_RWLOCK');
      const rw = m.dice.pick(['read', 'write']);
      return {
        take: `${rw}_lock(&${lock});`,
        drop: `${rw}_unlock(&${lock});`,
        kind: 'lock',
        guard: [`${rw}_lock`, `&${lock}`],
        ...atomic,
      };
    }
    case 8:
      spin('DEFINE_SPINLOCK');
      return { take: `spin_lock_irq(&${lock});`, drop: `spin_unlock_irq(&${lock});`, kind: 'lock', ...closed };
    case 9:
      spin('DEFINE_SPINLOCK');
      return { take: `spin_lock_bh(&${lock});`, drop: `spin_unlock_bh(&${lock});`, kind: 'lock', ...atomic };
    case 10:
      return { take: 'local_bh_disable();', drop: 'local_bh_enable();', kind: 'other', ...atomic };
    case 11:
      return { take: 'local_irq_disable();', drop: 'local_irq_enable();', kind: 'other', ...closed };
    default:
      spin('DEFINE_MUTEX');
      return {
        take: `mutex_lock(&${lock});`,
        drop: `mutex_unlock(&${lock});`,
        trial: `mutex_trylock(&${lock})`,
        guard: ['mutex', `&${lock}`],
        kind: 'lock',
        sleeps: true,
        open: place.open,
      };
  }
}

export function lockRegion(m: Maker, place: Place, block: Block): Lines {
  const r = region(m, place);
  const before = r.before ?? [];
  const inside: Place = {
    ...place,
    sleeps: place.sleeps && r.sleeps,
    open: place.open && r.open,
    leave: [r.drop, ...place.leave],
  };
  const shape = m.dice.below(12);
  if (shape === 0 && r.trial) {
    const body = [...block(m, inside, 2), r.drop];
    return [...before, ...braced(`if (${r.trial})`, body)];
  }
  if (shape === 1) {
    // the same condition twice, or by mistake another one
    const test = lasting(m);
    const again = m.mistake('another condition at the release') ? lasting(m) : test;
    const body = block(m, { ...inside, leave: [`if (${test})`, `\t${r.drop}`, ...place.leave] }, 2);
    return [...before, ...braced(`if (${test})`, [r.take]), ...body, ...braced(`if (${again})`, [r.drop])];
  }
  if (shape === 2) {
    const held = m.local('held');
    const test = lasting(m);
    const body = block(m, { ...inside, leave: [`if (${held})`, `\t${r.drop}`, ...place.leave] }, 2);
    const taken = m.mistake('the flag is not set') ? [r.take] : [r.take, `${held} = 1;`];
    return [
      ...before,
      `int ${held} = 0;`,
      ...braced(`if (${test})`, taken),
      ...body,
      ...braced(`if (${held})`, [r.drop]),
    ];
  }
  if (shape === 3 && before.length === 0) {
    // helpers
    const take = m.name('enter');
    const drop = m.name('exit');
    m.function(`static void ${take}(void)`, [r.take]);
    m.function(`static void ${drop}(void)`, m.mistake('the helper releases nothing') ? ['barrier();'] : [r.drop]);
    return [`${take}();`, ...block(m, { ...inside, leave: [`${drop}();`, ...place.leave] }, 2), `${drop}();`];
  }
  if (shape === 4 && r.guard) {
    // released where the scope is left, on whichever way
    const [name, given] = r.guard;
    const body = [...block(m, { ...inside, leave: place.leave }, 3)];
    if (r.kind === 'lock' && m.mistake('takes it twice', 6)) body.push(...before, r.take);
    if (before.length === 0 && m.mistake('releases it twice', 8)) body.push(r.drop);
    if (m.chance(50)) return braced('', [`guard(${name})(${given});`, ...body]);
    return braced(`scoped_guard(${[name, given].filter((text) => text !== '').join(', ')})`, body);
  }
  const body = [...block(m, inside, 3)];
  if (m.mistake('leaves without the release', 10)) body.push(...braced(`if (${lasting(m)})`, leaving(place)));
  if (r.kind === 'lock' && m.mistake('takes it twice', 6)) body.push(r.take);
  if (m.mistake('no release', 4)) return [...before, r.take, ...body];
  if (m.mistake('releases it twice', 5)) body.push(r.drop);
  return [...before, r.take, ...body, r.drop];
}
