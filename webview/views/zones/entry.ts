/** What the shell knows of the view; its code is loaded when it is first shown. */
import type { ViewEntry } from '../../viewEntry';

export const ZONES: ViewEntry = {
  name: 'zones',
  title: 'Zones',
  tag: 'kmem-zones',
  why: 'An allocation fails or wakes kswapd when no zone that it may use is above a watermark: free memory elsewhere does not help.',
  anchor: 'the-page-allocator',
  load: () => import('./zonesView'),
};
