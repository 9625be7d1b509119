/** The page walk as text: rows of its table, sizes and rights in words. */
import type { Answer } from '../../../server/dap/inspectorViews';
import type { Selection } from '../../../server/debugger/inspector/shapes/common';

type Walk = Answer<'pageWalk'>;

/** Colours of the theme by what an entry is. */
export const KIND_COLOURS: Readonly<Record<Walk['levels'][number]['kind'], string>> = {
  table: 'charts-blue',
  'large page': 'charts-purple',
  page: 'charts-green',
  empty: 'charts-red',
  'not present': 'symbolIcon-classForeground',
};
export function rights(result: Extract<Walk['result'], { mapped: true }>): string {
  const may = (allowed: boolean, what: string) => `${what} ${allowed ? 'allowed' : 'forbidden'}`;
  return `${may(result.write, 'writing')}, ${may(result.execute, 'execution')}, user code ${result.user ? 'allowed' : 'kept out'}`;
}
/** What a selection means as an address. */
export function addressOf(selection: Selection | undefined): string | undefined {
  switch (selection?.by) {
    case 'address':
      return selection.address;
    case 'expression':
      return selection.text;
    case 'pfn':
      return `page_address(pfn_to_page(${selection.pfn}))`;
    default:
      return undefined;
  }
}
/** The first row has the names of the columns. */
export const rowsOf = ({ levels }: Walk): string[][] => [
  ['level', 'entry', 'value', 'what', 'flags', 'covers', 'leads to'],
  ...levels.map((level) => [
    `${level.name}[${level.index}]`,
    level.entry,
    level.value,
    level.kind,
    level.flags
      .filter((flag) => flag.set)
      .map((flag) => flag.name)
      .join(' '),
    `${level.first}–${level.last}`,
    level.leadsTo?.text ?? '',
  ]),
];
