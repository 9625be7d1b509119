/** Reads `machine { … }`: the settings of the emulated machine, with a message for each invalid one. */

import { ALLOCATORS, ARCHES, type MachineChoice, type MachineConfig, PREEMPTIONS } from '../../profiles/machineConfig';
import type { Profile } from '../../profiles/profile';
import { DEFAULT_PROFILE, defaultMachine, PROFILES, profileFor } from '../../profiles/profiles';
import { isKnownVersion, KNOWN_VERSIONS } from '../../profiles/versions';
import type { Arch } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import { suggest } from '../syntax/suggest';
import type { MachineDef, MachineItem, Name, Span } from '../syntax/tree';
import type { Code } from './context/checkCodes';
import type { Diagnostic, Fix } from './context/program';

/** A machine while it is read. */
type Draft = { -readonly [K in keyof MachineConfig]: MachineConfig[K] };

const KEYS = [
  'arch',
  'kernel',
  'memory',
  'cpus',
  'allocator',
  'swap',
  'preempt',
  'schedule',
  'sysctl',
  'config',
  'node',
  'region',
];
const VERSION = /^(\d+)\.(\d+)(?:\.(\d+))?/;
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };
const SIZE = /^(0x[0-9a-f]+|[0-9]+)\s*([kmgt]?)i?b?$/i;
/** most RAM of i386, in bytes: 4 GiB without PAE, 64 GiB with it */
const MAX_MEMORY: Readonly<Record<Arch, number>> = {
  x86_64: 64 * 1024 ** 4,
  i386: 4 * 1024 ** 3,
  i386_pae: 64 * 1024 ** 3,
};

/** most CPUs, as NR_CPUS of the emulated kernels allows */
export const MOST_CPUS: Readonly<Record<Arch, number>> = { x86_64: 64, i386: 32, i386_pae: 32 };

