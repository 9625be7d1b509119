/** Moving among names: definition, references, highlights, rename. */
import { ResponseError } from 'vscode-languageserver/node';
import { includeLinks } from '../language/ide/includes';
import { definition, references, symbolAt } from '../language/ide/references';
import type { LspSession } from './lspSession';
import { editsIn } from './workspaceEdit';

export function registerNavigation(session: LspSession): void {
  const { connection } = session;

  connection.onDefinition((params) => {
    const here = session.at(params);
    const span = here && definition(here.program, 0, here.offset);
    return span ? here.positions.location(span) : null;
  });
  connection.onDocumentLinks(({ textDocument }) => {
    const program = session.checked.of(textDocument.uri);
    if (!program) return [];
    const positions = session.positions(program);
    return includeLinks(program, 0).map(({ span, target }) => ({
      range: positions.range(span),
      target: positions.location(target).uri,
    }));
  });
  connection.onReferences((params) => {
    const here = session.at(params);
    return here ? references(here.program, 0, here.offset).map((span) => here.positions.location(span)) : [];
  });
  connection.onDocumentHighlight((params) => {
    const here = session.at(params);
    if (!here) return [];
    const own = references(here.program, 0, here.offset).filter((span) => span.file === 0);
    return own.map((span) => ({ range: here.positions.range(span) }));
  });
  connection.onPrepareRename((params) => {
    const here = session.at(params);
    const found = here && symbolAt(here.program, 0, here.offset);
    if (!found || !definition(here.program, 0, here.offset)) return null; // the kernel's names stay as they are
    return here.positions.range(found.span);
  });
  connection.onRenameRequest((params) => {
    const here = session.at(params);
    if (!here) return null;
    if (!/^[A-Za-z_]\w*$/.test(params.newName))
      return new ResponseError(
        -32602,
        `'${params.newName}' is not a name in C: it takes letters, digits and _, and does not begin with a digit`,
      );
    const spans = references(here.program, 0, here.offset);
    return editsIn(spans.map((span) => ({ ...here.positions.location(span), text: params.newName })));
  });
}
