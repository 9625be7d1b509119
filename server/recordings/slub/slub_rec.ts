/**
 * Recorded runs of SLUB on Debian's kernel (`head`, `ops` of a slubtrace): objects, slabs with their random freelists, and the lists after
 * each operation. What new slabs are called and where in random_seq their freelists start is taken from the recording; the rest is compared.
 */
import type { ReplayResult } from '../replay_result';
import { archOfRun, field, isObject, type JsonObject, num, TraceError } from '../trace_json';
import { type CacheToMake, PREEMPT, RecordedSlub } from './slub_machine';

interface RecordedCache extends CacheToMake {
  readonly sequence: readonly number[];
  /** the fields of struct kmem_cache that are recorded, by their names */
  readonly fields: Readonly<Record<string, number>>;
}
/** A line that is an operation, and what follows it. */
interface Operation {
  readonly line: number;
  readonly words: readonly string[];
  /** slabs that it makes: pfn and freelist */
  readonly made: readonly { readonly pfn: number; readonly order: readonly number[] }[];
  readonly discarded: readonly number[];
  /** state after it, where it changed: the line as recorded */
  readonly state: string | undefined;
}

const linesOf = (value: unknown): string[] | undefined =>
  Array.isArray(value) && value.every((line) => typeof line === 'string') ? value : undefined;

export const recordsSlub = (json: object): boolean =>
  isObject(json) && linesOf(json.head)?.some((line) => line.startsWith('begin exp=slubtrace')) === true;

/** Repeats a recorded run of SLUB. With `rt` nothing goes a fast path: the result is the same. @throws TraceError for a damaged one */
export function replaySlub(json: object, now: () => number, preempt = PREEMPT): ReplayResult {
  const root: JsonObject = isObject(json) ? json : {};
  const run = field(root, 'run', 'the file');
  const lines = linesOf(root.ops);
  if (!isObject(run) || !lines) throw new TraceError('"run" must be an object, and "ops" a list of lines');
  const replay = new SlubReplay(
    new RecordedSlub({
      arch: archOfRun(run).arch,
      memory: num(run, 'ram_mb', 'run') * 2 ** 20,
      cpus: num(run, 'cpus', 'run'),
      options: { freelistRandom: true, freelistHardened: true },
      preempt,
      parameters: { slab_nomerge: '' },
    }),
    (linesOf(root.head) ?? []).filter((line) => line.startsWith('cache ')).map(readCache),
  );
  return replay.run(readOperations(lines), now);
}

const POINTERS: readonly string[] = ['name', 'seq', 'random', 'idx'];

function readCache(line: string): RecordedCache {
  const fields = Object.fromEntries(line.split(' ').map((word) => word.split('='))) as Record<string, string>;
  const number = (name: string) => Number(fields[name]);
  return {
    name: fields.name ?? '',
    size: number('object_size'),
    align: number('align'),
    // those that SLUB adds are not asked for
    flags: number('flags') & ~0xc0000000,
    ctor: fields.name === 'rctor',
    sequence: (fields.seq ?? '')
      .split(',')
      .filter((n) => n !== '')
      .map(Number),
    fields: Object.fromEntries(
      Object.keys(fields)
        .filter((name) => !POINTERS.includes(name) && fields[name] !== undefined)
        .map((name) => [name, number(name)]),
    ),
  };
}
function readOperations(lines: readonly string[]): Operation[] {
  const operations: Operation[] = [];
  for (let i = 0; i < lines.length; ) {
    const line = i;
    const words = (lines[i++] as string).split(' ');
    const made: { pfn: number; order: number[] }[] = [];
    const discarded: number[] = [];
    let state: string | undefined;
    for (; i < lines.length && /^[nds] /.test(lines[i] as string); i++) {
      const next = (lines[i] as string).split(' ');
      if (next[0] === 'n') made.push({ pfn: Number(next[2]), order: (next[5] ?? '').split(',').map(Number) });
      else if (next[0] === 'd') discarded.push(Number(next[2]));
      else state = next.slice(2).join(' ');
    }
    operations.push({ line, words, made, discarded, state });
  }
  return operations;
}

class SlubReplay {
  private readonly addresses: readonly number[];
  /** objects by cache and slot, and of the last bulk allocation */
  private readonly slots = new Map<string, number>();
  private bulk: readonly number[] = [];
  private states = 0;
  private readonly differences: string[] = [];

