/** The tables of `kmem run --stats`: as text, and as JSON. */
import { basename } from 'node:path';
import type { AllocationStats, Counts, SiteStats } from './allocationStats';

/** Part of what was taken that was not asked for, in percent. */
const lost = ({ requested, allocated }: Counts): number =>
  allocated === 0 ? 0 : Math.round(((allocated - requested) * 1000) / allocated) / 10;

const whereOf = ({ file, line }: SiteStats): string => (file === undefined ? '(kernel)' : `${basename(file)}:${line}`);
/** Sites, those that took most first. */
const sitesOf = (stats: AllocationStats): SiteStats[] =>
  [...stats.sites.values()].sort((a, b) => b.allocated - a.allocated || b.calls - a.calls);

export function statsText(stats: AllocationStats): string {
  const sites = sitesOf(stats);
  const counted = ['CALLS', 'FAILED', 'REQUESTED', 'ALLOCATED', 'LOST', 'HELD', 'PEAK'];
  const counts = (c: Counts): string[] => [
    ...[c.calls, c.failed, c.requested, c.allocated].map(String),
    `${lost(c).toFixed(1)}%`,
    ...[c.held, c.peak].map(String),
  ];
  const zones = stats.zones();
  const orders = zones[0]?.unusable.map((_, order) => String(order)) ?? [];
  const index = (value: number): string => (value / 1000).toFixed(3);
  const bytes = (value: number | null): string => (value === null ? '-' : String(value));
  return [
    'Allocations by site, in bytes; LOST: internal fragmentation',
    ...table(
      ['SITE', 'FUNCTION', 'ALLOCATOR', 'KIND', ...counted],
      sites.map((s) => [whereOf(s), s.function, s.allocator, s.kind, ...counts(s)]),
      4,
    ),
    '',
    'By allocator',
    ...table(
      ['ALLOCATOR', ...counted],
      [...[...stats.totals].map(([name, c]) => [name, ...counts(c)]), ['pages below', ...counts(stats.backing)]],
      1,
    ),
    '',
    'Unusable free space by order: the part of free memory that is in smaller blocks (external fragmentation)',
    ...table(
      ['NODE', 'ZONE', ...orders],
      zones.map((z) => [String(z.node), z.zone, ...z.unusable.map(index)]),
      2,
    ),
    '',
    'What a block of a size takes, by the way it is got, and of the addresses of vmalloc; - is not possible',
    ...table(
      ['SIZE', 'KMALLOC', 'PAGES', 'VMALLOC', 'ADDRESSES'],
      stats
        .costs()
        .map((c) => [String(c.size), bytes(c.kmalloc), bytes(c.pages), bytes(c.vmalloc), bytes(c.vmallocAddresses)]),
      0,
    ),
    '',
  ].join('\n');
}
/** Lines of columns; the first `left` are aligned on the left. */
function table(head: readonly string[], rows: readonly (readonly string[])[], left: number): string[] {
  if (rows.length === 0) return ['  none'];
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all.map((row) =>
    `  ${row.map((cell, i) => (i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ')}`.trimEnd(),
  );
}

export function statsJson(stats: AllocationStats): object {
  const withLost = <C extends Counts>(c: C) => ({ ...c, lost: lost(c) });
  return {
    sites: sitesOf(stats).map(({ file = null, line = null, ...rest }) => ({ file, line, ...withLost(rest) })),
    allocators: Object.fromEntries([...stats.totals].map(([name, c]) => [name, withLost(c)])),
    pagesBelow: withLost(stats.backing),
    zones: stats.zones(),
    costs: stats.costs(),
  };
}
