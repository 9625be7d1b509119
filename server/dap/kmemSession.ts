/**
 * The debug adapter: one client, one scenario. Translates between the protocol and debugger/session.ts and decides nothing but the order of messages.
 *
 * Order: initialize → launch (compiles; `initialized` follows) → breakpoints → configurationDone → first stop. At the end of the scenario the session
 * stops once more, and stays until the client ends it: one can step back from there.
 */
import {
  BreakpointEvent,
  ContinuedEvent,
  Event,
  ExitedEvent,
  InitializedEvent,
  OutputEvent,
  StoppedEvent,
  TerminatedEvent,
} from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { entryText, isReport, reportBody } from '../debugger/reportText';
import type { Session } from '../debugger/session';
import type { StepKind } from '../debugger/stepping';
import type { LogEntry, Stop, StopKind } from '../debugger/stops';
import { type Frame, messageOf } from '../debugger/target/target';
import type { Args } from './args';
import { integer, object, optionalInteger, optionalString } from './args';
import { BreakpointRequests } from './breakpointRequests';
import { capabilities } from './capabilities';
import { DataRequests } from './dataRequests';
import { describe, type Framing, type Handler, HardenedSession, type RequestContext, RequestError } from './hardened';
import { Host, threadId } from './host';
import { SELECTION_CHANGED } from './inspectorProtocol';
import { InspectorRequests } from './inspectorRequests';
import { type Launch, type Loaded, readLaunch, ScenarioError } from './launchArgs';
import { HAS_CHANGED, IS_GONE, Sources } from './sources';

/** Milliseconds that running may take before other messages are looked at, and moments between looks at the clock. */
const SLICE_MS = 8;
const SLICE_MOMENTS = 32;
/** Lines of output after which a slice ends, so that a message need not wait behind thousands of them. */
const SLICE_LINES = 256;

/** Names of reasons; what the protocol has no word for is shown as it is. */
const REASONS: Readonly<Record<StopKind, string>> = {
  entry: 'entry',
  step: 'step',
  breakpoint: 'breakpoint',
  'function breakpoint': 'function breakpoint',
  'data breakpoint': 'data breakpoint',
  exception: 'exception',
  pause: 'pause',
  end: 'end of scenario',
  start: 'start of history',
  goto: 'goto',
};

/** Frames of an interrupt, with the kernel's code that entered it. */
const INTERRUPT: readonly Frame['kind'][] = ['entry', 'irq', 'nmi', 'softirq', 'tasklet', 'timer'];
/** Frames whose name says what they are. */
const NAMED_ALONE: readonly Frame['kind'][] = ['function', 'kernel', 'entry'];

export class KmemSession extends HardenedSession {
  private readonly sources = new Sources((path, isGone) => this.fileChanged(path, isGone));
  private readonly host = new Host(this.sources);
  private readonly breakpoints = new BreakpointRequests(this.host);
  private readonly data = new DataRequests(this.host, () => this.changed());
  private readonly inspector = new InspectorRequests(
    this.host,
    (stop) => this.show(stop),
    () => this.invalidated({ [SELECTION_CHANGED]: true }),
  );
  private launch: Launch | undefined;
  /** what decides how the scenario runs: its texts, seed, inputs and machine; and whether they were those of the run before */
  private run = '';
  private sameRun = false;
  private configured = false;
  private started = false;
  private over = false;
  private pauseAsked = false;
  /** the last line of the log that was sent has no end yet */
  private lineOpen = false;
  /** counts slices: only the newest goes on */
  private slice = 0;

  /**
   * @param load reads and compiles what is launched
   * @param log told what was skipped or went wrong inside, for standard error
   */
  constructor(
    private readonly load: (launch: Launch) => Loaded,
    framing: Framing,
    private readonly log: (text: string) => void = () => {},
  ) {
    super(framing);
  }

