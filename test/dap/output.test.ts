/** Output to the client: each entry once, lines in pieces, and no more than the client takes. */
import assert from 'node:assert/strict';
import { unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFromDisk } from '../../server/dap/launch';
import { Client } from './client';

const path = join(tmpdir(), `kmem-output-${process.pid}.kmem`);
/** A client stopped at the first statement of a task. */
async function start(body: string, launch: object = {}): Promise<Client> {
  writeFileSync(path, `machine { memory = 64M; cpus = 1; }\ntask main {\n${body}\n}\n`);
  const client = new Client(loadFromDisk);
  await client.ask('launch', { program: path, ...launch });
  await client.ask('configurationDone');
  await client.event('stopped');
  return client;
}
const outputs = (client: Client) =>
  client.messages.flatMap((m) =>
    m.type === 'event' && m.event === 'output' ? (m.body as { output: string; category: string }) : [],
  );
/** What a console shows of the kernel's log, without time stamps. */
const shown = (client: Client) =>
  outputs(client)
    .filter((o) => o.category !== 'console')
    .map((o) => o.output)
    .join('')
    .replace(/^\[ *[\d.]+\] /gm, '');

describe('output to the client', () => {
  after(() => unlinkSync(path));

  it('a line comes in its pieces, once, whatever way one walks', async () => {
    const client = await start('printk("a");\nprintk(KERN_CONT "b\\n");\nprintk("c");\nprintk("d\\n");');
    const steps: string[] = [];
    for (const command of ['next', 'next', 'stepBack', 'stepBack', 'next', 'next', 'next', 'next']) {
      await client.move(command, { threadId: 12 });
      steps.push(shown(client));
    }
    assert.deepEqual(steps, ['a', 'ab\n', 'ab\n', 'ab\n', 'ab\n', 'ab\n', 'ab\nc', 'ab\nc\nd\n']);
  });
  it('a client that does not read stops the scenario, and is not written to without bounds', async () => {
    const client = await start('unsigned long n;\nfor (n = 0; ; n++)\n\tprintk("line %lu\\n", n);', {
      memoryBudgetMB: 4,
    });
    await client.ask('continue', { threadId: 12 });
    client.output.pause();
    const queued = () => client.output.writableLength + client.output.readableLength;
    await new Promise((done) => setTimeout(done, 200));
    const first = queued();
    await new Promise((done) => setTimeout(done, 200));
    assert.equal(queued(), first, 'nothing more is written');
    assert.ok(first < 256 << 10, `${first} bytes are waiting`);
    // pause is answered though the client has not read yet
    client.post('pause', { threadId: 12 });
    await new Promise((done) => setTimeout(done, 50));
    const from = client.messages.length;
    client.output.resume();
    assert.equal((await client.event('stopped', from)).reason, 'pause');
    const lines = shown(client).split('\n').slice(0, -1);
    assert.deepEqual(
      lines,
      lines.map((_, i) => `line ${i}`),
      'no line is lost',
    );
    // and it goes on
    const more = client.messages.length;
    await client.ask('continue', { threadId: 12 });
    await client.until((m) => m.type === 'event' && m.event === 'output', more);
    await client.ask('pause', { threadId: 12 });
    await client.event('stopped', more);
    client.close();
  });
  it('every line arrives, in order, however small the budget', async () => {
    const client = await start('int n;\nfor (n = 0; n < 20000; n++)\n\tprintk("line %d\\n", n);', {
      memoryBudgetMB: 1,
    });
    await client.move('continue', { threadId: 12 });
    const lines = shown(client).split('\n').slice(0, -1);
    assert.equal(lines.length, 20_000);
    assert.deepEqual(
      lines,
      lines.map((_, i) => `line ${i}`),
    );
  }).timeout(20_000);
  it('an exception leads to the line of the scenario first, and says its title once', async () => {
    const client = await start('int *p = NULL;\nprintk("%d\\n", *p);');
    await client.ask('setExceptionBreakpoints', { filters: ['bug'] });
    assert.equal((await client.move('continue', { threadId: 12 })).reason, 'exception');
    const { description, details } = await client.ask<{ description: string; details: { stackTrace: string } }>(
      'exceptionInfo',
      { threadId: 12 },
    );
    assert.match(description, /^BUG: KASAN: null-ptr-deref in main/);
    const [first, second, ...report] = details.stackTrace.split('\n');
    assert.equal(first, `kmem: in main at ${path}:4`);
    assert.equal(second, '');
    assert.ok(report.some((l) => /^Read of size 4 at addr 0+ by task main/.test(l)));
    assert.ok(!report.includes(description), 'the title again');
    client.close();
  });
});
