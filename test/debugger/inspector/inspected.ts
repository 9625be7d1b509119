/** For the tests of the inspector's views: a session stopped where a scenario says, and questions to a view, whose answers are checked. */
import assert from 'node:assert/strict';
import * as v from 'valibot';
import { checked } from '../../../server/dap/inspectorProtocol';
import { ANSWERERS } from '../../../server/dap/inspectorRequests';
import type { ViewName } from '../../../server/dap/inspectorViewNames';
import { type Answer, INSPECTOR_VIEWS, type Question } from '../../../server/dap/inspectorViews';
import { loadScenario } from '../../../server/debugger/load';
import type { Session } from '../../../server/debugger/session';

/** A session on a scenario; the run stops at each line that has `// stop`. */
export function inspected(text: string): Session {
  const loaded = loadScenario('/s.kmem', text, { trace: 'allocations' });
  if ('problems' in loaded) assert.fail(loaded.problems.map((p) => p.text).join('\n'));
  const { session } = loaded;
  const lines = text.split('\n').flatMap((line, i) => (/\/\/ stop\b/.test(line) ? [{ line: i + 1 }] : []));
  session.breakpoints.setLines(0, lines);
  session.entry();
  return session;
}
/** Runs to the next stop. */
export function go(session: Session): Session {
  session.beginContinue();
  session.run();
  return session;
}
/**
 * The answer of a view at the session's moment, through the schemas of the protocol. Looking changes nothing: neither memory, nor the
 * journal, nor the time cursor.
 */
export async function ask<N extends ViewName>(session: Session, view: N, question: Question<N>): Promise<Answer<N>> {
  const { mem } = session.target.kernel;
  const before = [mem.hash(), mem.journal.end, mem.journal.position, session.moment.mark];
  const given = checked(INSPECTOR_VIEWS[view].question, question);
  if ('problem' in given) assert.fail(given.problem);
  const asking = { session, frame: () => session.topFrame(), breathe: () => Promise.resolve() };
  const answer = await ANSWERERS[view](asking, given.value as Question<N>);
  assert.deepEqual([mem.hash(), mem.journal.end, mem.journal.position, session.moment.mark], before);
  const result = v.safeParse(INSPECTOR_VIEWS[view].answer, answer);
  if (!result.success) assert.fail(`${view}: ${v.getDotPath(result.issues[0])}: ${result.issues[0].message}`);
  const bytes = JSON.stringify(answer).length;
  assert.ok(bytes <= 100_000, `an answer of ${bytes} bytes`);
  return answer;
}
