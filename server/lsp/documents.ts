/**
 * The open documents, checked: each is the main file of its program, and checked again when it changes; includes are read from open
 * documents first. The analyses run in another thread, and their findings come later.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type CheckOptions, check, type InputFile } from '../language/check/check';
import type { Diagnostic, Program } from '../language/check/context/program';
import type { ProgramContexts } from '../language/ide/hints/programContexts';
import { withFindings } from '../language/ide/lint';
import type { LintSettings } from '../language/ide/lintSettings';
import type { Analyst } from './analyst';
import { CheckedDocument, withIncludes } from './checkedDocument';
import { carriedFindings, type Found } from './diagnostics/carriedFindings';
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

/** A program, and everything that is found in it. */
export interface Checks {
  readonly program: Program;
  readonly diagnostics: readonly Diagnostic[];
}
/** Characters of a program from which on an edit does not wait for the analyses to be told of: they take longer than a user notices. */
const LARGE = 64 * 1024;

export class Checked {
  private readonly known = new Map<string, CheckedDocument>();
  /** by URI: at the version before, where nothing else has changed: the next program is made of its program */
  private readonly before = new Map<string, CheckedDocument>();
  /** by URI: what the analyses found last in a document that is open */
  private readonly lastFound = new Map<string, Found>();
  /** includes are read from open documents first */
  readonly includes: CheckOptions = { resolveInclude: (wanted, from) => this.include(wanted, from) };

  constructor(
    private readonly open: { get(uri: string): TextDocument | undefined; all(): TextDocument[] },
    private readonly analyst: Analyst,
    /** how findings count in the file at a path, and its machine */
    private readonly settings: (path: string) => LintSettings,
  ) {}

  /** How the program is checked whose main file is at a path. */
  optionsFor(path: string): CheckOptions {
    return { ...this.includes, machine: this.settings(path).machine };
  }
  /** The URI of a file: the client's own spelling where it has the file open. */
  uriOf(path: string): string {
    return this.open.all().find(({ uri }) => pathOf(uri) === path)?.uri ?? uriOf(path);
  }
  /** The program of an open document, checked at its present text; undefined if it isn't open. */
  of(uri: string): Program | undefined {
    return this.document(uri)?.program;
  }
  /** Everything that is found in an open document at its present text; undefined if it isn't open, or has changed meanwhile. */
  async diagnostics(uri: string): Promise<Checks | undefined> {
    const document = this.document(uri);
    if (!document) return undefined;
    document.diagnostics ??= this.found(document, uri);
    const asked = document.diagnostics;
    const found = await asked;
    // not answered: whoever asks next asks again
    if (!found && document.diagnostics === asked) document.diagnostics = undefined;
    if (this.known.get(uri) !== document) return undefined;
    const { program } = document;
    return { program, diagnostics: found ?? withFindings(program, [], this.settings(pathOf(uri))) };
  }
  /** The other thread begins before this one checks the program. */
  private async found(document: CheckedDocument, uri: string): Promise<readonly Diagnostic[] | undefined> {
    const path = pathOf(uri);
    const text = this.open.get(uri)?.getText() ?? '';
    const files = withIncludes({ path, text }, (wanted, from) => this.include(wanted, from));
    const findings = this.analyst.analyse(files, this.settings(path).machine, 'document');
    const sources = document.program.files;
    const answer = await findings;
    if (answer && this.open.get(uri)) {
      document.analysed = true;
      this.lastFound.set(uri, { files: sources, findings: answer });
    }
    // the next version may have been made of its program
    if (!answer || this.known.get(uri) !== document) return undefined;
    return withFindings(document.program, answer, this.settings(path));
  }
  /**
   * What is known of a large open document before the analyses of its present text have ended: the checker's diagnostics, and what was
   * found in the text before. Undefined if the analyses have ended or will not take long, or have not ended before.
   */
  early(uri: string): Checks | undefined {
    const before = this.lastFound.get(uri);
    const document = before && this.document(uri);
    if (!document || document.analysed) return undefined;
    const { program } = document;
    if (program.files.reduce((all, { text }) => all + text.length, 0) < LARGE) return undefined;
    const carried = carriedFindings(before, program.files);
    const all = withFindings(program, carried, this.settings(pathOf(uri)));
    // whether a comment silences anything is known when the analyses have ended
    return { program, diagnostics: all.filter(({ code }) => code !== 'suppression-without-effect') };
  }
  /** Where the bodies and calls of an open document run, at its present text; undefined if it isn't open, or has changed meanwhile. */
  async contexts(uri: string): Promise<ProgramContexts | undefined> {
    const document = this.document(uri);
    if (!document) return undefined;
    document.contexts ??= this.analyst.contexts(document.program);
    const contexts = await document.contexts;
    return this.known.get(uri) === document ? contexts : undefined;
  }
  /** The checker's and the analyses' diagnostics of a program whose main file is at a path; undefined if they were given up. */
  async analysed(program: Program, path: string): Promise<readonly Diagnostic[] | undefined> {
    const answer = await this.analyst.analyse(program.files, program.choice, 'workspace');
    return answer && withFindings(program, answer, this.settings(path));
  }
  /** A file has changed. Returns the open documents whose programs include it, or might now: they are checked again when next asked for. */
  changed(uri: string): string[] {
    const path = pathOf(uri);
    const isAffected = ([key, document]: readonly [string, CheckedDocument]): boolean =>
      key === uri || basename(path) === SETTINGS_FILE || document.dependsOn(path);
    for (const earlier of this.before) if (earlier[0] !== uri && isAffected(earlier)) this.before.delete(earlier[0]);
    const affected = [...this.known].filter(isAffected);
    for (const [key, document] of affected) {
      this.known.delete(key);
      if (key === uri && document.isChecked) this.before.set(key, document);
    }
    return affected.map(([key]) => key);
  }
  /** Settings have changed: everything is analysed again. Returns the open documents. */
  stale(): string[] {
    const all = [...this.known.keys()];
    this.known.clear();
    this.before.clear();
    return all;
  }
  closed(uri: string): void {
    this.known.delete(uri);
    this.before.delete(uri);
    this.lastFound.delete(uri);
  }

  private document(uri: string): CheckedDocument | undefined {
    const document = this.open.get(uri);
    if (!document) return undefined;
    const { version } = document;
    const known = this.known.get(uri);
    if (known?.version === version) return known;
    const main = { path: pathOf(uri), text: document.getText() };
    if (known?.isChecked) this.before.set(uri, known);
    const checked = new CheckedDocument(version, () => {
      const before = this.before.get(uri);
      this.before.delete(uri);
      return before?.edited(main.text, this.includes) ?? check(main, this.optionsFor(main.path));
    });
    this.known.set(uri, checked);
    return checked;
  }
  private include(wanted: string, from: string): InputFile | undefined {
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
