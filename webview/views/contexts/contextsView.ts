/** Contexts: what ran on each CPU from when to when. A click, or Enter, goes to that moment. */
import { css, html, nothing, svg, type TemplateResult } from 'lit';
import * as v from 'valibot';
import type { Answer, Question } from '../../../server/dap/inspectorViews';
import { OFF_KINDS, RUN_KINDS } from '../../../server/debugger/inspector/shapes/cpuContexts';
import '../../ui/cellGrid';
import type { CellBox, CellGrid } from '../../ui/cellGrid';
import { themeColour } from '../../ui/colours';
import { type Exportable, svgDocument, xmlText } from '../../ui/exports';
import type { CellPlace } from '../../ui/gridKeys';
import type { LegendEntry } from '../../ui/legend';
import { Surroundings } from '../../ui/surroundings';
import { ViewElement } from '../../viewElement';
import {
  ALLOCATED_LOOK,
  FAILED_LOOK,
  hasRoom,
  heightOf,
  type Item,
  LOCK_LOOK,
  NAMES,
  OFF_LOOKS,
  ROW_NAMES,
  type Row,
  RUN_LOOKS,
  rowsOf,
  Scale,
  WAIT_LOOK,
} from './laneLayout';

type Contexts = Answer<'contexts'>;
const POSITION = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** What is kept of the window: the stretch of time, and the first CPU. */
const WINDOW = v.object({
  from: v.optional(POSITION),
  to: v.optional(POSITION),
  firstCpu: v.optional(POSITION),
});
type Window = v.InferOutput<typeof WINDOW>;
/** CPUs on one page. */
const CPUS = 8;
/** Entries of the journal that a window holds at least. */
const NEAREST = 16;

export class ContextsView extends ViewElement<'contexts'> {
  static override styles = [
    ...ViewElement.styles,
    css`
      svg {
        display: block;
        width: 100%;
      }
      rect.item {
        cursor: pointer;
        fill: var(--colour);
      }
      rect.item:hover {
        stroke: var(--vscode-focusBorder);
        stroke-width: 2;
      }
      .track {
        fill: none;
        stroke: var(--vscode-panel-border, var(--vscode-contrastBorder, transparent));
      }
      text {
        fill: var(--vscode-foreground);
        font-size: 12px;
        pointer-events: none;
      }
      /* read on every colour */
      text.inside {
        stroke: var(--vscode-editor-background);
        stroke-width: 3px;
        paint-order: stroke;
      }
      .now {
        stroke: var(--vscode-focusBorder);
        stroke-width: 2;
      }
      .controls {
        display: flex;
        flex-wrap: wrap;
        gap: 0.4em 0.8em;
        align-items: center;
        margin: 0.4em 0;
      }
      .tip {
        min-height: 1.4em;
        margin: 0.3em 0;
      }
    `,
  ];
  static override properties = {
    ...ViewElement.properties,
    pointed: { state: true },
    width: { state: true },
  };
  protected readonly view = 'contexts' as const;
  /** what the pointer or the keyboard is at, in words */
  declare private pointed: string | undefined;
  /** of the lanes, CSS pixels */
  declare private width: number;
  private rows: readonly Row[] = [];

  constructor() {
    super();
    this.width = 640;
    new Surroundings(this, () => {
      const width = Math.max(200, this.clientWidth - NAMES - 4);
      if (this.clientWidth > 0 && width !== this.width) this.width = width;
    });
  }
  private get window(): Window {
    return this.store.windowOf('contexts', WINDOW) ?? {};
  }
  protected question(): Question<'contexts'> {
    return { ...this.window, cpus: CPUS };
  }
  protected override willUpdate(): void {
    this.rows = this.answer ? rowsOf(this.answer) : [];
  }

