/** How findings count for a document: its kmem.json, and over it the client's settings `kmem.lint.rules` and `kmem.machine`. What is wrong with a file is shown in it. */
import { pathToFileURL } from 'node:url';
import type { Connection } from 'vscode-languageserver/node';
import { joinSettings, type LintSettings, readSettings } from '../language/ide/lintSettings';
import type { ClientSettings } from './clientSettings';
import { settingsFor } from './settingsFile';

export class LintConfiguration {
  /** the settings files that have been told to be wrong, and how */
  private readonly wrong = new Map<string, string>();

  constructor(
    private readonly connection: Connection,
    private readonly client: ClientSettings,
  ) {}

  /** For the document at `path`. */
  of(path: string): LintSettings {
    const { settings, file, problems } = settingsFor(path);
    if (file !== undefined) this.tell(file, problems);
    const own = { rules: this.client.value('lint.rules') ?? {}, machine: this.client.value('machine') ?? {} };
    return joinSettings(settings, readSettings(own).settings);
  }
  private tell(file: string, problems: readonly string[]): void {
    const text = problems.join('\n');
    if ((this.wrong.get(file) ?? '') === text) return;
    this.wrong.set(file, text);
    const start = { line: 0, character: 0 };
    const diagnostics = problems.map((message) => ({
      range: { start, end: start },
      severity: 2 as const,
      source: 'kmem',
      message,
    }));
    void this.connection.sendDiagnostics({ uri: pathToFileURL(file).href, diagnostics });
  }
}
