/**
 * The functions of mm/page_alloc.c that call traces name between the allocator's reports and its caller, innermost first (as the recordings
 * of 6.1 show; what is inlined or jumped to leaves no frame).
 */
import { WMARK_LOW } from '../zone';
import { ALLOC_WMARK_MASK } from './alloc_flags';

export type Frames = readonly string[];

const FAST: Frames = ['get_page_from_freelist', '__alloc_pages'];
const SLOW: Frames = ['get_page_from_freelist', '__alloc_pages_slowpath.constprop.0', '__alloc_pages'];

/** From get_page_from_freelist on. Only the fast path looks at the low watermark: `flags` are ALLOC_…. */
export const takingFrames = (flags: number): Frames => ((flags & ALLOC_WMARK_MASK) === WMARK_LOW ? FAST : SLOW);
/** From the slow path on. */
export const SLOWPATH_FRAMES: Frames = SLOW.slice(1);

/** How a block comes to be freed: the frames where it goes to a per-CPU list, and where it does not. */
export interface FreeingFrames {
  readonly pcp: Frames;
  readonly buddy: Frames;
}
/** The last thing that __free_pages, or put_page, does: a jump. */
export const FREE_LAST: FreeingFrames = { pcp: ['free_unref_page'], buddy: ['__free_pages_ok'] };
/** The tails of a block whose first page stays in use: __free_pages calls for each. */
export const FREE_TAILS: FreeingFrames = {
  pcp: [...FREE_LAST.pcp, '__free_pages'],
  buddy: [...FREE_LAST.buddy, '__free_pages'],
};
/** drain_all_pages */
export const DRAIN_FRAMES: Frames = ['drain_pages_zone', 'drain_pages', '__drain_all_pages'];
