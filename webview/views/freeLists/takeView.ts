/** "What would alloc_pages take now": the way of a request, step by step, with the blocks that it splits. */
import { css, html, type TemplateResult } from 'lit';
import type { Question } from '../../../server/dap/inspectorViews';
import { WOULD_TAKE_QUESTION } from '../../../server/debugger/inspector/shapes/freeLists';
import { themeColour } from '../../ui/colours';
import { type Exportable, svgOfTable } from '../../ui/exports';
import { hex } from '../../ui/words';
import { type Invitation, ViewElement } from '../../viewElement';
import './changePicture';
import { resultText, stepText, type Taking } from './takeText';

export const TAKE_VIEW = 'freeLists/wouldTake';

export class TakeView extends ViewElement<typeof TAKE_VIEW> {
  static override styles = [
    ...ViewElement.styles,
    css`
      .result {
        font-weight: 600;
        margin: 0.3em 0;
      }
      ol {
        margin: 0.3em 0;
        padding-inline-start: 1.8em;
      }
      li {
        margin: 0.2em 0;
      }
    `,
  ];
  protected readonly view = TAKE_VIEW;

  protected question(): Question<typeof TAKE_VIEW> | Invitation {
    return (
      this.store.windowOf(TAKE_VIEW, WOULD_TAKE_QUESTION) ?? {
        invite: 'Choose an order and a mask and press Ask: nothing is allocated, the way is taken back.',
      }
    );
  }
  protected picture(taking: Taking): TemplateResult {
    const { result, steps, migratetypes, complete } = taking;
    return html`<p class="result" role="status">${resultText(taking)}</p>
      ${
        result.kind === 'taken'
          ? html`<button class="plain" @click=${() => this.store.select({ by: 'pfn', pfn: result.pfn })}>
              Select ${hex(result.pfn)}
            </button>`
          : ''
      }
      <ol aria-label="The way there">
        ${steps.map(
          (step) => html`<li>
            ${
              step.kind === 'blocks'
                ? html`<kmem-block-change .change=${step.change} .migratetypes=${migratetypes}></kmem-block-change>`
                : stepText(step, migratetypes)
            }
            ${step.kind === 'report' ? step.notes.map((note) => html`<div class="quiet">${note}</div>`) : ''}
          </li>`,
        )}
      </ol>
      ${complete ? '' : html`<p class="quiet">The way is longer than this.</p>`}`;
  }
  protected exportable(taking: Taking): Exportable {
    const table = [
      ['step', 'what happens'],
      ...taking.steps.map((step, i) => [i + 1, stepText(step, taking.migratetypes)] as const),
      ['', resultText(taking)],
    ];
    const colours = { text: themeColour('foreground'), background: themeColour('editor-background') };
    const { order, gfpText } = taking.request;
    const title = `alloc_pages(${gfpText}, ${order})`;
    return { name: 'would-take', json: taking, table, svg: () => svgOfTable(title, table, colours) };
  }
}
customElements.define('kmem-take', TakeView);
