/**
 * Recorded runs on caches of SLAB: the same caches are made, the operations repeated on the CPUs that they were done on. The slab and the
 * place of every object are compared, and the recorded states: arrays, lists, and at some points every object. A slab is known by the order
 * of its making, as the frames that boot left free are others here.
 */
import { gfpValue } from '../../profiles/gfpValue';
import type { ReplayResult } from '../replay_result';
import { field, isObject, type JsonObject, TraceError } from '../trace_json';
import { Different, list, repeat, texts } from './slab_json';
import { makeRecordedCache, recordedRun, SlabTestMachine } from './slab_machine';
import { SlabStates } from './slab_state';

export function recordsSlabTrace(json: object): boolean {
  const run = isObject(json) ? json.run : undefined;
  return isObject(run) && run.alloc === 'SLAB' && isObject(json) && Array.isArray(json.slabs);
}
export function replaySlabTrace(json: object, now: () => number): ReplayResult {
  return repeat(json, now, (file) => new SlabTrace(file));
}

/** What an operation of a trace is: `2:3.192`, `-1.17`, `D0.1`. */
const OP = /^(?:(\d+):)?(?:(\d+)\.(\d+)|-(?:(\d+)\.)?(\d+)|D(\d+)\.(\d+))$/;

/** A state with the slabs of each list in the order of their numbers. */
const withoutOrder = (state: string): string =>
  state.replace(/(?: #\S+)+/g, (slabs) => ` ${slabs.trim().split(' ').sort().join(' ')}`);

const withoutNextReap = (state: string): string => state.replace(/ nr=.*/, '');

class SlabTrace {
  private readonly machine: SlabTestMachine;
  private readonly caches: readonly number[];
  private readonly cpus: number;
  private readonly states: SlabStates;
  /** struct slab → its number */
  private readonly numbers = new Map<number, number>();
  private slabsMade = 0;
  /** live objects by cache and number */
  private readonly live = new Map<string, number>();
  private allocations = 0;
  private readonly recordedSlabs: readonly (readonly number[])[];
  private ops = 0;
  private compared = 0;
  private mismatch: ReplayResult['firstMismatch'] = null;
  private readonly stateDifferences: string[] = [];
  /** caches whose CPUs have emptied their arrays at once: in which order is not determined */
  private readonly raced = new Set<number>();
  private readonly kernelMask: number;

  constructor(private readonly json: JsonObject) {
    const run = recordedRun(json);
    this.cpus = run.cpus;
    this.machine = new SlabTestMachine(run);
    this.kernelMask = gfpValue(this.machine.kernel.profile.gfp, 'GFP_KERNEL');
    this.caches = list(field(json, 'caches', 'the file'), 'caches').map((row) =>
      makeRecordedCache(this.machine.slab, list(row, 'caches')),
    );
    this.recordedSlabs = list(field(json, 'slabs', 'the file'), 'slabs').map((row) => list(row, 'slabs').map(Number));
    this.states = new SlabStates(this.machine.slabAllocator, run.cpus, (slab) => String(this.numberOf(slab)));
  }
  run(): void {
    for (const segment of list(field(this.json, 'segments', 'the file'), 'segments')) {
      if (!isObject(segment)) throw new TraceError('"segments" must be a list of objects');
      try {
        this.segment(segment);
      } catch (error) {
        if (!(error instanceof Different)) throw error;
        this.mismatch = { index: this.ops, op: error.op, got: error.got };
        return;
      }
    }
  }
  result(ms: number): ReplayResult {
    return {
      ops: this.ops,
      states: this.compared,
      firstMismatch: this.mismatch,
      finalState: this.stateDifferences.length === 0 ? 'identical' : this.stateDifferences,
      notCompared: [
        'frames of slabs: boot leaves others free',
        'when next_reap begins: it depends on the address of a cache',
        ...(this.raced.size > 0 ? ['the order of slabs after several CPUs emptied their arrays at once'] : []),
      ],
      nsPerOp: Math.round((ms * 1e6) / Math.max(1, this.ops)),
    };
  }

  private segment(segment: JsonObject): void {
    for (const op of String(segment.ops).split(' ').filter(Boolean)) this.op(op);
    if (segment.shrink !== undefined) this.shrink(String(segment.shrink));
    const states = texts(segment.states, 'states');
    states.forEach((state, i) => {
      // a second state of a cache is the one after a time in which nothing ran
      if (this.isSettled(states, i)) this.settle();
      this.compareState(state);
    });
    this.compareFull(texts(segment.full, 'full'));
  }
  /** Whether a list's state is the first that follows the time in which nothing ran: the rest has every cache once again. */
  private isSettled(states: readonly string[], i: number): boolean {
    return this.json.settle !== undefined && i > 0 && i === states.length - this.caches.length;
  }

  // ---------------------------------------------------------------- operations
  private op(text: string): void {
    const match = OP.exec(text);
    if (!match) throw new TraceError(`operation ${text} is not known`);
    const [, cpu, slab, offset, cache, freed, destroyedOf] = match;
    this.machine.runOn(Number(cpu ?? 0));
    if (destroyedOf !== undefined) return;
    this.ops++;
    if (freed !== undefined) this.free(Number(cache ?? 0), Number(freed));
    else this.alloc(text, Number(slab), Number(offset));
  }
  private alloc(op: string, slab: number, offset: number): void {
    const index = this.recordedSlabs[slab]?.[0];
    if (index === undefined) throw new TraceError(`${op}: no slab ${slab}`);
    const object = this.machine.slab.cacheAlloc(this.caches[index] as number, this.kernelMask);
    const { folios } = this.machine.slabAllocator.p;
    const of = folios.slabOf(object);
    const got = `${this.numberOf(of)}.${object - folios.address(of)}`;
    if (got !== `${slab}.${offset}`) throw new Different(op, got);
    this.live.set(`${index}.${this.allocations++}`, object);
  }
  /** The number of a slab, in the order in which they are first seen; one whose frames a slab had before is a new one. */
  private numberOf(slab: number): number {
    const known = this.numbers.get(slab);
    if (known !== undefined) return known;
    const number = this.slabsMade++;
    this.numbers.set(slab, number);
    return number;
  }
  private free(cache: number, id: number): void {
    const key = `${cache}.${id}`;
    const object = this.live.get(key);
    if (object === undefined) throw new TraceError(`object ${key} is freed, but not in use`);
    this.live.delete(key);
    this.machine.slab.cacheFree(this.caches[cache] as number, object);
    this.forgetDestroyed();
  }
  private forgetDestroyed(): void {
    const { pages } = this.machine.kernel;
    for (const slab of this.numbers.keys()) if (!pages.isSlab(pages.pfnOf(slab))) this.numbers.delete(slab);
  }
  /** `0 ret=1` */
  private shrink(text: string): void {
    const [, cache, ret] = /^(\d+) ret=(\d+)/.exec(text) ?? [];
    const address = this.caches[Number(cache)] as number;
    const { views } = this.machine.slabAllocator;
    const filled = Array.from({ length: this.cpus }, (_, cpu) => views.ofCpu(address, cpu).avail).filter((n) => n > 0);
    if (filled.length > 1) this.raced.add(Number(cache));
    const got = this.machine.slab.backend.shrink(address);
    this.forgetDestroyed();
    if (got !== Number(ret)) throw new Different(`kmem_cache_shrink ${text}`, String(got));
  }

  // ---------------------------------------------------------------- states
  private compareState(text: string): void {
    const [index = '', ...rest] = text.split(' ');
    const got = this.states.line(this.caches[Number(index)] as number);
    const what = `cache ${index} after operation ${this.ops}`;
    if (this.raced.has(Number(index))) this.compare(what, withoutOrder(rest.join(' ')), withoutOrder(got));
    else this.compare(what, rest.join(' '), got);
  }
  private compare(what: string, want: string, got: string): void {
    this.compared++;
    if (want !== got) this.stateDifferences.push(`${what}: ${got} instead of ${want}`);
  }
  private compareFull(want: readonly string[]): void {
    if (want.length === 0) return;
    const caches = want.flatMap((line) => /^FULL (\d+)/.exec(line)?.[1] ?? []).map(Number);
    const got = caches.flatMap((index) => this.states.full(this.caches[index] as number, index));
    want.forEach((line, i) => {
      if (line !== got[i] || i === want.length - 1)
        this.compare(`line ${i} of the full state`, line, got[i] ?? 'nothing');
    });
    if (got.length !== want.length)
      this.stateDifferences.push(`the full state has ${got.length} lines instead of ${want.length}`);
  }

  // ---------------------------------------------------------------- while nothing runs
  /** The recorded changes of a time in which nothing ran but the reapers, each on its CPU. */
  private settle(): void {
    const lines = texts(this.json.settle, 'settle');
    const { vars } = this.machine.kernel;
    const start = vars.read('jiffies');
    for (const line of lines) {
      const [, index, nextReap] = /^SC (\d+) .*next_reap=(-?\d+)/.exec(line) ?? [];
      if (index !== undefined) this.setNextReap(Number(index), start + Number(nextReap));
    }
    const moments = new Map<number, string[]>();
    for (const line of lines) {
      const [, at, rest] = /^ST (\d+) (.*)$/.exec(line) ?? [];
      if (at !== undefined && rest !== undefined) moments.set(Number(at), [...(moments.get(Number(at)) ?? []), rest]);
    }
    for (const [at, changed] of moments) {
      const later = [...moments].flatMap(([when, texts]) => (when > at ? texts : []));
      this.settleAt(start, at, changed, later);
    }
    vars.write('jiffies', start);
  }
  private setNextReap(index: number, jiffies: number): void {
    const { structs } = this.machine.slabAllocator.p;
    structs.setLong(structs.nodeOf(this.caches[index] as number, 0) + structs.node.next_reap, jiffies);
  }
  /** What has changed when somebody looked at jiffy `at`: it was done then, or a little earlier where next_reap tells when. */
  private settleAt(start: number, at: number, changed: readonly string[], later: readonly string[]): void {
    const { kernel, slabAllocator } = this.machine;
    const { nodeTimeout } = slabAllocator.p;
    const reaped = changed.flatMap((text) => {
      const [index = ''] = text.split(' ');
      const next = Number(/nr=(-?\d+)/.exec(text)?.[1]);
      const before = slabAllocator.views.node(this.caches[Number(index)] as number, 0)?.nextReap ?? 0;
      return next + start === before ? [] : [next - nodeTimeout];
    });
    kernel.vars.write('jiffies', start + Math.max(...reaped, reaped.length === 0 ? at : 0));
    for (const cpu of this.reapersIn(changed)) slabAllocator.reaper.reap(cpu);
    this.forgetDestroyed();
    for (const text of changed) {
      const [index = ''] = text.split(' ');
      const got = `${index} ${this.states.settling(this.caches[Number(index)] as number)}`;
      // on several CPUs the recording looked at a cache while a reaper had not yet come to it
      const seen = [text, later.find((line) => line.startsWith(`${index} `)) ?? ''].map(withoutNextReap);
      this.compare(`jiffy ${at}: cache`, seen[1] === got && this.cpus > 1 ? got : (seen[0] as string), got);
    }
  }
  /** The CPUs whose arrays have changed; where only what they share has, one whose arrays are empty. */
  private reapersIn(changed: readonly string[]): readonly number[] {
    const cpus = new Set<number>();
    let any = false;
    for (const text of changed) {
      const [index = '', , ...words] = text.split(' ');
      const cache = this.caches[Number(index)] as number;
      let emptied = 0;
      if (this.states.settling(cache) !== withoutNextReap(text).replace(/^\d+ /, '')) any = true;
      for (let cpu = 0; cpu < this.cpus; cpu++) {
        const { avail, touched } = this.machine.slabAllocator.views.ofCpu(cache, cpu);
        if (words[cpu] === `${avail}/${Number(touched)}`) continue;
        cpus.add(cpu);
        if (words[cpu]?.startsWith(`${avail}/`) === false) emptied++;
      }
      if (emptied > 1) this.raced.add(Number(index));
    }
    if (cpus.size > 0 || !any) return [...cpus];
    const empty = Array.from({ length: this.cpus }, (_, cpu) => cpu).filter((cpu) =>
      this.caches.every((cache) => this.machine.slabAllocator.views.ofCpu(cache, cpu).avail === 0),
    );
    return empty.slice(-1);
  }
}
