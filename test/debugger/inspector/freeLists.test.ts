/** The view "Free lists": blocks in list order, what a step changed. */
import assert from 'node:assert/strict';
import * as v from 'valibot';
import { freeLists } from '../../../server/debugger/inspector/freeLists/freeListsView';
import { wouldTake } from '../../../server/debugger/inspector/freeLists/wouldTake';
import {
  FREE_LISTS_ANSWER,
  type FreeListsAnswer,
  type FreeListsQuestion,
  WOULD_TAKE_ANSWER,
  type WouldTakeAnswer,
  type WouldTakeQuestion,
} from '../../../server/debugger/inspector/shapes/freeLists';
import type { Session } from '../../../server/debugger/session';
import type { Dice } from '../../generate';
import { askingOf, atRandomMoments, momentOf } from './randomMoments';
import { evaluated, fingerprint, stoppedIn } from './stoppedSession';

function look(session: Session, question: FreeListsQuestion = {}): FreeListsAnswer {
  const answer = freeLists(askingOf(session), question) as FreeListsAnswer;
  v.assert(FREE_LISTS_ANSWER, answer);
  return answer;
}
const hex = (pfn: number): string => pfn.toString(16);
/** `split 0x400:10 → 0x401:0 …, taken 0x400+1` */
function told({ changes, migratetypes }: FreeListsAnswer): string[] {
  const block = (b: { pfn: number; order: number; migratetype?: number | undefined }) =>
    `${hex(b.pfn)}:${b.order}${b.migratetype === undefined ? '' : migratetypes[b.migratetype]?.[0]}`;
  const ranges = (all: readonly { pfn: number; pages: number }[]) =>
    all.map((r) => `${hex(r.pfn)}+${r.pages}`).join(' ');
  return changes.list.map(({ change: c }) => {
    switch (c.kind) {
      case 'split':
        return `split ${block(c.block)} → ${c.parts.map(block).join(' ')}, taken ${ranges(c.taken)}`;
      case 'merged':
        return `merged ${c.parts.map(block).join(' ')} and ${ranges(c.freed)} → ${block(c.block)}`;
      case 'moved':
        return `moved ${block(c.block)} from ${migratetypes[c.from]}`;
      default:
        return `${c.kind} ${block(c.block)}`;
    }
  });
}
/** After the step that the body ends with, relative to the page `p`. */
function checkStep(body: string, last: string, expected: (pfn: number) => readonly string[]): void {
  const session = stoppedIn(`struct page *p = NULL;\n${body}\nbarrier();\n${last}`);
  session.beginStep('over', session.task, 'statement');
  session.run();
  session.beginStep('over', session.task, 'statement');
  session.run();
  const pfn = evaluated(session, 'page_to_pfn(p)');
  assert.deepEqual(told(look(session)), expected(pfn), `${body} | ${last}`);
}

