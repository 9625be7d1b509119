/** Compare: two moments side by side, what came and went by site, counters and caches, and where the use of frames has changed. */
import { css, html, nothing, type TemplateResult } from 'lit';
import type { Answer, Question } from '../../../server/dap/inspectorViews';
import type { OwnerKind } from '../../../server/debugger/inspector/shapes/common';
import { COMPARE_QUESTION } from '../../../server/debugger/inspector/shapes/compare';
import '../../ui/cellGrid';
import type { CellBox } from '../../ui/cellGrid';
import { themeColour } from '../../ui/colours';
import type { CellPlace } from '../../ui/gridKeys';
import '../../ui/dataTable';
import type { Choose } from '../../ui/dataTable';
import { emptyState } from '../../ui/emptyState';
import { type Exportable, svgDocument, xmlText } from '../../ui/exports';
import type { LegendEntry } from '../../ui/legend';
import { ownerLook } from '../../ui/ownerColours';
import { contextOf, Surroundings } from '../../ui/surroundings';
import { ViewElement } from '../../viewElement';
import {
  CACHE_COLUMNS,
  type ChangedCell,
  COUNTER_COLUMNS,
  type Comparison,
  cacheRow,
  cellText,
  changedCells,
  counterRow,
  KIND_COLUMNS,
  keyOf,
  kindRow,
  type MomentRef,
  optionsOf,
  placeText,
  refOf,
  SITE_COLUMNS,
  siteRow,
  sumText,
} from './compareText';

/** CSS pixels of a cell of the map, and between the two pictures. */
const CELL = 10;
const GAP = 24;
const CELLS = 1024;

export class CompareView extends ViewElement<'compare'> {
  static override styles = [
    ...ViewElement.styles,
    css`
      form {
        display: flex;
        flex-wrap: wrap;
        gap: 0.8em;
        align-items: end;
        margin: 0.4em 0;
      }
      label {
        display: flex;
        flex-direction: column;
      }
      select {
        font: inherit;
        color: var(--vscode-dropdown-foreground);
        background: var(--vscode-dropdown-background);
        border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent));
        padding: 0.2em;
        max-width: 20em;
      }
      .sides {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 0.2em 1.5em;
      }
      .sides h2 {
        margin: 0.2em 0;
      }
      p {
        margin: 0.2em 0;
      }
      canvas {
        display: block;
        width: 100%;
        height: var(--height);
      }
      .tip {
        min-height: 1.4em;
      }
    `,
  ];
  static override properties = { ...ViewElement.properties, site: { state: true } };
  protected readonly view = 'compare' as const;
  /** index of the site whose examples are shown */
  declare private site: number | undefined;
  private cells: ReadonlyMap<number, ChangedCell> = new Map();
  private pointed: string | undefined;
  private columns = 1;

  private get asked(): { a: MomentRef; b: MomentRef } {
    const asked = this.store.windowOf('compare', COMPARE_QUESTION);
    return { a: asked?.a ?? { at: 'start' }, b: asked?.b ?? { at: 'now' } };
  }
  protected question(): Question<'compare'> {
    return { ...this.asked, cells: CELLS };
  }
  private compare(a: MomentRef, b: MomentRef): void {
    this.site = undefined;
    this.store.setWindow('compare', { a, b });
  }

