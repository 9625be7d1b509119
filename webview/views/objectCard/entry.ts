/** What the shell knows of the view; its code is loaded when it is first shown. */
import type { ViewEntry } from '../../viewEntry';

export const OBJECT_CARD: ViewEntry = {
  name: 'objectCard',
  title: 'Object',
  tag: 'kmem-object-card',
  why: 'A pointer alone says nothing: what it points to, who has it and who wrote there last is where most memory bugs are found.',
  anchor: 'the-page-allocator',
  load: () => import('./objectCardView'),
};
