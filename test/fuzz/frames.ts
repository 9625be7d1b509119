/** Messages as bytes, well framed and otherwise. */
import type { Random } from './random';

export const frame = (json: string, length = Buffer.byteLength(json)): string =>
  `Content-Length: ${length}\r\n\r\n${json}`;

/** Bytes that are not a message, or that hide one. None of them may take the next message with it. */
export function brokenFrame(random: Random, json: string): string | Buffer {
  const bytes = Buffer.byteLength(json);
  switch (random.to(13)) {
    case 0:
      return frame(json.slice(0, random.to(json.length)));
    case 1:
      return frame(json, bytes + 1 + random.to(60));
    case 2:
      return frame(json, Math.max(1, bytes - 1 - random.to(60)));
    case 3: {
      const length = random.pick(['-5', 'abc', '', '99999999999', '1e9', '0x10', '3.5', '0', '-0', '16777217']);
      return `Content-Length: ${length}\r\n\r\n`;
    }
    case 4:
      return random.pick([
        '\r\n\r\n',
        'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
        '\n',
        'Content-Type: x\r\n\r\n',
        'Content-Le',
      ]);
    case 5:
      return Buffer.from(Array.from({ length: random.to(200) }, () => random.to(256)));
    case 6:
      return json; // no header at all
    case 7:
      return frame(random.pick(['null', '[]', '12', '"x"', '{', '[{}]', '\u0000', 'nul']));
    case 8:
      return frame(`[${json},${json}]`);
    case 9:
      return `Content-Length: ${bytes}\r\n`; // a header without an end
    case 10:
      return `Content-Length: ${random.to(1 << 20)}\r\n\r\n${'x'.repeat(random.to(5000))}`;
    case 11:
      return 'Content-Length: 12'.padEnd(random.to(9000));
    default: {
      const levels = random.pick([300, 5000, 100_000]);
      return frame(`{"nested":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    }
  }
}
/** A well-formed message with anything that the framing allows: more headers, other case, bare line feeds. */
export function unusualFrame(random: Random, json: string): string {
  const plain = frame(json);
  switch (random.to(5)) {
    case 0:
      return plain.replace('Content-Length', 'content-length');
    case 1:
      return plain.replace('Content-Length', 'CONTENT-LENGTH');
    case 2:
      return `Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n${plain}`;
    case 3:
      return plain.replace('\r\n\r\n', '\n\n');
    default:
      return plain;
  }
}
/** A value within many arrays: JSON that recursive code can't walk. */
export const deepJson = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
