/**
 * Recorded caches of SLAB and SLOB: each is created as there, and the fields of its struct kmem_cache compared; the kernel's own caches of
 * kmalloc, which class a size takes; with `slab_merge`, which cache a new one becomes another name of.
 */
import { CFLGS_OBJFREELIST_SLAB, CFLGS_OFF_SLAB } from '../../kernel/mm/slab/slab/slab_geometry';
import { SLAB_KMALLOC } from '../../profiles/slabFlags';
import { PAGE_SIZE } from '../../types/pageSize';
import type { ReplayResult } from '../replay_result';
import { field, isObject, type JsonObject, TraceError } from '../trace_json';
import { list, type Row, rowsOf, texts } from './slab_json';
import { recordedRun, SlabTestMachine, SlobTestMachine, type TestMachine } from './slab_machine';

export function recordsSlabGeometry(json: object): boolean {
  const run = isObject(json) ? json.run : undefined;
  const isOurs = isObject(run) && (run.alloc === 'SLAB' || run.alloc === 'SLOB');
  return isOurs && isObject(json) && Array.isArray(json.columns) && Array.isArray(json.rows);
}
/** @param boot the kernel's own caches, which new ones may be merged with: the file of them, where it is known */
export function replaySlabGeometry(json: object, now: () => number, boot?: object): ReplayResult {
  if (!isObject(json)) throw new TraceError('the file is not an object');
  const replay = new SlabGeometry(json);
  const start = now();
  if (boot) replay.makeBootCaches(boot);
  replay.run(boot !== undefined);
  return replay.result(now() - start);
}

class SlabGeometry {
  private readonly machine: TestMachine;
  private readonly merges: boolean;
  /** the file is of the kernel's own caches */
  private readonly isBoot: boolean;
  private readonly cpus: number;
  private readonly names = new Set<string>();
  private rows = 0;
  private fields = 0;
  private mismatch: ReplayResult['firstMismatch'] = null;

  constructor(private readonly json: JsonObject) {
    const run = recordedRun(json);
    const { alloc } = field(json, 'run', 'the file') as JsonObject;
    this.machine = alloc === 'SLAB' ? new SlabTestMachine(run) : new SlobTestMachine(run);
    this.merges = run.parameters.slab_merge !== undefined;
    this.isBoot = json.states !== undefined;
    this.cpus = run.cpus;
  }
  private named(name: string): number {
    const { slab } = this.machine;
    for (const cache of slab.allCaches()) if (slab.fields.name(cache) === name) return cache;
    return 0;
  }
  /** The kernel's own caches, oldest first, those that this kernel does not have. */
  makeBootCaches(boot: object): void {
    if (!isObject(boot)) throw new TraceError('the file of the caches of boot is not an object');
    const { slab } = this.machine;
    for (const row of rowsOf(boot, 'columns', 'rows').reverse()) {
      const name = String(row.name);
      const cache = this.named(name) || this.create(row, name);
      slab.fields.setRefcount(cache, Number(row.refcount));
      this.names.add(name);
    }
  }

  run(bootKnown: boolean): void {
    const rows = rowsOf(this.json, 'columns', 'rows');
    for (const row of this.isBoot ? rows.reverse() : rows) {
      // an alias of a cache that is not known here, or of one that is not as when it was made
      const skipped = this.merges && !bootKnown && Number(row.refcount) !== 1;
      if (!skipped) this.row(row);
    }
    for (const row of rowsOf(this.json, 'kmalloc_columns', 'kmalloc_caches'))
      this.compareCache(this.named(String(row.name)), row, false);
    for (const text of texts(this.json.failed, 'failed')) this.failure(text);
    for (const row of list(this.json.kmalloc_first_size_of_cache ?? [], 'kmalloc_first_size_of_cache'))
      this.firstSize(list(row, 'kmalloc_first_size_of_cache').map(String));
    for (const text of texts(this.json.kmalloc_sizes, 'kmalloc_sizes')) this.usableSize(text);
  }
  result(ms: number): ReplayResult {
    return {
      ops: this.rows,
      states: this.fields,
      firstMismatch: this.mismatch,
      finalState: 'identical',
      notCompared: [
        'the size of struct kmem_cache itself: this kernel has 1024 nodes and random_seq',
        'the reference count of kmalloc-…: with memory cgroups, which the recorded kernels have not, nothing is merged with them',
        ...(this.merges ? ['aliases of caches that only the recorded kernel has made at boot'] : []),
      ],
      nsPerOp: Math.round((ms * 1e6) / Math.max(1, this.rows)),
    };
  }

