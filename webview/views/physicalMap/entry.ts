/** What the shell knows of the view; its code is loaded when it is first shown. */
import type { ViewEntry } from '../../viewEntry';

export const PHYSICAL_MAP: ViewEntry = {
  name: 'physicalMap',
  title: 'Physical map',
  tag: 'kmem-physical-map',
  why: 'Free memory that lies in pieces is of no use for large blocks: here you see who holds which frame between them.',
  anchor: 'the-page-allocator',
  load: () => import('./physicalMapView'),
};