/** A way in words: one for each step. */
function wayOf({ steps, migratetypes }: WouldTakeAnswer): string[] {
  const type = (mt: number | undefined) => (mt === undefined ? '?' : migratetypes[mt]?.[0]);
  return steps.map((step) => {
    switch (step.kind) {
      case 'watermark':
        return `${step.zone} ${step.mark} ${step.ok ? 'ok' : step.why}`;
      case 'pcp':
        return `pcp ${step.blocks}`;
      case 'refill':
        return `refill ${step.got}/${step.wanted}`;
      case 'lists':
        return `lists ${type(step.migratetype)} ${step.looked.map((l) => `${l.order}:${l.blocks}`).join(' ')}`;
      case 'blocks':
        return `${step.change.kind} ${step.change.block.order}${type(step.change.block.migratetype)}`;
      case 'fallback':
        return `fallback ${step.block.order}${type(step.block.migratetype)}${step.whole ? ' whole' : ''}`;
      case 'report':
        return `report ${step.report}`;
      case 'reclaim':
        return `reclaim ${step.allowed}`;
      default:
        return step.kind;
    }
  });
}
function ask(session: Session, question: WouldTakeQuestion): WouldTakeAnswer {
  const before = fingerprint(session);
  const answer = wouldTake(askingOf(session), question) as WouldTakeAnswer;
  assert.deepEqual(fingerprint(session), before, 'asking leaves everything as it was');
  v.assert(WOULD_TAKE_ANSWER, answer);
  return answer;
}
interface Wanted {
  readonly way: readonly string[];
  /** why it fails; undefined: it takes what the same call in the scenario takes then */
  readonly fails?: RegExp;
}
/** What `alloc_pages(gfp, order)` would take after `body`, and then takes. */
function checkTake(body: string, gfp: string, order: number, { way, fails }: Wanted, options = {}): void {
  const session = stoppedIn(`struct page *p;\n${body}\nbarrier();\np = alloc_pages(${gfp}, ${order});`, options);
  const answer = ask(session, { gfp, order });
  const about = `${body} | alloc_pages(${gfp}, ${order})`;
  assert.deepEqual(wayOf(answer), way, about);
  for (let i = 0; i < 2; i++) {
    session.beginStep('over', session.task, 'statement');
    session.run();
  }
  const { result } = answer;
  if (result.kind === 'fails') {
    assert.match(result.why, fails ?? /^$/, about);
    if (!session.finished) assert.equal(evaluated(session, 'p'), 0, about);
  } else {
    assert.equal(fails, undefined, about);
    assert.equal(evaluated(session, 'page_to_pfn(p)'), result.pfn, about);
  }
}