  // ---------------------------------------------------------------- the page
  protected override legend(): readonly LegendEntry[] {
    return [
      ...RUN_KINDS.filter((kind) => kind !== 'idle').map((kind) => RUN_LOOKS[kind]),
      ...OFF_KINDS.map((kind) => OFF_LOOKS[kind]),
      LOCK_LOOK,
      WAIT_LOOK,
      ALLOCATED_LOOK,
      FAILED_LOOK,
    ];
  }
  protected picture(answer: Contexts): TemplateResult {
    const { rows } = this;
    const scale = new Scale(answer.from, answer.to, this.width);
    const columns = Math.max(1, ...rows.map(({ items }) => items.length));
    return html`${this.controls(answer)}
      <kmem-cell-grid
        name="What ran on each CPU; each row from left to right"
        .rows=${rows.length}
        .columns=${columns}
        .describe=${(place: CellPlace) => this.describe(place)}
        .boxOf=${(place: CellPlace) => this.boxOf(scale, place)}
        @cell-move=${({ detail }: CustomEvent<CellPlace>) => {
          this.pointed = this.describe(detail);
        }}
        @cell-choose=${({ detail }: CustomEvent<CellPlace>) => this.choose(detail)}
      >
        ${this.lanes(answer, scale)}
      </kmem-cell-grid>
      <p class="tip quiet">${this.pointed ?? 'Choose something to go to that moment.'}</p>
      <p>
        ${answer.lanes.length === answer.cpus ? '' : `CPUs ${answer.lanes[0]?.cpu} to ${answer.lanes.at(-1)?.cpu} of ${answer.cpus}. `}Positions
        ${answer.from} to ${answer.to} of ${answer.oldest} to ${answer.newest}.
      </p>`;
  }
  private controls(answer: Contexts): TemplateResult {
    const button = (label: string, act: () => void, enabled = true) =>
      html`<vscode-button appearance="secondary" ?disabled=${!enabled} @click=${act}>${label}</vscode-button>`;
    const first = answer.lanes[0]?.cpu ?? 0;
    const span = answer.to - answer.from;
    return html`<div class="controls" role="group" aria-label="What is visible">
      ${button('Zoom in', () => this.zoom(answer, 0.5), span > NEAREST)}
      ${button('Zoom out', () => this.zoom(answer, 2), answer.from > answer.oldest || answer.to < answer.newest)}
      ${button('Earlier', () => this.move(answer, -Math.ceil(span / 2)), answer.from > answer.oldest)}
      ${button('Later', () => this.move(answer, Math.ceil(span / 2)), answer.to < answer.newest)}
      ${button('Whole run', () => this.show(undefined, undefined))}
      ${
        answer.cpus > CPUS
          ? html`${button('CPUs before', () => this.cpus(Math.max(0, first - CPUS)), first > 0)}
            ${button('CPUs behind', () => this.cpus(first + CPUS), first + CPUS < answer.cpus)}`
          : nothing
      }
      ${button('Save the run as a trace', () => this.store.send({ kind: 'saveTrace' }))}
    </div>`;
  }
  private lanes(answer: Contexts, scale: Scale): TemplateResult {
    const { rows } = this;
    const height = heightOf(rows);
    const now = answer.moment.position;
    return html`<svg height=${height} aria-hidden="true" @pointerleave=${() => this.point(undefined)}>
      ${rows.map((row, r) => this.row(row, r, scale))}
      ${now >= answer.from && now <= answer.to ? svg`<line class="now" x1=${scale.x(now)} x2=${scale.x(now)} y1="0" y2=${height}></line>` : nothing}
    </svg>`;
  }
  private row(row: Row, r: number, scale: Scale): TemplateResult {
    const { cpu, what, y, height, items } = row;
    return svg`<text x=${what === 'runs' ? 0 : 56} y=${y + height - 5}>${what === 'runs' ? `CPU ${cpu}` : ROW_NAMES[what]}</text>
      ${what === 'runs' ? svg`<rect class="track" x=${NAMES} y=${y} width=${scale.width} height=${height}></rect>` : nothing}
      ${items.map((item, column) => this.item(row, item, { row: r, column }, scale))}`;
  }
  private item(row: Row, item: Item, place: CellPlace, scale: Scale): TemplateResult {
    const { x, y, width, height } = scale.box(row, item);
    return svg`<rect class="item" data-colour=${item.look.colour} x=${x} y=${y} width=${width} height=${height}
        @pointerenter=${() => this.point(item.text)} @click=${() => this.choose(place)}></rect>
      ${row.what === 'runs' && hasRoom(item.name, width) ? svg`<text class="inside" x=${x + 4} y=${y + height - 6}>${item.name}</text>` : nothing}`;
  }
  protected override updated(): void {
    for (const rect of this.renderRoot.querySelectorAll<SVGRectElement>('rect.item'))
      rect.style.setProperty('--colour', `var(--vscode-${rect.dataset.colour})`);
  }
  private point(text: string | undefined): void {
    this.pointed = text;
  }
  private describe({ row, column }: CellPlace): string | undefined {
    const found = this.rows[row];
    if (!found) return undefined;
    const item = found.items[column];
    // a row without anything can be passed through
    return item?.text ?? (column === 0 ? `nothing: ${ROW_NAMES[found.what]} of CPU ${found.cpu}` : undefined);
  }
  private boxOf(scale: Scale, { row, column }: CellPlace): CellBox {
    const found = this.rows[row];
    if (!found) return { x: 0, y: 0, width: 0, height: 0 };
    const item = found.items[column];
    return item ? scale.box(found, item) : { x: NAMES, y: found.y, width: scale.width, height: found.height };
  }
  private choose(place: CellPlace): void {
    const item = this.rows[place.row]?.items[place.column];
    if (!item || !this.store.isLive) return;
    this.renderRoot.querySelector<CellGrid>('kmem-cell-grid')?.moveTo(place);
    this.pointed = item.text;
    this.store.goTo(item.from);
  }

