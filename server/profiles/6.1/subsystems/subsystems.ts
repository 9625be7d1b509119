/** All that the headers of subsystems define for drivers, 6.1. */
import type { Members } from '../../../types/layout';
import { blockAndPackets } from './blockAndPacketTypes';
import { buses } from './busTypes';
import { chips } from './chipTypes';
import { hwmon, leds, powerSupplies, pwm, rtc, watchdogs } from './deviceClassTypes';
import { deviceTree } from './deviceTreeTypes';
import { hid } from './hidTypes';
import { iio } from './iioTypes';
import { input } from './inputTypes';
import { serial } from './serialTypes';
import type { SubsystemTypes } from './subsystemTypes';

const ALL: readonly SubsystemTypes[] = [
  blockAndPackets,
  input,
  leds,
  deviceTree,
  watchdogs,
  rtc,
  hwmon,
  powerSupplies,
  pwm,
  chips,
  buses,
  serial,
  iio,
  hid,
];
const merged = <T>(tables: readonly (Readonly<Record<string, T>> | undefined)[]): Readonly<Record<string, T>> =>
  Object.assign({}, ...tables);

/** tag → members */
export const subsystemStructs: Readonly<Record<string, Members>> = merged(ALL.map(({ structs }) => structs));
/** typedef name → C type */
export const subsystemTypedefs = merged(ALL.map(({ typedefs }) => typedefs));
export const subsystemConstants = merged(ALL.map(({ constants }) => constants));
export const subsystemFlags = merged(ALL.map(({ flags }) => flags));
export const subsystemTimes = merged(ALL.map(({ times }) => times));
