/** What the shell knows of the view; its code is loaded when it is first shown. */
import type { ViewEntry } from '../../viewEntry';

export const FREE_LISTS: ViewEntry = {
  name: 'freeLists',
  title: 'Free lists',
  tag: 'kmem-free-lists',
  why: 'Free memory helps only as blocks that are large enough, on a list that the request may take from.',
  anchor: 'the-page-allocator',
  load: () => import('./freeListsView'),
};
