/** Masks and flags as text, as the recorded kernel printed them; the zone and migratetype that a mask selects. */
import assert from 'node:assert/strict';
import { GfpMasks } from '../../../server/kernel/mm/gfp';
import { decodeFlagFields, encodeFlagFields, PageFlags } from '../../../server/kernel/mm/page_flags';
import { DEFAULT_PROFILE } from '../../../server/profiles/profiles';
import type { Arch } from '../../../server/types/ctype';
import { ABIS } from '../../../server/types/ctype';

const { bits, masks } = DEFAULT_PROFILE.gfp;
const gfp = new GfpMasks(DEFAULT_PROFILE, 'x86_64');
const pageFlags = new PageFlags(DEFAULT_PROFILE);

describe('gfp masks', () => {
  it('as text, composites first', () => {
    const check = (mask: number, words: string) => assert.equal(gfp.names(mask), words);
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
      [masks.GFP_KERNEL, masks.GFP_ATOMIC, masks.GFP_HIGHUSER, masks.GFP_HIGHUSER_MOVABLE, masks.GFP_TRANSHUGE_LIGHT],
      [0xcc0, 0xa20, 0x100cc2, 0x100cca, 0x1c20ca],
    );
  });
  it('name the highest zone and the migratetype', () => {
    const zone = (arch: Arch, mask: number) =>
      DEFAULT_PROFILE.arches[arch].zones[new GfpMasks(DEFAULT_PROFILE, arch).zone(mask)];
    assert.equal(zone('x86_64', masks.GFP_KERNEL), 'Normal');
    assert.equal(zone('x86_64', masks.GFP_HIGHUSER), 'Normal');
    assert.equal(zone('x86_64', masks.GFP_HIGHUSER_MOVABLE), 'Movable');
    assert.equal(zone('i386', masks.GFP_HIGHUSER), 'HighMem');
    assert.equal(zone('i386', bits.__GFP_DMA), 'DMA');
    assert.equal(zone('i386', bits.__GFP_MOVABLE), 'Normal');
    // GFP_ZONE_BAD: no entry in the table, so the lowest zone (truth: amd64-gfp_conflict, i386-pae-gfp_conflict)
    for (const arch of ['x86_64', 'i386', 'i386_pae'] as const) {
      for (const mask of [3, 5, 6, 7, 11, 13, 14, 15]) {
        assert.equal(zone(arch, mask), 'DMA', `${arch} ${mask}`);
        assert.ok(gfp.badZone(mask));
      }
    }
    assert.ok(![0, 1, 2, 4, 8, 9, 10, 12].some((mask) => gfp.badZone(mask)));
    assert.deepEqual(
      [masks.GFP_KERNEL, bits.__GFP_MOVABLE, bits.__GFP_RECLAIMABLE].map((mask) => gfp.migratetype(mask)),
      [0, 1, 2],
    );
  });
});

describe('page flags', () => {
  it('as text', () => {
    const check = (low: number, high: number, words: string) =>
      assert.equal(pageFlags.format(ABIS.x86_64, low, high), words);
    check(0xc0000000 | 0, 0xfffff, '0xfffffc0000000(node=0|zone=1|lastcpupid=0x1fffff)');
    check(0xc0010000 | 0, 0xfffff, '0xfffffc0010000(head|node=0|zone=1|lastcpupid=0x1fffff)');
    assert.equal(pageFlags.format(ABIS.i386, 0x40001000, 0), '0x40001000(reserved|zone=1)');
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
