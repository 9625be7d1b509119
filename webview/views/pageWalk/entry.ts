/** What the shell knows of the view; its code is loaded when it is first shown. */
import type { ViewEntry } from '../../viewEntry';

export const PAGE_WALK: ViewEntry = {
  name: 'pageWalk',
  title: 'Page walk',
  tag: 'kmem-page-walk',
  why: 'Whether an access works, faults or goes to the wrong memory is decided here: entry by entry, as the processor reads them.',
  anchor: 'page-tables',
  load: () => import('./pageWalkView'),
};
