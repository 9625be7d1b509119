/** Slabs: caches by memory and by what of it holds nothing; below, the lists of the chosen cache, and the objects of the chosen slab. */
import { css, html, type TemplateResult } from 'lit';
import * as v from 'valibot';
import type { Question } from '../../../server/dap/inspectorViews';
import type { CacheRow } from '../../../server/debugger/inspector/shapes/slabs';
import { themeColour } from '../../ui/colours';
import '../../ui/dataTable';
import { CHANGED_LOOK, type Choose } from '../../ui/dataTable';
import { type Exportable, svgOfTable } from '../../ui/exports';
import type { LegendEntry } from '../../ui/legend';
import { bytesText } from '../../ui/words';
import { ViewElement } from '../../viewElement';
import './slabCacheView';
import './slabPageView';
import { CACHE_COLUMNS, CACHE_VIEW, type Caches, cacheCells, ORDERS, type Order, PAGE_VIEW } from './slabText';

const WINDOW = v.object({
  order: v.optional(v.picklist(['memory', 'waste', 'objects'])),
  /** caches without a slab are shown, too */
  all: v.optional(v.boolean()),
});

export class SlabsView extends ViewElement<'slabs'> {
  static override styles = [
    ...ViewElement.styles,
    css`
      section {
        margin: 0 0 1em;
      }
      .scroll {
        overflow-x: auto;
      }
      button[aria-pressed='true'] {
        font-weight: 700;
        text-decoration: none;
      }
    `,
  ];
  protected readonly view = 'slabs' as const;

  protected question(): Question<'slabs'> {
    return {};
  }
  private get window(): v.InferOutput<typeof WINDOW> {
    return this.store.windowOf('slabs', WINDOW) ?? {};
  }
  private get order(): Order {
    return this.window.order ?? 'memory';
  }
  private sorted({ caches }: Caches): readonly CacheRow[] {
    const { key } = ORDERS[this.order];
    return caches.toSorted((a, b) => key(b) - key(a) || b.size - a.size);
  }
  protected override legend(): readonly LegendEntry[] {
    return [CHANGED_LOOK];
  }
  protected picture(answer: Caches): TemplateResult {
    const { selection } = this.store.state;
    const sorted = this.sorted(answer);
    const withSlabs = sorted.filter(({ slabs, damaged }) => slabs > 0 || damaged);
    const rows = this.window.all || withSlabs.length === 0 ? sorted : withSlabs;
    const left = sorted.length - rows.length;
    const old = new Map((this.previous?.caches ?? []).map((cache) => [cache.address, cacheCells(cache).join()]));
    const isChanged = (cache: CacheRow) => old.size > 0 && old.get(cache.address) !== cacheCells(cache).join();
    return html`<section>
        <p>${answer.caches.length} caches, ${bytesText(answer.pages * 4096)} in slabs (${answer.allocator.toUpperCase()}).</p>
        <p role="group" aria-label="Sort by">
          Sort by:
          ${Object.entries(ORDERS).map(
            ([order, { label }]) => html`<button
                class="plain"
                aria-pressed=${order === this.order}
                @click=${() => this.store.setWindow('slabs', { ...this.window, order })}
              >${label}</button> `,
          )}
        </p>
        <div class="scroll">
          <kmem-table
            name="Slab caches: choose one to see its slabs"
            .columns=${CACHE_COLUMNS}
            .rows=${rows.map((cache) => ({ cells: cacheCells(cache), changed: isChanged(cache) }))}
            choosable
            @choose=${({ detail }: Choose) => {
              const cache = rows[detail];
              if (cache) this.store.setWindow(CACHE_VIEW, { cache: cache.address });
            }}
          ></kmem-table>
        </div>
        ${left > 0 ? html`<button class="plain" @click=${() => this.store.setWindow('slabs', { ...this.window, all: true })}>Show the ${left} caches without a slab, too</button>` : ''}
        ${answer.complete ? '' : html`<p class="quiet">There are more caches, with less memory.</p>`}
      </section>
      <section>
        <kmem-slab-cache
          .store=${this.store}
          .why=${'Where the next object comes from: first the CPU’s slab, then partial ones; a full slab is on no list.'}
          .anchor=${'slub'}
        ></kmem-slab-cache>
      </section>
      <section>
        ${
          selection
            ? html`<button class="plain" @click=${() => this.store.setWindow(PAGE_VIEW, { selection })}>
                Show the slab of what is selected
              </button>`
            : ''
        }
        <kmem-slab-page
          .store=${this.store}
          .why=${'An overrun hits what lies behind it in memory: the next object, its free pointer, or the next slab.'}
          .anchor=${'slub'}
        ></kmem-slab-page>
      </section>`;
  }
  protected exportable(answer: Caches): Exportable {
    const table = [CACHE_COLUMNS, ...this.sorted(answer).map(cacheCells)];
    const colours = { text: themeColour('foreground'), background: themeColour('editor-background') };
    return { name: 'slabs', json: answer, table, svg: () => svgOfTable('Slab caches', table, colours) };
  }
}
customElements.define('kmem-slabs', SlabsView);
