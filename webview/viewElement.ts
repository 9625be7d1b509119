/**
 * What every view of the inspector does: it asks its question when the machine has moved, when its window or the selection has changed;
 * it says why it matters, what its colours stand for, what can be saved, and what to do where there is nothing to show. A view answers with
 * what is its own: the question, and the picture of the answer.
 */
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { ViewName } from '../server/dap/inspectorViewNames';
import type { Answer, Question } from '../server/dap/inspectorViews';
import { type State, type Store, Superseded } from './store';
import { afterPicture } from './ui/afterPicture';
import { emptyState, emptyStyle } from './ui/emptyState';
import { exportMenu, exportStyle } from './ui/exportMenu';
import { type Exportable, type Format, fileOf } from './ui/exports';
import { colourSwatches, type LegendEntry, legendOf, legendStyle } from './ui/legend';
import { base, hidden } from './ui/styles';
import { whyLine, whyStyle } from './ui/whyLine';
import './ui/shared';

/** Instead of a question: what the user has to do before there is one. */
export interface Invitation {
  readonly invite: string;
}

export abstract class ViewElement<N extends ViewName> extends LitElement {
  static override styles = [
    base,
    hidden,
    css`
      :host {
        display: block;
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        gap: 0 2em;
        align-items: baseline;
        justify-content: space-between;
      }
      /* not for the moment that a step takes; nothing moves when it comes */
      .stale {
        animation: stale 1ms 0.4s forwards;
      }
      @keyframes stale {
        to {
          filter: grayscale(1);
          outline: 3px dotted var(--vscode-descriptionForeground);
          outline-offset: 2px;
        }
      }
      .problem {
        border-inline-start: 3px solid var(--vscode-editorWarning-foreground, var(--vscode-focusBorder));
        padding-inline-start: 0.6em;
      }
      ${whyStyle}
      ${exportStyle}
      ${emptyStyle}
      ${legendStyle}
    `,
  ];
  static override properties = {
    store: { attribute: false },
    why: {},
    anchor: {},
    answer: { state: true },
    problem: { state: true },
    isWhole: { state: true },
  };
  declare store: Store;
  /** why the view matters, and the heading of docs/kernel.md about it */
  declare why: string;
  declare anchor: string;
  /** the newest answer; it stays when the session runs or has ended */
  declare protected answer: Answer<N> | undefined;
  /** the answer before the machine last moved: what differs from it was changed by the last step */
  protected previous: Answer<N> | undefined;
  declare private problem: string | undefined;
  /** the first picture is on the screen, and what stands below it may follow */
  declare private isWhole: boolean;
  private answered = -1;
  /** of the legend that is shown */
  private entries: readonly LegendEntry[] = [];
  private seen: State | undefined;
  private stop: (() => void) | undefined;

  // ---------------------------------------------------------------- a view's own
  protected abstract readonly view: N;
  /** The question for what is visible at the moment. */
  protected abstract question(): Question<N> | Invitation;
  /** The picture of an answer. */
  protected abstract picture(answer: Answer<N>): TemplateResult;
  /** What stands below the picture: it comes when that is on the screen, and moves nothing. */
  protected below(_: Answer<N>): TemplateResult | typeof nothing {
    return nothing;
  }
  /** Loads what the picture does not need: it comes when that is on the screen. */
  protected async loadMore(): Promise<void> {}
  /** What the colours and signs of the picture stand for. */
  protected legend(): readonly LegendEntry[] {
    return [];
  }
  /** What can be saved of an answer. */
  protected abstract exportable(answer: Answer<N>): Exportable;
  /** Whether the question depends on the selection: it is asked anew when that changes. */
  protected readonly followsSelection: boolean = false;

  // ---------------------------------------------------------------- following the store
  override connectedCallback(): void {
    super.connectedCallback();
    this.stop = this.store.subscribe(() => this.changed());
    this.seen = undefined;
    this.changed();
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop?.();
    this.stop = undefined;
  }
  private changed(): void {
    const { seen } = this;
    const { state } = this.store;
    this.seen = state;
    const isOther = seen !== undefined && seen.session?.id !== state.session?.id;
    if (isOther) {
      this.answer = undefined;
      this.previous = undefined;
    }
    const isNew =
      seen === undefined ||
      isOther ||
      seen.revision !== state.revision ||
      (seen.session?.state !== 'stopped' && state.session?.state === 'stopped') ||
      seen.windows[this.view] !== state.windows[this.view] ||
      (this.followsSelection && seen.selection !== state.selection);
    if (isNew) void this.ask();
    this.requestUpdate();
  }
  /** Asks for what is visible. */
  protected async ask(): Promise<void> {
    const { store } = this;
    if (!store.isLive) return;
    const question = this.question();
    if ('invite' in question) {
      this.answer = undefined;
      this.problem = undefined;
      this.requestUpdate();
      return;
    }
    const { revision } = store.state;
    try {
      const asked = store.ask(this.view, question as Question<N>);
      const answer = asked instanceof Promise ? await asked : asked;
      if (revision !== this.answered) this.previous = this.answer;
      this.answered = revision;
      this.answer = answer;
      this.problem = undefined;
      if (!this.isWhole) afterPicture(() => void this.complete());
    } catch (error) {
      if (error instanceof Superseded) return;
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  private async complete(): Promise<void> {
    try {
      await this.loadMore();
      this.isWhole = true;
    } catch (error) {
      this.problem = `not all of this view could be loaded: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  private async save(answer: Answer<N>, format: Format): Promise<void> {
    this.store.send({ kind: 'save', ...(await fileOf(this.exportable(answer), format)) });
  }

  // ---------------------------------------------------------------- what is shown
  protected override shouldUpdate(_: PropertyValues): boolean {
    return this.store !== undefined;
  }
  /** What to do where there is nothing to show. */
  private get emptyText(): string | undefined {
    const { session } = this.store.state;
    if (!session)
      return 'No scenario is being debugged. Open a .kmem file and press F5; the inspector follows the session.';
    if (this.answer) return undefined;
    if (session.state === 'ended') return 'The session has ended. Start it again to look at its memory.';
    if (session.state !== 'stopped') return 'The scenario is running. Pause it, or let it run to a breakpoint.';
    const question = this.question();
    if ('invite' in question) return String(question.invite);
    return this.problem ? undefined : 'Looking …';
  }
  protected override update(changes: PropertyValues): void {
    this.entries = this.legend();
    super.update(changes);
    colourSwatches(this.renderRoot, this.entries);
  }
  override render(): TemplateResult {
    const { answer, problem, emptyText, store, entries } = this;
    return html`<div class="head">
        ${whyLine(this.why ?? '', () => store.send({ kind: 'docs', anchor: this.anchor ?? '' }))}
        ${answer ? exportMenu((format) => void this.save(answer, format)) : nothing}
      </div>
      ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}
      ${emptyText === undefined ? nothing : emptyState(emptyText)}
      ${
        answer
          ? html`${entries.length > 0 ? legendOf(entries) : nothing}
              <div class=${store.isLive ? '' : 'stale'}>${this.picture(answer)} ${this.isWhole ? this.below(answer) : nothing}</div>
              ${this.isWhole ? answer.absent.map(({ what, why }) => html`<p class="quiet">Not shown: ${what}, because ${why}.</p>`) : nothing}`
          : nothing
      }`;
  }
}
