/** Requests that set breakpoints of all kinds. They are kept as asked, so that a restarted program gets them again. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import {
  type Breakpoint,
  type Breakpoints,
  type DataBreakpoint,
  EXCEPTION_FILTERS,
} from '../debugger/breakpoints/breakpoints';
import { bytesOf } from '../debugger/inspect/view';
import type { LineMap } from '../debugger/target/lineMap';
import type { SourcePosition } from '../debugger/target/source';
import { EvaluationError } from '../debugger/target/target';
import type { Args } from './args';
import { boolean, integer, object, objects, optionalInteger, optionalString, string, strings } from './args';
import type { Handler } from './hardened';
import type { Host } from './host';
import { HAS_CHANGED } from './sources';

const optionsOf = (args: Args) => ({
  condition: optionalString(args, 'condition'),
  hitCondition: optionalString(args, 'hitCondition'),
  logMessage: optionalString(args, 'logMessage'),
});

/** What was asked for last, under one key, and the ids by which the client knows it. */
interface Asked {
  readonly args: Args;
  readonly ids: number[];
}
/** A breakpoint of the debugger, or the reason why there is none. */
type Made = Breakpoint | DataBreakpoint | { readonly message: string };
const [LINES, RUNNING_TEXT, FUNCTION, DATA] = ['line ', 'line of the running text ', 'function', 'data'];
type WantedData = Parameters<Breakpoints['setData']>[0][number];
type Answers = { readonly breakpoints: DebugProtocol.Breakpoint[] };
const NOT_LOADED = 'the scenario is not loaded yet';

export class BreakpointRequests {
  /** the last request by what it is about: `line PATH`, `function`, `data` */
  private readonly asked = new Map<string, Asked>();
  private exceptions: Args | undefined;
  /** the client's id of each breakpoint of the running program; ids are never used twice in a session */
  private readonly clientIds = new Map<number, number>();
  private nextId = 1;
  /** data ids of variables that are at file scope: their place is known again in a changed program */
  private readonly global = new Set<string>();

  constructor(private readonly host: Host) {}

  readonly handlers: Readonly<Record<string, Handler>> = {
    setBreakpoints: (args) => this.setLines(args),
    setFunctionBreakpoints: (args) => this.setFunctions(args),
    setExceptionBreakpoints: (args) => this.setExceptions(args),
    dataBreakpointInfo: (args) => this.dataInfo(args),
    setDataBreakpoints: (args) => this.setData(args),
    breakpointLocations: (args) => this.locations(args),
    setInstructionBreakpoints: (args) => ({
      breakpoints: objects(args, 'breakpoints').map(() => ({
        verified: false,
        message: 'kmem runs statements: there are no instructions to stop at',
      })),
    }),
  };

  /** The client's ids of breakpoints. */
  ids(breakpoints: readonly number[]): number[] {
    return breakpoints.flatMap((id) => this.clientIds.get(id) ?? []);
  }
  /**
   * Sets on a new program what was asked of the one before, under the same ids.
   * @param same the program runs exactly as the one before: what is at an address is there again
   * @param say told which exception filter is off now: they have no ids by which the client could be told
   * @returns what the client has to be told of each
   */
  restore(
    same: boolean,
    say: (text: string) => void,
  ): { reason: 'changed' | 'removed'; breakpoint: DebugProtocol.Breakpoint }[] {
    this.clientIds.clear();
    for (const { message } of this.exceptions ? this.setExceptions(this.exceptions).breakpoints : [])
      if (message !== undefined) say(`an exception filter is off: ${message}`);
    const told: ReturnType<BreakpointRequests['restore']> = [];
    for (const [key, { args, ids }] of [...this.asked]) {
      if (key === DATA && !same) told.push(...this.moveData(args, ids));
      else if (key.startsWith(RUNNING_TEXT)) {
        this.asked.delete(key);
        told.push(...ids.map((id) => ({ reason: 'removed' as const, breakpoint: { id, verified: false } })));
      } else {
        const set =
          key === DATA ? this.setData(args) : key === FUNCTION ? this.setFunctions(args) : this.setLines(args);
        told.push(...set.breakpoints.map((breakpoint) => ({ reason: 'changed' as const, breakpoint })));
      }
    }
    return told;
  }
  /** Gives each breakpoint its id, the one it had before if the same was asked for, and remembers what was asked. */
  private answers(
    key: string,
    args: Args,
    made: readonly Made[],
    describe: (index: number) => Omit<DebugProtocol.Breakpoint, 'id'>,
  ): Answers {
    const before = this.asked.get(key);
    const again = before?.args === args ? before.ids : undefined;
    const ids = made.map((m, i) => again?.[i] ?? ('id' in m ? this.clientIds.get(m.id) : undefined) ?? this.nextId++);
    for (const [i, m] of made.entries()) if ('id' in m) this.clientIds.set(m.id, ids[i] as number);
    if (ids.length > 0) this.asked.set(key, { args, ids });
    else this.asked.delete(key);
    return {
      breakpoints: made.map((m, i) => ({
        id: ids[i] as number,
        ...('id' in m ? describe(i) : { verified: false, message: m.message }),
      })),
    };
  }
  /** Remembers what was asked where nothing can be set now. */
  private waiting(key: string, args: Args, count: number, message: string): Answers {
    const made = Array.from({ length: count }, () => ({ message }));
    return this.answers(key, args, made, () => ({ verified: false }));
  }

