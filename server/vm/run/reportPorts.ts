/** The ports through which the kernel's reports see the program that runs. */
import type { ReportPorts } from '../../kernel/printk/ports';

/** Nothing runs: boot, and the compiler that places the program's data. */
const BOOT: ReportPorts = {
  names: {
    pc: () => -1,
    addressOf: () => 0,
    symbolize: () => '?',
    module: () => 'scenario',
    where: () => 'kernel',
    span: () => undefined,
    placeAt: () => undefined,
    nameOf: (address) => `0x${address.toString(16)}`,
    symbolizeAddress: (address) => `0x${address.toString(16)}`,
    storedTrace: () => [],
    sourcesAt: () => [],
    argumentAt: () => undefined,
  },
  stacks: {
    trace: () => [],
    contextTrace: () => [],
    backtrace: () => [],
    traceOf: () => ({ lines: [], span: undefined, sources: [] }),
    functions: () => [],
    functionsToSchedule: () => [],
    sources: () => [],
    site: () => undefined,
    sp: () => 0,
    inUse: () => [],
    save: () => {},
  },
};

/**
 * The kernel boots before the program is compiled against it, and its parts get their ports once, when they are made.
 * `loaded` supplies the program's own ports once it is compiled.
 */
export function reportPorts(loaded: () => ReportPorts | undefined): ReportPorts {
  const names = () => (loaded() ?? BOOT).names;
  const stacks = () => (loaded() ?? BOOT).stacks;
  return {
    names: {
      pc: () => names().pc(),
      addressOf: (pc) => names().addressOf(pc),
      symbolize: (pc) => names().symbolize(pc),
      module: () => names().module(),
      where: () => names().where(),
      span: () => names().span(),
      placeAt: (address) => names().placeAt(address),
      nameOf: (address) => names().nameOf(address),
      symbolizeAddress: (address) => names().symbolizeAddress(address),
      storedTrace: (addresses) => names().storedTrace(addresses),
      sourcesAt: (addresses) => names().sourcesAt(addresses),
      argumentAt: (address) => names().argumentAt(address),
    },
    stacks: {
      trace: () => stacks().trace(),
      contextTrace: () => stacks().contextTrace(),
      backtrace: (functions, ip, inTick) => stacks().backtrace(functions, ip, inTick),
      functions: () => stacks().functions(),
      functionsToSchedule: () => stacks().functionsToSchedule(),
      sources: () => stacks().sources(),
      site: () => stacks().site(),
      sp: () => stacks().sp(),
      traceOf: (task) => stacks().traceOf(task),
      inUse: (task) => stacks().inUse(task),
      save: () => stacks().save(),
    },
  };
}
