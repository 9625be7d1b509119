/** Diagnostics, published when the typing pauses. */
import type { LspSession } from './lspSession';

/** Milliseconds without typing before a document is checked again. */
const PAUSE = 150;

export function registerPublishing(session: LspSession): void {
  const { connection, documents, checked } = session;
  const pending = new Map<string, NodeJS.Timeout>();

  const publish = async (uri: string): Promise<void> => {
    const result = await checked.diagnostics(uri);
    if (!result) return;
    const positions = session.positions(result.program);
    const own = result.diagnostics.filter((d) => d.span.file === 0);
    void connection.sendDiagnostics({ uri, diagnostics: own.map((d) => positions.diagnostic(d)) });
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
    checked.closed(document.uri);
    void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    for (const change of changes) for (const uri of checked.changed(change.uri)) later(uri);
  });
}
