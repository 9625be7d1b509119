/** Serves the protocol on standard input and output, or to any number of clients on a port of the loopback interface. */
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Framing } from './hardened';
import { KmemSession } from './kmemSession';
import { loadFromDisk, type Machines } from './launch';

/** What the command line gives: how messages are framed, what recordings there are, and where to write what went wrong. */
interface Surroundings extends Machines {
  readonly framing: Framing;
  log(text: string): void;
}

/** One session on two streams; resolves when the client has gone. */
export function serveStreams(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  { framing, log, ...machines }: Surroundings,
): Promise<void> {
  return new Promise((resolve) => {
    const session = new KmemSession((launch) => loadFromDisk(launch, machines), framing, log);
    session.on('closed', () => resolve());
    session.start(input, output);
  });
}

/** Listens on 127.0.0.1; one session per connection. Port 0 takes a free one. */
export function servePort(port: number, surroundings: Surroundings): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.setNoDelay(true);
      void serveStreams(socket, socket, surroundings).then(() => socket.end());
    });
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve({ server, port: (server.address() as AddressInfo).port }));
  });
}
