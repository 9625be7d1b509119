/** `kmem lsp`: the language server on standard input and output. */
import { join } from 'node:path';
import { startLanguageServer } from '../lsp/server';
import type { Command } from './command';
import { readMessages } from './transport/messageSplitter';

export const lsp: Command = {
  usage: '[--stdio]',
  options: { stdio: { type: 'boolean', help: 'what it does anyway; editors like to say it' } },
  positionals: { min: 0, max: 0, names: '' },
  run() {
    const connection = startLanguageServer(
      process.stdin,
      process.stdout,
      join(__dirname, 'lintWorker.js'),
      readMessages,
    );
    return new Promise((resolve) => {
      connection.onExit(() => resolve(0));
      process.stdin.on('end', () => resolve(0));
    });
  },
};
