/** Zones: each against its watermarks, what it keeps from whom, and its counters over the run, which the user can go through. */
import { css, html, nothing, type TemplateResult } from 'lit';
import * as v from 'valibot';
import type { Answer, Question } from '../../../server/dap/inspectorViews';
import {
  ZONE_COUNTERS,
  type ZoneCounter,
  type ZoneSeriesAnswer,
  type ZoneState,
} from '../../../server/debugger/inspector/shapes/zones';
import { Superseded } from '../../store';
import { themeColour } from '../../ui/colours';
import '../../ui/dataTable';
import type { Choose } from '../../ui/dataTable';
import { type Exportable, svgDocument, xmlText } from '../../ui/exports';
import type { LegendEntry } from '../../ui/legend';
import { Surroundings } from '../../ui/surroundings';
import { ViewElement } from '../../viewElement';
import { COUNTERS, seriesRows, svgOfSeries } from './seriesData';
import { BARS_WIDTH, barsOf, barsText, number, PARTS, shapesOf, stateText, svgOfBars } from './zoneBars';
import './zoneChart';
import type { Scrub } from './zoneChart';

type Zones = Answer<'zones'>;
const POSITION = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** What is kept of the window: the zone of the chart, its counters, and the stretch of time. */
const WINDOW = v.object({
  zone: v.optional(POSITION),
  counters: v.optional(v.pipe(v.array(v.picklist(ZONE_COUNTERS)), v.minLength(1))),
  from: v.optional(POSITION),
  to: v.optional(POSITION),
});
type Window = v.InferOutput<typeof WINDOW>;
const SHOWN: readonly ZoneCounter[] = ['free', 'min', 'low', 'high'];
/** Entries of the journal that a window holds at least. */
const NEAREST = 16;

export class ZonesView extends ViewElement<'zones'> {
  static override styles = [
    ...ViewElement.styles,
    css`
      svg {
        display: block;
        max-width: 100%;
        height: auto;
      }
      text {
        fill: var(--vscode-foreground);
        font-size: 12px;
      }
      .freeLists {
        fill: var(--vscode-charts-blue);
      }
      .pcp {
        fill: var(--vscode-charts-green);
      }
      .used {
        fill: var(--vscode-disabledForeground);
      }
      .min {
        fill: var(--vscode-charts-red);
      }
      .low {
        fill: var(--vscode-symbolIcon-classForeground);
      }
      .high {
        fill: var(--vscode-charts-yellow);
      }
      .controls {
        display: flex;
        flex-wrap: wrap;
        gap: 0.3em 1em;
        align-items: center;
        margin: 0.4em 0;
      }
      fieldset {
        border: none;
        padding: 0;
        margin: 0;
        display: flex;
        flex-wrap: wrap;
        gap: 0.2em 0.8em;
      }
      select {
        font: inherit;
        color: var(--vscode-dropdown-foreground);
        background: var(--vscode-dropdown-background);
        border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent));
        padding: 0.2em;
      }
      p {
        margin: 0.2em 0;
      }
    `,
  ];
  static override properties = {
    ...ViewElement.properties,
    series: { state: true },
    refused: { state: true },
    room: { state: true },
  };
  protected readonly view = 'zones' as const;
  declare private series: ZoneSeriesAnswer | undefined;
  /** why there is no series */
  declare private refused: string | undefined;
  /** for the bars, CSS pixels */
  declare private room: number;

  constructor() {
    super();
    this.room = BARS_WIDTH;
    new Surroundings(this, () => {
      if (this.clientWidth > 0) this.room = Math.min(this.clientWidth, BARS_WIDTH);
    });
  }
  private get window(): Window {
    return this.store.windowOf('zones', WINDOW) ?? {};
  }
  private change(window: Window): void {
    this.store.setWindow('zones', { ...this.window, ...window });
  }
  protected question(): Question<'zones'> {
    return {};
  }
  /** The zones, and then the series of the one that is charted. */
  protected override async ask(): Promise<void> {
    await super.ask();
    const { answer, store } = this;
    if (!answer || !store.isLive) return;
    const { from, to, counters = SHOWN } = this.window;
    const zone = this.charted(answer);
    if (zone === undefined) return;
    try {
      this.series = await store.ask('zones/series', {
        zone,
        counters: [...counters],
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      });
      this.refused = undefined;
    } catch (error) {
      if (error instanceof Superseded) return;
      this.series = undefined;
      this.refused = error instanceof Error ? error.message : String(error);
    }
  }
  /** The zone that the user has chosen; the one with most pages unless there is that zone. */
  private charted({ zones }: Zones): number | undefined {
    const { zone } = this.window;
    const known = zones.find((one) => one.zone === zone);
    return (known ?? [...zones].sort((a, b) => b.managed - a.managed)[0])?.zone;
  }