describe('inspector: free lists', () => {
  it('what a step splits and takes', () => {
    checkStep('', 'p = alloc_pages(GFP_KERNEL, 5);', (p) => [
      `split ${hex(p)}:6U → ${hex(p + 32)}:5U, taken ${hex(p)}+32`,
    ]);
    checkStep('p = alloc_pages(GFP_KERNEL, 5);', 'p = alloc_pages(GFP_KERNEL, 5);', (p) => [`taken ${hex(p)}:5U`]);
    checkStep('', 'p = alloc_page(GFP_KERNEL);', (p) => [
      `split ${hex(p)}:6U → ${[1, 2, 4, 8, 16, 32].map((n, o) => `${hex(p + n)}:${o}U`).join(' ')}, taken ${hex(p)}+1`,
    ]);
    checkStep('', 'p = alloc_pages(GFP_ATOMIC, 10);', (p) => [`taken ${hex(p)}:10M`]);
  });
  it('what a step frees and merges', () => {
    checkStep('p = alloc_pages(GFP_KERNEL, 5);', '__free_pages(p, 5);', (p) => [
      `merged ${hex(p + 32)}:5U and ${hex(p)}+32 → ${hex(p)}:6U`,
    ]);
    checkStep('p = alloc_pages(GFP_KERNEL, 4); p = alloc_pages(GFP_KERNEL, 4);', '__free_pages(p, 4);', (p) => [
      `freed ${hex(p)}:4U`,
    ]);
  });
  it('nothing has changed where a step touches no list, or where there is none before', () => {
    checkStep('p = alloc_page(GFP_KERNEL);', 'SetPageReserved(p);', () => []);
    assert.deepEqual(look(stoppedIn('')).changes.list, []);
  });
  it('since another moment, also a later one', () => {
    const s = stoppedIn('struct page *p = alloc_pages(GFP_KERNEL, 5); p = alloc_pages(GFP_KERNEL, 5);');
    const { position } = s.timeline;
    const forward = told(look(s, { since: 0 }));
    assert.match(forward.join(), /^taken [0-9a-f]+:6U$/);
    s.timeline.goTo(s.timeline.first);
    assert.match(told(look(s, { since: position })).join(), /^freed [0-9a-f]+:6U$/);
    assert.equal(look(s, { since: 1e9 }).changes.since, s.timeline.end);
  });
  it('blocks in list order, with a window', () => {
    const s = stoppedIn('');
    const dma = look(s, { zone: { node: 0, zone: 'DMA' } });
    assert.deepEqual(dma.shown, { node: 0, zone: 'DMA' });
    assert.deepEqual(
      dma.lists.map((l) => `${l.order} ${l.migratetype}: ${l.pfns.map(hex)}`),
      ['8 0: 100', '9 1: 200', '10 1: 400,800,c00'],
    );
    const more = look(s, {
      zone: { node: 0, zone: 'DMA' },
      blocks: 1,
      more: { order: 10, migratetype: 1, first: 1, blocks: 5 },
    });
    assert.deepEqual(
      more.lists.map((l) => `${l.first}/${l.blocks}: ${l.pfns.map(hex)}`),
      ['0/1: 100', '0/1: 200', '1/3: 800,c00'],
    );
    assert.throws(
      () => look(s, { zone: { node: 1, zone: 'DMA' } }),
      /there is no zone DMA with memory on node 1: the machine has node 0 DMA, node 0 DMA32/,
    );
  });
  it("the CPUs' lists and the highatomic reserve", () => {
    const s = stoppedIn(
      'struct page *p = alloc_page(GFP_KERNEL), *q = alloc_pages(GFP_KERNEL, 1); __free_page(p); __free_pages(q, 1);',
    );
    const { cpus } = look(s);
    assert.deepEqual(
      cpus[0]?.lists.map((l) => `${l.order} ${l.migratetype}: ${l.pfns.map(hex)}`),
      ['p', 'q'].map((name, order) => `${order} 0: ${hex(evaluated(s, `page_to_pfn(${name})`))}`),
    );
    assert.equal(cpus[0]?.count, 3);
    const t = stoppedIn('while (alloc_pages(GFP_KERNEL | __GFP_NOWARN, 4)); alloc_pages(GFP_ATOMIC, 4);');
    const answer = look(t);
    assert.equal(answer.zones.find((z) => z.zone === 'DMA32')?.highatomic, 512);
    assert.ok(answer.lists.some((l) => answer.migratetypes[l.migratetype] === 'HighAtomic'));
  });
  it('a list that was overwritten is shown as far as it leads', () => {
    const s = stoppedIn(
      'struct page *p = alloc_pages(GFP_KERNEL, 4), *q = alloc_pages(GFP_KERNEL, 4); __free_pages(p, 4); p->lru.next = (void *)0x123;',
    );
    const pfn = evaluated(s, 'page_to_pfn(p)');
    const list = look(s).lists.find((l) => l.pfns.includes(pfn));
    assert.ok(list?.damaged);
  });
  it('at a terabyte only a little of the mem_map is read, and all blocks are counted', () => {
    const s = stoppedIn('struct page *p = alloc_pages(GFP_KERNEL, 3);', { machine: 'memory = 1T;' });
    const { mem, zones } = s.target.kernel;
    const before = mem.materialised;
    const answer = look(s);
    assert.ok(mem.materialised - before < 500, `${mem.materialised - before} frames`);
    const zone = zones.find((z) => z.name === answer.shown.zone);
    const top = answer.lists.filter((l) => l.order === 10);
    assert.equal(
      top.reduce((sum, l) => sum + l.blocks, 0),
      zone?.nrFreeBlocks(10),
    );
    assert.ok(top.every((l) => !l.isLeast));
    assert.ok(JSON.stringify(answer).length < 20_000);
  });
});

