/**
 * A machine as its /proc files describe it: zoneinfo, buddyinfo, pagetypeinfo, iomem and what else says how it was booted, as text. They
 * become a recording in the form that recorded.ts reads.
 */

import { MiB } from '../kernel/arch/arch';
import { defaultConfig } from '../kernel/arch/machine_config';
import { memoryMap } from '../kernel/arch/memory_map';
import type { ArchInfo } from '../profiles/archInfo';
import { DEFAULT_PROFILE } from '../profiles/profiles';
import { PAGE_SIZE } from '../types/pageSize';
import { MARK_SYSCTLS } from './recorded';
import { RecordingError } from './recording_error';

/** The files below /proc that are read where they exist; `dmesg` is what that command prints. */
export const PROC_FILES = [
  'zoneinfo',
  'iomem',
  'buddyinfo',
  'pagetypeinfo',
  'version',
  'dmesg',
  ...MARK_SYSCTLS.map((name) => `sys/vm/${name}`),
] as const;
/** By name in PROC_FILES: a file's text; undefined if the machine's folder does not have it. */
export type ProcTexts = Readonly<Record<string, string | undefined>>;

interface ZoneText {
  readonly node: number;
  readonly name: string;
  readonly text: string;
}

/** The recording that the files make. @throws RecordingError saying which file is missing or not what its name says */
export function recordingOfProc(texts: ProcTexts): object {
  const zones = zoneTexts(required(texts, 'zoneinfo', 'it says where the zones lie'));
  const ram = systemRam(required(texts, 'iomem', 'it says where RAM is'));
  const pagetypeinfo = texts.pagetypeinfo;
  const arch = archOfFiles(zones, texts);
  const cpus = new Set(zones.flatMap((z) => [...z.text.matchAll(/^\s+cpu: (\d+)$/gm)].map((m) => m[1])));
  const nodes = new Set(zones.map((z) => z.node));
  const values = MARK_SYSCTLS.flatMap((name) => {
    const text = texts[`sys/vm/${name}`];
    return text === undefined ? [] : [[name, text.trim().split(/\s+/).map(Number)] as const];
  });
  return {
    run: { arch: arch.arch, cpus: cpus.size, nodes: nodes.size, ...ramOf(arch, ram) },
    zones: zones.map((z) => {
      const value = (label: string) =>
        Number(new RegExp(`^\\s+${label}\\s+(\\d+)$`, 'm').exec(z.text)?.[1] ?? Number.NaN);
      const start = /^\s+start_pfn:\s+(\d+)$/m.exec(z.text)?.[1];
      const counts = { spanned: value('spanned'), present: value('present'), managed: value('managed') };
      return { node: z.node, name: z.name, ...(start === undefined ? {} : { start_pfn: Number(start) }), ...counts };
    }),
    sysctl: Object.fromEntries(values),
    dmesg: texts.dmesg?.split('\n'),
    ...(texts.buddyinfo === undefined ? {} : { buddyinfo: readBuddyinfo(texts.buddyinfo) }),
    ...(pagetypeinfo === undefined ? {} : { pagetypeinfo: readPagetypeinfo(pagetypeinfo) }),
  };
}

function required(texts: ProcTexts, file: string, why: string): string {
  const text = texts[file];
  if (text === undefined) throw new RecordingError(`the file ${file} is missing: ${why}`);
  return text;
}

function zoneTexts(zoneinfo: string): ZoneText[] {
  const parts = zoneinfo.split(/^(?=Node \d+, zone)/m);
  const zones = parts.flatMap((text): ZoneText[] => {
    const title = /^Node (\d+), zone\s+(\w+)/.exec(text);
    return title ? [{ node: Number(title[1]), name: title[2] as string, text }] : [];
  });
  if (zones.length === 0) throw new RecordingError('zoneinfo: no line "Node 0, zone …"; copy /proc/zoneinfo');
  return zones;
}

