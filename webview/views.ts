/** The views of the inspector, in the order of their tabs. */

import type { ViewEntry } from './viewEntry';
import { OBJECT_CARD } from './views/objectCard/objectCardView';

export const VIEWS: readonly ViewEntry[] = [OBJECT_CARD];
/** The view that is shown beside the others while something is selected. */
export const CARD = OBJECT_CARD;
