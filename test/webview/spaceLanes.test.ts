/** Windows of the address space, and sizes in words. */
import assert from 'node:assert/strict';
import { bytesText } from '../../webview/ui/words';
import { windowAround, windowOver } from '../../webview/views/addressSpace/spaceLanes';

const WHOLE = { first: '0xffff800000000000', last: '0xffffffffffffffff' };
const size = (window: { first: string; last: string } | undefined): number =>
  window ? Number(BigInt(window.last) - BigInt(window.first)) + 1 : 0;

describe('windows of the address space', () => {
  const check = (centre: bigint, share: number, bytes: number, first: string | undefined, whole = WHOLE) => {
    const window = windowAround(whole, centre, share, bytes);
    assert.equal(window?.first, first);
    if (!window) return;
    assert.ok(BigInt(window.first) >= BigInt(whole.first) && BigInt(window.last) <= BigInt(whole.last));
    assert.equal(BigInt(window.first) % 4096n, 0n);
    assert.equal(size(window) % 4096, 0);
  };
  it('has an address at a share of its width', () => {
    check(0xffffc90000000000n, 0, 2 ** 20, '0xffffc90000000000');
    check(0xffffc90000000000n, 0.5, 2 ** 20, '0xffffc8fffff80000');
    check(0xffffc90000000000n, 1, 2 ** 20, '0xffffc8fffff00000');
  });
  it('stays inside', () => {
    check(0xffff800000000000n, 0.5, 2 ** 20, '0xffff800000000000');
    check(0xffffffffffffffffn, 0.5, 2 ** 20, '0xfffffffffff00000');
    check(0xc0001000n, 0.5, 2 ** 24, '0xc0000000', { first: '0xc0000000', last: '0xffffffff' });
  });
  it('is never smaller than 16 pages, and what is larger than the whole is the whole', () => {
    assert.equal(size(windowAround(WHOLE, 0xffffc90000000000n, 0.5, 1)), 65_536);
    check(0xffffc90000000000n, 0.5, 2 ** 47, undefined);
    check(0xffffc90000000000n, 0.5, 2 ** 60, undefined);
  });
  it('shows a range with something on both sides', () => {
    const window = windowOver(WHOLE, { first: '0xffffc90000000000', last: '0xffffc900000fffff' });
    assert.ok(BigInt(window?.first ?? 0) < 0xffffc90000000000n && BigInt(window?.last ?? 0) > 0xffffc900000fffffn);
    assert.ok(size(window) < 2 ** 20 * 1.2);
  });
  it('sizes', () => {
    assert.deepEqual([0, 4096, 1536, 2 ** 47, 12345].map(bytesText), [
      '0 bytes',
      '4 KiB',
      '1.5 KiB',
      '128 TiB',
      '12.1 KiB',
    ]);
  });
});
