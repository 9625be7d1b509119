/**
 * Golden debug sessions: a script of requests against the adapter, and the whole conversation as an outline (transcript.ts). `npm run goldens` refreshes
 * them; the diff is for a person to read. Everything in them is deterministic; only paths are made relative.
 */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Launch, Loaded } from '../../server/dap/launchArgs';
import { Client, type Message } from './client';
import { frameName, noHandles } from './handleNames';
import { lineDiff } from './lineDiff';
import { type Outline, outline, printOutline } from './outline';
import {
  eventOutline,
  type Fields,
  isFields,
  listIn,
  requestOutline,
  responseOutline,
  scopeRows,
  variableRows,
} from './transcript';

const FOLDER = join(__dirname, 'goldens');
const ROOT = resolve(__dirname, '../..');
/** A page of rows, as clients ask for them. */
const PAGE = { start: 0, count: 40 };

export interface Conversation {
  readonly client: Client;
  /** Sends a request, waits for the response, and gives its body. */
  ask(command: string, args?: Fields): Promise<Fields>;
  /** Sends a motion, waits for the stop, and asks for the stack of the thread that stopped. */
  move(command: string): Promise<Fields>;
  /** The scope's variables, opened along a path of names: `scopes` and a `variables` for each step, as one tree in the golden file. */
  open(scope: string, ...path: string[]): Promise<void>;
  /** A line of words in the golden file. */
  note(text: string): void;
  /** Line (from 1) of the first source line that holds a text. */
  line(text: string): number;
  readonly path: string;
}

/** The same value with paths relative to the repository. */
const tidy = (value: Fields): Fields => JSON.parse(JSON.stringify(value).replaceAll(`${ROOT}/`, ''));
const bodyOf = (message: Fields): Fields => (isFields(message.body) ? message.body : {});

/** Has a scenario debugged by a script. Returns the conversation's text. */
async function record(
  title: string,
  scenario: string,
  load: (launch: Launch) => Loaded,
  script: (talk: Conversation) => Promise<void>,
): Promise<string> {
  const path = resolve(ROOT, scenario);
  const text = readFileSync(path, 'utf8');
  const client = new Client(load);
  const names = noHandles();
  const said: Outline[] = [outline(`# ${title}`)];
  /** Arguments of the requests, by sequence number. */
  const requests = new Map<unknown, Fields>();
  /** Responses that are part of an opened tree. */
  const inTree = new Set<Message>();
  let written = 0;
  let thread: unknown = 0;
  let frame: unknown = 0;

  /** Writes down what has come, in an order that doesn't depend on how the bytes were cut. */
  const flush = () => {
    for (const message of client.messages.slice(written)) {
      written++;
      if (inTree.has(message)) continue;
      const entry =
        message.type === 'event'
          ? eventOutline(names, String(message.event), tidy(bodyOf(message)))
          : responseOutline(names, requests.get(message.request_seq) ?? {}, tidy(message));
      (said.at(-1) ?? outline('')).below.push(entry);
    }
  };
  const say = (entry: Outline) => {
    flush();
    said.push(entry);
  };
  const ask = async (command: string, args?: Fields) => {
    say(requestOutline(names, command, tidy(args ?? {})));
    const seq = client.post(command, args);
    requests.set(seq, tidy(args ?? {}));
    const response = await client.until((m) => m.type === 'response' && m.request_seq === seq);
    flush();
    return bodyOf(response);
  };
  const askForTree = async (command: string, args: Fields) => {
    const seq = client.post(command, args);
    const response = await client.until((m) => m.type === 'response' && m.request_seq === seq);
    assert.equal(response.success, true, `${command}: ${response.message}`);
    inTree.add(response);
    return tidy(bodyOf(response));
  };

  await script({
    client,
    path,
    ask,
    note: (words) => say(outline(`# ${words}`)),
    line: (part) => {
      const index = text.split('\n').findIndex((l) => l.includes(part));
      assert.ok(index >= 0, `${scenario} has no line with ${part}`);
      return index + 1;
    },
    async move(command) {
      const from = client.messages.length;
      await ask(command, command === 'configurationDone' ? undefined : { threadId: thread });
      const stop = await client.until(
        (m) => m.type === 'event' && (m.event === 'stopped' || m.event === 'terminated'),
        from,
      );
      flush();
      const body = bodyOf(stop);
      if (stop.event === 'stopped') {
        thread = body.threadId;
        frame = listIn(await ask('stackTrace', { threadId: thread }), 'stackFrames')[0]?.id;
      }
      return body;
    },
    async open(...steps) {
      let where = frameName(names, frame);
      const tree = outline(
        `→ scopes of ${where}, variables of ${steps.join(' / ')} · start: ${PAGE.start} · count: ${PAGE.count}`,
      );
      say(tree);
      let body = await askForTree('scopes', { frameId: frame });
      let list = listIn(body, 'scopes');
      let { below } = tree;
      below.push(...scopeRows(names, where, body));
      for (const [i, step] of steps.entries()) {
        const at = list.findIndex(({ name }) => String(name).startsWith(step));
        const row = below[at];
        assert.ok(row, `${where} has no ${step}`);
        where = `${where} / ${list[at]?.name}`;
        const page = i === steps.length - 1 ? PAGE : {};
        body = await askForTree('variables', { variablesReference: list[at]?.variablesReference, ...page });
        list = listIn(body, 'variables');
        ({ below } = row);
        below.push(...variableRows(names, where, body));
      }
      flush();
    },
  });
  flush();
  client.close();
  return `${printOutline(said).join('\n')}\n`;
}

/** Runs a script on a scenario, and compares the conversation with the golden file of that name, or writes it. */
export async function golden(
  name: string,
  scenario: string,
  load: (launch: Launch) => Loaded,
  script: (talk: Conversation) => Promise<void>,
): Promise<void> {
  const actual = await record(`${name}: ${scenario}`, scenario, load, script);
  const file = join(FOLDER, `${name}.txt`);
  if (process.env.npm_lifecycle_event === 'goldens') {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, actual);
    return;
  }
  assert.ok(existsSync(file), `there is no golden file ${name}.txt: npm run goldens refreshes it`);
  const diff = lineDiff(readFileSync(file, 'utf8'), actual);
  if (diff !== '') assert.fail(`${name}.txt differs; if the change is meant, npm run goldens refreshes it:\n${diff}`);
}
