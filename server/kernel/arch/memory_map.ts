/**
 * The machine's memory map: what the firmware reports (BIOS-e820), where there is RAM, and which node each part belongs to.
 * Like QEMU's `pc`: RAM up to 3.5 GiB lies below 4 GiB; with more, what exceeds 3 GiB moves to 4 GiB. arch/x86/kernel/e820.c, 6.1.
 */

import type { ArchInfo } from '../../profiles/archInfo';
import type { MachineConfig } from '../../profiles/machineConfig';
import type { Profile } from '../../profiles/profile';
import { PAGE_SHIFT, PAGE_SIZE } from '../../types/pageSize';
import { archFor, GiB, KiB, MiB } from './arch';
import { MachineError } from './machine_config';

/** byte addresses, end exclusive */
export interface Range {
  readonly start: number;
  readonly end: number;
}
interface FirmwareEntry extends Range {
  readonly type: 'usable' | 'reserved';
}
/** Frames that the kernel may use, of one node: pfns, end exclusive. */
export interface NodeRange {
  readonly node: number;
  readonly start: number;
  readonly end: number;
}
export interface MemoryMap {
  readonly firmware: readonly FirmwareEntry[];
  /** where reads find memory, reserved parts included */
  readonly ram: readonly Range[];
  /** usable frames by node, ascending, as memblock has them when zones are set up */
  readonly present: readonly NodeRange[];
  /** frame 0 is never used, nor are frames that RAM fills only in part: one past the last usable pfn */
  readonly endPfn: number;
  /** a PC's map, with its ROMs and its PCI windows (for /proc/iomem) */
  readonly pc: boolean;
}

const BIOS_END = 0x100000;
const EBDA = 0x9fc00;
/** ACPI tables at the top of low RAM. */
const ACPI_BYTES = 128 * KiB;
const hex = (n: number) => `0x${n.toString(16)}`;

const totalMemory = (config: MachineConfig): number =>
  config.nodes.length ? config.nodes.reduce((sum, n) => sum + n.memory, 0) : config.memory;
/** The kernel that a machine boots: by its architecture, and a small one where RAM ends early. */
export function archOf(profile: Profile, config: MachineConfig): ArchInfo {
  const usable = config.regions.filter((r) => r.type === 'usable');
  const end = usable.length ? Math.max(...usable.map((r) => r.end + 1)) : totalMemory(config);
  return archFor(profile.arches[config.arch], end);
}

/** The memory map of a machine. @throws MachineError if the kernel image has no RAM to lie in */
export function memoryMap(config: MachineConfig, arch: ArchInfo): MemoryMap {
  const total = totalMemory(config);
  if (!(total > 0) || total % PAGE_SIZE !== 0) {
    throw new MachineError(`memory = ${total} bytes is not a whole number of pages; give a multiple of 4K`);
  }
  const pc = config.regions.length === 0;
  const firmware = pc ? pcMap(total) : givenMap(config, total);
  const ram = pc ? pcRam(total) : mergeRanges(firmware);
  const usable = usableFrames(firmware, arch.maxPfn);
  const image = arch.image;
  if (!usable.some((r) => r.start <= image.start >>> PAGE_SHIFT && r.end >= image.end >>> PAGE_SHIFT)) {
    throw new MachineError(
      pc
        ? `memory = ${total / MiB}M is too small: the kernel lies from ${image.start / MiB} MiB on and fills ${(image.end - image.start) / MiB}; give at least 32M`
        : `the regions leave no usable RAM for the kernel image of ${config.arch} at ${hex(image.start)}-${hex(image.end - 1)}; make that part usable`,
    );
  }
  const present = byNode(usable, ram, config);
  return { firmware, ram, present, endPfn: usable[usable.length - 1]?.end ?? 0, pc };
}

function split(total: number): { low: number; high: number } {
  const low = total >= 3.5 * GiB ? 3 * GiB : total;
  return { low, high: total - low };
}

function pcMap(total: number): FirmwareEntry[] {
  const { low, high } = split(total);
  const map: FirmwareEntry[] = [
    { start: 0, end: EBDA, type: 'usable' },
    { start: EBDA, end: 0xa0000, type: 'reserved' },
    { start: 0xf0000, end: BIOS_END, type: 'reserved' },
    { start: BIOS_END, end: low - ACPI_BYTES, type: 'usable' },
    { start: low - ACPI_BYTES, end: low, type: 'reserved' },
    { start: 0xfffc0000, end: 4 * GiB, type: 'reserved' },
  ];
  if (high > 0) map.push({ start: 4 * GiB, end: 4 * GiB + high, type: 'usable' });
  // HyperTransport's window; RAM that would reach it is an Intel machine's
  if (4 * GiB + high <= 0xfd00000000) map.push({ start: 0xfd00000000, end: 0x10000000000, type: 'reserved' });
  return map;
}
function pcRam(total: number): Range[] {
  const { low, high } = split(total);
  const ram: Range[] = [
    { start: 0, end: 0xa0000 },
    { start: BIOS_END, end: low },
  ];
  if (high > 0) ram.push({ start: 4 * GiB, end: 4 * GiB + high });
  return ram;
}

