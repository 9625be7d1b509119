// A VS Code workbench as its user sees it: what can be clicked and read, by the names on the screen. Every step waits for the state it
// needs; none waits for time to pass.
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { root } from './host';

/** Repeats `step` until it returns true. */
export async function until(what: string, step: () => Promise<boolean>, timeout = 30_000): Promise<void> {
  const end = Date.now() + timeout;
  while (!(await step())) {
    if (Date.now() > end) throw new Error(`timed out after ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export class Workbench {
  /** The Variables tree of the Run and Debug view. */
  readonly variables: Locator;
  readonly watches: Locator;

  private constructor(readonly page: Page) {
    this.variables = page.getByRole('tree', { name: 'Debug Variables' });
    this.watches = page.getByRole('tree', { name: 'Debug Watch Expressions' });
  }

  /** Opens a folder of the server in the page. */
  static async open(page: Page, authority: string, folder: string): Promise<Workbench> {
    await page.goto(`http://${authority}/?folder=${encodeURIComponent(folder)}`);
    await page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
    return new Workbench(page);
  }

  /** A picture of what is shown, for the test that has just failed. */
  async pictureOfFailure(): Promise<void> {
    const path = join(root, 'dist', 'e2e-failure.png');
    await this.page.screenshot({ path }).catch(() => {});
    console.log(`      the workbench at the failure: ${path}`);
  }
  /** Opens a file from the Explorer. */
  async openFile(name: string): Promise<void> {
    // the pointer may rest on an icon, whose hover would cover the row
    await this.page.mouse.move(900, 400);
    await this.page.getByRole('treeitem', { name }).dblclick({ timeout: 60_000 });
    await this.page.locator('.monaco-editor .view-line').first().waitFor();
    await this.page.locator(`.tab[aria-label*="${name}"]`).first().waitFor();
  }

  /** Runs a command by its title in the palette, which closes where something else takes the focus meanwhile: it is opened again then. */
  async command(title: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input[type="text"]').first();
    const entry = this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first();
    const soon = { timeout: 5000 };
    await until(`the command '${title}'`, async () => {
      await this.page.keyboard.press('F1');
      try {
        await input.fill(`>${title}`, soon);
        await entry.click(soon);
        return true;
      } catch {
        return false;
      }
    });
  }

  /** Opens the menu of quick fixes at the cursor, until it has this one. The menu closes by itself when the editor lays out its hints. */
  async quickFix(title: string): Promise<Locator> {
    const entry = this.page.locator('.action-widget .monaco-list-row').filter({ hasText: title }).first();
    await until(`the quick fix '${title}'`, async () => {
      await this.page.keyboard.press('Control+.');
      return entry.waitFor({ timeout: 3000 }).then(
        () => true,
        () => this.page.keyboard.press('Escape').then(() => false),
      );
    });
    return entry;
  }

  /** The editor's rendered lines that hold the text. (The editor renders spaces as no-break spaces; Playwright reads both the same.) */
  lines(text: string): Locator {
    return this.page.locator('.monaco-editor .view-line').filter({ hasText: text });
  }

  /** The piece of a line that the highlighter made one token of. */
  token(line: string, token: string): Locator {
    // the editor may put brackets and blanks into the same span
    const exact = new RegExp(`^\\W*${token}\\W*$`);
    return this.lines(line).first().locator('span span').filter({ hasText: exact }).first();
  }

  /** The height on the screen of a line's middle, with the line scrolled into view. */
  private async heightOf(line: number): Promise<number> {
    const number = this.page
      .locator('.margin-view-overlays .line-numbers')
      .filter({ hasText: new RegExp(`^${line}$`) });
    if (!(await number.isVisible())) await this.goTo(line);
    await number.waitFor();
    const box = await number.boundingBox();
    if (!box) throw new Error(`line ${line} is not on the screen`);
    return box.y + box.height / 2;
  }

  /** Puts the cursor on a line, as Ctrl+G does. */
  async goTo(line: number): Promise<void> {
    const widget = this.page.locator('.quick-input-widget');
    // where the window is still coming up, a key may come before what it is for
    await until(`the cursor in line ${line}`, async () => {
      await this.page.keyboard.press('Control+g');
      await widget.locator('input[type="text"]').first().fill(`:${line}`);
      await this.page.keyboard.press('Enter');
      const closed = await widget.waitFor({ state: 'hidden', timeout: 3000 }).then(
        () => true,
        () => false,
      );
      if (!closed) await this.page.keyboard.press('Escape');
      return closed;
    });
  }

  /** Whether there is a red dot at the height of the screen. */
  private async hasDotAt(y: number): Promise<boolean> {
    const dots = this.page.locator('.cgmr.codicon-debug-breakpoint, .cgmr.codicon-debug-breakpoint-unverified');
    for (const dot of await dots.all()) {
      const box = await dot.boundingBox();
      if (box && box.y <= y && y <= box.y + box.height) return true;
    }
    return false;
  }

  /** Clicks the margin left of a line, and waits for the red dot. */
  async setBreakpoint(line: number): Promise<void> {
    const margin = this.page.locator('.monaco-editor .glyph-margin').first();
    // A click into an editor that is still being laid out is lost; then there is no dot, and clicking again is right.
    await until(`the breakpoint in line ${line}`, async () => {
      const y = await this.heightOf(line);
      await this.page.waitForTimeout(200);
      const box = await margin.boundingBox();
      // an editor that still scrolls would take the click for another line
      if (!box || (await this.heightOf(line)) !== y) return false;
      await this.page.mouse.click(box.x + box.width / 2, y);
      return until('the dot', async () => this.hasDotAt(await this.heightOf(line)), 3000).then(
        () => true,
        () => false,
      );
    });
  }

  /** Focuses the editor and presses F5; the debug toolbar is there when this returns. */
  async startDebugging(): Promise<void> {
    await this.page.keyboard.press('Control+1');
    await this.page.keyboard.press('F5');
    await this.page.locator('.debug-toolbar').waitFor({ timeout: 60_000 });
  }

  /** The line that the top frame of the Call Stack view names, or undefined while running. */
  async stoppedLine(): Promise<number | undefined> {
    const top = this.page.locator('.debug-call-stack .monaco-list-row .line-number').first();
    if (!(await top.isVisible())) return undefined;
    const text = (await top.textContent({ timeout: 1000 }).catch(() => '')) ?? '';
    return /^\d+/.test(text) ? Number.parseInt(text, 10) : undefined;
  }

  /** Waits until the session is at the line. */
  async waitUntilStoppedAt(line: number): Promise<void> {
    let seen: number | undefined;
    await until(`a stop in line ${line}`, async () => (seen = await this.stoppedLine()) === line).catch((error) => {
      throw new Error(`${error.message}; the Call Stack view shows line ${seen}`);
    });
  }

  /** Clicks a button of the debug toolbar, by its exact name without the shortcut: Continue, Step Over, Step Back, Reverse, Stop. */
  async toolbar(name: string): Promise<void> {
    await this.page
      .locator('.debug-toolbar')
      .getByRole('button', { name: new RegExp(`^${name}( \\(.*\\))?$`) })
      .first()
      .click();
  }

  /**
   * Continues (or goes back, with "Reverse") until the session is at the line. A stop on an exception on the way is passed, as a
   * user would pass it.
   */
  async runTo(line: number, button: 'Continue' | 'Reverse' = 'Continue'): Promise<void> {
    const exception = this.page.locator('.zone-widget.exception-widget-container, .exception-widget');
    let from = '';
    await this.toolbar(button);
    await until(`a stop in line ${line}`, async () => {
      const at = await this.stoppedLine();
      if (at === line) return true;
      const here = `${at}`;
      if (at !== undefined && here !== from && (await exception.first().isVisible())) {
        from = here;
        await this.toolbar(button);
      }
      return false;
    });
  }

  /** Opens the children of a tree's row. */
  async expand(row: Locator): Promise<void> {
    await row.waitFor();
    // A click can fall into the moment in which the tree replaces its rows, so it is repeated until it has worked.
    await until('the row opens', async () => {
      if ((await row.getAttribute('aria-expanded')) === 'true') return true;
      await row
        .locator('.monaco-tl-twistie')
        .click({ timeout: 2000 })
        .catch(() => {});
      return (await row.getAttribute('aria-expanded')) === 'true';
    });
  }

  /**
   * The row of a tree whose label (name, then value) matches. The tree only has the rows that are on the screen, so it is scrolled down,
   * and on from its top, until the row is there.
   */
  async row(tree: Locator, label: string | RegExp): Promise<Locator> {
    const row = tree.getByRole('treeitem', { name: label }).first();
    let down = 0;
    await until(`a row ${label}`, async () => {
      if (await row.isVisible()) return true;
      await tree.hover();
      await this.page.mouse.wheel(0, down < 20 ? 60 : -100_000);
      down = down < 20 ? down + 1 : 0;
      return row.isVisible();
    });
    await row.scrollIntoViewIfNeeded();
    // the first row of a scrolled tree lies under a shadow, which takes the clicks
    const [box, view] = await Promise.all([row.boundingBox(), tree.boundingBox()]);
    if (box && view && box.y < view.y + box.height / 2) {
      await tree.hover();
      await this.page.mouse.wheel(0, -2 * box.height);
    }
    return row;
  }

  /** Adds a watch, and returns its row. */
  async addWatch(expression: string): Promise<Locator> {
    const header = this.page.locator('.pane-header').filter({ hasText: /watch/i });
    await header.hover();
    await header.getByRole('button', { name: 'Add Expression' }).click();
    await this.page.locator('.debug-watch input, .debug-watch textarea').first().waitFor();
    await this.page.keyboard.type(expression);
    await this.page.keyboard.press('Enter');
    const row = this.watches.getByRole('treeitem').filter({ hasText: expression }).first();
    await row.waitFor();
    return row;
  }

  /**
   * Moves the mouse over a token until a hover with the text appears (its parts come one after the other). The mouse comes over other text
   * of the line: the debug hover is not asked for twice in a row at one position, also where a refresh of the call stack has just taken it
   * away.
   */
  async hover(target: Locator, widget: '.debug-hover-widget' | '.monaco-hover', expected: RegExp): Promise<void> {
    await target.waitFor();
    const shown = this.page.locator(`${widget}:visible`).first();
    let text = '';
    const hasText = async () => {
      text = ((await shown.textContent({ timeout: 500 }).catch(() => '')) ?? '').replace(/\u00a0/g, ' ');
      return expected.test(text);
    };
    await until(`a hover with ${expected}`, async () => {
      const box = await target.boundingBox();
      if (!box) return false;
      const y = box.y + box.height / 2;
      await this.page.mouse.move(box.x - 20, y);
      await this.page.mouse.move(box.x + box.width / 2, y, { steps: 4 });
      return until('the text', hasText, 3000).then(
        () => true,
        () => false,
      );
    }).catch((error) => {
      throw new Error(`${error.message}; the last one said: ${text}`);
    });
  }

  /** The rows of the Problems panel; of the findings of all files it has only those on the screen: `about` leaves those with a text. */
  async problems(about?: string): Promise<Locator> {
    const rows = this.page.locator('.markers-panel .monaco-list-row');
    if (!(await this.page.locator('.markers-panel').isVisible())) await this.page.keyboard.press('Control+Shift+M');
    await rows.first().waitFor();
    if (about !== undefined)
      await this.page
        .locator('.part.panel')
        .getByPlaceholder(/^Filter/)
        .fill(about);
    return rows;
  }

  /** Makes the side bar wider, by dragging its edge. */
  async widenSideBar(width: number): Promise<void> {
    const box = await this.page.locator('.part.sidebar').boundingBox();
    if (!box) throw new Error('there is no side bar');
    const y = box.y + box.height / 2;
    await this.page.mouse.move(box.x + box.width, y);
    await this.page.mouse.down();
    await this.page.mouse.move(box.x + width, y, { steps: 5 });
    await this.page.mouse.up();
  }

  /** Moves the debug toolbar by its handle, as far right as `x` at least: the editor moves it less than the mouse. */
  async moveToolbarTo(x: number): Promise<void> {
    const handle = this.page.locator('.debug-toolbar .drag-area');
    await until(`the debug toolbar at ${x}`, async () => {
      const box = await handle.boundingBox();
      if (!box || box.x >= x) return box !== null;
      const y = box.y + box.height / 2;
      await this.page.mouse.move(box.x + box.width / 2, y);
      await this.page.mouse.down();
      await this.page.mouse.move(x + 100, y, { steps: 10 });
      await this.page.mouse.up();
      return false;
    });
  }

  /** Folds a view of the side bar, such as "Breakpoints". */
  async foldView(title: string): Promise<void> {
    const header = this.page.locator('.part.sidebar .pane-header').filter({ hasText: title });
    if ((await header.getAttribute('aria-expanded')) === 'true') await header.click();
  }
}
