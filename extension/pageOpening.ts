// What the inspector's page is told with its text: the session, and the answer to what it will ask first. The adapter is asked while the
// editor makes the page's frame, which takes longer, and the page draws its first picture without asking anybody.
import { FIRST_QUESTION, type InspectedSession, type ToWebview } from '../server/dap/inspectorProtocol';

/** Milliseconds that the page waits for the answer; without it, it asks itself. */
const PATIENCE = 100;

/** The session that is shown, as the opening needs it. */
export interface OpeningPort {
  readonly session: InspectedSession | null;
  /** Asks the session's adapter. */
  ask(question: typeof FIRST_QUESTION): Promise<unknown>;
}

export class PageOpening {
  /** counts what makes untrue what a page was told with its text */
  private revision = 0;
  private told = 0;

  constructor(private readonly port: OpeningPort) {}

  /** The session or its state is another one, or the machine has moved. */
  moved(): void {
    this.revision++;
  }
  /** The messages that a page is made with. An answer of before the last motion is not among them. */
  async messages(): Promise<ToWebview[]> {
    const { revision } = this;
    const answer = this.port.session?.state === 'stopped' ? await this.answer() : undefined;
    this.told = this.revision;
    const session = { kind: 'session', session: this.port.session } as const;
    if (answer === undefined || revision !== this.revision) return [session];
    return [session, { kind: 'prepared', ...FIRST_QUESTION, answer }];
  }
  /** What a page has to be told when it listens: it was made earlier, and may have been loaded again since. */
  get missed(): ToWebview[] {
    if (this.told === this.revision) return [];
    return [{ kind: 'session', session: this.port.session }, { kind: 'changed' }];
  }
  /** undefined if the adapter refuses, or takes too long. */
  private async answer(): Promise<unknown> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<undefined>((give) => {
      timer = setTimeout(() => give(undefined), PATIENCE);
    });
    try {
      return await Promise.race([this.port.ask(FIRST_QUESTION), patience]);
    } catch {
      // the page asks again, and shows why there is no answer
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}
