/** Requests that look at and change values: scopes, variables, evaluate, setVariable, memory, completions. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type Completion, complete } from '../debugger/evaluation/completions';
import { pageNamed } from '../debugger/evaluation/pageNamed';
import type { Format } from '../debugger/inspect/values';
import { withSelected } from '../debugger/inspector/objectCard/selectedRow';
import { EvaluationError, type Frame } from '../debugger/target/target';
import { scopesOf } from '../debugger/tree/scopes';
import type { Node } from '../debugger/tree/treeNode';
import type { Args } from './args';
import { boolean, integer, optionalInteger, optionalString, string, wantsHex } from './args';
import { type Handler, type RequestContext, RequestError } from './hardened';
import type { Host } from './host';

/** most bytes one readMemory gives */
const MAX_READ = 4 << 20;
/** most children one `variables` gives where the client asks for no range */
const MAX_CHILDREN = 10_000;

/** The protocol's words for kinds of completions. */
const COMPLETION_TYPES = {
  field: 'field',
  variable: 'variable',
  function: 'function',
  constant: 'enum',
  type: 'class',
  format: 'value',
} as const satisfies Record<Completion['kind'], DebugProtocol.CompletionItemType>;

export class DataRequests {
  /** @param changed told after the machine was changed */
  constructor(
    private readonly host: Host,
    private readonly changed: () => void,
  ) {}

  readonly handlers: Readonly<Record<string, Handler>> = {
    scopes: (args) => this.scopes(args),
    variables: (args, context) => this.variables(args, context),
    evaluate: (args, context) => this.evaluate(args, context),
    setVariable: (args, context) => this.setVariable(args, context),
    setExpression: (args, context) => this.setExpression(args, context),
    readMemory: (args) => this.readMemory(args),
    writeMemory: (args, context) => this.writeMemory(args, context),
    completions: (args) => this.completions(args),
    'kmem/page': (args) => this.page(args),
  };

  private scopes(args: Args): unknown {
    const session = this.host.stopped;
    const frame = this.host.frame(integer(args, 'frameId'));
    const all = scopesOf(session.context(), session.target, frame);
    const shown = this.host.selected ? withSelected(all, session, frame, this.host.selected) : all;
    const scopes = shown.map((scope) => ({
      name: scope.name,
      variablesReference: this.host.reference(scope, frame),
      expensive: scope.expensive ?? false,
      ...(scope.hint ? { presentationHint: scope.hint } : {}),
      ...(scope.indexed === undefined ? {} : { indexedVariables: scope.indexed }),
    }));
    return { scopes };
  }

  private async variables(args: Args, context: RequestContext): Promise<unknown> {
    const { node, frame } = this.host.opened(integer(args, 'variablesReference'));
    const filter = optionalString(args, 'filter');
    const start = integer(args, 'start', 0);
    const count = integer(args, 'count', 0);
    if (start < 0 || count < 0) throw new RequestError('"start" and "count" are counts: they can\'t be negative');
    if (filter === 'named' && node.indexed !== undefined) return { variables: [] };
    if (filter === 'indexed' && node.indexed === undefined) return { variables: [] };
    const hex = wantsHex(args);
    const variables: DebugProtocol.Variable[] = [];
    if (node.indexed === undefined) {
      const children = node.children?.() ?? [];
      for (const child of children.slice(start, count > 0 ? start + count : undefined))
        variables.push(this.variable(child, frame, hex));
      return { variables };
    }
    // long lists come in parts, so that the request can be cancelled between them
    const asked = count > 0 ? count : node.indexed - start;
    const wanted = Math.min(asked, MAX_CHILDREN);
    for (let done = 0; done < wanted; ) {
      const part = Math.min(128, wanted - done);
      const children = node.children?.(start + done, part) ?? [];
      for (const child of children) variables.push(this.variable(child, frame, hex));
      done += part;
      if (children.length < part) break;
      await context.cancellation.breathe(4);
    }
    const left = Math.min(start + asked, node.indexed) - start - MAX_CHILDREN;
    if (left > 0)
      variables.push({
        name: '…',
        value: `${left} more: at most ${MAX_CHILDREN} are given at once. Ask for a range, or evaluate the one you want.`,
        variablesReference: 0,
        presentationHint: { attributes: ['readOnly'] },
      });
    return { variables };
  }
  private variable(node: Node, frame: Frame | undefined, hex = false): DebugProtocol.Variable {
    const attributes: string[] = [];
    if (node.readOnly || !node.location) attributes.push('readOnly');
    const value = hex && node.location ? this.asHex(node) : node.value;
    return {
      name: node.name,
      value,
      variablesReference: this.host.reference(node, frame),
      ...(node.type === undefined ? {} : { type: node.type }),
      ...(node.evaluateName === undefined ? {} : { evaluateName: node.evaluateName }),
      ...(node.indexed === undefined ? {} : { indexedVariables: node.indexed }),
      ...(node.memory === undefined ? {} : { memoryReference: this.host.loaded.formatAddress(node.memory) }),
      ...(attributes.length || node.kind
        ? {
            presentationHint: {
              ...(node.kind ? { kind: node.kind } : {}),
              ...(attributes.length ? { attributes } : {}),
            },
          }
        : {}),
    };
  }
  private asHex(node: Node): string {
    const value = node.location && this.host.loaded.view.read(node.location);
    if (value === undefined || node.location?.type.kind !== 'int' || node.location.type.bool) return node.value;
    return `0x${BigInt.asUintN(node.location.bitWidth ?? node.location.type.size * 8, value).toString(16)}`;
  }

