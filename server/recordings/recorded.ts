/**
 * A recorded machine (test/fixtures/machines): what a real kernel reported about its zones after boot. Reads the recording and boots the
 * emulator with its zones, so that marks, protection and list sizes are computed as of the moment when the kernel did: the pages it gave to
 * the allocator later (initrd, init sections) are in its boot messages. Where it says what was free (buddyinfo, pagetypeinfo), so many
 * blocks are free here.
 */

import { MiB } from '../kernel/arch/arch';
import { defaultConfig, MachineError } from '../kernel/arch/machine_config';
import type { BootOptions } from '../kernel/init/boot_memory';
import { countPages, initPerZoneWmarkMin } from '../kernel/init/finish_boot';
import { writeSysctl } from '../kernel/init/sysctl';
import type { ZoneSpan } from '../kernel/init/zone_span';
import type { Kernel, KernelOptions, RunningKernel } from '../kernel/kernel';
import { bootKernel, startJournal } from '../kernel/kernel';
import { MIGRATE_MOVABLE, MIGRATE_NAMES } from '../kernel/mm/migratetype';
import { MAX_ORDER } from '../kernel/mm/zone';
import type { ReportPorts } from '../kernel/printk/ports';
import type { ArchInfo } from '../profiles/archInfo';
import type { MachineConfig } from '../profiles/machineConfig';
import { DEFAULT_PROFILE } from '../profiles/profiles';
import { PAGE_SIZE } from '../types/pageSize';
import type { FreeMemory } from './free_blocks';
import { loadFreeMemory } from './free_blocks';
import { RecordingError } from './recording_error';
import { isObject, type Json, type JsonObject } from './trace_json';

export interface RecordedZone {
  readonly node: number;
  readonly name: string;
  readonly start_pfn: number;
  readonly spanned: number;
  readonly present: number;
  readonly managed: number;
}
export interface Recording {
  readonly config: MachineConfig;
  readonly zones: readonly RecordedZone[];
  /** pages by index into zones that came to the allocator after the marks were computed */
  readonly freedLater: readonly number[];
  /** sysctl values as recorded, by their name below vm. */
  readonly sysctl: Readonly<Record<string, readonly number[]>>;
  /** transparent huge pages at boot; undefined if the recording does not have it */
  readonly hugepages: boolean | undefined;
  /** what was free, zone by zone; undefined if the recording does not have it */
  readonly free: readonly FreeMemory[] | undefined;
}

function integer(o: JsonObject, key: string, where: string, otherwise?: number): number {
  const value = o[key];
  if (value === undefined && otherwise !== undefined) return otherwise;
  const n = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof n !== 'number' || !Number.isSafeInteger(n) || n < 0) {
    throw new RecordingError(`${where}: "${key}" must be a whole number, not ${JSON.stringify(value) ?? 'missing'}`);
  }
  return n;
}

/** Reads a parsed recording. @throws RecordingError saying what is missing or wrong */
export function readRecording(json: unknown): Recording {
  if (!isObject(json)) throw new RecordingError('a recording is a JSON object with "run", "zones" and "sysctl"');
  const run = json.run;
  if (!isObject(run)) throw new RecordingError('"run" is missing: {"arch", "ram_mb", "cpus", "nodes"} of the machine');
  const arch = Object.values(DEFAULT_PROFILE.arches).find((a) => a.debian === run.arch || a.arch === run.arch);
  if (!arch) throw new RecordingError(`run.arch must be amd64, i386 or i386-pae, not ${JSON.stringify(run.arch)}`);
  if (!Array.isArray(json.zones) || json.zones.length === 0) {
    throw new RecordingError(
      '"zones" is missing: a list of {"node", "name", "start_pfn", "spanned", "present", "managed"}',
    );
  }
  const zones = json.zones.map((z, i) => readZone(z, `zones[${i}]`, arch));
  const cpus = integer(run, 'cpus', 'run', 1);
  const nodes = integer(run, 'nodes', 'run', 1);
  const config = configOf(arch, integer(run, 'ram_mb', 'run'), cpus, nodes, readRam(run.ram));
  const lines = Array.isArray(json.dmesg) ? json.dmesg.filter((l): l is string => typeof l === 'string') : [];
  const thp = json.thp_enabled;
  return {
    config,
    zones,
    freedLater: freedLater(zones, lines),
    sysctl: readSysctls(json.sysctl),
    hugepages: typeof thp === 'string' ? !thp.includes('[never]') : undefined,
    free: readFree(json),
  };
}