interface RamRange {
  readonly start: number;
  /** inclusive */
  readonly end: number;
}
function systemRam(iomem: string): RamRange[] {
  const rows = [...iomem.matchAll(/^([0-9a-f]+)-([0-9a-f]+) : System RAM$/gm)];
  const ram = rows.map((r) => ({
    start: Number.parseInt(r[1] as string, 16),
    end: Number.parseInt(r[2] as string, 16),
  }));
  if (ram.length === 0) throw new RecordingError('iomem: no line "… : System RAM"; copy /proc/iomem');
  if (ram.every((r) => r.end === 0)) {
    throw new RecordingError('iomem: the addresses are hidden, as from everyone but root; copy /proc/iomem as root');
  }
  return ram;
}

/** The architecture, from the zones it has; which of the two i386 kernels, from the size of pageblocks or the kernel's name. */
function archOfFiles(zones: readonly ZoneText[], texts: ProcTexts): ArchInfo {
  const names = new Set(zones.map((z) => z.name));
  const arches = Object.values(DEFAULT_PROFILE.arches).filter((a) => a.zones.every((name) => names.has(name)));
  if (arches.length === 0) {
    throw new RecordingError(`zoneinfo: ${[...names].join(', ')} are the zones of no architecture that kmem emulates`);
  }
  const order = /^Page block order: (\d+)$/m.exec(texts.pagetypeinfo ?? '')?.[1];
  const version = texts.version;
  const right = arches.filter((a) =>
    order !== undefined ? a.pageblockOrder === Number(order) : /-pae\b/.test(version ?? '') === (a.arch === 'i386_pae'),
  );
  if (arches.length > 1 && order === undefined && version === undefined) {
    throw new RecordingError(`pagetypeinfo or version is needed to tell ${arches.map((a) => a.arch).join(' from ')}`);
  }
  const found = right[0] ?? arches[0];
  return found as ArchInfo;
}

/** RAM as a recording gives it: the size of a PC with that memory map if there is one, else with its parts. */
function ramOf(arch: ArchInfo, ram: readonly RamRange[]): object {
  const bytes = ram.reduce((sum, r) => sum + r.end + 1 - r.start, 0);
  const megabytes = Math.ceil(bytes / MiB);
  const asRows = (rows: readonly { start: number; end: number }[]) => rows.map((r) => `${r.start}-${r.end}`).join();
  // the kernel's rows begin behind frame 0, and a kernel without PAE does not see what lies above 4 GiB
  const map = memoryMap(defaultConfig({ arch: arch.arch, memory: megabytes * MiB }), arch).firmware;
  const usable = map
    .filter((e) => e.type === 'usable')
    .map((e) => ({ start: Math.max(e.start, PAGE_SIZE), end: e.end - 1 }));
  if (asRows(usable) === asRows(ram)) return { ram_mb: megabytes };
  return { ram_mb: megabytes, ram: ram.map((r) => ({ start: r.start, end: r.end })) };
}

const counts = (text: string): number[] =>
  text
    .trim()
    .split(/\s+/)
    .map((n) => Number(n.replace('>', '')));

/** Free blocks by order of each zone. */
function readBuddyinfo(text: string): object[] {
  const rows = [...text.matchAll(/^Node (\d+), zone\s+(\w+)\s+([\d ]+)$/gm)];
  if (rows.length === 0) throw new RecordingError('buddyinfo: no line "Node 0, zone …"; copy /proc/buddyinfo');
  return rows.map((r) => ({ node: Number(r[1]), zone: r[2], nr_free: counts(r[3] as string) }));
}

/** Free blocks of each zone by migratetype and order, and the number of pageblocks of each migratetype. */
function readPagetypeinfo(text: string): object {
  const free = [...text.matchAll(/^Node\s+(\d+), zone\s+(\w+), type\s+(\w+)\s+([\d >]+)$/gm)];
  const blocks = [...text.matchAll(/^Node (\d+), zone\s+(\w+)\s+([\d ]+)$/gm)];
  const titles = /^Number of blocks type\s+(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/);
  if (free.length === 0 || !titles) {
    throw new RecordingError('pagetypeinfo: no table of free pages by migratetype; copy /proc/pagetypeinfo as root');
  }
  return {
    free: free.map((r) => ({ node: Number(r[1]), zone: r[2], type: r[3], nr_free: counts(r[4] as string) })),
    blocks: blocks.map((r) => {
      const of = counts(r[3] as string);
      return { node: Number(r[1]), zone: r[2], ...Object.fromEntries(titles.map((name, i) => [name, of[i] ?? 0])) };
    }),
  };
}
