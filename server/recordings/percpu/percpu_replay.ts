/**
 * Recorded operations of the per-CPU allocator (`setup`, `segments`): the recorded chunks are loaded into emulated memory, alloc_percpu and
 * free_percpu are called as recorded, and each place and the states in between are compared. The recorded kernels are small ones: their
 * first chunk has other parts than Debian's, so it is one of its own here, in memory of the booted machine.
 */
import { defaultConfig } from '../../kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../kernel/kernel';
import { StructMemory } from '../../kernel/lib/struct_memory';
import { PcpuPool } from '../../kernel/mm/percpu/pcpu_pool';
import type { PcpuUnits } from '../../kernel/mm/percpu/pcpu_units';
import { PerCpu } from '../../kernel/mm/percpu/percpu';
import type { Arch } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import type { ReplayResult } from '../replay_result';
import { field, isObject, type Json, num, TraceError } from '../trace_json';
import { type DumpedChunk, dumpChunk, fieldsOf, loadChunk, readDump } from './percpu_dump';

const MiB = 2 ** 20;
/** where the vmalloc area of the recorded i386 kernel ends: one with fewer CPUs than Debian's has a smaller fixmap */
const I386_VMALLOC_END = 0xfeffe000;

const strings = (value: Json | undefined, where: string): readonly string[] => {
  if (!Array.isArray(value) || !value.every((line): line is string => typeof line === 'string'))
    throw new TraceError(`${where}: a list of texts is expected`);
  return value;
};
const runOf = (json: object) => {
  const run = field(isObject(json) ? json : {}, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  return run;
};
const bootLines = (json: object): readonly string[] => {
  const run = isObject(json) && isObject(json.run) ? json.run : {};
  return Array.isArray(run.boot) ? run.boot.filter((line): line is string => typeof line === 'string') : [];
};
/** The sizes that the recorded kernel told when it booted; undefined if it told none. */
const embeddedOf = (json: object) =>
  bootLines(json)
    .map((line) => /percpu: Embedded \d+ pages\/cpu s(\d+) r(\d+) d(\d+) u(\d+)/.exec(line))
    .find((match) => match !== null);

export const recordsPercpu = (json: object): boolean =>
  embeddedOf(json) !== undefined &&
  isObject(json) &&
  (Array.isArray(json.segments) || (Array.isArray(json.lines) && String(json.lines[0]).startsWith('PE ')));

/** The allocator of a recorded kernel, on a machine of its architecture, CPUs and memory. */
class RecordedPercpu {
  readonly k: Kernel;
  readonly percpu: PerCpu;
  /** chunks by the recorder's numbers; 0 for one that is gone */
  readonly ids: number[] = [];
  private isScheduled = false;
  /** what is to be added to addresses in the vmalloc area */
  private readonly vmallocShift: number;

  constructor(json: object) {
    const run = runOf(json);
    const arch: Arch = run.machine === 'x86_64' ? 'x86_64' : 'i386';
    const cpus = num(run, 'cpus', 'run');
    const sizes = embeddedOf(json)?.slice(1).map(Number) ?? [];
    const [staticSize, reservedSize, dynSize, unitSize] = sizes as [number, number, number, number];
    const ends = bootLines(json).map((line) => Number.parseInt(/-0x([0-9a-f]+)\]/.exec(line)?.[1] ?? '0', 16));
    const { config } = defaultConfig();
    const memory = Math.ceil(Math.max(...ends) / MiB) * MiB;
    this.k = bootKernel(defaultConfig({ arch, cpus, memory, config: { ...config, KASAN: false } }), { journal: false });
    const { k } = this;
    this.vmallocShift = arch === 'i386' ? I386_VMALLOC_END - k.addresses.vmallocEnd : 0;
    const units: PcpuUnits = {
      cpus,
      unitSize,
      atomSize: arch === 'x86_64' ? 2 * MiB : PAGE_SIZE,
      unitOffsets: Array.from({ length: cpus }, (_, cpu) => cpu * unitSize),
      groupOffsets: [0],
      groupSizes: [cpus * unitSize],
      base: this.pages(cpus * unitSize),
      start: 0,
      staticSize,
      reservedSize,
      dynSize,
    };
    let next = this.pages(16 * PAGE_SIZE);
    const take = (bytes: number): number => {
      const at = next;
      next += Math.ceil(bytes / 64) * 64;
      return at;
    };
    const variables = new Map<string, number>();
    const variable = (name: string): number => {
      let at = variables.get(name);
      if (at === undefined) variables.set(name, (at = take(8)));
      return at;
    };
    const { mem, layouts, poison } = k;
    const m = new StructMemory(k.space, k.abi, layouts);
    const pool = new PcpuPool({ m, mem, layouts, poison, units, variable, take });
    const ports = { ...k.allocators.percpu.ports, scheduleBalance: () => void (this.isScheduled = true) };
    this.percpu = new PerCpu(pool, ports, k.gfp, layouts);
    this.percpu.enableAsync();
    this.ids.push(pool.first);
  }
  /** Zeroed pages of the booted machine. */
  private pages(bytes: number): number {
    const { k } = this;
    return k.pageApi.pageAddress(
      k.pageAlloc.allocPages(k.gfp.kernel | k.gfp.zero, Math.ceil(Math.log2(bytes / PAGE_SIZE))),
    );
  }
  get pool(): PcpuPool {
    return this.percpu.pool;
  }

  /** The state before the operations. */
  load(dump: readonly DumpedChunk[]): void {
    const { pool, percpu, k } = this;
    const { slots, chunks } = pool;
    for (const { id } of [...dump].sort((a, b) => a.id - b.id)) {
      if (id === 0) continue;
      const chunk = percpu.vm.create(k.gfp.kernel);
      if (chunk === 0) throw new TraceError(`chunk ${id}: no memory`);
      this.ids[id] = chunk;
      slots.relocate(chunk, -1);
    }
    for (const chunk of dump) {
      const at = this.ids[chunk.id] as number;
      if (chunk.id !== 0) {
        for (const [start, length] of chunk.backed) {
          percpu.vm.populate(at, start, start + length, k.gfp.kernel);
          slots.setPopulated(at, start, start + length, true);
        }
      }
      loadChunk(pool, at, chunk);
      slots.move(at, Number(chunk.fields.get('slot')), false);
      if (chunk.fields.get('isolated') === '1') chunks.setIsolated(at, true);
    }
  }
  /** The worker runs, if it has been woken. */
  balance(): void {
    if (this.isScheduled) this.percpu.balanceWork();
    this.isScheduled = false;
  }
  /** `chunk.offset` of a per-CPU pointer. */
  place(ptr: number): { id: number; offset: number } {
    const address = this.pool.addressOfPointer(ptr);
    const chunk = this.percpu.vm.chunkOf(address);
    if (!this.ids.includes(chunk)) this.ids.push(chunk);
    return { id: this.ids.indexOf(chunk), offset: address - this.pool.chunks.base(chunk) };
  }
  /** The lists as the recorder prints them. `firstBase`: what it says of where the first chunk is */
  dump(firstBase: string): string[] {
    const { pool } = this;
    return pool.slots.all().flatMap(({ chunk, slot }) => {
      const id = this.ids.indexOf(chunk);
      const address = pool.chunks.base(chunk) + this.vmallocShift;
      const base = BigInt.asUintN(8 * pool.m.wordSize, BigInt(address)).toString(16);
      return dumpChunk(pool, chunk, id, slot, id === 0 ? firstBase : base);
    });
  }
  /** The counts in front of a dump. */
  counts(): string {
    const { slots } = this.pool;
    return `PS empty_pop=${slots.emptyPages} populated=${slots.populatedPages} chunks=${this.ids.length}`;
  }
  /** What the recorder prints of the allocator's constants, as far as they are the allocator's own. */
  constants(): ReadonlyMap<string, number> {
    const { slots, units } = this.pool;
    return new Map([
      ['unit_size', units.unitSize],
      ['unit_pages', slots.unitPages],
      ['nr_slots', slots.count],
      ['free_slot', slots.free],
      ['sidelined', slots.sidelined],
      ['to_depopulate', slots.toDepopulate],
    ]);
  }
}