  protected readonly handlers: Readonly<Record<string, Handler>> = {
    ...this.breakpoints.handlers,
    ...this.data.handlers,
    ...this.inspector.handlers,
    initialize: (args) => this.initialize(args),
    launch: (args, context) => this.launched(args, context),
    attach: () => {
      throw new RequestError('kmem has nothing to attach to: use a launch configuration', true);
    },
    restart: (args, context) => this.restart(args, context),
    configurationDone: (_, context) => {
      this.configured = true;
      context.after(() => this.begin());
    },
    disconnect: (_, context) => this.leave(context),
    terminate: (_, context) => {
      context.after(() => this.terminated());
    },
    cancel: (args) => {
      const id = optionalInteger(args, 'requestId');
      if (id !== undefined) this.cancel(id);
    },
    threads: () => this.threads(),
    stackTrace: (args) => this.stackTrace(args),
    exceptionInfo: () => this.exceptionInfo(),
    loadedSources: () => ({
      sources: this.host.loaded.target.program.files.map((file) => this.sources.described(file.path)),
    }),
    source: (args) => this.sources.content(args),
    modules: () => ({ modules: [], totalModules: 0 }),
    continue: (_, context) => this.go(context, (session) => session.beginContinue()),
    reverseContinue: (_, context) => this.go(context, (session) => session.beginReverse()),
    next: (args, context) => this.step(args, context, 'over'),
    stepIn: (args, context) => this.step(args, context, 'in'),
    stepOut: (args, context) => this.step(args, context, 'out'),
    stepBack: (args, context) => this.step(args, context, 'back'),
    pause: (_, context) => {
      if (!this.host.loaded.running) return;
      this.pauseAsked = true;
      // the next slice may be waiting for the client to read
      context.after(() => this.pump());
    },
  };

  protected override trouble(what: string): void {
    this.log(`kmem dap: ${what}`);
  }
  protected override ended(): void {
    this.over = true;
    this.host.session = undefined;
    this.sources.leave();
  }

  // ---------------------------------------------------------------- life
  private initialize(args: Args): DebugProtocol.Capabilities {
    if (this.host.client) throw new RequestError('the session is initialized already');
    this.host.client = { ...args };
    this.sources.asUri = args.pathFormat === 'uri';
    return capabilities;
  }
  private launched(args: Args, context: RequestContext): void {
    if (this.launch) throw new RequestError('a scenario is already running in this session: use restart');
    const launch = readLaunch(args);
    this.enter(launch);
    this.launch = launch;
    context.after(() => {
      this.restoreBreakpoints();
      this.sendEvent(new InitializedEvent());
    });
    // a client that has said so before need not say it again
    if (this.configured) context.after(() => this.begin());
  }
  /** Loads the scenario; what was shown before is forgotten. */
  private enter(launch: Launch): void {
    const { session, diskText } = this.read(launch);
    const run = JSON.stringify([
      session.target.program.files.map(({ path, text }) => [path, text]),
      launch.seed,
      launch.recorded,
      Object.entries(launch.set).map(([name, value]) => [name, String(value)]),
    ]);
    this.sameRun = run === this.run;
    this.run = run;
    this.host.consoleCalls = launch.allowConsoleCalls;
    if (this.lineOpen) this.output('\n', 'stdout');
    this.lineOpen = false;
    this.host.forgetHandles();
    this.host.session = session;
    this.sources.enter(session.target.program, diskText);
    this.over = false;
    this.pauseAsked = false;
  }
  private read(launch: Launch): Loaded {
    try {
      return this.load(launch);
    } catch (error) {
      // kmem's extension leads there; the editor's own dialog would only offer launch.json
      if (error instanceof ScenarioError && this.host.client?.clientID === 'vscode')
        throw new RequestError(error.message, false, error.details);
      throw error;
    }
  }
  /** A file differs from the text that runs, or is gone. */
  private fileChanged(path: string, isGone: boolean): void {
    this.say(`${path} ${isGone ? IS_GONE : HAS_CHANGED}. The session goes on with the text that was started.`);
    const body = { reason: 'changed', source: this.sources.described(path) };
    this.sendEvent(Object.assign(new Event('loadedSource'), { body }));
  }
  /** Stops at the entry, or runs, as the launch asks. */
  private begin(): void {
    const { session } = this.host;
    if (!session || !this.launch || this.started) return;
    this.started = true;
    if (this.launch.noDebug) {
      session.breakpoints.exceptions.clear();
      session.beginContinue();
      this.pump();
    } else if (this.launch.stopOnEntry) {
      this.show(session.entry());
    } else {
      session.beginRun();
      this.pump();
    }
  }
  private restart(args: Args, context: RequestContext): unknown {
    if (!this.launch) throw new RequestError('nothing was launched yet');
    const given = object(args, 'arguments');
    const launch = Object.keys(given).length > 0 ? readLaunch(given) : this.launch;
    const { session } = this.host;
    const thread = session?.stop && !session.running ? this.host.threadOf(session.stop.task) : undefined;
    try {
      this.enter(launch);
    } catch (error) {
      if (!(error instanceof RequestError) || this.host.client?.clientID !== 'vscode') throw error;
      return this.stay(error, context);
    }
    this.launch = launch;
    this.started = false;
    // VS Code would go on showing why the run before had stopped. It takes this apart from the stop that follows only if the response is
    // between the two.
    if (thread !== undefined) this.sendEvent(new ContinuedEvent(thread, true));
    context.after(() => {
      this.restoreBreakpoints();
      this.begin();
    });
  }
  /**
   * The session goes on after a restart that failed. VS Code takes a refused restart for the end of the session and shows no later
   * stop of it, so the answer is a success that says what is wrong.
   */
  private stay(error: RequestError, context: RequestContext): unknown {
    this.output(
      `${error.message}\nThe session goes on with the text that was started.\n`,
      error.showUser ? 'important' : 'console',
    );
    const { session } = this.host;
    if (session && !session.running && session.stop) {
      const { stop } = session;
      context.after(() => this.show(stop));
    }
    return error.details;
  }
  /** Sets what was set before: by a client that did not wait for `initialized`, or in the run before a restart. */
  private restoreBreakpoints(): void {
    for (const { reason, breakpoint } of this.breakpoints.restore(this.sameRun, (text) => this.say(text)))
      this.sendEvent(new BreakpointEvent(reason, breakpoint));
  }
  private terminated(): void {
    if (this.over) return;
    this.over = true;
    const { session } = this.host;
    if (session?.running) session.pause();
    const failed = session?.target.log.failed;
    if (session?.finished) this.sendEvent(new ExitedEvent(failed || session.moment.ending !== 'ended' ? 1 : 0));
    this.sendEvent(new TerminatedEvent());
  }
  private leave(context: RequestContext): void {
    if (this.host.session?.running) this.host.session.pause();
    context.after(() => this.shutdown());
  }

