/**
 * The inspector's page in Chromium, as the webview loads it: the same bundle under the same policy, with recorded answers in place of a
 * debug session. `checkView` has what is tested of every view.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Browser, Locator, Page } from 'playwright-core';
import * as v from 'valibot';
import { inspectorPage, pageParts } from '../../extension/inspectorPage';
import { PageOpening } from '../../extension/pageOpening';
import {
  FROM_WEBVIEW,
  type FromWebview,
  type InspectedSession,
  type ToWebview,
} from '../../server/dap/inspectorProtocol';
import type { Selection } from '../../server/debugger/inspector/shapes/common';
import { launchBrowser } from '../e2e/host';
import { type Answers, answersOf } from './recordings';
import { THEMES, type ThemeName, themeScript } from './themes';

export { PageOpening };

const root = join(__dirname, '..', '..');
const ORIGIN = 'http://inspector.test';
const DIST = join(root, 'dist');
/** The page as it is served from an origin, with its parts in `dist` below that. */
export const pageAt = (origin: string, dist: string, messages: readonly ToWebview[]): string =>
  inspectorPage({ ...pageParts(dist, (part) => `${origin}/${part}`), source: origin, nonce: 'nonce' }, messages);
const SESSION: InspectedSession = { id: 'session', name: 'Debug scenario', state: 'stopped' };
/** What VS Code gives to a page. `kmemSent` is the test's side. */
const VSCODE_API = `
globalThis.kept = undefined;
globalThis.acquireVsCodeApi = () => ({
  postMessage: (message) => void kmemSent(message),
  getState: () => globalThis.kept,
  setState: (state) => { globalThis.kept = state; },
});`;

interface Options {
  readonly theme?: ThemeName;
  /** what the page has kept over a reload */
  readonly kept?: {
    readonly view?: string;
    readonly selection?: Selection;
    readonly windows?: Record<string, unknown>;
  };
  readonly session?: InspectedSession | null;
  readonly width?: number;
  readonly height?: number;
  /** what the page is told with its text; unless given, it is told of the session when it listens */
  readonly opening?: readonly ToWebview[];
  /** runs in the page before its own script */
  readonly script?: string;
  /** parts that cannot be had, by their addresses */
  readonly refused?: RegExp;
  /** questions stay without an answer */
  readonly silent?: boolean;
}

/** Frames in which nothing happens before the page counts as settled. */
const FRAMES = 4;

export class InspectorPage {
  /** what the page has sent */
  readonly sent: FromWebview[] = [];
  /** what the browser said against it: scripts that failed, things the policy forbids */
  readonly complaints: string[] = [];
  private stop = 0;
  /** parts that are being loaded, and messages that are being answered */
  private pending = 0;

  private constructor(
    readonly page: Page,
    private readonly answers: Answers,
    private readonly isSilent: boolean,
    private readonly opening: readonly ToWebview[],
  ) {}

