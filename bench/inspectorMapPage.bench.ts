/**
 * The inspector's physical map, in Chromium with the built page (`npm run build` first) and a session on a terabyte: until the map is
 * there, from the page's start on, with what the server takes, in browsers that have just been started and once more in each; an update after a step; and the page's work in a frame while the user zooms
 * and drags.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ANSWERERS } from '../server/dap/inspectorRequests';
import { loadScenario } from '../server/debugger/load';
import type { Session } from '../server/debugger/session';
import { launchBrowser } from '../test/e2e/host';
import { PageOpening, pageAt } from '../test/webview/inspectorPage';
import { themeScript } from '../test/webview/themes';
import type { Bench, Row } from './row';

const DIST = join(__dirname, '../dist');
const FRAMES = 80;
/** browsers that open the page */
const OPENINGS = 7;
const SCENARIO = `machine { memory = 1T; cpus = 4; config KASAN = n; }
static struct page *pages[64];
task main {
	int i;

	for (i = 0; ; i++) {
		if (pages[i % 64])
			__free_pages(pages[i % 64], i % 4);
		pages[i % 64] = alloc_pages(GFP_KERNEL, i % 4);
	}
}
`;
/** In the page, from its start on: waits for the map's picture, and says when it was there. */
const DRAWN = `new Promise((done) => {
  const look = () => {
    const map = document.querySelector('kmem-inspector')?.shadowRoot?.querySelector('kmem-physical-map');
    const canvas = map?.shadowRoot?.querySelector('canvas');
    if (canvas && canvas.width > 0 && canvas.style.width) requestAnimationFrame(() => done(performance.now()));
    else requestAnimationFrame(look);
  };
  look();
})`;
/** The same for a page that has nothing to draw: its first frame. */
const FRAME = 'new Promise((done) => requestAnimationFrame(() => done(performance.now())))';
/** In the page: an event for each frame, and how long the page works on it until its picture is drawn, in ms. */
const frames = (event: string) => `(async () => {
  const map = document.querySelector('kmem-inspector').shadowRoot.querySelector('kmem-physical-map');
  const times = [];
  for (let i = 0; i < ${FRAMES}; i++) {
    await new Promise(requestAnimationFrame);
    const canvas = map.shadowRoot.querySelector('canvas');
    const box = canvas.getBoundingClientRect();
    const start = performance.now();
    ${event}
    await map.updateComplete;
    times.push(performance.now() - start);
  }
  return times;
})()`;
const ZOOM = frames(
  `canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: i % ${FRAMES / 4} < ${FRAMES / 8} ? -100 : 100, clientX: box.x + box.width / 3, clientY: box.y + 40, bubbles: true, cancelable: true }));`,
);
const PAN = frames(
  `canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: i % 20 < 10 ? 100 : -100, shiftKey: true, clientX: box.x + 50, clientY: box.y + 40, bubbles: true, cancelable: true }));`,
);