  private evaluate(args: Args, context: RequestContext): unknown {
    const session = this.host.stopped;
    const text = string(args, 'expression');
    const frame = this.host.frameOr(optionalInteger(args, 'frameId'));
    const format: Format = wantsHex(args) ? 'hex' : 'natural';
    return this.inWords(() => {
      const purpose = optionalString(args, 'context');
      if (purpose === 'clipboard') return { result: session.fullValue(text, frame, format), variablesReference: 0 };
      if (purpose !== 'repl') return this.result(session.evaluate(text, frame, format), frame);
      const before = session.timeline.position;
      const node = session.console(text, frame, format, this.host.consoleCalls);
      if (session.timeline.position !== before) context.after(this.changed);
      return this.result(node, frame);
    });
  }
  private result(node: Node, frame: Frame | undefined): unknown {
    const { name: _, value, evaluateName: __, ...rest } = this.variable(node, frame);
    return { result: value, ...rest };
  }
  /** Says a user's mistake as an answer. */
  private inWords<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof EvaluationError) throw new RequestError(error.message);
      throw error;
    }
  }

  private setVariable(args: Args, context: RequestContext): unknown {
    const session = this.host.stopped;
    const name = string(args, 'name');
    const reference = integer(args, 'variablesReference');
    const { frame } = this.host.opened(reference);
    const child = this.host.child(reference, name);
    if (!child) throw new RequestError(`there is no variable "${name}" here`);
    const { location } = child;
    if (!location || child.readOnly) throw new RequestError(`${name} can't be set: nothing in memory holds it`);
    return this.inWords(() => {
      session.assign(location, string(args, 'value'), frame, child.value);
      context.after(this.changed);
      const node = this.host.child(reference, name) ?? child;
      const { name: _, evaluateName: __, presentationHint: ___, ...rest } = this.variable(node, frame, wantsHex(args));
      return rest;
    });
  }
  private setExpression(args: Args, context: RequestContext): unknown {
    const session = this.host.stopped;
    const frame = this.host.frameOr(optionalInteger(args, 'frameId'));
    const target = string(args, 'expression');
    return this.inWords(() => {
      session.assignTo(target, string(args, 'value'), frame);
      context.after(this.changed);
      const node = session.evaluate(target, frame);
      const { name: _, evaluateName: __, ...rest } = this.variable(node, frame, wantsHex(args));
      return rest;
    });
  }

  /** kmem's own request: the page that a number or an expression means, as an expression to watch. */
  private page(args: Args): { pfn: number; expression: string; value: string } {
    const session = this.host.stopped;
    const frame = this.host.frameOr(optionalInteger(args, 'frameId'));
    return this.inWords(() => {
      const pfn = pageNamed(session.view, session.target, string(args, 'expression'), frame);
      const expression = `*pfn_to_page(0x${pfn.toString(16)})`;
      return { pfn, expression, value: session.evaluate(expression, frame).value };
    });
  }

  // ---------------------------------------------------------------- memory
  private address(args: Args): number {
    const reference = string(args, 'memoryReference');
    const base = this.host.stopped.parseAddress(reference);
    if (base === undefined) throw new RequestError(`"${reference.slice(0, 40)}" is not an address on this machine`);
    return base + integer(args, 'offset', 0);
  }
  private readMemory(args: Args): unknown {
    const session = this.host.stopped;
    const address = this.address(args);
    const asked = integer(args, 'count');
    if (asked < 0) throw new RequestError('"count" can\'t be negative');
    this.host.showsMemory(string(args, 'memoryReference'), integer(args, 'offset', 0), asked);
    const count = Math.min(asked, MAX_READ);
    const { space } = session.view;
    const length = space.mappedLength(address, count);
    const data = Buffer.from(length > 0 ? space.readBytes(address, length) : []).toString('base64');
    const unreadable = space.unmappedLength(address + length, count - length);
    return {
      address: session.formatAddress(address),
      data,
      ...(unreadable > 0 ? { unreadableBytes: unreadable } : {}),
    };
  }
  private writeMemory(args: Args, context: RequestContext): unknown {
    const session = this.host.stopped;
    const address = this.address(args);
    const text = string(args, 'data');
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3}={0,2})?$/.test(text))
      throw new RequestError('"data" is not base64');
    const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
    const mapped = session.view.space.mappedLength(address, bytes.length);
    if (mapped < bytes.length && !boolean(args, 'allowPartial', false))
      throw new RequestError(
        `only ${mapped} of ${bytes.length} bytes from ${session.formatAddress(address)} on are mapped; nothing was written`,
      );
    const bytesWritten = this.inWords(() => session.writeBytes(address, bytes));
    if (bytesWritten > 0) context.after(this.changed);
    return { offset: 0, bytesWritten };
  }

  private completions(args: Args): unknown {
    const session = this.host.stopped;
    const text = string(args, 'text');
    const column = this.host.fromColumn(integer(args, 'column')) ?? 1;
    const line = this.host.fromLine(integer(args, 'line', this.host.line(1)));
    const lines = text.split('\n');
    const before = (lines[line - 1] ?? text).slice(0, Math.max(0, column - 1));
    const frame = this.host.frameOr(optionalInteger(args, 'frameId'));
    const { word, items } = complete(session.target, before, frame, this.host.consoleCalls);
    const targets = items.map((item, i) => ({
      label: item.label,
      sortText: String(i).padStart(4, '0'),
      type: COMPLETION_TYPES[item.kind],
      ...(item.detail ? { detail: item.detail } : {}),
      start: this.host.column(before.length - word.length + 1),
      length: word.length,
    }));
    return { targets };
  }
}
