/**
 * Breakpoints: lines snapped to statements, functions, conditions, hit counts, log messages; exceptions by kind of report; data.
 * Whether one stops at a moment depends only on that moment, so it stops in both directions of time.
 */

import type { LogEntry, ReportKind } from '../../kernel/printk/printk';
import type { StatementIndex } from '../target/source';
import type { StatementInfo } from '../target/target';
import type { HitCondition } from './hitCount';
import { parseHitCondition } from './hitCount';

interface BreakpointOptions {
  readonly condition?: string | undefined;
  readonly hitCondition?: string | undefined;
  readonly logMessage?: string | undefined;
}
export interface Breakpoint extends BreakpointOptions {
  readonly id: number;
  readonly kind: 'line' | 'function';
  /** stops when its function is entered, not when a loop reaches its first statement again */
  readonly entry: boolean;
  /** ids of the statements it stops before */
  readonly statements: readonly number[];
  /** why it cannot stop anywhere, or a remark about it */
  readonly message: string | undefined;
  readonly hit: HitCondition | undefined;
  /** marks of the moments that counted as hits, ascending */
  readonly hits: number[];
}
/** Watches a range of memory for writes. */
export interface DataBreakpoint extends BreakpointOptions {
  readonly id: number;
  readonly address: number;
  readonly length: number;
  readonly name: string;
  readonly hit: HitCondition | undefined;
  hits: number;
}

/** Exception filters, by name, with the editor's label and description. */
export const EXCEPTION_FILTERS = [
  {
    filter: 'expect',
    label: 'Failed expect()',
    on: true,
    kinds: ['expect'],
    description: 'An expect(…) of the scenario is false.',
  },
  {
    filter: 'bug',
    label: 'Kernel BUG',
    on: true,
    kinds: ['BUG', 'panic', 'lockup'],
    description: 'BUG: sleeping in atomic context, bad page state, lock misuse; lockups; kernel panic.',
  },
  {
    filter: 'oops',
    label: 'Kernel oops',
    on: true,
    kinds: ['oops'],
    description: 'NULL and unmapped pointers, division by zero.',
  },
  {
    filter: 'warn',
    label: 'Kernel WARNING',
    on: true,
    kinds: ['WARN'],
    description: 'WARN_ON and the warnings of the memory manager.',
  },
  {
    filter: 'fail',
    label: 'Page allocation failure',
    on: false,
    kinds: ['fail'],
    description: 'An allocation failed, and the kernel reported it with its Mem-Info block.',
  },
] as const satisfies readonly {
  filter: string;
  label: string;
  on: boolean;
  kinds: readonly ReportKind[];
  description: string;
}[]; // prettier-ignore

export class Breakpoints {
  private nextId = 1;
  private lines = new Map<number, Breakpoint[]>();
  private functions: Breakpoint[] = [];
  private byStatement = new Map<number, Breakpoint[]>();
  data: DataBreakpoint[] = [];
  /** filter → condition ('' for none) */
  exceptions = new Map<string, string>(EXCEPTION_FILTERS.filter((f) => f.on).map((f) => [f.filter, '']));

  constructor(readonly index: StatementIndex) {}

  /** Replaces the line breakpoints of a file. */
  setLines(
    file: number,
    wanted: readonly (BreakpointOptions & { line: number; column?: number | undefined })[],
  ): Breakpoint[] {
    const made = wanted.map((w) => {
      const statements = this.index.at(file, w.line, w.column);
      return this.make(
        'line',
        statements,
        w,
        statements.length ? undefined : 'there is no statement on this line or below it',
      );
    });
    this.lines.set(file, made);
    this.rebuild();
    return made;
  }
  /**
   * Replaces the function breakpoints: a function or block of the scenario, or one of the kernel's, before each statement that calls it.
   */
  setFunctions(wanted: readonly (BreakpointOptions & { name: string })[]): Breakpoint[] {
    this.functions = wanted.map((w) => {
      const name = w.name.trim().replace(/\(\)$/, '');
      const entry = entryOf(this.index, name);
      const statements = entry ?? callsOf(this.index, name);
      const message = statements.length ? undefined : `this scenario neither defines nor calls ${name}`;
      return this.make('function', statements, w, message, entry !== undefined);
    });
    this.rebuild();
    return this.functions;
  }
  setData(
    wanted: readonly (BreakpointOptions & { address: number; length: number; name: string })[],
  ): (DataBreakpoint & { message?: string })[] {
    this.data = wanted.map((w) => {
      const hit = w.hitCondition ? parseHitCondition(w.hitCondition) : undefined;
      return { ...w, id: this.nextId++, hits: 0, hit: typeof hit === 'function' ? hit : undefined };
    });
    return this.data;
  }