function sessionOn(): Session {
  const loaded = loadScenario('/bench.kmem', SCENARIO);
  if ('problems' in loaded) throw new Error(loaded.problems.map((p) => p.text).join('\n'));
  loaded.session.entry();
  return loaded.session;
}
/** Serves the page as the extension makes it, its parts, and an empty page to compare with; returns its address. */
async function serve(opening: PageOpening): Promise<{ origin: string; close: () => void }> {
  const folder = join(DIST, 'inspector');
  const files = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
  const bodyOf = async (url: string): Promise<string | Buffer | undefined> => {
    // from here on the page is on its way: what the server takes for its answer counts
    if (url === '/') return pageAt(origin, DIST, await opening.messages());
    return url === '/empty' ? '<!doctype html><p>empty</p>' : files.get(basename(url));
  };
  const server = createServer(({ url = '' }, response) => {
    const type = url.endsWith('.js') ? 'text/javascript' : url.endsWith('.css') ? 'text/css' : 'text/html';
    void bodyOf(url).then((body) =>
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': type }).end(body),
    );
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, close: () => void server.close() };
}
type Ask = (view: string, question: unknown) => Promise<unknown>;
function askerOf(session: Session): Ask {
  const asking = { session, frame: () => session.topFrame(), breathe: async () => {} };
  const answerers: Readonly<Record<string, (asking: unknown, question: unknown) => unknown>> = ANSWERERS as never;
  return async (view, question) => answerers[view]?.(asking, question);
}
/** Is what the editor and the extension are to the page: gives it the theme before its scripts run, and answers its questions. */
async function stand(page: Page, ask: Ask): Promise<void> {
  await page.exposeFunction('kmemAsk', ask);
  await page.addInitScript({
    content: `
globalThis.drawn = location.pathname === '/empty' ? ${FRAME} : ${DRAWN};
const say = (message) => window.postMessage(message, '*');
globalThis.acquireVsCodeApi = () => ({
  getState: () => undefined,
  setState: () => {},
  postMessage: (message) => {
    if (message.kind === 'ask') void kmemAsk(message.view, message.question).then((answer) => say({ kind: 'answer', id: message.id, view: message.view, answer }));
  },
});
${themeScript('dark')}`,
  });
}
const sorted = (times: number[]): number[] => times.sort((a, b) => a - b);
const at = (times: number[], share: number): number => sorted(times)[Math.floor((times.length - 1) * share)] ?? 0;

export const bench: Bench = {
  name: "the inspector's physical map in the page, 1 TB",
  async run(): Promise<Row[]> {
    const session = sessionOn();
    const ask = askerOf(session);
    const opening = new PageOpening({
      session: { id: '1', name: 'bench', state: 'stopped' },
      ask: ({ view, question }) => ask(view, question),
    });
    const { origin, close } = await serve(opening);
    /** ms from the page's start to its picture */
    const drawn = async (page: Page, path: string): Promise<number> => {
      await page.goto(origin + path);
      return (await page.evaluate('drawn')) as number;
    };
    const times: Record<'empty' | 'first' | 'again', number[]> = { empty: [], first: [], again: [] };
    let browser: Browser | undefined;
    const open = async (): Promise<Page> => {
      await browser?.close();
      browser = await launchBrowser();
      const page = await browser.newPage({ viewport: { width: 1100, height: 1000 } });
      await stand(page, ask);
      times.empty.push(await drawn(page, '/empty'));
      times.first.push(await drawn(page, '/'));
      times.again.push(await drawn(page, '/'));
      return page;
    };
    try {
      for (let i = 1; i < OPENINGS; i++) await open();
      const page = await open();
      const ms = (what: string, value: number, target: string): Row => ({
        what,
        value: Math.round(value * 10) / 10,
        unit: 'ms',
        target,
      });
      const peer = { name: 'an empty page', value: Math.round(at(times.empty, 0.5) * 10) / 10 };
      const rows: Row[] = [
        {
          ...ms('map is there, from the page’s start on, first page of a browser', at(times.first, 0.5), '≤ 150 ms'),
          peer,
        },
        { ...ms('map is there, from the page’s start on, opened again', at(times.again, 0.5), '≤ 150 ms'), peer },
      ];
      const updates: number[] = [];
      for (let i = 0; i < 20; i++) {
        session.beginStep('over', session.task, 'statement');
        session.run();
        updates.push((await page.evaluate(UPDATE)) as number);
      }
      rows.push(ms('the page’s work for an update after a step', at(updates, 0.5), '≤ 16 ms'));
      for (const [what, script] of [
        ['zooming', ZOOM],
        ['moving along memory', PAN],
      ] as const) {
        await page.evaluate(script);
        const times = (await page.evaluate(script)) as number[];
        rows.push(ms(`work in a frame while ${what}, median`, at(times, 0.5), '≤ 16 ms'));
        rows.push(ms(`work in a frame while ${what}, 95 of 100`, at(times, 0.95), '≤ 16 ms'));
      }
      return rows;
    } finally {
      await browser?.close();
      close();
    }
  },
};
/** In the page: the machine has moved; how long the page works on the answer, from its arrival to the picture. */
const UPDATE = `(async () => {
  const map = document.querySelector('kmem-inspector').shadowRoot.querySelector('kmem-physical-map');
  const arrived = new Promise((done) => {
    // the page's own listener comes first: what it has done is counted from the event on
    const listen = ({ data, timeStamp: start }) => {
      if (data.kind !== 'answer' || data.view !== 'physicalMap') return;
      removeEventListener('message', listen, true);
      setTimeout(() => void map.updateComplete.then(() => done(performance.now() - start)));
    };
    addEventListener('message', listen, true);
  });
  window.postMessage({ kind: 'changed' }, '*');
  return arrived;
})()`;
