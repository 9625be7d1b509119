/** The view "Slabs": caches by memory and waste, the lists of one, the objects of a slab in memory order; for SLUB, SLAB and SLOB. */
import assert from 'node:assert/strict';
import type {
  CacheAnswer,
  CacheRow,
  SlabPageAnswer,
  SlabsAnswer,
} from '../../../server/debugger/inspector/shapes/slabs';
import { cacheLists } from '../../../server/debugger/inspector/slabs/cacheLists';
import { slabs } from '../../../server/debugger/inspector/slabs/slabCaches';
import { slabPage } from '../../../server/debugger/inspector/slabs/slabPage';
import type { Session } from '../../../server/debugger/session';
import { slabInfo } from '../../../server/kernel/proc/proc_slabinfo';
import type { Dice } from '../../generate';
import { ask } from './inspected';
import { askingOf, atRandomMoments } from './randomMoments';
import { evaluated, fingerprint, stoppedIn } from './stoppedSession';

const three = 'void *a = kmalloc(200, GFP_KERNEL), *b = kmalloc(200, GFP_KERNEL), *c = kmalloc(200, GFP_KERNEL);';

async function row(session: Session, name: string): Promise<CacheRow> {
  const { caches } = await ask(session, 'slabs', {});
  const found = caches.find((c) => c.name === name);
  assert.ok(found, `${name} among ${caches.map((c) => c.name).join(', ')}`);
  return found;
}
async function listsOf(session: Session, name: string): Promise<CacheAnswer> {
  return ask(session, 'slabs/cache', { cache: (await row(session, name)).address });
}
/** The slab that a pointer of the scenario lies in. */
const pageOf = (session: Session, pointer: string, question = {}): Promise<SlabPageAnswer> =>
  ask(session, 'slabs/page', { selection: { by: 'expression', text: pointer }, ...question });
const at = (answer: SlabPageAnswer, address: number) => {
  const hex = `0x${BigInt.asUintN(64, BigInt(address)).toString(16)}`;
  const found = answer.objects.find((o) => o.address === hex);
  assert.ok(found, `${hex} among ${answer.objects.map((o) => o.address).join(' ')}`);
  return found;
};

/** A cache's figures after `body`. */
async function checkRow(name: string, body: string, expected: Partial<CacheRow>, options = {}): Promise<void> {
  const found = await row(stoppedIn(body, options), name);
  const part = Object.fromEntries(Object.keys(expected).map((key) => [key, found[key as keyof CacheRow]]));
  assert.deepEqual(part, expected, `${name} after ${body}`);
}
/** `cpu slab 0: 8/16 …`: each list that is not empty, with free objects of all of its slabs. */
async function checkLists(name: string, body: string, expected: readonly string[], options = {}): Promise<void> {
  const { lists } = await listsOf(stoppedIn(body, options), name);
  const told = lists
    .filter((list) => list.count > 0)
    .map((list) => {
      const of = list.cpu ?? list.node ?? '';
      const slabs = list.slabs.map((s) => `${s.free}/${s.objects}`).join(' ');
      const ready = list.ready > 0 ? ` ready ${list.ready}` : '';
      return `${list.kind} ${of}: ${slabs}${ready}${list.searched ? ' searched' : ''}`;
    });
  assert.deepEqual(told, expected, `${name} after ${body}`);
}
/** What the place of an object consists of, and what is damaged, `p` being an object. */
async function checkParts(body: string, parts: string, damage: readonly string[], options = {}): Promise<void> {
  const session = stoppedIn(`void *p, *q;\n${body}`, options);
  const answer = await pageOf(session, 'p');
  assert.equal(answer.parts.map((part) => `${part.offset} ${part.what} ${part.bytes}`).join(', '), parts, body);
  const told = answer.objects.flatMap((o) =>
    o.damage.map((d) => {
      const base = evaluated(session, 'p');
      const offset = Number(BigInt.asIntN(64, BigInt(d.address))) - base;
      return `${d.what} at ${offset}, ${d.bytes} bytes: ${d.found.toString(16)} for ${d.expected.toString(16)}`;
    }),
  );
  assert.deepEqual(told, damage, body);
}

