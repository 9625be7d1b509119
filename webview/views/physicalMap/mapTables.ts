/** The tables beside the map: zones, and how far their free memory is of use. */

import { html, type TemplateResult } from 'lit';
import type { PhysicalMapAnswer } from '../../../server/debugger/inspector/shapes/physicalMap';
import { hex } from '../../ui/words';
import '../../ui/dataTable';

const zoneName = ({ node, zone }: { node: number; zone: string }): string => `node ${node}, ${zone}`;

/** @param show shows a zone on the map */
export function zonesTable({ zones }: PhysicalMapAnswer, show: (first: number, pages: number) => void): TemplateResult {
  const rows = zones.map((zone) => {
    const of = (kind: string): string => String(zone.frames.find((f) => f.kind === kind)?.pages ?? 0);
    const range = `${hex(zone.first)}–${hex(zone.first + zone.pages - 1)}`;
    return { cells: [zoneName(zone), range, String(zone.managed), of('free'), of('pcp')] };
  });
  return html`<h2>Zones</h2>
    <p class="quiet">Choose one to see it on the map.</p>
    <kmem-table
      name="Zones"
      .columns=${['zone', 'pfn', 'managed', 'free', 'on CPUs’ lists']}
      .rows=${rows}
      choosable
      @choose=${({ detail }: CustomEvent<number>) => {
        const zone = zones[detail];
        if (zone) show(zone.first, zone.pages);
      }}
    ></kmem-table>`;
}

/** Both indexes, a row for each order; rows that the last step changed are marked. */
export function indexTables({ indices }: PhysicalMapAnswer, previous: PhysicalMapAnswer | undefined): TemplateResult {
  const table = (title: string, note: string, name: 'unusable' | 'fragmentation') => {
    const orders = indices[0]?.[name].length ?? 0;
    const rows = Array.from({ length: orders }, (_, order) => {
      const values = indices.map((zone) => zone[name][order] ?? 0);
      const before = previous?.indices.map((zone) => zone[name][order] ?? 0);
      return {
        cells: [String(order), ...values.map((value) => (value / 1000).toFixed(3))],
        changed: before !== undefined && values.some((value, i) => value !== before[i]),
      };
    });
    return html`<div>
      <h2>${title}</h2>
      <p class="quiet">${note}</p>
      <kmem-table name=${title} .columns=${['order', ...indices.map(zoneName)]} .rows=${rows}></kmem-table>
    </div>`;
  };
  return html`<div class="indexes">
    ${table('Unusable free index', 'The share of free memory that a request of the order cannot use.', 'unusable')}
    ${table(
      'Fragmentation index',
      'Why a request of the order would fail: towards 0 for lack of memory, towards 1 because free memory is fragmented; -1: it would not fail.',
      'fragmentation',
    )}
  </div>`;
}