  // ---------------------------------------------------------------- the page
  protected override willUpdate(): void {
    if (this.answer) this.cells = changedCells(this.answer.map);
  }
  protected override legend(): readonly LegendEntry[] {
    const kinds = new Set((this.answer?.map.changes ?? []).flatMap(({ from, to }) => [from, to]));
    return [...kinds].map((kind) => ({ label: kind, ...ownerLook(kind) }));
  }
  protected picture(answer: Comparison): TemplateResult {
    const { came, went, passed, backing } = answer;
    const isSame = answer.a.position === answer.b.position;
    return html`${this.form(answer)}
      <div class="sides">
        ${this.side('A', answer.a)} ${this.side('B', answer.b)}
      </div>
      ${
        isSame
          ? emptyState(
              'A and B are the same moment. Choose another one, or step on and come back: B follows the debugger while it is "now".',
            )
          : html`<h2>What came and went</h2>
              <p>At B and not at A: ${sumText(came)}. At A and not at B: ${sumText(went)}. Allocated and freed between: ${sumText(passed)}.</p>
              <p class="quiet">Allocators took for themselves ${sumText(backing.came)}, and gave back ${sumText(backing.went)}.</p>
              ${this.sites(answer)} ${this.map(answer)}
              ${table('Caches that differ', CACHE_COLUMNS, answer.caches.map(cacheRow))}
              ${table('Counters that differ', COUNTER_COLUMNS, answer.counters.map(counterRow))}
              ${answer.cut ? html`<p class="quiet">There is more than is listed: take moments that are nearer to each other.</p>` : nothing}`
      }`;
  }
  private form(answer: Comparison): TemplateResult {
    const { a, b } = this.asked;
    const choice = (name: 'a' | 'b', chosen: MomentRef) => html`<label>
      ${name.toUpperCase()}
      <select
        name=${name}
        @change=${(event: Event) => {
          const ref = refOf((event.target as HTMLSelectElement).value);
          this.compare(name === 'a' ? ref : a, name === 'b' ? ref : b);
        }}
      >
        ${optionsOf(answer.named, chosen).map(
          ({ key, label }) => html`<option value=${key} ?selected=${key === keyOf(chosen)}>${label}</option>`,
        )}
      </select>
    </label>`;
    const here = (): MomentRef => ({ at: 'position', position: answer.moment.position });
    return html`<form aria-label="Moments to compare" @submit=${(event: Event) => event.preventDefault()}>
      ${choice('a', a)} ${choice('b', b)}
      <vscode-button appearance="secondary" @click=${() => this.compare(here(), b)}>A is here</vscode-button>
      <vscode-button appearance="secondary" @click=${() => this.compare(a, here())}>B is here</vscode-button>
      <vscode-button appearance="secondary" @click=${() => this.compare(b, a)}>Swap</vscode-button>
    </form>`;
  }
  private side(name: string, { position, label, place }: Comparison['a']): TemplateResult {
    return html`<div>
      <h2>${name}: position ${position}</h2>
      <p>${label}</p>
      ${place ? html`<p><code>${place.text}</code></p>` : nothing}
      <button class="plain" @click=${() => this.store.goTo(position)}>Go to ${name}</button>
    </div>`;
  }
  private sites({ sites }: Comparison): TemplateResult {
    if (sites.length === 0) return html`<p class="quiet">No block came or went between A and B.</p>`;
    const site = this.site === undefined ? undefined : sites[this.site];
    return html`<p class="quiet">Choose a line to see some of what it allocated.</p>
      <kmem-table
        name="What came and went, by the statement that allocated it"
        .columns=${SITE_COLUMNS}
        .rows=${sites.map((s) => ({ cells: siteRow(s) }))}
        choosable
        @choose=${({ detail }: Choose) => {
          this.site = detail;
        }}
      ></kmem-table>
      ${
        site
          ? html`<h2>Of ${placeText(site)}</h2>
              ${site.place ? html`<button class="plain" @click=${() => site.place && this.store.reveal(site.place)}>Show the line</button>` : nothing}
              <ul>
                ${site.examples.map(
                  ({ block, position, change }) => html`<li>
                    ${change}: <button class="plain" @click=${() => this.select(block)}>${block}</button>, allocated at position
                    ${position}, <button class="plain" @click=${() => this.store.goTo(position)}>go to that moment</button>
                  </li>`,
                )}
              </ul>`
          : nothing
      }`;
  }
  private select(block: string): void {
    const pfn = /^pfn (0x[0-9a-f]+)$/.exec(block)?.[1];
    this.store.select(pfn === undefined ? { by: 'address', address: block } : { by: 'pfn', pfn: Number(pfn) });
  }