  // ---------------------------------------------------------------- caches
  private create(row: Row, name: string): number {
    const { slab } = this.machine;
    const text = slab.caches.constName(name);
    return slab.create({
      name: text,
      size: Number(row.size),
      align: Number(row.align),
      flags: Number(row.flags) & ~(CFLGS_OBJFREELIST_SLAB | CFLGS_OFF_SLAB | SLAB_KMALLOC),
      ctor: Number(row.ctor) === 1 ? text : 0,
      useroffset: 0,
      usersize: Number(row.usersize ?? 0),
    });
  }
  private row(row: Row): void {
    const { slab } = this.machine;
    const name = row.name === undefined ? 'lab' : String(row.name);
    const own = this.isBoot ? this.named(name) : 0;
    if (name === 'kmem_cache') return;
    const cache = own || this.create(row, this.names.has(name) ? 'an alias' : name);
    this.names.add(name);
    this.compareCache(cache, row, this.isBoot && own === 0);
    if (!this.isBoot && !(this.merges && Number(row.size) <= PAGE_SIZE)) slab.caches.destroy(cache);
  }
  /** `late`: the recorded cache was made by boot, this one after it. */
  private compareCache(cache: number, row: Row, late: boolean): void {
    this.rows++;
    const got = cache === 0 ? { name: 'no such cache' } : this.fieldsOf(cache);
    for (const [name, value] of Object.entries(got)) {
      const want = row[name];
      // with memory cgroups nothing is merged into kmalloc's own
      if (name === 'refcount' && value === -1) continue;
      // CPUs that came up later were counted when the recorded cache was there already
      if (want === undefined || (late && name === 'free_limit' && Number(want) < Number(value))) continue;
      this.fields++;
      if (String(want) !== String(value)) this.differs(JSON.stringify(row), `${name} ${value}`);
    }
  }
  private differs(op: string, got: string): void {
    this.mismatch ??= { index: this.rows, op, got };
  }
  private fieldsOf(cache: number): Readonly<Record<string, number | string>> {
    const { slab } = this.machine;
    const { fields } = slab;
    const common = {
      name: fields.name(cache),
      object_size: fields.objectSize(cache),
      buffer_size: fields.size(cache),
      eff_align: fields.align(cache),
      refcount: fields.refcount(cache),
    };
    if (!(this.machine instanceof SlabTestMachine)) return common;
    const { structs, views } = { ...this.machine.slabAllocator.p, views: this.machine.slabAllocator.views };
    const { cache: at } = structs;
    const get = (offset: number) => structs.get(cache + offset);
    const flags = get(at.flags);
    const array = views.ofCpu(cache, this.cpus - 1);
    return {
      ...common,
      cflags: flags >>> 0,
      num: get(at.num),
      order: get(at.gfporder),
      colour: structs.getLong(cache + at.colour),
      colour_off: get(at.colour_off),
      freelist_size: get(at.freelist_size),
      layout: flags & CFLGS_OBJFREELIST_SLAB ? 'obj' : flags & CFLGS_OFF_SLAB ? 'off' : 'on',
      limit: array.limit,
      batchcount: array.batchcount,
      shared: get(at.shared),
      free_limit: views.node(cache, 0)?.freeLimit ?? 0,
      allocflags: get(at.allocflags),
    };
  }
  /** `4194312 0 20000 1`: size, align, flags, constructor of a cache that cannot be made */
  private failure(text: string): void {
    const [size, align, flags = '', ctor] = text.split(' ');
    this.rows++;
    const row = { size: Number(size), align: Number(align), flags: Number.parseInt(flags, 16), ctor: Number(ctor) };
    const cache = this.create(row, 'lab');
    if (cache === 0) return;
    this.differs(`${text} cannot be made`, 'a cache');
    this.machine.slab.caches.destroy(cache);
  }

  // ---------------------------------------------------------------- kmalloc
  private firstSize([size = '', name = '']: readonly string[]): void {
    const { slab } = this.machine;
    const names = [Number(size) - 1, Number(size)].map((n) => (n < 1 ? '' : slab.fields.name(slab.kmallocSlab(n))));
    this.rows++;
    if (names[1] !== name || names[0] === name) this.differs(`kmalloc(${size}): ${name}`, names.join(', '));
  }
  /** `9 ksize=10 roundup=16 slab=1 off=4072` */
  private usableSize(text: string): void {
    const [, size, ksize, roundup, slab] = /^(\d+) ksize=(\d+) roundup=(\d+) slab=(\d)/.exec(text) ?? [];
    const { kmallocs } = this.machine.slab;
    const { pageApi, pages, gfp } = this.machine.kernel;
    const block = kmallocs.kmalloc(Number(size), gfp.kernel);
    const isSlab = Number(pages.isSlab(pages.head(pageApi.virtToPfn(block))));
    const got = `${size} ksize=${kmallocs.ksize(block)} roundup=${kmallocs.sizeRoundup(Number(size))} slab=${isSlab}`;
    this.rows++;
    this.fields += 3;
    if (got !== `${size} ksize=${ksize} roundup=${roundup} slab=${slab}`) this.differs(text, got);
    kmallocs.kfree(block);
  }
}
