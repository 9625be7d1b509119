/** The machine that settings choose for scenarios without a machine block: `"machine": { "preempt": "rt" }` in kmem.json, `kmem.machine`. */
import { ARCHES, type MachineChoice, PREEMPTIONS } from '../../profiles/machineConfig';
import { isKnownVersion, KNOWN_VERSIONS, VERSION_PATTERN, VERSIONS } from '../../profiles/versions';
import { MOST_CPUS } from '../check/machineBlock';

/** JSON schema of each setting; the checks below are those of the machine block. */
export const MACHINE_SETTINGS = {
  kernel: {
    // an editor offers the list; a stable release is right as well
    anyOf: [{ enum: VERSIONS }, { type: 'string', pattern: VERSION_PATTERN }],
    description: `kernel version whose rules hold, ${KNOWN_VERSIONS}: "6.1" unless given`,
  },
  preempt: { enum: PREEMPTIONS, description: 'preemption model: "voluntary" unless given; "rt" is PREEMPT_RT' },
  arch: { enum: ARCHES, description: '"x86_64" unless given; "i386" and "i386_pae" have highmem' },
  cpus: { type: 'integer', minimum: 1, maximum: MOST_CPUS.x86_64, description: 'number of CPUs: 2 unless given' },
} as const;
/** JSON schema of what settings mean for one another: how many CPUs an architecture has. */
export const MACHINE_CONDITIONS = ARCHES.map((arch) => ({
  if: { properties: { arch: { enum: [arch] } }, required: ['arch'] },
  // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
  then: { properties: { cpus: { maximum: MOST_CPUS[arch] } } },
}));
type Key = keyof typeof MACHINE_SETTINGS;
const KEYS = Object.keys(MACHINE_SETTINGS) as Key[];

/** Reads the setting; `problems` gets what is wrong with it, in words. */
export function readMachineSetting(given: unknown, problems: string[]): MachineChoice {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    problems.push('\'machine\' is not an object: write { "machine": { "preempt": "rt" } }');
    return {};
  }
  const values = given as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(values)) {
    if (!KEYS.includes(key as Key)) problems.push(`'machine' has no setting '${key}': ${KEYS.join(', ')}`);
  }
  const value = <K extends Key>(key: K, good: (v: unknown) => v is MachineChoice[K], wants: string) => {
    const v = values[key];
    if (v === undefined) return {};
    if (good(v)) return { [key]: v };
    problems.push(`'machine': '${key}' is ${wants}, not ${JSON.stringify(v)}`);
    return {};
  };
  const oneOf =
    <T extends string>(list: readonly T[]) =>
    (v: unknown): v is T =>
      list.includes(v as T);
  const arch = value('arch', oneOf(ARCHES), `one of ${ARCHES.join(', ')}`);
  const most = MOST_CPUS[arch.arch ?? 'x86_64'];
  return {
    ...value('kernel', (v): v is string => typeof v === 'string' && isKnownVersion(v), `a version ${KNOWN_VERSIONS}`),
    ...value('preempt', oneOf(PREEMPTIONS), `one of ${PREEMPTIONS.join(', ')}`),
    ...arch,
    ...value(
      'cpus',
      (v): v is number => Number.isInteger(v) && Number(v) >= 1 && Number(v) <= most,
      `a number from 1 to ${most}`,
    ),
  };
}
