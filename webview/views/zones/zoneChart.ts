/**
 * A zone's counters over time. The axis is the run: pressing or dragging on the chart moves the debugger to that moment, and so does the slider
 * below it, by keyboard.
 */
import { css, html, LitElement, type PropertyValues, unsafeCSS } from 'lit';
import uPlot from 'uplot';
import uPlotStyles from 'uplot/dist/uPlot.min.css' with { type: 'text' };
import type { ZoneSeriesAnswer } from '../../../server/debugger/inspector/shapes/zones';
import { themeColour } from '../../ui/colours';
import { base } from '../../ui/styles';
import { Surroundings } from '../../ui/surroundings';
import { COUNTERS, colourOf, columnsOf, signOf } from './seriesData';

const HEIGHT = 260;
/** CSS pixels above the chart for the signs of markers. */
const SIGNS = 16;
/** Detail of the event `scrub`: a position. */
export type Scrub = CustomEvent<number>;

export class ZoneChart extends LitElement {
  static override styles = [
    unsafeCSS(uPlotStyles),
    base,
    css`
      :host {
        display: block;
      }
      .chart {
        cursor: crosshair;
      }
      label {
        display: flex;
        gap: 0.8em;
        align-items: center;
      }
      input {
        flex: 1;
        accent-color: var(--vscode-focusBorder);
      }
    `,
  ];
  static override properties = {
    answer: { attribute: false },
    position: { type: Number },
    disabled: { type: Boolean },
  };
  declare answer: ZoneSeriesAnswer | undefined;
  /** where the debugger is */
  declare position: number;
  declare disabled: boolean;
  private plot: uPlot | undefined;
  /** a move has been asked for and not answered; and where to go then, if the pointer has moved on */
  private waits = false;
  private next: number | undefined;

  constructor() {
    super();
    const resized = (): void => {
      const width = this.clientWidth;
      if (this.plot && width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT });
    };
    new Surroundings(this, resized, () => this.draw());
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.plot?.destroy();
    this.plot = undefined;
  }
  override render() {
    const { answer } = this;
    if (!answer) return html``;
    const { from, to, series } = answer;
    const names = series.map(({ counter }) => COUNTERS[counter].label).join(', ');
    return html`<div
        class="chart"
        role="img"
        aria-label="Pages from position ${from} to ${to}: ${names}. The slider below moves the debugger."
      ></div>
      <label
        >Moment
        <input
          type="range"
          min=${from}
          max=${to}
          .value=${String(Math.min(Math.max(this.position, from), to))}
          ?disabled=${this.disabled}
          aria-valuetext="position ${this.position}"
          @change=${(event: Event) => this.scrub(Number((event.target as HTMLInputElement).value))}
        />
      </label>`;
  }
  protected override updated(changed: PropertyValues): void {
    if (changed.has('answer')) this.renew(changed.get('answer'));
    else if (changed.has('position')) this.plot?.redraw();
    else return;
    this.waits = false;
    const { next } = this;
    this.next = undefined;
    if (next !== undefined && next !== this.position) this.scrub(next);
  }
  /** Asks for a moment; while the debugger is on its way, the newest wish counts. */
  private scrub(position: number): void {
    if (this.disabled) return;
    if (this.waits) {
      this.next = position;
      return;
    }
    this.waits = true;
    this.dispatchEvent(new CustomEvent('scrub', { detail: position }));
  }
  /** Another answer: the chart stays where it shows the same lines, since the pointer may be dragging on it. */
  private renew(before: unknown): void {
    const linesOf = (answer: ZoneSeriesAnswer | undefined) => answer?.series.map(({ counter }) => counter).join() ?? '';
    const { plot, answer } = this;
    if (plot && answer && before !== undefined && linesOf(before as ZoneSeriesAnswer) === linesOf(answer))
      plot.setData(columnsOf(answer) as uPlot.AlignedData);
    else this.draw();
  }
  /** Makes the chart anew: the answer is another, or the theme. */
  private draw(): void {
    const place = this.renderRoot.querySelector<HTMLElement>('.chart');
    this.plot?.destroy();
    this.plot = undefined;
    if (!place || !this.answer) return;
    const colour = (name: string) => themeColour(name);
    const font = `12px ${getComputedStyle(this).fontFamily}`;
    const axis = {
      stroke: colour('foreground'),
      font,
      grid: { stroke: colour('panel-border'), width: 1 },
      ticks: { stroke: colour('panel-border'), width: 1 },
    };
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    this.plot = new uPlot(
      {
        width: Math.max(200, this.clientWidth),
        height: HEIGHT,
        padding: [SIGNS, 8, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
        scales: { x: { time: false } },
        axes: [axis, { ...axis, size: 70 }],
        series: [
          {},
          ...this.answer.series.map(({ counter }) => ({
            label: COUNTERS[counter].label,
            stroke: colour(COUNTERS[counter].colour),
            width: 1.5,
            ...(COUNTERS[counter].dash ? { dash: [6, 4] } : {}),
            ...(stepped ? { paths: stepped } : {}),
            points: { show: false },
          })),
        ],
        hooks: { draw: [(plot) => this.drawMarkers(plot)], ready: [(plot) => this.follow(plot)] },
      },
      columnsOf(this.answer) as uPlot.AlignedData,
      place,
    );
  }
  /** Pressing, and dragging, moves the debugger. */
  private follow(plot: uPlot): void {
    const at = (event: PointerEvent) => {
      const { left } = plot.over.getBoundingClientRect();
      const { from, to } = this.answer as ZoneSeriesAnswer;
      const position = Math.round(plot.posToVal(event.clientX - left, 'x'));
      this.scrub(Math.min(Math.max(position, from), to));
    };
    plot.over.addEventListener('pointerdown', (event) => {
      this.waits = false;
      plot.over.setPointerCapture(event.pointerId);
      at(event);
    });
    plot.over.addEventListener('pointermove', (event) => {
      if (plot.over.hasPointerCapture(event.pointerId)) at(event);
    });
  }
  private drawMarkers(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio || 1;
    const line = (position: number, colour: string, dash: number[], sign?: string) => {
      const x = Math.round(plot.valToPos(position, 'x', true)) + 0.5;
      if (x < bbox.left || x > bbox.left + bbox.width + 1) return;
      ctx.strokeStyle = colour;
      ctx.fillStyle = colour;
      ctx.setLineDash(dash.map((n) => n * ratio));
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      if (sign === undefined) return;
      ctx.font = `${11 * ratio}px ${getComputedStyle(this).fontFamily}`;
      ctx.textAlign = 'center';
      ctx.fillText(sign, x, bbox.top - 3 * ratio);
    };
    ctx.save();
    ctx.lineWidth = ratio;
    for (const marker of this.answer?.markers ?? [])
      line(marker.position, themeColour(colourOf(marker)), [2, 3], signOf(marker));
    ctx.lineWidth = 2 * ratio;
    line(this.position, themeColour('focusBorder'), []);
    ctx.restore();
  }
}
customElements.define('kmem-zone-chart', ZoneChart);