  /** Line and function breakpoints. */
  all(): Breakpoint[] {
    return [...this.lines.values(), this.functions].flat();
  }
  /** Breakpoints at a statement. */
  at(statement: number): readonly Breakpoint[] {
    return this.byStatement.get(statement) ?? [];
  }
  /** The exception filter that a report falls under, if it is on, with its condition. */
  filterFor(entry: LogEntry): { filter: string; condition: string } | undefined {
    const { kind } = entry;
    const found =
      kind === 'print' ? undefined : EXCEPTION_FILTERS.find((f) => (f.kinds as readonly ReportKind[]).includes(kind));
    const condition = found && this.exceptions.get(found.filter);
    return condition === undefined || !found ? undefined : { filter: found.filter, condition };
  }
  /** Counts a hit at a mark; the number of hits up to it. */
  count(breakpoint: Breakpoint, mark: number): number {
    const { hits } = breakpoint;
    let at = hits.length;
    while (at > 0 && (hits[at - 1] as number) > mark) at--;
    if (hits[at - 1] !== mark) hits.splice(at++, 0, mark);
    return at;
  }
  /** Forgets the hits in the future, which has been cut off. */
  cut(mark: number): void {
    for (const b of this.all()) {
      while (b.hits.length && (b.hits.at(-1) as number) > mark) b.hits.pop();
    }
  }

  private make(
    kind: Breakpoint['kind'],
    statements: readonly number[],
    options: BreakpointOptions,
    problem: string | undefined,
    entry = false,
  ): Breakpoint {
    const hit = options.hitCondition?.trim() ? parseHitCondition(options.hitCondition) : undefined;
    const message = problem ?? (typeof hit === 'string' ? hit : undefined);
    return {
      id: this.nextId++,
      kind,
      entry,
      statements: typeof hit === 'string' ? [] : statements,
      message,
      hit: typeof hit === 'function' ? hit : undefined,
      hits: [],
      condition: options.condition?.trim() || undefined,
      hitCondition: options.hitCondition?.trim() || undefined,
      logMessage: options.logMessage || undefined,
    };
  }
  private rebuild(): void {
    this.byStatement = new Map();
    for (const b of this.all())
      for (const statement of b.statements)
        this.byStatement.set(statement, [...(this.byStatement.get(statement) ?? []), b]);
  }
}

/** First statement of a function or block of the scenario; undefined if there is none of that name. */
function entryOf(index: StatementIndex, name: string): number[] | undefined {
  const own = index.statements.flatMap((s, id) => (s.owner.name === name ? [{ s, id }] : []));
  if (own.length === 0) return undefined;
  const first = own.reduce((a, b) => (b.s.span.start < a.s.span.start ? b : a));
  return own.filter(({ s }) => s.span.start === first.s.span.start).map(({ id }) => id);
}
/** Statements that call a function of the kernel. */
function callsOf(index: StatementIndex, name: string): number[] {
  if (!/^[A-Za-z_]\w*$/.test(name)) return [];
  const call = new RegExp(`(?<![\\w.>])${name}\\s*\\(`);
  const text = (s: StatementInfo) => index.files[s.span.file]?.text.slice(s.span.start, s.span.end) ?? '';
  return index.statements.flatMap((s, id) => (call.test(text(s)) ? [id] : []));
}
