/**
 * One view of a value: at stops of each example the tree of variables is walked, and each evaluateName must give its variable again:
 * value, type, memory reference, number of children, and children. `KMEM_CRAWL=1` walks the whole tree at 20 stops of each example and
 * prints how much that was; `KMEM_CRAWL=<seed>` repeats the choice of elements of long arrays.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { loadFromDisk } from '../../server/dap/launch';
import { Dice } from '../generate';
import { Client } from './client';
import { type Extent, Findings, TreeWalk } from './treeWalk';

const EXAMPLES = resolve(__dirname, '../../examples');
const full = process.env.KMEM_CRAWL !== undefined;
const asked = Number(process.env.KMEM_CRAWL);
const seed = full && !(asked > 1) ? Date.now() % 1_000_000 : asked || 1;
const STOPS = full ? 20 : 3;

const told = ({ rows, evaluated, opened, differences }: Findings): string =>
  `${rows} rows, ${evaluated} evaluated, ${opened} opened, ${differences.length} differences, ` +
  `${Math.round(process.cpuUsage().user / 1e6)} s of CPU; KMEM_CRAWL=${seed}`;

describe('one view of a value', () => {
  for (const file of readdirSync(EXAMPLES).filter((name) => name.endsWith('.kmem')))
    it(`every evaluateName of ${file} gives its variable again`, async function () {
      this.timeout(full ? 3_600_000 : 60_000);
      const dice = new Dice(seed);
      const random = (n: number) => dice.below(n);
      const extent: Extent = full ? { rows: Infinity, elements: 1000, random } : { rows: 200, elements: 24, random };
      const client = new Client(loadFromDisk, full);
      await client.ask('initialize', { adapterID: 'kmem', supportsVariablePaging: true });
      await client.ask('launch', { program: join(EXAMPLES, file), stopOnEntry: true });
      await client.ask('configurationDone');
      await client.event('stopped');
      const findings = new Findings();
      for (let stop = 0; stop < STOPS; stop++) {
        const { threads } = await client.ask<{ threads: DebugProtocol.Thread[] }>('threads');
        const walk = new TreeWalk(client, extent, findings);
        for (const thread of threads.slice(0, full ? 2 : 1)) {
          const { stackFrames } = await client.ask<{ stackFrames: DebugProtocol.StackFrame[] }>('stackTrace', {
            threadId: thread.id,
          });
          const [top] = stackFrames;
          if (top) await walk.frame(top.id);
        }
        if (full) for (const difference of findings.differences.slice(0, 5)) console.log(difference.slice(0, 2000));
        if (full) console.log(`      stop ${stop + 1} of ${STOPS}: ${told(findings)}`);
        for (let step = 0; step <= stop * 2; step++) await client.move('stepIn', { threadId: threads[0]?.id ?? 1 });
      }
      client.close();
      const { differences, evaluated } = findings;
      assert.deepEqual(differences.slice(0, 20), [], `${differences.length} of ${evaluated}; KMEM_CRAWL=${seed}`);
      assert.ok(evaluated > 100, `${evaluated} variables`);
    });
});