/** "buddyinfo", and "pagetypeinfo" with "free" and "blocks", which says more: without it all free blocks are movable. */
function readFree(json: JsonObject): FreeMemory[] | undefined {
  const types = isObject(json.pagetypeinfo) ? json.pagetypeinfo : {};
  const byType = Array.isArray(types.free) ? types.free : [];
  const whole = Array.isArray(json.buddyinfo) ? json.buddyinfo : [];
  if (byType.length === 0 && whole.length === 0) return undefined;
  const rows = [
    ...whole.map((row, i) => freeRow(row, `buddyinfo[${i}]`)),
    ...byType.map((row, i) => freeRow(row, `pagetypeinfo.free[${i}]`)),
  ];
  const blocks = (Array.isArray(types.blocks) ? types.blocks : []).map((row, i) => {
    const where = `pagetypeinfo.blocks[${i}]`;
    if (!isObject(row)) throw new RecordingError(`${where} must be an object`);
    const of = (name: string) => integer(row, name, where, 0);
    return {
      ...zoneOf(row, where),
      counts: MIGRATE_NAMES.map((name) => of(name) + (name === 'Movable' ? of('CMA') : 0)),
    };
  });
  const zones = new Map(rows.map((r) => [`${r.node}/${r.zone}`, { node: r.node, zone: r.zone }]));
  return [...zones.values()].map((z): FreeMemory => {
    const mine = rows.filter((r) => r.node === z.node && r.zone === z.zone);
    const typed = mine.filter((r) => r.type !== undefined);
    const of = (type: number) => typed.filter((r) => r.type === type).map((r) => r.counts);
    const total = mine.find((r) => r.type === undefined)?.counts ?? [];
    const free = MIGRATE_NAMES.map((_, type) =>
      typed.length > 0 ? sumOf(of(type)) : type === MIGRATE_MOVABLE ? total : [],
    );
    return { ...z, free, blocks: blocks.find((b) => b.node === z.node && b.zone === z.zone)?.counts };
  });
}
const sumOf = (lists: readonly (readonly number[])[]): number[] =>
  Array.from({ length: MAX_ORDER }, (_, order) => lists.reduce((sum, list) => sum + (list[order] ?? 0), 0));

function zoneOf(row: JsonObject, where: string): { node: number; zone: string } {
  if (typeof row.zone !== 'string') throw new RecordingError(`${where}: "zone" must be a zone's name`);
  return { node: integer(row, 'node', where, 0), zone: row.zone };
}
/** A row of free blocks by order; `type` is its migratetype, undefined for all of them. CMA's pages are movable. */
function freeRow(
  row: Json,
  where: string,
): { node: number; zone: string; type: number | undefined; counts: readonly number[] } {
  if (!isObject(row)) throw new RecordingError(`${where} must be an object`);
  const list = row.nr_free;
  if (
    !Array.isArray(list) ||
    list.length > MAX_ORDER ||
    !list.every((n) => Number.isSafeInteger(n) && Number(n) >= 0)
  ) {
    throw new RecordingError(`${where}: "nr_free" must be a list of up to ${MAX_ORDER} counts, one for each order`);
  }
  const type = row.type === undefined ? undefined : typeNamed(row.type, where);
  return { ...zoneOf(row, where), type, counts: list.map(Number) };
}