  // ---------------------------------------------------------------- the page
  protected override legend(): readonly LegendEntry[] {
    const lines = (this.series?.series ?? [])
      .map(({ counter }) => counter)
      .filter((counter) => !(counter in PARTS) && counter !== 'free')
      .map((counter) => ({ label: COUNTERS[counter].label, colour: COUNTERS[counter].colour }));
    return [
      ...Object.values(PARTS),
      ...lines,
      { label: 'an allocation failed', colour: 'charts-red', sign: '!' },
      { label: 'kswapd was woken', colour: 'charts-purple', sign: 'k' },
      { label: 'free pages crossed a watermark', colour: 'foreground', sign: '↓↑' },
    ];
  }
  protected picture(answer: Zones): TemplateResult {
    return html`${answer.zones.map((zone) => this.zone(zone))}
      <h2>Protection: pages that a request leaves alone, by the highest zone that it could use</h2>
      ${this.protection(answer)}
      <h2>Over the run</h2>
      ${this.controls(answer)}
      ${this.refused ? html`<p role="alert">${this.refused}</p>` : nothing}
      ${this.series ? this.chart(this.series) : nothing}`;
  }
  private zone(zone: ZoneState): TemplateResult {
    const bars = barsOf(zone, this.room);
    const changed = this.previous?.zones.find((one) => one.zone === zone.zone);
    const by = changed ? zone.freeExact - changed.freeExact : 0;
    return html`<h2>${zoneName(zone)}</h2>
      <svg viewBox="0 -4 ${bars.width} ${bars.height}" width=${bars.width} role="img" aria-label=${barsText(zone)}>
        ${shapesOf(bars)}
      </svg>
      <p>
        ${stateText(zone)} ${number(zone.freeLists)} pages are on the free lists, ${pcpText(zone)}.
        ${by === 0 ? nothing : `The last step ${by < 0 ? `took ${number(-by)}` : `gave back ${number(by)}`}.`}
      </p>`;
  }
  private protection({ zones }: Zones): TemplateResult {
    const names = [...new Set(zones.flatMap(({ protection }) => protection.map(({ zone }) => zone)))];
    const rows = zones.map((zone) => ({
      cells: [
        zoneName(zone),
        ...names.map((name) => {
          const found = zone.protection.find((one) => one.zone === name);
          return found ? number(found.pages) : '–';
        }),
      ],
    }));
    return html`<kmem-table name="Protection of each zone" .columns=${['zone', ...names]} .rows=${rows}></kmem-table>`;
  }
  private controls(answer: Zones): TemplateResult {
    const charted = this.charted(answer);
    const counters = this.window.counters ?? SHOWN;
    const button = (label: string, act: () => void) =>
      html`<vscode-button appearance="secondary" @click=${act}>${label}</vscode-button>`;
    return html`<div class="controls">
      <label>
        Zone
        <select @change=${(event: Event) => this.change({ zone: Number((event.target as HTMLSelectElement).value) })}>
          ${answer.zones.map(
            (zone) => html`<option value=${zone.zone} ?selected=${zone.zone === charted}>${zoneName(zone)}</option>`,
          )}
        </select>
      </label>
      ${button('Zoom in', () => this.zoom(0.5))} ${button('Zoom out', () => this.zoom(2))}
      ${button('Whole run', () => this.store.setWindow('zones', { zone: charted, counters }))}
      <fieldset>
        <legend>Lines</legend>
        ${ZONE_COUNTERS.map(
          (counter) => html`<label>
            <input
              type="checkbox"
              .checked=${counters.includes(counter)}
              @change=${() => this.toggle(counter)}
            />${COUNTERS[counter].label}
          </label>`,
        )}
      </fieldset>
    </div>`;
  }
  private toggle(counter: ZoneCounter): void {
    const { counters = SHOWN } = this.window;
    const next = ZONE_COUNTERS.filter((one) => counters.includes(one) !== (one === counter));
    // one line at least
    if (next.length > 0) this.change({ counters: next });
    else this.requestUpdate();
  }
  /** Nearer to where the debugger is, or further away. */
  private zoom(factor: number): void {
    const { series } = this;
    if (!series) return;
    const { from, to, oldest, newest } = series;
    const at = Math.min(Math.max(this.answer?.moment.position ?? from, from), to);
    const width = Math.max(NEAREST, Math.round((to - from) * factor));
    const first = Math.max(oldest, Math.min(Math.round(at - (at - from) * factor), newest - width));
    const last = Math.min(newest, first + width);
    if (first === oldest && last === newest)
      this.store.setWindow('zones', { ...this.window, from: undefined, to: undefined });
    else this.change({ from: first, to: last });
  }
  private chart(series: ZoneSeriesAnswer): TemplateResult {
    const { markers } = series;
    const rows = markers.map(({ position, line, label, times }) => ({
      cells: [label, line === undefined ? '' : String(line), String(times), String(position)],
    }));
    return html`<kmem-zone-chart
        .answer=${series}
        .position=${this.answer?.moment.position ?? 0}
        .disabled=${!this.store.isLive}
        @scrub=${({ detail }: Scrub) => this.store.goTo(detail)}
      ></kmem-zone-chart>
      <h3>What happened</h3>
      ${
        rows.length === 0
          ? html`<p class="quiet">No watermark was crossed, no allocation failed and kswapd was not woken.</p>`
          : html`<p class="quiet">Choose one to go to the statement that did it.</p>
              <kmem-table
                name="What happened"
                .columns=${['what', 'line', 'times', 'position']}
                .rows=${rows}
                choosable
                @choose=${({ detail }: Choose) => this.store.goTo(markers[detail]?.cause ?? 0)}
              ></kmem-table>`
      }`;
  }
  protected exportable(answer: Zones): Exportable {
    const { series } = this;
    const colour = (name: string) => themeColour(name);
    const contents: (string | number)[][] = [
      ['zone', 'what', 'pages'],
      ...answer.zones.flatMap((zone) =>
        (
          ['managed', 'free', 'freeExact', 'min', 'low', 'high', 'boost', 'freeLists', 'pcp', 'highatomic'] as const
        ).map((what) => [zoneName(zone), what, zone[what]]),
      ),
      ...(series ? [['counter', 'position', 'pages'], ...seriesRows(series)] : []),
    ];
    const picture = () => {
      const shapes: string[] = [];
      let y = 24;
      for (const zone of answer.zones) {
        const bars = barsOf(zone);
        shapes.push(
          `<text x="12" y="${y}" font-size="13" font-weight="bold" font-family="sans-serif" fill="${xmlText(colour('foreground'))}">${xmlText(zoneName(zone))}</text>`,
          ...svgOfBars(bars, y + 12, colour),
        );
        y += bars.height + 36;
      }
      if (series) shapes.push(...svgOfSeries(series, y + 12, colour, 640, 240));
      return svgDocument(680, y + (series ? 270 : 0), shapes, colour('editor-background'));
    };
    return { name: 'zones', json: series ? { ...answer, series } : answer, table: contents, svg: picture };
  }
}
customElements.define('kmem-zones', ZonesView);

/** Pages on the lists of the CPUs, in words. */
function pcpText({ pcp, pcpCpus }: ZoneState): string {
  if (pcp === 0) return "none on the CPUs' lists";
  return `${number(pcp)} on ${pcpCpus.length === 1 ? `the list of CPU ${pcpCpus[0]?.cpu}` : `the lists of ${pcpCpus.length} CPUs`}`;
}
const zoneName = ({ name, node }: ZoneState): string => `${name}, node ${node}`;
