/** One slab: its objects in memory order, and the chosen one in detail. */
import { css, html, nothing, type TemplateResult } from 'lit';
import * as v from 'valibot';
import type { Question } from '../../../server/dap/inspectorViews';
import { SELECTION } from '../../../server/debugger/inspector/shapes/common';
import type { Neighbour, ObjectEvent, PageObject } from '../../../server/debugger/inspector/shapes/slabs';
import '../../ui/cellGrid';
import type { CellGrid } from '../../ui/cellGrid';
import { themeColour } from '../../ui/colours';
import type { Exportable } from '../../ui/exports';
import type { CellPlace } from '../../ui/gridKeys';
import type { LegendEntry } from '../../ui/legend';
import { bytesText, hex, placeText } from '../../ui/words';
import { type Invitation, ViewElement } from '../../viewElement';
import { boxesOf, cellOf, columnsOf, drawObjects, indexOf, rowsOf, svgOfObjects } from './objectPicture';
import {
  bySlab,
  nextText,
  OBJECT_COLUMNS,
  objectCells,
  objectText,
  PAGE_VIEW,
  type Page,
  placeOf,
  STATES,
} from './slabText';

/** Objects that are shown at once. */
const OBJECTS = 64;
const WINDOW = v.object({ selection: SELECTION, first: v.optional(v.number()) });

export class SlabPageView extends ViewElement<typeof PAGE_VIEW> {
  static override styles = [
    ...ViewElement.styles,
    css`
      .scroll {
        overflow-x: auto;
      }
      svg {
        display: block;
      }
      .box {
        fill: var(--vscode-editor-background);
        stroke-width: 2;
        stroke: var(--vscode-foreground);
      }
      .object {
        cursor: pointer;
      }
      .used .box {
        stroke: var(--vscode-charts-blue);
      }
      .free .box {
        stroke: var(--vscode-charts-green);
        stroke-dasharray: 4 2;
      }
      .kept .box {
        stroke: var(--vscode-symbolIcon-classForeground);
        stroke-dasharray: 1 2;
      }
      .chosen .box {
        stroke-width: 4;
      }
      text {
        fill: var(--vscode-foreground);
        font-family: var(--vscode-editor-font-family);
        font-size: 12px;
      }
      .small {
        font-size: 11px;
      }
      .sign,
      .damage {
        font-weight: 700;
      }
      .damage {
        fill: var(--vscode-errorForeground);
        font-size: 15px;
      }
      .strip.redzone {
        fill: var(--vscode-charts-red);
      }
      .strip.meta {
        fill: var(--vscode-descriptionForeground);
      }
      .strip.object {
        fill: none;
      }
      .arrow {
        fill: none;
        stroke: var(--vscode-foreground);
        pointer-events: none;
      }
      .tip {
        fill: var(--vscode-foreground);
      }
      p {
        margin: 0.2em 0;
      }
    `,
  ];
  protected readonly view = PAGE_VIEW;

