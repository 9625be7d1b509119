/** Requests that set breakpoints of all kinds. They are kept as asked, so that a restarted program gets them again. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type Breakpoint, EXCEPTION_FILTERS } from '../debugger/breakpoints/breakpoints';
import { byteSize } from '../debugger/inspect/view';
import { EvaluationError } from '../debugger/target/target';
import type { Args } from './args';
import { boolean, integer, object, objects, optionalInteger, optionalString, string, strings } from './args';
import { type Handler, RequestError } from './hardened';
import type { Host } from './host';

const optionsOf = (args: Args) => ({
  condition: optionalString(args, 'condition'),
  hitCondition: optionalString(args, 'hitCondition'),
  logMessage: optionalString(args, 'logMessage'),
});

export class BreakpointRequests {
  /** the last request for each file (by path), of functions and of exceptions */
  private readonly lines = new Map<string, Args>();
  private functions: Args | undefined;
  private exceptions: Args | undefined;

  constructor(private readonly host: Host) {}

  readonly handlers: Readonly<Record<string, Handler>> = {
    setBreakpoints: (args) => this.setLines(args),
    setFunctionBreakpoints: (args) => this.setFunctions(args),
    setExceptionBreakpoints: (args) => this.setExceptions(args),
    dataBreakpointInfo: (args) => this.dataInfo(args),
    setDataBreakpoints: (args) => this.setData(args),
    breakpointLocations: (args) => this.locations(args),
    setInstructionBreakpoints: () => ({ breakpoints: [] }),
  };

  /** The line and function breakpoints as they are now. */
  current(): DebugProtocol.Breakpoint[] {
    return this.host.loaded.breakpoints.all().map((b) => this.answer(b));
  }

  /** Sets on a new program what was asked of the one before. */
  restore(): void {
    for (const args of this.lines.values()) this.setLines(args);
    if (this.functions) this.setFunctions(this.functions);
    if (this.exceptions) this.setExceptions(this.exceptions);
  }

  private setLines(args: Args): { breakpoints: DebugProtocol.Breakpoint[] } {
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
    this.lines.set(path, args);
    const { session } = this.host;
    const file = session ? this.host.fileIndex(path) : -1;
    if (!session || file < 0) {
      const message = session ? 'this file is not part of the scenario' : 'the scenario is not loaded yet';
      return { breakpoints: wanted.map(() => ({ verified: false, message })) };
    }
    return { breakpoints: session.breakpoints.setLines(file, wanted).map((b) => this.answer(b)) };
  }
  private answer(breakpoint: Breakpoint): DebugProtocol.Breakpoint {
    const first = breakpoint.statements[0];
    const position = first === undefined ? undefined : this.host.loaded.index.positionOf(first);
    return {
      id: breakpoint.id,
      verified: breakpoint.statements.length > 0,
      ...(breakpoint.message ? { message: breakpoint.message } : {}),
      ...(position ? { source: this.host.source(position.file.path), ...this.host.range(position) } : {}),
    };
  }
  private setFunctions(args: Args): { breakpoints: DebugProtocol.Breakpoint[] } {
    const wanted = objects(args, 'breakpoints').map((b) => ({ ...optionsOf(b), name: string(b, 'name') }));
    this.functions = args;
    const { session } = this.host;
    if (!session)
      return { breakpoints: wanted.map(() => ({ verified: false, message: 'the scenario is not loaded yet' })) };
    return { breakpoints: session.breakpoints.setFunctions(wanted).map((b) => this.answer(b)) };
  }
  private setExceptions(args: Args): { breakpoints: DebugProtocol.Breakpoint[] } {
    const wanted = new Map(strings(args, 'filters').map((filter) => [filter, '']));
    for (const option of objects(args, 'filterOptions'))
      wanted.set(string(option, 'filterId'), optionalString(option, 'condition')?.trim() ?? '');
    this.exceptions = args;
    const breakpoints = [...wanted.keys()].map((filter) => {
      const known = EXCEPTION_FILTERS.some((f) => f.filter === filter);
      return known ? { verified: true } : { verified: false, message: `kmem has no exception filter "${filter}"` };
    });
    if (this.host.session) this.host.session.breakpoints.exceptions = wanted;
    return { breakpoints };
  }

  private locations(args: Args): { breakpoints: DebugProtocol.BreakpointLocation[] } {
    const session = this.host.loaded;
    const file = this.host.fileIndex(optionalString(object(args, 'source'), 'path') ?? '');
    const line = this.host.fromLine(integer(args, 'line'));
    const last = this.host.fromLine(integer(args, 'endLine', integer(args, 'line')));
    const positions = session.index.between(file, line, last).flatMap((id) => session.index.positionOf(id) ?? []);
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
      return this.watchable(child.evaluateName ?? name, child.location.address, byteSize(child.location.type));
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
      return this.watchable(name, node.location.address, bytes ?? byteSize(node.location.type));
    } catch (error) {
      if (error instanceof EvaluationError) return none(error.message);
      throw error;
    }
  }
  private watchable(name: string, address: number, length: number): unknown {
    const session = this.host.loaded;
    if (!(length > 0 && length <= 1 << 20)) return { dataId: null, description: `${length} bytes can't be watched` };
    if (!session.view.mapped(address, length)) return { dataId: null, description: 'nothing is mapped at its address' };
    const dataId = `${session.formatAddress(address)}/${length}/${name}`;
    return {
      dataId,
      description: `${name} (${length} bytes at ${session.formatAddress(address)})`,
      accessTypes: ['write'],
      canPersist: false,
    };
  }
  private setData(args: Args): { breakpoints: DebugProtocol.Breakpoint[] } {
    const session = this.host.loaded;
    const wanted = objects(args, 'breakpoints').map((b) => {
      const match = /^(0x[0-9a-f]{1,16})\/(\d{1,7})\/([\s\S]*)$/.exec(string(b, 'dataId'));
      const address = match && session.view.addressOf(BigInt(match[1] as string));
      if (!match || address === null || address === undefined)
        throw new RequestError(`"${String(b.dataId)}" is not a data id of kmem`);
      return { ...optionsOf(b), address, length: Number(match[2]), name: match[3] as string };
    });
    const breakpoints = session.breakpoints.setData(wanted).map(({ id, message }) => ({
      id,
      verified: message === undefined,
      ...(message === undefined ? {} : { message }),
    }));
    return { breakpoints };
  }
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
