/** The inspector's page walk: each level's entry decoded, what is there, and why nothing is. */
import assert from 'node:assert/strict';
import * as v from 'valibot';
import { walkAddress } from '../../../server/debugger/inspector/pageWalk/walkAddress';
import { PAGE_WALK_ANSWER, type PageWalkAnswer } from '../../../server/debugger/inspector/shapes/pageWalk';
import type { Session } from '../../../server/debugger/session';
import { EvaluationError } from '../../../server/debugger/target/target';
import { layoutRegions } from '../../../server/kernel/proc/proc_layout';
import { toBits } from '../../../server/types/address';
import { PAGE_SIZE } from '../../../server/types/pageSize';
import { askingOf, atLine, atRandomMoments, stoppedAfter } from './randomMoments';

function walk(s: Session, address: string, table?: string): PageWalkAnswer {
  const walked = walkAddress(askingOf(s), { address, ...(table ? { table } : {}) });
  v.parse(PAGE_WALK_ANSWER, walked);
  return walked;
}
/** `pgd[273] table · pud[0] table · …`, and what comes of it. */
function text({ levels, result }: PageWalkAnswer): string {
  const steps = levels.map((l) => `${l.name}[${l.index}] ${l.kind}`).join(' · ');
  if (!result.mapped) return `${steps} → ${result.why}`;
  const rights = [result.write ? 'write' : '', result.execute ? 'execute' : ''].filter((r) => r).join(' ');
  return `${steps} → ${result.physical} of ${result.pageBytes / 1024} kB ${rights}`.trim();
}
function check(s: Session, address: string, expected: string | RegExp, table?: string): PageWalkAnswer {
  const walked = walk(s, address, table);
  if (typeof expected === 'string') assert.equal(text(walked), expected, address);
  else assert.match(text(walked), expected, address);
  return walked;
}
const fails = (s: Session, address: string, expected: RegExp, table?: string) =>
  assert.throws(
    () => walk(s, address, table),
    (error: unknown) => error instanceof EvaluationError && expected.test(error.message),
    address,
  );

describe('inspector: page walk', () => {
  it('x86_64: a large page of the direct map', () => {
    const s = stoppedAfter('');
    const walked = check(
      s,
      '0xffff888005234567',
      'pgd[273] table · pud[0] table · pmd[41] large page → 0x5234567 of 2048 kB write',
    );
    assert.equal(walked.region, 'direct map');
    const [pgd, , pmd] = walked.levels;
    assert.deepEqual(pgd?.bits, [47, 39]);
    assert.deepEqual(pmd?.bits, [29, 21]);
    assert.equal(pmd?.first, '0xffff888005200000');
    assert.equal(pmd?.last, '0xffff8880053fffff');
    assert.deepEqual(
      pmd?.flags.filter((f) => f.set).map((f) => f.name),
      ['P', 'RW', 'A', 'D', 'PSE', 'GLB', 'NX'],
    );
    assert.equal(pmd?.leadsTo?.pfn, 0x5200);
    assert.equal(walked.result.mapped && walked.result.page.pfn, 0x5234);
    // the table is where the entry above it says
    assert.equal(
      walked.levels[1]?.table,
      `0x${toBits(s.view.abi, s.view.kernel.direct.va((pgd?.leadsTo?.pfn ?? 0) * PAGE_SIZE)).toString(16)}`,
    );
  });
  it('numbers, names and expressions mean addresses', () => {
    const s = stoppedAfter(
      'char *area = vmalloc(5000); struct page *page = alloc_page(GFP_KERNEL);',
      '',
      'int counter; static int twice(int n) { return 2 * n; }',
    );
    const area = s.evaluate('area', s.topFrame()).value.split(' ')[0] ?? '';
    assert.equal(walk(s, 'area').address, area);
    assert.equal(text(walk(s, 'area')), text(walk(s, area)));
    assert.equal(walk(s, 'area + 4096').address, `0x${(BigInt(area) + 4096n).toString(16)}`);
    assert.equal(walk(s, 'counter').address, walk(s, '&counter').address);
    assert.equal(walk(s, '*page').address, walk(s, 'page').address);
    assert.equal(walk(s, 'page').region, 'vmemmap');
    assert.equal(walk(s, 'free_work').region, 'kernel image');
    fails(s, 'kmalloc', /kmalloc is a function of the kernel/);
    fails(s, '', /give an address/);
    fails(s, '0x10000000000000000', /too large.*64 bits/);
    fails(s, 'nothing', /nothing/);
    fails(s, 'area', /no table pid 77/, 'pid 77');
  });
  it('the page behind an area, and addresses that are not canonical', () => {
    const s = stoppedAfter('char *area = vmalloc(4096);');
    check(
      s,
      'area',
      /^pgd\[402\] table · pud\[\d+\] table · pmd\[\d+\] table · pte\[\d+\] page → 0x[0-9a-f]+ of 4 kB write$/,
    );
    check(
      s,
      'area + 4096',
      /pte\[\d+\] empty → pte\[\d+\] is empty: nothing is mapped in the 4 KiB that it covers, and an access raises a page fault$/,
    );
    check(s, '0x1234567890123456', /^ → 0x1234567890123456 is not canonical: bits 63 to 47 are not all equal/);
    check(s, '0xffffc80000000000', /^pgd\[400\] empty → pgd\[400\] is empty: nothing is mapped in the 512 GiB/);
    const { absent } = check(s, '0', /^pgd\[0\] empty → /);
    assert.deepEqual(
      absent.map((a) => a.what),
      ['user memory'],
    );
  });
  it('what may not be written, and what may be executed', () => {
    const s = stoppedAfter('twice(1);', '', 'static int twice(int n) { return 2 * n; }');
    const { result } = walk(s, 'twice');
    assert.deepEqual(result.mapped && [result.write, result.execute, result.user], [false, true, false]);
  });
  it('i386: two levels; with PAE three, whose directory has no rights', () => {
    const two = stoppedAfter('', 'arch = i386;');
    check(two, '0xc0101000', /^pgd\[768\] (large page|table · pte\[257\] page) → 0x101000 of \d+ kB/);
    const three = stoppedAfter('', 'arch = i386_pae;');
    const walked = check(
      three,
      '0xc0801000',
      /^pgd\[3\] table · pmd\[4\] (large page|table · pte\[1\] page) → 0x801000 of \d+ kB/,
    );
    assert.deepEqual(
      walked.levels[0]?.flags.map((f) => f.name),
      ['P', 'PWT', 'PCD'],
    );
    assert.deepEqual(walked.levels[0]?.bits, [31, 30]);
  });
  it("a device's registers have no memory behind them", () => {
    const s = stoppedAfter('void *regs = ioremap(0xfe000000, 4096);');
    const { result } = walk(s, 'regs');
    assert.ok(result.mapped);
    assert.equal(result.physical, '0xfe000000');
    assert.equal(result.ram, false);
    assert.match(result.page.text, /^no memory/);
  });
  it('a task of the kernel uses init_mm; a process has its own tables', () => {
    const s = stoppedAfter('');
    const [current, init] = walk(s, '0').tables;
    assert.match(current?.name ?? '', /^main \(\d+\), which uses init_mm$/);
    assert.equal(init?.pgd, current?.pgd);
  });
  it("what the fault's handler would copy into a process's tables", () => {
    const s = atLine('examples/vmalloc-fault.kmem', 'expect(entry(current->mm, p) == 0);');
    const own = check(
      s,
      'p',
      /^pgd\[\d+\] empty → pgd\[\d+\] is empty: .*; init_mm maps the address, so that the fault's handler copies pgd\[\d+\] from it/,
    );
    assert.match(own.tables[2]?.name ?? '', /^process shell/);
    const whole = check(s, 'p', /table · pte\[\d+\] page → /, 'init_mm');
    assert.notEqual(own.levels[0]?.table, whole.levels[0]?.table);
    assert.equal(text(walk(s, 'p', own.tables[2]?.id)), text(own));
  });
});

