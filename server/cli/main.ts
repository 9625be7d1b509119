/** `kmem`: the command line. Each command's code is loaded when it is asked for. */

import { ISSUES } from '../vm/run/mistake';
import type { CommandEntry, Io } from './command';
import { runCommand } from './command';

const commands: readonly CommandEntry[] = [
  {
    name: 'boot',
    summary: 'boot a machine and print what /proc says of its memory',
    load: async () => (await import('./bootCommand')).boot,
  },
  {
    name: 'check',
    summary: 'errors and lint of scenarios',
    load: async () => (await import('./checkCommand')).check,
  },
  {
    name: 'dap',
    summary: 'speak the Debug Adapter Protocol, on standard input and output or on a port',
    load: async () => (await import('./dapCommand')).dap,
  },
  {
    name: 'format',
    summary: 'scenarios in kernel style',
    load: async () => (await import('./formatCommand')).format,
  },
  {
    name: 'layout',
    summary: 'size and offsets of a kernel structure',
    load: async () => (await import('./layoutCommand')).layout,
  },
  {
    name: 'lsp',
    summary: 'speak the Language Server Protocol on standard input and output',
    load: async () => (await import('./lspCommand')).lsp,
  },
  {
    name: 'map',
    summary: "what every frame of a scenario's machine is used for, at a moment of its run",
    load: async () => (await import('./map/mapCommand')).map,
  },
  {
    name: 'replay',
    summary: "repeat a real page allocator's recorded run and compare every page",
    load: async () => (await import('./replayCommand')).replay,
  },
  {
    name: 'run',
    summary: 'run a scenario and print the kernel log',
    load: async () => (await import('./runCommand')).run,
  },
];

/** undefined until somebody asks: then Ctrl-C does not end the process any more, but the second one does */
let isInterrupted: boolean | undefined;
const io: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  taken: () =>
    process.stdout.writableNeedDrain
      ? new Promise((resolve) => process.stdout.once('drain', () => resolve()))
      : undefined,
  async interrupted() {
    if (isInterrupted === undefined) {
      isInterrupted = false;
      process.once('SIGINT', () => {
        isInterrupted = true;
      });
    }
    // signals are events like others
    await new Promise((resolve) => setImmediate(resolve));
    return isInterrupted === true;
  },
  // no-color.org
  colours: process.stdout.isTTY === true && !process.env.NO_COLOR,
};
// a reader that has seen enough (`kmem … | head`) is not an error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

runCommand(commands, process.argv.slice(2), io).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    io.err(
      `kmem: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\nThis is a mistake in kmem; please report it: ${ISSUES}\n`,
    );
    process.exitCode = 70;
  },
);
