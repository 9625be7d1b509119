/**
 * Recorded page tables (`levels`, and `lines` that begin with T, P, R and W): the kernel's address space, what its tables map, and walks
 * down to single addresses. A machine with the same image and memory is booted, up to the same moment, and each entry is compared that
 * follows from the rules of boot. What the recording's own module mapped is mapped at the same addresses, for the walks.
 */
import { addressMap } from '../../kernel/arch/address_map';
import { flagsOf, frameOf, type PageTables, type WalkStep } from '../../kernel/arch/page_tables';
import { mappedRanges } from '../../kernel/arch/ptdump';
import type { Kernel } from '../../kernel/kernel';
import { _PAGE_PCD, _PAGE_PRESENT } from '../../profiles/commonConstants';
import { PAGE_SIZE } from '../../types/pageSize';
import type { ReplayResult } from '../replay_result';
import { isObject, TraceError } from '../trace_json';
import { addressOf, bootSmallKernel, constantsOf, hexOf, linesOf, runOf } from './small_kernel';

export const recordsPageTables = (json: object): boolean =>
  isObject(json) && typeof json.levels === 'number' && Array.isArray(json.lines);

const hex = (n: number): string => BigInt.asUintN(n < 0 ? 64 : 53, BigInt(n)).toString(16);

/** `pgd[273]@1a09888=1c00067` */
interface RecordedStep {
  readonly level: string;
  readonly index: number;
  readonly low: number;
  readonly entry: bigint;
}
interface RecordedWalk {
  readonly name: string;
  readonly va: number;
  readonly steps: readonly RecordedStep[];
}
/** What one entry maps. */
interface Leaf {
  readonly size: number;
  readonly flags: string;
  readonly phys: number;
}

function walksOf(lines: readonly string[]): RecordedWalk[] {
  return lines.flatMap((line) => {
    const [kind, name = '', va = '', ...rest] = line.split(' ');
    if (kind !== 'W') return [];
    const steps = rest.flatMap((text): RecordedStep[] => {
      const m = text.match(/^(\w+)\[(\d+)\]@[0-9a-f]+=([0-9a-f]+)$/);
      if (!m) return [];
      const entry = BigInt(`0x${m[3]}`);
      return [{ level: m[1] ?? '', index: Number(m[2]), low: Number(entry & 0xfffn), entry }];
    });
    return [{ name, va: addressOf(va), steps }];
  });
}

class Comparison {
  readonly differences: string[] = [];
  compared = 0;
  same(what: string, got: string | number, recorded: string | number): void {
    this.compared++;
    if (got !== recorded) this.differences.push(`${what}: ${got}, recorded ${recorded}`);
  }
}

/** @throws TraceError for a damaged file */
export function replayPageTables(json: object, now: () => number): ReplayResult {
  const run = runOf(json);
  const lines = linesOf(isObject(json) ? json : {});
  const t = constantsOf(lines);
  const walks = walksOf(lines);
  const start = now();
  const k = bootRecordedMachine(run, t, walks, isObject(json) && json.when === 'running');
  const c = new Comparison();
  compareConstants(c, k, t);
  compareRanges(c, k, lines, walks);
  compareTop(c, k, lines);
  const samePages = Number(t.get('sizeof_page')) === k.layouts.size('page');
  for (const walk of walks) if (walk.name !== 'page-struct' || samePages) compareWalk(c, k, walk);
  return {
    ops: lines.length,
    states: c.compared,
    firstMismatch: null,
    finalState: c.differences.length === 0 ? 'identical' : c.differences,
    notCompared: [
      'frames of tables, of struct pages and of what lies in the entry areas: boot takes them from elsewhere',
      'ranges of the vmalloc area and of modules: what that boot left there; of their entries the flags are compared, at the recorded addresses',
      'struct pages: that kernel’s are smaller',
    ],
    nsPerOp: Math.round(((now() - start) * 1e6) / Math.max(1, lines.length)),
  };
}

/** The page of the interrupt descriptors, by its recorded walk. */
function walkNamed(walks: readonly RecordedWalk[], name: string): RecordedWalk {
  const found = walks.find((w) => w.name === name);
  if (!found) throw new TraceError(`no walk ${name}`);
  return found;
}
const leafPhys = (walk: RecordedWalk): number => Number((walk.steps.at(-1)?.entry ?? 0n) & 0xffffffffff000n);

