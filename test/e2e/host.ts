// What both end-to-end tests run in: VS Code's server with fresh data and the packaged extension, and a Chromium.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import {
  installExtension,
  prepareHost,
  quietSettings,
  root,
  type Server,
  startServer,
  writeSettings,
} from '../../scripts/vscodeHost';

export { root };

/** A server, a browser, and the folder that holds all they write. */
export interface Rig {
  readonly server: Server;
  /** the folder of the server's data and extensions */
  readonly base: string;
  readonly browser: Browser;
  /** host:port of the workbench. */
  readonly authority: string;
  close(): Promise<void>;
}

const settings = {
  ...quietSettings,
  'debug.internalConsoleOptions': 'neverOpen',
  'debug.openDebug': 'openOnSessionStart',
  'debug.toolBarLocation': 'floating',
  'editor.hover.delay': 100,
  'editor.minimap.enabled': false,
  // its lines would cover those that are to be clicked
  'editor.stickyScroll.enabled': false,
  'files.autoSave': 'off',
  'git.enabled': false,
  'workbench.colorTheme': 'Dark Modern',
  // the head of a tree would cover the row that is to be clicked
  'workbench.tree.enableStickyScroll': false,
};

function findChromium(): string {
  const path = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(path))
    throw new Error(
      `no Chromium at ${path}: install Debian's package chromium, or set CHROMIUM to the path of another`,
    );
  return path;
}

/** Starts Chromium: Debian's package, or what CHROMIUM names. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'].concat(
      '--disable-background-networking',
      '--disable-component-update',
    ),
  });
}

/**
 * Starts server and browser. `install`: the packaged extension (dist/kmem.vsix) is installed as a user would have it; else the
 * workbench may take an extension under development from its URL.
 */
export async function startRig({ install }: { install: boolean }): Promise<Rig> {
  const base = mkdtempSync(join(tmpdir(), 'kmem-e2e-'));
  const host = await prepareHost(console.log);
  if (install) await installExtension(host, base, join(root, 'dist', 'kmem.vsix'));
  writeSettings(base, settings);
  const server = await startServer(host, { base, args: install ? [] : ['--enable-smoke-test-driver'] });
  const browser = await launchBrowser();
  return {
    server,
    base,
    browser,
    authority: `127.0.0.1:${server.port}`,
    async close() {
      await browser.close();
      await server.stop();
      rmSync(base, { recursive: true, force: true });
    },
  };
}
