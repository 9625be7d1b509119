/** Moving among names: definition, type definition, references, highlights, rename. */
import { DocumentHighlightKind, ResponseError } from 'vscode-languageserver/node';
import { includeAt, includeLinks } from '../language/ide/includes';
import {
  declaration,
  definition,
  highlights,
  type Place,
  references,
  typeDefinition,
} from '../language/ide/names/references';
import { isRefusal, renamable, rename } from '../language/ide/names/rename';
import type { LspSession } from './lspSession';
import { editsIn } from './workspaceEdit';

/** The answer to a request that makes no sense for this name. */
const INVALID_PARAMS = -32602;

export function registerNavigation(session: LspSession): void {
  const { connection } = session;
  const locationOf = ({ program, span }: Place) => session.positions(program).location(span);

  connection.onDefinition((params) => {
    const here = session.at(params);
    const span = here && (includeAt(here.program, 0, here.offset) ?? definition(here.program, 0, here.offset));
    return span ? here.positions.location(span) : null;
  });
  connection.onDeclaration((params) => {
    const here = session.at(params);
    const span = here && declaration(here.program, 0, here.offset);
    return span ? here.positions.location(span) : null;
  });
  connection.onTypeDefinition((params) => {
    const here = session.at(params);
    const span = here && typeDefinition(here.program, 0, here.offset);
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
    if (!here) return [];
    return references(session.workspace.programs(), here.program, 0, here.offset)
      .filter(({ occurrence }) => params.context.includeDeclaration || !occurrence.declares)
      .map(locationOf);
  });
  connection.onDocumentHighlight((params) => {
    const here = session.at(params);
    if (!here) return [];
    return highlights(here.program, 0, here.offset).map(({ span, writes, declares }) => ({
      range: here.positions.range(span),
      kind: writes ? DocumentHighlightKind.Write : declares ? DocumentHighlightKind.Text : DocumentHighlightKind.Read,
    }));
  });
  connection.onPrepareRename((params) => {
    const here = session.at(params);
    const found = here && renamable(here.program, 0, here.offset);
    if (!found) return null;
    return isRefusal(found) ? new ResponseError(INVALID_PARAMS, found.refused) : here.positions.range(found);
  });
  connection.onRenameRequest((params) => {
    const here = session.at(params);
    if (!here) return null;
    const found = rename(session.workspace.programs(), here.program, 0, here.offset, params.newName);
    if (isRefusal(found)) return new ResponseError(INVALID_PARAMS, found.refused);
    return editsIn(found.map((place) => ({ ...locationOf(place), text: params.newName })));
  });
}
