/** Reads `machine { … }`: the settings of the emulated machine, with a message for what it cannot be. */

import { suggest } from '../syntax/suggest';
import type { MachineDef, MachineItem, Name, Span } from '../syntax/tree';
import type { Diagnostic, Fix, MachineSpec } from './program';

/** The machine of a scenario that says nothing. */
export function defaultMachine(): MachineSpec {
  return {
    arch: 'x86_64',
    kernel: '6.1',
    memory: 1024 ** 3,
    cpus: 2,
    slab: 'slub',
    swap: 0,
    preempt: 'voluntary',
    sysctl: {},
    config: {
      KASAN: true,
      DEBUG_ATOMIC_SLEEP: true,
      LOCKDEP: true,
      SLUB_DEBUG: true,
      DEBUG_PAGEALLOC: false,
      DEBUG_SHIRQ: false,
    },
    nodes: [],
    regions: [],
    schedule: { policy: 'sequential', seed: 0 },
  };
}
const KEYS = [
  'arch',
  'kernel',
  'memory',
  'cpus',
  'slab',
  'swap',
  'preempt',
  'schedule',
  'sysctl',
  'config',
  'node',
  'region',
];
const CONFIGS = ['KASAN', 'DEBUG_ATOMIC_SLEEP', 'LOCKDEP', 'SLUB_DEBUG', 'DEBUG_PAGEALLOC', 'DEBUG_SHIRQ'];
const SYSCTLS = [
  'vm.min_free_kbytes',
  'vm.watermark_scale_factor',
  'vm.watermark_boost_factor',
  'vm.lowmem_reserve_ratio',
  'vm.percpu_pagelist_high_fraction',
  'vm.swappiness',
  'vm.overcommit_memory',
  'vm.overcommit_ratio',
  'vm.zone_reclaim_mode',
  'vm.min_unmapped_ratio',
  'vm.min_slab_ratio',
  'vm.vfs_cache_pressure',
  'vm.page-cluster',
  'vm.compaction_proactiveness',
  'vm.extfrag_threshold',
  'vm.panic_on_oom',
  'vm.oom_kill_allocating_task',
  'vm.dirty_ratio',
  'vm.dirty_background_ratio',
  'vm.user_reserve_kbytes',
  'vm.admin_reserve_kbytes',
  'vm.max_map_count',
  'vm.mmap_min_addr',
  'kernel.panic_on_oops',
  'kernel.panic_on_warn',
];
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };
const SIZE = /^(0x[0-9a-f]+|[0-9]+)\s*([kmgt]?)i?b?$/i;
/** most RAM of i386, in bytes: 4 GiB without PAE, 64 GiB with it */
const MAX_MEMORY: Readonly<Record<MachineSpec['arch'], number>> = {
  x86_64: 64 * 1024 ** 4,
  i386: 4 * 1024 ** 3,
  i386_pae: 64 * 1024 ** 3,
};

