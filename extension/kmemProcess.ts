// How the extension starts the bundled command line, dist/kmem.js, as a server or in a terminal.
// The program is the Node of the extension host itself: the desktop's Electron with ELECTRON_RUN_AS_NODE, plain Node in a remote
// or in a browser workbench. Nothing else need be installed.
import { join } from 'node:path';

/** What to execute: a program, its arguments, and variables to add to the environment. */
interface KmemProcess {
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string>;
}

/**
 * The process for `kmem ARGS…`.
 * @param extensionPath the folder the extension is installed in
 * @param args the command line's own arguments, such as `['dap']`
 */
export function kmemProcess(extensionPath: string, args: readonly string[]): KmemProcess {
  return {
    command: process.execPath,
    args: [join(extensionPath, 'dist', 'kmem.js'), ...args],
    env: { ELECTRON_RUN_AS_NODE: '1' },
  };
}
