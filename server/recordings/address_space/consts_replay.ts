/**
 * Recorded constants (`experiments.consts`): what a module on a real kernel printed of its headers, of the address space, and of the zones.
 * The emulator's answer comes from where it uses the value: profile, layouts, address map.
 */
import { MAX_NODES, VMEMMAP_START } from '../../kernel/arch/arch';
import { defaultConfig } from '../../kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../kernel/kernel';
import { constantTable } from '../../profiles/constantTable';
import { sizeOf } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import { compareLines, type Printed, pointerText } from '../experiment_lines';
import type { ReplayResult } from '../replay_result';
import {
  archOfRun,
  experimentLines,
  field,
  isObject,
  type Json,
  type JsonObject,
  num,
  TraceError,
} from '../trace_json';

export function replayConsts(json: object, now: () => number): ReplayResult {
  const k = boot(json);
  const lines = (experimentLines(json, 'consts') ?? []).filter((line): line is JsonObject => isObject(line));
  const start = now();
  const values = valuesOf(k);
  const unknown: string[] = [];
  const printed: Printed[] = [];
  const compared: Json[] = [];
  for (const line of lines) {
    const answer = line.kind === 'const' ? constant(k, values, String(line.name)) : zoneLine(k, line);
    if (answer === undefined) {
      if (line.kind === 'const') unknown.push(String(line.name));
      continue;
    }
    compared.push(line);
    printed.push(answer);
  }
  const left = [
    `constants that kmem has no use for: ${unknown.join(', ')}`,
    'managed pages, and where mem_map lies: that kernel’s boot reserves a little more or less, by its firmware and its options',
  ];
  return compareLines(compared, printed, left, Math.round(((now() - start) * 1e6) / Math.max(1, lines.length)));
}
function boot(json: object): Kernel {
  const run = field(isObject(json) ? json : {}, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const { config } = defaultConfig();
  return bootKernel(
    defaultConfig({
      arch: archOfRun(run).arch,
      memory: num(run, 'ram_mb', 'run') * 2 ** 20,
      cpus: num(run, 'cpus', 'run'),
      config: { ...config, KASAN: false },
    }),
  );
}

/** What follows from the machine's address space and its layouts, by the name that the module printed. */
function valuesOf(k: Kernel): Readonly<Record<string, number>> {
  const { addresses: map, vars, arch } = k;
  const slots = 16 * arch.maxCpus;
  return {
    PAGE_SIZE,
    PAGE_OFFSET: arch.pageOffset,
    VMALLOC_START: map.vmallocStart,
    // x86_64's is the last byte
    VMALLOC_END: map.vmallocEnd - (arch.sparse ? 1 : 0),
    MODULES_VADDR: map.modulesStart,
    MODULES_END: map.modulesEnd,
    pageblock_order: arch.pageblockOrder,
    MAX_NR_ZONES: arch.zones.length,
    ...(arch.sparse ? { VMEMMAP_START, __START_KERNEL_map: arch.imageOffset } : { NR_CPUS: arch.maxCpus }),
    MAX_NUMNODES: arch.sparse ? MAX_NODES : 1,
    nr_cpu_ids: vars.read('nr_cpu_ids'),
    nr_node_ids: vars.read('nr_node_ids'),
    '(unsigned long)high_memory': vars.read('high_memory'),
    PKMAP_BASE: map.pkmapBase,
    LAST_PKMAP: map.pkmapEntries,
    FIXADDR_TOP: map.fixaddrTop,
    FIXADDR_START: map.fixaddrStart,
    FIXADDR_TOT_START: map.fixaddrTotStart,
    FIX_KMAP_BEGIN: (map.fixaddrTop - map.kmapBegin) / PAGE_SIZE,
    FIX_KMAP_END: (map.fixaddrTop - map.kmapBegin) / PAGE_SIZE + slots - 1,
    CPU_ENTRY_AREA_BASE: map.cpuEntryArea,
    VMALLOC_OFFSET: map.vmallocStart - vars.read('high_memory'),
    PMD_SIZE: k.pageTables.sizeOf(k.pageTables.lastLevel - 1),
    '__fix_to_virt(FIX_KMAP_BEGIN)': map.kmapBegin,
    '__fix_to_virt(FIX_KMAP_END)': map.kmapBegin - (slots - 1) * PAGE_SIZE,
    '(unsigned long)page_to_pfn(virt_to_page((void *)PAGE_OFFSET + PAGE_SIZE))':
      k.direct.pa(arch.pageOffset + PAGE_SIZE) / PAGE_SIZE,
    '__pa(PAGE_OFFSET)': k.direct.pa(arch.pageOffset),
  };
}
function constant(k: Kernel, values: Readonly<Record<string, number>>, name: string): Printed | undefined {
  const value = numberNamed(k, values, name);
  return value === undefined ? undefined : { kind: 'const', name, hex: pointerText(value) };
}
function numberNamed(k: Kernel, values: Readonly<Record<string, number>>, name: string): number | undefined {
  if (Object.hasOwn(values, name)) return values[name];
  const { layouts } = k;
  const size = name.match(/^sizeof\((.+)\)$/);
  if (size) return sizeOf(layouts.parseType(size[1] as string));
  const offset = name.match(/^offsetof\(struct (\w+), (\w+)\)$/);
  if (offset && layouts.has(offset[1] as string, offset[2] as string))
    return layouts.offset(offset[1] as string, offset[2] as string);
  const known = constantTable(k.profile, k.config).get(name);
  return known === undefined ? undefined : Number(known.value);
}

/** A zone, and the order in which zones are tried. */
function zoneLine(k: Kernel, { kind, idx, node }: JsonObject): Printed | undefined {
  if (kind === 'zonelist') {
    const order = [...k.zones].filter((z) => z.populated).reverse();
    return { kind: 'zonelist', order: order.map((z) => `${z.node}/${z.name}`).join(',') };
  }
  const z = kind === 'zone' ? k.zones.find((zone) => zone.idx === idx && zone.node === node) : undefined;
  if (!z) return undefined;
  return {
    kind: 'zone',
    name: z.name,
    start: k.vars.readField(z.addr, 'zone', 'zone_start_pfn'),
    spanned: k.vars.readField(z.addr, 'zone', 'spanned_pages'),
    present: k.vars.readField(z.addr, 'zone', 'present_pages'),
  };
}
