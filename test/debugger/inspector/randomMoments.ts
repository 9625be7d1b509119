/** Random scenarios at random moments, for what must hold at each of them. The seed is printed where it does not. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Asking } from '../../../server/debugger/inspector/asking';
import { loadScenario } from '../../../server/debugger/load';
import type { Session } from '../../../server/debugger/session';
import { Dice, generateScenario } from '../../generate';

/** A session of a text. */
export function sessionOf(text: string): Session {
  const loaded = loadScenario('/s.kmem', text, { trace: 'allocations' });
  if ('problems' in loaded) throw new Error(loaded.problems.map((p) => p.text).join('\n'));
  return loaded.session;
}
/** A question about what a session is at. */
export const askingOf = (session: Session): Asking => ({
  session,
  frame: () => session.topFrame(),
  breathe: async () => {},
});
/** A session of `task main { body }`, stopped at the end of the body. */
export function stoppedAfter(body: string, machine = '', before = ''): Session {
  const memory = machine.includes('memory') ? '' : 'memory = 256M;';
  const cpus = machine.includes('cpus') ? '' : 'cpus = 1;';
  const text = `machine { ${memory} ${cpus} config KASAN = n; ${machine} }\n${before}\ntask main {\n${body}\n\tjiffies;\n}\n`;
  const s = sessionOf(text);
  s.breakpoints.setLines(0, [{ line: text.split('\n').indexOf('\tjiffies;') + 1 }]);
  s.beginRun();
  if (s.run().kind !== 'breakpoint') throw new Error(`the body does not end:\n${text}`);
  return s;
}

/** A session of an example, stopped at the first statement on a line that holds a text. */
export function atLine(example: string, part: string): Session {
  const text = readFileSync(join(__dirname, '../../..', example), 'utf8');
  const s = sessionOf(text);
  s.breakpoints.setLines(0, [{ line: text.slice(0, text.indexOf(part)).split('\n').length }]);
  s.beginRun();
  if (s.run().kind !== 'breakpoint') throw new Error(`${example} does not get to ${part}`);
  return s;
}

/**
 * Runs generated scenarios and calls `look` at some moments of each, in any order.
 * @param seeds how many scenarios; KMEM_SCENARIOS=n tries n, and KMEM_SEED=n has it begin at seed n
 */
export async function atRandomMoments(
  seeds: number,
  looks: number,
  look: (session: Session, dice: Dice) => void | Promise<void>,
  first = Number(process.env.KMEM_SEED ?? 1),
): Promise<void> {
  const end = first + Number(process.env.KMEM_SCENARIOS ?? seeds);
  for (let seed = first; seed < end; seed++) {
    const session = sessionOf(generateScenario(seed));
    const dice = new Dice(seed ^ 0x9e37);
    const { timeline } = session;
    while (timeline.forward());
    try {
      for (let i = 0; i < looks; i++) {
        timeline.goTo(momentOf(session, dice));
        await look(session, dice);
      }
    } catch (error) {
      throw new Error(`KMEM_SEED=${seed}, at position ${timeline.position}: ${String(error)}`, { cause: error });
    }
  }
}
/** A random moment of the run, by its mark. */
export function momentOf({ timeline, target }: Session, dice: Dice): number {
  const { marks } = target.kernel.mem.journal;
  const mark = timeline.lastMoment(marks.start + dice.below(marks.end - marks.start));
  return mark < 0 ? timeline.first : mark;
}