  private setLines(args: Args): Answers {
    const source = object(args, 'source');
    const path = optionalString(source, 'path') ?? '';
    const old = Array.isArray(args.lines) && args.breakpoints === undefined;
    const wanted = (old ? (args.lines as unknown[]).map((line) => ({ line })) : objects(args, 'breakpoints')).map(
      (b) => ({
        ...optionsOf(b),
        line: this.host.fromLine(integer(b, 'line')),
        column: this.host.fromColumn(optionalInteger(b, 'column')),
      }),
    );
    const running = (optionalInteger(source, 'sourceReference') ?? 0) > 0;
    const key = `${running ? RUNNING_TEXT : LINES}${path}`;
    const { session, sources } = this.host;
    const file = session ? sources.index(path) : -1;
    if (boolean(args, 'sourceModified', false)) sources.look();
    if (!session || file < 0) {
      return this.waiting(key, args, wanted.length, session ? 'this file is not part of the scenario' : NOT_LOADED);
    }
    const edited = running ? undefined : sources.edited(file);
    const placed = edited ? wanted.map((w) => this.unchanged(file, w, edited)) : wanted;
    const set = session.breakpoints.setLines(
      file,
      placed.flatMap((w) => ('message' in w ? [] : w)),
      running ? 'running text' : 'file',
    );
    let next = 0;
    const made = placed.map((w) => ('message' in w ? w : (set[next++] as Breakpoint)));
    return this.answers(key, args, made, (i) => this.described(made[i] as Breakpoint, edited));
  }
  /** A breakpoint of a file that has been edited, on the same line of the text that runs, or why it has to wait. */
  private unchanged<W extends { line: number; column: number | undefined }>(
    file: number,
    wanted: W,
    edited: LineMap,
  ): W | { readonly message: string } {
    const line = edited.toOld(wanted.line);
    if (line === undefined) return { message: `this line ${HAS_CHANGED}` };
    const { index } = this.host.loaded;
    const [statement] = index.at(file, line, wanted.column);
    const place = statement === undefined ? undefined : index.positionOf(statement);
    if (place && edited.toNew(place.line) === undefined)
      return { message: `there is no statement on this line, and the one that it would move to ${HAS_CHANGED}` };
    return { ...wanted, line };
  }
  /** @param edited the lines of its file, if the client shows an edited text */
  private described(breakpoint: Breakpoint, edited?: LineMap): Omit<DebugProtocol.Breakpoint, 'id'> {
    const first = breakpoint.statements[0];
    const position = first === undefined ? undefined : this.host.loaded.index.positionOf(first);
    return {
      verified: breakpoint.statements.length > 0,
      ...(breakpoint.message ? { message: breakpoint.message } : {}),
      ...(position ? this.place(position, edited) : {}),
    };
  }
  private place(position: SourcePosition, edited: LineMap | undefined): Partial<DebugProtocol.Breakpoint> {
    const { host } = this;
    const { path } = position.file;
    if (!edited) return { source: host.sources.of(path), ...host.range(position) };
    return { source: host.sources.onDisk(path), ...host.range(inEdited(position, edited)) };
  }
  private setFunctions(args: Args): Answers {
    const wanted = objects(args, 'breakpoints').map((b) => ({ ...optionsOf(b), name: string(b, 'name') }));
    const { session } = this.host;
    if (!session) return this.waiting(FUNCTION, args, wanted.length, NOT_LOADED);
    const made = session.breakpoints.setFunctions(wanted);
    return this.answers(FUNCTION, args, made, (i) => this.described(made[i] as Breakpoint));
  }
  private setExceptions(args: Args): { breakpoints: DebugProtocol.Breakpoint[] } {
    const wanted = new Map(strings(args, 'filters').map((filter) => [filter, '']));
    for (const option of objects(args, 'filterOptions'))
      wanted.set(string(option, 'filterId'), optionalString(option, 'condition')?.trim() ?? '');
    this.exceptions = args;
    const set = this.host.session?.breakpoints;
    const breakpoints = [...wanted].map(([filter, condition]) => {
      const known = EXCEPTION_FILTERS.some((f) => f.filter === filter);
      const problem = known ? set?.conditionProblem(condition) : `kmem has no exception filter "${filter}"`;
      if (problem === undefined) return { verified: true };
      wanted.delete(filter);
      return { verified: false, message: problem };
    });
    if (set) set.exceptions = wanted;
    return { breakpoints };
  }

