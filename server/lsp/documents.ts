/**
 * The open documents, checked: each is the main file of its program, and checked again when it changes; includes are read from open
 * documents first. The analyses run in another thread, and their findings come later.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type CheckOptions, check } from '../language/check/check';
import type { Diagnostic, Program } from '../language/check/context/program';
import type { ProgramContexts } from '../language/ide/hints/programContexts';
import { withFindings } from '../language/ide/lint';
import type { LintSettings } from '../language/ide/lintSettings';
import type { Analyst } from './analyst';
import { SETTINGS_FILE } from './settingsFile';

/** The path that a URI names; the URI itself where it names none on this machine. */
export function pathOf(uri: string): string {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : uri;
  } catch {
    return uri; // another host's, or with an encoded slash
  }
}
const uriOf = (path: string): string => (/^[a-z][a-z0-9+.-]+:/i.test(path) ? path : pathToFileURL(path).href);

interface CheckedDocument {
  readonly version: number;
  readonly program: Program;
  /** the checker's and the analyses'; begun when first asked for */
  diagnostics: Promise<readonly Diagnostic[]> | undefined;
  /** where its bodies and calls run; begun when first asked for */
  contexts: Promise<ProgramContexts | undefined> | undefined;
}

export class Checked {
  private readonly known = new Map<string, CheckedDocument>();
  /** includes are read from open documents first */
  readonly includes: CheckOptions = { resolveInclude: (wanted, from) => this.include(wanted, from) };

  constructor(
    private readonly open: { get(uri: string): TextDocument | undefined; all(): TextDocument[] },
    private readonly analyst: Analyst,
    /** how findings count in the file at a path */
    private readonly settings: (path: string) => LintSettings,
  ) {}

  /** The URI of a file: the client's own spelling where it has the file open. */
  uriOf(path: string): string {
    return this.open.all().find(({ uri }) => pathOf(uri) === path)?.uri ?? uriOf(path);
  }
  /** The program of an open document, checked at its present text; undefined if it isn't open. */
  of(uri: string): Program | undefined {
    return this.document(uri)?.program;
  }
  /** Everything that is found in an open document at its present text; undefined if it isn't open, or has changed meanwhile. */
  async diagnostics(uri: string): Promise<{ program: Program; diagnostics: readonly Diagnostic[] } | undefined> {
    const document = this.document(uri);
    if (!document) return undefined;
    const { program } = document;
    document.diagnostics ??= this.analysed(program, pathOf(uri));
    const diagnostics = await document.diagnostics;
    return this.known.get(uri) === document ? { program, diagnostics } : undefined;
  }
  /** Where the bodies and calls of an open document run, at its present text; undefined if it isn't open, or has changed meanwhile. */
  async contexts(uri: string): Promise<ProgramContexts | undefined> {
    const document = this.document(uri);
    if (!document) return undefined;
    document.contexts ??= this.analyst.contexts(document.program);
    const contexts = await document.contexts;
    return this.known.get(uri) === document ? contexts : undefined;
  }
  /** The checker's and the analyses' diagnostics of a program whose main file is at a path. */
  async analysed(program: Program, path: string): Promise<readonly Diagnostic[]> {
    return withFindings(program, await this.analyst.analyse(program), this.settings(path));
  }
  /** A file has changed. Returns the open documents whose programs include it, or might now: they are checked again when next asked for. */
  changed(uri: string): string[] {
    const path = pathOf(uri);
    const affected = [...this.known].filter(
      ([key, { program }]) =>
        key === uri ||
        basename(path) === SETTINGS_FILE ||
        program.files.some((f) => f.path === path) ||
        program.diagnostics.some((d) => d.code === 'include-not-found'),
    );
    for (const [key] of affected) this.known.delete(key);
    return affected.map(([key]) => key);
  }
  /** Settings have changed: everything is analysed again. Returns the open documents. */
  stale(): string[] {
    const all = [...this.known.keys()];
    this.known.clear();
    return all;
  }
  closed(uri: string): void {
    this.known.delete(uri);
  }

  private document(uri: string): CheckedDocument | undefined {
    const document = this.open.get(uri);
    if (!document) return undefined;
    const { version } = document;
    const known = this.known.get(uri);
    if (known?.version === version) return known;
    const program = check({ path: pathOf(uri), text: document.getText() }, this.includes);
    const checked: CheckedDocument = { version, program, diagnostics: undefined, contexts: undefined };
    this.known.set(uri, checked);
    return checked;
  }
  private include(wanted: string, from: string): { path: string; text: string } | undefined {
    const path = resolve(dirname(from), wanted);
    const document = this.open.all().find(({ uri }) => pathOf(uri) === path);
    if (document) return { path, text: document.getText() };
    try {
      return { path, text: readFileSync(path, 'utf8') };
    } catch {
      return undefined;
    }
  }
}
