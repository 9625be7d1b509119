/**
 * The small kernels of the recordings of page tables and stacks: what their boot said of their image and of per-CPU memory makes a profile
 * like Debian's, with another image (Linux 6.1.176, SLAB, x86_64 and i386).
 */
import { defaultConfig } from '../../kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../kernel/kernel';
import { type ArchInfo, imagePart } from '../../profiles/archInfo';
import type { Profile } from '../../profiles/profile';
import { DEFAULT_PROFILE } from '../../profiles/profiles';
import type { Arch } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import { field, isObject, type JsonObject, TraceError } from '../trace_json';

const KiB = 1024;
const MiB = KiB * KiB;

/** Where the parts of an image lie that boot does not tell: physical addresses. */
export interface ImagePlaces {
  readonly text: number;
  readonly etext: number;
  readonly rodata: number;
  readonly data: number;
  readonly init: number;
  readonly bss: number;
  readonly end: number;
  readonly imageSpace: number;
  /** index of the local APIC's page in the fixmap, and how many fixed addresses are permanent */
  readonly fixmap: ArchInfo['fixmap'];
  /** i386: frames of lowmem, where there is highmem */
  readonly maxLowPfn: number;
}

/** The lines `T name=value …` of a recording. */
export function constantsOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const words = lines.filter((line) => line.startsWith('T ')).flatMap((line) => line.slice(2).split(' '));
  return new Map(words.map((word): [string, string] => [word.split('=')[0] ?? '', word.slice(word.indexOf('=') + 1)]));
}
/** @throws TraceError for one that is missing */
export function hexOf(constants: ReadonlyMap<string, string>, name: string): number {
  const value = constants.get(name);
  if (value === undefined || !/^[0-9a-f]+$/.test(value))
    throw new TraceError(`no ${name} in the lines that begin with T`);
  return addressOf(value);
}
/** A virtual address as the kernel's parts have it: those of 64 bits are signed. */
export function addressOf(hex: string): number {
  const bits = BigInt(`0x${hex}`);
  return Number(hex.length > 8 ? BigInt.asIntN(64, bits) : bits);
}
export function linesOf(json: JsonObject): readonly string[] {
  const { lines } = json;
  if (!Array.isArray(lines) || !lines.every((line) => typeof line === 'string'))
    throw new TraceError('"lines" must be a list of texts');
  return lines as readonly string[];
}
export function runOf(json: object): JsonObject {
  const run = field(isObject(json) ? json : {}, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  return run;
}

/** What boot printed. */
interface BootText {
  readonly cpus: number;
  readonly possibleCpus: number;
  /** bytes of RAM */
  readonly memory: number;
  /** kB of each part of the image */
  readonly size: (part: string) => number;
  readonly percpu: ArchInfo['percpu'];
}
function bootText(run: JsonObject): BootText {
  const boot = Array.isArray(run.boot) ? run.boot.map(String) : [];
  const find = (pattern: RegExp): RegExpMatchArray => {
    const found = boot.map((line) => line.match(pattern)).find((m) => m !== null);
    if (!found) throw new TraceError(`run.boot has no line like ${pattern.source}`);
    return found;
  };
  const number = (pattern: RegExp, group = 1): number => Number(find(pattern)[group]);
  const ends = boot.flatMap((line) => line.match(/\[mem 0x[0-9a-f]+-0x([0-9a-f]+)\]/)?.[1] ?? []);
  const end = Math.max(...ends.map((hex) => Number.parseInt(hex, 16) + 1));
  const percpu = /percpu: Embedded \d+ pages\/cpu s(\d+) r(\d+) d(\d+)/;
  return {
    cpus: number(/nr_cpu_ids:(\d+)/),
    possibleCpus: number(/NR_CPUS:(\d+)/),
    // firmware keeps 128 kB at the end of RAM below 4 GiB; beyond it lies what the hole of 1 GiB has displaced
    memory: end > 4096 * MiB ? end - 1024 * MiB : end + 128 * KiB,
    size: (part) => number(new RegExp(`(\\d+)K ${part}\\b`)),
    percpu: { static: number(percpu), reserved: number(percpu, 2), dynamic: 28672, atom: 0 },
  };
}

const up = (n: number, align: number): number => Math.ceil(n / align) * align;

/** Boots a machine as the recorded one was. `protect`: to the end of boot, not only up to its late_initcalls. */
export function bootSmallKernel(
  run: JsonObject,
  places: ImagePlaces | undefined,
  gbPages: boolean,
  protect: boolean,
): Kernel {
  const arch: Arch = run.machine === 'x86_64' ? 'x86_64' : 'i386';
  const text = bootText(run);
  const base = DEFAULT_PROFILE.arches[arch];
  const info: ArchInfo = {
    ...(places ? withImage(base, places, text) : base),
    maxCpus: text.possibleCpus,
    percpu: { ...text.percpu, atom: base.percpu.atom },
  };
  const profile: Profile = { ...DEFAULT_PROFILE, arches: { ...DEFAULT_PROFILE.arches, [arch]: info } };
  const config = defaultConfig({ arch, memory: text.memory, cpus: text.cpus });
  const options = { ...config.config, KASAN: false, X86_DIRECT_GBPAGES: gbPages };
  const kernel = bootKernel({ ...config, config: options }, { profile, journal: false });
  if (protect) kernel.markReadonly();
  return kernel;
}
/** The recorded kernel's own image, and what follows from how it was built. */
function withImage(base: ArchInfo, places: ImagePlaces, text: BootText): ArchInfo {
  const kB = (part: string) => text.size(part) * KiB;
  const initEnd = places.init + kB('init');
  const image: ArchInfo['image'] = {
    start: places.text,
    end: up(places.end, PAGE_SIZE),
    parts: [
      imagePart('Kernel code', places.text, places.etext),
      imagePart('Kernel rodata', places.rodata, places.rodata + kB('rodata')),
      imagePart('Kernel data', places.data, places.init),
      imagePart('Kernel bss', places.bss, up(places.end, PAGE_SIZE)),
    ],
    freedEarly: [imagePart('SMP alternatives', initEnd, places.bss)],
    freedLate: [imagePart('initmem', places.init, initEnd)],
  };
  return {
    ...base,
    image,
    fixmap: places.fixmap,
    imageSpace: places.imageSpace,
    maxLowPfn: places.maxLowPfn,
    percpuStart: base.percpuStart && base.imageOffset + places.init,
  };
}
