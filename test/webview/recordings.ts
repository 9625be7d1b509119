/**
 * The answers that the component tests show: each recording is a real session, stopped at one line after the other, with questions asked at
 * each stop. `npm run goldens` writes them to test/webview/answers; a test tells when they are old.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ViewName } from '../../server/dap/inspectorViewNames';
import type { Question } from '../../server/dap/inspectorViews';
import { loadScenario } from '../../server/debugger/load';
import type { Session } from '../../server/debugger/session';
import { ask } from '../debugger/inspector/inspected';

/** A question to a view; of what only the session knows, such as an address, it is made there. */
type Asked = {
  readonly [N in ViewName]: { readonly view: N; readonly question: Question<N> | ((session: Session) => Question<N>) };
}[ViewName];
export interface Recording {
  /** of the file in test/webview/answers */
  readonly name: string;
  /** a file of examples/, or the scenario's text */
  readonly scenario: string;
  /** at each stop: the line that holds this text, and the questions there; the first moment is before the run unless `at` is given */
  readonly stops: readonly { readonly at?: string; readonly questions: readonly Asked[] }[];
}
interface Recorded {
  readonly view: ViewName;
  readonly question: unknown;
  readonly answer: unknown;
}
/** By stop. */
export type Answers = readonly (readonly Recorded[])[];

const root = join(__dirname, '..', '..');
export const answersFile = (name: string): string => join(__dirname, 'answers', `${name}.json`);
export const answersOf = (name: string): Answers => JSON.parse(readFileSync(answersFile(name), 'utf8'));
/** As the file has them. */
export const answersText = (answers: Answers): string => `${JSON.stringify(answers, null, 1)}\n`;

/** Runs the session of a recording, and asks. */
export async function record({ scenario, stops }: Recording): Promise<Answers> {
  const isFile = /^[\w-]+\.kmem$/.test(scenario);
  const text = isFile ? readFileSync(join(root, 'examples', scenario), 'utf8') : scenario;
  const session = sessionOf(isFile ? `/examples/${scenario}` : '/scenario.kmem', text);
  const answers: Recorded[][] = [];
  for (const { at, questions } of stops) {
    if (at !== undefined) runTo(session, text, at);
    const given: Recorded[] = [];
    for (const { view, question: asked } of questions) {
      const question = typeof asked === 'function' ? asked(session) : asked;
      given.push({ view, question, answer: await ask(session, view, question) });
    }
    answers.push(given);
  }
  return answers;
}
function sessionOf(path: string, text: string): Session {
  const loaded = loadScenario(path, text, { trace: 'allocations' });
  if ('problems' in loaded) assert.fail(loaded.problems.map((p) => p.text).join('\n'));
  loaded.session.entry();
  return loaded.session;
}
function runTo(session: Session, text: string, at: string): void {
  const offset = text.indexOf(at);
  assert.ok(offset >= 0, `no line has ${at}`);
  session.breakpoints.setLines(0, [{ line: text.slice(0, offset).split('\n').length }]);
  session.beginContinue();
  assert.equal(session.run().kind, 'breakpoint', at);
}
