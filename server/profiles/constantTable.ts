/** All constants that a kernel version defines on one machine, by name: its masks, flags, enums, error numbers and the rest. */

import type { Arch } from '../types/ctype';
import { orMake } from '../types/orMake';
import type { ConstantValue, Profile } from './profile';

type Table = Map<string, ConstantValue>;
const made = new WeakMap<Profile, Map<Arch, ReadonlyMap<string, ConstantValue>>>();

function put(table: Table, values: Readonly<Record<string, number>>, type?: string): void {
  for (const [name, value] of Object.entries(values))
    table.set(name, type === undefined ? { value: BigInt(value) } : { value: BigInt(value), type });
}
function build(profile: Profile, arch: Arch): Table {
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
  for (const [name, constant] of Object.entries(profile.constants(arch))) table.set(name, constant);
  return table;
}

/** The constants of a kernel version on one architecture; made once. */
export function constantTable(profile: Profile, arch: Arch): ReadonlyMap<string, ConstantValue> {
  const byArch = orMake(made, profile, () => new Map());
  const table = orMake(byArch, arch, () => build(profile, arch));
  return table;
}