const NOT_COMPARED = [
  'where the first chunk lies: another kernel’s boot placed it',
  'the size of struct pcpu_chunk: the recorded kernels have no CONFIG_MEMCG_KMEM',
];

/** @throws TraceError for a damaged file */
export function replayPercpu(json: object, now: () => number): ReplayResult {
  if (isObject(json) && !Array.isArray(json.segments)) return replayEdges(json, undefined, now);
  const { setup, segments } = json as { readonly setup?: Json; readonly segments: readonly Json[] };
  const dumps = segments.map((s, i) => {
    if (!isObject(s)) throw new TraceError(`segments[${i}] must be an object`);
    const ops = String(s.ops).trim();
    return { ops: ops === '' ? [] : ops.split(/\s+/), dump: strings(s.dump, `segments[${i}].dump`) };
  });
  const recorded = new RecordedPercpu(json);
  const differences: string[] = [];
  const compare = (what: string, got: string, wanted: string | undefined): void => {
    if (got !== wanted) differences.push(`${what}: ${wanted ?? 'nothing'} was recorded, the emulator has ${got}`);
  };
  const constants = fieldsOf(strings(setup, 'setup').find((line) => line.startsWith('PI ')) ?? '');
  for (const [name, value] of recorded.constants()) compare(name, String(value), constants.get(name));
  const [first] = dumps;
  if (!first) throw new TraceError('"segments" is empty');
  const chunks = readDump(first.dump);
  recorded.load(chunks);
  const firstBase = chunks.find((c) => c.id === 0)?.fields.get('base') ?? '';
  compareDump(recorded, withoutBlocks(first.dump), firstBase, compare);

  const live = new Map<number, number>();
  let done = 0;
  let states = 1;
  const start = now();
  for (const [i, { ops, dump }] of dumps.entries()) {
    for (const op of ops) {
      const got = operate(recorded, live, op);
      if (got !== undefined)
        return result(done, states, { index: done, op, got }, ['not compared'], now() - start, NOT_COMPARED);
      done++;
    }
    if (i === 0) continue;
    // the module's operations ran without a pause: the worker had its turn when they were over
    if (i === dumps.length - 1) recorded.balance();
    compareDump(recorded, dump, firstBase, compare);
    states++;
  }
  return result(done, states, null, differences, now() - start, NOT_COMPARED);
}
function result(
  ops: number,
  states: number,
  firstMismatch: ReplayResult['firstMismatch'],
  differences: readonly string[],
  ms: number,
  notCompared: readonly string[],
): ReplayResult {
  const finalState = differences.length === 0 ? 'identical' : differences;
  return { ops, states, firstMismatch, finalState, notCompared, nsPerOp: Math.round((ms * 1e6) / Math.max(1, ops)) };
}
/** Repeats one operation: `size/align=chunk.offset`, or `-id`. What it gave, if that is something else. */
function operate(recorded: RecordedPercpu, live: Map<number, number>, op: string): string | undefined {
  const { percpu } = recorded;
  if (op.startsWith('-')) {
    const ptr = live.get(Number(op.slice(1)));
    if (ptr === undefined) throw new TraceError(`"${op}" frees what is not allocated`);
    percpu.freePercpu(ptr);
    return undefined;
  }
  const match = /^(\d+)\/(\d+)=(-?\d+)\.(-?\d+)$/.exec(op);
  if (!match) throw new TraceError(`"${op}" is neither "size/align=chunk.offset" nor "-id"`);
  const [size, align, id, offset] = match.slice(1).map(Number) as [number, number, number, number];
  const ptr = percpu.allocPercpu(size, align);
  live.set(live.size, ptr);
  if (ptr === 0) return id < 0 ? undefined : 'NULL';
  const place = recorded.place(ptr);
  return place.id === id && place.offset === offset ? undefined : `${place.id}.${place.offset}`;
}
const withoutBlocks = (dump: readonly string[]): string[] => dump.filter((line) => !line.startsWith('PB block'));
/** Compares the lists with a dump, which may be there twice: before and after a pause in which nothing happened. */
function compareDump(
  recorded: RecordedPercpu,
  dump: readonly string[],
  firstBase: string,
  compare: (what: string, got: string, wanted: string | undefined) => void,
): void {
  const [counts, ...rest] = dump[0]?.startsWith('PS') ? dump : [undefined, ...dump];
  if (counts !== undefined) compare('counts', recorded.counts(), counts);
  const lines = recorded.dump(firstBase);
  const times = Math.max(1, Math.round(rest.length / lines.length));
  const printed = Array.from({ length: times }, () => lines).flat();
  for (let i = 0; i < Math.max(printed.length, rest.length); i++) {
    const what = (printed[i] ?? rest[i] ?? '').split(' ', 2).join(' ');
    compare(what, printed[i] ?? 'nothing', rest[i]);
  }
}

