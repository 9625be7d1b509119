/**
 * The delays that a user notices: spawn → initialize → launch → first stop, and a step's round trip, over stdio with the built
 * dist/kmem.js. The peer is a Node process that does nothing (`node -e 0`), and for the step an echo over the same kind of pipe.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { BuiltAdapter, type Message } from './builtAdapter';
import { Echo } from './echo';
import type { Bench, Row } from './row';

const program = resolve(__dirname, '../examples/nic-rx-fixed.kmem');

const stopped = (m: Message): boolean => m.type === 'event' && m.event === 'stopped';
const middle = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1] as number;

async function session(steps: number): Promise<{ start: number; steps: number[]; backs: number[] }> {
  const begin = performance.now();
  const client = new BuiltAdapter();
  await client.send('initialize', { adapterID: 'kmem', linesStartAt1: true, columnsStartAt1: true });
  const initialized = client.wait((m) => m.type === 'event' && m.event === 'initialized');
  const first = client.wait(stopped);
  const launched = client.send('launch', { program, stopOnEntry: true });
  await initialized;
  await client.send('configurationDone');
  await launched;
  const threadId = (await first).body?.threadId;
  const start = performance.now() - begin;
  const time = async (command: string): Promise<number> => {
    const at = performance.now();
    const stop = client.wait(stopped);
    await client.send(command, { threadId });
    await stop;
    return performance.now() - at;
  };
  const forward: number[] = [];
  const backward: number[] = [];
  for (let i = 0; i < steps; i++) forward.push(await time('next'));
  for (let i = 0; i < steps - 1; i++) backward.push(await time('stepBack'));
  await client.send('disconnect');
  client.child.kill();
  return { start, steps: forward, backs: backward };
}

/** Round trips of a line through a process that does nothing else, milliseconds. */
async function echoes(count: number): Promise<number[]> {
  const echo = new Echo();
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await echo.roundTrip());
  echo.end();
  return times.slice(1);
}

export const bench: Bench = {
  name: 'protocol',
  async run(): Promise<Row[]> {
    const bare = middle(
      Array.from({ length: 5 }, () => {
        const at = performance.now();
        spawnSync(process.execPath, ['-e', '0']);
        return performance.now() - at;
      }),
    );
    const sessions = [await session(6), await session(6), await session(6), await session(6), await session(6)];
    const pipe = middle(await echoes(40));
    return [
      {
        what: 'spawn → initialize → launch → first stop',
        value: middle(sessions.map((s) => s.start)),
        unit: 'ms',
        peer: { name: 'node -e 0', value: bare },
      },
      {
        what: 'step over, round trip',
        value: middle(sessions.flatMap((s) => s.steps)),
        unit: 'ms',
        peer: { name: 'echo through a pipe', value: pipe },
      },
      {
        what: 'step back, round trip',
        value: middle(sessions.flatMap((s) => s.backs)),
        unit: 'ms',
        peer: { name: 'echo through a pipe', value: pipe },
      },
    ];
  },
};
