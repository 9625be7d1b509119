/** Finding frames: by pfn, address, symbol or expression, and by who has them. */
import { PAGE_SIZE } from '../../../types/pageSize';
import { pageNamed } from '../../evaluation/pageNamed';
import { EvaluationError } from '../../target/target';
import { type Asking, InspectorError } from '../asking';
import { momentOf } from '../moments';
import { type MapSearchAnswer, type MapSearchQuestion, MOST_FOUND } from '../shapes/physicalMap';
import { HOLE } from './kinds';
import { NOT_EMULATED } from './mapAnswer';
import { type MapState, mapState } from './mapState';
import { OwnerNames } from './ownerNames';

type Found = MapSearchAnswer['found'][number];
const hex = (n: number): string => `0x${n.toString(16)}`;

/** Names are searched for with so many characters or more. */
const SHORTEST_NAME = 3;

/** @throws InspectorError that says why nothing is found */
export function mapSearch(asking: Pick<Asking, 'session' | 'frame'>, { text }: MapSearchQuestion): MapSearchAnswer {
  const { session } = asking;
  const state = mapState(session);
  const meant = byExpression(asking, state, text);
  const found = typeof meant === 'string' ? [] : meant;
  if (!IS_NUMBER.test(text) && text.length >= SHORTEST_NAME)
    found.push(...byName(state, new OwnerNames(session, state), text.toLowerCase()));
  if (typeof meant === 'string' && found.length === 0)
    throw new InspectorError(`${meant}; and nobody of that name has a frame`);
  return {
    moment: momentOf(session),
    absent: [...NOT_EMULATED],
    found: found.slice(0, MOST_FOUND),
    more: found.length > MOST_FOUND,
  };
}
const IS_NUMBER = /^(pfn |phys )?(0x[0-9a-f]+|\d+)$/i;

/** Runs of frames whose owner's name has the text in it. */
function byName({ frames }: MapState, names: OwnerNames, text: string): Found[] {
  const found: Found[] = [];
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

/** The frame that a number or an expression means, and the one that a variable itself lies in; why there is none. */
function byExpression(
  { session, frame }: Pick<Asking, 'session' | 'frame'>,
  state: MapState,
  text: string,
): Found[] | string {
  const { view, target } = session;
  const found: Found[] = [];
  let why = '';
  try {
    const pfn = pageNamed(view, target, text, frame(undefined));
    found.push({ first: pfn, pages: 1, what: `pfn ${hex(pfn)}` });
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    why = error.message;
  }
  const address = IS_NUMBER.test(text) ? undefined : addressOf(session, text, frame(undefined));
  const phys = address === undefined ? -1 : view.space.translate(address);
  const own = Math.floor(phys / PAGE_SIZE);
  if (phys >= 0 && own < state.frames.end && own !== found[0]?.first)
    found.push({ first: own, pages: 1, what: `where ${text} itself lies, pfn ${hex(own)}` });
  return found.length > 0 ? found : why;
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
