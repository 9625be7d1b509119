/** Recordings of the physical map. */
import type { Recording } from './recordings';

/** Frames around the blocks that buddy.kmem splits and joins. */
const NEAR = { cells: 4096, first: 0x4000, pages: 4096 } as const;

/** @param markup a scenario whose names have markup in them */
export const mapRecordings = (markup: string): readonly Recording[] => [
  {
    name: 'physicalMap',
    scenario: 'buddy.kmem',
    stops: [
      {
        at: 'b = alloc_pages(GFP_KERNEL, 4);',
        questions: [
          { view: 'physicalMap', question: { colour: 'owner', cells: 4096 } },
          { view: 'physicalMap', question: { colour: 'owner', ...NEAR } },
          { view: 'physicalMap', question: { colour: 'site', ...NEAR } },
          { view: 'physicalMap/cell', question: { first: 0x4480, pages: 1 } },
          { view: 'physicalMap/search', question: { text: 'a' } },
        ],
      },
      {
        at: 'expect(PageBuddy(a)',
        questions: [
          { view: 'physicalMap', question: { colour: 'owner', ...NEAR } },
          { view: 'physicalMap/cell', question: { first: 0x4480, pages: 1 } },
        ],
      },
    ],
  },
  {
    name: 'physicalMapMarkup',
    scenario: markup,
    stops: [
      {
        at: 'list->value = 2;',
        questions: [
          { view: 'physicalMap', question: { colour: 'owner', cells: 4096 } },
          { view: 'physicalMap/search', question: { text: '<img' } },
        ],
      },
    ],
  },
];
