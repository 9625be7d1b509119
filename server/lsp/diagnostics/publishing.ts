/**
 * Diagnostics that the server sends by itself: all of them to a client that does not ask (textDocument/diagnostic), else those in files that
 * are not open. Each edit sends the files whose diagnostics it changes.
 */

import type { LspSession } from '../lspSession';
import { Findings } from './findings';
import { registerPulling } from './pulling';

/** Milliseconds that an edit waits for the next while one follows another, at most: less where the analysis is fast. */
const PAUSE = 150;

export function registerPublishing(session: LspSession): void {
  const { connection, documents, checked } = session;
  const findings = new Findings(session);
  const pending = new Map<string, NodeJS.Timeout>();
  const running = new Set<string>();
  const again = new Set<string>();
  let lastEdit = 0;
  let duration = 0;

  const send = (uris: Iterable<string>): void => {
    for (const uri of uris) {
      if (session.client.pullsDiagnostics && documents.get(uri)) continue;
      const diagnostics = findings.changes(uri);
      if (diagnostics) void connection.sendDiagnostics({ uri, diagnostics });
    }
  };
  const { refresh } = registerPulling(session, findings, send);

  const publishEarly = (uri: string): void => {
    const early = findings.updateEarly(uri);
    if (early) send(early);
  };
  const publish = async (uri: string): Promise<void> => {
    const start = performance.now();
    running.add(uri);
    const complete = findings.update(uri).finally(() => running.delete(uri));
    publishEarly(uri);
    const changed = await complete;
    duration = performance.now() - start;
    if (changed) send(changed);
    if (again.delete(uri)) later(uri);
  };
  const later = (uri: string): void => {
    if (session.client.pullsDiagnostics) {
      refresh();
      return;
    }
    if (running.has(uri)) again.add(uri);
    const now = performance.now();
    const pause = now - lastEdit < PAUSE ? Math.min(PAUSE, duration) : 0;
    clearTimeout(pending.get(uri));
    pending.set(
      uri,
      setTimeout(() => {
        pending.delete(uri);
        void session.guarded(async () => (running.has(uri) ? publishEarly(uri) : publish(uri)));
      }, pause),
    );
  };
  documents.onDidChangeContent(({ document }) => {
    const affected = checked.changed(document.uri);
    session.workspace.changed(document.uri);
    if (!session.client.pullsDiagnostics) later(document.uri);
    for (const uri of affected) if (uri !== document.uri) later(uri);
    lastEdit = performance.now();
  });
  documents.onDidClose(({ document }) => {
    clearTimeout(pending.get(document.uri));
    pending.delete(document.uri);
    // what includes it has the file from the disk from now on
    for (const uri of checked.changed(document.uri)) if (uri !== document.uri) later(uri);
    session.workspace.changed(document.uri);
    checked.closed(document.uri);
    send(findings.forget(document.uri));
  });
  session.settings.onChange(() => {
    for (const uri of checked.stale()) later(uri);
    session.workspace.stale();
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    for (const change of changes) {
      for (const uri of checked.changed(change.uri)) later(uri);
      session.workspace.changed(change.uri);
    }
  });
}