  private get asked(): v.InferOutput<typeof WINDOW> | undefined {
    return this.store.windowOf(PAGE_VIEW, WINDOW);
  }
  protected question(): Question<typeof PAGE_VIEW> | Invitation {
    const { asked } = this;
    if (!asked) return { invite: 'Choose a slab above to see its objects in memory order.' };
    return { selection: asked.selection, objects: OBJECTS, ...(asked.first ? { first: asked.first } : {}) };
  }
  protected override legend(): readonly LegendEntry[] {
    const red = { label: 'red zone', colour: 'charts-red' };
    const meta = { label: 'padding, tracks and other metadata', colour: 'descriptionForeground' };
    const hasZones = this.answer?.parts.some(({ what }) => what === 'red zone' || what === 'left red zone');
    const hasMeta = (this.answer?.parts.length ?? 0) > 2;
    return [...Object.values(STATES), ...(hasZones ? [red] : []), ...(hasMeta ? [meta] : [])];
  }
  protected picture(page: Page): TemplateResult {
    const { cache, slab, list, size, end, objects } = page;
    const chosen = this.chosen(page);
    const name = cache ? `a slab of ${cache.name}` : 'a page of SLOB';
    return html`<h2>pfn ${hex(slab.pfn)}, ${name}</h2>
      <p>
        ${bytesText(page.bytes)} at ${page.address}; ${list};
        ${size > 0 ? `${slab.objects - slab.free} of ${slab.objects} objects in use` : `${bytesText(slab.free * 2)} free`}.
      </p>
      ${this.neighbour('In front of it', page.before)}
      ${
        objects.length === 0
          ? html`<p class="quiet">It has no object at this place.</p>`
          : html`<div class="scroll">
              <kmem-cell-grid
                .name=${`Objects of the slab at pfn ${hex(slab.pfn)}, in memory order`}
                .rows=${rowsOf(page)}
                .columns=${columnsOf(page)}
                .describe=${(place: CellPlace) => {
                  const object = objects[indexOf(place)];
                  return object && objectText(page, object);
                }}
                .boxOf=${(place: CellPlace) => boxesOf(page)[indexOf(place)] ?? { x: 0, y: 0, width: 0, height: 0 }}
                @cell-choose=${({ detail }: CustomEvent<CellPlace>) => this.choose(page, indexOf(detail))}
              >${drawObjects(page, chosen?.address, (index) => this.choose(page, index))}</kmem-cell-grid>
            </div>`
      }
      ${this.windows(page)}
      ${end.bytes > 0 ? html`<p class="quiet">The last ${end.bytes} bytes: ${end.what}.</p>` : nothing}
      ${end.damage.map(({ what, address }) => html`<p>${what} overwritten at ${address}.</p>`)}
      ${this.neighbour('Behind it', page.after)} ${chosen ? this.detail(page, chosen) : nothing}`;
  }
  /** The object that is selected, if it is one of these. */
  private chosen({ objects }: Page): PageObject | undefined {
    const { selection } = this.store.state;
    return selection?.by === 'address' ? objects.find(({ address }) => address === selection.address) : undefined;
  }
  private choose({ objects }: Page, index: number): void {
    const object = objects[index];
    if (!object) return;
    const grid = this.renderRoot.querySelector<CellGrid>('kmem-cell-grid');
    grid?.moveTo(cellOf(index));
    this.store.select({ by: 'address', address: object.address });
  }
  /** Which objects are shown of many. */
  private windows({ slab, first, objects, size }: Page): TemplateResult | typeof nothing {
    if (size === 0 || slab.objects <= OBJECTS) return nothing;
    const show = (from: number) => this.store.setWindow(PAGE_VIEW, { ...bySlab(slab.pfn), first: from });
    const last = first + objects.length;
    return html`<p>
      Objects ${first} to ${last - 1} of ${slab.objects}.
      ${first > 0 ? html`<button class="plain" @click=${() => show(Math.max(0, first - OBJECTS))}>Those before</button>` : nothing}
      ${last < slab.objects ? html`<button class="plain" @click=${() => show(last)}>Those behind</button>` : nothing}
    </p>`;
  }
  private neighbour(where: string, neighbour: Neighbour | undefined): TemplateResult {
    if (!neighbour) return html`<p class="quiet">${where}: no memory.</p>`;
    const { pfn, owner, slab, object } = neighbour;
    const near = object ? `, object ${object.index} is nearest (${STATES[object.state].label})` : '';
    return html`<p class="quiet">
      ${where}, pfn ${hex(pfn)}: ${owner}${near}.
      ${slab ? html`<button class="plain" @click=${() => this.store.setWindow(PAGE_VIEW, bySlab(pfn))}>Show that slab</button>` : nothing}
    </p>`;
  }
  private detail(page: Page, object: PageObject): TemplateResult {
    const { next } = object;
    return html`<h3>Object ${object.index} at ${object.address}</h3>
      <p>${STATES[object.state].label}${object.on === undefined ? '' : `: number ${(object.place ?? 0) + 1} on ${object.on}`}</p>
      ${this.event(page, 'Allocated', object.allocated)} ${this.event(page, 'Freed', object.freed)}
      ${object.allocated || object.freed ? nothing : html`<p class="quiet">Nothing is recorded of it: it is from boot, or from before the oldest recorded moment.</p>`}
      ${
        next
          ? html`<p>
              The pointer to the next free object, at ${next.at}: ${next.stored}${next.hardened ? `, which means ${next.address ?? 'no address'} (hardened)` : ''};
              ${nextText(next)}.
            </p>`
          : nothing
      }
      ${object.damage.map(
        ({ what, address, bytes, found, expected }) => html`<p>
          ${what} overwritten: ${bytes} bytes from ${address} on. The first is 0x${found.toString(16)} instead of
          0x${expected.toString(16)}.
        </p>`,
      )}`;
  }
  private event(page: Page, title: string, event: ObjectEvent | undefined): TemplateResult | typeof nothing {
    if (!event) return nothing;
    const place = placeOf(page, event);
    const asked = event.bytesRequested === undefined ? '' : `, ${event.bytesRequested} bytes asked for`;
    return html`<p>
      ${title} by ${event.function}()${asked}; ${event.label};
      ${place ? html`<button class="plain" @click=${() => this.store.reveal(place)}>line ${placeText(place)}</button>,` : nothing}
      <button class="plain" @click=${() => this.store.goTo(event.position)}>go to that moment</button>
    </p>`;
  }
  protected exportable(page: Page): Exportable {
    const colour = (name: string) => themeColour(name);
    const title = `Slab at pfn ${hex(page.slab.pfn)}${page.cache ? ` of ${page.cache.name}` : ''}`;
    const colours = () => ({
      text: colour('foreground'),
      background: colour('editor-background'),
      damage: colour('errorForeground'),
      states: { used: colour('charts-blue'), free: colour('charts-green'), kept: colour('symbolIcon-classForeground') },
    });
    return {
      name: `slab-${page.slab.pfn.toString(16)}`,
      json: page,
      table: [OBJECT_COLUMNS, ...page.objects.map((object) => objectCells(page, object))],
      svg: () => svgOfObjects(page, title, colours()),
    };
  }
}
customElements.define('kmem-slab-page', SlabPageView);
