/** The views of the inspector, in the order of their tabs. */

import type { ViewEntry } from './viewEntry';
import { ADDRESS_SPACE } from './views/addressSpace/addressSpaceView';
import { COMPARE } from './views/compare/compareView';
import { CONTEXTS } from './views/contexts/contextsView';
import { FREE_LISTS } from './views/freeLists/freeListsView';
import { OBJECT_CARD } from './views/objectCard/objectCardView';
import { PAGE_WALK } from './views/pageWalk/pageWalkView';
import { PHYSICAL_MAP } from './views/physicalMap/physicalMapView';
import { SLABS } from './views/slabs/slabsView';
import { ZONES } from './views/zones/zonesView';

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
