/**
 * Breakpoints: lines snapped to statements, functions, conditions, hit counts, log messages; exceptions by kind of report; data.
 * Whether one stops at a moment depends only on that moment and the recorded past before it, so it stops in both directions of time.
 */

import type { LogEntry, ReportKind } from '../../kernel/printk/printk';
import type { PhysicalPiece } from '../../memory/space';
import type { StatementIndex } from '../target/source';
import type { StatementInfo } from '../target/target';
import type { HitCondition } from './hitCount';
import { parseHitCondition } from './hitCount';
import { Hits } from './hits';
import { readLogMessage } from './logMessage';

interface BreakpointOptions {
  readonly condition?: string | undefined;
  readonly hitCondition?: string | undefined;
  readonly logMessage?: string | undefined;
}
interface Counted extends BreakpointOptions {
  readonly id: number;
  readonly hit: HitCondition | undefined;
  /** where it counts hits: kept only for a breakpoint with a hit condition */
  readonly hits: Hits;
}
export interface Breakpoint extends Counted {
  readonly kind: 'line' | 'function';
  /** stops when its function is entered, not when a loop reaches its first statement again */
  readonly entry: boolean;
  /** ids of the statements it stops before */
  readonly statements: readonly number[];
  /** why it cannot stop anywhere, or a remark about it */
  readonly message: string | undefined;
}
/** Watches a range of memory for writes: it occurs at the moment after a statement that wrote there. */
export interface DataBreakpoint extends Counted {
  readonly kind: 'data';
  readonly address: number;
  readonly length: number;
  readonly name: string;
  /** the physical memory that was mapped there when it was set, which is what it watches */
  readonly pieces: readonly PhysicalPiece[];
  /** why it never stops */
  readonly message: string | undefined;
}

/** bytes that one data breakpoint watches at most */
const MOST_WATCHED = 1 << 20;

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
    kinds: ['BUG', 'panic', 'lockup', 'limit'],
    description:
      'BUG: sleeping in atomic context, bad page state, KASAN, lock misuse; lockups; kernel panic; where kmem cannot go on as the kernel would.',
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
}[];

export class Breakpoints {
  private nextId = 1;
  /** by file, and text of it that the client shows */
  private lines = new Map<string, Breakpoint[]>();
  private functions: Breakpoint[] = [];
  private byStatement = new Map<number, Breakpoint[]>();
  private withHits: readonly (Breakpoint | DataBreakpoint)[] = [];
  data: DataBreakpoint[] = [];
  /** filter → condition ('' for none) */
  exceptions = new Map<string, string>(EXCEPTION_FILTERS.filter((f) => f.on).map((f) => [f.filter, '']));

  /**
   * @param place the physical memory at an address
   * @param problemIn why an expression can't be evaluated at a statement, or anywhere; `shown`: it may have a format suffix
   */
  constructor(
    readonly index: StatementIndex,
    private readonly place: (address: number, length: number) => readonly PhysicalPiece[],
    private readonly problemIn: (text: string, statement: number | undefined, shown: boolean) => string | undefined,
  ) {}

  /**
   * Replaces the line breakpoints of a file. Those that are wanted again as they are stay, with their ids and hits; so below.
   * @param set the breakpoints that are replaced: a client sets those of an edited file and those of the text that runs apart
   */
  setLines(
    file: number,
    wanted: readonly (BreakpointOptions & { line: number; column?: number | undefined })[],
    set: 'file' | 'running text' = 'file',
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
    const key = `${file} ${set}`;
    const kept = keepSame(this.lines.get(key) ?? [], made);
    this.lines.set(key, kept);
    this.rebuild();
    return kept;
  }
  /**
   * Replaces the function breakpoints: a function or block of the scenario, or one of the kernel's, before each statement that calls it.
   */
  setFunctions(wanted: readonly (BreakpointOptions & { name: string })[]): Breakpoint[] {
    const made = wanted.map((w) => {
      const name = w.name.trim().replace(/\(\)$/, '');
      const entry = entryOf(this.index, name);
      const statements = entry ?? callsOf(this.index, name);
      const nowhere = name === '' ? 'give the name of a function' : `this scenario neither defines nor calls ${name}`;
      const message = statements.length ? undefined : nowhere;
      return this.make('function', statements, w, message, entry !== undefined);
    });
    this.functions = keepSame(this.functions, made);
    this.rebuild();
    return this.functions;
  }
  setData(
    wanted: readonly (BreakpointOptions & { address: number; length: number; name: string })[],
  ): DataBreakpoint[] {
    const made = wanted.map(({ address, length, name, ...options }): DataBreakpoint => {
      const { hit, problem: inOptions } = this.read(options, undefined);
      const problem = inOptions ?? this.watchProblem(address, length);
      return {
        id: this.nextId++,
        kind: 'data',
        address,
        length,
        name,
        pieces: problem === undefined ? this.place(address, length) : [],
        message: problem,
        hit,
        hits: new Hits(),
        condition: options.condition?.trim() || undefined,
        hitCondition: options.hitCondition?.trim() || undefined,
      };
    });
    this.data = keepSame(this.data, made);
    this.rebuild();
    return this.data;
  }

