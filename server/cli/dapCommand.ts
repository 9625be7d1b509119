/** `kmem dap [--port N]`: the debug adapter, on standard input and output or on a port of the loopback interface. */
import { servePort, serveStreams } from '../dap/serve';
import { type Command, UsageError, wholeNumber } from './command';
import { recordedBoot } from './recordingFile';
import { machineFor } from './scenario';
import { readMessages } from './transport/messageSplitter';

export const dap: Command = {
  usage: '[--port N]',
  options: {
    port: { type: 'string', value: 'N', help: 'listen on 127.0.0.1:N for any number of clients; 0 takes a free port' },
  },
  details: `docs/editor.md shows how Neovim and Emacs use it.
Exit status: 0 when the client has gone, 2 for wrong usage or a port that is not available.`,
  positionals: { min: 0, max: 0, names: '' },
  async run(values, _positionals, io) {
    const port = wholeNumber(values, 'port', 65535);
    const log = (text: string) => io.err(`${text}\n`);
    const surroundings = { framing: readMessages, recordedBoot, machineFor, log };
    // the last resort: an exception that nobody caught must not take the user's session with it
    process.on('uncaughtException', (error) => log(`kmem dap: ${error.stack ?? error.message}`));
    process.on('unhandledRejection', (reason) =>
      log(`kmem dap: ${reason instanceof Error ? reason.stack : String(reason)}`),
    );
    if (port === undefined) {
      await serveStreams(process.stdin, process.stdout, surroundings);
      // the client has gone; an open standard input would keep the process
      process.stdin.destroy();
      return 0;
    }
    const listening = await servePort(port, surroundings).catch((error: Error) => {
      throw new UsageError(`port ${port} is not available: ${error.message}`);
    });
    io.out(`kmem dap: listening on 127.0.0.1:${listening.port}\n`);
    await new Promise<void>((resolve) => listening.server.on('close', resolve));
    return 0;
  },
};
