/** The way of a request through the page allocator, in words. */
import type { Answer } from '../../../server/dap/inspectorViews';
import type { TakeStep } from '../../../server/debugger/inspector/shapes/freeLists';
import { hex } from '../../ui/words';
import { blockText, changeText, counted } from './listText';

export type Taking = Answer<'freeLists/wouldTake'>;

const zoneText = ({ node, zone }: { readonly node: number; readonly zone: string }): string => `${zone}, node ${node}`;
const rightsText = (rights: readonly string[]): string => (rights.length > 0 ? ` (${rights.join(' | ')})` : '');

function watermarkText(step: Extract<TakeStep, { kind: 'watermark' }>): string {
  const { mark, level, boost, free, unusable, minimum, reserve, rights, ok, why } = step;
  const boosted = boost > 0 ? `, ${boost} of them boost` : '';
  const lowered = minimum === level ? '' : `, for this request ${minimum}`;
  const kept = reserve > 0 ? `, and ${reserve} are kept from it (lowmem_reserve)` : '';
  const counts =
    unusable > 0 ? `${free} pages are free, of which it may not count ${unusable}` : `${free} pages are free`;
  const result = ok
    ? 'it may give'
    : why === 'blocks'
      ? 'enough pages, but no free block is large enough for it'
      : 'not enough';
  return `Zone ${zoneText(step)}: ${counts}; the ${mark} watermark is ${level}${boosted}${lowered}${kept}: ${result}${rightsText(rights)}.`;
}

/** One step as a sentence. */
export function stepText(step: TakeStep, names: readonly string[]): string {
  const type = (migratetype: number): string => names[migratetype] ?? '?';
  switch (step.kind) {
    case 'watermark':
      return watermarkText(step);
    case 'pcp': {
      const list = `CPU ${step.cpu}’s list of order ${step.order}, ${type(step.migratetype)}`;
      if (step.blocks === 0) return `${list}, is empty: it is filled from the free lists.`;
      return `${list}, has ${counted(step.blocks, 'block')}: the first one is taken.`;
    }
    case 'refill':
      return `${counted(step.got, 'block')} of order ${step.order} went to the CPU’s list; a batch is ${step.wanted}.`;
    case 'lists': {
      const looked = step.looked.map(({ order, blocks }) => `order ${order}: ${blocks === 0 ? 'none' : blocks}`);
      return `Free lists of ${type(step.migratetype)} in zone ${zoneText(step)}: ${looked.join(', ')}.`;
    }
    case 'blocks':
      return changeText(step.change, names);
    case 'fallback':
      return `No block of ${type(step.wanted)}: ${blockText(step.block, names)} is chosen${step.whole ? ', whose pageblock may be taken over' : ''}.`;
    case 'steal': {
      const claimed = step.claimed
        ? `it becomes ${type(step.to)}`
        : `it stays ${type(step.from)}, too much of it is in use otherwise`;
      return `The free blocks of the pageblock around ${hex(step.pfn)} go to the lists of ${type(step.to)} (${counted(step.moved, 'page')}; ${counted(step.alike, 'page')} in use suit it): ${claimed}.`;
    }
    case 'highatomic':
      return `The pageblock around ${hex(step.pfn)} is reserved for atomic requests: ${counted(step.pages, 'page')} are now.`;
    case 'slowpath':
      return 'The fast path found nothing: the slow path begins.';
    case 'reserves':
      return step.ignoresWatermarks
        ? `It may take from the reserves, below all watermarks${rightsText(step.rights)}.`
        : `It has no right to the reserves${rightsText(step.rights)}.`;
    case 'reclaim':
      return step.allowed
        ? 'It would reclaim and compact memory here, and may sleep meanwhile; kmem finds nothing to reclaim.'
        : 'It may not reclaim: the mask does not let it sleep.';
    case 'kswapd':
      return `kswapd of node ${step.node} is woken for order ${step.order}.`;
    case 'report':
      return `The kernel prints: ${step.text}`;
  }
}
/** How it ends. */
export function resultText({ request, result }: Taking): string {
  const asked = `alloc_pages(${request.gfpText}, ${request.order}) of ${request.task} on CPU ${request.cpu}`;
  if (result.kind === 'fails') return `${asked} fails: ${result.why}.`;
  return `${asked} takes ${counted(result.pages, 'page')} from ${hex(result.pfn)} on, in zone ${zoneText(result)}.`;
}
