// The memory inspector as its user sees it: a page in two nested frames, whose components are found through their shadow roots.
import type { FrameLocator, Locator } from 'playwright-core';
import { until, type Workbench } from './workbench';

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
  /** Opens a view by its tab. */
  async show(title: string): Promise<Locator> {
    const tab = this.frame.getByRole('tab', { name: title, exact: true });
    await tab.click();
    await until(`the view ${title}`, async () => (await tab.getAttribute('aria-selected')) === 'true');
    return this.frame.getByRole('tabpanel');
  }
  /** Types into the search, and shows what it means. */
  async select(text: string): Promise<void> {
    const field = this.frame.locator('form vscode-text-field input');
    await field.fill(text);
    await field.press('Enter');
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
