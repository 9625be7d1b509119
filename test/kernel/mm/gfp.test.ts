/** Masks and flags in words, as the recorded kernel printed them; which zone and migratetype a mask means. */
import assert from 'node:assert/strict';
import {
  GFP_ATOMIC,
  GFP_DMA_BIT,
  GFP_HIGHMEM_BIT,
  GFP_HIGHUSER,
  GFP_HIGHUSER_MOVABLE,
  GFP_KERNEL,
  GFP_MOVABLE_BIT,
  GFP_RECLAIMABLE_BIT,
  GFP_TRANSHUGE_LIGHT,
  gfpMigratetype,
  gfpNames,
  gfpZoneTable,
  ZONE_NAMES,
} from '../../../server/kernel/mm/gfp';
import { decodeFlagFields, encodeFlagFields, formatPageFlags } from '../../../server/kernel/mm/page';
import type { Arch } from '../../../server/types/ctype';
import { ABIS } from '../../../server/types/ctype';

describe('gfp masks', () => {
  it('in words, composites first', () => {
    const check = (mask: number, words: string) => assert.equal(gfpNames(mask), words);
    check(0x800, 'GFP_NOWAIT');
    check(0xcc0, 'GFP_KERNEL');
    check(0xdc0, 'GFP_KERNEL|__GFP_ZERO');
    check(0xa20, 'GFP_ATOMIC');
    check(0x2a20, 'GFP_ATOMIC|__GFP_NOWARN');
    check(0x820, 'GFP_NOWAIT|__GFP_HIGH');
    check(0x40cc0, 'GFP_KERNEL|__GFP_COMP');
    check(0x100cca, 'GFP_HIGHUSER_MOVABLE');
    check(0xc00, 'GFP_NOIO');
    check(0x1c20ca, 'GFP_TRANSHUGE_LIGHT');
    check(0x801, 'GFP_NOWAIT|GFP_DMA');
    check(0x20000, '__GFP_MEMALLOC');
    check(0x80000000, '0x80000000');
    check(0, 'none');
  });
  it('values as the kernel has them', () => {
    assert.deepEqual(
      [GFP_KERNEL, GFP_ATOMIC, GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE, GFP_TRANSHUGE_LIGHT],
      [0xcc0, 0xa20, 0x100cc2, 0x100cca, 0x1c20ca],
    );
  });
  it('name the highest zone and the migratetype', () => {
    const zone = (arch: Arch, mask: number) => ZONE_NAMES[arch][gfpZoneTable(arch)[mask & 15] as number];
    assert.equal(zone('x86_64', GFP_KERNEL), 'Normal');
    assert.equal(zone('x86_64', GFP_HIGHUSER), 'Normal');
    assert.equal(zone('x86_64', GFP_HIGHUSER_MOVABLE), 'Movable');
    assert.equal(zone('i386', GFP_HIGHUSER), 'HighMem');
    assert.equal(zone('i386', GFP_DMA_BIT), 'DMA');
    assert.equal(zone('i386', GFP_MOVABLE_BIT), 'Normal');
    assert.equal(zone('x86_64', GFP_DMA_BIT | GFP_HIGHMEM_BIT), undefined);
    assert.deepEqual([GFP_KERNEL, GFP_MOVABLE_BIT, GFP_RECLAIMABLE_BIT].map(gfpMigratetype), [0, 1, 2]);
  });
});

describe('page flags', () => {
  it('in words', () => {
    const check = (low: number, high: number, words: string) =>
      assert.equal(formatPageFlags(ABIS.x86_64, low, high), words);
    check(0xc0000000 | 0, 0xfffff, '0xfffffc0000000(node=0|zone=1|lastcpupid=0x1fffff)');
    check(0xc0010000 | 0, 0xfffff, '0xfffffc0010000(head|node=0|zone=1|lastcpupid=0x1fffff)');
    assert.equal(formatPageFlags(ABIS.i386, 0x40001000, 0), '0x40001000(reserved|zone=1)');
  });
  it('hold node and zone', () => {
    for (const [node, zone] of [
      [0, 0],
      [1, 1],
      [7, 2],
      [1023, 4],
    ] as const) {
      const [low, high] = encodeFlagFields(ABIS.x86_64, node, zone);
      assert.deepEqual(decodeFlagFields(ABIS.x86_64, low, high), { node, zone, lastCpupid: 0x1fffff });
    }
    const [low] = encodeFlagFields(ABIS.i386_pae, 0, 2);
    assert.equal(decodeFlagFields(ABIS.i386_pae, low, 0).zone, 2);
  });
});
