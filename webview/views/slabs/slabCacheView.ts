/** One cache: its slabs and ready objects, list by list. */
import { css, html, nothing, type TemplateResult } from 'lit';
import * as v from 'valibot';
import type { Question } from '../../../server/dap/inspectorViews';
import type { SlabList, SlabRow } from '../../../server/debugger/inspector/shapes/slabs';
import { themeColour } from '../../ui/colours';
import '../../ui/dataTable';
import type { Choose } from '../../ui/dataTable';
import { type Exportable, svgOfTable } from '../../ui/exports';
import { hex } from '../../ui/words';
import { type Invitation, ViewElement } from '../../viewElement';
import { bySlab, CACHE_VIEW, type Lists, listNote, listTitle, PAGE_VIEW } from './slabText';

const WINDOW = v.object({ cache: v.string() });
const COLUMNS = ['first frame', 'pages', 'objects', 'in use', 'free', 'frozen'] as const;

export class SlabCacheView extends ViewElement<typeof CACHE_VIEW> {
  static override styles = [
    ...ViewElement.styles,
    css`
      p {
        margin: 0.2em 0;
      }
    `,
  ];
  protected readonly view = CACHE_VIEW;

  protected question(): Question<typeof CACHE_VIEW> | Invitation {
    const asked = this.store.windowOf(CACHE_VIEW, WINDOW);
    return asked ? { cache: asked.cache } : { invite: 'Choose a cache above to see its slabs.' };
  }
  protected picture({ cache, lists, allocator }: Lists): TemplateResult {
    const name = allocator === 'slob' ? 'Pages of all caches' : `Slabs of ${cache.name}`;
    const shown = lists.filter((list) => list.count > 0 || list.ready > 0);
    return html`<h2>${name}</h2>
      ${cache.ctor ? html`<p>Constructor: ${cache.ctor}</p>` : nothing}
      <p class="quiet">${cache.flags}${cache.users > 1 ? `; ${cache.users} caches share it` : ''}</p>
      ${shown.length === 0 ? html`<p>It has no slab yet: the first allocation makes one.</p>` : shown.map((list) => this.list(list))}`;
  }
  private list(list: SlabList): TemplateResult {
    const title = listTitle(list);
    return html`<h3>${title}</h3>
      <p class="quiet">${listNote(list)}</p>
      ${
        list.slabs.length > 0
          ? html`<kmem-table
              .name=${`${title}: choose one to see its objects`}
              .columns=${COLUMNS}
              .rows=${list.slabs.map((slab) => ({ cells: slabCells(slab) }))}
              choosable
              @choose=${({ detail }: Choose) => {
                const slab = list.slabs[detail];
                if (slab) this.store.setWindow(PAGE_VIEW, bySlab(slab.pfn));
              }}
            ></kmem-table>`
          : nothing
      }
      ${
        list.objects.length > 0
          ? html`<p>
              Handed out next:
              ${list.objects.slice(0, 8).map(
                (address, i) => html`${i > 0 ? ', ' : ''}<button
                    class="plain"
                    @click=${() => this.store.select({ by: 'address', address })}
                  >${address}</button>`,
              )}${list.ready > 8 ? ` and ${list.ready - 8} more` : ''}
            </p>`
          : nothing
      }`;
  }
  protected exportable(lists: Lists): Exportable {
    const table = [
      ['list', ...COLUMNS],
      ...lists.lists.flatMap((list) => list.slabs.map((slab) => [listTitle(list), ...slabCells(slab)])),
    ];
    const colours = { text: themeColour('foreground'), background: themeColour('editor-background') };
    return {
      name: 'slab-cache',
      json: lists,
      table,
      svg: () => svgOfTable(`Slabs of ${lists.cache.name}`, table, colours),
    };
  }
}
customElements.define('kmem-slab-cache', SlabCacheView);

const slabCells = ({ pfn, pages, objects, free, frozen }: SlabRow): string[] => [
  hex(pfn),
  String(pages),
  String(objects),
  String(objects - free),
  String(free),
  frozen ? 'a CPU has it' : 'no',
];
