/** The inspector's comparison of two moments: what came and went by site, counters, caches and the map. */
import assert from 'node:assert/strict';
import { InspectorError } from '../../../server/debugger/inspector/asking';
import type { CompareAnswer, CompareQuestion, MomentRef } from '../../../server/debugger/inspector/shapes/compare';
import type { Session } from '../../../server/debugger/session';
import { ask } from './inspected';
import { atLine, atRandomMoments, momentOf, sessionOf } from './randomMoments';

/** Runs `task main { text }`, whose lines with `// a` and `// b` are the two moments: before they run. */
function two(text: string, machine = '', before = ''): { s: Session; a: MomentRef; b: MomentRef } {
  const whole = `machine { memory = 256M; cpus = 1; config KASAN = n; ${machine} }\n${before}\ntask main {\n${text}\n}\n`;
  const s = sessionOf(whole);
  const lines = whole.split('\n');
  const at = (name: string): MomentRef => {
    const line = lines.findIndex((l) => l.includes(`// ${name}`)) + 1;
    s.breakpoints.setLines(0, [{ line }]);
    s.beginRun();
    assert.equal(s.run().kind, 'breakpoint');
    return { at: 'position', position: s.timeline.position };
  };
  const [a, b] = [at('a'), at('b')];
  while (s.timeline.forward());
  return { s, a, b };
}
const compare = (s: Session, a: MomentRef, b: MomentRef, more: Partial<CompareQuestion> = {}): Promise<CompareAnswer> =>
  ask(s, 'compare', { a, b, ...more });
/** `p = kmalloc(…): came 1 × 64, went 0, stayed 0, passed 0` for each site of the scenario's. */
const sites = ({ sites: all }: CompareAnswer): string[] =>
  all.map(({ place, who, allocator, came, went, stayed, passed }) => {
    const sum = (name: string, { count, bytes }: { count: number; bytes: number }) =>
      count === 0 ? '' : ` ${name} ${count} (${bytes})`;
    const sums = sum('came', came) + sum('went', went) + sum('stayed', stayed) + sum('passed', passed);
    return `${who}, ${allocator}, ${place?.text ?? '?'}:${sums}`;
  });
async function check(text: string, expected: readonly string[], machine = '', before = ''): Promise<CompareAnswer> {
  const { s, a, b } = two(text, machine, before);
  const answer = await compare(s, a, b);
  assert.deepEqual(sites(answer), expected);
  assert.deepEqual(sorted(mirrored(answer)), sorted(await compare(s, b, a)));
  return answer;
}
/** What the answer to the opposite question must be. */
function mirrored(answer: CompareAnswer): CompareAnswer {
  const swap = <T extends { a: unknown; b: unknown }>(x: T): T => ({ ...x, a: x.b, b: x.a });
  const turn = (site: CompareAnswer['sites'][number]): CompareAnswer['sites'][number] => ({
    ...site,
    came: site.went,
    went: site.came,
    examples: site.examples.map((e) => ({ ...e, change: e.change === 'came' ? 'went' : 'came' })),
  });
  return {
    ...swap(answer),
    map: {
      ...answer.map,
      kinds: answer.map.kinds.map(swap),
      changes: answer.map.changes.map(({ from, to, pages }) => ({ from: to, to: from, pages })),
    },
    counters: answer.counters.map(swap),
    caches: answer.caches.map((c) => ({
      ...c,
      aObjects: c.bObjects,
      bObjects: c.aObjects,
      aSlabs: c.bSlabs,
      bSlabs: c.aSlabs,
    })),
    sites: answer.sites.map(turn),
    came: answer.went,
    went: answer.came,
    backing: { came: answer.backing.went, went: answer.backing.came },
  };
}
/** Sites in an order that does not depend on which moment came first. */
const sorted = (answer: CompareAnswer): CompareAnswer => ({
  ...answer,
  sites: [...answer.sites].sort((x, y) =>
    JSON.stringify([x.place, x.call, x.kind]) < JSON.stringify([y.place, y.call, y.kind]) ? -1 : 1,
  ),
});

