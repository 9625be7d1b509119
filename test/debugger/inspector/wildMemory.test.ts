/**
 * Whatever is written over the kernel's memory, the inspector's address space, page walk and comparison answer, or say what they cannot
 * follow: random writes to their structures, and to pages of tables and slabs.
 */
import assert from 'node:assert/strict';
import { InspectorError } from '../../../server/debugger/inspector/asking';
import type { Session } from '../../../server/debugger/session';
import { EvaluationError } from '../../../server/debugger/target/target';
import { PAGE_SIZE } from '../../../server/types/pageSize';
import type { Dice } from '../../generate';
import { ask } from './inspected';
import { atRandomMoments, momentOf } from './randomMoments';

/** Addresses that the views read, and how many bytes there are. */
function targets({ view }: Session): { address: number; bytes: number }[] {
  const { kernel } = view;
  const { symbols, direct, pageTables, pcpu } = kernel;
  const { vmalloc, slab } = kernel.allocators;
  const { areas, busy, free, purged } = vmalloc.allocator;
  const names = [
    'vmap_area_list',
    'free_vmap_area_list',
    'purge_vmap_area_list',
    'slab_caches',
    'vmap_lazy_nr',
    'nr_vmalloc_pages',
  ];
  const all = [busy, free, purged].flatMap((tree) => areas.all(tree));
  return [
    ...names.flatMap((name) => (symbols.lookup(name) ? [{ address: symbols.address(name), bytes: 16 }] : [])),
    ...all.map((area) => ({ address: area, bytes: 64 })),
    ...all.flatMap((area) => (areas.vm(area) ? [{ address: areas.vm(area), bytes: 64 }] : [])),
    ...pcpu.slots.all().map(({ chunk }) => ({ address: chunk, bytes: 128 })),
    ...slab.all().map((cache) => ({ address: cache, bytes: view.layouts.size('kmem_cache') })),
    { address: direct.va(pageTables.pgd), bytes: PAGE_SIZE },
    ...pageTables
      .walk(kernel.addresses.vmallocStart)
      .map(({ entry }) => ({ address: direct.va(entry - (entry % PAGE_SIZE)), bytes: PAGE_SIZE })),
  ];
}
function corrupt(s: Session, dice: Dice, among: ReturnType<typeof targets>): string {
  const { address, bytes } = dice.pick(among);
  const at = address + 4 * dice.below(bytes / 4);
  const value = dice.pick([0, 0xff, dice.below(256)]);
  const data = Uint8Array.from({ length: dice.pick([4, 8]) }, (_, i) => (i % 3 === 0 ? value : dice.below(256)));
  s.writeBytes(at, data);
  return s.formatAddress(at);
}
async function answers(what: string, asked: () => Promise<unknown>): Promise<boolean> {
  try {
    await asked();
    return true;
  } catch (error) {
    if (error instanceof InspectorError || error instanceof EvaluationError) return false;
    throw new Error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}

describe('inspector: memory that has been overwritten', () => {
  it('is shown as far as it can be followed', async function () {
    this.timeout(0);
    let given = 0;
    await atRandomMoments(12, 1, async (s, dice) => {
      const where: string[] = [];
      const among = targets(s);
      for (let i = 0; i < 3; i++) where.push(corrupt(s, dice, among));
      const about = where.join(', ');
      const regions = await ask(s, 'addressSpace', { cells: 500 }).then(
        (space) => space.regions,
        (error) => {
          throw new Error(`after a write at ${about}: ${error.stack}`);
        },
      );
      for (const { first, last } of regions) {
        if (await answers(`${about}: ${first}`, () => ask(s, 'addressSpace', { first, last, cells: 200 }))) given++;
        if (await answers(`${about}: walk ${first}`, () => ask(s, 'pageWalk', { address: first }))) given++;
      }
      const a = { at: 'position', position: s.timeline.momentAt(momentOf(s, dice)).position } as const;
      if (await answers(`${about}: compare`, () => ask(s, 'compare', { a, b: { at: 'now' } }))) given++;
    });
    assert.ok(given > 150, `only ${given} answers`);
  });
});
