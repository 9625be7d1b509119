// `npm start`: builds kmem, then opens the real VS Code with it and the folder examples/. The installed `code` if there is one, else
// VS Code's own server from the registry, in the browser.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { installExtension, prepareHost, quietSettings, root, startServer, writeSettings } from './vscodeHost';

const usage = `npm start [-- OPTIONS]: opens VS Code with kmem and the folder examples/
  --server      VS Code's own server in the browser, even where the command "code" is installed
  --port PORT   port of that server, or a range (default 7010-7099; always on 127.0.0.1)
  --no-open     print the server's URL, but open no browser
  --help        this text`;

const examples = join(root, 'examples');
const firstFile = join(examples, 'nic-rx.kmem');
const say = (line: string) => console.log(`kmem: ${line}`);

/** The path of a program on the PATH, or undefined. */
function findProgram(name: string): string | undefined {
  const endings = process.platform === 'win32' ? ['.cmd', '.exe'] : [''];
  for (const dir of (process.env.PATH ?? '').split(delimiter))
    for (const ending of endings) {
      const path = join(dir, name + ending);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not here
      }
    }
  return undefined;
}

/** Whether a program could open a window here. */
function hasDisplay(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME } = process.env;
  return process.platform !== 'linux' || Boolean(DISPLAY || WAYLAND_DISPLAY || WSL_DISTRO_NAME);
}

/**
 * The installed VS Code, or undefined. In a terminal of a remote window `code` is another program, which can only open files in that
 * window; and without a display the desktop's one cannot start.
 */
function findCode(): string | undefined {
  if (process.env.VSCODE_IPC_HOOK_CLI || !hasDisplay()) return undefined;
  return findProgram('code') ?? findProgram('code-insiders') ?? findProgram('codium');
}

/** Opens the desktop's VS Code with this checkout as an extension under development. */
function openDesktop(code: string): void {
  const args = [`--extensionDevelopmentPath=${root}`, '--new-window', examples, '--goto', firstFile];
  // As root, VS Code has to be told where its data are, and its sandbox cannot work.
  if (process.getuid?.() === 0)
    args.push('--no-sandbox', `--user-data-dir=${join(root, 'vscode-host', 'data', 'desktop')}`);
  say(`opening ${code} with examples/`);
  // On Windows `code` is a batch file, which only a shell can start; then the arguments are quoted here.
  const shell = process.platform === 'win32';
  const quoted = (text: string) => (shell ? `"${text}"` : text);
  const child = spawn(quoted(code), args.map(quoted), { stdio: 'ignore', detached: true, shell });
  child.on('error', (error) => {
    say(`${code} could not be started: ${error.message}. Try "npm start -- --server".`);
    process.exitCode = 1;
  });
  child.unref();
}

/** Opens a URL in the user's browser, if there is one; the URL has been printed in any case. */
function openBrowser(url: string): void {
  const opener = { darwin: 'open', linux: 'xdg-open' }[process.platform as string];
  const path = opener && hasDisplay() ? findProgram(opener) : undefined;
  if (path)
    spawn(path, [url], { stdio: 'ignore', detached: true })
      .on('error', () => {})
      .unref();
}

/** Installs and starts VS Code's server, and stays until it ends or Ctrl+C. */
async function openServer(port: string, open: boolean): Promise<void> {
  const host = await prepareHost(say);
  const base = join(root, 'vscode-host', 'data');
  say('packaging and installing the extension');
  execFileSync(process.execPath, [require.resolve('tsx/cli'), join(root, 'scripts', 'package.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await installExtension(host, base, join(root, 'dist', 'kmem.vsix'));
  writeSettings(base, quietSettings);
  const token = randomBytes(12).toString('hex');
  const server = await startServer(host, { base, port, token });
  const authority = `127.0.0.1:${server.port}`;
  const payload = JSON.stringify([['openFile', `vscode-remote://${authority}${firstFile}`]]);
  const url = new URL(`http://${authority}/`);
  url.searchParams.set('tkn', token);
  url.searchParams.set('folder', examples);
  if (existsSync(firstFile)) url.searchParams.set('payload', payload);
  say(`VS Code with kmem is ready: ${url}`);
  say('open a scenario and press F5; Ctrl+C here ends it');
  if (open) openBrowser(url.href);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void server.stop());
  const code = await server.exited;
  if (code) throw new Error(`VS Code's server ended with ${code}:\n${server.output().slice(-2000)}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      server: { type: 'boolean' },
      port: { type: 'string' },
      'no-open': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(usage);
  const code = values.server || values.port ? undefined : findCode();
  if (!code) return openServer(values.port ?? '7010-7099', !values['no-open']);
  say('building');
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' });
  openDesktop(code);
}

main().catch((error: unknown) => {
  const isUsage = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  console.error(`kmem: ${error instanceof Error ? error.message : error}${isUsage ? `\n${usage}` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
});
