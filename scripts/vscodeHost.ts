// VS Code's own server, from the registry package code-server, in the folder vscode-host/: installed once, then started on 127.0.0.1.
// Used by `npm start` and by the end-to-end tests. No compiler is needed: the two native modules that would have to be built (a
// faster log writer, a watchdog for orphans) are optional to the server.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

export const root = dirname(__dirname);
const folder = join(root, 'vscode-host');
const vscode = join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
/** Holds the hash of the lockfile that node_modules was completely installed from. */
const stamp = join(folder, 'node_modules', '.installed-for');

/** Settings of every workbench started here: quiet, and without network requests. */
export const quietSettings: Readonly<Record<string, unknown>> = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** An installed server: its entry point, and the Node that it runs on. */
export interface Host {
  readonly node: string;
  readonly main: string;
}

/** A running server. */
export interface Server {
  readonly port: number;
  /** What it has printed so far. */
  output(): string;
  /** Ends it, and waits until it is gone. */
  stop(): Promise<void>;
  readonly exited: Promise<number | null>;
}

/** The reason why this machine cannot run a server, and what to do about it. */
export class HostUnavailable extends Error {}

const installVsCode = 'install VS Code (https://code.visualstudio.com) with its command "code" on the PATH';

/** The Node to run the server on: the one that the lockfile brings for this platform, or this one where its version fits. */
function nodeForServer(): string {
  const bundled = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(bundled)) return bundled;
  const { engines } = JSON.parse(readFileSync(join(folder, 'node_modules', 'code-server', 'package.json'), 'utf8'));
  const wanted = Number(/\d+/.exec(engines.node)?.[0]);
  if (Number(process.versions.node.split('.')[0]) === wanted) return process.execPath;
  throw new HostUnavailable(
    `VS Code's server needs Node ${wanted} on ${process.platform}-${process.arch}, and this is ${process.version}. ` +
      `Either ${installVsCode}, or Node ${wanted}, and start again.`,
  );
}

/** Runs a program to its end; its output is shown as it comes, or, if `quiet`, only when it fails. `node` goes first on its PATH. */
function run(
  command: string,
  args: readonly string[],
  { cwd, node, quiet }: { cwd: string; node?: string; quiet?: boolean },
): Promise<void> {
  const env = { ...process.env };
  // What an outer npm tells its scripts would be taken as configuration by the inner one.
  for (const name of Object.keys(env))
    if (/^npm_(package|lifecycle)_|^npm_config_(local_)?prefix$/.test(name)) delete env[name];
  if (node) env.PATH = dirname(node) + delimiter + env.PATH;
  return new Promise((resolve, reject) => {
    const output = quiet ? 'pipe' : 'inherit';
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', output, output] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (printed += chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`"${command} ${args.join(' ')}" in ${cwd} ended with ${code}\n${printed}`)),
    );
  });
}

/** Installs the server, unless what the lockfile names is there already. */
export async function prepareHost(log: (line: string) => void): Promise<Host> {
  if (process.platform === 'win32')
    throw new HostUnavailable(
      `VS Code's server from the registry does not run on Windows: ${installVsCode}, open a new terminal, and start again.`,
    );
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    try {
      log("setting up VS Code's server in vscode-host/ (once; about 800 MB)");
      log('  1/2 the server and its Node');
      await run('npm', ['ci', ...quiet], { cwd: folder });
      log("  2/2 the workbench's libraries");
      await run('npm', ['install', '--omit=dev', ...quiet], { cwd: vscode, node: nodeForServer() });
    } catch (error) {
      if (error instanceof HostUnavailable) throw error;
      throw new HostUnavailable(
        `VS Code's server could not be installed: ${error instanceof Error ? error.message : error}. ` +
          `Check that the npm registry can be reached, or ${installVsCode}, and start again.`,
      );
    }
    writeFileSync(stamp, lock);
  }
  return { node: nodeForServer(), main: join(vscode, 'out', 'server-main.js') };
}

/** Where a server keeps its data: user settings and state, and the installed extensions. */
function folderArguments(base: string): string[] {
  return ['--server-data-dir', join(base, 'data'), '--extensions-dir', join(base, 'extensions')];
}

/** Installs a .vsix for the server whose data are in `base`. */
export async function installExtension(host: Host, base: string, vsix: string): Promise<void> {
  const args = [host.main, '--install-extension', vsix, '--force', '--accept-server-license-terms'];
  await run(host.node, [...args, ...folderArguments(base)], { cwd: root, quiet: true });
}

/** Writes user settings, unless there are some: from then on they are the user's. */
export function writeSettings(base: string, settings: Readonly<Record<string, unknown>>): void {
  const user = join(base, 'data', 'data', 'User');
  const file = join(user, 'settings.json');
  if (existsSync(file)) return;
  mkdirSync(user, { recursive: true });
  writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`);
}

/** How to start a server. */
export interface ServerOptions {
  /** Folder for the server's data. */
  base: string;
  /** A port or a range of ports (`7010-7099`); a free one if left out. */
  port?: string;
  /** The token that a browser needs to connect; without it anyone on this machine may. */
  token?: string;
  args?: readonly string[];
}

/** Starts the server on 127.0.0.1, and waits until it listens. */
export async function startServer(host: Host, { base, port = '0', token, args = [] }: ServerOptions): Promise<Server> {
  const access = token ? ['--connection-token', token] : ['--without-connection-token'];
  const child = spawn(
    host.node,
    [host.main, '--host', '127.0.0.1', '--port', port, ...access, '--accept-server-license-terms']
      .concat(['--telemetry-level', 'off', '--disable-workspace-trust'])
      .concat(folderArguments(base), args),
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  const listening = new Promise<number>((resolve, reject) => {
    const collect = (chunk: Buffer) => {
      output += chunk;
      const found = /Extension host agent listening on (\d+)/.exec(output);
      if (found) resolve(Number(found[1]));
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    exited.then((code) => reject(new Error(`VS Code's server ended with ${code} before it listened:\n${output}`)));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(late);
  };
  return { port: await listening, output: () => output, stop, exited };
}
