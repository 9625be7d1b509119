/** Values as a kernel developer describes them, and the trees of machine and mem_map, on a booted kernel. */
import assert from 'node:assert/strict';
import { parseHitCondition } from '../../server/debugger/breakpoints/hitCount';
import { expandLogMessage } from '../../server/debugger/breakpoints/logMessage';
import { splitFormat } from '../../server/debugger/evaluation/evaluate';
import { type Format, formatBytes, formatPages, formatScalar } from '../../server/debugger/inspect/values';
import { Session } from '../../server/debugger/session';
import { decodePreemptCount } from '../../server/debugger/tree/contextScope';
import { scopesOf } from '../../server/debugger/tree/scopes';
import type { Node } from '../../server/debugger/tree/treeNode';
import { toBits } from '../../server/types/address';
import type { Arch } from '../../server/types/ctype';
import { FakeTarget } from './fakeTarget';

const sessions = new Map<Arch, Session>();
function session(arch: Arch = 'x86_64'): Session {
  let made = sessions.get(arch);
  if (!made)
    sessions.set(
      arch,
      (made = new Session(new FakeTarget('task main {\n  a();\n}\n', [{ line: 1 }, { line: 1 }], '/s.kmem', arch))),
    );
  return made;
}
function check(
  type: string,
  value: bigint,
  expected: string | RegExp,
  format: Format = 'natural',
  arch: Arch = 'x86_64',
): void {
  const { view } = session(arch);
  const text = formatScalar(view, view.layouts.parseType(type), value, format);
  if (typeof expected === 'string') assert.equal(text, expected, `${type} ${value}`);
  else assert.match(text, expected, `${type} ${value}`);
}
/** The node at a path of names (beginnings suffice). */
function find(s: Session, scope: string, ...names: string[]): Node {
  const frame = s.target.frames(1)[0];
  assert.ok(frame);
  let node: Node | undefined = scopesOf(s.context(), s.target, frame).find((n) => n.name.startsWith(scope));
  for (const name of names) {
    const children: readonly Node[] | undefined = node?.children?.();
    node = children?.find((n) => n.name.startsWith(name));
    assert.ok(node, `${name} among ${children?.map((n) => n.name).join(', ')}`);
  }
  assert.ok(node);
  return node;
}

