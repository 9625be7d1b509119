/** Diagnostics that the client asks for: of a document, and of all scenarios in its folders. */
import {
  type Diagnostic,
  type DocumentDiagnosticReport,
  DocumentDiagnosticReportKind,
  LSPErrorCodes,
  ResponseError,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver/node';
import type { LspSession } from '../lspSession';
import type { Findings } from './findings';

/** @param send sends what is found in files that are not open */
export function registerPulling(
  session: LspSession,
  findings: Findings,
  send: (uris: Iterable<string>) => void,
): { refresh: () => void } {
  const { connection, documents, checked, workspace } = session;
  const provider = connection.languages.diagnostics;
  /** by URI: what the client has been told, and under which id */
  const answers = new Map<string, { readonly id: string; readonly text: string }>();
  let next = 1;
  let refreshing: NodeJS.Timeout | undefined;

  /** Asks the client to ask again for everything. */
  const refresh = (): void => {
    if (!session.client.refreshesDiagnostics || refreshing) return;
    refreshing = setTimeout(() => {
      refreshing = undefined;
      void session.guarded(() => provider.refresh());
    }, 20);
  };
  const report = (uri: string, items: Diagnostic[], before: string | undefined): DocumentDiagnosticReport => {
    const text = JSON.stringify(items);
    const known = answers.get(uri);
    if (known?.text === text) {
      if (known.id === before) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId: known.id };
      return { kind: DocumentDiagnosticReportKind.Full, resultId: known.id, items };
    }
    const id = String(next++);
    answers.set(uri, { id, text });
    return { kind: DocumentDiagnosticReportKind.Full, resultId: id, items };
  };
  const outdated = (retriggerRequest: boolean) =>
    new ResponseError(LSPErrorCodes.ServerCancelled, 'the document has changed meanwhile', { retriggerRequest });

  provider.on(async ({ textDocument: { uri }, previousResultId }, token) => {
    if (!documents.get(uri)) return report(uri, [], previousResultId);
    const complete = findings.update(uri);
    const early = session.client.refreshesDiagnostics ? findings.updateEarly(uri) : undefined;
    if (early) {
      send(early);
      const items = findings.inFile(uri);
      void session.guarded(async () => {
        if ((await complete) && JSON.stringify(findings.inFile(uri)) !== JSON.stringify(items)) refresh();
      });
      return report(uri, items, previousResultId);
    }
    const changed = await complete;
    if (!changed) return outdated(documents.get(uri) !== undefined) as never;
    // not `ServerCancelled`, whose `retriggerRequest` would decide whether the client asks again as it has planned
    if (token.isCancellationRequested)
      return new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled by the client') as never;
    send(changed);
    // what it finds in another open document is not asked for again by itself
    const others = [...changed].filter((other) => other !== uri && documents.get(other));
    if (
      others.some((other) => answers.has(other) && answers.get(other)?.text !== JSON.stringify(findings.inFile(other)))
    )
      refresh();
    return report(uri, findings.inFile(uri), previousResultId);
  });
  provider.onWorkspace(async ({ previousResultIds }, token, progress) => {
    const before = new Map(previousResultIds.map(({ uri, value }) => [uri, value]));
    const files = workspace.files();
    const items: WorkspaceDocumentDiagnosticReport[] = [];
    progress.begin('kmem', 0, 'analysing scenarios', true);
    for (const [i, path] of files.entries()) {
      if (token.isCancellationRequested) break;
      progress.report(Math.floor((100 * i) / files.length), path);
      const uri = checked.uriOf(path);
      const document = documents.get(uri);
      if (document) {
        await findings.update(uri);
        items.push({ ...report(uri, findings.inFile(uri), before.get(uri)), uri, version: document.version });
        continue;
      }
      const result = await workspace.diagnostics(path);
      if (!result) continue;
      const positions = session.positions(result.program);
      const own = result.diagnostics.filter((d) => d.span.file === 0).map((d) => positions.diagnostic(d));
      items.push({ ...report(uri, own, before.get(uri)), uri, version: null });
    }
    progress.done();
    return { items };
  });
  documents.onDidClose(({ document }) => void answers.delete(document.uri));
  return { refresh };
}
