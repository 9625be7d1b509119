/** How findings count for a document: its kmem.json, and over it the client's setting `kmem.lint.rules`. What is wrong with a file is shown in it. */
import { pathToFileURL } from 'node:url';
import type { Connection } from 'vscode-languageserver/node';
import { joinSettings, type LintSettings, readSettings } from '../language/ide/lintSettings';
import type { ClientSettings } from './clientSettings';
import { settingsFor } from './settingsFile';

export class LintConfiguration {
  /** the settings files that have been told to be wrong */
  private readonly wrong = new Set<string>();

  constructor(
    private readonly connection: Connection,
    private readonly client: ClientSettings,
  ) {}

  /** For the document at `path`. */
  of(path: string): LintSettings {
    const { settings, file, problems } = settingsFor(path);
    if (file !== undefined) this.tell(file, problems);
    const rules = this.client.value('lint.rules');
    return rules === undefined ? settings : joinSettings(settings, readSettings({ rules }).settings);
  }
  private tell(file: string, problems: readonly string[]): void {
    if (problems.length === 0 && !this.wrong.delete(file)) return;
    if (problems.length > 0) this.wrong.add(file);
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
