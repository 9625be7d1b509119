/** The profile of Linux 6.1 as Debian configures it (6.1.0-50: amd64, 686, 686-pae). */
import type { Profile } from '../profile';
import { debianKernels } from './debianKernels';
import { defaults } from './defaultMachine';
import { errnos, MAX_ERRNO } from './errnos';
import { gfp61 } from './gfpBits';
import { constants } from './kernelConstants';
import { kernelLists, kernelTrees } from './kernelLists';
import { kernelTypes } from './kernelTypes';
import { pageFlagBits, pageTypeBits } from './pageFlagBits';
import { poisonValues } from './poisonValues';
import { allocatorStructs } from './slabStructs';

const hz = 250;

export const linux61: Profile = {
  version: '6.1',
  types: kernelTypes,
  allocatorStructs,
  arches: debianKernels,
  gfp: gfp61,
  pageFlags: pageFlagBits,
  pageTypes: pageTypeBits,
  errno: errnos,
  maxErrno: MAX_ERRNO,
  poison: poisonValues,
  lists: kernelLists,
  trees: kernelTrees,
  hz,
  // five minutes before the counter wraps at 32 bits (include/linux/jiffies.h)
  initialJiffies: 2 ** 32 - 300 * hz,
  constants,
  defaults,
};