  // ---------------------------------------------------------------- motion
  private step(args: Args, context: RequestContext, kind: StepKind): unknown {
    return this.go(context, (session) => {
      const task = this.host.taskOf(integer(args, 'threadId'));
      const granularity = optionalString(args, 'granularity') === 'line' ? 'line' : 'statement';
      session.beginStep(kind, task, granularity);
    });
  }
  /** Starts a motion: the response first, then events. */
  private go(context: RequestContext, begin: (session: Session) => void): unknown {
    const session = this.host.stopped;
    if (this.over) throw new RequestError('the session has ended');
    if (!this.started) throw new RequestError('the scenario has not been started: send configurationDone first');
    begin(session);
    this.host.forgetHandles();
    context.after(() => this.pump());
    return { allThreadsContinued: true };
  }
  /** Runs a slice, then lets messages in. */
  private pump(): void {
    const { session } = this.host;
    if (!session?.running || this.over) return;
    const slice = ++this.slice;
    let stop: Stop | undefined;
    try {
      const until = performance.now() + SLICE_MS;
      while (!stop && !this.pauseAsked && performance.now() < until && session.pending < SLICE_LINES)
        stop = session.advance(SLICE_MOMENTS);
    } catch (error) {
      this.trouble(describe(error));
      this.output(`kmem failed inside while running: ${messageOf(error)}\n`, 'stderr');
      stop = session.pause();
    }
    if (!stop && this.pauseAsked) stop = session.pause();
    this.flush();
    if (!stop) {
      this.whenTaken(() => {
        if (slice === this.slice) this.pump();
      });
      return;
    }
    const quiet = stop.kind === 'end' && (this.launch?.noDebug || this.launch?.stopAtEnd === false);
    if (quiet) this.terminated();
    else this.show(stop);
  }
  private show(stop: Stop): void {
    this.sources.look();
    this.pauseAsked = false;
    this.host.forgetHandles();
    this.flush();
    const event = new StoppedEvent(REASONS[stop.kind], this.host.threadOf(stop.task)) as DebugProtocol.StoppedEvent;
    event.body.allThreadsStopped = true;
    if (stop.kind !== 'step') event.body.description = stop.description;
    if (stop.text !== undefined) {
      event.body.text = stop.text;
      // a report is in the log already; the rest would be read nowhere
      if (!stop.report) this.say(stop.text);
    }
    if (stop.breakpoints) event.body.hitBreakpointIds = this.breakpoints.ids(stop.breakpoints);
    this.sendEvent(event);
  }
  /**
   * The user has changed the machine: what the client shows of memory may be old. Threads and frames are the same; a client that fetches
   * them again takes the keyboard to the source, where the user's next keys would overwrite it.
   */
  private changed(): void {
    this.flush();
    this.invalidated();
    if (this.host.client?.supportsMemoryEvent === true)
      for (const body of this.host.shownMemory()) this.sendEvent(Object.assign(new Event('memory'), { body }));
  }
  /** The variables are to be asked for again. */
  private invalidated(why: Readonly<Record<string, boolean>> = {}): void {
    if (this.host.client?.supportsInvalidatedEvent === true)
      this.sendEvent(Object.assign(new Event('invalidated'), { body: { areas: ['variables'], ...why } }));
  }

