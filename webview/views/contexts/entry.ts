/** What the shell knows of the view; its code is loaded when it is first shown. */
import type { ViewEntry } from '../../viewEntry';

export const CONTEXTS: ViewEntry = {
  name: 'contexts',
  title: 'Contexts',
  tag: 'kmem-contexts',
  why: 'Whether an allocation may sleep depends on where it is made: in an interrupt, under a spinlock or with preemption off it may not.',
  anchor: 'tasks-and-reports',
  load: () => import('./contextsView'),
};
