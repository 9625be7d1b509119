/** The /proc files of real machines (test/fixtures/proc): a machine booted from them prints the same texts. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../../server/kernel/kernel';
import { nodeStatNames, vmStatNode } from '../../server/kernel/mm/vmstat_names';
import { iomem, meminfo, siMemAvailable } from '../../server/kernel/proc/proc_meminfo';
import { buddyinfo, pagetypeinfo, vmstat, zoneinfo } from '../../server/kernel/proc/proc_vmstat';
import type { ProcTexts } from '../../server/recordings/proc_files';
import { PROC_FILES, recordingOfProc } from '../../server/recordings/proc_files';
import { bootRecorded, readRecording } from '../../server/recordings/recorded';
import { checkInvariants } from '../kernel/mm/invariants';

const folder = join(__dirname, '../fixtures/proc');
const machines = readdirSync(folder).sort();
const fileOf = (machine: string, name: string): string => readFileSync(join(folder, machine, name), 'utf8');
const textsOf = (machine: string): ProcTexts =>
  Object.fromEntries(
    PROC_FILES.map((name) => [name, existsSync(join(folder, machine, name)) ? fileOf(machine, name) : undefined]),
  );
const boot = (texts: ProcTexts): Kernel => bootRecorded(readRecording(recordingOfProc(texts)));

/** Lines of the recorded files whose subject kmem does not emulate, and why. */
const NOT_EMULATED: Readonly<Record<string, { readonly lines: RegExp; readonly why: string }>> = {
  vmstat: {
    lines: /^(?!nr_(?!dirty_|unstable)|numa_(hit|miss|foreign|interleave|local|other) |pgpromote_)/,
    why: 'events are not counted; dirty pages and their thresholds belong to the page cache, which there is not yet',
  },
};
/** Columns that end at a fixed place keep their width; elsewhere only the number goes. */
const COLUMNS = ['buddyinfo', 'pagetypeinfo', 'meminfo'];
function form(file: string, text: string): string[] {
  const numbers = COLUMNS.includes(file) ? / *\b\d+\b/g : /\b\d+\b/g;
  const lines = text.split('\n').filter((line) => line === '' || !NOT_EMULATED[file]?.lines.test(line));
  return lines.map((line) =>
    file === 'iomem'
      ? line.replace(/[0-9a-f]{8,}/g, '#')
      : line.replace(numbers, (n) => (COLUMNS.includes(file) ? '#'.padStart(n.length, '_') : '#')),
  );
}

const VIEWS: Readonly<Record<string, (k: Kernel) => string>> = {
  zoneinfo,
  buddyinfo,
  pagetypeinfo,
  vmstat,
  meminfo,
  iomem,
};
/** Lines of /proc/zoneinfo that follow from the machine; the others count what it did. */
const FIXED =
  /^Node|^ +(boost|min|low|high|spanned|present|managed|cma) |protection:|start_pfn:|cpu:|high: |batch:|threshold:/;
const fixed = (text: string): string[] => text.split('\n').filter((line) => FIXED.test(line));

