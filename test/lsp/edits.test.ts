/**
 * Random edits on random files at the protocol: no request fails, every range is inside its document, the document that was edited piece by
 * piece is the one that was meant, and its diagnostics are those of a fresh analysis. KMEM_SCENARIOS=50000: so many edits, from a random
 * seed that it prints.
 */
import assert from 'node:assert/strict';
import { lint } from '../../server/language/ide/lint';
import { Positions } from '../../server/language/ide/positions';
import { Lines } from '../../server/language/syntax/lines';
import { anyEdit, TEXTS } from '../fuzz/edits';
import { Random } from '../fuzz/random';
import { LspClient } from './client';

const more = Number(process.env.KMEM_SCENARIOS ?? 0);
const EDITS = Math.max(250, more);
const seed = Number(process.env.KMEM_SEED ?? (more > 0 ? Date.now() % 2 ** 31 : 8));

const OF_DOCUMENT = ['documentSymbol', 'semanticTokens/full', 'foldingRange', 'documentLink', 'codeLens', 'formatting'];
const AT_POSITION = [
  'hover',
  'completion',
  'signatureHelp',
  'definition',
  'typeDefinition',
  'implementation',
  'references',
  'documentHighlight',
  'prepareRename',
  'prepareCallHierarchy',
  'onTypeFormatting',
];
const OF_RANGE = ['semanticTokens/range', 'inlayHint', 'rangeFormatting', 'codeAction'];

interface Position {
  readonly line: number;
  readonly character: number;
}
/** Every position and range in an answer, wherever it is. */
function* rangesIn(value: unknown): Generator<{ start: Position; end: Position }> {
  if (typeof value !== 'object' || value === null) return;
  const { start, end, position } = value as Record<string, Position | undefined>;
  if (typeof start?.line === 'number' && typeof end?.line === 'number') yield { start, end };
  if (typeof position?.line === 'number') yield { start: position, end: position };
  for (const inner of Object.values(value)) yield* rangesIn(inner);
}
/** The ends of lines, so that a position can be looked up. */
function lineLengths(text: string): number[] {
  return text.split(/\r\n|\n|\r/).map((line) => line.length);
}

async function run(edits: number, random: Random): Promise<void> {
  const client = new LspClient();
  await client.start({ capabilities: { textDocument: { diagnostic: {} } } });
  let uri = '';
  let text = '';
  let version = 0;
  let document = 0;
  let ranges = 0;

  const request = async (method: string, params: object): Promise<unknown> => {
    const { result, error } = await client.request(method, { textDocument: { uri }, ...params });
    // a name that cannot be renamed is told as an error
    if (!/prepareRename/.test(method)) assert.equal(error, undefined, `${method}: ${error?.message}`);
    const lengths = lineLengths(text);
    for (const { start, end } of rangesIn(result)) {
      ranges++;
      const ordered = start.line < end.line || (start.line === end.line && start.character <= end.character);
      assert.ok(ordered, `${method}: ${JSON.stringify({ start, end })} ends before it starts`);
      for (const { line, character } of [start, end])
        assert.ok(character <= (lengths[line] ?? -1), `${method}: ${line}:${character} is outside`);
    }
    return result;
  };
  const open = (): void => {
    if (uri) client.notify('textDocument/didClose', { textDocument: { uri } });
    uri = `file:///work/edited${document++}.kmem`;
    text = random.pick(TEXTS);
    version = 1;
    client.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'kmem', version, text } });
  };
  for (let i = 0; i < edits; i++) {
    if (i % 25 === 0) open();
    const contentChanges: object[] = [];
    for (let n = random.to(3); n >= 0; n--) {
      const edit = anyEdit(random, text);
      // a position inside \r\n means the one in front of it
      if (text.slice(edit.start - 1, edit.start + 1) === '\r\n' || text.slice(edit.end - 1, edit.end + 1) === '\r\n')
        continue;
      const lines = new Lines(text);
      const range = { start: lines.at(edit.start), end: lines.at(edit.end) };
      contentChanges.push({ range, text: edit.text });
      text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
    }
    client.notify('textDocument/didChange', { textDocument: { uri, version: ++version }, contentChanges });
    const lines = new Lines(text);
    const position = lines.at(random.to(text.length + 1));
    const range = { start: lines.at(0), end: position };
    const options = { tabSize: 8, insertSpaces: false };
    await request(`textDocument/${random.pick(OF_DOCUMENT)}`, { options });
    await request(`textDocument/${random.pick(AT_POSITION)}`, {
      position,
      options,
      ch: random.pick([';', '}', '\n', ':']),
      context: { includeDeclaration: true },
    });
    if (random.once(3))
      await request(`textDocument/${random.pick(OF_RANGE)}`, { range, options, context: { diagnostics: [] } });
    if (random.once(4)) {
      const { items } = (await request('textDocument/diagnostic', {})) as { items: unknown };
      const path = uri.slice('file://'.length);
      const { program, diagnostics } = lint({ path, text });
      const positions = new Positions(program.files, () => uri);
      const fresh = diagnostics.map((d) => positions.diagnostic(d));
      const keys = (list: unknown): string[] => (list as object[]).map((d) => JSON.stringify(d)).sort();
      assert.deepEqual([...new Set(keys(items))], [...new Set(keys(JSON.parse(JSON.stringify(fresh))))]);
    }
  }
  client.dispose();
  assert.ok(ranges > edits, 'the answers have places');
}

describe('language server: random edits', () => {
  it(`${EDITS} edits, seed ${seed}`, async () => {
    await run(EDITS, new Random(seed));
  }).timeout(60_000 + EDITS * 60);

  const odd = (name: string, text: string): void => {
    it(name, async () => {
      const client = new LspClient();
      await client.start({ capabilities: { textDocument: { diagnostic: {} } } });
      const textDocument = { uri: 'file:///work/odd.kmem' };
      client.notify('textDocument/didOpen', {
        textDocument: { ...textDocument, languageId: 'kmem', version: 1, text },
      });
      const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 10 } };
      const more = {
        position: range.start,
        range,
        positions: [range.start],
        options: { tabSize: 8, insertSpaces: false },
      };
      for (const method of [...OF_DOCUMENT, ...OF_RANGE, 'selectionRange', 'hover', 'completion', 'diagnostic']) {
        const context = { diagnostics: [] };
        const { error } = await client.request(`textDocument/${method}`, { textDocument, ...more, context });
        assert.equal(error, undefined, `${method}: ${error?.message}`);
      }
      client.dispose();
    }).timeout(60_000);
  };
  odd('a line of 1 MB', `task main { int x = 1${' + 1'.repeat(250_000)}; }`);
  odd('a string of 1 MB', `task main { printk("${'x'.repeat(1_000_000)}"); }`);
  odd('a name of 1 MB', `int ${'x'.repeat(1_000_000)};`);
  odd('a comment of 1 MB', `/*${'*'.repeat(1_000_000)}*/ int x;`);
  odd('brackets that nest deeply', `task main { ${'('.repeat(20_000)}`);
  odd('blocks that nest deeply', `task main ${'{ if (1) '.repeat(5_000)}`);
  odd('stars and indices', `int ${'*'.repeat(5_000)}p${'[1]'.repeat(5_000)};`);
  odd('NUL bytes', `int a\0b;\0\ntask main {\0 \0}\n${'\0'.repeat(10_000)}`);
  odd('lone surrogates', 'int \ud800; // \udc00\ntask main { printk("\udfff\ud800"); }');
});
