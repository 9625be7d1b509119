/** The open documents, checked: each is linted as the main file of its program when it changes, includes read from open documents first. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type Lint, lint } from '../language/ide/lint';

const pathOf = (uri: string): string => (uri.startsWith('file:') ? fileURLToPath(uri) : uri);
export const uriOf = (path: string): string => (/^[a-z][a-z0-9+.-]+:/i.test(path) ? path : pathToFileURL(path).href);

export class Checked {
  private readonly known = new Map<string, { version: number; lint: Lint }>();

  constructor(private readonly open: { get(uri: string): TextDocument | undefined; all(): TextDocument[] }) {}

  /** The program of an open document, checked at its present text; undefined if it isn't open. */
  of(uri: string): Lint | undefined {
    const document = this.open.get(uri);
    if (!document) return undefined;
    const known = this.known.get(uri);
    if (known?.version === document.version) return known.lint;
    const path = pathOf(uri);
    const result = lint(
      { path, text: document.getText() },
      { resolveInclude: (wanted, from) => this.include(wanted, from) },
    );
    this.known.set(uri, { version: document.version, lint: result });
    return result;
  }
  /** A file has changed. Returns the open documents whose programs include it, or might now: they are checked again when next asked for. */
  changed(uri: string): string[] {
    const path = pathOf(uri);
    const affected = [...this.known].filter(
      ([key, { lint }]) =>
        key === uri ||
        lint.program.files.some((f) => f.path === path) ||
        lint.program.diagnostics.some((d) => d.code === 'include-not-found'),
    );
    for (const [key] of affected) this.known.delete(key);
    return affected.map(([key]) => key);
  }
  closed(uri: string): void {
    this.known.delete(uri);
  }

  private include(wanted: string, from: string): { path: string; text: string } | undefined {
    const path = resolve(dirname(from), wanted);
    const document = this.open.get(uriOf(path));
    if (document) return { path, text: document.getText() };
    try {
      return { path, text: readFileSync(path, 'utf8') };
    } catch {
      return undefined;
    }
  }
}
