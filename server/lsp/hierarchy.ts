/** Calls as a hierarchy, and the implementations of what is called through pointers. */
import { type CallHierarchyItem, type Location, SymbolKind } from 'vscode-languageserver/node';
import {
  type HierarchyCalls,
  type HierarchyItem,
  hierarchyItem,
  incomingCalls,
  outgoingCalls,
} from '../language/ide/hierarchy/callHierarchy';
import { implementations } from '../language/ide/hierarchy/implementations';
import type { Positions } from '../language/ide/positions';
import type { LspSession } from './lspSession';

const KIND: Readonly<Record<HierarchyItem['kind'], SymbolKind>> = {
  function: SymbolKind.Function,
  context: SymbolKind.Event,
  kernel: SymbolKind.Function,
};
/** Which open document an item was found through: a file may be included by several. */
interface ItemData {
  readonly through: string;
}

export function registerHierarchy(session: LspSession): void {
  const { connection, checked, workspace } = session;

  const itemOf = (item: HierarchyItem, positions: Positions, through: string): CallHierarchyItem => {
    const data: ItemData = { through };
    return {
      name: item.name,
      kind: KIND[item.kind],
      detail: item.detail,
      uri: positions.location(item.span).uri,
      range: positions.range(item.span),
      selectionRange: positions.range(item.nameSpan),
      data,
    };
  };
  /** The program through which an item was found, and where in it the item's name is. */
  const at = ({ uri, selectionRange, data }: CallHierarchyItem) => {
    const through = (data as ItemData | undefined)?.through ?? uri;
    const program = checked.of(through) ?? checked.of(uri);
    const file = program?.files.findIndex(({ path }) => checked.uriOf(path) === uri) ?? -1;
    if (!program || file < 0) return undefined;
    return { program, file, through, offset: session.positions(program).offset(file, selectionRange.start) };
  };

  connection.languages.callHierarchy.onPrepare(async ({ textDocument: { uri }, position }) => {
    const contexts = await checked.contexts(uri);
    const here = session.at({ textDocument: { uri }, position });
    const item = here && hierarchyItem(here.program, 0, here.offset, contexts);
    return item ? [itemOf(item, here.positions, uri)] : null;
  });
  connection.languages.callHierarchy.onIncomingCalls(async ({ item }) => {
    const found = at(item);
    const contexts = found && (await checked.contexts(found.through));
    const here = found && at(item);
    if (!here) return null;
    const callers = new Map<string, { from: CallHierarchyItem; fromRanges: Location['range'][] }>();
    const add = (calls: readonly HierarchyCalls[], positions: Positions): void => {
      for (const { item: caller, spans } of calls) {
        const from = itemOf(caller, positions, here.through);
        const key = `${from.uri}:${from.selectionRange.start.line}:${from.selectionRange.start.character}`;
        if (!callers.has(key)) callers.set(key, { from, fromRanges: spans.map((span) => positions.range(span)) });
      }
    };
    add(incomingCalls(here.program, here.file, here.offset, contexts), session.positions(here.program));
    const path = here.program.files[here.file]?.path;
    // other scenarios that include the file
    for (const program of workspace.programs()) {
      const file = program.files.findIndex((f) => f.path === path);
      if (program !== here.program && file >= 0)
        add(incomingCalls(program, file, here.offset), session.positions(program));
    }
    return [...callers.values()];
  });
  connection.languages.callHierarchy.onOutgoingCalls(async ({ item }) => {
    const found = at(item);
    const contexts = found && (await checked.contexts(found.through));
    const here = found && at(item);
    if (!here) return null;
    const positions = session.positions(here.program);
    return outgoingCalls(here.program, here.file, here.offset, contexts).map(({ item: to, spans }) => ({
      to: itemOf(to, positions, here.through),
      fromRanges: spans.map((span) => positions.range(span)),
    }));
  });
  connection.onImplementation((params) => {
    const here = session.at(params);
    if (!here) return null;
    return implementations(here.program, 0, here.offset).map((span) => here.positions.location(span));
  });
}