/** What the direct map maps: the first MiB as a whole, and all usable memory that is not highmem (init_mem_mapping). */
export function directMapRanges(memory: Pick<MemoryMap, 'present'>, maxLowPfn: number): Range[] {
  const low = memory.present.flatMap((r) => {
    const end = Math.min(r.end, maxLowPfn) * PAGE_SIZE;
    return end > r.start * PAGE_SIZE ? [{ start: r.start * PAGE_SIZE, end }] : [];
  });
  return mergeRanges([{ start: 0, end: BIOS_END }, ...low]);
}

/** A map from `region` lines: only reserved ones are cut out of RAM from 0; usable ones say where RAM is. */
function givenMap(config: MachineConfig, total: number): FirmwareEntry[] {
  const regions = config.regions.map((r) => ({ start: r.start, end: r.end + 1, type: r.type }));
  for (const r of regions) {
    if (!(r.end > r.start))
      throw new MachineError(`region ${r.type} ${hex(r.start)}-${hex(r.end - 1)} ends before it starts`);
  }
  const usable = regions.filter((r) => r.type === 'usable');
  const reserved = regions.filter((r) => r.type === 'reserved');
  let free: Range[] = usable.length ? mergeRanges(usable) : [{ start: 0, end: total }];
  for (const r of reserved) free = free.flatMap((f) => subtract(f, r));
  const all: FirmwareEntry[] = [...free.map((f) => ({ ...f, type: 'usable' as const })), ...reserved];
  return all.sort((a, b) => a.start - b.start);
}

/** `from` without `cut`: none, one or two ranges. */
export function subtract<T extends Range>(from: T, cut: Range): T[] {
  if (cut.end <= from.start || cut.start >= from.end) return [from];
  const out: T[] = [];
  if (cut.start > from.start) out.push({ ...from, end: cut.start });
  if (cut.end < from.end) out.push({ ...from, start: cut.end });
  return out;
}

function mergeRanges(ranges: readonly Range[]): Range[] {
  const out: { start: number; end: number }[] = [];
  for (const r of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = out[out.length - 1];
    if (last && r.start <= last.end) last.end = Math.max(last.end, r.end);
    else out.push({ start: r.start, end: r.end });
  }
  return out;
}

/** Whole usable frames, without frame 0, which the kernel keeps reserved (trim_bios_range). */
function usableFrames(firmware: readonly FirmwareEntry[], maxPfn: number): Range[] {
  return mergeRanges(firmware.filter((e) => e.type === 'usable'))
    .map((r) => ({
      start: Math.max(1, Math.ceil(r.start / PAGE_SIZE)),
      end: Math.min(maxPfn, Math.floor(r.end / PAGE_SIZE)),
    }))
    .filter((r) => r.end > r.start);
}

/** Deals RAM out to the nodes in order of address, as the firmware's SRAT does. */
function byNode(usable: readonly Range[], ram: readonly Range[], config: MachineConfig): NodeRange[] {
  if (config.nodes.length === 0) return usable.map((r) => ({ node: 0, ...r }));
  // holes below 1 MiB count as node 0's memory, as SRAT has them
  const shares: { node: number; start: number; end: number }[] = [];
  const blocks = ram.map((r) => ({ start: r.start === BIOS_END ? 0xa0000 : r.start, end: r.end }));
  let block = 0;
  let at = blocks[0]?.start ?? 0;
  for (const node of config.nodes) {
    let left = node.memory;
    while (left > 0 && block < blocks.length) {
      const take = Math.min(left, (blocks[block] as Range).end - at);
      if (take > 0) shares.push({ node: node.id, start: at / PAGE_SIZE, end: (at + take) / PAGE_SIZE });
      left -= take;
      at += take;
      if (at >= (blocks[block] as Range).end) at = blocks[++block]?.start ?? 0;
    }
  }
  const out: NodeRange[] = [];
  for (const u of usable) {
    for (const s of shares) {
      const start = Math.max(u.start, s.start);
      const end = Math.min(u.end, s.end);
      if (end > start) out.push({ node: s.node, start, end });
    }
  }
  return out;
}
