/** What the shell knows of the view; its code is loaded when it is first shown. */
import type { ViewEntry } from '../../viewEntry';

export const ADDRESS_SPACE: ViewEntry = {
  name: 'addressSpace',
  title: 'Address space',
  tag: 'kmem-address-space',
  why: 'An address says by itself which memory it can be: the region it lies in, what is mapped there, and what lies before and behind it.',
  anchor: 'vmalloc',
  load: () => import('./addressSpaceView'),
};