  static async open(browser: Browser, answers: Answers, options: Options = {}): Promise<InspectorPage> {
    const { theme = 'dark', session = SESSION, width = 1100, height = 900 } = options;
    const page = await browser.newPage({ viewport: { width, height }, reducedMotion: 'reduce' });
    const self = new InspectorPage(page, answers, options.silent === true, options.opening ?? []);
    page.on('request', () => self.pending++);
    page.on('requestfinished', () => self.pending--);
    page.on('requestfailed', () => self.pending--);
    page.on('pageerror', (error) => self.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') self.complaints.push(message.text());
    });
    await page.route('**/*', (route) =>
      self.serve(
        route.request().url(),
        (body, contentType) => route.fulfill({ body, contentType }),
        () => route.abort(),
        options.refused,
      ),
    );
    await page.exposeFunction('kmemSent', (message: unknown) => self.received(message, session));
    const { kept } = options;
    await page.addInitScript({
      content: `${VSCODE_API}\nglobalThis.kept = ${JSON.stringify(kept ?? null)} ?? undefined;${themeScript(theme)}${options.script ?? ''}`,
    });
    await page.goto(`${ORIGIN}/`);
    await page.locator('kmem-inspector').waitFor();
    return self;
  }
  private serve(
    url: string,
    give: (body: string, type: string) => Promise<void>,
    refuse: () => Promise<void>,
    refused: RegExp | undefined,
  ): Promise<void> {
    const path = url.startsWith(`${ORIGIN}/`) ? url.slice(ORIGIN.length + 1) : undefined;
    if (path === '') return give(pageAt(ORIGIN, DIST, this.opening), 'text/html');
    const type = /^inspector\/[\w-]+\.(js|css)$/.exec(path ?? '')?.[1];
    if (path === undefined || type === undefined || refused?.test(path)) return refuse();
    return give(readFileSync(join(DIST, path), 'utf8'), type === 'js' ? 'text/javascript' : 'text/css');
  }
  /** What the extension would do: answers come from the recording. */
  private async received(message: unknown, session: InspectedSession | null): Promise<void> {
    const sent = v.parse(FROM_WEBVIEW, message);
    this.pending++;
    this.sent.push(sent);
    await this.answer(sent, session).finally(() => this.pending--);
  }
  private async answer(sent: FromWebview, session: InspectedSession | null): Promise<void> {
    if (sent.kind === 'ready' && this.opening.length === 0) await this.send({ kind: 'session', session });
    if (sent.kind !== 'ask' || this.isSilent) return;
    const { id, view, question } = sent;
    const here = (this.answers[this.stop] ?? []).filter((recorded) => recorded.view === view);
    const found = here.find((recorded) => isDeepStrictEqual(recorded.question, question)) ?? here[0];
    await this.send(
      found
        ? { kind: 'answer', id, view, answer: found.answer }
        : { kind: 'refusal', id, view, why: `no answer of ${view} is recorded`, cancelled: false },
    );
  }
  /** Sends what the extension may send, and what it may not. */
  async send(message: ToWebview | { readonly hostile: unknown }): Promise<void> {
    await this.page.evaluate(
      // parsed there: in the text of a script "__proto__" would not be a name like others
      `window.postMessage(JSON.parse(${JSON.stringify(JSON.stringify('hostile' in message ? message.hostile : message))}), '*')`,
    );
  }
  /** The session goes on to the recording's next stop. */
  async step(): Promise<void> {
    this.stop++;
    await this.send({ kind: 'changed' });
  }
  /** Waits until what the page has to do is done: all questions are answered and shown, and no part of it is being loaded. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < FRAMES; quiet++) {
      const before = this.sent.length;
      await this.page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
      if (this.pending > 0 || this.sent.length !== before) quiet = -1;
    }
  }
  get panel(): Locator {
    return this.page.getByRole('tabpanel');
  }
  /** Messages of a kind that the page has sent. */
  sentOf<K extends FromWebview['kind']>(kind: K): Extract<FromWebview, { kind: K }>[] {
    return this.sent.filter((message): message is Extract<FromWebview, { kind: K }> => message.kind === kind);
  }
  /** What axe-core has against the page, in words. */
  async violations(): Promise<string[]> {
    await this.page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
    return this.page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) =>
        id + ': ' + help + ': ' + JSON.stringify(target) + ' ' + failureSummary)))`);
  }
  /** What has no room: text that is reached only by scrolling sideways, and buttons whose words stand on two lines. */
  async withoutRoom(): Promise<string[]> {
    return this.page.evaluate(`(() => {
      const found = [];
      const look = (root) => {
        for (const element of root.querySelectorAll('*')) {
          if (element.shadowRoot) look(element.shadowRoot);
          const name = element.localName + ' ' + (element.getAttribute('name') ?? element.className);
          const { display, overflowX } = getComputedStyle(element);
          const scrolls = overflowX === 'auto' || overflowX === 'scroll';
          if (scrolls && display !== 'inline' && element.scrollWidth > element.clientWidth + 1)
            found.push(name + ' is ' + element.scrollWidth + ' px wide in a room of ' + element.clientWidth);
          if (element.localName === 'vscode-button' && element.getBoundingClientRect().height > 34)
            found.push('two lines of a button: ' + element.textContent.trim());
        }
      };
      look(document);
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth > clientWidth ? ['the page is ' + scrollWidth + ' px wide', ...found] : found;
    })()`);
  }
  /** The picture of docs/images, if KMEM_INSPECTOR_SCREENSHOTS names a folder. */
  async picture(name: string): Promise<void> {
    const folder = process.env.KMEM_INSPECTOR_SCREENSHOTS;
    if (!folder) return;
    mkdirSync(join(root, folder), { recursive: true });
    await this.page.locator('kmem-inspector').screenshot({ path: join(root, folder, `inspector-${name}.png`) });
  }
}

interface Checked {
  /** the view's name, and the recording that it shows */
  readonly view: string;
  readonly recording: string;
  readonly selection?: Selection;
  /** what the view keeps of its window, as the store has it */
  readonly window?: unknown;
  /** what there is to be seen when the view has come */
  readonly shows: string | RegExp;
}
type ViewTest = (page: InspectorPage) => Promise<void>;

/**
 * A view with recorded answers: it shows them in four themes without anything that axe-core or the policy has against it, it can be saved in
 * four formats, and says what to do without a session. `tests`: what else is tested of it, each on a page of its own.
 */
export function checkView(checked: Checked, tests: Readonly<Record<string, ViewTest>> = {}): void {
  const { view, recording, selection, window, shows } = checked;
  describe(`view ${view}: ${recording}`, () => {
    let browser: Browser;
    before(async () => {
      browser = await launchBrowser();
    });
    after(() => browser?.close());

    const kept = { view, ...(selection ? { selection } : {}), windows: window === undefined ? {} : { [view]: window } };
    /** Opens the view, runs a test, and looks at what the browser had to say. */
    const on = async (test: ViewTest, options: Options = {}): Promise<void> => {
      const page = await InspectorPage.open(browser, answersOf(recording), { kept, ...options });
      try {
        if (options.session === undefined) await page.panel.getByText(shows).first().waitFor();
        await page.settled();
        await test(page);
        assert.deepEqual(page.complaints, []);
      } finally {
        await page.page.close();
      }
    };
    for (const theme of Object.keys(THEMES) as ThemeName[])
      it(`is accessible in the theme ${theme}`, () =>
        on(
          async (page) => {
            assert.deepEqual(await page.violations(), []);
            if (theme === 'dark') await page.picture(recording);
          },
          { theme },
        ));
    for (const width of [420, 640])
      it(`is accessible where it is ${width} px wide, and nothing is cut off`, () =>
        on(
          async (page) => {
            assert.deepEqual(await page.withoutRoom(), []);
            assert.deepEqual(await page.violations(), []);
          },
          { width },
        ));
    for (const format of ['PNG', 'SVG', 'CSV', 'JSON'])
      it(`is saved as ${format}`, () =>
        on(async (page) => {
          await page.panel
            .getByRole('button', { name: `Save as ${format}` })
            .first()
            .click();
          await page.page.waitForTimeout(50);
          for (let n = 0; n < 40 && page.sentOf('save').length === 0; n++) await page.page.waitForTimeout(50);
          const [saved] = page.sentOf('save');
          assert.ok(saved?.name.endsWith(`.${format.toLowerCase()}`));
          const bytes = Buffer.from(saved?.data ?? '', saved?.encoding);
          if (format === 'PNG') assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
          if (format === 'SVG') assert.match(bytes.toString(), /^<svg [\s\S]*<\/svg>$/);
          if (format === 'CSV') assert.match(bytes.toString(), /^[^\r\n]+\r\n[^\r\n]+/);
          if (format === 'JSON') assert.equal(typeof JSON.parse(bytes.toString()), 'object');
        }));
    it('says what to do without a session', () =>
      on(
        async (page) => {
          await page.panel.getByText(/press F5/).waitFor();
          assert.deepEqual(await page.violations(), []);
        },
        { session: null },
      ));
    it('keeps its last state, greyed, when the session has ended', () =>
      on(
        async (page) => {
          await page.send({ kind: 'session', session: { ...SESSION, state: 'ended' } });
          await page.panel.locator('.stale').waitFor();
          await page.panel.getByText(shows).first().waitFor();
          assert.deepEqual(await page.violations(), []);
          assert.deepEqual(await page.withoutRoom(), []);
          await page.page.getByRole('button', { name: 'Start again' }).click();
          await page.page.waitForTimeout(50);
          assert.equal(page.sentOf('startAgain').length, 1);
        },
        { width: 460 },
      ));
    for (const [what, test] of Object.entries(tests)) it(what, () => on(test));
  });
}
