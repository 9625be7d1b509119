/** Pause and disconnect are answered whatever the scenario does. */
import assert from 'node:assert/strict';
import { loadScenario } from '../../server/debugger/load';
import { ENDLESS, STUCK } from '../endless';
import { Client } from './client';

async function running(text: string): Promise<Client> {
  const client = new Client(() => {
    const loaded = loadScenario('/endless.kmem', text);
    if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
    return loaded;
  });
  await client.ask('initialize', {});
  await client.ask('launch', { program: '/endless.kmem', stopOnEntry: false });
  await client.ask('configurationDone');
  return client;
}

describe('protocol: what never ends', () => {
  for (const [what, text] of Object.entries(ENDLESS)) {
    it(`${what}: pause stops, and going on pauses again`, async () => {
      const client = await running(text);
      const asked = Date.now();
      let stopped = await client.move('pause');
      assert.ok(Date.now() - asked < 1000, `pause took ${Date.now() - asked} ms`);
      assert.equal(stopped.reason, 'pause');
      const { threads } = await client.ask<{ threads: { id: number }[] }>('threads');
      assert.ok(threads.some((thread) => thread.id === stopped.threadId));
      const { stackFrames } = await client.ask<{ stackFrames: unknown[] }>('stackTrace', {
        threadId: stopped.threadId,
      });
      assert.ok(stackFrames.length > 0);
      await client.ask('continue', { threadId: stopped.threadId });
      stopped = await client.move('pause');
      assert.equal(stopped.reason, 'pause');
      stopped = await client.move('stepBack', { threadId: stopped.threadId });
      await client.ask('disconnect');
    });
    it(`${what}: disconnect while it runs`, async () => {
      const client = await running(text);
      await client.ask('disconnect');
    });
  }
  for (const [what, text] of Object.entries(STUCK))
    it(`${what}: ends`, async () => {
      const client = await running(text);
      await client.until((m) => m.type === 'event' && (m.event === 'stopped' || m.event === 'terminated'));
      await client.ask('disconnect');
    });
});
