/**
 * The tracer: the calls of the emulated kernel's functions, and ftrace's events, each with the journal position at which it
 * happened. Records are output (memory/output.ts), hidden beyond the time cursor. When the tracer is off, it costs one test per call.
 */
import type { Journal } from '../../memory/journal';
import { Output } from '../../memory/output';
import type { CallSite } from './ports';
import { BOOT_ORIGIN, type LogOrigin } from './printk';
import type { TraceValue, Tracing } from './tracing';

/** Records of what is allocated and freed, and of the attempts. */
const ALLOCATION_RECORDS: ReadonlySet<string> = new Set([
  'mm_page_alloc',
  'alloc_pages_bulk',
  'mm_page_free',
  'kmalloc',
  'kfree',
  'kmem_cache_alloc',
  'kmem_cache_free',
  'percpu_alloc_percpu',
  'percpu_free_percpu',
  'vmalloc',
  'vfree',
  'mm_vmscan_wakeup_kswapd',
]);

type TraceKind = 'enter' | 'decision' | 'leave' | 'event';

export interface TraceRecord {
  /** journal position at which it happened */
  readonly position: number;
  readonly kind: TraceKind;
  /** function, decision or event */
  readonly name: string;
  readonly values: readonly TraceValue[];
  readonly cpu: number;
  /** where in the scenario it comes from */
  readonly site: CallSite | undefined;
  /** undefined where only what is allocated and freed is recorded: the journal tells it of a position */
  readonly context: TraceContext | undefined;
}
/** In what a record was made: the columns that ftrace prints. */
interface TraceContext {
  /** calls under way when it happened: 0 for the outermost function */
  readonly depth: number;
  readonly pid: number;
  readonly comm: string;
  /** emulated seconds since boot */
  readonly time: number;
}

/** The running task, for the columns that ftrace prints before an event, and what it does. */
type TraceOrigin = Pick<LogOrigin, 'cpu' | 'pid' | 'comm' | 'seconds' | 'site'>;

/** Bytes of the host's memory that a record takes, about. */
const bytesOf = (record: TraceRecord): number => (record.context ? 280 : 160) + 16 * record.values.length;

export class Tracer implements Tracing {
  /** Whether records are made. A switch of who looks at the machine, not state of it: records change nothing that the kernel reads. */
  on = false;
  /** Whether only what is allocated and freed is recorded: what a debugger keeps of every run. */
  allocationsOnly = false;
  readonly output: Output<TraceRecord>;
  /** Calls entered and not left, within one call from outside: 0 at every moment that a run can stop at. */
  private depth = 0;

  constructor(
    private readonly journal: Journal,
    private readonly origin: TraceOrigin = BOOT_ORIGIN,
  ) {
    this.output = new Output<TraceRecord>(journal, bytesOf);
  }

  get calls(): boolean {
    return this.on && !this.allocationsOnly;
  }
  /** The records still held, up to the time cursor, oldest first. */
  get records(): readonly TraceRecord[] {
    const { held, start } = this.output;
    return held.slice(0, this.output.endAt(this.journal.position) - start);
  }
  enter(fn: string, ...args: TraceValue[]): void {
    if (this.calls) this.add('enter', fn, args);
    this.depth++;
  }
  decision(key: string, ...values: TraceValue[]): void {
    this.add('decision', key, values);
  }
  leave(fn: string, result?: TraceValue): void {
    this.depth = Math.max(0, this.depth - 1);
    if (this.calls) this.add('leave', fn, result === undefined ? [] : [result]);
  }
  event(name: string, ...values: TraceValue[]): void {
    this.add('event', name, values);
  }
  /** A fault has ended the calls under way: the next call is an outermost one again. */
  unwind(): void {
    this.depth = 0;
  }

  private add(kind: TraceKind, name: string, values: readonly TraceValue[]): void {
    if (!this.on || (this.allocationsOnly && !ALLOCATION_RECORDS.has(name))) return;
    const { origin } = this;
    const context = this.allocationsOnly
      ? undefined
      : { depth: this.depth, pid: origin.pid(), comm: origin.comm(), time: origin.seconds() };
    this.output.push({
      position: this.journal.position,
      kind,
      name,
      values,
      cpu: origin.cpu(),
      site: origin.site(),
      context,
    });
  }
}

const shown = (value: TraceValue): string => (typeof value === 'string' ? value : String(value));
/** Names of an event's values, in the order in which the kernel's functions give them. */
const EVENT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  mm_page_alloc: ['pfn', 'order', 'gfp_flags', 'migratetype'],
  mm_page_free: ['pfn', 'order'],
  mm_page_alloc_zone_locked: ['pfn', 'order', 'migratetype'],
  mm_page_pcpu_drain: ['pfn', 'order', 'migratetype'],
  mm_vmscan_wakeup_kswapd: ['nid', 'order', 'gfp_flags'],
  kmalloc: ['call_site', 'ptr', 'bytes_req', 'bytes_alloc', 'gfp_flags', 'node'],
  kmem_cache_alloc: ['call_site', 'ptr', 'name', 'bytes_req', 'bytes_alloc', 'gfp_flags', 'node'],
  kfree: ['call_site', 'ptr'],
  kmem_cache_free: ['call_site', 'ptr', 'name'],
  percpu_alloc_percpu: ['call_site', 'size', 'align', 'ptr', 'bytes_alloc', 'gfp_flags'],
  percpu_free_percpu: ['ptr'],
  page_fault_kernel: ['address', 'error_code'],
};

const NO_CONTEXT: TraceContext = { comm: '', pid: 0, time: 0, depth: 0 };
/** One line as ftrace prints it: task-pid [cpu] seconds: event. */
export function formatTrace(record: TraceRecord): string {
  const { comm, pid, time, depth } = record.context ?? NO_CONTEXT;
  const who = `${comm.padStart(16)}-${String(pid).padEnd(6)} [${String(record.cpu).padStart(3, '0')}]`;
  const head = `${who} ${time.toFixed(6).padStart(12)}: `;
  const indent = '  '.repeat(depth);
  switch (record.kind) {
    case 'enter':
      return `${head}${indent}${record.name}(${record.values.map(shown).join(', ')}) {`;
    case 'leave':
      return `${head}${indent}} /* ${record.name}${record.values.length ? ` = ${record.values.map(shown).join(', ')}` : ''} */`;
    case 'decision':
      return `${head}${indent}/* ${record.name}: ${record.values.map(shown).join(' ')} */`;
    case 'event': {
      const names = EVENT_FIELDS[record.name];
      const values = record.values.map((v, i) => {
        const name = names?.[i];
        if (name === undefined) return shown(v);
        if (typeof v === 'number' && (name === 'ptr' || name === 'address'))
          return `${name}=0x${BigInt.asUintN(64, BigInt(v)).toString(16)}`;
        return `${name}=${(name === 'pfn' || name === 'gfp_flags') && typeof v === 'number' && v >= 0 ? `0x${v.toString(16)}` : shown(v)}`;
      });
      return `${head}${indent}${record.name}: ${values.join(' ')}`;
    }
  }
}
