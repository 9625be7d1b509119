/**
 * Recorded runs on caches of SLOB and on its kmalloc: the pages with free blocks, as boot had left them, are loaded, and the operations
 * repeated. The page and the place of every block are compared, the recorded states by their sums, and at some points every free block. A
 * page is known by the frame that the recording has it in, as others are free here.
 */
import { gfpValue } from '../../profiles/gfpValue';
import type { ReplayResult } from '../replay_result';
import { field, isObject, type JsonObject, TraceError } from '../trace_json';
import { crc32 } from './crc32';
import { Different, list, repeat, texts } from './slab_json';
import { makeRecordedCache, recordedRun, SlobTestMachine } from './slab_machine';

export function recordsSlobTrace(json: object): boolean {
  const run = isObject(json) ? json.run : undefined;
  return isObject(run) && run.alloc === 'SLOB' && isObject(json) && Array.isArray(json.segments);
}
export function replaySlobTrace(json: object, now: () => number): ReplayResult {
  return repeat(json, now, (file) => new SlobTrace(file));
}

const LISTS: readonly string[] = ['small', 'medium', 'large'];
/** `1.8722.192` of a cache, `56@8721.8` of kmalloc, `-1.17` or `-17` */
const OP = /^(?:(\d+)\.(\d+)\.(\d+)|(\d+)@(\d+)\.(\d+)|-(?:(\d+)\.)?(\d+))$/;

class SlobTrace {
  private readonly machine: SlobTestMachine;
  private readonly caches: readonly number[];
  /** struct slab or first byte of a block of pages → the frame in the recording */
  private readonly frames = new Map<number, number>();
  private readonly live = new Map<string, number>();
  private allocations = 0;
  private ops = 0;
  private compared = 0;
  private mismatch: ReplayResult['firstMismatch'] = null;
  private readonly stateDifferences: string[] = [];
  private readonly kernelMask: number;

  constructor(private readonly json: JsonObject) {
    this.machine = new SlobTestMachine(recordedRun(json));
    const { slab, kernel } = this.machine;
    this.kernelMask = gfpValue(kernel.profile.gfp, 'GFP_KERNEL');
    this.caches = list(field(json, 'caches', 'the file'), 'caches').map((row) =>
      makeRecordedCache(slab, list(row, 'caches')),
    );
  }

  run(): void {
    list(field(this.json, 'segments', 'the file'), 'segments').forEach((segment, i) => {
      if (this.mismatch) return;
      if (!isObject(segment)) throw new TraceError('"segments" must be a list of objects');
      try {
        this.segment(segment, i === 0);
      } catch (error) {
        if (!(error instanceof Different)) throw error;
        this.mismatch = { index: this.ops, op: error.op, got: error.got };
      }
    });
  }
  result(ms: number): ReplayResult {
    return {
      ops: this.ops,
      states: this.compared,
      firstMismatch: this.mismatch,
      finalState: this.stateDifferences.length === 0 ? 'identical' : this.stateDifferences,
      notCompared: ['frames of new pages: boot leaves others free'],
      nsPerOp: Math.round((ms * 1e6) / Math.max(1, this.ops)),
    };
  }
  private segment(segment: JsonObject, first: boolean): void {
    const full = texts(segment.full, 'full');
    if (first) this.load(full);
    for (const op of String(segment.ops).split(' ').filter(Boolean)) this.op(op);
    for (const state of texts(segment.states, 'states'))
      this.compare(`after operation ${this.ops}`, state, this.sums());
    if (!first) this.compareFull(full);
  }

  // ---------------------------------------------------------------- the state before
  /** `L small 8676 28 103+1 239+1`: a list, from its head, of pages with their free blocks. */
  private load(lines: readonly string[]): void {
    const { lists, heads, pages, blocks } = this.machine.slob.p;
    for (const head of heads) lists.init(head);
    for (const line of [...lines].reverse()) {
      const [, name = '', pfn, , ...runs] = line.split(' ');
      const slab = pages.takeSlab(this.kernelMask, 0);
      const page = pages.read(slab);
      runs
        .map((run) => run.split('+').map(Number))
        .forEach(([start = 0, units = 0], i) => {
          const block = page.address + start * 2;
          if (i === 0) blocks.giveFirst(page, block, units);
          else blocks.give(page, block, units);
        });
      pages.write(slab, page);
      pages.enlist(slab, this.headOf(name));
      this.frames.set(slab, Number(pfn));
    }
  }
  private headOf(name: string): number {
    const head = this.machine.slob.p.heads[LISTS.indexOf(name)];
    if (head === undefined) throw new TraceError(`there is no list ${name}`);
    return head;
  }