  constructor(
    private readonly machine: RecordedSlub,
    private readonly caches: readonly RecordedCache[],
  ) {
    this.addresses = caches.map((cache) => {
      const address = machine.create(cache);
      machine.setSequence(address, cache.sequence);
      return address;
    });
    caches.forEach((cache, i) => {
      this.compareFields(cache, this.addresses[i] as number);
    });
    machine.begin();
  }
  run(operations: readonly Operation[], now: () => number): ReplayResult {
    const begin = now();
    let firstMismatch: ReplayResult['firstMismatch'] = null;
    for (const operation of operations) {
      const got = this.repeat(operation);
      if (got === undefined) continue;
      firstMismatch = { index: operation.line, op: operation.words.join(' '), got };
      break;
    }
    return {
      ops: operations.length,
      states: this.states,
      firstMismatch,
      finalState: this.differences.length === 0 ? 'identical' : this.differences,
      notCompared: [
        'frames of new slabs, and where in random_seq their freelists start: they are taken from the recording',
      ],
      nsPerOp: Math.round(((now() - begin) * 1e6) / Math.max(1, operations.length)),
    };
  }
  /** Repeats one operation: what differs from the recording, undefined if nothing does. */
  private repeat(operation: Operation): string | undefined {
    const { machine } = this;
    const [kind, first, second, third, pfn, index] = operation.words as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const number = Number(kind === 'a' || kind === 'f' ? second : first);
    const cache = this.addresses[number];
    const recorded = this.caches[number];
    if (cache === undefined || !recorded) throw new TraceError(`line ${operation.line}: no cache ${number}`);
    machine.coming = operation.made.map((slab) => ({
      id: slab.pfn,
      start: Math.max(0, recorded.sequence.indexOf(slab.order[0] as number)),
    }));
    machine.gone = [];
    machine.cpu = kind === 'a' || kind === 'f' ? Number(first) : 0;
    let got: string | undefined;
    if (kind === 'a') {
      const object = machine.slub.alloc(cache, machine.kernel.gfp.kernel, -1, recorded.size);
      this.slots.set(`${second} ${third}`, object);
      got = this.differs(this.nameOf(cache, object), `${pfn}:${index}`);
    } else if (kind === 'f') machine.slub.free(cache, this.takeSlot(`${second} ${third}`));
    else if (kind === 'k') return this.shrink(cache, operation);
    else if (kind === 'A') {
      this.bulk = machine.slub.allocBulk(cache, machine.kernel.gfp.kernel, Number(second));
      got = this.differs(this.bulk.map((object) => this.nameOf(cache, object)).join(','), third);
    } else if (kind === 'F') machine.slub.freeBulk(cache, this.bulk);
    else throw new TraceError(`line ${operation.line}: "${kind}" is not an operation`);
    return got ?? this.compareAfter(cache, operation);
  }
  private takeSlot(slot: string): number {
    const object = this.slots.get(slot);
    if (object === undefined) throw new TraceError(`slot ${slot} is freed and has no object`);
    this.slots.delete(slot);
    return object;
  }
  /** On a real machine each CPU flushes in a worker of its own, in any order: one of them has to give the recorded state. */
  private shrink(cache: number, operation: Operation): string | undefined {
    const { machine } = this;
    let first: string | undefined;
    for (const order of permutations(machine.kernel.config.cpus)) {
      const got: { text: string | undefined } = { text: undefined };
      const good = machine.attempt(() => {
        machine.slub.shrink(cache, order);
        got.text = this.compareAfter(cache, operation);
        return got.text === undefined;
      });
      if (good) return undefined;
      first ??= got.text;
    }
    return first;
  }
  private compareAfter(cache: number, { made, discarded, state }: Operation): string | undefined {
    const { machine } = this;
    if (machine.coming.length > 0) return `${made.length - machine.coming.length} of ${made.length} new slabs`;
    // the recorder looks which of its slabs are gone, in an order of its own
    const sorted = (slabs: readonly number[]) => [...slabs].sort((a, b) => a - b).join(',');
    const gone = this.differs(sorted(machine.gone), sorted(discarded));
    if (gone !== undefined) return `slabs given back: ${gone}`;
    if (state === undefined) return undefined;
    this.states++;
    return this.differs(this.state(cache), state);
  }
  private differs(got: string, want: string): string | undefined {
    return got === want ? undefined : `${got}, recorded ${want}`;
  }
  private nameOf(cache: number, object: number): string {
    const { slab, index } = this.machine.objectOf(cache, object);
    return `${slab}:${index}`;
  }
  /** A cache's lists as the recording writes them. */
  private state(cache: number): string {
    const { machine } = this;
    const { cpus, nodes } = machine.slub.views.cache(cache);
    const [node] = nodes;
    const parts = cpus.map((cpu, i) => {
      const slab = cpu.slab ? machine.nameOf(cpu.slab.slab) : -1;
      const partial = cpu.partial.map((s) => `${machine.nameOf(s.slab)}:${s.inuse}:${s.slabs}`);
      return `c${i}=${slab}/${cpu.free[0] ?? -1} p${i}=${partial.join(',')}`;
    });
    const partial = (node?.partial ?? []).map((s) => `${machine.nameOf(s.slab)}:${s.inuse}`);
    return `${parts.join(' ')} n=${node?.nrPartial}:${partial.join(',')} s=${node?.nrSlabs}`;
  }
  /** The fields of struct kmem_cache. */
  private compareFields(recorded: RecordedCache, cache: number): void {
    const { space, layouts } = this.machine.kernel;
    const read = (name: string) => space.read32(cache + layouts.offset('kmem_cache', name));
    for (const [name, want] of Object.entries(recorded.fields)) {
      const got = /^(oo|min)_(order|objects)$/.test(name) ? ooField(name, read) : read(name);
      if (got !== want) this.differences.push(`${recorded.name}: ${name} is ${got}, recorded ${want}`);
    }
    this.states++;
  }
}
function ooField(name: string, read: (field: string) => number): number {
  const [field = '', part] = name.split('_');
  return part === 'order' ? read(field) >>> 16 : read(field) & 0xffff;
}
export function permutations(n: number): number[][] {
  if (n <= 1) return [[0]];
  return permutations(n - 1).flatMap((p) =>
    Array.from({ length: n }, (_, i) => [...p.slice(0, i), n - 1, ...p.slice(i)]),
  );
}