/**
 * Requests at the limits, `PE size= align= ret= chunk= off=`, each given back at once. The state before is not in the file.
 * @param state a file of the same machine that has it
 */
export function replayEdges(json: object, state: object | undefined, now: () => number): ReplayResult {
  const recorded = new RecordedPercpu(json);
  if (state) {
    const segments = isObject(state) && Array.isArray(state.segments) ? state.segments : [];
    recorded.load(readDump(strings(isObject(segments[0]) ? segments[0].dump : undefined, 'segments[0].dump')));
  }
  const lines = strings(isObject(json) ? json.lines : undefined, 'lines');
  const start = now();
  for (const [index, op] of lines.entries()) {
    const fields = fieldsOf(op);
    const ptr = recorded.percpu.allocPercpu(Number(fields.get('size')), Number(fields.get('align')));
    const place = ptr === 0 ? { id: -1, offset: -1 } : recorded.place(ptr);
    if (ptr !== 0) recorded.percpu.freePercpu(ptr);
    const at = state ? ` chunk=${place.id} off=${place.offset}` : '';
    const got = `ret=${ptr === 0 ? 0 : 1}${at}`;
    const wanted = op.slice(op.indexOf('ret='));
    if (state ? got !== wanted : !wanted.startsWith(got))
      return result(lines.length, 0, { index, op, got }, ['not compared'], now() - start, NOT_COMPARED);
  }
  const left = state ? NOT_COMPARED : ['places: the state before is not in the file', ...NOT_COMPARED];
  return result(lines.length, 0, null, [], now() - start, left);
}
