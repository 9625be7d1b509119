/** A zone's counters over time, with what happened to it: watermarks crossed, allocations that failed, kswapd woken. */
import type { Kernel } from '../../../kernel/kernel';
import { kswapdWait } from '../../../kernel/mm/page_alloc/kswapd';
import { MAX_ORDER, NR_FREE_PAGES, WMARK_HIGH, WMARK_LOW, WMARK_MIN, type Zone } from '../../../kernel/mm/zone';
import type { Session } from '../../session';
import { type Asking, InspectorError } from '../asking';
import { momentOf } from '../moments';
import type { ZoneCounter, ZoneSeriesAnswer, ZoneSeriesQuestion } from '../shapes/zones';
import { Downsample } from './downsample';
import type { Term } from './sumWalk';
import { type Failure, ZoneHistory, zoneHistory } from './zoneHistory';
import { ZoneMarkers } from './zoneMarkers';

const POINTS = 400;
/** What markers are made from: free pages against the watermarks. */
const COMPARED: readonly ZoneCounter[] = ['free', 'min', 'low', 'high'];

export function zoneSeries({ session }: Asking, question: ZoneSeriesQuestion): ZoneSeriesAnswer {
  const { kernel } = session.target;
  const { journal } = kernel;
  const zone = kernel.zones[question.zone];
  if (!zone?.populated) throw new InspectorError(`there is no zone ${question.zone} with memory: ask zones for theirs`);
  const from = Math.max(question.from ?? 0, journal.horizon);
  const to = Math.min(question.to ?? Number.POSITIVE_INFINITY, journal.end);
  if (from > to)
    throw new InspectorError(
      `the window ${question.from ?? from} to ${question.to ?? to} is outside what is recorded: ${journal.horizon} to ${journal.end}`,
    );
  const { counters, points = POINTS } = question;
  const history = zoneHistory(session, `${question.zone} ${counters.join(' ')}`, () => {
    const sums = [...COMPARED, ...counters].map((counter) => termsOf(zone, counter));
    return new ZoneHistory(session, sums, waitWord(kernel, zone));
  });
  const samples = counters.map(() => new Downsample(from, to, points));
  const markers = new ZoneMarkers(session, from, to);
  history.each(from, to, (position, sumAt) => {
    markers.compare(position, Math.max(0, sumAt(0)), [sumAt(1), sumAt(2), sumAt(3)]);
    for (let i = 0; i < samples.length; i++) samples[i]?.add(position, sumAt(COMPARED.length + i));
  });
  const isInside = ({ position }: { readonly position: number }): boolean => position >= from && position <= to;
  for (const { position } of history.woken.filter(isInside)) markers.woken(position, zone.node);
  for (const { position, label } of failures(session, history).filter(isInside)) markers.failed(position, label);
  return {
    moment: momentOf(session),
    absent: [],
    zone: question.zone,
    from,
    to,
    oldest: journal.horizon,
    newest: journal.end,
    series: counters.map((counter, i) => ({ counter, ...(samples[i] as Downsample).points })),
    markers: markers.all,
  };
}

/** The allocations that failed, also those that the kernel does not report: from what was recorded of allocations, else from its reports. */
function failures({ target }: Session, history: ZoneHistory): readonly Failure[] {
  if (target.kernel.trace.on) return history.failures;
  return target.log.output.held.flatMap(({ kind, position, text }) =>
    kind === 'fail' ? [{ position, label: text }] : [],
  );
}
/** A counter as a sum of words. A zone has fewer than 2^31 pages: the lower words of its longs are enough. */
export function termsOf(zone: Zone, counter: ZoneCounter): Term[] {
  const one = (word: number, weight = 1): Term => ({ word, weight });
  const cpus = Array.from({ length: zone.cpus }, (_, cpu) => zone.onCpu(cpu));
  const free = one(zone.vmStat + NR_FREE_PAGES * zone.longWords);
  const watermark = (mark: number) => [one(zone.watermark + mark * zone.longWords), one(zone.boost)];
  switch (counter) {
    case 'free':
      return [free];
    case 'freeExact':
      return [free, ...cpus.map(({ diffWord }) => ({ word: diffWord, weight: 1, byte: NR_FREE_PAGES }))];
    case 'min':
      return watermark(WMARK_MIN);
    case 'low':
      return watermark(WMARK_LOW);
    case 'high':
      return watermark(WMARK_HIGH);
    case 'boost':
      return [one(zone.boost)];
    case 'freeLists':
      return Array.from({ length: MAX_ORDER }, (_, order) => one(zone.nrFree[order] as number, 2 ** order));
    case 'pcp':
      return cpus.map(({ countWord }) => one(countWord));
    case 'highatomic':
      return [one(zone.highatomic)];
  }
}
/** The word of kswapd_wait that says whether kswapd waits there, and what it is when it does not. */
function waitWord(kernel: Kernel, { node }: Zone): { readonly word: number; readonly empty: number } {
  const info = kernel.nodes.find(({ id }) => id === node);
  const head = info ? kswapdWait(kernel.layouts, info) + kernel.layouts.offset('list_head', 'next') : 0;
  return { word: kernel.mem.word(kernel.direct.pa(head)), empty: head | 0 };
}