  private locations(args: Args): { breakpoints: DebugProtocol.BreakpointLocation[] } {
    const session = this.host.loaded;
    const source = object(args, 'source');
    const file = this.host.sources.index(optionalString(source, 'path') ?? '');
    const line = this.host.fromLine(integer(args, 'line'));
    const last = this.host.fromLine(integer(args, 'endLine', integer(args, 'line')));
    const running = (optionalInteger(source, 'sourceReference') ?? 0) > 0;
    const edited = running ? undefined : this.host.sources.edited(file);
    const positions = session.index.inFile(file).flatMap((id) => {
      const position = session.index.positionOf(id);
      const shown = position && edited ? inEdited(position, edited) : position;
      return shown && shown.line >= line && shown.line <= last ? shown : [];
    });
    const seen = new Set<string>();
    const breakpoints = positions
      .map((position) => this.host.range(position))
      .filter((r) => !seen.has(`${r.line}:${r.column}`) && seen.add(`${r.line}:${r.column}`));
    return { breakpoints };
  }

  // ---------------------------------------------------------------- data
  private dataInfo(args: Args): unknown {
    const session = this.host.stopped;
    const name = string(args, 'name');
    const reference = optionalInteger(args, 'variablesReference');
    const bytes = optionalInteger(args, 'bytes');
    const none = (description: string) => ({ dataId: null, description });
    if (reference) {
      const child = this.host.child(reference, name);
      if (!child?.location) return none(`${name} is computed: nothing in memory holds it`);
      const { address, length } = bytesOf(child.location);
      return this.watchable(child.evaluateName ?? name, address, length);
    }
    try {
      if (boolean(args, 'asAddress', false)) {
        const { value } = session.target.evaluate(name, this.host.frameOr(optionalInteger(args, 'frameId')));
        const address = value === undefined ? undefined : session.view.addressOf(value);
        return address === undefined
          ? none(`${name} is not an address`)
          : this.watchable(name, address, bytes ?? session.view.abi.wordSize);
      }
      const node = session.evaluate(name, this.host.frameOr(optionalInteger(args, 'frameId')));
      if (!node.location) return none(`${name} is a value, and nothing in memory holds it`);
      const { address, length } = bytesOf(node.location);
      return this.watchable(name, address, bytes ?? length);
    } catch (error) {
      if (error instanceof EvaluationError) return none(error.message);
      throw error;
    }
  }
  private watchable(name: string, address: number, length: number): unknown {
    const session = this.host.loaded;
    const problem = session.breakpoints.watchProblem(address, length);
    if (problem !== undefined) return { dataId: null, description: `${name}: ${problem}` };
    return {
      dataId: this.dataId(name, address, length),
      description: `${name} (${length} bytes at ${session.formatAddress(address)})`,
      accessTypes: ['write'],
      canPersist: false,
    };
  }
  private setData(args: Args): Answers {
    const session = this.host.loaded;
    const asked = objects(args, 'breakpoints');
    const wanted = asked.map((b) => this.readData(b));
    const set = session.breakpoints.setData(wanted.flatMap((w) => ('refused' in w ? [] : w)));
    let next = 0;
    const made = wanted.map((w) => ('refused' in w ? { message: w.refused } : (set[next++] as DataBreakpoint)));
    const readToo = 'kmem watches writes: a read does not stop';
    return this.answers(DATA, args, made, (i) => {
      const problem = made[i]?.message;
      const message = problem ?? (asked[i]?.accessType === 'readWrite' ? readToo : undefined);
      return { verified: problem === undefined, ...(message === undefined ? {} : { message }) };
    });
  }
  private readData(asked: Args): WantedData | { readonly refused: string } {
    const dataId = string(asked, 'dataId');
    const read = this.parseDataId(dataId);
    if (!read) return { refused: `"${dataId.slice(0, 60)}" is not a data id of kmem` };
    if (asked.accessType === 'read') return { refused: 'kmem watches writes: no read can be seen' };
    if (this.placeOf(read.name)?.address === read.address) this.global.add(dataId);
    return { ...optionsOf(asked), ...read };
  }
  private parseDataId(dataId: string): { address: number; length: number; name: string } | undefined {
    const match = /^(0x[0-9a-f]{1,16})\/(\d{1,7})\/([\s\S]*)$/.exec(dataId);
    const address = match && this.host.loaded.view.addressOf(BigInt(match[1] as string));
    if (!match || address === null || address === undefined) return undefined;
    return { address, length: Number(match[2]), name: match[3] as string };
  }
  /** Where an expression of file scope is in memory, if it is anywhere. */
  private placeOf(name: string): { address: number; length: number } | undefined {
    try {
      const { location } = this.host.loaded.evaluate(name, undefined);
      return location && bytesOf(location);
    } catch (error) {
      if (error instanceof EvaluationError) return undefined;
      throw error;
    }
  }
  /** Sets data breakpoints in a program that is not the one they were set in: those on global variables move with them. */
  private moveData(args: Args, ids: readonly number[]) {
    const kept: Args[] = [];
    const keptIds: number[] = [];
    const removed: number[] = [];
    for (const [i, asked] of objects(args, 'breakpoints').entries()) {
      const dataId = string(asked, 'dataId');
      const name = this.parseDataId(dataId)?.name;
      const place = name !== undefined && this.global.has(dataId) ? this.placeOf(name) : undefined;
      if (place) kept.push({ ...asked, dataId: this.dataId(name as string, place.address, place.length) });
      (place ? keptIds : removed).push(ids[i] as number);
    }
    const again = { breakpoints: kept };
    this.asked.set(DATA, { args: again, ids: keptIds });
    const { breakpoints } = this.setData(again);
    return [
      ...breakpoints.map((breakpoint) => ({ reason: 'changed' as const, breakpoint })),
      ...removed.map((id) => ({ reason: 'removed' as const, breakpoint: { id, verified: false } })),
    ];
  }
  private dataId(name: string, address: number, length: number): string {
    return `${this.host.loaded.formatAddress(address)}/${length}/${name}`;
  }
}

/** A position in the text that runs as one in the edited text; line 0 where that has no such line. */
function inEdited(position: SourcePosition, edited: LineMap): SourcePosition {
  const line = edited.toNew(position.line) ?? 0;
  const end = edited.toNew(position.endLine);
  const oneLine = { endLine: line, endColumn: position.column };
  return { ...position, line, ...(end === undefined || end < line ? oneLine : { endLine: end }) };
}
/** For `initialize`. */
export const exceptionFilters: DebugProtocol.ExceptionBreakpointsFilter[] = EXCEPTION_FILTERS.map((f) => ({
  filter: f.filter,
  label: f.label,
  description: f.description,
  default: f.on,
  supportsCondition: true,
  conditionDescription: 'a C expression, evaluated where the report is made: current->pid == 12',
}));
