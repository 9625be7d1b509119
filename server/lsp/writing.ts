/** Help while writing: hovers, completion, signatures. */
import { CompletionItemKind, CompletionItemTag, InsertTextFormat, MarkupKind } from 'vscode-languageserver/node';
import { completionMarkdown, completions, contextWanted } from '../language/ide/completion/complete';
import type { Completion } from '../language/ide/completion/completion';
import { contextMarkdown } from '../language/ide/contextHere';
import { hover } from '../language/ide/hover';
import { signature } from '../language/ide/signature';
import type { LspSession } from './lspSession';

const COMPLETION: Readonly<Record<Completion['kind'], CompletionItemKind>> = {
  field: CompletionItemKind.Field,
  variable: CompletionItemKind.Variable,
  function: CompletionItemKind.Function,
  constant: CompletionItemKind.Constant,
  keyword: CompletionItemKind.Keyword,
  type: CompletionItemKind.Struct,
};

/** Where a completion was asked for, kept in its items until one is looked at. */
interface Asked {
  readonly uri: string;
  readonly line: number;
  readonly character: number;
}

export function registerWriting(session: LspSession): void {
  const { connection } = session;

  connection.onHover(async (params) => {
    const here = session.at(params);
    const found = here && hover(here.program, 0, here.offset);
    if (!found) return null;
    const { call, markdown } = found;
    const range = here.positions.range(found.span);
    const context = call && (await session.analyst.contextAt(here.program, call.start, call.end));
    const value = context ? `${markdown}\n\n${contextMarkdown(context)}` : markdown;
    return { contents: { kind: MarkupKind.Markdown, value }, range };
  });
  connection.onCompletion(async (params) => {
    const here = session.at(params);
    if (!here) return [];
    const { program, offset } = here;
    const wanted = contextWanted(program, 0, offset);
    const context = wanted && (await session.analyst.contextAt(program, wanted.start, wanted.end));
    if (session.checked.of(params.textDocument.uri) !== program) return []; // it has changed meanwhile
    const data: Asked = { uri: params.textDocument.uri, ...params.position };
    return completions(program, 0, offset, context).map((c) => ({
      label: c.label,
      kind: COMPLETION[c.kind],
      detail: c.detail,
      sortText: `${c.rank}${c.order === undefined ? c.label : String(c.order).padStart(4, '0')}`,
      data,
      ...(c.deprecated ? { tags: [CompletionItemTag.Deprecated] } : {}),
      ...(c.snippet === undefined ? {} : { insertText: c.snippet, insertTextFormat: InsertTextFormat.Snippet }),
    }));
  });
  connection.onCompletionResolve((item) => {
    const asked = item.data as Asked | undefined;
    const here = asked && session.at({ textDocument: { uri: asked.uri }, position: asked });
    const value = here && completionMarkdown(here.program, 0, here.offset, item.label);
    return value === undefined ? item : { ...item, documentation: { kind: MarkupKind.Markdown, value } };
  });
  connection.onSignatureHelp(async (params) => {
    const here = session.at(params);
    const found = here && signature(here.program, 0, here.offset);
    if (!here || !found) return null;
    const { program, offset } = here;
    const rest = /^[^;{}\n]*\)/.exec(program.files[0]?.text.slice(offset, offset + 200) ?? '')?.[0].length ?? 0;
    const context = await session.analyst.contextAt(program, offset - found.written, offset + rest);
    const about = [found.markdown, context ? contextMarkdown(context) : ''].filter((text) => text !== '').join('\n\n');
    const markdown = (value: string) => ({ documentation: { kind: MarkupKind.Markdown, value } });
    const parameters = found.parameters.map(({ text, markdown: of }) => ({
      label: text,
      ...(of === undefined ? {} : markdown(of)),
    }));
    return {
      signatures: [{ label: found.label, ...markdown(about), parameters }],
      activeSignature: 0,
      activeParameter: found.active,
    };
  });
}
