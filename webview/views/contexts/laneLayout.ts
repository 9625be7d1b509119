/** The lanes as rows of boxes: what the picture draws, what the keyboard walks through, and what is saved. */
import type { ContextsAnswer, Lane, OffKind, RunKind } from '../../../server/debugger/inspector/shapes/cpuContexts';

/** Colour of the theme and sign of what is drawn. */
interface Look {
  readonly label: string;
  readonly colour: string;
  readonly sign: string;
}
export const RUN_LOOKS: Readonly<Record<RunKind, Look>> = {
  idle: { label: 'idle', colour: 'editor-background', sign: ' ' },
  task: { label: 'task', colour: 'charts-blue', sign: 'T' },
  softirq: { label: 'softirq', colour: 'charts-green', sign: 'S' },
  hardirq: { label: 'hard interrupt', colour: 'symbolIcon-classForeground', sign: 'H' },
  nmi: { label: 'NMI', colour: 'charts-red', sign: 'N' },
};
export const OFF_LOOKS: Readonly<Record<OffKind, Look>> = {
  preempt: { label: 'preemption off', colour: 'charts-yellow', sign: 'p' },
  bh: { label: 'bottom halves off', colour: 'charts-green', sign: 'b' },
  irqs: { label: 'interrupts off', colour: 'symbolIcon-classForeground', sign: 'i' },
};
export const LOCK_LOOK: Look = { label: 'lock held', colour: 'charts-purple', sign: 'L' };
export const WAIT_LOOK: Look = { label: 'lock waited for', colour: 'disabledForeground', sign: 'w' };
export const ALLOCATED_LOOK: Look = { label: 'allocations and frees', colour: 'charts-foreground', sign: '|' };
export const FAILED_LOOK: Look = { label: 'an allocation failed', colour: 'charts-red', sign: '!' };

/** One thing that is drawn, and can be gone to. */
export interface Item {
  readonly from: number;
  readonly to: number;
  readonly look: Look;
  /** written into it where there is room */
  readonly name: string;
  /** what it is, in words */
  readonly text: string;
  /** which third of its row; the whole row unless given */
  readonly third?: number;
}
export interface Row {
  readonly cpu: number;
  readonly what: 'runs' | 'off' | 'locks' | 'allocations';
  /** CSS pixels */
  readonly y: number;
  readonly height: number;
  readonly items: readonly Item[];
}
/** CSS pixels left of the lanes, for their names. */
export const NAMES = 116;
const HEIGHTS = { runs: 22, off: 18, locks: 18, allocations: 14 } as const;
const GAP = 3;
const LANE_GAP = 12;
export const ROW_NAMES = { runs: '', off: 'off', locks: 'locks', allocations: 'memory' } as const;

const lineText = (line: number | undefined): string => (line === undefined ? '' : `, line ${line}`);
const mergedText = (merged: number | undefined): string =>
  merged === undefined ? '' : `; ${merged} short ones together, this is the longest`;
const stretchText = ({
  from,
  to,
  line,
  merged,
}: {
  from: number;
  to: number;
  line?: number | undefined;
  merged?: number | undefined;
}): string => `${lineText(line)}, from position ${from} to ${to}${mergedText(merged)}`;

/** The rows of all lanes, from top to bottom. */
export function rowsOf(answer: ContextsAnswer): Row[] {
  const rows: Row[] = [];
  let y = 0;
  const add = (cpu: number, what: Row['what'], items: readonly Item[]) => {
    rows.push({ cpu, what, y, height: HEIGHTS[what], items });
    y += HEIGHTS[what] + GAP;
  };
  for (const lane of answer.lanes) {
    add(lane.cpu, 'runs', runItems(lane));
    add(lane.cpu, 'off', offItems(lane));
    add(lane.cpu, 'locks', lockItems(lane, answer));
    add(lane.cpu, 'allocations', allocationItems(lane));
    y += LANE_GAP;
  }
  return rows;
}
export const heightOf = (rows: readonly Row[]): number => {
  const last = rows.at(-1);
  return last ? last.y + last.height : 0;
};
const runItems = ({ cpu, runs }: Lane): Item[] =>
  runs
    .filter(({ kind }) => kind !== 'idle')
    .map((run) => {
      const look = RUN_LOOKS[run.kind];
      return { ...run, look, text: `${look.label} ${run.name} on CPU ${cpu}${stretchText(run)}` };
    });
const offItems = ({ cpu, off }: Lane): Item[] =>
  off.map((one) => {
    const look = OFF_LOOKS[one.what];
    const third = { preempt: 0, bh: 1, irqs: 2 }[one.what];
    return { ...one, look, third, name: '', text: `${look.label} on CPU ${cpu}${stretchText(one)}` };
  });
/** Locks that are held at the same time lie below each other. */
function lockItems({ cpu, locks }: Lane, { tasks }: ContextsAnswer): Item[] {
  const ends = [0, 0, 0];
  return locks.map((lock) => {
    const free = ends.findIndex((end) => end <= lock.from);
    const third = free < 0 ? 2 : free;
    ends[third] = lock.to;
    const look = lock.waits ? WAIT_LOOK : LOCK_LOOK;
    const who = tasks[lock.task]?.comm ?? '';
    const text = `${lock.kind} ${lock.name}, ${lock.waits ? 'waited for' : 'held'} by ${who} on CPU ${cpu}${stretchText(lock)}`;
    return { ...lock, look, third, text };
  });
}
const allocationItems = ({ cpu, allocations }: Lane): Item[] =>
  allocations.map((tick) => {
    const { position, line, allocated, bytes, failed, freed } = tick;
    const parts = [
      allocated > 0 ? `${allocated} allocated, ${bytes.toLocaleString('en')} bytes` : '',
      freed > 0 ? `${freed} freed` : '',
      failed > 0 ? `${failed} failed` : '',
    ].filter((part) => part !== '');
    return {
      from: position,
      to: position,
      look: failed > 0 ? FAILED_LOOK : ALLOCATED_LOOK,
      name: '',
      text: `${tick.function ?? 'the kernel'}${lineText(line)} on CPU ${cpu}, position ${position}: ${parts.join(', ')}`,
    };
  });

/** Where things lie from left to right. */
export class Scale {
  constructor(
    private readonly from: number,
    private readonly to: number,
    /** CSS pixels of the lanes */
    readonly width: number,
  ) {}
  x(position: number): number {
    return NAMES + ((position - this.from) * this.width) / Math.max(1, this.to - this.from);
  }
  position(x: number): number {
    const share = Math.min(1, Math.max(0, (x - NAMES) / this.width));
    return Math.round(this.from + share * (this.to - this.from));
  }
  /** The box of an item: a tick is two pixels wide, and nothing is narrower than one. */
  box(row: Row, item: Item): { x: number; y: number; width: number; height: number } {
    const x = this.x(item.from);
    const width = item.to === item.from ? 2 : Math.max(1, this.x(item.to) - x);
    const height = item.third === undefined ? row.height : row.height / 3 - 1;
    return { x, y: row.y + (item.third ?? 0) * (row.height / 3), width, height };
  }
}
/** Whether the name has room in a box. */
export const hasRoom = (name: string, width: number): boolean => name !== '' && width > 7 * name.length + 6;