/** "1G", "512M", "0x1000" → bytes; undefined if it is not a size. */
function readSize(text: string): number | undefined {
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
  readonly spec: Draft;
  private readonly seen = new Map<string, Span>();

  constructor(
    private readonly arch: Arch,
    readonly profile: Profile,
    private readonly report: (d: Diagnostic<Code>) => void,
  ) {
    this.spec = defaultMachine(profile);
  }

  private error(message: string, span: Span, fixes?: readonly Fix[]): undefined {
    this.report({ code: 'bad-machine', severity: 'error', message, span, ...(fixes ? { fixes } : undefined) });
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
      near !== undefined
        ? [{ title: `change to '${near}'`, unsafe: true, edits: [{ span: value.span, text: near }] }]
        : undefined,
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
    if (n % PAGE_SIZE !== 0)
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
          spec.arch = this.oneOf(item, ARCHES) ?? spec.arch;
          break;
        case 'kernel':
          this.kernel(item);
          break;
        case 'memory':
          spec.memory = this.size(item, 16 * 1024 ** 2, MAX_MEMORY[this.arch]) ?? spec.memory;
          break;
        case 'cpus':
          spec.cpus = this.number(item, 1, MOST_CPUS[this.arch]) ?? spec.cpus;
          break;
        case 'allocator':
          spec.allocator = this.oneOf(item, ALLOCATORS) ?? spec.allocator;
          break;
        case 'swap':
          spec.swap = this.size(item, 0, 16 * 1024 ** 4) ?? spec.swap;
          break;
        case 'preempt':
          spec.preempt = this.oneOf(item, PREEMPTIONS) ?? spec.preempt;
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
          if (this.parameter(item)) break;
          const near = suggest(key, [...KEYS, ...Object.keys(this.profile.defaults.parameters)]);
          this.error(
            `the machine has no setting '${key}'${near !== undefined ? `; did you mean '${near}'?` : `: ${KEYS.join(', ')}`}`,
            item.key.span,
            near !== undefined
              ? [{ title: `change to '${near}'`, unsafe: true, edits: [{ span: item.key.span, text: near }] }]
              : undefined,
          );
        }
      }
    }
    this.whole(items);
  }
  /** A parameter of the kernel's command line; false if the item is not one. */
  private parameter(item: MachineItem): boolean {
    const name = item.key.text;
    const known = this.profile.defaults.parameters;
    if (!Object.hasOwn(known, name)) return false;
    const example = known[name]?.value;
    const value = item.value && unquote(item.value.text);
    if (example === undefined && value !== undefined)
      this.error(`'${name}' takes no value: '${name};'`, (item.value ?? item).span);
    else if (example !== undefined && value === undefined && name !== 'slub_debug')
      this.error(`'${name}' needs a value: '${name} = ${example};'`, item.span);
    else if (example !== undefined && /^\d+$/.test(example) && readNumber(value ?? '') === undefined)
      this.error(`'${name}' is a number`, (item.value ?? item).span);
    else this.spec.parameters = { ...this.spec.parameters, [name]: value ?? '' };
    return true;
  }
  private kernel(item: MachineItem): void {
    const text = versionIn(item);
    if (!VERSION.test(text)) {
      this.error(`'kernel' is a version such as "${DEFAULT_PROFILE.version}"`, (item.value ?? item).span);
      return;
    }
    if (!isKnownVersion(text) && text !== this.profile.version) {
      this.error(
        `kernel versions ${KNOWN_VERSIONS} are known; kmem has a profile of ${PROFILES.map((p) => p.version).join(', ')}`,
        (item.value ?? item).span,
      );
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
    const known = Object.keys(this.profile.defaults.sysctl);
    if (!known.includes(sub.text)) {
      const near = suggest(sub.text, known);
      this.report({
        code: 'unknown-sysctl',
        severity: 'warning',
        message: `kmem does not know the sysctl '${sub.text}'; it has no effect${near !== undefined ? `; did you mean '${near}'?` : ''}`,
        span: sub.span,
        ...(near !== undefined
          ? { fixes: [{ title: `change to '${near}'`, unsafe: true, edits: [{ span: sub.span, text: near }] }] }
          : undefined),
      });
    }
    this.spec.sysctl = { ...this.spec.sysctl, [sub.text]: numbers.filter((n) => n !== undefined) };
  }
  private config(item: MachineItem): void {
    const { sub, value } = item;
    if (!sub || !value || !/^[yn]$/.test(value.text)) {
      this.error("a configuration option is y or n: 'config KASAN = y;'", (value ?? item).span);
      return;
    }
    const name = sub.text.replace(/^CONFIG_/, '');
    const known = Object.keys(this.profile.defaults.machine.config);
    if (!known.includes(name)) {
      const near = suggest(name, known);
      this.report({
        code: 'unknown-config',
        severity: 'warning',
        message: `kmem has no option '${name}'; it has no effect${near !== undefined ? `; did you mean '${near}'?` : `: ${known.join(', ')}`}`,
        span: sub.span,
        ...(near !== undefined
          ? { fixes: [{ title: `change to '${near}'`, unsafe: true, edits: [{ span: sub.span, text: near }] }] }
          : undefined),
      });
    }
    this.spec.config = { ...this.spec.config, [name]: value.text === 'y' };
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
      if (part.key.text === 'memory') memory = this.size(part, PAGE_SIZE, MAX_MEMORY[this.arch]);
      else if (part.key.text === 'cpus') cpus = this.cpuList(part) ?? [];
      else if (part.key.text !== '')
        this.error(`a node has 'memory' and 'cpus', not '${part.key.text}'`, part.key.span);
    }
    if (memory === undefined) {
      if (!item.items.some((p) => p.key.text === 'memory')) this.error(`node ${id} needs 'memory = …;'`, item.key.span);
      return;
    }
    this.spec.nodes = [...this.spec.nodes, { id, memory, cpus }];
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
    this.spec.regions = [...this.spec.regions, { type, start, end }];
  }
  /** CONFIG_KASAN depends on HAVE_ARCH_KASAN. */
  private kasan(items: readonly MachineItem[]): void {
    const { spec, profile } = this;
    if (profile.arches[spec.arch].kasanShadowOffset !== undefined) return;
    const asked = items.find((i) => i.key.text === 'config' && /^(CONFIG_)?KASAN$/.test(i.sub?.text ?? ''));
    if (asked?.value?.text === 'y')
      this.error(`${spec.arch} has no KASAN in Linux ${profile.version}; x86_64 has it`, asked.span);
    spec.config = { ...spec.config, KASAN: false };
  }
  /** consistency between settings */
  private whole(items: readonly MachineItem[]): void {
    const { spec } = this;
    const at = (key: string): Name | undefined => items.find((i) => i.key.text === key)?.key;
    this.kasan(items);
    if (spec.nodes.length > 0) {
      spec.nodes = [...spec.nodes].sort((a, b) => a.id - b.id);
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
        this.error(`the nodes name CPU ${most - 1}, but the machine has ${spec.cpus}`, node.span);
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

/** Version text of a `kernel` setting. */
const versionIn = (item: MachineItem | undefined): string => unquote(item?.value?.text ?? '');

/**
 * The machine that `def` asks for (undefined: the default one) and the profile of its kernel version; problems go to `report`.
 * `more`: profiles besides kmem's own. `choice`: what settings choose where there is no block.
 */
export function readMachine(
  def: MachineDef | undefined,
  report: (d: Diagnostic<Code>) => void,
  more: readonly Profile[] = [],
  choice: MachineChoice = {},
): { machine: MachineConfig; profile: Profile } {
  const item = (key: string): MachineItem | undefined => def?.items.find((i) => i.key.text === key);
  const version = def ? versionIn(item('kernel')) : (choice.kernel ?? '');
  const profile = VERSION.test(version) ? profileFor(version, more) : DEFAULT_PROFILE;
  if (!def) return { machine: { ...defaultMachine(profile), ...choice } as MachineConfig, profile };
  const arch = item('arch')?.value?.text;
  const reader = new MachineReader(arch === 'i386' || arch === 'i386_pae' ? arch : 'x86_64', profile, report);
  reader.read(def.items);
  return { machine: reader.spec, profile };
}
