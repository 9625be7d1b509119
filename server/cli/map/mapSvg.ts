/** The map as a picture: a square for each cell, adjacent ones of a value as one, zone borders, and the legend. */
import { formatBytes } from '../../debugger/inspect/values';
import { type PhysicalMapAnswer, valuesOf } from '../../debugger/inspector/shapes/physicalMap';
import { PAGE_SIZE } from '../../types/pageSize';
import { type Look, looksOf, pfnText } from './palette';

const SIDE = 10;
const COLUMNS = 64;
const LEFT = 110;
const TOP = 40;
const LINE = 18;

export function mapSvg(map: PhysicalMapAnswer, title: string): string {
  const looks = looksOf(map.colour, map.legend);
  const { window } = map;
  const rows = Math.ceil(window.cells / COLUMNS);
  const bottom = TOP + rows * SIDE + 2 * LINE;
  const width = LEFT + COLUMNS * SIDE + 30;
  const height = bottom + map.legend.length * LINE + 20;
  const cell = formatBytes(window.pagesPerCell * PAGE_SIZE);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="10" y="20" font-size="14">${escaped(`${title}: a cell is ${cell}`)}</text>`,
    ...cells(map, looks),
    ...borders(map),
    ...map.legend.flatMap(({ value, name, pages }, i) => {
      const y = bottom + i * LINE;
      return [
        `<rect x="${LEFT}" y="${y}" width="12" height="12" fill="${looks.get(value)?.colour ?? ''}" stroke="#888888" stroke-width="0.5"/>`,
        `<text x="${LEFT + 20}" y="${y + 11}">${escaped(`${name}: ${pages} pages, ${formatBytes(pages * PAGE_SIZE)}`)}</text>`,
      ];
    }),
    '</svg>',
    '',
  ].join('\n');
}

function cells({ window, values, free, legend }: PhysicalMapAnswer, looks: ReadonlyMap<number, Look>): string[] {
  const all = valuesOf(values);
  const shares = free ? valuesOf(free) : [];
  const names = new Map(legend.map(({ value, name }) => [value, name]));
  const out: string[] = [];
  for (let row = 0; row * COLUMNS < all.length; row++) {
    const y = TOP + row * SIDE;
    const first = window.first + row * COLUMNS * window.pagesPerCell;
    if (row % 4 === 0) out.push(`<text x="10" y="${y + 9}" font-size="10">pfn ${pfnText(first, window.end)}</text>`);
    const end = Math.min(all.length, (row + 1) * COLUMNS);
    for (let i = row * COLUMNS; i < end; ) {
      let next = i + 1;
      while (next < end && all[next] === all[i] && shares[next] === shares[i]) next++;
      const x = LEFT + (i - row * COLUMNS) * SIDE;
      const from = window.first + i * window.pagesPerCell;
      const to = Math.min(window.end, window.first + next * window.pagesPerCell) - 1;
      const share = shares[i] ?? 0;
      const part = share > 0 && share < 100 ? `, ${share} % free` : '';
      const text = `pfn 0x${from.toString(16)}–0x${to.toString(16)}: ${names.get(all[i] as number) ?? ''}${part}`;
      out.push(
        `<rect x="${x}" y="${y}" width="${(next - i) * SIDE}" height="${SIDE}" fill="${looks.get(all[i] as number)?.colour ?? ''}"><title>${escaped(text)}</title></rect>`,
      );
      // how much of a cell is taken is seen as well
      if (part !== '')
        out.push(
          `<rect x="${x}" y="${y + SIDE - 2}" width="${(((next - i) * SIDE * (100 - share)) / 100).toFixed(1)}" height="2" fill="#d55e00"/>`,
        );
      i = next;
    }
  }
  return out;
}
/** Where a zone begins: the left side of its first cell, with its name beside the map. */
function borders({ window, zones }: PhysicalMapAnswer): string[] {
  return zones.flatMap(({ node, zone, first }) => {
    const i = Math.floor((first - window.first) / window.pagesPerCell);
    if (i < 0 || i >= window.cells) return [];
    const [x, y] = [LEFT + (i % COLUMNS) * SIDE, TOP + Math.floor(i / COLUMNS) * SIDE];
    const text = `zone ${zone}, node ${node}, from pfn 0x${first.toString(16)}`;
    return [
      `<path d="M${x} ${y + SIDE}V${y - 2}h${SIDE}" fill="none" stroke="#000000" stroke-width="2"><title>${escaped(text)}</title></path>`,
    ];
  });
}
const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[^\t\n\r -￿]/g, '?');
