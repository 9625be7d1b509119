/**
 * The one store of the page: which session is shown, at which moment, what is selected, which view is open and what it shows. Components
 * subscribe to it and ask their questions through it; of each view only the newest question counts.
 */
import * as v from 'valibot';
import { checked, type FromWebview, type InspectedSession, type ToWebview } from '../server/dap/inspectorProtocol';
import type { ViewName } from '../server/dap/inspectorViewNames';
import type { Answer, Question } from '../server/dap/inspectorViews';
import { type Moment, type Place, SELECTION, type Selection } from '../server/debugger/inspector/shapes/common';
import { answerSchema } from './answerSchemas';
import type { Host } from './host';

export interface State {
  readonly session: InspectedSession | null;
  /** counts how often the machine has moved or was changed: answers of another revision are old */
  readonly revision: number;
  /** of the newest answer */
  readonly moment: Moment | undefined;
  readonly selection: Selection | undefined;
  /** name of the open view; undefined: the first */
  readonly view: string | undefined;
  /** by view: what of it is visible, in its own words */
  readonly windows: Readonly<Record<string, unknown>>;
}
/** A newer question of the view has taken this one's place. */
export class Superseded extends Error {}

/** An answer that came before its question. */
type Prepared = Extract<ToWebview, { kind: 'prepared' }>;
/** An answer, and what it is checked with. */
interface Arrived {
  readonly schema: v.GenericSchema;
  readonly given: unknown;
}
interface Waiting {
  readonly id: number;
  resolve(answer: Arrived): void;
  reject(error: Error): void;
}
/** What survives a reload of the page. */
const KEPT = v.object({
  view: v.optional(v.string()),
  selection: v.optional(SELECTION),
  windows: v.optional(v.record(v.string(), v.unknown())),
});

export class Store {
  private current: State = {
    session: null,
    revision: 0,
    moment: undefined,
    selection: undefined,
    view: undefined,
    windows: {},
  };
  private readonly listeners = new Set<() => void>();
  private readonly waiting = new Map<ViewName, Waiting>();
  /** until the machine moves, or the view asks */
  private prepared: Prepared | undefined;
  private lastId = 0;
  /** the session that was told what is selected */
  private told: string | undefined;

  constructor(private readonly host: Host) {
    const kept = v.safeParse(KEPT, host.kept);
    if (kept.success) {
      const { view, selection, windows = {} } = kept.output;
      this.current = { ...this.current, view, selection, windows };
    }
    host.listen((message) => this.receive(message));
    host.send({ kind: 'ready' });
  }
  get state(): State {
    return this.current;
  }
  /** Whether questions are answered: the session is stopped. */
  get isLive(): boolean {
    return this.current.session?.state === 'stopped';
  }
  /** Calls `listener` after each change. Returns what ends that. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
  private set(change: Partial<State>): void {
    this.current = { ...this.current, ...change };
    for (const listener of [...this.listeners]) listener();
  }

  // ---------------------------------------------------------------- what is shown
  /** Selects something everywhere; its card is shown beside the view. */
  select(selection: Selection | undefined): void {
    this.set({ selection });
    this.keep();
    this.tellSelected();
  }
  /** Variables shows what is selected too, once the session can. */
  private tellSelected(): void {
    const { session, selection = null } = this.current;
    if (session?.state !== 'stopped') return;
    this.told = session.id;
    this.send({ kind: 'selected', selection });
  }
  show(view: string): void {
    this.set({ view });
    this.keep();
  }
  /** What of a view is visible: its zoom, its filters. Kept over a reload. */
  setWindow(view: string, window: unknown): void {
    this.set({ windows: { ...this.current.windows, [view]: window } });
    this.keep();
  }
  /** What a view had set, as its schema has it; undefined at first, and for what does not fit any more. */
  windowOf<S extends v.GenericSchema>(view: string, schema: S): v.InferOutput<S> | undefined {
    const kept = v.safeParse(schema, this.current.windows[view]);
    return kept.success ? kept.output : undefined;
  }
  private keep(): void {
    const { view, selection, windows } = this.current;
    this.host.keep({ ...(view === undefined ? {} : { view }), ...(selection ? { selection } : {}), windows });
  }

  // ---------------------------------------------------------------- questions
  /**
   * The answer itself where it came before the question, so that the first picture waits for nothing.
   * @throws Superseded; Error with the words of the refusal
   */
  ask<N extends ViewName>(view: N, question: Question<N>): Answer<N> | Promise<Answer<N>> {
    this.supersede(view);
    // it is loaded while the question is on its way; if it cannot be, the answer's arrival tells why
    const schema = answerSchema(view);
    if (schema instanceof Promise) schema.catch(() => {});
    const { prepared } = this;
    if (prepared?.view === view) {
      this.prepared = undefined;
      if (!(schema instanceof Promise) && JSON.stringify(prepared.question) === JSON.stringify(question))
        return this.take(view, { schema, given: prepared.answer });
    }
    const id = ++this.lastId;
    const answer = new Promise<Arrived>((resolve, reject) => this.waiting.set(view, { id, resolve, reject }));
    this.send({ kind: 'ask', id, view, question: question as Record<string, unknown> });
    return answer.then((arrived) => this.take(view, arrived));
  }
  private take<N extends ViewName>(view: N, { schema, given }: Arrived): Answer<N> {
    const found = checked(schema, given);
    if ('problem' in found) throw new Error(`the answer of ${view} is not as the protocol says: ${found.problem}`);
    const fits = found.value as Answer<N>;
    this.set({ moment: fits.moment });
    return fits;
  }
  /** Everything but questions: moving in time, showing lines, saving. */
  send(message: FromWebview): void {
    this.host.send(message);
  }
  goTo(position: number): void {
    this.send({ kind: 'goTo', position });
  }
  reveal({ path, line }: Pick<Place, 'path' | 'line'>): void {
    this.send({ kind: 'reveal', path, line });
  }

  // ---------------------------------------------------------------- from the extension
  private receive(message: ToWebview): void {
    switch (message.kind) {
      case 'session': {
        const { session } = message;
        this.prepared = undefined;
        const isOther = session?.id !== this.current.session?.id;
        // what the other session was asked is not about this one
        if (isOther) for (const view of [...this.waiting.keys()]) this.supersede(view);
        this.set(isOther ? { session, moment: undefined, revision: this.current.revision + 1 } : { session });
        if (this.current.selection && session?.id !== this.told) this.tellSelected();
        return;
      }
      case 'prepared':
        this.prepared = message;
        return;
      case 'changed':
        this.prepared = undefined;
        this.set({ revision: this.current.revision + 1 });
        return;
      case 'select':
        this.select(message.selection);
        return;
      case 'answer':
        void this.arrived(message);
        return;
      case 'refusal':
        this.waitingFor(message)?.reject(message.cancelled ? new Superseded() : new Error(message.why));
        return;
    }
  }
  /** A question waits on until its answer can be checked. */
  private async arrived({ id, view, answer }: Extract<ToWebview, { kind: 'answer' }>): Promise<void> {
    try {
      const schema = await answerSchema(view);
      this.waitingFor({ id, view })?.resolve({ schema, given: answer });
    } catch (error) {
      this.waitingFor({ id, view })?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
  private supersede(view: ViewName): void {
    this.waiting.get(view)?.reject(new Superseded());
    this.waiting.delete(view);
  }
  private waitingFor({ id, view }: { readonly id: number; readonly view: ViewName }): Waiting | undefined {
    const waiting = this.waiting.get(view);
    if (waiting?.id !== id) return undefined;
    this.waiting.delete(view);
    return waiting;
  }
}