describe('/proc files of real machines', () => {
  it('there are eleven', () => assert.equal(machines.length, 11));

  for (const machine of machines) {
    describe(machine, () => {
      const texts = textsOf(machine);
      const k = boot(texts);
      for (const [file, view] of Object.entries(VIEWS)) {
        it(`${file} has the form of the recorded text`, () => {
          assert.deepEqual(form(file, view(k)), form(file, fileOf(machine, file)));
        });
      }
      it('zoneinfo: zones, marks, protection and list sizes to the page', () => {
        assert.deepEqual(fixed(zoneinfo(k)), fixed(fileOf(machine, 'zoneinfo')));
      });
      it('pagetypeinfo and iomem are the recorded texts', () => {
        assert.equal(pagetypeinfo(k), texts.pagetypeinfo);
        assert.equal(iomem(k), texts.iomem);
      });
      it('the free lists are sound, and pages can be allocated from them', () => {
        const taken = new Map<number, number>();
        for (const order of [0, 9, 1, 4]) {
          const pfn = k.pageAlloc.allocPages(0xcc0, order, 0);
          assert.ok(pfn > 0, `order ${order}`);
          taken.set(pfn, order);
        }
        // looks at every page: on the smaller machines
        if (k.pages.endPfn <= 0x40000) checkInvariants(k.pageAlloc, taken);
        for (const [pfn, order] of taken) k.pageAlloc.freePages(pfn, order);
        if (k.pages.endPfn <= 0x20000) checkInvariants(k.pageAlloc);
      });
      it('without pagetypeinfo: buddyinfo is the recorded text; MemAvailable follows from the recorded counters', () => {
        const other = boot({ ...texts, pagetypeinfo: undefined });
        assert.equal(buddyinfo(other), texts.buddyinfo);
        const recorded = Object.fromEntries(
          [...fileOf(machine, 'meminfo').matchAll(/^(.+?):\s+(\d+)/gm)].map((m) => [m[1], Number(m[2])]),
        ) as Record<string, number>;
        const pages = (name: string): number => (recorded[name] as number) / 4;
        const counters = {
          nr_active_file: pages('Active(file)'),
          nr_inactive_file: pages('Inactive(file)'),
          nr_file_pages: pages('Cached'),
          nr_slab_reclaimable: pages('SReclaimable'),
          nr_kernel_misc_reclaimable: pages('KReclaimable') - pages('SReclaimable'),
        };
        setNodeCounters(other, counters);
        const free = other.zones.reduce((sum, z) => sum + z.vmStatOf(0), 0);
        const zone = other.zones.find((z) => z.name === (other.arch.sparse ? 'DMA32' : 'Normal'));
        assert.ok(zone);
        zone.setVmStat(0, zone.vmStatOf(0) + pages('MemFree') - free);
        // the kernel reads the counters one after the other: nine pages came and went meanwhile at most
        const difference = siMemAvailable(other) * 4 - (recorded.MemAvailable as number);
        assert.ok(Math.abs(difference) <= 36, `MemAvailable differs by ${difference} kB`);
      });
    });
  }

  it('MemAvailable: of cache and slabs, half or what exceeds the low marks, whichever is more', () => {
    const k = boot(textsOf('amd64-512-cpus1-nodes1'));
    const low = k.zones.reduce((sum, z) => sum + z.wmarkPages(1), 0);
    const without = siMemAvailable(k);
    const added = (name: string, pages: number): number => {
      setNodeCounters(k, { [name]: pages });
      const more = siMemAvailable(k) - without;
      setNodeCounters(k, { [name]: 0 });
      return more;
    };
    for (const name of ['nr_active_file', 'nr_inactive_file', 'nr_slab_reclaimable', 'nr_kernel_misc_reclaimable']) {
      assert.deepEqual([added(name, 11), added(name, 2 * low), added(name, 2 * low + 500)], [6, low, low + 500], name);
    }
    assert.deepEqual([added('nr_shmem', 1000), added('nr_file_pages', 1000)], [0, 0]);
    // each of the two keeps its own half
    setNodeCounters(k, { nr_active_file: 100, nr_slab_reclaimable: 100 });
    assert.equal(siMemAvailable(k) - without, 100);
  });

  const good = textsOf('i386-1024-cpus1-nodes1');
  const wrong = (change: ProcTexts, message: RegExp) => assert.throws(() => boot({ ...good, ...change }), message);
  it('files that are not what their names say are refused with an explanation', () => {
    wrong({ zoneinfo: undefined }, /^Error: the file zoneinfo is missing/);
    wrong({ iomem: undefined }, /the file iomem is missing: it says where RAM is/);
    wrong({ zoneinfo: 'nothing' }, /zoneinfo: no line "Node 0, zone …"/);
    wrong({ zoneinfo: 'Node 0, zone   Normal\n' }, /zoneinfo: Normal are the zones of no architecture/);
    wrong({ iomem: '00000000-00000000 : System RAM\n' }, /iomem: the addresses are hidden/);
    wrong({ iomem: '00000000-00000fff : Reserved\n' }, /iomem: no line "… : System RAM"/);
    wrong({ buddyinfo: '' }, /buddyinfo: no line/);
    wrong({ pagetypeinfo: 'Permission denied' }, /pagetypeinfo: no table .* as root/);
    wrong({ pagetypeinfo: undefined, version: undefined }, /needed to tell i386 from i386_pae/);
    wrong(
      { pagetypeinfo: good.pagetypeinfo?.replace('type      Movable', 'type      Strange') },
      /"Strange" is not a migratetype/,
    );
    wrong(
      { pagetypeinfo: undefined, buddyinfo: 'Node 0, zone   Normal 0 0 0 0 0 0 0 0 0 0 9999\n' },
      /node 0, zone Normal: no room for free block \d+ of 9999 of order 10, Movable: the memory map leaves \d+/,
    );
  });
  it('one architecture from another: by the zones, the size of pageblocks or the name of the kernel', () => {
    const archOf = (machine: string, change: ProcTexts) => boot({ ...textsOf(machine), ...change }).config.arch;
    const only = { pagetypeinfo: undefined };
    assert.equal(archOf('i386-1024-cpus1-nodes1', only), 'i386');
    assert.equal(archOf('i386-pae-1024-cpus1-nodes1', only), 'i386_pae');
    assert.equal(archOf('i386-pae-1024-cpus1-nodes1', { version: undefined }), 'i386_pae');
    assert.equal(archOf('i386-1024-cpus1-nodes1', { version: undefined }), 'i386');
    assert.equal(archOf('amd64-512-cpus1-nodes1', { ...only, version: undefined }), 'x86_64');
  });
  it('CMA counts as movable memory, a list that was not counted to its end as long as it says', () => {
    const counted =
      'Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic          CMA      Isolate \n';
    const k = boot({
      ...textsOf('amd64-256-cpus1-nodes1'),
      pagetypeinfo:
        'Page block order: 9\n' +
        'Node    0, zone    DMA32, type      Movable      3      0\n' +
        'Node    0, zone    DMA32, type          CMA      2      7\n' +
        `\n${counted}Node 0, zone    DMA32            8          100            6            2            5            0 \n`,
    });
    const lines = pagetypeinfo(k)
      .split('\n')
      .filter((l) => /DMA32/.test(l));
    assert.match(lines[1] as string, /Movable +5 +7 +0/);
    assert.match(lines[5] as string, /DMA32 +8 +104 +6 +2 +0/);
    assert.equal(k.zones.find((z) => z.name === 'DMA32')?.nrReservedHighatomic, 1024);
  });
  it('sys/vm: marks as the machine had them', () => {
    const k = boot({ ...good, 'sys/vm/min_free_kbytes': '8192\n', 'sys/vm/lowmem_reserve_ratio': '256\t32\t0\t0\n' });
    assert.equal(k.vars.read('min_free_kbytes'), 8192);
  });
  it("RAM that is not a PC's lies where iomem says", () => {
    const text = '00001000-0009ffff : System RAM\n00100000-1fffffff : System RAM\n30000000-3ffeffff : System RAM\n';
    const k = boot({ ...good, iomem: text, pagetypeinfo: undefined, buddyinfo: undefined });
    assert.deepEqual(
      k.memory.present.map((r) => [r.start, r.end]),
      [
        [1, 0xa0],
        [0x100, 0x20000],
        [0x30000, 0x3fff0],
      ],
    );
  });
});

/** Sets counters of node 0; those of the other nodes are 0. */
function setNodeCounters(k: Kernel, counters: Readonly<Record<string, number>>): void {
  const [node] = k.nodes;
  assert.ok(node);
  const field = (name: string): string => `vm_stat[${nodeStatNames(k).indexOf(name)}]`;
  for (const [name, value] of Object.entries(counters)) {
    k.vars.writeField(node.addr, 'pglist_data', field(name), value);
    assert.equal(vmStatNode(k, node, name), value);
  }
}
