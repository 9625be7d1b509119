/** What a view can be saved as, and how: text of a table, of a picture in vectors, and its pixels. */

/** What a view has to offer; JSON is always the answer itself. */
export interface Exportable {
  /** the file's name without its ending: letters, digits, `-` */
  readonly name: string;
  readonly json: unknown;
  /** the first row has the names of the columns */
  readonly table: readonly (readonly (string | number)[])[];
  /** an SVG document */
  readonly svg: () => string;
  /** the pixels; those of the SVG unless given */
  readonly canvas?: () => HTMLCanvasElement | undefined;
}

/** Comma-separated values as RFC 4180 has them. A text that a spreadsheet would take for a formula gets an apostrophe. */
export function csvOf(table: Exportable['table']): string {
  const cell = (value: string | number): string => {
    if (typeof value === 'number') return String(value);
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${table.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Text in XML. */
export const xmlText = (text: string): string =>
  // what XML cannot have at all is left out
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c);

/** An SVG document around shapes, on the theme's background. Shapes are made with `xmlText` for all that comes from outside. */
export function svgDocument(width: number, height: number, shapes: readonly string[], background: string): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="100%" height="100%" fill="${xmlText(background)}"/>`,
    ...shapes,
    '</svg>',
  ].join('\n');
}
/** A table as an SVG document, for views that are text. */
export function svgOfTable(
  title: string,
  table: Exportable['table'],
  colours: { text: string; background: string },
): string {
  const columns = Math.max(0, ...table.map((row) => row.length));
  const longest = (column: number) => Math.max(0, ...table.map((row) => String(row[column] ?? '').length));
  const widths = Array.from({ length: columns }, (_, column) => longest(column));
  const starts = widths.map((_, i) => 12 + widths.slice(0, i).reduce((sum, w) => sum + Math.min(w, 80) * 7.3 + 16, 0));
  const width = Math.ceil(24 + widths.reduce((sum, w) => sum + Math.min(w, 80) * 7.3 + 16, 0));
  const text = (x: number, y: number, value: string, weight = 'normal') =>
    `<text x="${x}" y="${y}" fill="${xmlText(colours.text)}" font-family="monospace" font-size="12" font-weight="${weight}">${xmlText(value.slice(0, 80))}</text>`;
  const shapes = [
    text(12, 24, title, 'bold'),
    ...table.flatMap((row, r) => row.map((cell, c) => text(starts[c] ?? 12, 48 + r * 18, String(cell)))),
  ];
  return svgDocument(Math.max(width, 24 + title.length * 7.5), 60 + table.length * 18, shapes, colours.background);
}

/** A picture's PNG, in base64. */
async function pngOfCanvas(canvas: HTMLCanvasElement): Promise<string> {
  const url = canvas.toDataURL('image/png');
  return url.slice(url.indexOf(',') + 1);
}
async function pngOfSvg(svg: string): Promise<string> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext('2d')?.drawImage(image, 0, 0);
  return pngOfCanvas(canvas);
}

export type Format = 'png' | 'svg' | 'csv' | 'json';
interface File {
  readonly name: string;
  readonly encoding: 'utf8' | 'base64';
  readonly data: string;
}
/** The file of a format. */
export async function fileOf(what: Exportable, format: Format): Promise<File> {
  const name = `${what.name}.${format}`;
  switch (format) {
    case 'json':
      return { name, encoding: 'utf8', data: `${JSON.stringify(what.json, null, 2)}\n` };
    case 'csv':
      return { name, encoding: 'utf8', data: csvOf(what.table) };
    case 'svg':
      return { name, encoding: 'utf8', data: what.svg() };
    case 'png': {
      const canvas = what.canvas?.();
      return { name, encoding: 'base64', data: await (canvas ? pngOfCanvas(canvas) : pngOfSvg(what.svg())) };
    }
  }
}
