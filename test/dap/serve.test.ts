/** The adapter as editors reach it: the built command on standard input and output, and sessions on a port. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { recordedBoot } from '../../server/cli/recordingFile';
import { MessageSplitter, readMessages } from '../../server/cli/transport/messageSplitter';
import { servePort } from '../../server/dap/serve';

const ROOT = resolve(__dirname, '../..');
const PROGRAM = join(ROOT, 'examples/nic-rx-fixed.kmem');
type Message = Record<string, unknown> & { body?: Record<string, unknown> };
const frame = (message: object) => {
  const json = JSON.stringify(message);
  return `Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`;
};
/** Sends the requests of a short session, and gives what came until the stream ended. */
async function session(write: (text: string) => void, read: NodeJS.ReadableStream): Promise<Message[]> {
  const messages: Message[] = [];
  let arrived = () => {};
  const splitter = new MessageSplitter({
    message: (m) => {
      messages.push(m as Message);
      arrived();
    },
    skipped: () => {},
  });
  const ended = new Promise<void>((done) => {
    read.on('data', (chunk: Buffer) => splitter.push(chunk));
    read.on('end', () => done());
    read.on('close', () => done());
  });
  const wait = async (test: (m: Message) => boolean) => {
    while (!messages.some(test)) await new Promise<void>((done) => void (arrived = done));
  };
  write(frame({ seq: 1, type: 'request', command: 'initialize', arguments: {} }));
  write(frame({ seq: 2, type: 'request', command: 'launch', arguments: { program: PROGRAM } }));
  await wait((m) => m.event === 'initialized');
  write(frame({ seq: 3, type: 'request', command: 'configurationDone' }));
  await wait((m) => m.event === 'stopped');
  write(frame({ seq: 4, type: 'request', command: 'disconnect' }));
  await ended;
  return messages;
}
const check = (messages: Message[]) => {
  assert.equal(messages.find((m) => m.event === 'stopped')?.body?.reason, 'entry');
  for (const seq of [1, 2, 3, 4])
    assert.equal(messages.find((m) => m.request_seq === seq)?.success, true, `request ${seq}`);
};

describe('serving the protocol', () => {
  it('several clients on a port of the loopback interface', async () => {
    const { server, port } = await servePort(0, { framing: readMessages, recordedBoot, log: () => {} });
    const client = async () => {
      const socket = connect(port, '127.0.0.1');
      return session((text) => void socket.write(text), socket);
    };
    for (const messages of await Promise.all([client(), client()])) check(messages);
    server.close();
  });
  it('the built command on standard input and output ends with its client', async function () {
    const built = join(ROOT, 'dist/kmem.js');
    if (!existsSync(built)) this.skip(); // `npm test` builds it
    const child = spawn(process.execPath, [built, 'dap'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const exit = new Promise<number | null>((done) => child.on('exit', done));
    check(await session((text) => void child.stdin.write(text), child.stdout));
    assert.equal(await exit, 0);
  });
});
