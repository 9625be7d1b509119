/** What the features of the language server share: the connection, the open documents, and their programs. */
import type { Connection, TextDocuments } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Program } from '../language/check/context/program';
import { Positions } from '../language/ide/positions';
import type { Analyst } from './analyst';
import { ClientFacts } from './clientFacts';
import type { ClientSettings } from './clientSettings';
import { Checked } from './documents';
import { LintConfiguration } from './lintConfiguration';
import { Workspace } from './workspace';

/** A position in an open document, as a request names it. */
interface DocumentPosition {
  readonly textDocument: { readonly uri: string };
  readonly position: { readonly line: number; readonly character: number };
}
/** The program and the offset that a request is about. */
export interface Here {
  readonly program: Program;
  readonly offset: number;
  readonly positions: Positions;
}

export class LspSession {
  readonly checked: Checked;
  readonly lint: LintConfiguration;
  readonly workspace: Workspace;
  readonly client = new ClientFacts();

  constructor(
    readonly connection: Connection,
    readonly documents: TextDocuments<TextDocument>,
    readonly analyst: Analyst,
    readonly settings: ClientSettings,
  ) {
    this.lint = new LintConfiguration(connection, settings);
    this.checked = new Checked(documents, analyst, (path) => this.lint.of(path));
    this.workspace = new Workspace(this.checked, () => documents.keys());
  }

  /** Undefined if the document is not open. */
  at({ textDocument, position }: DocumentPosition): Here | undefined {
    const program = this.checked.of(textDocument.uri);
    const document = this.documents.get(textDocument.uri);
    if (!program || !document) return undefined;
    return { program, offset: document.offsetAt(position), positions: this.positions(program) };
  }
  positions(program: Program): Positions {
    return new Positions(program.files, (path) => this.checked.uriOf(path));
  }
  /** Work outside of a request, which has no caller to answer to: an exception is logged, and the session continues. */
  async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }
}
