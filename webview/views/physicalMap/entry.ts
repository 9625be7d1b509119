/** What the shell knows of the view, which is shown at first: its code comes with the page. */
import type { ViewEntry } from '../../viewEntry';
import './physicalMapView';

export const PHYSICAL_MAP: ViewEntry = {
  name: 'physicalMap',
  title: 'Physical map',
  tag: 'kmem-physical-map',
  why: 'Free memory that lies in pieces is of no use for large blocks: here you see who holds which frame between them.',
  anchor: 'the-page-allocator',
  load: async () => {},
};
