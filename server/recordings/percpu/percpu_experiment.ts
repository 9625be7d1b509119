/**
 * Recorded calls of a module on Debian's kernels (`experiments.percpu`): requests of eleven sizes, alignments, 1024 bytes after another until
 * new chunks are made. What had been allocated before is not recorded: what the module was given counts as free, what lies in front of it as
 * taken.
 */
import { defaultConfig } from '../../kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../kernel/kernel';
import { PCPU_BITMAP_BLOCK_BITS, PCPU_MIN_ALLOC_SIZE } from '../../kernel/mm/percpu/pcpu_units';
import type { PerCpu } from '../../kernel/mm/percpu/percpu';
import { PAGE_SIZE } from '../../types/pageSize';
import { compareLines, type Printed, pointerText } from '../experiment_lines';
import type { ReplayResult } from '../replay_result';
import { archOfRun, experimentLines, field, isObject, type JsonObject, num, TraceError } from '../trace_json';

/** bytes that the module asked for when it looked at reuse, at alignments, and when it filled chunks: as the distances in the recordings show */
const REUSE_BYTES = 8;
const ALIGN_BYTES = 4;
const FILL_BYTES = 1024;
const ALIGN = 8;
/** more than any request may have */
const TOO_BIG = 65536;
const TWO32 = 2 ** 32;

/** A place that the module was given, on the first CPU: bytes from the first chunk's base. */
interface Place {
  readonly at: number;
  readonly bytes: number;
}
/** An address of the recording, as the emulator's numbers are. */
const addressOf = (k: Kernel, text: unknown): number => {
  const bits = BigInt(String(text).split(',')[0] as string);
  return k.abi.wordSize === 8 ? Number(BigInt.asIntN(64, bits)) : Number(bits);
};

class Module {
  private readonly percpu: PerCpu;
  /** what is to be added to addresses of the first chunk, so that they are the recorded machine's */
  private readonly shift: number;
  private readonly live: number[] = [];
  private filled = 0;

  constructor(
    private readonly k: Kernel,
    private readonly lines: readonly JsonObject[],
  ) {
    this.percpu = k.allocators.percpu;
    const offset = addressOf(k, lines.find((l) => l.__per_cpu_offset !== undefined)?.__per_cpu_offset);
    this.shift = this.wrap(offset - k.percpu.offset(0));
    this.prepare();
  }
  private wrap(address: number): number {
    return this.k.abi.wordSize === 4 ? ((address % TWO32) + TWO32) % TWO32 : address;
  }
  /** The places of the recording: addresses of the emulator's first chunk, or of others. */
  private places(): Place[] {
    return this.lines.flatMap((line) => {
      const address = line.addrs ?? line.ptr0 ?? (line.text === 'reuse_after_free' ? undefined : line.static_var);
      if (address === undefined || (line.static_var !== undefined && line.cpu !== 0)) return [];
      const bytes = line.size ?? (line.text === 'fill' ? FILL_BYTES : ALIGN_BYTES);
      return [{ at: addressOf(this.k, address), bytes: Math.ceil(Number(bytes) / ALIGN_BYTES) * ALIGN_BYTES }];
    });
  }
  /** Takes all that the module was not given. */
  private prepare(): void {
    const { pool, vm } = this.percpu;
    const { chunks, slots } = pool;
    const places = this.places();
    const firstPlaces = places.map(({ at, bytes }) => ({ at: this.wrap(at - this.shift), bytes }));
    this.takeOthers(
      pool.first,
      firstPlaces.filter(({ at }) => chunks.holds(pool.first, at)),
    );
    const chunk = vm.create(this.k.gfp.kernel);
    if (chunk === 0) throw new TraceError('no memory for a chunk');
    slots.relocate(chunk, -1);
    const inChunk = places.filter(({ at }) => chunks.holds(chunk, at));
    const ofSizes = this.lines
      .filter((line) => line.size !== undefined)
      .map((line) => addressOf(this.k, line.addrs))
      .filter((at) => chunks.holds(chunk, at));
    // behind the first of the places that were given one after the other, the chunk is free
    const tail = Math.min(...ofSizes);
    const end = chunks.base(chunk) + slots.unitPages * PAGE_SIZE;
    const pages = Math.ceil((tail - chunks.base(chunk)) / PAGE_SIZE);
    vm.populate(chunk, 0, pages, this.k.gfp.kernel);
    slots.setPopulated(chunk, 0, pages, true);
    this.takeOthers(chunk, [...inChunk.filter(({ at }) => at < tail), { at: tail, bytes: end - tail }]);
  }
  /** Allocates what is free in a chunk and not one of these places. */
  private takeOthers(chunk: number, places: readonly Place[]): void {
    const { pool } = this.percpu;
    const { chunks, areas } = pool;
    const keep = new Uint8Array(chunks.pages(chunk) * PCPU_BITMAP_BLOCK_BITS);
    for (const { at, bytes } of places) {
      const first = (at - chunks.base(chunk)) / PCPU_MIN_ALLOC_SIZE;
      keep.fill(1, first, first + bytes / PCPU_MIN_ALLOC_SIZE);
    }
    const map = chunks.allocMap(chunk);
    const wanted = (bit: number) => keep[bit] === 0 && !chunks.bitmaps.test(map, bit);
    for (let bit = 0; bit < keep.length; bit++) {
      if (!wanted(bit)) continue;
      let end = bit;
      while (end < keep.length && wanted(end)) end++;
      areas.alloc(chunk, end - bit, 1, bit);
      bit = end;
    }
  }

