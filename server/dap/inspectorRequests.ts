/** The requests of the memory inspector (inspectorViews.ts, inspectorProtocol.ts): checked, and passed on to the views of the debugger. */
import { addressSpace } from '../debugger/inspector/addressSpace/addressSpaceAnswer';
import type { Answerer, Asking } from '../debugger/inspector/asking';
import { InspectorError } from '../debugger/inspector/asking';
import { compareMoments } from '../debugger/inspector/compare/compareMoments';
import { contexts } from '../debugger/inspector/contexts/cpuLanes';
import { freeLists } from '../debugger/inspector/freeLists/freeListsView';
import { wouldTake } from '../debugger/inspector/freeLists/wouldTake';
import { objectCard } from '../debugger/inspector/objectCard/card';
import { walkAddress } from '../debugger/inspector/pageWalk/walkAddress';
import { physicalMap } from '../debugger/inspector/physicalMap/mapAnswer';
import { mapCell } from '../debugger/inspector/physicalMap/mapCell';
import { mapSearch } from '../debugger/inspector/physicalMap/mapSearch';
import { cacheLists } from '../debugger/inspector/slabs/cacheLists';
import { slabs } from '../debugger/inspector/slabs/slabCaches';
import { slabPage } from '../debugger/inspector/slabs/slabPage';
import { traceParts } from '../debugger/inspector/trace/traceParts';
import { zoneSeries } from '../debugger/inspector/zones/zoneSeries';
import { zonesNow } from '../debugger/inspector/zones/zonesNow';
import type { Stop } from '../debugger/stops';
import { EvaluationError } from '../debugger/target/target';
import type { Args } from './args';
import { CANCELLED, type Handler, type RequestContext, RequestError } from './hardened';
import type { Host } from './host';
import { checked, commandOf, GO_TO, GO_TO_ARGUMENTS, SELECT, SELECT_ARGUMENTS } from './inspectorProtocol';
import type { ViewName } from './inspectorViewNames';
import { type Answer, INSPECTOR_VIEWS, type Question } from './inspectorViews';

/** Who answers. */
export const ANSWERERS: { readonly [N in ViewName]: Answerer<Question<N>, Answer<N>> } = {
  physicalMap,
  'physicalMap/cell': mapCell,
  'physicalMap/search': mapSearch,
  objectCard,
  addressSpace,
  pageWalk: walkAddress,
  compare: compareMoments,
  freeLists,
  'freeLists/wouldTake': wouldTake,
  slabs,
  'slabs/cache': cacheLists,
  'slabs/page': slabPage,
  zones: zonesNow,
  'zones/series': zoneSeries,
  contexts,
  trace: traceParts,
};

export class InspectorRequests {
  /** the newest request of each view: older ones are not wanted any more */
  private readonly newest = new Map<ViewName, RequestContext>();

  /**
   * @param stopped shows a stop of the session
   * @param selected told that something else is selected
   */
  constructor(
    private readonly host: Host,
    private readonly stopped: (stop: Stop) => void,
    private readonly selected: () => void,
  ) {}

  readonly handlers: Readonly<Record<string, Handler>> = {
    ...Object.fromEntries(
      (Object.keys(INSPECTOR_VIEWS) as ViewName[]).map((name): [string, Handler] => [
        commandOf(name),
        (args, context) => this.answer(name, args, context),
      ]),
    ),
    [commandOf(GO_TO)]: (args, context) => this.goTo(args, context),
    [commandOf(SELECT)]: (args, context) => this.select(args, context),
  };

  private async answer<N extends ViewName>(name: N, args: Args, context: RequestContext): Promise<unknown> {
    const question = checked(INSPECTOR_VIEWS[name].question, args);
    if ('problem' in question) throw new RequestError(`the question of ${commandOf(name)}: ${question.problem}`);
    const session = this.host.stopped;
    const { position } = session.timeline;
    this.newest.set(name, context);
    const asking: Asking = {
      session,
      frame: (id) => this.host.frameNow(id),
      breathe: async () => {
        await context.cancellation.breathe(1);
        const isWanted = this.newest.get(name) === context && this.host.session === session && !session.running;
        if (!isWanted || session.timeline.position !== position) throw new RequestError(CANCELLED);
      },
    };
    try {
      // what has arrived meanwhile may be a newer question
      await asking.breathe();
      const answer: Answerer<Question<N>, Answer<N>> = ANSWERERS[name];
      return await answer(asking, question.value as Question<N>);
    } catch (error) {
      if (error instanceof InspectorError || error instanceof EvaluationError) throw new RequestError(error.message);
      throw error;
    }
  }

  private select(args: Args, context: RequestContext): void {
    const request = checked(SELECT_ARGUMENTS, args);
    if ('problem' in request) throw new RequestError(`the arguments of ${commandOf(SELECT)}: ${request.problem}`);
    this.host.selected = request.value.selection ?? undefined;
    context.after(this.selected);
  }
  private goTo(args: Args, context: RequestContext): void {
    const request = checked(GO_TO_ARGUMENTS, args);
    if ('problem' in request) throw new RequestError(`the arguments of ${commandOf(GO_TO)}: ${request.problem}`);
    const session = this.host.stopped;
    const { position } = request.value;
    const { horizon, end } = session.timeline;
    if (position < horizon || position > end)
      throw new RequestError(`position ${position} is not recorded: this session holds ${horizon} to ${end}`);
    const stop = session.goTo(position);
    this.host.forgetHandles();
    context.after(() => this.stopped(stop));
  }
}