describe('inspector: what alloc_pages would take', () => {
  it("from the CPU's list", () => {
    checkTake('p = alloc_page(GFP_KERNEL); __free_page(p);', 'GFP_KERNEL', 0, { way: ['DMA32 low ok', 'pcp 1'] });
    checkTake('', 'GFP_KERNEL', 0, {
      way: ['DMA32 low ok', 'pcp 0', 'lists U 0:0 1:0 2:0 3:0 4:0 5:0 6:1', 'split 6U', 'refill 1/1'],
    });
  });
  it('from the free lists', () => {
    checkTake('', 'GFP_KERNEL', 5, { way: ['DMA32 low ok', 'lists U 5:0 6:1', 'split 6U'] });
    checkTake('', 'GFP_KERNEL | __GFP_ZERO', 6, { way: ['DMA32 low ok', 'lists U 6:1', 'taken 6U'] });
    checkTake('', 'GFP_DMA', 4, {
      way: ['DMA low ok', 'lists U 4:0 5:0 6:0 7:0 8:1', 'split 8U'],
    });
  });
  it('from another migratetype', () => {
    checkTake('', 'GFP_KERNEL | __GFP_RECLAIMABLE', 3, {
      way: [
        'DMA32 low ok',
        'pcp 0',
        'lists R 3:0 4:0 5:0 6:0 7:0 8:0 9:0 10:0',
        'fallback 10M whole',
        'split 10M',
        'refill 1/1',
      ],
    });
  });
  const exhausted = 'while (alloc_pages(GFP_KERNEL | __GFP_NOWARN, 4));';
  it('below the watermarks', () => {
    checkTake(exhausted, 'GFP_KERNEL', 4, {
      way: [
        'DMA32 low pages',
        'DMA low pages',
        'slowpath',
        'DMA32 min pages',
        'DMA min pages',
        'reserves',
        'reclaim true',
        'DMA32 min pages',
        'DMA min pages',
        'report fail',
      ],
      fails: /^zone DMA32 of node 0 has \d+ free pages for it, and gives some only above \d+; zone DMA /,
    });
    checkTake(exhausted, 'GFP_ATOMIC', 4, {
      way: [
        'DMA32 low pages',
        'DMA low pages',
        'slowpath',
        'DMA32 min ok',
        'lists U 4:1',
        'taken 4U',
        'moved 1H',
        'moved 5H',
        'moved 8H',
        'highatomic',
      ],
    });
  });
  it('what fails before it comes to the lists', () => {
    checkTake('', 'GFP_KERNEL', 11, { way: ['report WARN'], fails: /^the largest block has order 10$/ });
    checkTake('sim_fail_next(alloc_pages, 1);', 'GFP_KERNEL', 1, { way: ['report print'], fails: /^FAULT_INJECTION/ });
    checkTake('alloc_pages(GFP_KERNEL, 1)->lru.prev = NULL;', 'GFP_KERNEL', 11, {
      way: ['report WARN'],
      fails: /largest/,
    });
  });
  it('a list that was overwritten stops the kernel', () => {
    const s = stoppedIn(
      'struct page *p = alloc_pages(GFP_KERNEL, 4), *q = alloc_pages(GFP_KERNEL, 4); __free_pages(p, 4); p->lru.next = (void *)0x123;',
    );
    const { result } = ask(s, { gfp: 'GFP_KERNEL', order: 4 });
    assert.equal(result.kind, 'fails');
    assert.match(result.kind === 'fails' ? result.why : '', /0x|kernel BUG/);
  });
  it('a mask that may sleep where the CPU may not', () => {
    const s = stoppedIn('spinlock_t l; spin_lock_init(&l); spin_lock(&l);');
    const { steps, result } = ask(s, { gfp: 'GFP_KERNEL', order: 5 });
    const [first] = steps;
    assert.match(first?.kind === 'report' ? first.text : '', /^BUG: sleeping function called from invalid context/);
    assert.equal(result.kind, 'taken');
  });
  it('of another CPU, in the past, and with an expression as mask', () => {
    const s = stoppedIn('gfp_t mask = GFP_KERNEL | __GFP_ZERO;\nbarrier();\nstruct page *p = alloc_pages(mask, 0);', {
      machine: 'cpus = 2; arch = i386;',
    });
    const here = ask(s, { gfp: 'mask', order: 0, cpu: 1 });
    assert.equal(here.request.gfpText, 'GFP_KERNEL|__GFP_ZERO');
    assert.match(here.request.task, /^swapper\/1/);
    const before = s.moment.mark;
    for (let i = 0; i < 2; i++) s.timeline.forward();
    s.timeline.goTo(before);
    const again = ask(s, { gfp: '0xdc0', order: 0 });
    s.timeline.forward();
    s.timeline.forward();
    assert.equal(again.result.kind === 'taken' && again.result.pfn, evaluated(s, 'page_to_pfn(p)'));
  });
  it('what cannot be asked', () => {
    const s = stoppedIn('');
    assert.throws(
      () => ask(s, { gfp: 'GFP_KERNEL', order: 0, cpu: 3 }),
      /there is no CPU 3: the machine has CPUs 0 to 0/,
    );
    assert.throws(() => ask(s, { gfp: 'GFP_KERNEL', order: 0, node: 2 }), /there is no node 2/);
    assert.throws(() => ask(s, { gfp: 'nothing', order: 0 }), /nothing/);
  });
});