describe('inspector: slab caches', () => {
  it('objects, memory and waste', async () => {
    await checkRow('kmalloc-256', three, { size: 256, objectSize: 256, slabs: 1, bytes: 4096, objects: 16, used: 9 });
    await checkRow('kmalloc-256', `${three} kfree(b);`, {
      active: 16,
      used: 8,
      waste: { free: 2048, slack: 0, ends: 0 },
    });
    // a constructor: the cache is not merged with another, and the free pointer lies behind the object
    const before = 'struct kmem_cache *things; static void make(void *p) { *(int *)p = 1; }';
    const used = (bytes: number, flags: string) =>
      `things = kmem_cache_create("things", ${bytes}, 0, ${flags}, make); kmem_cache_alloc(things, GFP_KERNEL);`;
    await checkRow(
      'things',
      used(100, 'SLAB_HWCACHE_ALIGN'),
      { objectSize: 100, size: 128, slabs: 1, objects: 32, used: 1, waste: { free: 31 * 128, slack: 28, ends: 0 } },
      { before },
    );
    await checkRow(
      'things',
      used(700, '0'),
      { size: 712, slabs: 1, objects: 11, bytes: 8192, waste: { free: 10 * 712, slack: 12, ends: 8192 - 11 * 712 } },
      { before },
    );
  });
  it('those of SLAB, and none of SLOB', async () => {
    await checkRow(
      'kmalloc-256',
      three,
      { objects: 16, active: 16, used: 9, slabs: 1 },
      { machine: 'allocator = slab;' },
    );
    const s = stoppedIn(three, { machine: 'allocator = slob;' });
    const { caches, absent, pages } = await ask(s, 'slabs', {});
    assert.ok(caches.every((c) => c.slabs === 0));
    assert.match(absent[0]?.why ?? '', /^SLOB has none/);
    assert.equal(pages, 1);
  });
  it('a constructor, and flags by name', async () => {
    const before = 'struct kmem_cache *things; static void make(void *p) { *(int *)p = 1; }';
    const s = stoppedIn('things = kmem_cache_create("things", 100, 0, SLAB_HWCACHE_ALIGN, make);', { before });
    const found = await row(s, 'things');
    assert.equal(found.ctor, 'make');
    assert.match(found.flags, /^SLAB_HWCACHE_ALIGN/);
    assert.match(
      (await row(stoppedIn('', { machine: 'allocator = slab;' }), 'kmalloc-256')).flags,
      /CFLGS_OBJFREELIST_SLAB$/,
    );
  });
  it('the largest come first', async () => {
    const { caches, complete } = await ask(
      stoppedIn('for (int i = 0; i < 40; i++) kmalloc(1000, GFP_KERNEL);'),
      'slabs',
      {},
    );
    assert.equal(caches[0]?.name, 'kmalloc-1k');
    assert.ok(complete);
  });
  it('a cache whose lists were overwritten says so', async () => {
    const s = stoppedIn('u64 *p = kmalloc(64, GFP_KERNEL); kfree(p); p[4] = 0x1234;');
    assert.equal((await row(s, 'kmalloc-64')).damaged, true);
    await assert.rejects(listsOf(s, 'kmalloc-64'), /cannot be followed: a pointer in them was overwritten/);
  });
});

describe('inspector: the lists of a cache', () => {
  it('of SLUB', async () => {
    await checkLists('kmalloc-256', three, ['cpu slab 0: 7/16 ready 7']);
    await checkLists('kmalloc-256', 'for (int i = 0; i < 30; i++) kmalloc(200, GFP_KERNEL);', [
      'cpu slab 0: 12/16 ready 12',
      'full 0: 0/16 0/16 searched',
    ]);
    await checkLists(
      'kmalloc-256',
      'void *p[40]; for (int i = 0; i < 40; i++) p[i] = kmalloc(200, GFP_KERNEL); kfree(p[12]); kfree(p[13]);',
      ['cpu slab 0: 2/16 ready 2', 'cpu partial 0: 2/16', 'full 0: 0/16 searched'],
    );
  });
  it('of SLUB with full slabs on a list', async () => {
    const body = 'for (int i = 0; i < 30; i++) kmalloc(200, GFP_KERNEL);';
    await checkLists('kmalloc-256', body, ['full 0: 0/10 0/10 0/10'], {
      machine: 'config SLUB_DEBUG_ON = y;',
    });
  });
  it('of SLAB', async () => {
    await checkLists('kmalloc-256', `${three} kfree(a);`, ['cpu array 0:  ready 8', 'full 0: 0/16'], {
      machine: 'allocator = slab;',
    });
  });
  it('of SLOB', async () => {
    await checkLists('vmap_area', three, ['small : 852/2048'], { machine: 'allocator = slob;' });
  });
  it('a cache that is not there', async () => {
    await assert.rejects(ask(stoppedIn(''), 'slabs/cache', { cache: '0x1234' }), /there is no cache at 0x1234/);
  });
});

