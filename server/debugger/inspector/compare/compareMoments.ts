/** View "Compare": two moments of a run, what came and went between them, and how the use of memory has changed. */
import { orMake } from '../../../types/orMake';
import type { Session } from '../../session';
import { type Asking, InspectorError } from '../asking';
import { momentAt, momentOf } from '../moments';
import { mapState } from '../physicalMap/mapState';
import { OWNER_KINDS, type OwnerKind } from '../shapes/common';
import { type CompareAnswer, type CompareQuestion, MOST_CELLS_UNASKED } from '../shapes/compare';
import { liveDifference, recordsAllocations } from './liveBlocks';
import { type MapWindow, mapDifference, type Piece } from './mapDifference';
import { cacheDifference, counterDifference, type MomentState, momentState } from './momentState';
import { namedMoments, positionNamed } from './namedMoments';
import { siteDifference } from './siteDifference';

/** @throws InspectorError for a moment that is not recorded */
export async function compareMoments(asking: Asking, question: CompareQuestion): Promise<CompareAnswer> {
  const { session } = asking;
  session.timeline.settle();
  const [a, b] = [positionNamed(session, question.a), positionNamed(session, question.b)];
  const live = await liveDifference(asking, Math.min(a, b), Math.max(a, b));
  // from here on at once: the cursor moves, and comes back
  const window = mapWindow(session, question);
  const [atA, atB] = lookAtBoth(session, a, b, window);
  const { cut: moreSites, ...sites } = siteDifference(session, live, a > b);
  const { counters, cut: moreCounters } = counterDifference(atA.state, atB.state);
  const { caches, cut: moreCaches } = cacheDifference(session.view, atA.state, atB.state);
  return {
    moment: momentOf(session),
    absent: absentOf(session, live.unknown),
    a: momentAt(session, a),
    b: momentAt(session, b),
    named: namedMoments(session),
    map: mapDifference(window, atA.pieces, atB.pieces),
    counters,
    caches,
    ...sites,
    cut: moreSites || moreCounters || moreCaches,
  };
}
/** What a comparison needs of one moment. */
interface Seen {
  readonly state: MomentState;
  readonly pieces: readonly Piece[];
}
/** Moments that are remembered: while one is stepped on, the other stays. */
const REMEMBERED = 4;
const remembered = new WeakMap<Session, Map<string, Seen>>();

/** Reads the machine at two positions, as far as that is not known yet, and comes back to where the debugger is. */
function lookAtBoth(session: Session, a: number, b: number, window: MapWindow): readonly [Seen, Seen] {
  const { journal } = session.target.kernel.mem;
  const here = journal.position;
  const known = orMake(remembered, session, () => new Map());
  const at = (position: number): Seen => {
    const key = `${position} ${journal.cuts} ${window.first} ${window.stop}`;
    const found = known.get(key);
    known.delete(key);
    const seen = found ?? look(session, position, window);
    known.set(key, seen);
    return seen;
  };
  try {
    // the nearer one first
    const first = Math.abs(a - here) <= Math.abs(b - here) ? at(a) : at(b);
    const pair = [at(a), at(b)] as const;
    for (const key of known.keys()) if (known.size > REMEMBERED && known.get(key) !== first) known.delete(key);
    return pair;
  } finally {
    journal.moveTo(here);
  }
}
function look(session: Session, position: number, window: MapWindow): Seen {
  session.target.kernel.mem.journal.moveTo(position);
  return { state: momentState(session.view), pieces: piecesOf(session, window) };
}
function absentOf(session: Session, unknown: number): CompareAnswer['absent'] {
  const absent: CompareAnswer['absent'] = [];
  const { journal, trace } = session.target.kernel;
  if (!recordsAllocations(session))
    absent.push({
      what: 'what came and went, by site',
      why: 'this session does not record what is allocated and freed',
    });
  if (journal.horizon > 0 || trace.output.start > 0)
    absent.push({
      what: 'allocations of the beginning',
      why: 'memory holds no more of the past (memoryBudgetMB): what was allocated then has no site, and is not counted',
    });
  if (unknown > 0)
    absent.push({
      what: `${unknown} blocks that were freed`,
      why: 'they were allocated before the run, or before what is recorded: they are in the counters, not in the sites',
    });
  return absent;
}

// ---------------------------------------------------------------- the map
function mapWindow({ target }: Session, { first = 0, pages, cells = MOST_CELLS_UNASKED }: CompareQuestion): MapWindow {
  const end = target.kernel.memory.endPfn;
  if (first >= end)
    throw new InspectorError(`pfn 0x${first.toString(16)} is past the end: the last is 0x${(end - 1).toString(16)}`);
  return { first, stop: Math.min(end, first + (pages ?? end)), cells, end };
}
function piecesOf(session: Session, { first, stop }: MapWindow): Piece[] {
  const { frames } = mapState(session);
  const pieces: { end: number; kind: OwnerKind }[] = [];
  let at = first;
  frames.each(first, stop, (number, pages) => {
    at += pages;
    const kind = OWNER_KINDS[number] ?? 'allocated';
    const last = pieces.at(-1);
    if (last && last.kind === kind) last.end = at;
    else pieces.push({ end: at, kind });
  });
  return pieces;
}
