/** What a user of an editor waits for in a program of 14,500 lines, with the built server over stdio: after an edit, and for the whole file. */
import { BuiltServer } from './builtServer';
import { ring } from './growing';
import type { Bench, Row } from './row';

const URI = 'file:///work/ring.kmem';
const textDocument = { uri: URI };
const WARM = 8;
const RUNS = 11;

export const bench: Bench = {
  name: 'editor',
  async run(): Promise<Row[]> {
    const text = ring(500);
    const lines = text.split('\n').length;
    const server = new BuiltServer();
    await server.request('initialize', { processId: null, rootUri: null, capabilities: {} });
    server.notify('initialized', {});
    const opened = performance.now();
    server.notify('textDocument/didOpen', { textDocument: { ...textDocument, languageId: 'kmem', version: 1, text } });
    await server.published();
    const open = performance.now() - opened;

    let version = 1;
    const at = { line: lines - 2, character: 0 };
    /** What the checker finds, a name that is not declared, or what the analyses find, comes in the last function, and goes. */
    const edit = (found: 'nosuch; ' | 'kmalloc(8, GFP_ATOMIC); ' = 'nosuch; '): void => {
      const add = version % 2 === 1;
      const range = { start: at, end: add ? at : { ...at, character: found.length } };
      const contentChanges = [{ range, text: add ? found : '' }];
      server.notify('textDocument/didChange', {
        textDocument: { ...textDocument, version: ++version },
        contentChanges,
      });
    };
    const timed = async (work: () => Promise<unknown>): Promise<number> => {
      const times: number[] = [];
      for (let i = 0; i < WARM + RUNS; i++) {
        await new Promise((resolve) => setTimeout(resolve, 500)); // nothing else is running: the analyses have ended
        const start = performance.now();
        await work();
        if (i >= WARM) times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
    };
    const rows: Row[] = [{ what: `open ${lines} lines → diagnostics`, value: open, unit: 'ms' }];
    const add = async (what: string, work: () => Promise<unknown>, target?: string): Promise<void> => {
      rows.push({ what, value: await timed(work), unit: 'ms', ...(target ? { target } : {}) });
    };
    const published = (): Promise<unknown> => {
      edit();
      return server.published();
    };
    await add('edit → published diagnostics: the checker’s, and findings of before', published, '≤ 30 ms');
    if (version % 2 === 0) await published();
    await add('edit → published findings of the analyses', () => {
      edit('kmalloc(8, GFP_ATOMIC); ');
      return server.published();
    });
    if (version % 2 === 0) {
      edit('kmalloc(8, GFP_ATOMIC); ');
      await server.published();
    }
    const screen = { start: { line: 200, character: 0 }, end: { line: 260, character: 0 } };
    const options = { tabSize: 8, insertSpaces: false };
    const after =
      (method: string, more: object = {}) =>
      async (): Promise<void> => {
        const published = server.published();
        edit();
        await server.request(`textDocument/${method}`, { textDocument, ...more });
        await published;
      };
    const warm =
      (method: string, more: object = {}) =>
      (): Promise<unknown> =>
        server.request(`textDocument/${method}`, { textDocument, ...more });
    await add('edit → tokens of a screen and diagnostics', after('semanticTokens/range', { range: screen }));
    await add('edit → hints of a screen and diagnostics', after('inlayHint', { range: screen }));
    await add('tokens of the file', warm('semanticTokens/full'));
    await add('format the file', warm('formatting', { options }));
    await add('folding, outline', warm('foldingRange'));
    server.end();
    return rows;
  },
};