describe('inspector: the objects of a slab', () => {
  it('who has them, and what comes next on the freelist', async () => {
    const s = stoppedIn(`${three} kfree(b);`);
    const answer = await pageOf(s, 'a');
    assert.equal(answer.cache?.name, 'kmalloc-256');
    assert.equal(answer.list, 'CPU 0’s slab');
    assert.equal(answer.objects.length, 16);
    const a = at(answer, evaluated(s, 'a'));
    assert.deepEqual([a.state, a.allocated?.function, a.allocated?.bytesRequested], ['used', 'kmalloc', 200]);
    assert.equal(answer.places[a.allocated?.place ?? -1]?.line, 4);
    const b = at(answer, evaluated(s, 'b'));
    assert.deepEqual([b.state, b.on, b.place, b.freed?.function], ['free', 'CPU 0’s freelist', 0, 'kfree']);
    // from one to the next, all that are free
    const way: number[] = [];
    for (let o: typeof b | undefined = b; o; o = answer.objects.find((x) => x.index === o?.next?.index))
      way.push(o.index);
    assert.equal(way.length, answer.slab.free);
    assert.ok(answer.objects.every((o) => !o.next || (o.next.valid && o.next.hardened)));
    const last = answer.objects.find((o) => o.index === way.at(-1));
    assert.equal(BigInt(last?.next?.address ?? 1), 0n);
  });
  it('any frame of the slab, a window of its objects, and frames that are not a slab’s', async () => {
    const s = stoppedIn('void *p = kmalloc(1000, GFP_KERNEL); struct page *page = alloc_page(GFP_KERNEL);');
    const pfn = evaluated(s, 'page_to_pfn(virt_to_page(p))');
    const whole = await pageOf(s, 'p');
    assert.equal(whole.slab.pages, 2);
    const other = await ask(s, 'slabs/page', {
      selection: { by: 'pfn', pfn: whole.slab.pfn + 1 },
      first: 5,
      objects: 2,
    });
    assert.equal(other.slab.pfn, whole.slab.pfn);
    assert.ok(pfn === whole.slab.pfn || pfn === whole.slab.pfn + 1);
    assert.deepEqual(
      other.objects.map((o) => o.index),
      [5, 6],
    );
    await assert.rejects(
      ask(s, 'slabs/page', { selection: { by: 'expression', text: 'page' } }),
      /is not part of a slab: it is allocated by main/,
    );
    await assert.rejects(
      ask(s, 'slabs/page', { selection: { by: 'pfn', pfn: 999_999 } }),
      /pfn 0xf423f is past the end/,
    );
  });
  it('the neighbours across the borders', async () => {
    const s = stoppedIn('void *p = kmalloc(200, GFP_KERNEL);');
    const { before, after, slab } = await pageOf(s, 'p');
    assert.equal(before?.pfn, slab.pfn - 1);
    assert.equal(after?.pfn, slab.pfn + 1);
    assert.match(before?.owner ?? '', /^cache /);
    assert.equal(before?.slab, true);
    assert.ok(before?.object);
  });
  const debug = { machine: 'config SLUB_DEBUG_ON = y;' };
  const PARTS =
    '0 left red zone 64, 64 object 64, 128 red zone 8, 136 free pointer 8, 144 tracks 64, 208 requested size 4, 212 padding 44';
  it('red zones, poison and tracks of slub_debug', async () => {
    const damaged = (write: string, damage: readonly string[]) =>
      checkParts(`p = kmalloc(64, GFP_KERNEL); ${write}`, PARTS, damage, debug);
    await damaged('', []);
    await damaged('((char *)p)[64] = 1;', ['Right Redzone at 64, 1 bytes: 1 for cc']);
    await damaged('((char *)p)[-2] = 1;', ['Left Redzone at -2, 1 bytes: 1 for cc']);
    await damaged('kfree(p); ((char *)p)[3] = 1; ((char *)p)[5] = 1;', ['Poison at 3, 3 bytes: 1 for 6b']);
    await damaged('((char *)p)[180] = 1;', ['Object padding at 180, 1 bytes: 1 for 5a']);
  });
  it('an object that KASAN keeps', async () => {
    const s = stoppedIn('void *p = kmalloc(64, GFP_KERNEL); kfree(p);', { machine: 'config KASAN = y;' });
    const object = at(await pageOf(s, 'p'), evaluated(s, 'p'));
    assert.deepEqual([object.state, object.freed?.function], ['kept', 'kfree']);
  });
  it('a pointer on the freelist that was overwritten', async () => {
    const s = stoppedIn('u64 *p = kmalloc(64, GFP_KERNEL); kfree(p); p[4] = 0x1234;');
    await assert.rejects(pageOf(s, 'p'), /cannot be read: a pointer/);
  });
  it('of SLAB: in the slab’s list, and in arrays', async () => {
    const s = stoppedIn(`${three} kfree(b);`, { machine: 'allocator = slab;' });
    const answer = await pageOf(s, 'a');
    assert.equal(answer.list, 'full slabs of node 0');
    const b = at(answer, evaluated(s, 'b'));
    assert.deepEqual([b.state, b.on, b.place], ['free', 'CPU 0’s array', 0]);
    assert.equal(at(answer, evaluated(s, 'a')).allocated?.bytesRequested, 200);
  });
  it('of SLOB: free blocks, and what the history knows between them', async () => {
    const s = stoppedIn(`${three} kfree(b);`, { machine: 'allocator = slob;' });
    const answer = await pageOf(s, 'a', { objects: 128 });
    assert.equal(answer.list, 'pages for small blocks');
    assert.equal(answer.cache, undefined);
    assert.equal(at(answer, evaluated(s, 'a')).allocated?.function, 'kmalloc');
    const free = answer.objects.filter((o) => o.state === 'free');
    assert.equal(
      free.reduce((sum, o) => sum + o.bytes, 0),
      answer.slab.free * 2,
    );
  });
});

