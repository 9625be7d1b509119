/** Help while writing: hovers, completion, signatures. */
import { CompletionItemKind, CompletionItemTag, InsertTextFormat, MarkupKind } from 'vscode-languageserver/node';
import { completions, signature } from '../language/ide/complete';
import type { Completion } from '../language/ide/completion';
import { hover } from '../language/ide/hover';
import type { LspSession } from './lspSession';

const COMPLETION: Readonly<Record<Completion['kind'], CompletionItemKind>> = {
  field: CompletionItemKind.Field,
  variable: CompletionItemKind.Variable,
  function: CompletionItemKind.Function,
  constant: CompletionItemKind.Constant,
  keyword: CompletionItemKind.Keyword,
  type: CompletionItemKind.Struct,
};

export function registerWriting(session: LspSession): void {
  const { connection } = session;

  connection.onHover((params) => {
    const here = session.at(params);
    const found = here && hover(here.program, 0, here.offset);
    return found
      ? { contents: { kind: MarkupKind.Markdown, value: found.markdown }, range: here.positions.range(found.span) }
      : null;
  });
  connection.onCompletion((params) => {
    const here = session.at(params);
    return (here ? completions(here.program, 0, here.offset) : []).map((c) => ({
      label: c.label,
      kind: COMPLETION[c.kind],
      detail: c.detail,
      ...(c.first ? { sortText: `!${c.label}` } : {}),
      ...(c.deprecated ? { tags: [CompletionItemTag.Deprecated] } : {}),
      ...(c.snippet === undefined ? {} : { insertText: c.snippet, insertTextFormat: InsertTextFormat.Snippet }),
    }));
  });
  connection.onSignatureHelp((params) => {
    const here = session.at(params);
    const found = here && signature(here.program, 0, here.offset);
    if (!found) return null;
    const documentation = { kind: MarkupKind.Markdown, value: found.markdown };
    return {
      signatures: [{ label: found.label, documentation, parameters: found.parameters.map((label) => ({ label })) }],
      activeSignature: 0,
      activeParameter: found.active,
    };
  });
}