describe('values', () => {
  it('slots that map highmem', () => {
    check('void *', 0xfec01010n, '0xfec01010 kmap slot 1, not mapped', 'natural', 'i386');
    check('void *', 0xff1ff000n, '0xff1ff000 kmap slot 511, not mapped', 'natural', 'i386_pae');
    check('void *', 0xfffba004n, '0xfffba004 local slot 1 of CPU 0, not mapped', 'natural', 'i386');
  });
  it('pointers to objects that have a name', () => {
    const { view } = session();
    const at = (address: number) => toBits(view.abi, address);
    const { zones, symbols } = view.kernel;
    const zone = zones.find((z) => z.name === 'DMA32') ?? assert.fail();
    check('struct zone *', at(zone.addr), /^0x[0-9a-f]+ zone DMA32, node 0$/);
    check('struct zone *', at(zone.addr + 8), /^0x[0-9a-f]+ <NODE_DATA/);
    const list = symbols.lookup('slab_caches') ?? assert.fail();
    const last = view.pointer(list.va, 'list_head', 'prev') ?? assert.fail();
    const cache = last - view.layouts.offset('kmem_cache', 'list');
    check('struct kmem_cache *', at(cache), /^0x[0-9a-f]+ cache kmem_cache(_node)?$/);
    check('struct kmem_cache *', at(cache + 8), /^0x[0-9a-f]+ direct map/);
    check('void *', at(cache), /^0x[0-9a-f]+ direct map/);
  });
  it('integers, characters, booleans', () => {
    check('int', -5n, '-5 (-EIO)');
    check('int', -12n, '-12 (-ENOMEM)');
    check('int', -125n, '-125 (-ECANCELED)');
    check('unsigned int', 7n, '7');
    check('unsigned int', 70000n, '70000');
    check('long', 70000n, '70000');
    check('unsigned long', 65535n, '65535');
    const mapped = 0xffff888000123000n;
    check('unsigned long', mapped, `${mapped} (0xffff888000123000 direct map, pfn 0x123)`);
    check('long', BigInt.asIntN(64, mapped), String(mapped - 2n ** 64n));
    check('char', 97n, "97 'a'");
    check('char', 10n, "10 '\\n'");
    check('bool', 1n, 'true');
    check('u8', 200n, '200');
    check('int', 255n, '0xff', 'hex');
    check('int', -1n, '0xffffffff', 'hex');
    check('int', 8n, '010', 'octal');
    check('short', 5n, '0b101', 'binary');
    check('unsigned long', 2n ** 64n - 1n, '18446744073709551615', 'decimal');
  });
  it('allocation masks', () => {
    check('gfp_t', 0xcc0n, '0xcc0 GFP_KERNEL');
    check('gfp_t', 0xdc0n, '0xdc0 GFP_KERNEL|__GFP_ZERO');
    check('gfp_t', 0n, '0x0 none');
  });
  it('pointers', () => {
    check('void *', 0n, 'NULL');
    check('void *', 16n, /^0x0000000000000010 ZERO_SIZE_PTR$/);
    check('struct list_head *', 0xdead000000000100n, '0xdead000000000100 LIST_POISON1');
    check('struct list_head *', 0xdead000000000122n, '0xdead000000000122 LIST_POISON2');
    check('void *', 2n ** 64n - 12n, '0xfffffffffffffff4 ERR_PTR(-ENOMEM)');
    check('void *', 0x6b6b6b6b6b6b6b6bn, /POISON_FREE/);
    check('void *', 0x5a5a5a5a5a5a5a5an, /POISON_INUSE/);
    check('void *', 0xaaaaaaaaaaaaaaaan, /page poison/);
    check('void *', 0x4141414141414141n, '0x4141414141414141 not mapped');
    check('void *', 0x6b6b6b6b6b6b6b6cn, '0x6b6b6b6b6b6b6b6c not mapped');
    check('void *', 0xffff888000123000n, '0xffff888000123000 direct map, pfn 0x123');
    check('struct page *', 0xffffea0000048c0n << 4n, /./);
    check('struct page *', 0xffffea0000040040n, '0xffffea0000040040 page pfn 0x1001');
    check('void *', 0x1234_5678_9abc_def0n, '0x123456789abcdef0 not mapped');
    check('struct list_head *', 0x100n, '0x00000100 LIST_POISON1', 'natural', 'i386');
    check('void *', 0xc0123000n, '0xc0123000 direct map, pfn 0x123', 'natural', 'i386');
    const { view, target } = session();
    check('int *', toBits(view.abi, (target as FakeTarget).counter), /<counter>$/);
  });
  it('amounts of memory', () => {
    assert.equal(formatPages(1), '1 page, 4 KiB');
    assert.equal(formatPages(512), '512 pages, 2 MiB');
    assert.equal(formatBytes(0), '0 bytes');
    assert.equal(formatBytes(1536), '1.5 KiB');
  });
  it('preempt_count in its parts', () => {
    assert.deepEqual(decodePreemptCount(0x00110302), { preempt: 2, softirq: 3, hardirq: 1, nmi: 1 });
  });
  it('format suffixes', () => {
    assert.deepEqual(splitFormat('page->flags,x'), { expression: 'page->flags', format: 'hex' });
    assert.deepEqual(splitFormat('f(a, x)'), { expression: 'f(a, x)', format: 'natural' });
    assert.deepEqual(splitFormat(' a , s '), { expression: 'a', format: 'string' });
  });
  it('hit counts', () => {
    const check = (text: string, expected: readonly number[]) => {
      const hit = parseHitCondition(text);
      assert.equal(typeof hit, 'function', String(hit));
      if (typeof hit === 'function') assert.deepEqual([1, 2, 3, 4, 5, 6].filter(hit), expected, text);
    };
    check('3', [3]);
    check('== 3', [3]);
    check('>=4', [4, 5, 6]);
    check('> 4', [5, 6]);
    check('<2', [1]);
    check('<= 2', [1, 2]);
    check('% 3', [3, 6]);
    for (const bad of ['', 'x', '-1', '% 0', '>= many', '3.5'])
      assert.equal(typeof parseHitCondition(bad), 'string', bad);
  });
  it('log messages', () => {
    const check = (message: string, expected: string) =>
      assert.equal(
        expandLogMessage(message, (e) => `<${e}>`),
        expected,
      );
    check('plain', 'plain');
    check('a {x} b {y->z[1]}', 'a <x> b <y->z[1]>');
    check('{{x}}', '{x}');
    check('{ (struct s){ 1 } }', '<(struct s){ 1 }>');
    check('open {x', 'open {x');
    check('', '');
  });
});

