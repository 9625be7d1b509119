/** The object card: what is selected, who has it, who allocated and freed it, who wrote to it, and the ways from there. */
import { css, html, nothing, type TemplateResult } from 'lit';
import type { Answer, Question } from '../../../server/dap/inspectorViews';
import { themeColour } from '../../ui/colours';
import '../../ui/dataTable';
import { CHANGED_LOOK, type Choose } from '../../ui/dataTable';
import { type Exportable, svgOfTable } from '../../ui/exports';
import type { LegendEntry } from '../../ui/legend';
import { placeText } from '../../ui/words';
import { type Invitation, ViewElement } from '../../viewElement';

type Card = Answer<'objectCard'>;
type Event = NonNullable<Card['allocated']>;

export class ObjectCardView extends ViewElement<'objectCard'> {
  static override styles = [
    ...ViewElement.styles,
    css`
      .title {
        font-size: 1.15em;
        font-weight: 600;
        margin: 0 0 0.2em;
        overflow-wrap: anywhere;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 0.4em;
        margin: 0.5em 0;
      }
      p {
        margin: 0.2em 0;
      }
      ol {
        margin: 0.2em 0;
        padding-inline-start: 1.6em;
      }
    `,
  ];
  protected readonly view = 'objectCard' as const;
  protected override readonly followsSelection = true;

  protected question(): Question<'objectCard'> | Invitation {
    const { selection } = this.store.state;
    return selection
      ? { selection }
      : {
          invite:
            'Nothing is selected. Click something in a view, type a pfn, an address or a variable above, or choose "Show in Memory Inspector" in the menu of a variable.',
        };
  }
  protected override legend(): readonly LegendEntry[] {
    return [CHANGED_LOOK];
  }
  protected picture(card: Card): TemplateResult {
    return html`<h2 class="title">${card.title}</h2>
      ${card.state.map((sentence) => html`<p>${sentence}</p>`)}
      <p>Has it: ${card.owner.name}</p>
      ${this.actions(card)} ${this.event('Allocated', card.allocated)} ${this.event('Freed', card.freed)}
      ${card.allocated || card.freed ? nothing : html`<p class="quiet">No allocation is recorded: it is from boot, or from before the oldest recorded moment.</p>`}
      ${this.writes(card)} ${table('Known of it', card.parts)} ${table('Descriptor', card.descriptor)}`;
  }
  private actions({ address, expression, allocated }: Card): TemplateResult {
    const { store } = this;
    const button = (label: string, act: () => void) =>
      html`<vscode-button appearance="secondary" @click=${act}>${label}</vscode-button>`;
    return html`<div class="actions" role="group" aria-label="Ways from here">
      ${allocated?.place ? button('Go to allocation', () => allocated.place && store.reveal(allocated.place)) : nothing}
      ${expression ? button('Show in variables', () => store.send({ kind: 'variables' })) : nothing}
      ${address ? button('Open in memory view', () => store.send({ kind: 'memory', address })) : nothing}
      ${address ? button('Copy address', () => store.send({ kind: 'copy', text: address })) : nothing}
    </div>`;
  }
  /** An allocation or a free: its line, and the moment to go to. */
  private event(title: string, event: Event | undefined): TemplateResult | typeof nothing {
    if (!event) return nothing;
    const { place, calls } = event;
    const sizes =
      event.bytesRequested === undefined
        ? ''
        : `, ${event.bytesRequested} bytes asked for, ${event.bytesAllocated} taken`;
    return html`<h3>${title}</h3>
      <p>
        by ${event.function}()${sizes}${event.gfp ? `, ${event.gfp}` : ''}; ${event.label};
        ${place ? html`<button class="plain" @click=${() => this.store.reveal(place)}>line ${placeText(place)}</button>,` : nothing}
        <button class="plain" @click=${() => this.store.goTo(event.position)}>go to that moment</button>
      </p>
      ${place ? html`<p><code>${place.text}</code></p>` : nothing}
      ${
        calls.length < 2
          ? nothing
          : html`<ol aria-label="Call trace of it, innermost first">
              ${calls.map(
                (call) => html`<li>
                  ${call.function}${call.place ? html`, <button class="plain" @click=${() => call.place && this.store.reveal(call.place)}>line ${placeText(call.place)}</button>` : nothing}
                </li>`,
              )}
            </ol>`
      }`;
  }
  private writes({ writes, writesComplete }: Card): TemplateResult {
    const rows = writes.map(({ field, bytes, label, place }) => ({
      cells: [field, String(bytes), placeText(place), place?.text ?? '', label],
    }));
    const old = this.previous?.writes[0]?.position;
    const marked = rows.map((row, i) => ({ ...row, changed: old !== undefined && (writes[i]?.position ?? 0) > old }));
    return html`<h3>Last writes${writesComplete ? '' : ' (there may be more before)'}</h3>
      ${
        rows.length === 0
          ? html`<p class="quiet">Nothing has written to it since ${writesComplete ? 'the run began' : 'the oldest recorded moment'}.</p>`
          : html`<p class="quiet">Choose one to go to its moment.</p>
              <kmem-table
                name="Last writes, the newest first"
                .columns=${['what', 'bytes', 'line', 'statement', 'by']}
                .rows=${marked}
                choosable
                @choose=${({ detail }: Choose) => this.store.goTo(writes[detail]?.position ?? 0)}
              ></kmem-table>`
      }`;
  }
  protected exportable(card: Card): Exportable {
    const rows: (readonly [string, string])[] = [
      ['title', card.title],
      ['owner', card.owner.name],
      ...card.state.map((sentence): [string, string] => ['state', sentence]),
      ['address', card.address ?? ''],
      ...eventRows('allocated', card.allocated),
      ...eventRows('freed', card.freed),
      ...card.parts.map(({ name, value }): [string, string] => [name, value]),
      ...card.descriptor.map(({ name, value }): [string, string] => [`descriptor.${name}`, value]),
      ...card.writes.map(({ field, place, label }): [string, string] => [
        `write of ${field}`,
        `${placeText(place)}, ${label}`,
      ]),
    ];
    const colours = { text: themeColour('foreground'), background: themeColour('editor-background') };
    const contents = [['what', 'is'], ...rows];
    return { name: 'object-card', json: card, table: contents, svg: () => svgOfTable(card.title, contents, colours) };
  }
}
customElements.define('kmem-object-card', ObjectCardView);

const eventRows = (what: string, event: Event | undefined): [string, string][] =>
  event ? [[what, `${event.function}(), ${placeText(event.place)}, ${event.label}`]] : [];
function table(title: string, fields: Card['parts']): TemplateResult | typeof nothing {
  if (fields.length === 0) return nothing;
  const rows = fields.map(({ name, value }) => ({ cells: [name, value] }));
  return html`<h3>${title}</h3>
    <kmem-table name=${title} .columns=${['field', 'value']} .rows=${rows}></kmem-table>`;
}
