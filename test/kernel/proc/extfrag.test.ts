/** Fragmentation of free memory, as the kernel computes it (mm/vmstat.c); by hand: sums of the formulas in its comments. */
import assert from 'node:assert/strict';
import { defaultConfig } from '../../../server/kernel/arch/machine_config';
import { bootKernel } from '../../../server/kernel/kernel';
import { extfragText, fragmentationIndex, unusableFreeIndex } from '../../../server/kernel/proc/extfrag';

/** Free blocks by order → both indexes of an order, in thousandths. */
function check(nrFree: readonly number[], order: number, unusable: number, fragmentation: number): void {
  assert.equal(unusableFreeIndex(nrFree, order), unusable, `unusable ${nrFree} ${order}`);
  assert.equal(fragmentationIndex(nrFree, order), fragmentation, `fragmentation ${nrFree} ${order}`);
}

describe('extfrag', () => {
  it('all memory is usable where every block is large enough', () => check([0, 0, 0, 4], 3, 0, -1000));
  it('no memory, no block', () => check([0, 0, 0, 0], 2, 1000, 0));
  it('pages in blocks too small are not usable', () => check([8, 4, 2, 1], 2, 500, -1000));
  // 16 pages as 16 blocks: 1000 − (1000 + 16000/4)/16
  it('enough memory in pieces: fragmentation is to blame', () => check([16, 0, 0], 2, 1000, 688));
  // 2 pages as 2 blocks: 1000 − (1000 + 2000/8)/2
  it('too little memory: fragmentation is hardly to blame', () => check([2, 0, 0, 0], 3, 1000, 375));
  it('prints as debugfs does', () => {
    const k = bootKernel(defaultConfig({ memory: 2 ** 28 }));
    assert.match(extfragText(k, unusableFreeIndex), /^Node 0, zone {6}DMA (\d\.\d{3} ){11}\nNode 0, zone {4}DMA32 /);
    assert.match(extfragText(k, fragmentationIndex), /zone {6}DMA (-1\.000 ){11}\n/);
  });
});
