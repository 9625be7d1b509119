/** Series of a zone as the chart takes them, as shapes of an SVG file and as a table. */
import type { ZoneCounter, ZoneMarker, ZoneSeriesAnswer } from '../../../server/debugger/inspector/shapes/zones';
import { xmlText } from '../../ui/exports';

/** What can be shown over time, with the colour of the theme. The watermarks have those of the bars. */
export const COUNTERS: Readonly<
  Record<ZoneCounter, { readonly label: string; readonly colour: string; readonly dash?: boolean }>
> = {
  free: { label: 'free, as the kernel checks it', colour: 'charts-blue' },
  freeExact: { label: 'free, exactly', colour: 'charts-lines', dash: true },
  min: { label: 'min', colour: 'charts-red', dash: true },
  low: { label: 'low', colour: 'symbolIcon-classForeground', dash: true },
  high: { label: 'high', colour: 'charts-yellow', dash: true },
  boost: { label: 'boost', colour: 'foreground', dash: true },
  freeLists: { label: 'on the free lists', colour: 'charts-foreground' },
  pcp: { label: "on the CPUs' lists", colour: 'charts-green' },
  highatomic: { label: 'highatomic', colour: 'charts-purple' },
};

/** Columns of the chart: positions, and a column for each series, which keeps its value until the next one. */
export function columnsOf({ series, from, to }: ZoneSeriesAnswer): [number[], ...(number | null)[][]] {
  const all = new Set<number>([from, to, ...series.flatMap(({ positions }) => positions)]);
  const positions = [...all].sort((a, b) => a - b);
  const columns = series.map((one) => {
    let next = 0;
    let value: number | null = null;
    return positions.map((position) => {
      for (; next < one.positions.length && (one.positions[next] as number) <= position; next++)
        value = one.values[next] as number;
      return value;
    });
  });
  return [positions, ...columns];
}

/** A letter for what happened, as it stands in the chart. */
export function signOf({ kind, direction }: ZoneMarker): string {
  if (kind === 'kswapd woken') return 'k';
  if (kind === 'allocation failed') return '!';
  return direction === 'down' ? '↓' : '↑';
}
export const colourOf = ({ kind, watermark }: ZoneMarker): string =>
  kind === 'allocation failed'
    ? 'charts-red'
    : kind === 'kswapd woken'
      ? 'charts-purple'
      : COUNTERS[watermark ?? 'low'].colour;

/** The chart as shapes of an SVG document, `dy` down. */
export function svgOfSeries(
  answer: ZoneSeriesAnswer,
  dy: number,
  colour: (name: string) => string,
  width: number,
  height: number,
): string[] {
  const [positions, ...columns] = columnsOf(answer);
  const values = columns.flat().filter((value) => value !== null);
  const [least, most] = [Math.min(0, ...values), Math.max(1, ...values)];
  const x = (position: number) => 12 + ((position - answer.from) * width) / Math.max(1, answer.to - answer.from);
  const y = (value: number) => dy + height - ((value - least) * height) / (most - least);
  const lines = answer.series.map(({ counter }, i) => {
    const points: string[] = [];
    let before: number | null = null;
    positions.forEach((position, n) => {
      const value = columns[i]?.[n] ?? null;
      if (value === null) return;
      if (before !== null) points.push(`${x(position).toFixed(1)},${y(before).toFixed(1)}`);
      points.push(`${x(position).toFixed(1)},${y(value).toFixed(1)}`);
      before = value;
    });
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${xmlText(colour(COUNTERS[counter].colour))}"/>`;
  });
  const marks = answer.markers.map((marker) => {
    const at = x(marker.position).toFixed(1);
    const stroke = xmlText(colour(colourOf(marker)));
    return (
      `<line x1="${at}" x2="${at}" y1="${dy}" y2="${dy + height}" stroke="${stroke}" stroke-dasharray="2 3"/>` +
      `<text x="${at}" y="${dy - 2}" font-size="11" font-family="sans-serif" fill="${stroke}">${xmlText(signOf(marker))}</text>`
    );
  });
  return [...lines, ...marks];
}
/** Rows: counter, position, pages. */
export const seriesRows = ({ series }: ZoneSeriesAnswer): (string | number)[][] =>
  series.flatMap(({ counter, positions, values }) =>
    positions.map((position, i) => [counter, position, values[i] as number]),
  );