  // ---------------------------------------------------------------- what is visible
  private show(from: number | undefined, to: number | undefined): void {
    const { firstCpu } = this.window;
    this.store.setWindow('contexts', {
      ...(firstCpu === undefined ? {} : { firstCpu }),
      ...(from === undefined || to === undefined ? {} : { from, to }),
    });
  }
  /** Nearer to where the debugger is, or further away. */
  private zoom({ from, to, oldest, newest, moment }: Contexts, factor: number): void {
    const at = moment.position >= from && moment.position <= to ? moment.position : (from + to) / 2;
    const width = Math.max(NEAREST, Math.round((to - from) * factor));
    const first = Math.max(oldest, Math.min(Math.round(at - (at - from) * factor), newest - width));
    const last = Math.min(newest, first + width);
    if (first === oldest && last === newest) this.show(undefined, undefined);
    else this.show(first, last);
  }
  private move({ from, to, oldest, newest }: Contexts, by: number): void {
    const shift = Math.min(Math.max(by, oldest - from), newest - to);
    this.show(from + shift, to + shift);
  }
  private cpus(firstCpu: number): void {
    this.store.setWindow('contexts', { ...this.window, firstCpu });
  }
  protected exportable(answer: Contexts): Exportable {
    const rows = rowsOf(answer);
    const contents: (string | number)[][] = [
      ['cpu', 'row', 'from', 'to', 'what'],
      ...rows.flatMap(({ cpu, what, items }) => items.map(({ from, to, text }) => [cpu, what, from, to, text])),
    ];
    const picture = () => {
      const scale = new Scale(answer.from, answer.to, 900);
      const colour = (name: string) => xmlText(themeColour(name));
      const text = (x: number, y: number, value: string, fill: string) =>
        `<text x="${x}" y="${y}" font-size="12" font-family="sans-serif" fill="${fill}">${xmlText(value)}</text>`;
      const shapes = rows.flatMap((row) => [
        text(
          row.what === 'runs' ? 4 : 56,
          row.y + row.height - 5,
          row.what === 'runs' ? `CPU ${row.cpu}` : ROW_NAMES[row.what],
          colour('foreground'),
        ),
        ...row.items.map((item) => {
          const { x, y, width, height } = scale.box(row, item);
          const rect = `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${colour(item.look.colour)}"/>`;
          return row.what === 'runs' && hasRoom(item.name, width)
            ? rect + text(x + 4, y + height - 6, item.name, colour('editor-background'))
            : rect;
        }),
      ]);
      return svgDocument(NAMES + 910, heightOf(rows) + 10, shapes, themeColour('editor-background'));
    };
    return { name: 'contexts', json: answer, table: contents, svg: picture };
  }
}
customElements.define('kmem-contexts', ContextsView);
