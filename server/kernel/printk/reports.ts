/**
 * BUG, WARN and the lines below them: the running task, and the call trace (kernel/panic.c: __warn; lib/dump_stack.c, 6.1).
 */

import { formatAddress } from '../../types/address';
import type { Abi } from '../../types/ctype';
import type { CodeNames, FirstHere, ReportPorts, SourceSpan, Stacks } from './ports';
import type { KernelLog, LogOrigin, ReportKind } from './printk';

/** A place in the kernel's source that reports: a fact, given where it does. */
export interface KernelPlace {
  /** `kernel/rcu/tree_plugin.h` */
  readonly file: string;
  readonly line: number;
  readonly fn: string;
}

export class Reports {
  readonly names: CodeNames;
  readonly stacks: Stacks;
  readonly firstHere: FirstHere;

  constructor(
    readonly log: KernelLog,
    private readonly origin: LogOrigin,
    { names, stacks, firstHere }: ReportPorts,
    private readonly abi: Abi,
    /** version that the line with the CPU names: `6.1` */
    private readonly release: string,
  ) {
    this.names = names;
    this.stacks = stacks;
    this.firstHere = firstHere;
  }

  /** A report, followed by the running task and the call trace. */
  report(
    kind: ReportKind,
    title: string,
    lines: readonly string[],
    { span, functions }: { readonly span?: SourceSpan; readonly functions?: readonly string[] } = {},
  ): void {
    this.log.report({ kind, title, lines: [...lines, ...this.dumpStack(functions)], span });
  }
  /** A report that begins with an empty line and a rule. `functions`: of the kernel, innermost first, that lead to it. */
  banner(rule: string, title: string, lines: readonly string[], functions: readonly string[]): void {
    this.log.report({
      kind: 'BUG',
      head: ['', rule],
      title,
      lines: [...lines, ...this.dumpStack(['dump_stack_lvl', 'dump_stack', ...functions])],
    });
  }
  /** WARN(): in the kernel's frame. */
  warn(fn: string, text: string, lines: readonly string[] = []): void {
    this.log.report({
      kind: 'WARN',
      title: `WARNING: CPU: ${this.origin.cpu()} PID: ${this.origin.pid()} at ${this.names.where()} ${fn}`,
      lines: [text, ...lines, ...this.dumpStack()],
    });
  }
  /** WARN() of the kernel itself. `text`: its message; undefined for WARN_ON, which has none. */
  warnAt({ file, line, fn }: KernelPlace, text?: string): void {
    this.log.report({
      kind: 'WARN',
      title: `WARNING: CPU: ${this.origin.cpu()} PID: ${this.origin.pid()} at ${file}:${line} ${fn}`,
      lines: [...(text === undefined ? [] : [text]), ...this.dumpStack()],
    });
  }
  /** dump_stack(): the running task, and the call trace. `functions`: of the kernel, innermost first, on top of the scenario's. */
  dumpStack(functions: readonly string[] = []): string[] {
    return [this.cpuLine(), ...this.stacks.backtrace(functions)];
  }
  cpuLine(): string {
    const { origin } = this;
    return `CPU: ${origin.cpu()} PID: ${origin.pid()} Comm: ${origin.comm()} Not tainted ${this.release}.0 #1`;
  }
  /** print_kernel_ident: `6.1.0 #1 Not tainted` */
  kernelIdent(): string {
    return `${this.release}.0 #1 Not tainted`;
  }
  /** An instruction as reports name it: `[<ffffffff81001234>] rx_refill+0x14/0x80 (nic-rx.kmem:52)`. */
  at(pc: number): string {
    return this.atAddress(this.names.addressOf(pc));
  }
  /** print_ip_sym: code at an address, in the same form. */
  atAddress(address: number): string {
    return `[<${this.bare(address)}>] ${this.names.symbolizeAddress(address)}`;
  }
  /** An address without 0x. */
  bare(address: number): string {
    return formatAddress(this.abi, address).slice(2);
  }
}
