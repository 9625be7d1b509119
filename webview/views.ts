/** The views of the inspector, in the order of their tabs. */

import type { ViewEntry } from './viewEntry';
import { ADDRESS_SPACE } from './views/addressSpace/entry';
import { COMPARE } from './views/compare/entry';
import { CONTEXTS } from './views/contexts/entry';
import { FREE_LISTS } from './views/freeLists/entry';
import { OBJECT_CARD } from './views/objectCard/entry';
import { PAGE_WALK } from './views/pageWalk/entry';
import { PHYSICAL_MAP } from './views/physicalMap/entry';
import { SLABS } from './views/slabs/entry';
import { ZONES } from './views/zones/entry';

export const VIEWS: readonly ViewEntry[] = [
  PHYSICAL_MAP,
  ZONES,
  FREE_LISTS,
  SLABS,
  ADDRESS_SPACE,
  PAGE_WALK,
  CONTEXTS,
  OBJECT_CARD,
  COMPARE,
];
/** The view that is shown beside the others while something is selected. */
export const CARD = OBJECT_CARD;
