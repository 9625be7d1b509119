/**
 * The catalogue of kernel API: every function and macro the language knows, listed once (architecture, invariant 5). The checker, the
 * linter, hovers, completion, the run-time checks and docs/api.md read it; the vm's implementations are bound to `RunnableName` by type.
 */

import { constantNames } from '../../profiles/constantTable';
import type { Profile } from '../../profiles/profile';
import type { MacroNames } from '../syntax/macroNames';
import { atomics } from './atomics';
import type { MacroBody } from './bodies/macroBody';
import { macros } from './bodies/macros';
import { containers } from './containers';
import { context } from './contexts';
import { devices } from './devices';
import { drivers } from './drivers';
import { folios } from './folios';
import type { ApiEntry } from './form/entry';
import { helpers } from './helpers';
import { kernelVars } from './kernelvars';
import { lists } from './lists';
import { locks } from './locks';
import { mappings } from './mappings';
import { pages } from './pages';
import { pagetables } from './pagetables';
import { report } from './report';
import { guards } from './scopeGuards';
import { sim } from './sim';
import { slab } from './slab';
import { strings } from './strings';
import { block } from './subsystems/blockDevices';
import { buses } from './subsystems/buses';
import { cpumasks } from './subsystems/cpumasks';
import { deviceClasses } from './subsystems/deviceClasses';
import { driverHelpers } from './subsystems/driverHelpers';
import { firmwareNodes } from './subsystems/firmwareNodes';
import { gpioChips } from './subsystems/gpioChips';
import { inputDevices } from './subsystems/inputDevices';
import { packets } from './subsystems/packets';
import { serialPorts } from './subsystems/serialPorts';
import { spi } from './subsystems/spi';
import { supplies } from './subsystems/supplies';
import { userPages } from './subsystems/userPages';
import { tasks } from './tasks';
import { usb } from './usb';
import { waiting } from './waiting';

/** The catalogue by area, in the order of the documentation. */
export const areas = {
  'The page allocator': pages,
  Folios: folios,
  'Page table entries': pagetables,
  Contexts: context,
  Locks: locks,
  'What a scope undoes': guards,
  'Tasks, timers, works, interrupts': tasks,
  Waiting: waiting,
  Lists: lists,
  'Atomics, references, bits, barriers': atomics,
  'Memory blocks and strings': strings,
  'Log, warnings, bugs': report,
  'The simulator': sim,
  Helpers: helpers,
  'kmalloc, caches, pools': slab,
  'vmalloc, kmap, per-CPU memory': mappings,
  'Devices, DMA, user memory, containers': devices,
  'Lock-less lists, trees, numbers, counters, notifiers, switches': containers,
  'The parts of drivers': drivers,
  USB: usb,
  'Block devices': block,
  SPI: spi,
  'Packets, page pools, page fragments': packets,
  'Sets of CPUs': cpumasks,
  'User pages, firmware, DMA engines': userPages,
  'I2C, register maps': buses,
  'Clocks, supplies, resets, lines, run-time power': supplies,
  'Input devices, LEDs': inputDevices,
  'Device trees, properties': firmwareNodes,
  'Watchdogs, clocks of the day, sensors, power supplies, converters': deviceClasses,
  'GPIO chips, interrupt domains, human interface devices': gpioChips,
  'Serial ports, what terminals receive': serialPorts,
  'Devices, ports and files of many drivers': driverHelpers,
} as const satisfies Record<string, Readonly<Record<string, ApiEntry>>>;

export const catalogue = {
  ...pages,
  ...folios,
  ...pagetables,
  ...context,
  ...locks,
  ...guards,
  ...tasks,
  ...waiting,
  ...lists,
  ...atomics,
  ...strings,
  ...report,
  ...sim,
  ...helpers,
  ...slab,
  ...mappings,
  ...devices,
  ...containers,
  ...drivers,
  ...usb,
  ...block,
  ...spi,
  ...packets,
  ...cpumasks,
  ...userPages,
  ...buses,
  ...supplies,
  ...inputDevices,
  ...firmwareNodes,
  ...deviceClasses,
  ...gpioChips,
  ...serialPorts,
  ...driverHelpers,
} as const;

type ApiName = keyof typeof catalogue;
/** Functions the vm must implement: `Record<RunnableName, …>` does not compile when one is missing. */
export type RunnableName = {
  [K in ApiName]: (typeof catalogue)[K] extends { readonly kind: 'function'; readonly run: true } ? K : never;
}[ApiName];

const byName: ReadonlyMap<string, ApiEntry> = new Map(Object.entries(catalogue));

/** The entry of an API function or macro. */
export const lookupApi = (name: string): ApiEntry | undefined => byName.get(name);
/** Whether a call of `name` never returns. */
export const neverReturns = (name: string): boolean => lookupApi(name)?.returns === 'never';
/** The kernel's functions that call traces name for runnable ones that take a gfp mask. */
export const ALLOCATING_SYMBOLS: readonly string[] = [
  ...new Set(
    [...byName].flatMap(([name, { run, kind, gfp, symbol, compiledAs }]) => {
      if (!run || kind !== 'function' || !gfp) return [];
      return [symbol ?? name, ...(compiledAs ? [compiledAs.small, compiledAs.large] : [])];
    }),
  ),
];
/**
 * The macros that shape the syntax, for the parser. A name that the catalogue does not know follows the kernel's convention:
 * `DEFINE_…` and `DECLARE_…` declare, `…for_each…` is a loop.
 */
export const macroNames: MacroNames = {
  declares(name) {
    const entry = lookupApi(name);
    return entry ? entry.declares === true : /^(DEFINE|DECLARE)_/.test(name);
  },
  loops(name) {
    const entry = lookupApi(name);
    return entry ? entry.loops === true : name.includes('for_each') || name.startsWith('FOR_EACH');
  },
  isObject: (name) => lookupApi(name)?.isObject === true,
  endsWithComma: (name) => lookupApi(name)?.initialises === 'and its comma',
};
/** What a macro means, in the scenario language. */
export const lookupMacro = (name: string): MacroBody | undefined => macros.get(name);
/** What the kernel has in the place of a function of the C library: printk for printf. */
export function insteadOf(name: string): string | undefined {
  for (const [own, entry] of byName) if (entry.insteadOf === name) return own;
  return undefined;
}
/** A variable of the kernel: its C type. */
export const lookupKernelVar = (name: string): string | undefined =>
  Object.hasOwn(kernelVars, name) ? kernelVars[name]?.type : undefined;
/** All names of a kernel version, for suggestions and completion; internal ones (`__kmem_…`) left out. */
export function* allNames(profile: Profile): Generator<string> {
  for (const name of byName.keys()) if (!name.startsWith('__kmem_')) yield name;
  yield* constantNames(profile);
  yield* Object.keys(kernelVars);
}
