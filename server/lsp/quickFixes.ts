/**
 * Quick fixes where the cursor is, each proven to cure what it is offered for; behind them the comments that silence findings; and
 * `source.fixAll`, which applies the safe fixes of a file.
 */
import { type CodeAction, CodeActionKind } from 'vscode-languageserver/node';
import type { Fix } from '../language/check/context/program';
import { fixAll } from '../language/ide/fixAll';
import type { Range } from '../language/ide/positions';
import { provenFixes } from '../language/ide/provenFixes';
import { silencing } from '../language/ide/suppressions';
import { editBetween } from '../language/syntax/textEdit';
import { pathOf } from './documents';
import type { LspSession } from './lspSession';
import { editsIn } from './workspaceEdit';

export const FIX_ALL = `${CodeActionKind.SourceFixAll}.kmem`;

const before = (a: { line: number; character: number }, b: { line: number; character: number }): boolean =>
  a.line < b.line || (a.line === b.line && a.character < b.character);
const overlap = (a: Range, b: Range): boolean => !before(a.end, b.start) && !before(b.end, a.start);
/** Whether a client that asks for these kinds takes `kind`: one of them, or a part of one. */
const wanted = (only: readonly string[] | undefined, kind: string): boolean =>
  only === undefined || only.some((asked) => kind === asked || kind.startsWith(`${asked}.`));

export function registerQuickFixes(session: LspSession): void {
  const { connection } = session;

  connection.onCodeAction(async ({ textDocument: { uri }, range, context }) => {
    const result = await session.checked.diagnostics(uri);
    if (!result) return [];
    const actions: CodeAction[] = [];
    const silences: CodeAction[] = [];
    if (wanted(context?.only, CodeActionKind.QuickFix)) {
      const { program, diagnostics } = result;
      const positions = session.positions(program);
      for (const d of diagnostics) {
        if (d.span.file !== 0 || !overlap(positions.range(d.span), range)) continue;
        const action = (fix: Fix, isPreferred: boolean): CodeAction => ({
          title: titleOf(fix),
          kind: CodeActionKind.QuickFix,
          isPreferred,
          diagnostics: [positions.diagnostic(d)],
          edit: editsIn(fix.edits.map(({ span, text }) => ({ ...positions.location(span), text }))),
        });
        const proven = provenFixes(program, diagnostics, d, session.lint.of(pathOf(uri)));
        actions.push(...proven.map((fix, i) => action(fix, i === 0 && !fix.unsafe)));
        const silence = silencing(program, d);
        if (silence) silences.push(action(silence, false));
      }
      // what cures comes first
      actions.push(...silences);
    }
    // only where it is asked for by name: editors ask on saving
    if (context?.only && wanted(context.only, FIX_ALL)) actions.push(...allFixes(session, uri));
    return actions;
  });
}
const titleOf = ({ title, unsafe }: Fix): string => (unsafe ? `${title} (changes what the code does)` : title);

function allFixes(session: LspSession, uri: string): CodeAction[] {
  const document = session.documents.get(uri);
  if (!document) return [];
  const text = document.getText();
  const fixed = fixAll({ path: pathOf(uri), text }, session.checked.includes, session.lint.of(pathOf(uri)));
  if (fixed.text === text) return [];
  const { start, end, by } = editBetween(text, fixed.text);
  const range = { start: document.positionAt(start), end: document.positionAt(end) };
  const insert = fixed.text.slice(start, end + by);
  return [{ title: 'apply all safe fixes', kind: FIX_ALL, edit: editsIn([{ uri, range, text: insert }]) }];
}
