/** Changes to files, as the protocol wants them. */
import type { TextEdit, WorkspaceEdit } from 'vscode-languageserver/node';
import type { Location } from '../language/ide/positions';

export function editsIn(edits: readonly (Location & { readonly text: string })[]): WorkspaceEdit {
  const changes: Record<string, TextEdit[]> = {};
  for (const { uri, range, text } of edits) {
    changes[uri] ??= [];
    changes[uri].push({ range, newText: text });
  }
  return { changes };
}
