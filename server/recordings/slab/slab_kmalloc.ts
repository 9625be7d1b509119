/**
 * Recorded runs on the kernel's own kmalloc with SLAB: its caches are put into the state in which boot had left them, and the operations
 * repeated. Every object and every state is compared. A slab is known by the frame that the recording has it in.
 */
import { gfpValue } from '../../profiles/gfpValue';
import type { ReplayResult } from '../replay_result';
import { field, isObject, type JsonObject, TraceError } from '../trace_json';
import { Different, list, repeat, texts } from './slab_json';
import { loadSlabCache } from './slab_load';
import { recordedRun, SlabTestMachine } from './slab_machine';
import { SlabStates } from './slab_state';

export function recordsSlabKmalloc(json: object): boolean {
  const run = isObject(json) ? json.run : undefined;
  return isObject(run) && run.alloc === 'SLAB' && isObject(json) && json.maxsize !== undefined;
}
export function replaySlabKmalloc(json: object, now: () => number): ReplayResult {
  return repeat(json, now, (file) => new SlabKmalloc(file));
}

/** `165@8775.3456`, `-17` */
const OP = /^(?:(\d+)@(\d+)\.(\d+)|-(\d+))$/;

class SlabKmalloc {
  private readonly machine: SlabTestMachine;
  private readonly caches: readonly number[];
  private readonly states: SlabStates;
  /** struct slab, or struct page of a block of pages → the frame in the recording */
  private readonly frames = new Map<number, number>();
  private readonly live: number[] = [];
  private ops = 0;
  private compared = 0;
  private mismatch: ReplayResult['firstMismatch'] = null;
  private readonly stateDifferences: string[] = [];
  private readonly kernelMask: number;

  constructor(private readonly json: JsonObject) {
    this.machine = new SlabTestMachine(recordedRun(json));
    const { slab, kernel, slabAllocator } = this.machine;
    this.kernelMask = gfpValue(kernel.profile.gfp, 'GFP_KERNEL');
    this.caches = list(field(json, 'caches', 'the file'), 'caches').map((row) =>
      slab.kmallocSlab(Number(list(row, 'caches')[1])),
    );
    this.states = new SlabStates(slabAllocator, 1, (of) => String(this.frames.get(of) ?? 'a new slab'));
  }

  run(): void {
    list(field(this.json, 'segments', 'the file'), 'segments').forEach((segment, i) => {
      if (this.mismatch) return;
      if (!isObject(segment)) throw new TraceError('"segments" must be a list of objects');
      const full = texts(segment.full, 'full');
      if (i === 0) this.load(full);
      try {
        for (const op of String(segment.ops).split(' ').filter(Boolean)) this.op(op);
      } catch (error) {
        if (!(error instanceof Different)) throw error;
        this.mismatch = { index: this.ops, op: error.op, got: error.got };
        return;
      }
      for (const state of texts(segment.states, 'states')) {
        const [index = '', ...rest] = state.split(' ');
        this.compare(`cache ${index}`, rest.join(' '), this.states.line(this.caches[Number(index)] as number, ''));
      }
      const got = full.length === 0 ? [] : this.caches.flatMap((cache, index) => this.states.full(cache, index));
      full.forEach((line, at) => {
        this.compare(`line ${at} of the full state`, line, got[at] ?? 'nothing');
      });
    });
  }
  result(ms: number): ReplayResult {
    return {
      ops: this.ops,
      states: this.compared,
      firstMismatch: this.mismatch,
      finalState: this.stateDifferences.length === 0 ? 'identical' : this.stateDifferences,
      notCompared: ['frames of new slabs: boot leaves others free'],
      nsPerOp: Math.round((ms * 1e6) / Math.max(1, this.ops)),
    };
  }
  private load(lines: readonly string[]): void {
    this.caches.forEach((cache, index) => {
      const from = lines.findIndex((line) => line.startsWith(`FULL ${index} `));
      const rest = lines.slice(from + 1);
      const length = rest.findIndex((line) => line.startsWith('FULL '));
      const own = [lines[from] ?? '', ...(length < 0 ? rest : rest.slice(0, length))];
      loadSlabCache(this.machine.slabAllocator, cache, own, this.kernelMask, (slab, name) => {
        this.frames.set(slab, name);
      });
    });
  }
  private op(text: string): void {
    const match = OP.exec(text);
    if (!match) throw new TraceError(`operation ${text} is not known`);
    const [, size, pfn, offset, freed] = match;
    this.ops++;
    const { slab, slabAllocator, kernel } = this.machine;
    const { folios } = slabAllocator.p;
    if (freed !== undefined) {
      const object = this.live[Number(freed)];
      if (object === undefined) throw new TraceError(`object ${freed} is freed, but was not allocated`);
      const of = folios.slabOf(object);
      const isSlab = () => kernel.pages.isSlab(folios.pfn(of));
      const whole = !isSlab();
      slab.kfree(object);
      for (const known of this.frames.keys()) if (!kernel.pages.isSlab(folios.pfn(known))) this.frames.delete(known);
      if (whole) this.frames.delete(of);
      return;
    }
    const object = slab.kmalloc(Number(size), this.kernelMask);
    const of = folios.slabOf(object);
    if (!this.frames.has(of) && ![...this.frames.values()].includes(Number(pfn))) this.frames.set(of, Number(pfn));
    const got = `${this.frames.get(of) ?? 'a new slab'}.${object - folios.address(of)}`;
    if (got !== `${pfn}.${offset}`) throw new Different(text, got);
    this.live.push(object);
  }
  private compare(what: string, want: string, got: string): void {
    this.compared++;
    if (want !== got) this.stateDifferences.push(`${what} after operation ${this.ops}: ${got} instead of ${want}`);
  }
}
