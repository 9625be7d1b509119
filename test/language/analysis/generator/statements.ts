/** Statements of every kind, and blocks of them. */
import { cacheRegion, percpuRegion } from './cacheStatements';
import { contextStatement } from './contextStatements';
import { lockRegion } from './lockRegions';
import {
  braced,
  condition,
  indented,
  type Lines,
  lasting,
  leaving,
  type Maker,
  maskFor,
  numberArg,
  type Place,
} from './maker';
import { mappedRegion } from './mappedStatements';
import { wrongMask } from './maskStatements';
import { memoryStatement } from './memoryStatements';

const DEEPEST = 4;

/** A few statements, one after the other. */
export function block(m: Maker, place: Place, most = 3): Lines {
  const inner = { ...place, depth: place.depth + 1 };
  const lines: string[] = [];
  for (let n = 1 + m.dice.below(most); n > 0; n--) lines.push(...statement(m, inner));
  return lines;
}

function statement(m: Maker, place: Place): Lines {
  const deep = place.depth >= DEEPEST;
  const draw = m.dice.below(100);
  if (deep || draw < 18) return leaf(m, place);
  if (draw < 42) return lockRegion(m, place, block);
  if (draw < 68) return memoryStatement(m, place, block);
  if (draw < 72) return otherMemory(m, place);
  if (draw < 82) return branch(m, place);
  if (draw < 91) return call(m, place);
  return contextStatement(m, place, block) ?? leaf(m, place);
}

function otherMemory(m: Maker, place: Place): Lines {
  const made =
    m.chance(m.highmem ? 70 : 30) || !place.sleeps
      ? mappedRegion(m, place, block)
      : m.chance(50)
        ? cacheRegion(m, place, block)
        : percpuRegion(m, place, block);
  return made ?? leaf(m, place);
}
/** Something short, which sleeps where that is right or a mistake. */
function leaf(m: Maker, place: Place): Lines {
  if (place.sleeps || m.mistake('sleeps', 10)) {
    const gate = m.name('gate');
    switch (m.dice.below(8)) {
      case 0:
        return ['might_sleep();'];
      case 1:
        return place.sleeps ? ['msleep(1);'] : ['might_sleep();'];
      case 2:
        return ['cond_resched();'];
      case 3:
        m.global(`static DEFINE_MUTEX(${gate});`);
        return [`mutex_lock(&${gate});`, `mutex_unlock(&${gate});`];
      case 4:
        return [`kfree(kmalloc(8, ${place.sleeps ? 'GFP_KERNEL' : 'mask'}));`];
      case 5:
        return [`might_sleep_if(${condition(m, place)});`];
      case 6:
        return ['synchronize_rcu();'];
      default:
        return place.sleeps ? ['usleep_range(10, 20);'] : ['down(&sem);', 'up(&sem);'];
    }
  }
  switch (m.dice.below(6)) {
    case 0:
      return [`kfree(kmalloc(${8 << m.dice.below(6)}, ${maskFor(m, place)}));`];
    case 1:
      return ['udelay(1);'];
    case 2:
      return wrongMask(m, place) ?? [`${place.dev}->ready = ${m.dice.below(2)};`];
    case 3:
      return wrongMask(m, place) ?? ['barrier();'];
    default:
      return [`${place.dev}->n++;`];
  }
}

function branch(m: Maker, place: Place): Lines {
  const test = condition(m, place);
  switch (m.dice.below(6)) {
    case 0:
      return [`if (${test}) {`, ...indented(block(m, place, 2)), '} else {', ...indented(block(m, place, 2)), '}'];
    case 1: {
      const n = m.local('i');
      return [
        `int ${n};`,
        ...braced(`for (${n} = 0; ${n} < ${m.dice.pick(['2', 'n0', '1'])}; ${n}++)`, block(m, place, 2)),
      ];
    }
    case 2:
      return [
        `switch (${m.dice.pick(['n0', 'c0', place.number ?? 'c1'])}) {`,
        'case 0:',
        ...indented([...braced('', block(m, place, 2)), 'break;']),
        'case 2:',
        ...indented(braced('', block(m, place, 1))),
        ...(m.chance(50) ? ['\tbreak;'] : ['\tfallthrough;']),
        'default:',
        ...indented([...braced('', block(m, place, 1)), 'break;']),
        '}',
      ];
    case 3:
      return braced(`if (${lasting(m)})`, leaving(place));
    default:
      return braced(`if (${test})`, block(m, place, 2));
  }
}

/** A function of its own, called here, perhaps twice. */
function call(m: Maker, place: Place): Lines {
  const name = m.name('f');
  const returns = m.chance(40);
  const inner: Place = {
    ...place,
    dev: 'd',
    gfp: 'gfp',
    number: 'x',
    returns,
    leave: [],
    depth: place.depth + 1,
  };
  const body = block(m, inner, 2);
  m.function(
    `static ${returns ? 'int' : 'void'} ${name}(struct dev *d, gfp_t gfp, int x)`,
    returns ? [...body, 'return 0;'] : body,
  );
  const one = (): string => `${name}(${place.dev}, ${maskFor(m, place)}, ${numberArg(m, place)})`;
  if (!returns) return m.chance(25) ? [`${one()};`, `${one()};`] : [`${one()};`];
  return m.chance(40) ? braced(`if (${one()} < 0)`, leaving(place)) : [`${one()};`];
}
