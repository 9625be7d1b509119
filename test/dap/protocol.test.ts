/** The transport and the dispatcher, against anything a client may send; on a scripted target. */
import assert from 'node:assert/strict';
import { unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadFromDisk } from '../../server/dap/launch';
import { MessageSplitter } from '../../server/dap/messageStream';
import { Session } from '../../server/debugger/session';
import { FakeTarget } from '../debugger/fakeTarget';
import { Client } from './client';

const TEXT = 'task main {\n    one();\n    two();\n    three();\n}\n';
const fake = () =>
  new Client((launch) => ({
    session: new Session(
      new FakeTarget(
        TEXT,
        [
          { line: 1, add: 1 },
          { line: 2, add: 1, prints: 'two' },
          { line: 3, add: 1 },
        ],
        launch.program,
      ),
    ),
  }));
const frame = (json: string) => `Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`;
const REQUEST = (seq: number, command = 'threads') => JSON.stringify({ seq, type: 'request', command });

describe('messages out of any bytes', () => {
  function check(bytes: readonly (string | Buffer)[], expected: readonly number[], skips = false): void {
    for (const split of [0, 1, 7]) {
      const got: unknown[] = [];
      let skipped = 0;
      const splitter = new MessageSplitter({ message: (m) => got.push(m.seq), skipped: () => skipped++ });
      for (const part of bytes) {
        const buffer = Buffer.isBuffer(part) ? part : Buffer.from(part);
        if (split === 0) splitter.push(buffer);
        else for (let i = 0; i < buffer.length; i += split) splitter.push(buffer.subarray(i, i + split));
      }
      assert.deepEqual(got, expected, `in pieces of ${split}`);
      assert.equal(skipped > 0, skips);
    }
  }
  const ok = frame(REQUEST(1));
  it('well-formed, however it is cut', () => check([ok, frame(REQUEST(2))], [1, 2]));
  it('lower-case header, more headers, bare line feeds', () => {
    check([ok.replace('Content-Length', 'content-length')], [1]);
    check([`Content-Type: x\r\n${ok}`], [1]);
    check([`Content-Length: ${REQUEST(3).length}\r\nContent-Type: y\r\n\r\n${REQUEST(3)}`], [3]);
    check([`Content-Length: ${REQUEST(3).length}\n\n${REQUEST(3)}`], [3]);
  });
  it('unicode counts in bytes', () => check([frame('{"seq":5,"type":"request","command":"ü€😀"}'), ok], [5, 1]));
  it('skips lengths that are none', () => {
    for (const length of ['-5', 'abc', '', '1e9', '99999999999999999999', '123456789012', '0x10', '3.5'])
      check([`Content-Length: ${length}\r\n\r\n`, ok], [1], true);
  });
  it('skips what is no JSON object', () => {
    for (const body of ['{', 'null', '[]', '12', '"x"', '{"seq":1,}', '\u0000']) check([frame(body), ok], [1], true);
    check([frame(''), ok], [1], true);
  });
  it('skips bytes between messages', () => {
    check(['hello\r\n\r\n', ok, 'garbage', ok], [1, 1], true);
    check([Buffer.alloc(10_000, 0xff), ok], [1], true);
    check(['x'.repeat(9000), ok, frame(REQUEST(2))], [1, 2], true);
  });
  it('finds the next message after a length that is too long or too short', () => {
    check([`Content-Length: 500\r\n\r\n${REQUEST(9)}`, ok], [1], true);
    check([`Content-Length: 5\r\n\r\n${REQUEST(9)}`, ok], [1], true);
  });
  it('a header that never ends is given up', () => check([`Content-Length: 12${' '.repeat(6000)}`, ok], [1], true));
});

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
    const from = client.messages.length;
    await client.ask('continue', { threadId: 1 });
    await client.event('terminated', from);
    assert.equal((await client.event('exited', from)).exitCode, 0);
    assert.equal(client.messages.filter((m) => m.event === 'output').length, 1, 'each line of the log once');
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
  for (const [name, make, program] of [
    ['a scripted target', fake, '/x.kmem'],
    ['a scenario', () => new Client(loadFromDisk), resolve(__dirname, '../../examples/nic-rx.kmem')],
  ] as const)
    it(`2,000 malformed or random messages to ${name}: alive, and every request answered`, async () => {
      const client = make();
      await client.ask('initialize', {});
      await client.ask('launch', { program });
      await client.ask('configurationDone');
      let x = 20260101;
      const random = (n: number) => {
        x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
        return Math.floor((x / 2 ** 32) * n);
      };
      const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T;
      const junk: (() => unknown)[] = [
        () => null,
        () => -1,
        () => 1e300,
        () => '',
        () => 'x'.repeat(random(300)),
        () => [],
        () => ({}),
        () => true,
        () => random(20),
        () => [{ line: random(9) }],
        () => ({ path: program }),
        () => '0xffff888000000000',
        () => 'counter',
        () =>
          pick([
            'rx',
            'rx.head',
            'rx.slot[0].page->lru',
            '*rx.slot[1].page',
            'rx.head = 1',
            '&rx',
            '1 +',
            'pfn_to_page(3)',
            'nic_rx',
            'main',
          ]),
        () => 12,
      ];
      const commands = [
        'initialize',
        'threads',
        'stackTrace',
        'scopes',
        'variables',
        'evaluate',
        'setVariable',
        'setExpression',
        'readMemory',
        'writeMemory',
        'continue',
        'next',
        'stepIn',
        'stepOut',
        'stepBack',
        'reverseContinue',
        'pause',
        'setBreakpoints',
        'setFunctionBreakpoints',
        'setExceptionBreakpoints',
        'setDataBreakpoints',
        'dataBreakpointInfo',
        'breakpointLocations',
        'exceptionInfo',
        'loadedSources',
        'completions',
        'cancel',
        'source',
        'goto',
        'constructor',
        'modules',
        'restart',
        'launch',
        'configurationDone',
      ]; // prettier-ignore
      const names = [
        'threadId',
        'frameId',
        'variablesReference',
        'expression',
        'value',
        'name',
        'source',
        'breakpoints',
        'lines',
        'line',
        'filters',
        'filterOptions',
        'count',
        'offset',
        'start',
        'memoryReference',
        'data',
        'dataId',
        'text',
        'column',
        'format',
        'context',
        'requestId',
        'levels',
        'startFrame',
        'granularity',
        'arguments',
      ]; // prettier-ignore
      const asked: number[] = [];
      for (let i = 0; i < 2000; i++) {
        const seq = 10_000 + i;
        const args: Record<string, unknown> = {};
        for (let k = random(5); k > 0; k--) args[pick(names)] = pick(junk)();
        const message = { seq, type: 'request', command: pick(commands), arguments: random(12) ? args : pick(junk)() };
        const json = JSON.stringify(message);
        switch (random(12)) {
          case 0:
            client.raw(frame(json.slice(0, random(json.length))));
            break;
          case 1:
            client.raw(frame(JSON.stringify(pick(junk)())));
            break;
          case 2:
            client.raw(`Content-Length: ${pick(['-1', 'x', '1e99', '99999999999', '-0', ' '])}\r\n\r\n`);
            break;
          case 3:
            client.raw(`${'\u0000\uffff{}\r\n'.repeat(random(20))}`);
            break;
          case 4:
            client.raw(frame(JSON.stringify({ ...message, type: pick(['event', 'response', 7, null]) })));
            break;
          case 5:
            client.raw(frame(json).replace('Content-Length', 'CONTENT-LENGTH'));
            asked.push(seq);
            break;
          case 6:
            client.raw(frame(JSON.stringify({ ...message, command: pick(junk)() })));
            asked.push(seq);
            break;
          default: {
            const bytes = Buffer.from(frame(json));
            const cut = random(bytes.length);
            client.raw(bytes.subarray(0, cut));
            client.raw(bytes.subarray(cut));
            asked.push(seq);
          }
        }
        if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal((await client.request('threads')).success, true, 'alive');
      await client.until((m) => m.type === 'response' && m.request_seq === asked.at(-1));
      const answers = new Map<unknown, number>();
      for (const m of client.messages)
        if (m.type === 'response') answers.set(m.request_seq, (answers.get(m.request_seq) ?? 0) + 1);
      assert.deepEqual(
        asked.filter((seq) => answers.get(seq) !== 1),
        [],
        'answered exactly once',
      );
      assert.equal(
        client.messages
          .filter((m) => /failed inside kmem/.test(String(m.message)))
          .map((m) => m.message)
          .join('\n'),
        '',
      );
      assert.equal(client.closed, false);
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