describe('trees', () => {
  for (const arch of ['x86_64', 'i386', 'i386_pae'] as const) {
    it(`machine of ${arch}: zones, free areas and their pages agree`, () => {
      const s = session(arch);
      const zones = s.view.kernel.zones.filter((z) => z.populated);
      for (const zone of zones) {
        const node = find(s, 'Machine', 'node 0', `zone ${zone.name}`);
        let pages = 0;
        for (let order = 0; order < 11; order++) {
          const area = find(s, 'Machine', 'node 0', `zone ${zone.name}`, 'free_area', `order ${order}`);
          const lists = area.children?.().find((n) => n.name === 'free_list');
          for (const list of lists?.children?.() ?? []) {
            if (list.indexed === undefined) continue;
            const entries = list.children?.() ?? [];
            assert.equal(entries.length, list.indexed);
            for (const page of entries)
              assert.match(page.value, new RegExp(`^pfn 0x[0-9a-f]+, free, order ${order} · ${zone.name}$`));
            pages += entries.length << order;
          }
        }
        assert.ok(
          pages > 0 && node.value.startsWith(`${pages} page`),
          `${zone.name}: ${pages} pages on lists, ${node.value}`,
        );
      }
    });
  }
  it('mem_map has groups by pfn, in hexadecimal, and describes each page', () => {
    const s = session();
    const names: string[] = [];
    let pfns: number[] = [];
    const walk = (node: Node): void => {
      for (const child of node.children?.() ?? []) {
        const pfn = /^\[(0x[0-9a-f]+)\]$/.exec(child.name)?.[1];
        if (pfn !== undefined) pfns.push(Number(pfn));
        else {
          names.push(child.name);
          assert.ok((child.children?.().length ?? 0) <= 0x100);
          walk(child);
        }
      }
    };
    walk(find(s, 'mem_map'));
    assert.deepEqual(names.slice(0, 3), ['pfn 0x0–0xfff', 'pfn 0x0–0xff', 'pfn 0x100–0x1ff']);
    pfns = pfns.sort((x, y) => x - y);
    assert.equal(pfns.length, s.view.kernel.pages.endPfn);
    assert.ok(pfns.every((pfn, i) => pfn === i));
    const first = find(s, 'mem_map').children?.()[0]?.children?.()[0]?.children?.()[0];
    assert.match(first?.value ?? '', /_refcount 1, reserved · DMA/);
    const flags = first?.children?.().find((n) => n.name === 'flags');
    assert.match(flags?.value ?? '', /^0x[0-9a-f]+\(reserved\|node=0\|zone=0/);
    assert.equal(flags?.evaluateName, 'pfn_to_page(0x0)->flags');
  });
  it('looking materialises nothing that counts', () => {
    const s = session();
    const before = s.view.kernel.mem.hash();
    const walk = (node: Node, depth: number): void => {
      if (depth < 5) for (const child of (node.children?.(0, 3) ?? []).slice(0, 3)) walk(child, depth + 1);
    };
    const frame = s.target.frames(1)[0];
    assert.ok(frame);
    for (const scope of scopesOf(s.context(), s.target, frame)) walk(scope, 0);
    assert.equal(s.view.kernel.mem.hash(), before);
  });
});
