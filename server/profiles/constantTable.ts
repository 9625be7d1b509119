/** All constants that a kernel version defines on one machine, by name: its masks, flags, enums, error numbers and the rest. */

import { ABIS } from '../types/ctype';
import { orMake } from '../types/orMake';
import { ALLOCATORS, type ConstantMachine } from './machineConfig';
import type { ConstantValue, Profile } from './profile';

type Table = Map<string, ConstantValue>;
const made = new WeakMap<Profile, Map<string, ReadonlyMap<string, ConstantValue>>>();

function put(table: Table, values: Readonly<Record<string, number>>, type?: string): void {
  for (const [name, value] of Object.entries(values))
    table.set(name, type === undefined ? { value: BigInt(value) } : { value: BigInt(value), type });
}
function build(profile: Profile, machine: ConstantMachine): Table {
  const { arch } = machine;
  const { gfp, errno, pageFlags, poison, types } = profile;
  const table: Table = new Map();
  const bits = Object.fromEntries(Object.entries(gfp.bits).filter(([, bit]) => bit !== 0));
  put(table, { ...bits, ...gfp.masks }, 'gfp_t');
  put(table, { ...errno, MAX_ERRNO: profile.maxErrno, HZ: profile.hz });
  pageFlags.forEach((name, bit) => {
    table.set(`PG_${name}`, { value: BigInt(bit) });
  });
  for (const names of Object.values(types.enumConstants(arch)))
    names.forEach((name, value) => {
      table.set(name, { value: BigInt(value) });
    });
  const delta = poison.pointerDelta[arch];
  table.set('LIST_POISON1', { value: delta + BigInt(poison.list1), type: 'void *' });
  table.set('LIST_POISON2', { value: delta + BigInt(poison.list2), type: 'void *' });
  for (const [name, constant] of Object.entries(profile.constants(machine))) table.set(name, constant);
  return table;
}

/** The constants of a kernel version on a machine; made once for all machines that have the same. */
export function constantTable(profile: Profile, machine: ConstantMachine): ReadonlyMap<string, ConstantValue> {
  const { arch, allocator, config } = machine;
  const options = Object.keys(config).filter((name) => config[name]);
  const byMachine = orMake(made, profile, () => new Map());
  return orMake(byMachine, [arch, allocator, ...options.sort()].join(' '), () => build(profile, machine));
}
/** Names of the constants that a kernel version defines on some machine. */
export function constantNames(profile: Profile): ReadonlySet<string> {
  const machines = Object.values(ABIS).flatMap(({ arch }) =>
    ALLOCATORS.map((allocator) => ({ arch, allocator, config: {} })),
  );
  return new Set(machines.flatMap((machine) => [...constantTable(profile, machine).keys()]));
}