  /** The line that the module printed there, as the emulated machine gives it. */
  print(line: JsonObject): Printed {
    const { kind } = line as { readonly kind: string };
    if (line.cpu !== undefined) return { kind, ...this.cpuLine(Number(line.cpu)) };
    if (line.pcpu_base_addr !== undefined)
      return { kind, pcpu_base_addr: pointerText(this.wrap(this.percpu.pool.units.base + this.shift)) };
    if (line.size !== undefined)
      return { kind, size: Number(line.size), ...this.given(Number(line.size), ALIGN, true) };
    if (line.text === 'reuse_after_free') {
      this.freeAll();
      const { cookie } = this.given(REUSE_BYTES, ALIGN, false);
      this.freeAll();
      return { kind, text: 'reuse_after_free', cookie };
    }
    if (line.text === 'align') {
      const { cookie, addrs } = this.given(ALIGN_BYTES, Number(line.req), false);
      return { kind, text: 'align', req: Number(line.req), cookie, ptr0: addrs.split(',')[0] as string };
    }
    if (line.text === 'fill') {
      if (this.filled === 0) this.freeAll();
      for (; this.filled < Number(line.k); this.filled++) this.given(FILL_BYTES, ALIGN, false);
      this.filled++;
      return { kind, text: 'fill', k: Number(line.k), ...this.given(FILL_BYTES, ALIGN, true) };
    }
    if (line.text === 'too_big')
      return { kind, text: 'too_big', ptr: pointerText(this.percpu.allocPercpu(TOO_BIG, ALIGN)) };
    throw new TraceError(`"${JSON.stringify(line)}" is not a line of the experiment`);
  }
  /** A variable of the module's, in the part that is reserved for modules if there is one. */
  private staticVar = 0;
  private cpuLine(cpu: number): Printed {
    const { percpu } = this.k;
    if (cpu === 0) this.staticVar = this.percpu.allocPercpu(ALIGN_BYTES, ALIGN_BYTES, this.k.gfp.kernel, true);
    return {
      cpu,
      __per_cpu_offset: pointerText(this.wrap(percpu.offset(cpu) + this.shift)),
      static_var: pointerText(this.wrap(percpu.va(cpu, this.staticVar) + this.shiftOf(this.staticVar))),
    };
  }
  private inFirst(ptr: number): boolean {
    const { pool } = this.percpu;
    const address = pool.addressOfPointer(ptr);
    return [pool.first, pool.reserved].some((chunk) => chunk !== 0 && pool.chunks.holds(chunk, address));
  }
  /** Other chunks lie where the recorded machine has them. */
  private shiftOf(ptr: number): number {
    return this.inFirst(ptr) ? this.shift : 0;
  }
  private freeAll(): void {
    for (const ptr of this.live.splice(0)) this.percpu.freePercpu(ptr);
  }
  private given(bytes: number, align: number, details: boolean) {
    const { percpu, k } = this;
    const ptr = percpu.allocPercpu(bytes, align);
    this.live.push(ptr);
    const shift = this.shiftOf(ptr);
    const addrs = Array.from({ length: percpu.pool.units.cpus }, (_, cpu) =>
      pointerText(this.wrap(k.percpu.va(cpu, ptr) + shift)),
    ).join(',');
    const cookie = pointerText(this.wrap(ptr + shift - this.shift));
    return {
      cookie,
      addrs,
      ...(details ? { vmalloc: this.inFirst(ptr) ? 0 : 1 } : {}),
      ...(details && !this.filled ? { align } : {}),
    };
  }
}

/** @throws TraceError for a damaged file */
export function replayPercpuExperiment(json: object, now: () => number): ReplayResult {
  const run = field(isObject(json) ? json : {}, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const recorded = experimentLines(json, 'percpu') ?? [];
  const lines = recorded.filter((line): line is JsonObject => isObject(line) && line.kind === 'percpu');
  const { config } = defaultConfig();
  const machine = defaultConfig({
    arch: archOfRun(run).arch,
    memory: num(run, 'ram_mb', 'run') * 2 ** 20,
    cpus: num(run, 'cpus', 'run'),
    config: { ...config, KASAN: false },
  });
  const module = new Module(bootKernel(machine, { journal: false }), lines);
  const start = now();
  const printed = lines.map((line) => module.print(line));
  const left = ['what was allocated before: taken from the places that the module was given'];
  return compareLines(recorded, printed, left, Math.round(((now() - start) * 1e6) / Math.max(1, lines.length)));
}
