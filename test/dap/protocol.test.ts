/** The transport and the dispatcher, against anything a client may send; on a scripted target. */
import assert from 'node:assert/strict';
import { unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFromDisk } from '../../server/dap/launch';
import type { Launch } from '../../server/dap/launchArgs';
import { Session } from '../../server/debugger/session';
import { FakeTarget } from '../debugger/fakeTarget';
import { Client } from './client';

const TEXT = 'task main {\n    one();\n    two();\n    three();\n}\n';
const fake = (see: (launch: Launch) => void = () => {}) =>
  new Client((launch) => {
    see(launch);
    const target = new FakeTarget(
      TEXT,
      [
        { line: 1, add: 1 },
        { line: 2, add: 1, prints: 'two' },
        { line: 3, add: 1 },
      ],
      launch.program,
    );
    return { session: new Session(target) };
  });

type Args = Record<string, unknown>;

describe('adapter against any client', () => {
  it('answers what it does not know, and wrong arguments, with the reason', async () => {
    const client = fake();
    const check = async (command: string, args: unknown, expected: RegExp) => {
      const response = await client.request(command, args);
      assert.equal(response.success, false, command);
      assert.match(response.message ?? '', expected);
    };
    await check('fly', {}, /does not know the request "fly"/);
    await check('toString', {}, /does not know/);
    await check('__proto__', {}, /does not know/);
    await check('launch', [], /not an object/);
    await check('launch', {}, /"program" is not a string/);
    await check('launch', { program: 'x.kmem', seed: 'a' }, /"seed" is not a whole number/);
    await check('launch', { program: 'x.kmem', set: { len: 1.5 } }, /not a whole number/);
    await check('stackTrace', { threadId: 1 }, /no scenario is loaded/);
    await client.ask('initialize', { adapterID: 'kmem' });
    await client.ask('launch', { program: '/x.kmem' });
    await check('continue', {}, /configurationDone first/);
    await client.ask('configurationDone');
    await client.event('stopped');
    await check('stackTrace', { threadId: 77 }, /there is no thread 77/);
    await check('stackTrace', { threadId: 'x' }, /"threadId" is not a whole number/);
    await check('scopes', { frameId: 5 }, /no frame 5/);
    await check('variables', { variablesReference: 99 }, /no variables with the reference 99/);
    await check('readMemory', { memoryReference: 'zz', count: 4 }, /"zz" is not an address/);
    await check('readMemory', { memoryReference: '0x0', count: -1 }, /negative/);
    await check('evaluate', { expression: 'nope' }, /nope is not declared/);
    await check('setBreakpoints', { source: 7 }, /"source" is not an object/);
    await check('setBreakpoints', { source: {}, breakpoints: [1] }, /"breakpoints" is not a list of objects/);
  });
  it('a whole session on a scripted target', async () => {
    const client = fake();
    await client.ask('initialize', {});
    await client.ask('launch', { program: '/x.kmem' });
    await client.event('initialized');
    const set = await client.ask<{ breakpoints: { verified: boolean; line: number }[] }>('setBreakpoints', {
      source: { path: '/x.kmem' },
      breakpoints: [{ line: 4 }],
    });
    assert.deepEqual(
      set.breakpoints.map((b) => [b.verified, b.line]),
      [[true, 4]],
    );
    await client.ask('configurationDone');
    assert.equal((await client.event('stopped')).reason, 'entry');
    assert.equal((await client.move('continue')).reason, 'breakpoint');
    assert.equal((await client.move('continue')).reason, 'end of scenario');
    assert.equal((await client.move('reverseContinue')).reason, 'breakpoint');
    assert.equal((await client.move('stepBack')).reason, 'step');
    assert.equal((await client.move('reverseContinue')).reason, 'start of history');
    const read = await client.ask<{ data: string; unreadableBytes?: number }>('readMemory', {
      memoryReference: '0x10',
      count: 64,
    });
    assert.deepEqual([read.data, read.unreadableBytes], ['', 64]);
    await client.move('continue');
    await client.move('continue');
    for (const command of ['continue', 'next', 'stepIn', 'stepOut'])
      assert.equal((await client.move(command)).reason, 'end of scenario', `${command} at the end keeps the session`);
    assert.equal((await client.move('stepBack')).reason, 'breakpoint', 'and its history');
    await client.move('continue');
    const from = client.messages.length;
    assert.equal(await client.ask('terminate', {}), undefined, 'no body');
    await client.event('terminated', from);
    assert.equal((await client.event('exited', from)).exitCode, 0);
    const log = client.messages.filter((m) => m.event === 'output' && (m.body as Args).category !== 'console');
    assert.equal(log.length, 1, 'each line of the log once');
  });
  it('pauses an endless run within 100 ms, and cancels', async () => {
    const endless = new Client((launch) => {
      const target = new FakeTarget(
        TEXT,
        Array.from({ length: 3_000_000 }, (_, i) => ({ line: 1 + (i % 3), add: 1 })),
        launch.program,
      );
      return { session: new Session(target) };
    });
    await endless.ask('launch', { program: '/x.kmem', stopOnEntry: false });
    await endless.ask('configurationDone');
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(
      (await endless.request('evaluate', { expression: 'counter' })).message,
      'the scenario is running: pause it first',
    );
    const before = Date.now();
    await endless.ask('pause', { threadId: 1 });
    assert.equal((await endless.event('stopped')).reason, 'pause');
    assert.ok(Date.now() - before < 100, `paused after ${Date.now() - before} ms`);
    const scopes = endless.post('threads');
    endless.post('cancel', { requestId: scopes });
    endless.post('cancel', { requestId: 12345 });
    await endless.ask('threads');
    await endless.ask('terminate');
  });
  it('pauses a scenario that never ends within 100 ms', async () => {
    const path = join(tmpdir(), `kmem-endless-${process.pid}.kmem`);
    writeFileSync(path, 'machine { memory = 128M; }\nstatic unsigned long n;\ntask main { while (1) n++; }\n');
    const client = new Client(loadFromDisk);
    await client.ask('launch', { program: path, stopOnEntry: false, memoryBudgetMB: 4 });
    await client.ask('configurationDone');
    await new Promise((done) => setTimeout(done, 300));
    const before = Date.now();
    await client.ask('pause', { threadId: 12 });
    assert.equal((await client.event('stopped')).reason, 'pause');
    assert.ok(Date.now() - before < 100, `paused after ${Date.now() - before} ms`);
    assert.equal((await client.move('reverseContinue', { threadId: 12 })).reason, 'start of history');
    unlinkSync(path);
  });
  it('a scenario that does not compile is not launched, and the answer says where', async () => {
    const path = join(tmpdir(), `kmem-wrong-${process.pid}.kmem`);
    writeFileSync(path, 'task main {\n    int x = y;\n}\n');
    const response = await new Client(loadFromDisk).request('launch', { program: path });
    assert.equal(response.success, false);
    assert.match(response.message ?? '', /kmem-wrong-\d+\.kmem:2:13: error\[[a-z-]+\]: /);
    unlinkSync(path);
    assert.match((await new Client(loadFromDisk).request('launch', { program: path })).message ?? '', /can't read/);
  });
  it('a wrong attribute of the launch configuration is put before the user, by name', async () => {
    const check = async (args: Args, expected: RegExp) => {
      const response = await fake().request('launch', { program: '/x.kmem', ...args });
      assert.match(response.message ?? '', expected);
      assert.equal((response.body as { error: { showUser: boolean } }).error.showUser, true);
    };
    await check({ program: 5 }, /^launch configuration: the argument "program" is not a string$/);
    await check({ program: ' ' }, /"program" is "". Give the path of a .kmem file/);
    await check({ program: '/w/README.md' }, /"program" is ".*README.md". Give the path of a .kmem file/);
    await check({ stopOnEntry: 'yes' }, /"stopOnEntry" is not true or false/);
    await check({ stopAtEnd: 1 }, /"stopAtEnd" is not true or false/);
    await check({ set: 5 }, /"set" is not an object/);
    await check({ set: { len: [] } }, /"set" gives len the value \[\], which is not a whole number/);
    await check({ seed: -1 }, /"seed" is -1/);
    await check({ seed: 0.5 }, /"seed" is not a whole number/);
    await check({ memoryBudgetMB: 0 }, /"memoryBudgetMB" is 0/);
    await check({ memoryBudgetMB: 65537 }, /"memoryBudgetMB" is 65537. Give a number of MB from 1 to 65536/);
  });
  it('a memory budget beyond 2 GB is that much', async () => {
    let bytes: number | undefined;
    const client = fake((launch) => (bytes = launch.memoryBytes));
    await client.ask('launch', { program: '/x.kmem', memoryBudgetMB: 4096 });
    assert.equal(bytes, 4096 * 1024 * 1024);
  });
  it('a scenario with nothing to run says so, and where', async () => {
    const path = join(tmpdir(), `kmem-nothing-${process.pid}.kmem`);
    for (const text of ['', 'irq nic { }\n', 'static void f(void) { }\n']) {
      writeFileSync(path, text);
      const client = new Client(loadFromDisk);
      await client.ask('initialize', { clientID: 'vscode' });
      const { message, body } = await client.request('launch', { program: path });
      assert.match(message ?? '', /kmem-nothing-\d+\.kmem:1:1: error\[nothing-to-run\]: there is nothing to run/);
      const { error, problems } = body as { error: { showUser: boolean }; problems: Args[] };
      assert.deepEqual(
        problems.map((p) => [p.path, p.line, p.column]),
        [[path, 1, 1]],
      );
      assert.equal(error.showUser, false, 'the extension shows it');
    }
    unlinkSync(path);
  });
  it('braces in a message are text, not names of variables', async () => {
    const path = join(tmpdir(), `kmem-braces-${process.pid}.kmem`);
    writeFileSync(path, 'task main { } }\n');
    const response = await new Client(loadFromDisk).request('launch', { program: path });
    unlinkSync(path);
    const { error } = response.body as { error: { format: string; variables: Record<string, string> } };
    assert.match(response.message ?? '', /'}'/);
    assert.equal(error.format, '{text}');
    assert.equal(error.variables.text, response.message);
  });
  it('a change of the machine is told without making the client fetch threads and frames, or take the keyboard', async () => {
    const client = fake();
    await client.ask('initialize', { supportsInvalidatedEvent: true, supportsMemoryEvent: true });
    await client.ask('launch', { program: '/x.kmem' });
    await client.ask('configurationDone');
    const { threadId } = await client.event('stopped');
    const { stackFrames } = await client.ask<{ stackFrames: Args[] }>('stackTrace', { threadId });
    for (const frame of stackFrames) assert.ok(!('endLine' in frame) && !('endColumn' in frame), 'nothing to select');
    const { memoryReference } = await client.ask('evaluate', { expression: 'counter', context: 'watch' });
    await client.ask('readMemory', { memoryReference, count: 8 });
    await client.ask('readMemory', { memoryReference, offset: 16, count: 8 });
    const from = client.messages.length;
    await client.ask('setExpression', { expression: 'counter', value: '7' });
    assert.deepEqual(await client.event('invalidated', from), { areas: ['variables'] });
    assert.deepEqual(await client.event('memory', from), { memoryReference, offset: 0, count: 24 });
    // the frames are still those that the client knows
    await client.ask('scopes', { frameId: stackFrames[0]?.id });
  });
  it('is initialized once', async () => {
    const client = fake();
    await client.ask('initialize', { linesStartAt1: false });
    assert.match((await client.request('initialize', {})).message ?? '', /initialized already/);
  });
  it('a handler that throws or rejects is an answer', async () => {
    const client = new Client(() => {
      throw new TypeError('boom');
    });
    const response = await client.request('launch', { program: '/x.kmem' });
    assert.equal(response.success, false);
    assert.match(response.message ?? '', /launch failed inside kmem: boom/);
    assert.equal((await client.request('threads')).success, true);
  });
});