describe('inspector: free lists at random moments', function () {
  this.timeout(0);
  it('25 scenarios', () => atRandomMoments(25, 2, agree, Number(process.env.KMEM_SEED ?? 900)));
  /** The view has what the zones count, and asking changes nothing. */
  function agree(session: Session, dice: Dice): void {
    const { kernel } = session.target;
    for (const zone of kernel.zones.filter((z) => z.populated)) {
      const since = session.timeline.momentAt(momentOf(session, dice)).position;
      const before = fingerprint(session);
      const answer = look(session, { zone: { node: zone.node, zone: zone.name }, since });
      assert.deepEqual(fingerprint(session), before);
      assert.ok(answer.lists.every((list) => !list.damaged && !list.isLeast));
      const byOrder = Array.from({ length: 11 }, (_, order) =>
        answer.lists.filter((l) => l.order === order).reduce((sum, l) => sum + l.blocks, 0),
      );
      const summary = answer.zones.find((z) => z.node === zone.node && z.zone === zone.name);
      assert.ok(summary);
      assert.deepEqual(byOrder, summary.blocks);
      const pages = byOrder.reduce((sum, blocks, order) => sum + blocks * 2 ** order, 0);
      assert.equal(pages, summary.free + summary.unfolded, `NR_FREE_PAGES of ${zone.name}`);
      for (const cpu of answer.cpus)
        assert.equal(
          cpu.lists.reduce((sum, l) => sum + l.blocks * 2 ** l.order, 0),
          cpu.count,
        );
      // the difference accounts for every page that came or went
      const then = journalAt(session, since, () => zone.vmStatSnapshot(0));
      if (answer.changes.complete) assert.equal(then + gained(answer, zone.name, zone.node), pages);
    }
    const order = dice.below(7);
    const gfp = dice.pick(['GFP_KERNEL', 'GFP_ATOMIC', 'GFP_HIGHUSER_MOVABLE', 'GFP_KERNEL | __GFP_RECLAIMABLE']);
    ask(session, { order, gfp, cpu: dice.below(kernel.percpu.cpus) });
  }
  function journalAt<T>(session: Session, position: number, read: () => T): T {
    const { journal } = session.target.kernel;
    const here = journal.position;
    journal.moveTo(position);
    const result = read();
    journal.moveTo(here);
    return result;
  }
  function gained({ changes }: FreeListsAnswer, zone: string, node: number): number {
    const size = (blocks: readonly { order: number }[]) => blocks.reduce((sum, b) => sum + 2 ** b.order, 0);
    return changes.list
      .filter((c) => c.zone === zone && c.node === node)
      .reduce((sum, { change: c }) => {
        if (c.kind === 'moved') return sum;
        if (c.kind === 'taken') return sum - size([c.block]);
        if (c.kind === 'freed') return sum + size([c.block]);
        if (c.kind === 'split') return sum - size([c.block]) + size(c.parts);
        return sum + size([c.block]) - size(c.parts);
      }, 0);
  }
});
