// Which debug session the inspector shows, and what that is doing: read off the messages between the editor and the adapters.
import * as vscode from 'vscode';
import { type InspectedSession, SELECTION_CHANGED } from '../server/dap/inspectorProtocol';
import { DEBUG_TYPE } from './contributions';

type SessionState = InspectedSession['state'];
/** The fields of the adapter's messages that are read here. */
interface AdapterMessage {
  readonly type?: string;
  readonly command?: string;
  readonly event?: string;
  readonly success?: boolean;
  readonly body?: { readonly [SELECTION_CHANGED]?: boolean };
}
/** Requests after which the scenario runs. */
const MOTIONS = ['continue', 'reverseContinue', 'next', 'stepIn', 'stepOut', 'stepBack'];

/** The state of a session after a message of its adapter; undefined where that tells nothing. */
function stateAfter({ type, command = '', event, success }: AdapterMessage): SessionState | undefined {
  if (type === 'response') return success && MOTIONS.includes(command) ? 'running' : undefined;
  if (type !== 'event') return undefined;
  if (event === 'stopped') return 'stopped';
  if (event === 'continued') return 'running';
  return event === 'terminated' ? 'ended' : undefined;
}

/** Follows the active session of kmem; one that has ended stays until there is another. */
export class InspectedSessions implements vscode.Disposable {
  private readonly states = new Map<string, SessionState>();
  private shown: vscode.DebugSession | undefined;
  private readonly registrations: vscode.Disposable;

  /**
   * @param changed the session or its state is another one
   * @param moved the machine is at another moment, or has been changed
   */
  constructor(
    private readonly changed: () => void,
    private readonly moved: () => void,
  ) {
    this.follow(vscode.debug.activeDebugSession);
    this.registrations = vscode.Disposable.from(
      vscode.debug.onDidChangeActiveDebugSession((session) => this.follow(session)),
      vscode.debug.onDidTerminateDebugSession((session) => this.set(session, 'ended')),
      vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, {
        createDebugAdapterTracker: (session) => {
          this.set(session, 'starting');
          return {
            onDidSendMessage: (message: AdapterMessage) => this.told(session, message),
            onExit: () => this.set(session, 'ended'),
          };
        },
      }),
    );
  }
  dispose(): void {
    this.registrations.dispose();
  }
  /** The session that is shown: the active one, or the last that was. */
  get session(): vscode.DebugSession | undefined {
    return this.shown;
  }
  get described(): InspectedSession | null {
    const { shown } = this;
    return shown ? { id: shown.id, name: shown.name, state: this.states.get(shown.id) ?? 'starting' } : null;
  }

  private follow(session: vscode.DebugSession | undefined): void {
    if (session?.type !== DEBUG_TYPE || session.id === this.shown?.id) return;
    const before = this.shown;
    this.shown = session;
    if (before && this.states.get(before.id) === 'ended') this.states.delete(before.id);
    this.changed();
  }
  private told(session: vscode.DebugSession, message: AdapterMessage): void {
    const state = stateAfter(message);
    if (state) this.set(session, state);
    const { type, event, body } = message;
    const isChanged = type === 'event' && event === 'invalidated' && !body?.[SELECTION_CHANGED];
    const isMoved = state === 'stopped' || isChanged;
    if (isMoved && session.id === this.shown?.id) this.moved();
  }
  private set(session: vscode.DebugSession, state: SessionState): void {
    if (session.type !== DEBUG_TYPE || this.states.get(session.id) === state) return;
    if (state === 'ended' && this.shown && session.id !== this.shown.id) {
      this.states.delete(session.id);
      return;
    }
    this.states.set(session.id, state);
    // before the editor says that a session is active its adapter may have stopped already
    if (!this.shown) this.shown = session;
    if (session.id === this.shown.id) this.changed();
  }
}
