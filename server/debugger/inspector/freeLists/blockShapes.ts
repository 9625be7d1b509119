/** Blocks and what became of them, as answers have them. */
import type { Block, BlockChangeShape } from '../shapes/freeLists';
import type { BlockChange } from './blockChanges';
import type { FreeBlock } from './freeBlocks';

export const blockShape = ({ pfn, order, migratetype }: FreeBlock): Block =>
  migratetype < 0 ? { pfn, order } : { pfn, order, migratetype };
/** Of a change with many parts, so many are listed. */
const MOST_PARTS = 64;
export function changeShape(change: BlockChange): BlockChangeShape {
  const block = blockShape(change.block);
  switch (change.kind) {
    case 'split':
      return {
        ...change,
        block,
        parts: change.parts.slice(0, MOST_PARTS).map(blockShape),
        taken: change.taken.slice(0, MOST_PARTS),
      };
    case 'merged':
      return {
        ...change,
        block,
        parts: change.parts.slice(0, MOST_PARTS).map(blockShape),
        freed: change.freed.slice(0, MOST_PARTS),
      };
    default:
      return { ...change, block };
  }
}