function typeNamed(name: Json, where: string): number {
  const names: readonly Json[] = MIGRATE_NAMES;
  if (name === 'CMA') return MIGRATE_MOVABLE;
  if (!names.includes(name)) throw new RecordingError(`${where}: ${JSON.stringify(name)} is not a migratetype`);
  return names.indexOf(name);
}

/** "ram" of a machine whose memory map is not a PC's: where it has RAM, in bytes, ends inclusive. */
function readRam(value: Json | undefined): MachineConfig['regions'] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new RecordingError('run.ram must be a list of {"start", "end"}');
  return value.map((r: Json, i: number) => {
    const where = `run.ram[${i}]`;
    if (!isObject(r)) throw new RecordingError(`${where} must be an object`);
    return { type: 'usable', start: integer(r, 'start', where), end: integer(r, 'end', where) };
  });
}

function readZone(value: Json, where: string, arch: ArchInfo): RecordedZone {
  if (!isObject(value)) throw new RecordingError(`${where} must be an object`);
  const name = value.name;
  if (typeof name !== 'string' || !arch.zones.some((n) => n === name)) {
    throw new RecordingError(
      `${where}: ${JSON.stringify(name)} is not a zone of ${arch.arch} (${arch.zones.join(', ')})`,
    );
  }
  const spanned = integer(value, 'spanned', where, 0);
  return {
    node: integer(value, 'node', where, 0),
    name,
    start_pfn: integer(value, 'start_pfn', where, spanned === 0 ? 0 : undefined),
    spanned,
    present: integer(value, 'present', where, 0),
    managed: integer(value, 'managed', where, 0),
  };
}

function configOf(
  arch: ArchInfo,
  ramMb: number,
  cpus: number,
  nodes: number,
  regions: MachineConfig['regions'],
): MachineConfig {
  if (cpus < 1 || nodes < 1) throw new RecordingError('run.cpus and run.nodes must be at least 1');
  const each = Math.floor(cpus / nodes);
  const share = Math.floor(ramMb / nodes) * MiB;
  return defaultConfig({
    arch: arch.arch,
    memory: ramMb * MiB,
    cpus,
    regions,
    nodes:
      nodes === 1
        ? []
        : Array.from({ length: nodes }, (_, id) => ({
            id,
            memory: share,
            // with fewer CPUs than nodes all are on node 0
            cpus: each ? Array.from({ length: each }, (_, i) => id * each + i) : [],
          })),
  });
}

function readSysctls(value: Json | undefined): Record<string, readonly number[]> {
  const out: Record<string, readonly number[]> = {};
  if (!isObject(value)) return out;
  for (const [name, v] of Object.entries(value)) {
    const list = (Array.isArray(v) ? v : [v]).map(Number);
    if (list.every((n) => Number.isFinite(n))) out[name] = list;
  }
  return out;
}

