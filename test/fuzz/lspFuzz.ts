/** Random messages to the language server, with documents that open, change and close. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokenFrame, deepJson, frame, unusualFrame } from './frames';
import { type Findings, Peer } from './peer';
import { anyValue, Random } from './random';

const TEXT = readFileSync(join(__dirname, '../../examples/nic-rx.kmem'), 'utf8');
const URIS = ['file:///work/a.kmem', 'file:///work/b.kmem', 'untitled:1', 'file://host/x.kmem', 'file:///a%2Fb', ''];
const AT_POSITION =
  'hover completion signatureHelp definition typeDefinition implementation references documentHighlight prepareRename rename prepareCallHierarchy onTypeFormatting'.split(
    ' ',
  );
const OF_DOCUMENT = [
  'documentSymbol',
  'semanticTokens/full',
  'semanticTokens/full/delta',
  'semanticTokens/range',
  'codeAction',
  'codeLens',
  'diagnostic',
  'documentLink',
  'formatting',
  'rangeFormatting',
  'foldingRange',
  'selectionRange',
  'inlayHint',
];
const OF_NOTHING = [
  'workspace/symbol',
  'workspace/diagnostic',
  'codeLens/resolve',
  'inlayHint/resolve',
  'callHierarchy/incomingCalls',
  'callHierarchy/outgoingCalls',
];
const NOTIFICATIONS = [
  'textDocument/didOpen',
  'textDocument/didChange',
  'textDocument/didClose',
  'textDocument/didSave',
];
const OTHERS = [
  'workspace/didChangeWatchedFiles',
  'workspace/didChangeWorkspaceFolders',
  '$/cancelRequest',
  '$/setTrace',
  'workspace/didChangeConfiguration',
  'x',
];

/** Sends `messages` messages. @throws if the server ends, or leaves a request without an answer */
export async function fuzzLsp(messages: number, seed: number): Promise<Findings> {
  const random = new Random(seed);
  const last = { result: undefined as unknown };
  const peer = new Peer(
    ['lsp'],
    (m) => (typeof m.id === 'number' && m.method === undefined ? m.id : undefined),
    (m) => {
      last.result = m.result;
    },
  );
  let id = 0;
  const request = (method: string, params: unknown): void => {
    peer.write(frame(JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params })));
    peer.count(id);
  };
  const notify = (method: string, params: unknown): void => {
    peer.write(frame(JSON.stringify({ jsonrpc: '2.0', method, params })));
    peer.countNotification();
  };
  const position = () => ({ line: random.to(90), character: random.to(60) });
  const range = () => ({ start: position(), end: position() });
  const document = () => ({ uri: random.pick(URIS) });
  const piece = () => {
    const start = random.to(TEXT.length);
    return TEXT.slice(start, start + random.to(random.once(10) ? 2000 : 60));
  };
  const paramsOf = (method: string): unknown => {
    if (random.once(12)) return anyValue(random);
    const textDocument = random.once(25)
      ? anyValue(random)
      : { ...document(), version: id, languageId: 'kmem', text: TEXT };
    const at = random.once(25) ? anyValue(random) : position();
    return {
      textDocument,
      position: at,
      range: random.once(25) ? anyValue(random) : range(),
      context: random.pick<unknown>([{ diagnostics: [], includeDeclaration: true }, {}, null]),
      newName: random.pick(['count', '1x', 'while', 7]),
      positions: random.once(25) ? anyValue(random) : [position(), position()],
      previousResultId: random.pick(['1', '2', 5]),
      options: random.once(25) ? anyValue(random) : { tabSize: random.to(9), insertSpaces: random.once(2) },
      ch: random.pick([';', '}', '\n', 'x', 3]),
      event: { added: [{ uri: random.pick(URIS) }], removed: random.pick<unknown>([[], [{ uri: 5 }], null]) },
      previousResultIds: [],
      query: random.pick(['', 'rx', 7]),
      item: random.once(2)
        ? anyValue(random)
        : { uri: random.pick(URIS), selectionRange: range(), data: anyValue(random) },
      data: random.once(2)
        ? anyValue(random)
        : {
            uri: random.pick(URIS),
            offset: random.to(900),
            label: 'x',
            what: 'callers',
            span: { file: random.to(2), start: 0, end: 5 },
          },
      contentChanges: [random.once(8) ? { text: piece() } : { range: range(), text: piece() }],
      changes: [{ uri: random.pick(URIS), type: random.to(4) }],
      id: id - random.to(5),
      value: random.pick(['off', 'verbose', 5]),
      ...(method === 'x' ? { x: anyValue(random) } : {}),
    };
  };

  try {
    request('initialize', { processId: null, rootUri: null, capabilities: {} });
    notify('initialized', {});
    let from = await peer.settle(0);
    for (let i = 0; i < messages; i++) {
      if (random.once(3)) {
        const method = random.once(6) ? random.pick(OTHERS) : random.pick(NOTIFICATIONS);
        const json = JSON.stringify({ jsonrpc: '2.0', method, params: paramsOf(method) });
        peer.write(random.once(6) ? brokenFrame(random, json) : unusualFrame(random, json));
        peer.countNotification();
      } else {
        const method = random.once(30)
          ? random.pick([String(anyValue(random)), ...OF_NOTHING])
          : `textDocument/${random.pick(random.once(3) ? OF_DOCUMENT : AT_POSITION)}`;
        const json = JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params: paramsOf(method) });
        if (random.once(6)) {
          peer.write(brokenFrame(random, json));
          peer.count(undefined);
        } else if (random.once(200)) {
          const deep = deepJson(random.pick([201, 4000, 100_000]));
          peer.write(frame(`{"jsonrpc":"2.0","id":${id},"method":"textDocument/hover","params":${deep}}`));
          peer.count(id);
        } else if (random.once(100)) {
          // not a valid id: answered with the id null
          peer.write(frame(JSON.stringify({ jsonrpc: '2.0', id: random.pick([null, {}, [], true, [7]]), method })));
          peer.count(undefined);
        } else {
          const bytes = Buffer.from(unusualFrame(random, json));
          const cut = random.to(bytes.length);
          peer.write(bytes.subarray(0, cut));
          if (random.once(20)) await new Promise((resolve) => setImmediate(resolve));
          peer.write(bytes.subarray(cut));
          peer.count(id);
        }
      }
      if (i % 50 === 49) {
        request('textDocument/hover', { textDocument: { uri: URIS[0] }, position: position() });
        from = await peer.settle(from);
      }
    }
    // the server is as usable as a new one
    const uri = 'file:///work/after.kmem';
    notify('textDocument/didOpen', {
      textDocument: { uri, languageId: 'kmem', version: 1, text: 'task main { alloc_page(GFP_KERNEL); }' },
    });
    request('textDocument/hover', { textDocument: { uri }, position: { line: 0, character: 15 } });
    await peer.settle(from);
    if (!JSON.stringify(last.result).includes('alloc_page'))
      throw new Error(`no hover at the end: ${JSON.stringify(last.result)}`);
    return peer.findings();
  } finally {
    await peer.end();
  }
}