  // ---------------------------------------------------------------- output
  private flush(): void {
    const { session } = this.host;
    if (!session) return;
    for (const { text, statement } of session.takeOutput())
      this.output(text, 'console', session.index.positionOf(statement));
    for (const entry of session.takeLog()) this.logEntry(entry);
  }
  /** A piece of a line is sent as it is printed: the client appends it to what has no end. */
  private logEntry(entry: LogEntry): void {
    const position = entry.span && this.host.loaded.index.positionOfSpan(entry.span);
    if (this.lineOpen && !entry.cont) this.output('\n', 'stdout');
    this.output(entryText(entry), isReport(entry) ? 'stderr' : 'stdout', position);
    this.lineOpen = entry.open;
  }
  /** A line of kmem's own. */
  private say(text: string): void {
    if (this.lineOpen) this.output('\n', 'stdout');
    this.lineOpen = false;
    this.output(`${text}\n`, 'console');
  }
  private output(
    text: string,
    category: string,
    position?: { file: { path: string }; line: number; column: number },
  ): void {
    const event = new OutputEvent(text, category) as DebugProtocol.OutputEvent;
    if (position)
      Object.assign(event.body, {
        source: this.sources.of(position.file.path),
        line: this.host.line(position.line),
        column: this.host.column(position.column),
      });
    this.sendEvent(event);
  }

  // ---------------------------------------------------------------- threads and frames
  private threads(): unknown {
    if (!this.host.session) return { threads: [] };
    const threads = this.host.threads().map((task) => ({
      id: threadId(task),
      name: task.idle
        ? `swapper/${task.cpu} (idle) cpu ${task.cpu}`
        : `${task.comm} (${task.pid}) cpu ${task.cpu} ${task.state}`,
    }));
    return { threads };
  }
  private stackTrace(args: Args): unknown {
    const session = this.host.stopped;
    const task = this.host.taskOf(integer(args, 'threadId'));
    const start = integer(args, 'startFrame', 0);
    const levels = integer(args, 'levels', 0);
    if (start < 0 || levels < 0) throw new RequestError('"startFrame" and "levels" can\'t be negative');
    const frames: DebugProtocol.StackFrame[] = [];
    // a label between an interrupt, with the kernel's code that entered it, and what it interrupted
    let label: Frame | undefined;
    for (const frame of session.frames(task)) {
      const interrupt = INTERRUPT.includes(frame.kind);
      if (label && !interrupt) {
        const id = this.host.frameId({ ...label, statement: -2 });
        frames.push({
          id,
          name: '<interrupt>',
          source: this.sources.kernel,
          line: 0,
          column: 0,
          presentationHint: 'label',
        });
      }
      label = interrupt ? frame : undefined;
      frames.push(this.stackFrame(frame));
    }
    const stackFrames = frames.slice(start, levels > 0 ? start + levels : undefined);
    return { stackFrames, totalFrames: frames.length };
  }
  private stackFrame(frame: Frame): DebugProtocol.StackFrame {
    const position = this.host.loaded.index.positionOf(frame.statement);
    const name = NAMED_ALONE.includes(frame.kind) ? frame.name : `${frame.kind} ${frame.name}`;
    const id = this.host.frameId(frame);
    if (!position) return { id, name, source: this.sources.kernel, line: 0, column: 0, presentationHint: 'subtle' };
    // without an end: a client would select the range, and the user's next keys would replace it
    const { line, column } = this.host.range(position);
    return { id, name, source: this.sources.of(position.file.path), line, column };
  }
  private exceptionInfo(): unknown {
    const report = this.host.stopped.stop?.report;
    if (!report) throw new RequestError('the scenario did not stop at an exception');
    const { entry, filter } = report;
    return {
      exceptionId: entry.kind,
      description: entry.text,
      breakMode: 'always',
      details: { message: entry.text, typeName: filter, stackTrace: reportBody(entry) },
    };
  }
}
