/** `kmem dap [--port N]`: the debug adapter, on standard input and output or on a port of the loopback interface. */
import { servePort, serveStreams } from '../dap/serve';

export const usage = 'kmem dap [--port N]';
export const help = `${usage}

Speaks the Debug Adapter Protocol, for editors: on standard input and output, or to any number of clients on a port.

  --port N   listen on 127.0.0.1:N and print the address; 0 takes a free port

docs/debugging.md shows how VS Code, Neovim and Emacs use it.
Exit status: 0 when the client has gone, 2 wrong usage or a port that can't be had.
`;

export interface Output {
  out(text: string): void;
  err(text: string): void;
}
const PROCESS: Output = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

/** Runs the command; resolves with the exit status. With a port it goes on until the process is ended. */
export async function dap(argv: readonly string[], output: Output = PROCESS): Promise<number> {
  let port: number | undefined;
  const rest = [...argv];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--help' || arg === '-h') {
      output.out(help);
      return 0;
    }
    const [name, inline] = arg.split('=', 2);
    if (name !== '--port')
      return wrong(output, `unknown ${arg.startsWith('-') ? 'option' : 'argument'} ${arg}; usage: ${usage}`);
    const value = inline ?? rest.shift();
    if (value === undefined || !/^\d{1,5}$/.test(value) || Number(value) > 65535)
      return wrong(output, `--port wants a number from 0 to 65535, not ${value ?? 'nothing'}; usage: ${usage}`);
    port = Number(value);
  }
  const log = (text: string) => output.err(`${text}\n`);
  // the last resort: an exception that nobody caught must not take the user's session with it
  process.on('uncaughtException', (error) => log(`kmem dap: ${error.stack ?? error.message}`));
  process.on('unhandledRejection', (reason) =>
    log(`kmem dap: ${reason instanceof Error ? reason.stack : String(reason)}`),
  );
  if (port === undefined) {
    await serveStreams(process.stdin, process.stdout, log);
    // the client has gone; an open standard input would keep the process
    process.stdin.destroy();
    return 0;
  }
  try {
    const listening = await servePort(port, log);
    output.out(`kmem dap: listening on 127.0.0.1:${listening.port}\n`);
    await new Promise<void>((resolve) => listening.server.on('close', resolve));
    return 0;
  } catch (error) {
    return wrong(output, `can't listen on port ${port}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
function wrong(output: Output, text: string): number {
  output.err(`kmem dap: ${text}\n`);
  return 2;
}