function bootRecordedMachine(
  run: ReturnType<typeof runOf>,
  t: ReadonlyMap<string, string>,
  walks: readonly RecordedWalk[],
  protect: boolean,
): Kernel {
  const wide = run.machine === 'x86_64';
  const text = hexOf(t, 'text');
  const offset = text - hexOf(t, 'phys_base_text');
  const etext = hexOf(t, 'etext') - offset;
  const page = (name: string): number => walkNamed(walks, name).va - offset;
  const fixaddrTop = hexOf(t, 'FIXADDR_TOP');
  const highmem = !wide && hexOf(t, 'max_pfn') > hexOf(t, 'max_low_pfn');
  return bootSmallKernel(
    run,
    {
      text: text - offset,
      etext,
      rodata: page('rodata'),
      data: page('data'),
      init: page('init'),
      bss: page('bss'),
      end: hexOf(t, 'end') - offset,
      imageSpace: hexOf(t, 'MODULES_VADDR') - offset,
      fixmap: {
        apic: (fixaddrTop - walkNamed(walks, 'fixmap-apic').va) / PAGE_SIZE,
        permanent: (fixaddrTop - hexOf(t, 'FIXADDR_START')) / PAGE_SIZE,
      },
      maxLowPfn: highmem ? hexOf(t, 'max_low_pfn') : Number.POSITIVE_INFINITY,
    },
    t.get('gbpages') === '1',
    protect,
  );
}

function compareConstants(c: Comparison, k: Kernel, t: ReadonlyMap<string, string>): void {
  const map = addressMap(k.config.config, k.arch, k.vars.read('high_memory'));
  // x86_64's end is its last byte
  const last = k.arch.sparse ? 1 : 0;
  const values: Readonly<Record<string, number>> = {
    PAGE_OFFSET: k.arch.pageOffset,
    VMALLOC_START: map.vmallocStart,
    VMALLOC_END: map.vmallocEnd - last,
    MODULES_VADDR: map.modulesStart,
    MODULES_END: map.modulesEnd,
    high_memory: k.vars.read('high_memory'),
    max_low_pfn: k.vars.read('max_low_pfn'),
    max_pfn: k.vars.read('max_pfn'),
    FIXADDR_START: map.fixaddrStart,
    FIXADDR_TOP: map.fixaddrTop,
    pkmap: map.pkmapBase,
    cea: map.cpuEntryArea,
  };
  for (const [name, value] of Object.entries(values)) c.same(name, hex(value), hex(hexOf(t, name)));
}

/** Each entry of the parts that follow from rules; `idt`: pages that are read-only because the interrupt descriptors are there. */
function compareRanges(c: Comparison, k: Kernel, lines: readonly string[], walks: readonly RecordedWalk[]): void {
  const recorded = new Map<number, Leaf>();
  for (const line of lines) {
    const [kind, from = '', to = '', size = '', flags = '', phys = '', adjacent] = line.split(' ');
    if (kind !== 'R') continue;
    const step = Number.parseInt(size, 16);
    for (let va = addressOf(from), i = 0; va <= addressOf(to); va += step, i++)
      if (isOfBoot(k, va))
        recorded.set(va, { size: step, flags, phys: adjacent === '1' ? addressOf(phys) + i * step : -1 });
  }
  const mine = new Map<number, Leaf>();
  for (const r of mappedRanges(k.pageTables)) {
    const size = k.pageTables.sizeOf(r.level);
    for (let va = r.start, i = 0; r.flags !== 0n && va < r.end; va += size, i++)
      if (isOfBoot(k, va))
        mine.set(va, { size, flags: r.flags.toString(16), phys: r.contiguous ? r.phys + i * size : -1 });
  }
  // the descriptors lie in another page of the bss, and make that read-only
  const theirs = leafPhys(walkNamed(walks, 'idt'));
  const ours = k.direct.pa(k.symbols.address('idt_table'));
  for (const phys of [theirs, ours])
    for (const offset of [k.arch.pageOffset, k.arch.imageOffset])
      for (const leaves of [recorded, mine]) leaves.delete(offset + phys);
  for (const va of new Set([...recorded.keys(), ...mine.keys()]))
    c.same(hex(va), leafText(k, va, mine.get(va)), leafText(k, va, recorded.get(va)));
}
function leafText(k: Kernel, va: number, leaf: Leaf | undefined): string {
  if (!leaf) return 'not mapped';
  return `${hex(leaf.size)} ${leaf.flags}${isLinear(k, va) && leaf.phys >= 0 ? ` ${hex(leaf.phys)}` : ''}`;
}
const isLinear = (k: Kernel, va: number): boolean => {
  const range = k.space.rangeOf(va);
  return range?.name === 'direct map' || range?.name === 'kernel image';
};
/** Direct map, image, fixed addresses, entry areas. */
function isOfBoot(k: Kernel, va: number): boolean {
  const { addresses: map, arch } = k;
  const direct = va >= arch.pageOffset && va < k.vars.read('high_memory');
  const entry = va >= map.cpuEntryArea && va < map.cpuEntryArea + PAGE_SIZE * (1 + 0x3b * 8);
  const image = va >= arch.imageOffset + arch.image.start && va < map.modulesStart;
  return direct || entry || image || (va >= map.fixaddrStart && va <= map.fixaddrTop);
}

