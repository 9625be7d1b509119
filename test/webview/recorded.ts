/** The recordings, one or more of each view. */
import type { Recording } from './recordings';

/** Names with markup in them: they are shown as text. */
const MARKUP = `machine { memory = 128M; }
struct item { int value; char name[40]; };
static struct item *list;
task main {
	list = kmem_cache_alloc(kmem_cache_create("<img src=x onerror=alert(1)>", 64, 0, 0, NULL), GFP_KERNEL);
	list->value = 1; // "<b>bold</b>" & 'more'
	list->value = 2;
	kfree(list);
}
`;

export const RECORDINGS: readonly Recording[] = [
  {
    name: 'objectCard',
    scenario: 'buddy.kmem',
    stops: [
      {
        at: 'b = alloc_pages(GFP_KERNEL, 4);',
        questions: [{ view: 'objectCard', question: { selection: { by: 'expression', text: 'a' } } }],
      },
      {
        at: 'expect(PageBuddy(a)',
        questions: [{ view: 'objectCard', question: { selection: { by: 'expression', text: 'a' } } }],
      },
    ],
  },
  {
    name: 'objectCardMarkup',
    scenario: MARKUP,
    stops: [
      {
        at: 'list->value = 2;',
        questions: [{ view: 'objectCard', question: { selection: { by: 'expression', text: 'list' } } }],
      },
    ],
  },
];
