/**
 * One view of a value: at stops of each example the tree of variables is walked, and each evaluateName must give its variable again:
 * value, type, number of children, children, and memory reference. `KMEM_CRAWL=1` walks at 20 stops of each example, and further.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { loadFromDisk } from '../../server/dap/launch';
import { Client } from './client';

type Variable = DebugProtocol.Variable;

const EXAMPLES = resolve(__dirname, '../../examples');
const full = process.env.KMEM_CRAWL !== undefined;
const STOPS = full ? 20 : 3;
/** variables looked at in one stop; those near the root come first */
const MOST = full ? 1500 : 200;
/** rows of one variable that are walked further, from its beginning and its end */
const ROWS = 12;

/** What has to be the same, however one came to a variable. */
const shape = ({
  name,
  value,
  type,
  evaluateName,
  memoryReference,
  indexedVariables,
  variablesReference,
}: Variable) => ({
  name,
  value,
  type,
  evaluateName,
  memoryReference,
  indexedVariables,
  opens: variablesReference > 0,
});
async function rows(client: Client, reference: number, indexed: number | undefined): Promise<Variable[]> {
  const get = async (range: object): Promise<Variable[]> =>
    (await client.ask<{ variables: Variable[] }>('variables', { variablesReference: reference, ...range })).variables;
  if (indexed === undefined) return get({});
  const first = await get({ filter: 'indexed', start: 0, count: ROWS });
  return indexed > 2 * ROWS
    ? [...first, ...(await get({ filter: 'indexed', start: indexed - ROWS, count: ROWS }))]
    : first;
}
interface Differences {
  checked: number;
  readonly found: string[];
}
async function walk(client: Client, frameId: number, to: Differences): Promise<void> {
  const { scopes } = await client.ask<{ scopes: DebugProtocol.Scope[] }>('scopes', { frameId });
  const queue: { path: string; reference: number; indexed: number | undefined }[] = scopes.map((s) => ({
    path: s.name,
    reference: s.variablesReference,
    indexed: s.indexedVariables,
  }));
  let left = MOST;
  for (let next = queue.shift(); next && left > 0; next = queue.shift()) {
    for (const variable of await rows(client, next.reference, next.indexed)) {
      if (left-- <= 0) break;
      const path = `${next.path} > ${variable.name}`;
      const { variablesReference: reference, indexedVariables: indexed, evaluateName } = variable;
      if (reference > 0) queue.push({ path, reference, indexed });
      if (variable.type !== undefined && evaluateName === undefined) to.found.push(`${path}: no evaluateName`);
      if (evaluateName === undefined) continue;
      to.checked++;
      const answer = await client.request('evaluate', { expression: evaluateName, frameId, context: 'watch' });
      if (!answer.success) {
        to.found.push(`${path}: ${evaluateName}: ${answer.message}`);
        continue;
      }
      const { result, ...rest } = answer.body as unknown as { result: string } & Variable;
      const again = { ...rest, name: variable.name, value: result, evaluateName };
      const same = (a: unknown, b: unknown, what: string): void => {
        const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
        if (one !== other) to.found.push(`${path}: ${evaluateName}: ${what}: ${one} evaluates to ${other}`);
      };
      same(shape(variable), shape(again), 'the variable');
      if (reference > 0 && again.variablesReference > 0) {
        const [own, theirs] = [
          await rows(client, reference, indexed),
          await rows(client, again.variablesReference, indexed),
        ];
        same(own.map(shape), theirs.map(shape), 'its children');
      }
    }
  }
}

describe('one view of a value', () => {
  for (const file of readdirSync(EXAMPLES).filter((name) => name.endsWith('.kmem')))
    it(`every evaluateName of ${file} gives its variable again`, async function () {
      this.timeout(full ? 600_000 : 60_000);
      const client = new Client(loadFromDisk);
      await client.ask('initialize', { adapterID: 'kmem', supportsVariablePaging: true });
      await client.ask('launch', { program: join(EXAMPLES, file), stopOnEntry: true });
      await client.ask('configurationDone');
      await client.event('stopped');
      const differences: Differences = { checked: 0, found: [] };
      for (let stop = 0; stop < STOPS; stop++) {
        const { threads } = await client.ask<{ threads: DebugProtocol.Thread[] }>('threads');
        for (const thread of threads.slice(0, full ? 2 : 1)) {
          const { stackFrames } = await client.ask<{ stackFrames: DebugProtocol.StackFrame[] }>('stackTrace', {
            threadId: thread.id,
          });
          const [top] = stackFrames;
          if (top) await walk(client, top.id, differences);
        }
        for (let step = 0; step <= stop * 2; step++) {
          const from = client.messages.length;
          await client.ask('stepIn', { threadId: threads[0]?.id ?? 1 });
          await client.event('stopped', from);
        }
      }
      client.close();
      assert.deepEqual(differences.found.slice(0, 20), [], `${differences.found.length} of ${differences.checked}`);
      assert.ok(differences.checked > 100, `${differences.checked} variables`);
    });
});