/** "Freeing … memory" lines: the initrd's pages belong to the zone the loader put it in, init sections to the kernel image's. */
function freedLater(zones: readonly RecordedZone[], dmesg: readonly string[]): number[] {
  const freed = zones.map(() => 0);
  let initrd = 0x1000000;
  for (const line of dmesg) {
    const disk = /RAMDISK: \[mem 0x([0-9a-f]+)/.exec(line);
    if (disk) initrd = Number.parseInt(disk[1] as string, 16);
    const free = /Freeing (initrd|unused.*) memory: (\d+)K/.exec(line);
    if (!free) continue;
    const pfn = Math.floor((free[1] === 'initrd' ? initrd : 0x1000000) / PAGE_SIZE);
    const zone = zones.findIndex((z) => z.managed > 0 && z.start_pfn <= pfn && pfn < z.start_pfn + z.spanned);
    if (zone >= 0) freed[zone] = (freed[zone] as number) + Math.floor(Number(free[2]) / 4);
  }
  return freed;
}

/** Sysctls that affect the marks, protection and list sizes, in an order in which they can be written. */
export const MARK_SYSCTLS = [
  'watermark_scale_factor',
  'lowmem_reserve_ratio',
  'min_free_kbytes',
  'percpu_pagelist_high_fraction',
];
const VARIABLES: Readonly<Record<string, string>> = { lowmem_reserve_ratio: 'sysctl_lowmem_reserve_ratio' };

/** Boots the recorded machine: zones as recorded, everything that follows from them computed. @throws MachineError, RecordingError */
export function bootRecorded(recording: Recording): Kernel {
  const k = bootKernel(recording.config, { ...bootOptions(recording), journal: false });
  restore(k, recording);
  startJournal(k);
  return k;
}
/**
 * How the machine of a scenario boots as the recorded one: memory, CPUs and nodes are the recording's, the rest is the scenario's. The journal
 * is off. It throws MachineError and RecordingError.
 */
export function asRecorded(
  recording: Recording,
): (config: MachineConfig, options: KernelOptions & { readonly ports: ReportPorts }) => RunningKernel {
  const { arch, memory, cpus, nodes, regions } = recording.config;
  return (config, options) => {
    if (config.arch !== arch) {
      throw new MachineError(
        `the recorded machine is ${arch}, and the scenario is for ${config.arch}: write machine { arch = ${arch}; }`,
      );
    }
    const machine = { ...config, memory, cpus, nodes, regions };
    const k = bootKernel(machine, { ...options, ...bootOptions(recording), journal: false });
    restore(k, recording);
    k.allocators.init();
    return k;
  };
}

function bootOptions(recording: Recording): BootOptions {
  const { config, zones } = recording;
  const nodes = new Set(config.nodes.length ? config.nodes.map((n) => n.id) : [0]);
  const stray = zones.find((z) => !nodes.has(z.node));
  if (stray) throw new RecordingError(`zone ${stray.name} is on node ${stray.node}, but run.nodes is ${nodes.size}`);
  return { spans: spansOf(recording), populate: recording.free === undefined };
}

/** Free memory, sizes and marks as recorded, on a machine that has booted with its zones. */
function restore(k: Kernel, recording: Recording): void {
  if (recording.free) loadFreeMemory(k, recording.free);
  const managed = (later: boolean): void => {
    recording.zones.forEach((z, i) => {
      const zone = k.zones.find((v) => v.node === z.node && v.name === z.name);
      if (zone) zone.managedPages = z.managed - (later ? 0 : (recording.freedLater[i] as number));
    });
  };
  managed(false);
  k.vars.write('min_free_kbytes', 1024);
  for (const z of k.zones) for (let mark = 0; mark < 4; mark++) z.setWmark(mark, 0);
  initPerZoneWmarkMin(k, recording.hugepages);
  managed(true);
  countPages(k);
  writeRecordedSysctls(k, recording.sysctl);
}

/** Values that do not follow from boot were written afterwards. @throws RecordingError for a value the kernel refuses */
function writeRecordedSysctls(k: Kernel, values: Recording['sysctl']): void {
  for (const name of MARK_SYSCTLS) {
    const wanted = values[name];
    if (!wanted || wanted.every((v, i) => v === k.vars.read(VARIABLES[name] ?? name, i))) continue;
    const problem = writeSysctl(k, `vm.${name}`, wanted);
    if (problem) throw new RecordingError(`sysctl ${problem}`);
  }
}

/** Spans for every zone of every node, as recorded; zones that are not recorded are empty. */
function spansOf(recording: Recording): ZoneSpan[] {
  const arch = DEFAULT_PROFILE.arches[recording.config.arch];
  const ids = recording.config.nodes.length ? recording.config.nodes.map((n) => n.id) : [0];
  return ids.flatMap((node) =>
    arch.zones.map((name, idx): ZoneSpan => {
      const z = recording.zones.find((r) => r.node === node && r.name === name);
      if (!z || z.spanned === 0) return { node, idx, name, start: 0, spanned: 0, present: 0 };
      return { node, idx, name, start: z.start_pfn, spanned: z.spanned, present: z.present };
    }),
  );
}
