/** What happened to a zone in a window of time: the same thing is told once for each fiftieth of the window, with how often. */
import type { Session } from '../../session';
import { statementAt } from '../moments';
import { WATERMARKS, type Watermark, type ZoneMarker } from '../shapes/zones';

const STRETCHES = 50;
type Happened = Pick<ZoneMarker, 'kind' | 'label' | 'watermark' | 'direction'>;

export class ZoneMarkers {
  private readonly found = new Map<string, { position: number; readonly what: Happened; times: number }>();
  private readonly width: number;
  /** how many of the watermarks free pages exceed, at the moment before */
  private exceeded: number | undefined;

  constructor(
    private readonly session: Session,
    private readonly from: number,
    to: number,
  ) {
    this.width = Math.max(1, (to - from + 1) / STRETCHES);
  }

  /** The zone has, at one moment, so many free pages; `marks` are min, low and high. */
  compare(position: number, free: number, marks: readonly number[]): void {
    let exceeded = 0;
    while (exceeded < marks.length && free > (marks[exceeded] as number)) exceeded++;
    const before = this.exceeded ?? exceeded;
    this.exceeded = exceeded;
    for (let i = before - 1; i >= exceeded; i--) this.crossed(position, WATERMARKS[i] as Watermark, 'down');
    for (let i = before; i < exceeded; i++) this.crossed(position, WATERMARKS[i] as Watermark, 'up');
  }
  private crossed(position: number, watermark: Watermark, direction: 'down' | 'up'): void {
    const label =
      direction === 'down' ? `free pages fell to ${watermark} or below` : `free pages rose above ${watermark}`;
    this.add(position, { kind: 'watermark', label, watermark, direction });
  }
  woken(position: number, node: number): void {
    this.add(position, { kind: 'kswapd woken', label: `kswapd${node} was woken` });
  }
  failed(position: number, label: string): void {
    this.add(position, { kind: 'allocation failed', label });
  }
  get all(): ZoneMarker[] {
    const { index } = this.session;
    return [...this.found.values()]
      .sort((a, b) => a.position - b.position)
      .map(({ position, what, times }) => {
        const cause = statementAt(this.session, Math.max(this.from, position - 1));
        const line = index.positionOf(cause.statement)?.line;
        return { position, cause: cause.position, ...(line === undefined ? {} : { line }), ...what, times };
      });
  }
  private add(position: number, what: Happened): void {
    const key = `${Math.floor((position - this.from) / this.width)} ${what.kind} ${what.label}`;
    const known = this.found.get(key);
    if (known) known.times++;
    else this.found.set(key, { position, what, times: 1 });
  }
}