describe('inspector: slabs at random moments', function () {
  this.timeout(0);
  it('25 scenarios', () => atRandomMoments(25, 2, agree, Number(process.env.KMEM_SEED ?? 500)));
  /** What the view counts is what /proc/slabinfo counts, list by list and object by object; looking changes nothing. */
  function agree(session: Session, dice: Dice): void {
    const before = fingerprint(session);
    const asking = askingOf(session);
    const { caches, allocator } = slabs(asking, {}) as SlabsAnswer;
    if (allocator === 'slob') return;
    const infos = new Map(slabInfo(session.target.kernel).map((info) => [info.name, info]));
    assert.equal(caches.length, infos.size);
    for (const cache of caches) {
      const info = infos.get(cache.name);
      assert.deepEqual(
        [cache.active, cache.objects, cache.slabs],
        [info?.active_objs, info?.num_objs, info?.num_slabs],
      );
      const { lists } = cacheLists(asking, { cache: cache.address, slabs: 300 }) as CacheAnswer;
      const all = lists.flatMap((list) => list.slabs);
      const ready = lists.reduce((sum, list) => sum + (list.kind.endsWith('array') ? list.ready : 0), 0);
      const about: string = `${cache.name} of ${allocator}: ${JSON.stringify(lists)}`;
      assert.equal(all.length, cache.slabs, about);
      assert.equal(new Set(all.map(({ pfn }) => pfn)).size, all.length, about);
      assert.equal(
        all.reduce((sum, slab) => sum + slab.objects, 0),
        cache.objects,
        about,
      );
      assert.equal(all.reduce((sum, slab) => sum + slab.objects - slab.free, 0) - ready, cache.used, about);
      assert.equal(all.reduce((sum, slab) => sum + slab.pages, 0) * 4096, cache.bytes, about);
      if (all.length === 0) continue;
      const slab = dice.pick(all);
      const page = slabPage(asking, { selection: { by: 'pfn', pfn: slab.pfn }, objects: 128 }) as SlabPageAnswer;
      assert.equal(page.cache?.address, cache.address);
      if (page.objects.length < slab.objects) continue;
      const free = page.objects.filter((o) => o.state === 'free').length;
      assert.equal(free, page.slab.free, about);
      if (allocator === 'slub') assert.equal(free, slab.free, about);
      assert.ok(page.objects.every((o) => o.next?.valid !== false && o.damage.length === 0));
    }
    assert.deepEqual(fingerprint(session), before);
  }
});