/** The top level: which entries there are, and large ones as they are. */
function compareTop(c: Comparison, k: Kernel, lines: readonly string[]): void {
  const { pageTables: t, addresses: map } = k;
  const size = t.sizeOf(0);
  for (const line of lines) {
    const [kind, index = '', value = ''] = line.split(' ');
    if (kind !== 'P') continue;
    const unsigned = Number(index) * size;
    const va = t.geometry.bits === 48 && unsigned >= 2 ** 47 ? unsigned - 2 ** 48 : unsigned;
    const vmalloc = !k.arch.sparse && va + size > map.vmallocStart && va < map.vmallocEnd;
    if (vmalloc) continue;
    const step = t.read(0, t.entryAt(t.pgd, 0, va));
    const entry = BigInt(`0x${value}`);
    c.same(
      `entry ${index} of the top level`,
      topText(t, step),
      topText(t, { ...step, low: Number(entry & 0xffffffffn), high: Number(entry >> 32n) }),
    );
  }
}
const topText = (t: PageTables, step: WalkStep): string =>
  `${t.isLeaf(step) ? hex(frameOf(step) * PAGE_SIZE) : 'table'} ${flagsOf(step).toString(16)}`;

/** Mappings that the recording's module made by itself: name of the walk → rights, level from the last. */
const MADE: Readonly<
  Record<string, { readonly uncached?: boolean; readonly exec?: boolean; readonly readOnly?: boolean }>
> = {
  vmalloc: {},
  module: {},
  stack: {},
  ioremap: { uncached: true },
  'ioremap-wc': { uncached: true },
  'ioremap-4m': { uncached: true },
  'vmalloc-huge': {},
  'module-rox': {},
  kmap: {},
  kmap_local: {},
};
function makeMapping(k: Kernel, { name, va, steps }: RecordedWalk): void {
  const how = MADE[name];
  const { pageTables: t, attributes } = k;
  if (how && t.phys(va, false) < 0) {
    const prot = t.pageKernel | (how.uncached ? BigInt(_PAGE_PCD) : 0n);
    t.mapRun(steps.length - 1, va, leafPhys({ name, va, steps }) / PAGE_SIZE, 1, prot);
  }
  if (name === 'vmalloc-guard' || name === 'stack-guard') t.populate(va, t.lastLevel);
  if (name === 'module-rox') for (const right of ['ro', 'x'] as const) attributes.setMemory(right, va, 1);
  if (name === 'direct-after-ro') attributes.setMemory('ro', va, 1);
  if (name === 'direct-after-rw') attributes.setMemory('rw', va, 1);
}
/** The flags of each entry on the way, and where linear memory is. */
function compareWalk(c: Comparison, k: Kernel, walk: RecordedWalk): void {
  const { pageTables: t } = k;
  makeMapping(k, walk);
  const steps = t.walk(walk.va);
  const text = (level: string, index: number, flags: bigint): string => `${level}[${index}]=${flags.toString(16)}`;
  const flagsIn = (entry: bigint): bigint => entry & ~0xffffffffff000n;
  const mine = steps.map((s) => {
    const { levels, entryBytes } = t.geometry;
    const { name = '', entries = 1 } = levels[s.level] ?? {};
    return text(name, (s.entry / entryBytes) % entries, flagsOf(s));
  });
  const recorded = walk.steps.map((s) => text(s.level, s.index, flagsIn(s.entry)));
  c.same(walk.name, mine.join(' '), recorded.join(' '));
  const last = steps.at(-1);
  if (last && isLinear(k, walk.va) && last.low & _PAGE_PRESENT)
    c.same(`${walk.name}, its frame`, hex(frameOf(last) * PAGE_SIZE), hex(leafPhys(walk)));
}