  // ---------------------------------------------------------------- operations
  private op(text: string): void {
    const match = OP.exec(text);
    if (!match) throw new TraceError(`operation ${text} is not known`);
    const [, cache, pfn, offset, size, ofPfn, ofOffset, freedOf, freed] = match;
    this.ops++;
    const { slab } = this.machine;
    if (freed !== undefined) this.free(freedOf ?? '0', freed);
    else if (size !== undefined) this.placed(text, '0', slab.kmalloc(Number(size), this.kernelMask), ofPfn, ofOffset);
    else this.placed(text, cache ?? '0', slab.cacheAlloc(this.cacheAt(cache), this.kernelMask), pfn, offset);
  }
  private cacheAt(index: string | undefined): number {
    const cache = this.caches[Number(index)];
    if (cache === undefined) throw new TraceError(`there is no cache ${index}`);
    return cache;
  }
  /** Compares where a new block lies. A page that has no name yet gets the recording's, if no other has it. */
  private placed(op: string, cache: string, block: number, pfn: string | undefined, offset: string | undefined): void {
    const { pages } = this.machine.slob.p;
    const slab = pages.slabOf(block);
    const taken = [...this.frames.values()].includes(Number(pfn));
    if (!this.frames.has(slab) && !taken) this.frames.set(slab, Number(pfn));
    const got = `${this.frames.get(slab) ?? 'a new page'}.${block - pages.read(slab).address}`;
    if (got !== `${pfn}.${offset}`) throw new Different(op, got);
    this.live.set(`${cache}.${this.allocations++}`, block);
  }
  private free(cache: string, id: string): void {
    const key = `${cache}.${id}`;
    const block = this.live.get(key);
    if (block === undefined) throw new TraceError(`block ${key} is freed, but not in use`);
    this.live.delete(key);
    const { slab, slob } = this.machine;
    const page = slob.p.pages.slabOf(block);
    const whole = !slob.p.pages.isSlab(page);
    if (this.caches.length > 0) slab.cacheFree(this.cacheAt(cache), block);
    else slab.kfree(block);
    if (whole || !slob.p.pages.isSlab(page)) this.frames.delete(page);
  }

  // ---------------------------------------------------------------- states
  private pagesOf(name: string) {
    const { pages } = this.machine.slob.p;
    return pages.slabs(this.headOf(name)).map((slab) => ({ pfn: this.frames.get(slab), page: pages.read(slab) }));
  }
  /** `small=pages/units medium=… large=… crc32=…`, the sum of the line with every page */
  private sums(): string {
    const all = LISTS.map((name) => ({ name, pages: this.pagesOf(name) }));
    const line = ['0', ...all.flatMap(({ name, pages }) => [name, ...pages.map((p) => `${p.pfn}:${p.page.units}`)])];
    const counts = all.map(
      ({ name, pages }) => `${name}=${pages.length}/${pages.reduce((n, p) => n + p.page.units, 0)}`,
    );
    return `${counts.join(' ')} crc32=${crc32(line.join(' ')).toString(16).padStart(8, '0')}`;
  }
  private compare(what: string, want: string, got: string): void {
    this.compared++;
    if (want !== got) this.stateDifferences.push(`${what}: ${got} instead of ${want}`);
  }
  /** `O list pfn…`: its order; `L list pfn free-units start+length…`: a page that has changed */
  private compareFull(lines: readonly string[]): void {
    const { blocks } = this.machine.slob.p;
    for (const line of lines) {
      const [kind, name, pfn] = line.split(' ');
      const pages = this.pagesOf(name ?? '');
      const found = pages.find((p) => p.pfn === Number(pfn));
      const runs = found ? blocks.runs(found.page).map((run) => ` ${run.start}+${run.units}`) : [];
      const got =
        kind === 'O'
          ? ['O', name, ...pages.map((p) => p.pfn)].join(' ')
          : `L ${name} ${pfn} ${found?.page.units ?? 'is not there'}${runs.join('')}`;
      this.compare(`full state after operation ${this.ops}`, line, got);
    }
  }
}
