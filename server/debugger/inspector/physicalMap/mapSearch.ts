/** Finding frames: by pfn, address, symbol or expression, and by who has them. */
import { PAGE_SIZE } from '../../../types/pageSize';
import { pageNamed } from '../../evaluation/pageNamed';
import { EvaluationError } from '../../target/target';
import { type Asking, InspectorError } from '../asking';
import { momentOf } from '../moments';
import { type MapSearchAnswer, type MapSearchQuestion, MOST_FOUND } from '../shapes/physicalMap';
import { HOLE } from './kinds';
import { type MapState, mapState } from './mapState';
import { OwnerNames } from './ownerNames';
import { NOT_EMULATED } from './physicalMap';

type Found = MapSearchAnswer['found'][number];
const hex = (n: number): string => `0x${n.toString(16)}`;

/** @throws InspectorError that says why nothing is found */
export function mapSearch(asking: Pick<Asking, 'session' | 'frame'>, { text }: MapSearchQuestion): MapSearchAnswer {
  const { session } = asking;
  const state = mapState(session);
  const named = byName(state, new OwnerNames(session, state), text.toLowerCase());
  const found = named.length > 0 ? named : [byExpression(asking, state, text)];
  return {
    moment: momentOf(session),
    absent: [...NOT_EMULATED],
    found: found.slice(0, MOST_FOUND),
    more: found.length > MOST_FOUND,
  };
}

/** Runs of frames whose owner's name has the text in it; none for what reads as a number. */
function byName({ frames }: MapState, names: OwnerNames, text: string): Found[] {
  const found: Found[] = [];
  if (/^(0x[0-9a-f]+|\d+)$/.test(text)) return found;
  let at = 0;
  frames.each(0, frames.end, (kind, pages, head, managed) => {
    const first = at;
    at += pages;
    const what = kind === HOLE ? 'hole' : names.of(kind, head, managed);
    if (found.length > MOST_FOUND || !what.toLowerCase().includes(text)) return;
    const last = found.at(-1);
    if (last && last.first + last.pages === first && last.what === what)
      found[found.length - 1] = { ...last, pages: last.pages + pages };
    else found.push({ first, pages, what });
  });
  return found;
}

/** The frame that a number or an expression means; for a variable in memory the frame that it lies in. */
function byExpression({ session, frame }: Pick<Asking, 'session' | 'frame'>, state: MapState, text: string): Found {
  const { view, target } = session;
  try {
    const pfn = pageNamed(view, target, text, frame(undefined));
    return { first: pfn, pages: 1, what: `pfn ${hex(pfn)}` };
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    const address = addressOf(session, text, frame(undefined));
    const phys = address === undefined ? -1 : view.space.translate(address);
    const pfn = Math.floor(phys / PAGE_SIZE);
    if (phys < 0 || pfn >= state.frames.end) throw new InspectorError(`${error.message}; and nobody of that name has a frame`);
    return { first: pfn, pages: 1, what: `${text}, in pfn ${hex(pfn)}` };
  }
}
/** Where a variable or a symbol of the kernel's lies. */
function addressOf(
  { target, view }: Asking['session'],
  text: string,
  frame: ReturnType<Asking['frame']>,
): number | undefined {
  try {
    return target.evaluate(text, frame).address;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return view.kernel.symbols.lookup(text)?.va;
  }
}
