/** What the groups of request handlers share: the debug session, once there is one, and how to translate places and ids for this client. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Selection } from '../debugger/inspector/shapes/common';
import type { Session } from '../debugger/session';
import type { SourcePosition } from '../debugger/target/source';
import type { Frame, TaskInfo } from '../debugger/target/target';
import type { Node } from '../debugger/tree/treeNode';
import { RequestError } from './hardened';
import type { Sources } from './sources';

/** Thread ids: pids; the idle task of CPU n has pid 0 and gets this number + n. */
const IDLE_THREADS = 1_000_000;
/** memory references of which it is remembered that the client shows them */
const MAX_SHOWN = 100;
export const threadId = (task: TaskInfo): number => (task.idle ? IDLE_THREADS + task.cpu : task.pid);

export class Host {
  constructor(readonly sources: Sources) {}

  session: Session | undefined;
  /** what the client told in `initialize` */
  client: Record<string, unknown> | undefined;
  /** whether the console may call functions that change the machine: a launch attribute */
  consoleCalls = false;
  /** what is selected in the inspector, and shown among the variables */
  selected: Selection | undefined;
  private nodes: { readonly node: Node; readonly frame: Frame | undefined }[] = [];
  private frames: Frame[] = [];
  /** handles that were given before these and are not valid any more: a number never stands for two things */
  private firstNode = 0;
  private firstFrame = 0;
  /** the bytes that the client has read, by memory reference: from and to, as offsets */
  private readonly shown = new Map<string, { from: number; to: number }>();

  /** The session, or an answer that says there is none. */
  get loaded(): Session {
    if (!this.session) throw new RequestError('no scenario is loaded: send launch first');
    return this.session;
  }
  /** The session, which is not running. @throws RequestError while it is */
  get stopped(): Session {
    const session = this.loaded;
    if (session.running) throw new RequestError('the scenario is running: pause it first');
    return session;
  }

  // ---------------------------------------------------------------- handles, valid until the session moves on
  forgetHandles(): void {
    this.firstNode += this.nodes.length;
    this.firstFrame += this.frames.length;
    this.nodes = [];
    this.frames = [];
    this.shown.clear();
  }
  /** variablesReference of a node, and the frame that it is seen from; 0 for one without children. */
  reference(node: Node, frame: Frame | undefined): number {
    return node.children ? this.firstNode + this.nodes.push({ node, frame }) : 0;
  }
  /** A node that has children, and the frame it is seen from. */
  opened(reference: number): { readonly node: Node; readonly frame: Frame | undefined } {
    const opened = this.nodes[reference - this.firstNode - 1];
    if (!opened)
      throw new RequestError(`there are no variables with the reference ${reference}: the scenario has moved on since`);
    return opened;
  }
  /** A child by its name; undefined if there is none. */
  child(reference: number, name: string): Node | undefined {
    const { node } = this.opened(reference);
    const index = node.indexed === undefined ? undefined : /^\[(0x[0-9a-f]+|\d+)\]/.exec(name)?.[1];
    const children = index === undefined ? node.children?.() : node.children?.(Number(index), 1);
    return children?.find((child) => child.name === name);
  }
  frameId(frame: Frame): number {
    const known = this.frames.findIndex(
      (f) => f.task === frame.task && f.fp === frame.fp && f.statement === frame.statement,
    );
    return this.firstFrame + (known >= 0 ? known + 1 : this.frames.push(frame));
  }
  frame(id: number): Frame {
    const frame = this.frames[id - this.firstFrame - 1];
    if (!frame) throw new RequestError(`there is no frame ${id}: the scenario has moved on since`);
    return frame;
  }
  /** The frame a request names; the innermost one at the current moment if it names none. */
  frameOr(id: number | undefined): Frame | undefined {
    return id === undefined || id === 0 ? this.stopped.topFrame() : this.frame(id);
  }

  /** The frame that a question named, as long as the scenario has not moved on; then the innermost one. */
  frameNow(id: number | undefined): Frame | undefined {
    return (id === undefined ? undefined : this.frames[id - this.firstFrame - 1]) ?? this.stopped.topFrame();
  }

  /** The client reads memory, and shows it until the session moves on. */
  showsMemory(reference: string, offset: number, count: number): void {
    const known = this.shown.get(reference);
    if (!known && this.shown.size >= MAX_SHOWN) return;
    const from = Math.min(offset, known?.from ?? offset);
    const to = Math.max(offset + count, known?.to ?? 0);
    this.shown.set(reference, { from, to });
  }
  /** What the client shows of memory: the bodies of `memory` events after a change. */
  shownMemory(): DebugProtocol.MemoryEvent['body'][] {
    return [...this.shown].map(([memoryReference, { from, to }]) => ({
      memoryReference,
      offset: from,
      count: to - from,
    }));
  }

  // ---------------------------------------------------------------- threads
  threads(): TaskInfo[] {
    const session = this.loaded;
    return session.target
      .tasks()
      .filter((task) => task.task === session.task || (!task.quiet && task.state !== 'dead'));
  }
  /** Thread id of a task, also of one that has just died. */
  threadOf(task: number): number {
    const found = this.loaded.target.tasks().find((t) => t.task === task);
    return found ? threadId(found) : 0;
  }
  taskOf(thread: number): number {
    const found = this.loaded.target.tasks().find((t) => threadId(t) === thread);
    if (!found) throw new RequestError(`there is no thread ${thread}`);
    return found.task;
  }

  // ---------------------------------------------------------------- places
  line(line: number): number {
    return this.client?.linesStartAt1 === false ? line - 1 : line;
  }
  column(column: number): number {
    return this.client?.columnsStartAt1 === false ? column - 1 : column;
  }
  fromLine(line: number): number {
    return this.client?.linesStartAt1 === false ? line + 1 : line;
  }
  fromColumn(column: number | undefined): number | undefined {
    return column !== undefined && this.client?.columnsStartAt1 === false ? column + 1 : column;
  }
  range(position: SourcePosition): { line: number; column: number; endLine: number; endColumn: number } {
    return {
      line: this.line(position.line),
      column: this.column(position.column),
      endLine: this.line(position.endLine),
      endColumn: this.column(position.endColumn),
    };
  }
}
