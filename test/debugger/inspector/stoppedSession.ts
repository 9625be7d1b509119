/** Sessions for tests of the inspector's views: a scenario that is stopped where its text says, with what is allocated recorded. */
import assert from 'node:assert/strict';
import { loadScenario } from '../../../server/debugger/load';
import type { Session } from '../../../server/debugger/session';

/** The statement at which a body stops. */
const STOP = 'barrier();';

interface StoppedOptions {
  /** lines of the machine block */
  readonly machine?: string;
  /** declarations before the task */
  readonly before?: string;
}
/** A session of `task main { body }`, stopped before the first `barrier();` of the body, or at its end. */
export function stoppedIn(body: string, { machine = '', before = '' }: StoppedOptions = {}): Session {
  const missing = (name: string, line: string) => (machine.includes(name) ? '' : line);
  const usual = `${missing('memory', 'memory = 64M;')} ${missing('cpus', 'cpus = 1;')} ${missing('KASAN', 'config KASAN = n;')}`;
  const text = `machine { ${usual} ${machine} }\n${before}\ntask main {\n${body}\n\t${STOP}\n}\n`;
  const loaded = loadScenario('/s.kmem', text, { trace: 'allocations' });
  if ('problems' in loaded) assert.fail(loaded.problems.map((p) => p.text).join('\n'));
  const { session } = loaded;
  session.breakpoints.setLines(0, [{ line: text.split('\n').findIndex((line) => line.includes(STOP)) + 1 }]);
  session.beginRun();
  assert.equal(session.run().kind, 'breakpoint', text);
  return session;
}
/** The value of an expression at the stop; an address as the emulator has it. */
export const evaluated = (session: Session, text: string): number =>
  Number(BigInt.asIntN(64, session.target.evaluate(text, session.topFrame()).value ?? 0n));

/** What a look must leave as it was. */
export function fingerprint({ target, timeline }: Session): readonly unknown[] {
  const { mem } = target.kernel;
  return [
    mem.hash(),
    mem.journal.end,
    mem.journal.position,
    mem.journal.marks.end,
    mem.journal.bytes,
    target.log.output.end,
    timeline.logEnd,
  ];
}
