/** Names of the memory inspector's views. Each has a row in INSPECTOR_VIEWS, whose schemas a page needs later than the names. */
export const VIEW_NAMES = [
  'physicalMap',
  'physicalMap/cell',
  'physicalMap/search',
  'objectCard',
  'addressSpace',
  'pageWalk',
  'compare',
  'freeLists',
  'freeLists/wouldTake',
  'slabs',
  'slabs/cache',
  'slabs/page',
  'zones',
  'zones/series',
  'contexts',
  'trace',
] as const;
export type ViewName = (typeof VIEW_NAMES)[number];