describe('inspector: what TLBs remember in a page walk', () => {
  const check = (body: string, address: string, expected: readonly string[]) => {
    const { tlbs } = walk(stoppedAfter(body), address);
    assert.deepEqual(
      tlbs.map(({ cpu, write, stale }) => `CPU ${cpu}${write ? ' writes' : ' reads'}${stale ? ', stale' : ''}`),
      expected,
    );
  };
  it('what has been used is remembered, until it is flushed', () => {
    check('char *area = vmalloc(4096);', 'area', []);
    check('char *area = vmalloc(4096); *area = 1;', 'area', ['CPU 0 writes']);
    check('char *area = vmalloc(4096); *area = 1; __flush_tlb_all();', 'area', []);
  });
  it('an area that is freed lazily is in the TLB still', () => {
    check('char *area = vmalloc(4096); *area = 1; vfree(area);', 'area', ['CPU 0 writes, stale']);
    check('char *area = vmalloc(4096); *area = 1; vfree(area); vm_unmap_aliases();', 'area', []);
  });
});

describe('inspector: page walks of random addresses at random moments', () => {
  it('agree with the translation that the emulated processor makes', async function () {
    this.timeout(0);
    const seen = { mapped: 0, unmapped: 0 };
    await atRandomMoments(25, 4, (s, dice) => {
      const { kernel, abi } = s.view;
      const regions = layoutRegions(kernel);
      for (let i = 0; i < 40; i++) {
        const { start, end } = dice.pick(regions);
        const near = dice.below(3) > 0;
        const room = near ? Math.min(end - start, 64 * PAGE_SIZE) : end - start;
        const va = start + Math.floor((dice.below(2 ** 20) / 2 ** 20) * room);
        const { table, tables, result } = walk(
          s,
          `0x${toBits(abi, va).toString(16)}`,
          dice.pick(['current', 'init_mm']),
        );
        const top = BigInt(tables.find((t) => t.id === table)?.pgd ?? '0');
        const pgd = kernel.direct.pa(s.view.addressOf(top) ?? 0);
        const phys = kernel.pageTables.physFrom(pgd, va, false);
        assert.equal(result.mapped ? Number(result.physical) : -1, phys);
        if (result.mapped) assert.equal(result.write, kernel.pageTables.physFrom(pgd, va, true) >= 0);
        if (table === 'init_mm') {
          const used = result.mapped && result.ram ? Number(result.physical) : -1;
          assert.equal(used, kernel.space.translate(va), `0x${toBits(abi, va).toString(16)}`);
        }
        seen[result.mapped ? 'mapped' : 'unmapped']++;
      }
    });
    assert.ok(seen.mapped > 500 && seen.unmapped > 500, JSON.stringify(seen));
  });
});
