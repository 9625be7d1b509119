/** The framing that both protocols share, against any bytes. */
import assert from 'node:assert/strict';
import { MessageSplitter } from '../../server/cli/transport/messageSplitter';

const frame = (json: string) => `Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`;
const REQUEST = (seq: number) => JSON.stringify({ seq, type: 'request', command: 'threads' });

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
  it('skips invalid lengths', () => {
    for (const length of ['-5', 'abc', '', '1e9', '99999999999999999999', '123456789012', '0x10', '3.5'])
      check([`Content-Length: ${length}\r\n\r\n`, ok], [1], true);
  });
  it('skips what is not a JSON object', () => {
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
  it('a length that is too long takes no part of the next message', () => {
    for (let more = 1; more < 60; more++)
      check([`Content-Length: ${REQUEST(9).length + more}\r\n\r\n${REQUEST(9)}`, ok], [1], true);
  });
  it('a header cut off by the next', () => {
    check(['Content-Length: 12', ok], [1]);
    check(['Content-Length: 12\r\n', ok], [1]);
    check(['GET / HTTP/1.1\r\n\r\n', ok], [1], true);
  });
  it('what is nested too deeply is refused with what its sender needs for an answer', () => {
    const refused: unknown[] = [];
    const got: unknown[] = [];
    const splitter = new MessageSplitter({
      message: (m) => got.push(m.seq),
      refused: (m, why) => refused.push(m, why),
      skipped: () => assert.fail(),
    });
    const nested = (levels: number) => `{"seq":1,"arguments":${'['.repeat(levels)}"]"${']'.repeat(levels)}}`;
    splitter.push(Buffer.from(frame(nested(199)) + frame(nested(200)) + frame(nested(100_000)) + ok));
    const why = 'a message nested more than 200 levels deep';
    assert.deepEqual(
      [got, refused],
      [
        [1, 1],
        [{ seq: 1 }, why, { seq: 1 }, why],
      ],
    );
  });
  it('whoever receives a message may throw', () => {
    const got: unknown[] = [];
    const splitter = new MessageSplitter({
      message: (m) => {
        got.push(m.seq);
        throw new Error('boom');
      },
      skipped: (why) => got.push(why),
    });
    splitter.push(Buffer.from(ok + ok));
    assert.deepEqual(got, [1, 'a message that failed: boom', 1, 'a message that failed: boom']);
  });
  it('a header that never ends is given up', () => check([`Content-Length: 12${' '.repeat(6000)}`, ok], [1], true));
});