describe('inspector: compare', () => {
  it('what came, went, stayed and passed, by the statement that allocated it', async () => {
    const answer = await check(
      `void *old = kmalloc(64, GFP_KERNEL), *p;
	void *kept = kmalloc(32, GFP_KERNEL);
	int i; // a
	for (i = 0; i < 3; i++)
		p = kmalloc(100, GFP_KERNEL);
	kfree(p);
	kfree(old);
	kfree(NULL);
	i = 0; // b`,
      [
        'main, kmalloc, p = kmalloc(100, GFP_KERNEL);: came 2 (256) passed 1 (128)',
        'main, kmalloc, void *old = kmalloc(64, GFP_KERNEL), *p;: went 1 (64)',
      ],
    );
    assert.deepEqual(answer.came, { count: 2, bytes: 256 });
    assert.deepEqual(answer.went, { count: 1, bytes: 64 });
    const objects = (name: string) => {
      const found = answer.caches.find((c) => c.name === name);
      return found && found.bObjects - found.aObjects;
    };
    assert.deepEqual([objects('kmalloc-128'), objects('kmalloc-64'), objects('kmalloc-32')], [2, -1, undefined]);
    const [first] = answer.sites;
    assert.equal(first?.call, 'kmalloc');
    assert.match(first?.examples[0]?.block ?? '', /^0xffff8880[0-9a-f]{8}$/);
    assert.deepEqual(
      first?.examples.map((e) => e.change),
      ['came', 'came'],
    );
  });
  it('a block that was freed and allocated again has gone and come', () =>
    check(
      `void *p = kmalloc(64, GFP_KERNEL);
	int i = 0; // a
	kfree(p);
	p = kmalloc(64, GFP_KERNEL);
	i = 1; // b`,
      [
        'main, kmalloc, p = kmalloc(64, GFP_KERNEL);: came 1 (64)',
        'main, kmalloc, void *p = kmalloc(64, GFP_KERNEL);: went 1 (64)',
      ],
    ).then(() => {}));
  it('pages, areas, caches and per-CPU memory; what allocators took for them is counted by itself', async () => {
    const { backing, counters, map, absent } = await check(
      `struct kmem_cache *c = KMEM_CACHE(thing, 0);
	int i = 0; // a
	alloc_pages(GFP_KERNEL, 3);
	vmalloc(10000);
	kmem_cache_alloc(c, GFP_KERNEL);
	__alloc_percpu(64, 8);
	i = 1; // b`,
      [
        'main, pages, alloc_pages(GFP_KERNEL, 3);: came 1 (32768)',
        'main, vmalloc, vmalloc(10000);: came 1 (12288)',
        'main, cache, kmem_cache_alloc(c, GFP_KERNEL);: came 1 (200)',
        'main, percpu, __alloc_percpu(64, 8);: came 1 (64)',
      ],
      '',
      'struct thing { char text[200]; };',
    );
    assert.ok(backing.came.count >= 4);
    const counter = (group: string, name: string) => {
      const found = counters.find((c) => c.group === group && c.name === name);
      return found && found.b - found.a;
    };
    assert.equal(counter('vmalloc', 'nr_vmalloc_pages'), 3);
    assert.equal(counter('vmalloc', 'areas'), 1);
    const vmalloc = map.kinds.find((k) => k.kind === 'vmalloc');
    assert.equal((vmalloc?.b ?? 0) - (vmalloc?.a ?? 0), 3);
    assert.ok(map.changes.some((c) => c.to === 'vmalloc' && c.pages === 3));
    assert.deepEqual(absent, []);
  });
  it('named moments', async () => {
    const { s } = two(
      'int i = 0; // a\n\tkmalloc(8, GFP_KERNEL);\n\ti = 1; // b',
      '',
      'task other { kmalloc(16, GFP_KERNEL); }',
    );
    const { named } = await compare(s, { at: 'start' }, { at: 'end' });
    assert.deepEqual(
      named.map((n) => n.label),
      ['now', 'start of the run', 'end of the run', 'end of other', 'end of main'],
    );
    const count = async (a: MomentRef, b: MomentRef) => (await compare(s, a, b)).came.count;
    assert.equal(await count({ at: 'start' }, { at: 'end' }), 2);
    assert.equal(await count({ at: 'endOf', task: 'other' }, { at: 'endOf', task: 'main' }), 1);
    assert.equal(await count({ at: 'now' }, { at: 'end' }), 0);
    await assert.rejects(compare(s, { at: 'endOf', task: 'nobody' }, { at: 'end' }), InspectorError);
    await assert.rejects(compare(s, { at: 'position', position: 1e9 }, { at: 'end' }), InspectorError);
    await assert.rejects(compare(s, { at: 'start' }, { at: 'end' }, { first: 1e8 }), InspectorError);
  });
  it('finds the leak of examples/leak.kmem', async () => {
    const s = atLine('examples/leak.kmem', 'packets = KMEM_CACHE');
    while (s.timeline.forward());
    const { sites: all, caches } = await compare(s, { at: 'start' }, { at: 'endOf', task: 'main' });
    const leak = all.find((site) => site.came.count === 100);
    assert.equal(leak?.who, 'receive');
    assert.equal(leak?.place?.text, 'struct packet *p = kmem_cache_alloc(packets, GFP_KERNEL);');
    assert.equal(leak?.kind, 'packet');
    assert.equal(leak?.passed.count, 700);
    assert.ok(caches.some((c) => c.name === 'packet' && c.bSlabs > 0 && c.aSlabs === 0));
    // the example of what leaked leads to the moment of its allocation
    const example = leak?.examples[0];
    assert.ok(example);
    s.timeline.goTo(s.target.kernel.mem.journal.marks.lastAtOrBefore(example.position));
    assert.equal(s.index.positionOf(s.moment.statement)?.line, leak?.place?.line);
  });
  it('the map in cells', async () => {
    const { s, a, b } = two('int i = 0; // a\n\talloc_pages(GFP_KERNEL, 5);\n\ti = 1; // b');
    const fine = await compare(s, a, b);
    const coarse = await compare(s, a, b, { cells: 4 });
    assert.ok(coarse.map.cells <= 4 && coarse.map.pagesPerCell > fine.map.pagesPerCell);
    const changed = (map: CompareAnswer['map']) => map.runs.reduce((sum, r) => sum + r.pages, 0);
    assert.equal(changed(fine.map), changed(coarse.map));
    assert.equal(
      changed(fine.map),
      fine.map.changes.reduce((sum, c) => sum + c.pages, 0),
    );
    const [most] = fine.map.changes;
    assert.deepEqual([most?.from, most?.to, most?.pages], ['free', 'allocated', 32]);
    const inside = await compare(s, a, b, { first: 0, pages: 16 });
    assert.equal(changed(inside.map), 0);
  });
  it('without records of allocations it says so', async () => {
    const { s, a, b } = two('int i = 0; // a\n\tkmalloc(8, GFP_KERNEL);\n\ti = 1; // b');
    s.target.kernel.trace.on = false;
    assert.match((await compare(s, a, b)).absent[0]?.what ?? '', /what came and went/);
  });
});

