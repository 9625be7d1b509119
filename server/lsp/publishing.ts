/** Diagnostics, published when the typing pauses: of the open documents, and the errors in the files that they include. */
import { errorsInIncludes } from '../language/ide/includes';
import type { DiagnosticData } from '../language/ide/positions';
import type { LspSession } from './lspSession';

/** Milliseconds without typing before a document is checked again. */
const PAUSE = 150;

export function registerPublishing(session: LspSession): void {
  const { connection, documents, checked } = session;
  const pending = new Map<string, NodeJS.Timeout>();

  /** what was found in the program of each open document, by the URI of the file it is in */
  const found = new Map<string, ReadonlyMap<string, DiagnosticData[]>>();

  /** Sends what all programs have in a file; the same finding of two programs once. */
  const send = (uri: string): void => {
    const all = [...found.values()].flatMap((byFile) => byFile.get(uri) ?? []);
    const different = new Map(all.map((d) => [JSON.stringify([d.range, d.code, d.message]), d]));
    void connection.sendDiagnostics({ uri, diagnostics: [...different.values()] });
  };
  const replace = (uri: string, byFile: ReadonlyMap<string, DiagnosticData[]>): void => {
    const before = found.get(uri);
    if (byFile.size > 0) found.set(uri, byFile);
    else found.delete(uri);
    for (const file of new Set([...(before?.keys() ?? []), ...byFile.keys()])) send(file);
  };
  const publish = async (uri: string): Promise<void> => {
    const result = await checked.diagnostics(uri);
    if (!result) return;
    const { program, diagnostics } = result;
    const positions = session.positions(program);
    const byFile = new Map<string, DiagnosticData[]>([[uri, []]]);
    for (const d of [...diagnostics, ...errorsInIncludes(program, diagnostics)]) {
      // of an included file its errors: whether something in it is used or may sleep depends on who includes it
      if (d.span.file !== 0 && d.severity !== 'error') continue;
      const file = d.span.file === 0 ? uri : positions.location(d.span).uri;
      const known = byFile.get(file);
      if (known) known.push(positions.diagnostic(d));
      else byFile.set(file, [positions.diagnostic(d)]);
    }
    replace(uri, byFile);
  };
  const later = (uri: string): void => {
    clearTimeout(pending.get(uri));
    pending.set(
      uri,
      setTimeout(() => {
        pending.delete(uri);
        void session.guarded(() => publish(uri));
      }, PAUSE),
    );
  };
  documents.onDidChangeContent(({ document }) => {
    later(document.uri);
    for (const uri of checked.changed(document.uri)) later(uri);
  });
  documents.onDidClose(({ document }) => {
    clearTimeout(pending.get(document.uri));
    pending.delete(document.uri);
    // what includes it has the file from the disk from now on
    for (const uri of checked.changed(document.uri)) if (uri !== document.uri) later(uri);
    checked.closed(document.uri);
    if (found.has(document.uri)) replace(document.uri, new Map());
    else send(document.uri);
  });
  session.settings.onChange(() => {
    for (const uri of checked.stale()) later(uri);
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    for (const change of changes) for (const uri of checked.changed(change.uri)) later(uri);
  });
}
