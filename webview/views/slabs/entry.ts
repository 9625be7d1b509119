/** What the shell knows of the view; its code is loaded when it is first shown. */
import type { ViewEntry } from '../../viewEntry';

export const SLABS: ViewEntry = {
  name: 'slabs',
  title: 'Slabs',
  tag: 'kmem-slabs',
  why: 'Small objects share pages: what leaks, what is wasted and what lies next to an object is seen here.',
  anchor: 'slub',
  load: () => import('./slabsView'),
};