describe('inspector: a comparison that is asked again', () => {
  it('at each step, back, from another moment and after a cut: what a session answers that was never asked', async () => {
    const text = `machine { memory = 256M; cpus = 1; config KASAN = n; }
task main {
	static void *kept[5];
	int i;
	for (i = 0; i < 40; i++) {
		kfree(kept[i % 5]);
		kept[i % 5] = kmalloc(i % 3 ? 64 : 200, GFP_KERNEL);
		if (i % 8 == 0)
			kmalloc(32, GFP_KERNEL);
	}
}
`;
    const asked = sessionOf(text);
    const borders = [0, 0];
    /** the run becomes another one after 40 moments */
    let isOther = false;
    const change = (s: Session): void => s.assignTo('i', '2', s.topFrame());
    const checkAsked = async (moments: number): Promise<void> => {
      for (const position of borders) {
        const fresh = sessionOf(text);
        for (let i = 0; i < moments; i++) {
          if (isOther && i === 40) change(fresh);
          fresh.timeline.forward();
        }
        const a: MomentRef = { at: 'position', position };
        const { named: _, ...expected } = await compare(fresh, a, { at: 'now' });
        // where the run ends by now is another matter
        const { named: __, ...found } = await compare(asked, a, { at: 'now' });
        assert.deepEqual(found, expected, `from ${position}, after ${moments} moments`);
      }
    };
    let moments = 0;
    const forwardTo = async (end: number): Promise<void> => {
      for (; moments < end; moments++) {
        asked.timeline.forward();
        await compare(asked, { at: 'start' }, { at: 'now' });
      }
      await checkAsked(moments);
    };
    await forwardTo(40);
    const earlier = asked.moment.mark;
    borders[1] = asked.timeline.position;
    await forwardTo(100);
    await forwardTo(101);
    await compare(asked, { at: 'start' }, { at: 'now' });
    asked.timeline.goTo(earlier);
    moments = 40;
    await checkAsked(moments);
    asked.timeline.goTo(asked.timeline.latest.mark);
    await compare(asked, { at: 'start' }, { at: 'now' });
    asked.timeline.goTo(earlier);
    change(asked);
    isOther = true;
    for (; moments < 130; moments++) asked.timeline.forward();
    await checkAsked(moments);
    await forwardTo(140);
  });
});

describe('inspector: comparisons of random moments', () => {
  it('A with B is B with A mirrored, and the map agrees with the counters', async function () {
    this.timeout(0);
    let changes = 0;
    await atRandomMoments(20, 3, async (s, dice) => {
      const ref = (): MomentRef => ({ at: 'position', position: s.timeline.momentAt(momentOf(s, dice)).position });
      const [a, b] = [ref(), ref()];
      const answer = await compare(s, a, b);
      const opposite = await compare(s, b, a);
      assert.deepEqual(sorted(mirrored(answer)), sorted(opposite));
      const { map, counters } = answer;
      const free = map.kinds.find((k) => k.kind === 'free');
      const blocks = (moment: 'a' | 'b') =>
        counters
          .filter((c) => c.unit === 'blocks')
          .reduce((sum, c) => sum + c[moment] * 2 ** Number(/\d+$/.exec(c.name)?.[0]), 0);
      assert.equal((free?.b ?? 0) - (free?.a ?? 0), blocks('b') - blocks('a'), 'free blocks');
      const total = (moment: 'a' | 'b') => map.kinds.reduce((sum, k) => sum + k[moment], 0);
      assert.equal(total('a'), total('b'));
      changes += answer.came.count + answer.went.count;
    });
    assert.ok(changes > 100, `only ${changes} blocks came and went`);
  });
});
