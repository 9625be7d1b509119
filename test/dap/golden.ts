/**
 * Golden debug sessions: a script of requests against the adapter, and the whole conversation as text. `npm run goldens` writes them anew; the diff is
 * for a person to read. Everything in them is deterministic; only paths are made relative.
 */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Launch, Loaded } from '../../server/dap/launchArgs';
import { Client, type Message } from './client';

const FOLDER = join(__dirname, 'goldens');
const ROOT = resolve(__dirname, '../..');

export interface Conversation {
  readonly client: Client;
  /** Sends a request, waits for the response. */
  ask(command: string, args?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Sends a motion, waits for the stop, and asks for the stack of the thread that stopped. */
  move(command: string): Promise<Record<string, unknown>>;
  /** The scope's variables, opened along a path of names. */
  open(scope: string, ...path: string[]): Promise<Record<string, unknown>[]>;
  /** A line of words in the golden file. */
  note(text: string): void;
  /** Line (from 1) of the first source line that holds a text. */
  line(text: string): number;
  readonly path: string;
}

/** Runs a script on a scenario, and compares the conversation with the golden file of that name, or writes it. */
export async function golden(
  name: string,
  scenario: string,
  load: (launch: Launch) => Loaded,
  script: (talk: Conversation) => Promise<void>,
): Promise<void> {
  const path = resolve(ROOT, scenario);
  const text = readFileSync(path, 'utf8');
  const client = new Client(load);
  const lines: string[] = [`# ${name}: ${scenario}`];
  let written = 0;
  const tidy = (value: unknown): string => JSON.stringify(value).split(`${ROOT}/`).join('');
  const say = (message: Message): string => {
    if (message.type === 'event') return `   ← ${String(message.event)} ${tidy(message.body ?? {})}`;
    const answer = message.success ? tidy(message.body ?? {}) : `REFUSED ${tidy(message.message)}`;
    return `   = ${answer}`;
  };
  /** What has come, in an order that doesn't depend on how the bytes were cut. */
  const flush = () => {
    for (; written < client.messages.length; written++) lines.push(say(client.messages[written] as Message));
  };
  let thread = 0;
  const ask = async (command: string, args?: Record<string, unknown>) => {
    flush();
    lines.push(`→ ${command}${args === undefined ? '' : ` ${tidy(args)}`}`);
    const response = await client.request(command, args);
    flush();
    return (response.body ?? {}) as Record<string, unknown>;
  };
  let frame = 0;
  const look = async (stop: Record<string, unknown>) => {
    flush();
    thread = stop.threadId as number;
    const stack = await ask('stackTrace', { threadId: thread });
    frame = ((stack.stackFrames as { id: number }[] | undefined)?.[0]?.id ?? 0) as number;
  };
  const talk: Conversation = {
    client,
    path,
    ask,
    note: (words) => void lines.push(`# ${words}`),
    line: (part) => {
      const index = text.split('\n').findIndex((l) => l.includes(part));
      assert.ok(index >= 0, `${scenario} has no line with ${part}`);
      return index + 1;
    },
    async move(command) {
      const from = client.messages.length;
      const response = await ask(command, command === 'configurationDone' ? undefined : { threadId: thread });
      void response;
      const stop = await client.until(
        (m) => m.type === 'event' && (m.event === 'stopped' || m.event === 'terminated'),
        from,
      );
      if (stop.event === 'stopped') await look(stop.body as Record<string, unknown>);
      else flush();
      return (stop.body ?? {}) as Record<string, unknown>;
    },
    async open(scope, ...names) {
      const { scopes } = (await ask('scopes', { frameId: frame })) as {
        scopes: { name: string; variablesReference: number }[];
      };
      let reference = scopes.find((s) => s.name.startsWith(scope))?.variablesReference ?? 0;
      let variables: Record<string, unknown>[] = [];
      for (const step of [...names, undefined]) {
        ({ variables } = (await ask('variables', {
          variablesReference: reference,
          ...(step === undefined ? { start: 0, count: 40 } : {}),
        })) as {
          variables: Record<string, unknown>[];
        });
        if (step !== undefined)
          reference = (variables.find((v) => String(v.name).startsWith(step))?.variablesReference as number) ?? 0;
      }
      return variables;
    },
  };
  await script(talk);
  flush();
  client.close();
  const actual = `${lines.join('\n')}\n`;
  const file = join(FOLDER, `${name}.txt`);
  if (process.env.npm_lifecycle_event === 'goldens') {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, actual);
    return;
  }
  let expected = '';
  try {
    expected = readFileSync(file, 'utf8');
  } catch {
    assert.fail(`there is no golden file ${name}.txt: npm run goldens writes it`);
  }
  assert.deepEqual(
    actual.split('\n'),
    expected.split('\n'),
    `${name}.txt: npm run goldens writes it anew, if the change is meant`,
  );
}
