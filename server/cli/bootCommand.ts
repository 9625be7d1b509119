/** `kmem boot`: boots a machine and prints what its /proc files say. */
import { readFileSync } from 'node:fs';
import { defaultConfig, MachineError } from '../kernel/arch/machine_config';
import { BOOT_MOMENTS, type BootMoment } from '../kernel/boot_moments';
import type { Kernel, KernelOptions } from '../kernel/kernel';
import { bootKernel } from '../kernel/kernel';
import { extfragText, fragmentationIndex, unusableFreeIndex, zoneIndexes } from '../kernel/proc/extfrag';
import { layout, layoutJson, pageTablesJson, pageTablesText } from '../kernel/proc/proc_layout';
import { iomem, iomemResources, meminfo, meminfoFields } from '../kernel/proc/proc_meminfo';
import { slabInfo, slabinfo } from '../kernel/proc/proc_slabinfo';
import { vmallocInfo, vmallocinfo } from '../kernel/proc/proc_vmallocinfo';
import {
  buddyinfo,
  freeBlocks,
  pageTypes,
  pagetypeinfo,
  vmstat,
  vmstatFields,
  zoneInfo,
  zoneinfo,
} from '../kernel/proc/proc_vmstat';
import { check } from '../language/check/check';
import type { MachineConfig } from '../profiles/machineConfig';
import { bootRecorded } from '../recordings/recorded';
import { RecordingError } from '../recordings/recording_error';
import type { Command, Io } from './command';
import { text, UsageError } from './command';
import { recordingAt } from './recordingFile';
import { diagnosticText, fileProblem, includeFromDisk, machineFor, positionsIn } from './scenario';

interface View {
  asText(k: Kernel): string;
  asJson(k: Kernel): object;
}
const extfrag = (index: typeof unusableFreeIndex): View => ({
  asText: (k) => extfragText(k, index),
  asJson: (k) => ({ zones: zoneIndexes(k, index) }),
});
const VIEWS: Readonly<Record<string, View>> = {
  zoneinfo: {
    asText: zoneinfo,
    asJson: (k) => ({
      zones: k.zones.map((z) => zoneInfo(k, z)),
      min_free_kbytes: k.vars.read('min_free_kbytes'),
    }),
  },
  buddyinfo: { asText: buddyinfo, asJson: (k) => ({ zones: freeBlocks(k) }) },
  pagetypeinfo: {
    asText: pagetypeinfo,
    asJson: (k) => ({
      page_block_order: k.arch.pageblockOrder,
      zones: k.zones.filter((z) => z.populated).map((z) => pageTypes(k, z)),
    }),
  },
  unusable_index: extfrag(unusableFreeIndex),
  extfrag_index: extfrag(fragmentationIndex),
  vmstat: { asText: vmstat, asJson: vmstatFields },
  meminfo: { asText: meminfo, asJson: meminfoFields },
  slabinfo: { asText: slabinfo, asJson: (k) => ({ caches: slabInfo(k) }) },
  vmallocinfo: { asText: vmallocinfo, asJson: (k) => ({ areas: vmallocInfo(k) }) },
  layout: { asText: layout, asJson: layoutJson },
  page_tables: { asText: pageTablesText, asJson: pageTablesJson },
  iomem: { asText: iomem, asJson: (k) => ({ resources: iomemResources(k) }) },
};

export const boot: Command = {
  usage: '[--machine FILE.kmem | --recorded FILE.json|FOLDER] [--show WHAT] [--json]',
  details:
    'Without a file it boots the default machine: x86_64, 1G, 2 CPUs, one node. --recorded takes the zones of a machine that\n' +
    'was recorded on a real kernel, and what was free in them, and computes the rest: marks, protection, per-CPU list sizes.\n' +
    'A folder is a copy of files of its /proc: zoneinfo and iomem (as root), and where they exist buddyinfo, pagetypeinfo,\n' +
    'version, dmesg and sys/vm/.',
  options: {
    machine: { type: 'string', value: 'FILE', help: 'the machine { … } of a scenario' },
    recorded: { type: 'string', value: 'PATH', help: 'a recorded machine: JSON, or a folder with its /proc files' },
    show: { type: 'string', value: 'WHAT', choices: Object.keys(VIEWS), help: 'zoneinfo unless given' },
    when: {
      type: 'string',
      value: 'MOMENT',
      choices: Object.keys(BOOT_MOMENTS),
      help: 'for page_tables: head (the provisional ones), late_initcall (before text is protected), running unless given',
    },
    json: { type: 'boolean', help: 'the same as JSON' },
  },
  positionals: { min: 0, max: 0, names: '' },
  run(values, _positionals, io) {
    const machine = text(values, 'machine');
    const recorded = text(values, 'recorded');
    if (machine !== undefined && recorded !== undefined)
      throw new UsageError('--machine and --recorded exclude each other; give one of them');
    const view = VIEWS[text(values, 'show') ?? 'zoneinfo'] as View;
    const k = start(machine, recorded, io, BOOT_MOMENTS[(text(values, 'when') ?? 'running') as BootMoment]);
    if (!k) return 2;
    io.out(values.json ? `${JSON.stringify(view.asJson(k))}\n` : view.asText(k));
    return 0;
  },
};

/** Boots; undefined after the mistakes in the machine block have been printed. @throws UsageError for a file that cannot be used */
function start(
  machine: string | undefined,
  recorded: string | undefined,
  io: Io,
  options: KernelOptions,
): Kernel | undefined {
  const file = recorded ?? machine;
  try {
    if (recorded !== undefined) return bootRecorded(recordingAt(recorded));
    const config = machine === undefined ? defaultConfig() : machineOf(machine, io);
    return config && bootKernel(config, options);
  } catch (error) {
    const known = error instanceof MachineError || error instanceof RecordingError;
    const reason = known ? error.message : fileProblem(error, recorded === undefined ? 'file' : 'file or folder');
    if (reason === undefined) throw error;
    throw new UsageError(`${file === undefined ? '' : `${file}: `}${reason}`);
  }
}

/** The machine of a scenario; errors in it are printed. The rest of the file may have errors of its own. */
function machineOf(path: string, io: Io): MachineConfig | undefined {
  const program = check({ path, text: readFileSync(path, 'utf8') }, { ...includeFromDisk, machine: machineFor(path) });
  const blocks = program.files.flatMap((f, file) =>
    f.tree.items.filter((i) => i.kind === 'machine').map((i) => ({ ...i.span, file })),
  );
  const errors = program.diagnostics.filter(
    (d) =>
      d.severity === 'error' &&
      blocks.some((b) => b.file === d.span.file && d.span.start >= b.start && d.span.start <= b.end),
  );
  const positions = positionsIn(program);
  for (const d of errors) io.err(diagnosticText(d, positions));
  return errors.length ? undefined : program.machine;
}
