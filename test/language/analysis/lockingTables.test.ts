/**
 * The scenarios of the kernel's locking guide (Documentation/kernel-hacking/locking.rst): which form of a lock keeps data that two contexts
 * share. The form that the guide asks for is silent; each weaker one is found at the lock that it concerns.
 */
import { check } from './marked';

/** A form of spin_lock(), with its release. */
const FORMS = {
  plain: ['spin_lock(&l);', 'spin_unlock(&l);'],
  bh: ['spin_lock_bh(&l);', 'spin_unlock_bh(&l);'],
  irq: ['spin_lock_irq(&l);', 'spin_unlock_irq(&l);'],
  irqsave: ['spin_lock_irqsave(&l, flags);', 'spin_unlock_irqrestore(&l, flags);'],
} as const;
type Form = keyof typeof FORMS;
type Mark = '' | 'irq-unsafe-lock' | 'irq-restore';

/** A context that takes the lock in one form, and what is found at its lock (irq-restore: at the release). */
interface Side {
  readonly head: string;
  readonly form: Form;
  readonly found?: Mark;
}
function text({ head, form, found = '' }: Side): string {
  const [take, release] = FORMS[form];
  const mark = found === '' ? '' : ` // !${found}`;
  return [
    `${head} {`,
    form === 'irqsave' ? '\tunsigned long flags;' : '',
    `\t${take}${found === 'irq-unsafe-lock' ? mark : ''}`,
    '\tn++;',
    `\t${release}${found === 'irq-restore' ? mark : ''}`,
    '}',
  ].join('\n');
}
const checkSides = (...sides: Side[]): unknown =>
  check(`static DEFINE_SPINLOCK(l);\nstatic int n;\n${sides.map(text).join('\n')}\n`);

const user = (form: Form, found?: Mark, name = 'user_a'): Side => ({
  head: `task ${name}`,
  form,
  ...(found ? { found } : {}),
});
const low =
  (word: string) =>
  (form: Form, found?: Mark, name = 'low'): Side => ({
    head: `${word} ${name}`,
    form,
    ...(found ? { found } : {}),
  });
const softirq = low('softirq');
const tasklet = low('tasklet');
const timer = low('timer');
const irq = low('irq');

describe('the locking tables of the kernel documentation', () => {
  it('only in user context: a mutex, and a plain spinlock', () => {
    checkSides(user('plain'), user('plain', '', 'user_b'));
    check(`static DEFINE_MUTEX(m);
static int n;
task a {
	mutex_lock(&m);
	n++;
	might_sleep();
	mutex_unlock(&m);
}
task b {
	if (mutex_lock_interruptible(&m))
		return;
	n--;
	mutex_unlock(&m);
}
`);
    check(`static DEFINE_SPINLOCK(l);
static int n;
task a {
	spin_lock(&l);
	n++;
	might_sleep(); // !sleep-in-atomic
	spin_unlock(&l);
}
`);
  });
  for (const [name, low] of [
    ['softirq', softirq],
    ['tasklet', tasklet],
    ['timer', timer],
  ] as const) {
    it(`user context and ${name}: spin_lock_bh()`, () => {
      checkSides(user('bh'), low('plain'));
      checkSides(user('irqsave'), low('plain'));
      checkSides(user('plain', 'irq-unsafe-lock'), low('plain'));
      checkSides(user('plain', 'irq-unsafe-lock'), low('bh'));
    });
  }
  it('tasklets and timers, the same and others: spin_lock()', () => {
    checkSides(tasklet('plain'));
    checkSides(timer('plain'));
    checkSides(tasklet('plain', '', 'one'), tasklet('plain', '', 'two'));
    checkSides(tasklet('plain', '', 'one'), timer('plain', '', 'two'));
    checkSides(timer('bh', '', 'one'), timer('plain', '', 'two'));
  });
  it('softirqs, the same and others: spin_lock()', () => {
    checkSides(softirq('plain'));
    checkSides(softirq('plain', '', 'one'), softirq('plain', '', 'two'));
    checkSides(softirq('plain', '', 'one'), tasklet('plain', '', 'two'), timer('plain', '', 'three'));
  });
  for (const [name, low] of [
    ['softirq', softirq],
    ['tasklet', tasklet],
    ['timer', timer],
  ] as const) {
    it(`hard interrupt and ${name}: spin_lock_irq() in the ${name}`, () => {
      checkSides(low('irq'), irq('plain', '', 'line'));
      checkSides(low('irqsave'), irq('plain', '', 'line'));
      checkSides(low('plain', 'irq-unsafe-lock'), irq('plain', '', 'line'));
      checkSides(low('bh', 'irq-unsafe-lock'), irq('plain', '', 'line'));
    });
  }
  it('hard interrupt and user context: spin_lock_irq()', () => {
    checkSides(user('irq'), irq('plain'));
    checkSides(user('irqsave'), irq('plain'));
    checkSides(user('bh', 'irq-unsafe-lock'), irq('plain'));
    checkSides(user('plain', 'irq-unsafe-lock'), irq('plain'));
  });
  it('two hard interrupts: spin_lock_irqsave(), which never turns interrupts on in a handler', () => {
    checkSides(irq('irqsave', '', 'one'), irq('irqsave', '', 'two'));
    checkSides(irq('plain', '', 'one'), irq('plain', '', 'two'));
    checkSides(irq('irq', 'irq-restore', 'one'), irq('irqsave', '', 'two'));
  });
  it('all of them: spin_lock_irqsave() in each', () => {
    checkSides(
      user('irqsave'),
      tasklet('irqsave', '', 'two'),
      timer('irqsave', '', 'three'),
      irq('irqsave', '', 'four'),
    );
    checkSides(
      user('bh', 'irq-unsafe-lock'),
      tasklet('plain', 'irq-unsafe-lock', 'two'),
      timer('irq', '', 'three'),
      irq('plain', '', 'four'),
    );
  });
});
