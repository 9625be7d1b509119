/** What the shell knows of the view; its code is loaded when it is first shown. */
import type { ViewEntry } from '../../viewEntry';

export const COMPARE: ViewEntry = {
  name: 'compare',
  title: 'Compare',
  tag: 'kmem-compare',
  why: 'What is there now and was not there before is what the code between has kept: compare the start with the end of a task to see what it leaks.',
  anchor: 'what-allocations-cost',
  load: () => import('./compareView'),
};