  // ---------------------------------------------------------------- the map
  private map(answer: Comparison): TemplateResult {
    const { map } = answer;
    return html`<h2>Frames whose use has changed</h2>
      ${
        map.runs.length === 0
          ? html`<p class="quiet">None.</p>`
          : html`<p class="quiet">Left what they were at A, right what they are at B; a cell is ${map.pagesPerCell === 1 ? 'a page' : `${map.pagesPerCell} pages`}.</p>
              <kmem-cell-grid
                name="Cells of the map that have changed"
                .rows=${Math.ceil(map.cells / this.columns)}
                .columns=${this.columns}
                .describe=${(place: CellPlace) => this.describe(place)}
                .boxOf=${(place: CellPlace) => this.boxOf(place)}
                @cell-move=${(event: CustomEvent<CellPlace>) => this.point(this.describe(event.detail))}
                @cell-choose=${(event: CustomEvent<CellPlace>) => this.choose(event.detail)}
              >
                <canvas
                  @pointermove=${(event: PointerEvent) => this.point(this.describe(this.under(event)))}
                  @pointerleave=${() => this.point(undefined)}
                  @click=${(event: MouseEvent) => this.choose(this.under(event))}
                ></canvas>
              </kmem-cell-grid>
              <p class="tip">${this.pointed ?? ''}</p>`
      }
      ${table('Use of frames', KIND_COLUMNS, map.kinds.map(kindRow))}`;
  }
  private describe({ row, column }: CellPlace): string | undefined {
    const { answer } = this;
    const cell = row * this.columns + column;
    return answer && cell < answer.map.cells ? cellText(answer.map, cell, this.cells.get(cell)) : undefined;
  }
  private boxOf({ row, column }: CellPlace): CellBox {
    return { x: column * CELL, y: row * CELL, width: CELL, height: CELL };
  }
  private under({ offsetX, offsetY }: MouseEvent): CellPlace {
    const across = Math.floor(offsetX / CELL);
    const right = Math.floor((offsetX - this.columns * CELL - GAP) / CELL);
    return { row: Math.floor(offsetY / CELL), column: right >= 0 ? right : Math.min(across, this.columns - 1) };
  }
  private point(text: string | undefined): void {
    if (text === this.pointed) return;
    this.pointed = text;
    this.requestUpdate();
  }
  private choose({ row, column }: CellPlace): void {
    const { answer } = this;
    if (!answer) return;
    const cell = row * this.columns + column;
    if (cell < answer.map.cells)
      this.store.select({ by: 'pfn', pfn: answer.map.first + cell * answer.map.pagesPerCell });
  }

  // ---------------------------------------------------------------- drawing
  constructor() {
    super();
    new Surroundings(this, () => this.draw());
  }
  override updated(): void {
    this.draw();
  }
  private draw(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const { answer } = this;
    if (!canvas || !answer) return;
    const columns = Math.max(8, Math.floor((canvas.clientWidth - GAP) / 2 / CELL));
    if (columns !== this.columns) {
      this.columns = columns;
      this.requestUpdate();
    }
    const height = Math.ceil(answer.map.cells / columns) * CELL;
    const context = contextOf(canvas, height);
    if (!context) return;
    const line = themeColour('panel-border', 'descriptionForeground');
    for (const { x, y, kind } of this.boxes(answer)) {
      if (kind !== undefined) {
        context.fillStyle = themeColour(ownerLook(kind).colour);
        context.fillRect(x, y, CELL - 1, CELL - 1);
      }
      context.strokeStyle = line;
      context.lineWidth = 0.5;
      context.strokeRect(x + 0.5, y + 0.5, CELL - 1, CELL - 1);
    }
  }
  /** Each cell twice: what it was, and what it is. */
  private *boxes({ map }: Comparison): Generator<{ x: number; y: number; kind: OwnerKind | undefined }> {
    for (let cell = 0; cell < map.cells; cell++) {
      const x = (cell % this.columns) * CELL;
      const y = Math.floor(cell / this.columns) * CELL;
      const changed = this.cells.get(cell);
      yield { x, y, kind: changed?.from };
      yield { x: x + this.columns * CELL + GAP, y, kind: changed?.to };
    }
  }

  // ---------------------------------------------------------------- saving
  protected exportable(answer: Answer<'compare'>): Exportable {
    return {
      name: 'compare',
      json: answer,
      table: [
        SITE_COLUMNS,
        ...answer.sites.map(siteRow),
        [],
        CACHE_COLUMNS,
        ...answer.caches.map(cacheRow),
        [],
        COUNTER_COLUMNS,
        ...answer.counters.map(counterRow),
      ],
      svg: () => this.svg(answer),
      canvas: () => this.renderRoot.querySelector('canvas') ?? undefined,
    };
  }
  private svg(answer: Comparison): string {
    const line = xmlText(themeColour('panel-border', 'descriptionForeground'));
    const shapes = [...this.boxes(answer)].map(({ x, y, kind }) => {
      const fill = kind === undefined ? 'none' : xmlText(themeColour(ownerLook(kind).colour));
      return `<rect x="${x}" y="${y}" width="${CELL - 1}" height="${CELL - 1}" fill="${fill}" stroke="${line}" stroke-width="0.5"/>`;
    });
    const width = this.columns * CELL * 2 + GAP;
    const height = Math.ceil(answer.map.cells / this.columns) * CELL;
    return svgDocument(width, height, shapes, themeColour('editor-background'));
  }
}
customElements.define('kmem-compare', CompareView);

function table(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  return html`<h2>${title}</h2>
    <kmem-table name=${title} .columns=${columns} .rows=${rows.map((cells) => ({ cells }))}></kmem-table>`;
}
