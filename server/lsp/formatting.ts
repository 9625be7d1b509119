/** Formatting of a document, of a range, and while typing. */
import { type FormattingOptions, TextEdit } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Change } from '../language/ide/format/commentColumns';
import { formatChanges } from '../language/ide/format/format';
import { formatRange, formatTyped } from '../language/ide/format/formatPart';
import { type FormatStyle, KERNEL_STYLE } from '../language/ide/format/lineLayout';
import type { LspSession } from './lspSession';

/** Tabs are kernel style and have 8 columns; a client that asks for blanks gets so many. */
const styleOf = ({ tabSize, insertSpaces }: FormattingOptions): FormatStyle =>
  insertSpaces && tabSize > 0 ? { tab: Math.min(tabSize, 16), spaces: true } : KERNEL_STYLE;
const editsOf = (document: TextDocument, changes: readonly Change[]): TextEdit[] =>
  changes.map(({ start, end, text }) =>
    TextEdit.replace({ start: document.positionAt(start), end: document.positionAt(end) }, text),
  );

export function registerFormatting(session: LspSession): void {
  const { connection, documents } = session;
  const at = ({ uri }: { readonly uri: string }) => {
    const document = documents.get(uri);
    const source = session.checked.of(uri)?.files[0];
    return document && source ? { document, source } : undefined;
  };

  connection.onDocumentFormatting(({ textDocument, options }) => {
    const here = at(textDocument);
    return here ? editsOf(here.document, formatChanges(here.source, styleOf(options))) : null;
  });
  connection.onDocumentRangeFormatting(({ textDocument, range, options }) => {
    const here = at(textDocument);
    if (!here) return null;
    const { document, source } = here;
    const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
    return editsOf(document, formatRange(source, Math.min(start, end), Math.max(start, end), styleOf(options)));
  });
  connection.onDocumentOnTypeFormatting(({ textDocument, position, ch, options }) => {
    const here = at(textDocument);
    if (!here) return null;
    const { document, source } = here;
    return editsOf(document, formatTyped(source, document.offsetAt(position), ch, styleOf(options)));
  });
}
