/**
 * Nonsense to every request of the inspector: questions that are wrong somewhere are refused with the field that is, the rest is answered as
 * the schema says, and the session goes on. Messages between extension and page likewise. KMEM_QUESTIONS=1000 sends more than usual;
 * KMEM_SEED=n repeats a series (fast-check prints the seed of one that fails).
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as v from 'valibot';
import {
  checked,
  commandOf,
  FROM_WEBVIEW,
  GO_TO,
  GO_TO_ARGUMENTS,
  SELECT,
  SELECT_ARGUMENTS,
  TO_WEBVIEW,
} from '../../server/dap/inspectorProtocol';
import { INSPECTOR_VIEWS } from '../../server/dap/inspectorViews';
import { loadScenario } from '../../server/debugger/load';
import { damaged, type Schema, valuesOf } from '../debugger/inspector/schemaValues';
import { Client } from './client';

const QUESTIONS = Number(process.env.KMEM_QUESTIONS ?? 60);
const SEED = process.env.KMEM_SEED === undefined ? {} : { seed: Number(process.env.KMEM_SEED) };
const SOURCE = `machine { memory = 128M; cpus = 2; }
static int count;
task main {
	struct page *page = alloc_pages(GFP_KERNEL, 2);
	void *object = kmalloc(60, GFP_KERNEL);
	count = 1;
	kfree(object);
}
`;
const REQUESTS: Readonly<Record<string, { question: v.GenericSchema; answer: v.GenericSchema | undefined }>> = {
  ...INSPECTOR_VIEWS,
  [GO_TO]: { question: GO_TO_ARGUMENTS, answer: undefined },
  [SELECT]: { question: SELECT_ARGUMENTS, answer: undefined },
};
const made = (schema: v.GenericSchema) => valuesOf(schema as unknown as Schema).filter((value) => v.is(schema, value));

describe('nonsense to the inspector', () => {
  let client: Client;
  before(async () => {
    client = new Client(() => {
      const loaded = loadScenario('/v.kmem', SOURCE, { trace: 'allocations' });
      if ('problems' in loaded) throw new assert.AssertionError({ message: loaded.problems.join('\n') });
      return loaded;
    });
    await client.ask('initialize', { adapterID: 'kmem', supportsInvalidatedEvent: true });
    await client.ask('launch', { program: '/v.kmem', stopOnEntry: false });
    await client.ask('setBreakpoints', { source: { path: '/v.kmem' }, breakpoints: [{ line: 7 }] });
    await client.ask('configurationDone');
    await client.event('stopped');
  });
  for (const [name, { question, answer }] of Object.entries(REQUESTS))
    it(`${commandOf(name)}`, async () => {
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(made(question).chain(damaged), async (nonsense) => {
          const isRight = v.is(question, nonsense ?? {});
          const response = await client.request(commandOf(name), nonsense);
          if (response.success) {
            assert.ok(isRight, 'what does not fit is refused');
            if (answer) v.parse(answer, response.body);
            return;
          }
          assert.ok((response.message ?? '').length > 5, response.message);
          if (isRight) return;
          refused++;
          // in words, with the field, and not with all of what was sent
          assert.match(response.message ?? '', new RegExp(`kmem/inspect/${name}|must be an object`));
          assert.ok((response.message ?? '').length < 1000, response.message);
        }),
        { numRuns: QUESTIONS, ...SEED, endOnFailure: true },
      );
      assert.ok(refused > QUESTIONS / 4, `${refused} were refused`);
      const card = { selection: { by: 'expression', text: 'count' } };
      assert.equal((await client.request('kmem/inspect/objectCard', card)).success, true);
    }).timeout(60_000);
  for (const [name, schema] of Object.entries({ 'from the page': FROM_WEBVIEW, 'to the page': TO_WEBVIEW }))
    it(`messages ${name}`, () => {
      let refused = 0;
      fc.assert(
        fc.property(made(schema as unknown as v.GenericSchema).chain(damaged), (nonsense) => {
          const found = checked(schema, nonsense);
          if ('problem' in found) {
            refused++;
            assert.ok(found.problem.length > 5 && found.problem.length < 1000, found.problem);
          } else {
            assert.ok(v.is(schema, found.value));
            assert.equal(Object.getPrototypeOf(found.value), Object.prototype);
          }
        }),
        { numRuns: 10 * QUESTIONS, ...SEED, endOnFailure: true },
      );
      assert.ok(refused > QUESTIONS, `${refused} were refused`);
    });
});
