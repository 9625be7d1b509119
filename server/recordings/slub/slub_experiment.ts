/**
 * The experiment `slab` on Debian's kernel: caches of many sizes, filled with two slabs and two objects, some of them freed and taken again,
 * half of them freed, then all, and shrunk; and one cache with forty full slabs. After each step the counts of lists are recorded. The steps
 * are repeated; addresses are random.
 */
import type { ReplayResult } from '../replay_result';
import { archOfRun, experimentLines, field, isObject, type JsonObject, num, TraceError } from '../trace_json';
import { PREEMPT, RecordedSlub } from './slub_machine';

/** The recorder has room for so many objects of a cache. */
const MOST_OBJECTS = 400;
/** labpart: slabs that are filled, and objects between two states while all are freed */
const FULL_SLABS = 40;
const FREED_AT_ONCE = 80;
/** flags that SLUB adds itself */
const OWN_FLAGS = 0xc0000000;
/** fields of struct kmem_cache by the recording's names */
const FIELDS = [
  'flags',
  'size',
  'object_size',
  'inuse',
  'offset',
  'align',
  'allocflags',
  'refcount',
  'min_partial',
  'cpu_partial',
  'cpu_partial_slabs',
];

/** Repeats the experiment. @throws TraceError for a damaged file */
export function replaySlabExperiment(json: object, now: () => number): ReplayResult {
  const root: JsonObject = isObject(json) ? json : {};
  const run = field(root, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const begin = now();
  const experiment = new SlabExperiment(
    new RecordedSlub({
      arch: archOfRun(run).arch,
      memory: num(run, 'ram_mb', 'run') * 2 ** 20,
      cpus: num(run, 'cpus', 'run'),
      options: { freelistRandom: true, freelistHardened: true },
      preempt: PREEMPT,
      parameters: { slab_nomerge: '' },
    }),
  );
  const lines = (experimentLines(json, 'slab') ?? []).filter(isObject);
  for (const line of lines) experiment.line(line);
  const { states, differences, left } = experiment;
  return {
    ops: experiment.ops,
    states,
    firstMismatch: null,
    finalState: differences.length === 0 ? 'identical' : differences,
    notCompared: [
      'addresses of objects: they are random',
      'lab40000, whose slabs hold one object: which objects are freed is not recorded',
      ...(left.size > 0 ? [`caches that became another name of one of the kernel's: ${[...left].join(', ')}`] : []),
    ],
    nsPerOp: Math.round(((now() - begin) * 1e6) / Math.max(1, experiment.ops)),
  };
}

class SlabExperiment {
  ops = 0;
  states = 0;
  readonly differences: string[] = [];
  /** caches that are not repeated */
  readonly left = new Set<string>();
  private cache = 0;
  private perSlab = 0;
  private objects: number[] = [];

  constructor(private readonly machine: RecordedSlub) {}

  line(line: JsonObject): void {
    const name = String(line.name);
    if (line.kind !== 'cache' && line.kind !== 'reuse_active_slab') return;
    if (!name.startsWith('lab')) this.left.add(name);
    if (!name.startsWith('lab') || name === 'lab40000') return;
    if (line.kind === 'reuse_active_slab') {
      this.reuse(line, name);
      return;
    }
    const what = String(line.what);
    this.perform(what, line, name);
    this.compare(what, line, name);
  }
  /** What the recorder did before it wrote the line. */
  private perform(what: string, line: JsonObject, name: string): void {
    if (what === 'created' || what === 'part_full40') this.create(line, name);
    const { objects } = this;
    const freed = /^part_one_free_(\d+)$/.exec(what);
    const reversed = /^part_free_rev_(\d+)$/.exec(what);
    if (what === 'after_2_slabs_plus_2') this.fill(Math.min(2 * this.perSlab + 2, MOST_OBJECTS));
    else if (what === 'part_full40') this.fill(FULL_SLABS * this.perSlab);
    else if (what === 'half_freed') this.freeAt(objects.flatMap((_, i) => (i % 2 === 0 ? [i] : [])));
    else if (what === 'all_freed') this.freeAt([...objects.keys()]);
    else if (freed) this.freeAt(range(Number(freed[1])).map((slab) => slab * this.perSlab));
    else if (what === 'part_refilled')
      for (const slab of range(FULL_SLABS)) objects[slab * this.perSlab] = this.allocate();
    else if (reversed) this.freeAt(range(FREED_AT_ONCE).map((i) => Number(reversed[1]) + FREED_AT_ONCE - 1 - i));
    else if (what === 'shrunk' || what === 'part_shrunk') this.machine.slub.shrink(this.cache);
  }
  private create(line: JsonObject, name: string): void {
    this.cache = this.machine.create({
      name,
      size: num(line, 'object_size', name),
      align: num(line, 'align', name),
      flags: Number(line.flags) & ~OWN_FLAGS,
      ctor: line.ctor === 1,
    });
    this.perSlab = num(line, 'oo_objects', name);
    this.objects = [];
  }
  private allocate(): number {
    this.ops++;
    return this.machine.slub.alloc(this.cache, this.machine.kernel.gfp.kernel, -1, 0);
  }
  private fill(count: number): void {
    for (let i = 0; i < count; i++) this.objects.push(this.allocate());
  }
  /** Frees what is there at these places. */
  private freeAt(places: readonly number[]): void {
    for (const i of places) {
      const object = this.objects[i] ?? 0;
      if (object === 0) continue;
      this.ops++;
      this.machine.slub.free(this.cache, object);
      this.objects[i] = 0;
    }
  }
  /** Three objects of a slab that is not the CPU's are freed and three taken; then two of the CPU's slab: the last freed comes first. */
  private reuse(line: JsonObject, name: string): void {
    const { objects } = this;
    this.freeAt([0, 1, 2]);
    for (const i of [0, 1, 2]) objects[i] = this.allocate();
    const [first, second] = [objects.at(-1) as number, objects.at(-2) as number];
    this.freeAt([objects.length - 2, objects.length - 1]);
    objects[objects.length - 2] = this.allocate();
    objects[objects.length - 1] = this.allocate();
    this.states++;
    const lifo = objects.at(-2) === first && objects.at(-1) === second;
    // with random places, only objects of the CPU's slab come back; a slab that is full has none
    if (Number(lifo) !== line.lifo && this.machine.slub.slabOf(first) === this.machine.slub.slabOf(second))
      this.differences.push(`${name}: last freed first: ${lifo}, recorded ${line.lifo}`);
  }

  private compare(what: string, line: JsonObject, name: string): void {
    this.states++;
    const got: Record<string, unknown> = { ...this.lists(), ...(what === 'created' ? this.fields() : {}) };
    for (const [key, value] of Object.entries(got)) {
      const want = key === 'cpu0' ? line[key] : Number(line[key]);
      if (value !== want) this.differences.push(`${name} ${what}: ${key} is ${value}, recorded ${want}`);
    }
  }
  private lists(): Record<string, unknown> {
    const { cpus, nodes } = this.machine.slub.views.cache(this.cache);
    const [cpu] = cpus;
    const [node] = nodes;
    const slab = cpu?.slab;
    const partial = cpu?.partial[0]?.slabs ?? 0;
    return {
      n0_partial: node?.nrPartial,
      n0_slabs: node?.nrSlabs,
      n0_objs: node?.totalObjects,
      cpu0: slab
        ? `slab:1,inuse:${slab.inuse},objects:${slab.objects},frozen:${+slab.frozen},partial_slabs:${partial}`
        : `slab:0,inuse:-1,objects:-1,frozen:-1,partial_slabs:${partial}`,
    };
  }
  private fields(): Record<string, number> {
    const { space, layouts } = this.machine.kernel;
    const read = (name: string) => space.read32(this.cache + layouts.offset('kmem_cache', name));
    return {
      ...Object.fromEntries(FIELDS.map((name) => [name, read(name)])),
      oo_order: read('oo') >>> 16,
      oo_objects: read('oo') & 0xffff,
      min_order: read('min') >>> 16,
      min_objects: read('min') & 0xffff,
    };
  }
}
const range = (n: number): number[] => [...Array(n).keys()];
