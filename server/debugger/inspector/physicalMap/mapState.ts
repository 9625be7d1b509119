/** What the map's answers are made of: the frames and their allocations, which follow the cursor of one debug session. */
import type { Kernel } from '../../../kernel/kernel';
import type { Session } from '../../session';
import { Allocations } from './allocations';
import { ChangedFrames } from './changed';
import { CHUNK_PAGES, type Chunk } from './frameChunk';
import { Frames } from './frameIndex';
import { Migratetypes } from './migratetypes';
import { Sites } from './sites';

/** Frames of one zone that exist; `zone` is an index in kernel.zones. */
interface ZonePart {
  readonly zone: number;
  readonly start: number;
  readonly end: number;
}

export class MapState {
  readonly kernel: Kernel;
  readonly frames: Frames;
  readonly sites: Sites;
  /** ascending */
  readonly zoneParts: readonly ZonePart[];
  readonly migratetypes: Migratetypes;
  readonly changed: ChangedFrames;
  private readonly allocationsRead: Allocations;

  constructor(session: Session) {
    this.kernel = session.target.kernel;
    this.frames = new Frames(this.kernel);
    this.sites = new Sites(session);
    this.zoneParts = zoneParts(this.kernel);
    this.changed = new ChangedFrames(this.kernel.journal, this.frames.slots);
    this.migratetypes = new Migratetypes(
      this.kernel,
      (first, end) => (this.zoneParts[this.zonePartAt(first)]?.end ?? 0) >= end,
      (pfn) => this.zonePartAt(pfn) >= 0,
    );
    this.allocationsRead = new Allocations(
      this.kernel,
      this.frames.slots,
      (mark) => session.timeline.momentAt(session.timeline.lastMoment(mark)).statement,
    );
  }
  /** At the cursor. The journal is read for them only when somebody asks. */
  get allocations(): Allocations {
    this.allocationsRead.update();
    return this.allocationsRead;
  }
  /** By frame of a chunk: the event that allocated its block. */
  eventsOf(chunk: Chunk, number: number): Int32Array {
    if (chunk.events) return chunk.events;
    const { allocations } = this;
    const events = new Int32Array(CHUNK_PAGES);
    const base = number * CHUNK_PAGES;
    for (let i = 0; i < CHUNK_PAGES; i++) {
      const head = chunk.head[i] as number;
      // a block's first frame comes before its others
      events[i] = head < i ? (events[head] as number) : allocations.eventOf(base + i);
    }
    chunk.events = events;
    return events;
  }
  /** Index of the zone part that a frame is in; −1 for a hole. */
  zonePartAt(pfn: number): number {
    let low = 0;
    let high = this.zoneParts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.zoneParts[middle]?.end ?? 0) <= pfn) low = middle + 1;
      else high = middle;
    }
    return pfn >= (this.zoneParts[low]?.start ?? Number.POSITIVE_INFINITY) ? low : -1;
  }
}

const states = new WeakMap<Kernel, MapState>();
/** The state of a session's map, at the cursor. */
export function mapState(session: Session): MapState {
  session.timeline.settle();
  const { kernel } = session.target;
  const state = states.get(kernel) ?? new MapState(session);
  states.set(kernel, state);
  state.frames.update();
  return state;
}

function zoneParts({ memory, spans }: Kernel): ZonePart[] {
  const parts: ZonePart[] = [];
  for (const part of memory.present)
    spans.forEach((span, zone) => {
      const start = Math.max(part.start, span.start);
      const end = Math.min(part.end, span.start + span.spanned);
      if (span.node === part.node && start < end) parts.push({ zone, start, end });
    });
  return parts.sort((a, b) => a.start - b.start);
}
