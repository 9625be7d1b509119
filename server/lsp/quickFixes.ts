/** Quick fixes: what a diagnostic offers, where the cursor is. */
import { CodeActionKind } from 'vscode-languageserver/node';
import type { Range } from '../language/ide/positions';
import type { LspSession } from './lspSession';
import { editsIn } from './workspaceEdit';

const before = (a: { line: number; character: number }, b: { line: number; character: number }): boolean =>
  a.line < b.line || (a.line === b.line && a.character < b.character);
const overlap = (a: Range, b: Range): boolean => !before(a.end, b.start) && !before(b.end, a.start);

export function registerQuickFixes(session: LspSession): void {
  const { connection } = session;

  connection.onCodeAction(async (params) => {
    const result = await session.checked.diagnostics(params.textDocument.uri);
    if (!result) return [];
    const positions = session.positions(result.program);
    return result.diagnostics.flatMap((d) => {
      if (d.span.file !== 0 || !overlap(positions.range(d.span), params.range)) return [];
      return (d.fixes ?? []).map((fix) => {
        const edit = editsIn(fix.edits.map(({ span, text }) => ({ ...positions.location(span), text })));
        return { title: fix.title, kind: CodeActionKind.QuickFix, diagnostics: [positions.diagnostic(d)], edit };
      });
    });
  });
}