/** "1G", "512M", "0x1000" → bytes; undefined if it is no size. */
export function readSize(text: string): number | undefined {
  const m = SIZE.exec(text.trim());
  if (!m) return undefined;
  const value = Number(m[1]) * (UNITS[(m[2] ?? '').toUpperCase()] ?? 1);
  return Number.isSafeInteger(value) ? value : undefined;
}
const readNumber = (text: string): number | undefined => {
  if (!/^(0x[0-9a-f]+|[0-9]+)$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
};

class MachineReader {
  readonly spec = defaultMachine();
  private readonly seen = new Map<string, Span>();

  constructor(
    private readonly arch: MachineSpec['arch'],
    private readonly report: (d: Diagnostic) => void,
  ) {}

  private error(message: string, span: Span, fix?: Fix): undefined {
    this.report({ code: 'bad-machine', severity: 'error', message, span, ...(fix ? { fix } : undefined) });
    return undefined;
  }
  private oneOf<T extends string>(item: MachineItem, values: readonly T[]): T | undefined {
    const value = item.value;
    if (!value) return this.error(`'${item.key.text}' needs a value: ${values.join(', ')}`, item.span);
    const text = unquote(value.text);
    const found = values.find((v) => v === text);
    if (found !== undefined) return found;
    const near = suggest(text, values);
    return this.error(
      `'${text}' is not a value of '${item.key.text}': ${values.join(', ')}`,
      value.span,
      near !== undefined ? { title: `change to '${near}'`, edits: [{ span: value.span, text: near }] } : undefined,
    );
  }
  private number(item: MachineItem, least: number, most: number): number | undefined {
    const n = item.value && readNumber(item.value.text);
    if (n === undefined || n < least || n > most) {
      return this.error(`'${item.key.text}' is a number from ${least} to ${most}`, (item.value ?? item).span);
    }
    return n;
  }
  private size(item: MachineItem, least: number, most: number): number | undefined {
    const n = item.value && readSize(item.value.text);
    if (n === undefined)
      return this.error(`'${item.key.text}' is a size: 512M, 1G, or a number of bytes`, (item.value ?? item).span);
    if (n < least || n > most) {
      return this.error(
        `'${item.key.text}' is from ${showSize(least)} to ${showSize(most)} on ${this.arch}`,
        (item.value ?? item).span,
      );
    }
    if (n % 4096 !== 0)
      return this.error(`'${item.key.text}' is a whole number of pages (4 KiB)`, (item.value ?? item).span);
    return n;
  }

  read(items: readonly MachineItem[]): void {
    const { spec } = this;
    for (const item of items) {
      const key = item.key.text;
      if (key === '') continue;
      const repeats = key === 'sysctl' || key === 'config' || key === 'node' || key === 'region';
      if (!repeats) {
        if (this.seen.has(key)) this.error(`'${key}' appears twice`, item.key.span);
        this.seen.set(key, item.key.span);
      }
      if (item.items && key !== 'node') {
        this.error(`'${key}' takes a value, '${key} = …;'`, item.key.span);
        continue;
      }
      switch (key) {
        case 'arch':
          spec.arch = this.oneOf(item, ['x86_64', 'i386', 'i386_pae'] as const) ?? spec.arch;
          break;
        case 'kernel':
          this.kernel(item);
          break;
        case 'memory':
          spec.memory = this.size(item, 16 * 1024 ** 2, MAX_MEMORY[this.arch]) ?? spec.memory;
          break;
        case 'cpus':
          spec.cpus = this.number(item, 1, this.arch === 'x86_64' ? 64 : 32) ?? spec.cpus;
          break;
        case 'slab':
          spec.slab = this.oneOf(item, ['slub', 'slab', 'slob'] as const) ?? spec.slab;
          break;
        case 'swap':
          spec.swap = this.size(item, 0, 16 * 1024 ** 4) ?? spec.swap;
          break;
        case 'preempt':
          spec.preempt = this.oneOf(item, ['none', 'voluntary', 'full', 'rt'] as const) ?? spec.preempt;
          break;
        case 'schedule':
          this.schedule(item);
          break;
        case 'sysctl':
          this.sysctl(item);
          break;
        case 'config':
          this.config(item);
          break;
        case 'node':
          this.node(item);
          break;
        case 'region':
          this.region(item);
          break;
        default: {
          const near = suggest(key, KEYS);
          this.error(
            `the machine has no setting '${key}'${near !== undefined ? `; did you mean '${near}'?` : `: ${KEYS.join(', ')}`}`,
            item.key.span,
            near !== undefined
              ? { title: `change to '${near}'`, edits: [{ span: item.key.span, text: near }] }
              : undefined,
          );
        }
      }
    }
    this.whole(items);
  }
  private kernel(item: MachineItem): void {
    const text = item.value && unquote(item.value.text);
    const m = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text ?? '');
    if (!text || !m) {
      this.error('\'kernel\' is a version such as "6.1"', (item.value ?? item).span);
      return;
    }
    const [major, minor, patch] = [Number(m[1]), Number(m[2]), Number(m[3] ?? 0)];
    if (major < 2 || (major === 2 && (minor < 6 || patch < 32))) {
      this.error('kernel versions from "2.6.32" on are known', (item.value ?? item).span);
      return;
    }
    this.spec.kernel = text;
  }
  private schedule(item: MachineItem): void {
    const text = item.value?.text ?? '';
    const random = /^random\s*\(\s*(0x[0-9a-f]+|[0-9]+)\s*\)$/i.exec(text);
    if (random) {
      this.spec.schedule = { policy: 'random', seed: Number(random[1]) };
      return;
    }
    if (text === 'random') {
      this.spec.schedule = { policy: 'random', seed: 0 };
      return;
    }
    const policy = this.oneOf(item, ['sequential', 'round_robin', 'random(seed)'] as const);
    if (policy === 'sequential' || policy === 'round_robin') this.spec.schedule = { policy, seed: 0 };
  }
  private sysctl(item: MachineItem): void {
    const { sub, value } = item;
    if (!sub || !value) {
      this.error("a sysctl has a name and a value: 'sysctl vm.min_free_kbytes = 4096;'", item.span);
      return;
    }
    const numbers = unquote(value.text)
      .split(/[\s,]+/)
      .map((t) => readNumber(t));
    if (numbers.some((n) => n === undefined)) {
      this.error(`the value of '${sub.text}' is a number, or several with blanks between them`, value.span);
      return;
    }
    if (!SYSCTLS.includes(sub.text)) {
      const near = suggest(sub.text, SYSCTLS);
      this.report({
        code: 'unknown-sysctl',
        severity: 'warning',
        message: `kmem does not know the sysctl '${sub.text}'; it has no effect${near !== undefined ? `; did you mean '${near}'?` : ''}`,
        span: sub.span,
        ...(near !== undefined
          ? { fix: { title: `change to '${near}'`, edits: [{ span: sub.span, text: near }] } }
          : undefined),
      });
    }
    this.spec.sysctl[sub.text] = numbers.filter((n) => n !== undefined);
  }
  private config(item: MachineItem): void {
    const { sub, value } = item;
    if (!sub || !value || !/^[yn]$/.test(value.text)) {
      this.error("a configuration option is y or n: 'config KASAN = y;'", (value ?? item).span);
      return;
    }
    const name = sub.text.replace(/^CONFIG_/, '');
    if (!CONFIGS.includes(name)) {
      const near = suggest(name, CONFIGS);
      this.report({
        code: 'unknown-config',
        severity: 'warning',
        message: `kmem has no option '${name}'; it has no effect${near !== undefined ? `; did you mean '${near}'?` : `: ${CONFIGS.join(', ')}`}`,
        span: sub.span,
        ...(near !== undefined
          ? { fix: { title: `change to '${near}'`, edits: [{ span: sub.span, text: near }] } }
          : undefined),
      });
    }
    this.spec.config[name] = value.text === 'y';
  }
  private node(item: MachineItem): void {
    const id = item.sub && readNumber(item.sub.text);
    if (id === undefined || !item.items) {
      this.error("a node has a number and settings: 'node 0 { memory = 512M; cpus = 0-1; }'", item.span);
      return;
    }
    if (this.spec.nodes.some((n) => n.id === id)) this.error(`node ${id} appears twice`, (item.sub ?? item).span);
    let memory: number | undefined;
    let cpus: number[] = [];
    for (const part of item.items) {
      if (part.key.text === 'memory') memory = this.size(part, 4096, MAX_MEMORY[this.arch]);
      else if (part.key.text === 'cpus') cpus = this.cpuList(part) ?? [];
      else if (part.key.text !== '') this.error(`a node has 'memory' and 'cpus', no '${part.key.text}'`, part.key.span);
    }
    if (memory === undefined) {
      if (!item.items.some((p) => p.key.text === 'memory')) this.error(`node ${id} needs 'memory = …;'`, item.key.span);
      return;
    }
    this.spec.nodes.push({ id, memory, cpus });
  }
  private cpuList(item: MachineItem): number[] | undefined {
    const cpus: number[] = [];
    for (const part of (item.value?.text ?? '').split(',')) {
      const m = /^\s*(\d+)\s*(?:-\s*(\d+))?\s*$/.exec(part);
      const from = Number(m?.[1]);
      const to = Number(m?.[2] ?? m?.[1]);
      if (!m || to < from || to > 63)
        return this.error("'cpus' of a node is a list such as 0-1,4", (item.value ?? item).span);
      for (let cpu = from; cpu <= to; cpu++) cpus.push(cpu);
    }
    return cpus;
  }
  private region(item: MachineItem): void {
    const type = item.sub?.text;
    const m = /^(0x[0-9a-f]+|\d+[kmgt]?)\s*-\s*(0x[0-9a-f]+|\d+[kmgt]?)$/i.exec(item.value?.text ?? '');
    if ((type !== 'reserved' && type !== 'usable') || !m) {
      this.error(
        "a region is 'region reserved 0x9fc00-0xfffff;' or 'region usable …;', its last byte included",
        item.span,
      );
      return;
    }
    const start = readSize(m[1] ?? '');
    const end = readSize(m[2] ?? '');
    if (start === undefined || end === undefined || end < start) {
      this.error('the region ends before it begins', (item.value ?? item).span);
      return;
    }
    this.spec.regions.push({ type, start, end });
  }
  /** what settings say together */
  private whole(items: readonly MachineItem[]): void {
    const { spec } = this;
    const at = (key: string): Name | undefined => items.find((i) => i.key.text === key)?.key;
    if (spec.nodes.length > 0) {
      spec.nodes.sort((a, b) => a.id - b.id);
      const total = spec.nodes.reduce((sum, n) => sum + n.memory, 0);
      const memory = at('memory');
      if (memory && total !== spec.memory)
        this.error(
          `the nodes have ${showSize(total)} together, 'memory' says ${showSize(spec.memory)}; leave 'memory' out`,
          memory.span,
        );
      spec.memory = total;
      const node = at('node');
      const listed = spec.nodes.flatMap((n) => n.cpus);
      const most = Math.max(0, ...listed) + 1;
      if (node && new Set(listed).size !== listed.length) this.error('a CPU belongs to one node', node.span);
      if (!at('cpus')) spec.cpus = Math.max(most, 1);
      else if (most > spec.cpus && node)
        this.error(`the nodes name CPU ${most - 1}, the machine has ${spec.cpus}`, node.span);
    }
  }
}
const unquote = (text: string): string =>
  text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
function showSize(bytes: number): string {
  for (const [unit, name] of [
    [1024 ** 4, 'T'],
    [1024 ** 3, 'G'],
    [1024 ** 2, 'M'],
    [1024, 'K'],
  ] as const) {
    if (bytes >= unit && bytes % unit === 0) return `${bytes / unit}${name}`;
  }
  return `${bytes} bytes`;
}

/** The machine that `def` asks for (undefined: the default one); problems go to `report`. */
export function readMachine(def: MachineDef | undefined, report: (d: Diagnostic) => void): MachineSpec {
  if (!def) return defaultMachine();
  const arch = def.items.find((i) => i.key.text === 'arch')?.value?.text;
  const reader = new MachineReader(arch === 'i386' || arch === 'i386_pae' ? arch : 'x86_64', report);
  reader.read(def.items);
  return reader.spec;
}
