/** Free lists: a zone's blocks in list order, the CPUs' lists, what the last step split and merged, and what a request would take. */
import { css, html, nothing, type TemplateResult } from 'lit';
import * as v from 'valibot';
import type { Question } from '../../../server/dap/inspectorViews';
import { themeColour } from '../../ui/colours';
import '../../ui/dataTable';
import type { Choose } from '../../ui/dataTable';
import type { Exportable } from '../../ui/exports';
import type { LegendEntry } from '../../ui/legend';
import { ViewElement } from '../../viewElement';
import './blockLists';
import type { ChooseBlock, MoreBlocks } from './blockLists';
import './changePicture';
import { type Lists, listsTable, migrateColour, migrateSign, newBlocks, svgOfLists } from './listText';
import './takeForm';
import './takeView';

/** Blocks of a list of which more is wanted, and changes that are drawn. */
const MORE = 500;
const MOST_PICTURES = 12;

const WINDOW = v.object({
  zone: v.optional(v.object({ node: v.number(), zone: v.string() })),
  more: v.optional(v.object({ order: v.number(), migratetype: v.number() })),
});
type Window = v.InferOutput<typeof WINDOW>;

export class FreeListsView extends ViewElement<'freeLists'> {
  static override styles = [
    ...ViewElement.styles,
    css`
      section {
        margin: 0 0 1em;
      }
    `,
  ];
  protected readonly view = 'freeLists' as const;
  /** the stop before the current one, and the revision of the current one */
  private lastStop: number | undefined;
  private revision = -1;

  private get window(): Window {
    return this.store.windowOf('freeLists', WINDOW) ?? {};
  }
  protected question(): Question<'freeLists'> {
    const { revision } = this.store.state;
    if (revision !== this.revision) {
      this.lastStop = this.answer?.moment.position;
      this.revision = revision;
    }
    const { zone, more } = this.window;
    return {
      ...(zone ? { zone } : {}),
      ...(more ? { more: { ...more, first: 0, blocks: MORE } } : {}),
      ...(this.lastStop === undefined ? {} : { since: this.lastStop }),
    };
  }
  protected override legend(): readonly LegendEntry[] {
    return (this.answer?.migratetypes ?? []).map((label, i) => ({
      label,
      colour: migrateColour(i),
      sign: migrateSign(label),
    }));
  }
  protected picture(answer: Lists): TemplateResult {
    const { shown, lists, migratetypes, cpus } = answer;
    const changed = newBlocks(answer);
    return html`${this.zones(answer)}
      <section>
        <h2>Free lists of zone ${shown.zone}, node ${shown.node}</h2>
        ${
          lists.length === 0
            ? html`<p>The zone has no free block. Look at its CPUs’ lists below, or choose another zone.</p>`
            : html`<p class="quiet">
                  A row is a list: its order, its migratetype, and its blocks by their first frames. The first is handed out
                  first. A dashed edge: it was put there by the last step.
                </p>
                ${this.grid(`Free lists of zone ${shown.zone}`, lists, migratetypes, changed)}`
        }
      </section>
      ${this.lastStep(answer)}
      <section>
        <h2>The CPUs’ lists</h2>
        ${cpus.map(
          ({
            cpu,
            count,
            high,
            batch,
            lists: own,
          }) => html`<h3>CPU ${cpu}: ${count} pages (batch ${batch}, high ${high})</h3>
            ${own.length > 0 ? this.grid(`Lists of CPU ${cpu}`, own, migratetypes, changed) : html`<p class="quiet">empty</p>`}`,
        )}
      </section>
      <section>
        <h2>What would alloc_pages take now?</h2>
        <kmem-take-form .store=${this.store} .cpus=${cpus.length}></kmem-take-form>
        <kmem-take
          .store=${this.store}
          .why=${'The answer is the allocator’s own: it is asked on trial, and all that it did is taken back.'}
          .anchor=${'the-page-allocator'}
        ></kmem-take>
      </section>`;
  }
  private grid(name: string, lists: Lists['lists'], migratetypes: readonly string[], changed: ReadonlySet<number>) {
    const { selection } = this.store.state;
    return html`<kmem-block-lists
      .name=${name}
      .lists=${lists.toReversed()}
      .migratetypes=${migratetypes}
      .changed=${changed}
      .chosen=${selection?.by === 'pfn' ? selection.pfn : -1}
      @choose=${({ detail }: ChooseBlock) => this.store.select({ by: 'pfn', pfn: detail.pfn })}
      @more=${({ detail }: MoreBlocks) => this.store.setWindow('freeLists', { ...this.window, more: detail })}
    ></kmem-block-lists>`;
  }
  private zones({ zones, shown }: Lists): TemplateResult {
    const rows = zones.map(({ node, zone, free, unfolded, pcp, highatomic, blocks }) => ({
      cells: [
        `${node === shown.node && zone === shown.zone ? '▸\u00a0' : ''}${zone}`,
        String(node),
        `${free + unfolded}`,
        String(pcp),
        String(highatomic),
        blocks.join(' '),
      ],
    }));
    return html`<section>
      <kmem-table
        name="Zones: choose one to see its lists"
        .columns=${['zone', 'node', 'free pages', 'on CPUs’ lists', 'highatomic', 'free blocks of order 0 to 10']}
        .rows=${rows}
        choosable
        @choose=${({ detail }: Choose) => {
          const chosen = zones[detail];
          if (chosen) this.store.setWindow('freeLists', { zone: { node: chosen.node, zone: chosen.zone } });
        }}
      ></kmem-table>
    </section>`;
  }
  private lastStep({ changes, migratetypes }: Lists): TemplateResult | typeof nothing {
    const { list, complete } = changes;
    const drawn = list.slice(0, MOST_PICTURES);
    const rest = list.length - drawn.length;
    return html`<section>
      <h2>What the last step changed</h2>
      ${drawn.map(
        ({ change }) => html`<kmem-block-change .change=${change} .migratetypes=${migratetypes}></kmem-block-change>`,
      )}
      ${list.length === 0 && complete ? html`<p class="quiet">No free block was split, merged, taken or freed.</p>` : nothing}
      ${rest > 0 ? html`<p class="quiet">and ${rest} more changes</p>` : nothing}
      ${complete ? nothing : html`<p class="quiet">More has happened than is shown here.</p>`}
    </section>`;
  }
  protected exportable(answer: Lists): Exportable {
    const colours = () => ({
      text: themeColour('foreground'),
      background: themeColour('editor-background'),
      types: answer.migratetypes.map((_, i) => themeColour(migrateColour(i))),
    });
    return {
      name: 'free-lists',
      json: answer,
      table: listsTable(answer),
      svg: () => svgOfLists(answer, colours()),
    };
  }
}
customElements.define('kmem-free-lists', FreeListsView);
