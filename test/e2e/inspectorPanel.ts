// The memory inspector as its user sees it: a page in two nested frames, whose components are found through their shadow roots.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { root } from './host';
import { until, type Workbench } from './workbench';

/** The number (from 1) of the first line of an example that holds a text. */
export const lineOf = (file: string, text: string): number =>
  readFileSync(join(root, 'examples', file), 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text)) + 1;

export class InspectorPanel {
  /** the page */
  readonly frame: FrameLocator;

  constructor(private readonly workbench: Workbench) {
    this.frame = workbench.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  }
  /** Opens it with the button of the debug toolbar. */
  async open(): Promise<void> {
    await this.workbench.toolbar('Open Memory Inspector');
    await this.frame.locator('kmem-inspector').waitFor({ timeout: 60_000 });
  }
  /** Waits until the page is at a moment. */
  async shows(what: RegExp): Promise<void> {
    await until(`the moment ${what}`, async () => what.test(await this.moment.innerText())).catch(async (error) => {
      throw new Error(`${error.message}; it shows ${await this.moment.innerText()}`);
    });
  }
  /** Opens a view by its tab. */
  async show(title: string): Promise<Locator> {
    const tab = this.frame.getByRole('tab', { name: title, exact: true });
    await tab.click();
    await until(`the view ${title}`, async () => (await tab.getAttribute('aria-selected')) === 'true');
    return this.frame.getByRole('tabpanel');
  }
  /** Types into the search, and shows what it means. */
  async select(text: string): Promise<void> {
    const field = this.frame.locator('header form vscode-text-field input');
    await field.fill(text);
    await field.press('Enter');
  }
  /** The text field with a label, in the open view. */
  field(label: string): Locator {
    return this.frame.getByRole('tabpanel').locator('vscode-text-field').filter({ hasText: label }).locator('input');
  }
  /** A point in the middle of the map's cell with a pfn, where a cell is a frame. `first`: the first frame that is shown. */
  async cellOf(pfn: number, first: number): Promise<{ x: number; y: number }> {
    const grid = this.frame.getByRole('tabpanel').locator('kmem-cell-grid');
    const columns = Number(await grid.getByRole('grid').getAttribute('aria-colcount'));
    const box = await grid.locator('canvas').boundingBox();
    if (!box || !(columns > 0)) throw new Error('the map is not on the screen');
    const side = box.width / columns;
    const index = pfn - first;
    return { x: box.x + ((index % columns) + 0.5) * side, y: box.y + (Math.floor(index / columns) + 0.5) * side };
  }
  /** The card of what is selected, wherever it is shown. */
  get card(): Locator {
    return this.frame.locator('kmem-object-card');
  }
  /** What the head says: who runs, and what runs next. */
  get moment(): Locator {
    return this.frame.locator('header [role=status]');
  }
}