  /** Why a range of memory can't be watched; undefined if it can. */
  watchProblem(address: number, length: number): string | undefined {
    if (length === 0) return 'it has no bytes that could be watched';
    if (!(length > 0 && length <= MOST_WATCHED)) return `${length} bytes can't be watched: ${MOST_WATCHED} at most`;
    const mapped = this.place(address, length).reduce((sum, piece) => sum + piece.length, 0);
    return mapped < length ? 'nothing is mapped at its address' : undefined;
  }

  /** Line and function breakpoints. */
  all(): Breakpoint[] {
    return [...this.lines.values(), this.functions].flat();
  }
  /** Those of all kinds that count their hits. */
  get counting(): readonly (Breakpoint | DataBreakpoint)[] {
    return this.withHits;
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
  /** Forgets the hits in the future, which has been cut off behind `mark`. */
  cut(mark: number): void {
    for (const b of this.withHits) b.hits.cut(mark);
  }

  private make(
    kind: Breakpoint['kind'],
    statements: readonly number[],
    options: BreakpointOptions,
    nowhere: string | undefined,
    entry = false,
  ): Breakpoint {
    const { hit, problem } = this.read(options, statements[0]);
    return {
      id: this.nextId++,
      kind,
      entry,
      statements: problem === undefined ? statements : [],
      message: nowhere ?? problem,
      hit,
      hits: new Hits(),
      condition: options.condition?.trim() || undefined,
      hitCondition: options.hitCondition?.trim() || undefined,
      logMessage: options.logMessage || undefined,
    };
  }
  /** The hit condition, and what is wrong with it, the condition or the log message. */
  private read(options: BreakpointOptions, statement: number | undefined) {
    const hit = options.hitCondition?.trim() ? parseHitCondition(options.hitCondition) : undefined;
    const problem = (typeof hit === 'string' ? hit : undefined) ?? this.problemOf(options, statement);
    return { hit: typeof hit === 'function' ? hit : undefined, problem };
  }
  private problemOf({ condition, logMessage }: BreakpointOptions, statement: number | undefined): string | undefined {
    const wanted = condition?.trim();
    const inCondition = wanted ? this.problemIn(wanted, statement, false) : undefined;
    if (inCondition !== undefined) return `the condition ${wanted}: ${inCondition}`;
    const { expressions, problem } = readLogMessage(logMessage ?? '');
    for (const expression of expressions) {
      const wrong = this.problemIn(expression, statement, true);
      if (wrong !== undefined) return `the log message's {${expression}}: ${wrong}`;
    }
    return problem;
  }
  /** What is wrong with the condition of an exception filter. */
  conditionProblem(condition: string): string | undefined {
    return this.problemOf({ condition }, undefined);
  }
  private rebuild(): void {
    this.withHits = [...this.all(), ...this.data].filter((b) => b.hit);
    this.byStatement = new Map();
    for (const b of this.all())
      for (const statement of b.statements)
        this.byStatement.set(statement, [...(this.byStatement.get(statement) ?? []), b]);
  }
}

/** What is the same in two breakpoints that stop at the same moments. */
const sameness = (b: Breakpoint | DataBreakpoint): string =>
  JSON.stringify([
    b.kind === 'data' ? [b.address, b.length, b.name, b.pieces] : [b.kind, b.entry, b.statements, b.message],
    b.condition,
    b.hitCondition,
    b.logMessage,
  ]);
/** The new list, with each breakpoint that the old one has too taken from there. */
function keepSame<B extends Breakpoint | DataBreakpoint>(old: readonly B[], made: readonly B[]): B[] {
  const left = [...old];
  return made.map((b) => {
    const at = left.findIndex((o) => sameness(o) === sameness(b));
    return at < 0 ? b : (left.splice(at, 1)[0] as B);
  });
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
  const text = (s: StatementInfo) => index.files[s.span.file]?.text.slice(s.span.start, s.span.end) ?? '';
  return index.statements.flatMap((s, id) =>
    [...text(s).matchAll(CALL)].some((call) => call[1] === name) ? [id] : [],
  );
}
const CALL = /(?<![\w.>])([A-Za-z_]\w*)\s*\(/g;
