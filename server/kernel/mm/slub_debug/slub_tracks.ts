/** Who allocated and freed an object: two struct track behind it (mm/slub.c, 6.1: get_track, set_track_update, init_tracking). */
import type { Layouts } from '../../../types/layout';
import type { AllocTraces } from '../checks/alloc_traces';
import type { SlubMemory } from '../slub/slub_memory';
import type { SlubLayout } from './slub_layout';

export interface Track {
  /** address of the code that called the allocator */
  readonly addr: number;
  /** the depot's handle of its call trace */
  readonly handle: number;
  readonly cpu: number;
  readonly pid: number;
  /** jiffies */
  readonly when: number;
}
export type TrackItem = 'alloc' | 'free';
interface TrackPorts {
  ip(): number;
  cpu(): number;
  pid(): number;
  jiffies(): number;
}

export class SlubTracks {
  private readonly at: Readonly<Record<keyof Track, number>>;

  constructor(
    private readonly m: SlubMemory,
    private readonly layout: SlubLayout,
    private readonly traces: AllocTraces,
    private readonly ports: TrackPorts,
    layouts: Layouts,
  ) {
    const at = (field: string) => layouts.offset('track', field);
    this.at = { addr: at('addr'), handle: at('handle'), cpu: at('cpu'), pid: at('pid'), when: at('when') };
  }
  private address(cache: number, object: number, item: TrackItem): number {
    return object + this.layout.infoEnd(cache) + (item === 'alloc' ? 0 : this.layout.trackSize);
  }
  /** set_track */
  set(cache: number, object: number, item: TrackItem): void {
    const { m, at, ports } = this;
    const track = this.address(cache, object, item);
    m.setPointerAt(track + at.addr, ports.ip());
    m.setIntAt(track + at.handle, this.traces.save([]));
    m.setIntAt(track + at.cpu, ports.cpu());
    m.setIntAt(track + at.pid, ports.pid());
    m.setPointerAt(track + at.when, ports.jiffies());
  }
  /** init_tracking */
  clear(cache: number, object: number): void {
    this.m.clear(this.address(cache, object, 'alloc'), 2 * this.layout.trackSize);
  }
  of(cache: number, object: number): { readonly alloc: Track | undefined; readonly free: Track | undefined } {
    return { alloc: this.read(cache, object, 'alloc'), free: this.read(cache, object, 'free') };
  }
  private read(cache: number, object: number, item: TrackItem): Track | undefined {
    const { m, at } = this;
    const track = this.address(cache, object, item);
    // what has been overwritten need not be an address
    const addr = m.readAnywhere(track + at.addr, (low, high) => (m.wide ? high * 2 ** 32 + (low >>> 0) : low >>> 0));
    if (addr === 0) return undefined;
    const int = (offset: number) => m.intAt(track + offset);
    return { addr, handle: int(at.handle), cpu: int(at.cpu), pid: int(at.pid), when: int(at.when) };
  }
  /** stack_depot_print */
  lines({ handle }: Track): string[] {
    return handle === 0 ? ['object allocation/free stack trace missing'] : this.traces.lines(handle);
  }
  sources({ handle }: Track): readonly string[] {
    return this.traces.sources(handle);
  }
}
