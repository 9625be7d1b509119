/**
 * Runs of SLUB on small kernels, without random or hardened freelists: operations on caches of their own, or kmalloc and kfree on the
 * kernel's (`segments` of a file whose `run.alloc` is SLUB). Each object is compared, and the states between.
 */
import { PAGE_SIZE } from '../../types/pageSize';
import type { ReplayResult } from '../replay_result';
import { field, isObject, type JsonObject, num, TraceError } from '../trace_json';
import { loadCache } from './slub_load';
import { PREEMPT, RecordedSlub } from './slub_machine';
import { permutations } from './slub_rec';
import { fullLines, readFull, stateLine } from './slub_states';

/** struct page, page tables and the like are not in totalram */
const REST_PAGES = 6000;

interface Segment {
  readonly ops: readonly string[];
  readonly states: readonly string[];
  readonly full: readonly string[];
  /** the number of the cache that kmem_cache_shrink is called for, before the states */
  readonly shrink: { readonly cache: number; readonly result: number } | undefined;
}
interface Failure {
  readonly op: string;
  readonly got: string;
}

export const recordsSlubTrace = (json: object): boolean =>
  isObject(json) && isObject(json.run) && json.run.alloc === 'SLUB' && Array.isArray(json.segments);

/** Repeats such a run. With `rt` nothing goes a fast path: the result is the same. @throws TraceError for a damaged one */
export function replaySlubTrace(json: object, now: () => number, preempt = PREEMPT): ReplayResult {
  const root: JsonObject = isObject(json) ? json : {};
  const run = field(root, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const cpus = num(run, 'possible', 'run');
  const pages = num(run, 'totalram', 'run') + REST_PAGES;
  const machine = new RecordedSlub({
    arch: 'x86_64',
    memory: Math.ceil(pages / 1024) * 1024 * PAGE_SIZE,
    cpus,
    options: { freelistRandom: false, freelistHardened: false },
    preempt,
    parameters: { slab_nomerge: '' },
  });
  const segments = list(root.segments).map(readSegment);
  const caches = list(root.caches).map((row) => list(row));
  const replay = Array.isArray(root.slabs)
    ? new CacheTrace(
        machine,
        caches,
        root.slabs.map((slab) => Number(list(slab)[0])),
      )
    : new KmallocTrace(machine, caches, segments[0]?.full ?? [], cpus);
  machine.begin();
  return replay.run(segments, now);
}
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function readSegment(value: unknown): Segment {
  const segment = isObject(value) ? value : {};
  const words = typeof segment.ops === 'string' ? segment.ops.split(' ') : [];
  const shrink = /^(\d+) ret=(\d)$/.exec(String(segment.shrink ?? ''));
  return {
    ops: words.filter((word) => word !== ''),
    states: list(segment.states).map(String),
    full: list(segment.full).map(String),
    shrink: shrink ? { cache: Number(shrink[1]), result: Number(shrink[2]) } : undefined,
  };
}

/** What both kinds of runs share. */
abstract class SlubTrace {
  protected readonly objects: number[] = [];
  protected readonly cacheOf: number[] = [];
  /** what stands before a slab's name in states */
  protected abstract readonly mark: string;
  private states = 0;
  private readonly differences: string[] = [];

  constructor(
    protected readonly machine: RecordedSlub,
    /** addresses by number */
    protected readonly caches: readonly number[],
  ) {}

  protected abstract allocate(op: string): { readonly object: number; readonly got: string };
  protected abstract free(id: number): void;
  /** the recorded result of an allocation, without what was asked for */
  protected abstract wanted(op: string): string;

  run(segments: readonly Segment[], now: () => number): ReplayResult {
    const begin = now();
    let ops = 0;
    let firstMismatch: ReplayResult['firstMismatch'] = null;
    for (const segment of segments) {
      const failure = this.operations(segment.ops, ops) ?? this.shrink(segment);
      ops += segment.ops.length;
      if (failure && 'index' in failure) {
        firstMismatch = failure;
        break;
      }
      if (!segment.shrink) this.compareStates(segment, this.differences);
    }
    return {
      ops,
      states: this.states,
      firstMismatch,
      finalState: this.differences.length === 0 ? 'identical' : this.differences,
      notCompared: ['frames: another page allocator’s'],
      nsPerOp: Math.round(((now() - begin) * 1e6) / Math.max(1, ops)),
    };
  }
  private operations(ops: readonly string[], before: number): ReplayResult['firstMismatch'] | undefined {
    for (const [i, op] of ops.entries()) {
      const failure = this.repeat(op);
      if (failure) return { index: before + i, ...failure };
      // slabs that have gone are told behind the operation
      if (this.countsGone && !ops[i + 1]?.startsWith('D') && this.machine.gone.length > 0)
        return { index: before + i, op, got: 'a slab is given back' };
    }
    return undefined;
  }
  /** The recorder counts slabs of its own caches, until it gives everything back. */
  protected countsGone = false;

  private repeat(text: string): Failure | undefined {
    const { machine } = this;
    const [, cpu, op = ''] = /^(?:(\d+):)?(.*)$/.exec(text) ?? [];
    machine.cpu = Number(cpu ?? 0);
    if (op.startsWith('D')) {
      const count = Number(op.split('.')[1]);
      const { length } = machine.gone;
      machine.gone = [];
      return length === count ? undefined : { op: text, got: `${length} slabs given back, recorded ${count}` };
    }
    if (op.startsWith('-')) {
      this.free(Number(op.slice(op.indexOf('.') + 1).replace('-', '')));
      return undefined;
    }
    const { object, got } = this.allocate(op);
    this.objects.push(object);
    const want = this.wanted(op);
    if (got !== want) return { op: text, got: `${got}, recorded ${want}` };
    return machine.coming.length === 0 ? undefined : { op: text, got: 'no new slab was needed' };
  }
  /** The CPUs flush in any order: one of them has to give the recorded states. */
  private shrink(segment: Segment): { index: number; op: string; got: string } | undefined {
    const { machine } = this;
    if (!segment.shrink) return undefined;
    this.countsGone = false;
    const cache = this.caches[segment.shrink.cache] as number;
    let first: string[] | undefined;
    for (const order of permutations(machine.kernel.config.cpus)) {
      const differences: string[] = [];
      const good = machine.attempt(() => {
        const result = machine.slub.shrink(cache, order);
        if (result !== segment.shrink?.result) differences.push(`kmem_cache_shrink returns ${result}`);
        const states = this.states;
        this.compareStates(segment, differences);
        if (differences.length > 0) this.states = states;
        return differences.length === 0;
      });
      machine.gone = [];
      if (good) return undefined;
      first ??= differences;
    }
    this.differences.push(...(first ?? []));
    return undefined;
  }
  private compareStates({ states, full }: Segment, differences: string[]): void {
    const { machine } = this;
    const nameOf = (pfn: number) => machine.nameOf(pfn);
    const view = (number: number) => machine.slub.views.cache(this.caches[number] as number);
    for (const want of states) {
      const number = Number(want.split(' ')[0]);
      const got = stateLine(number, view(number), (pfn) => `${this.mark}${nameOf(pfn)}`);
      this.states++;
      if (got !== want) differences.push(`${got}, recorded ${want}`);
    }
    if (full.length === 0) return;
    const got = this.caches.flatMap((_, number) => fullLines(number, view(number), nameOf));
    this.states++;
    const at = got.findIndex((line, i) => line !== full[i]);
    if (at >= 0 || got.length !== full.length)
      differences.push(`${got[at] ?? 'the end'}, recorded ${full[at] ?? 'the end'}`);
  }
}

/** Caches of the run's own; slabs are numbered as they are made. */
class CacheTrace extends SlubTrace {
  protected readonly mark = '#';
  private made = 0;

  constructor(
    machine: RecordedSlub,
    rows: readonly (readonly unknown[])[],
    private readonly cacheOfSlab: readonly number[],
  ) {
    super(
      machine,
      rows.map(([name, size, align, flags, ctor]) =>
        machine.create({
          name: String(name),
          size: Number(size),
          align: Number(align),
          flags: Number(flags),
          ctor: ctor === 1,
        }),
      ),
    );
    this.countsGone = true;
  }
  protected allocate(op: string): { object: number; got: string } {
    const { machine } = this;
    const slab = Number(op.split('.')[0]);
    const number = this.cacheOfSlab[slab] ?? 0;
    const cache = this.caches[number] as number;
    machine.coming = slab < this.made ? [] : [{ id: slab, start: 0 }];
    this.made = Math.max(this.made, slab + 1);
    const object = machine.slub.alloc(cache, machine.kernel.gfp.kernel, -1, 0);
    this.cacheOf.push(cache);
    const at = machine.objectOf(cache, object);
    return { object, got: `${at.slab}.${at.index * machine.slab.fields.size(cache)}` };
  }
  protected wanted(op: string): string {
    return op;
  }
  protected free(id: number): void {
    this.machine.slub.free(this.cacheOf[id] as number, this.objects[id] as number);
  }
}

/** kmalloc and kfree; frames have the recording's names. */
class KmallocTrace extends SlubTrace {
  protected readonly mark = '';

  constructor(machine: RecordedSlub, rows: readonly (readonly unknown[])[], full: readonly string[], cpus: number) {
    super(
      machine,
      rows.map(([name]) => machine.cacheNamed(String(name))),
    );
    for (const [number, state] of readFull(full, cpus)) loadCache(machine, this.caches[number] as number, state);
  }
  protected allocate(op: string): { object: number; got: string } {
    const { machine } = this;
    const { slab, kernel } = machine;
    const [size = 0, pfn = 0] = op.split(/[@.]/).map(Number);
    const large = size > machine.slab.kmallocs.maxCacheSize;
    machine.coming = large || machine.hasFrame(pfn) ? [] : [{ id: pfn, start: 0 }];
    const object = slab.kmalloc(size, kernel.gfp.kernel);
    const own = this.blockOf(object);
    if (large) machine.call(own, pfn);
    const offset = object - kernel.direct.va(own * PAGE_SIZE);
    return {
      object,
      got: `${machine.nameOf(own) + Math.floor(offset / PAGE_SIZE)}.${offset % PAGE_SIZE}`,
    };
  }
  /** The first frame of the slab or block that an address lies in. */
  private blockOf(object: number): number {
    const { pages, direct } = this.machine.kernel;
    return pages.head(Math.floor((object - direct.va(0)) / PAGE_SIZE));
  }
  protected wanted(op: string): string {
    return op.slice(op.indexOf('@') + 1);
  }
  protected free(id: number): void {
    const { machine } = this;
    const object = this.objects[id] as number;
    const block = this.blockOf(object);
    const large = !machine.kernel.pages.isSlab(block);
    machine.slab.kfree(object);
    if (large) machine.forget(block);
    machine.gone = [];
  }
}
