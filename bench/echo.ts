/** The peer of a round trip to the adapter: a Node process that sends back what it gets, over the same kind of pipe. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

export class Echo {
  private readonly child: ChildProcessWithoutNullStreams;
  constructor() {
    this.child = spawn(process.execPath, ['-e', 'process.stdin.pipe(process.stdout)']);
  }
  /** Milliseconds for a line there and back. */
  async roundTrip(): Promise<number> {
    const at = performance.now();
    const back = new Promise((done) => this.child.stdout.once('data', done));
    this.child.stdin.write(`${'x'.repeat(200)}\n`);
    await back;
    return performance.now() - at;
  }
  end(): void {
    this.child.kill();
  }
}
