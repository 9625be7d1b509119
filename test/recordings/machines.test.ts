/** Recorded machines (test/fixtures/machines, from real 6.1 kernels): marks, protection and list sizes to the page. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultConfig } from '../../server/kernel/arch/machine_config';
import { writeSysctl } from '../../server/kernel/init/sysctl';
import type { Kernel } from '../../server/kernel/kernel';
import { bootKernel } from '../../server/kernel/kernel';
import { recommendMinFreeKbytes } from '../../server/kernel/mm/page_alloc/watermark_setup';
import { iomem } from '../../server/kernel/proc/proc_meminfo';
import { zoneInfo } from '../../server/kernel/proc/proc_vmstat';
import type { MachineConfig } from '../../server/profiles/machineConfig';
import { bootRecorded, readRecording } from '../../server/recordings/recorded';
import type { Arch } from '../../server/types/ctype';

interface RecordedZone {
  node: number;
  name: string;
  start_pfn?: number;
  spanned: number;
  present: number;
  managed: number;
  min: number;
  low: number;
  high: number;
  protection: number[];
  pagesets: { high: number; batch: number }[];
}
interface Sysctls {
  min_free_kbytes: number;
  watermark_scale_factor: number;
  lowmem_reserve_ratio: number[];
  percpu_pagelist_high_fraction: number;
}
interface Machine {
  run: { arch: string; ram_mb: number; cpus: number; nodes: number };
  zones: RecordedZone[];
  sysctl: Sysctls;
  pagetypeinfo: { page_block_order: number };
  iomem: string[];
  dmesg: string[];
  variants: Record<string, { sysctl: Sysctls; zones: RecordedZone[] }>;
}

const folder = join(__dirname, '../fixtures/machines');
const machines = readdirSync(folder)
  .sort()
  .map((file) => ({ file, machine: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Machine }));

/** One zone's numbers, named so that a difference says which. */
function compare(k: Kernel, z: RecordedZone, what: string): void {
  const zone = k.zones.find((v) => v.node === z.node && v.name === z.name);
  assert.ok(zone, `node ${z.node} has zone ${z.name}`);
  const info = zoneInfo(k, zone);
  const pcp = z.pagesets[0] ?? { high: 0, batch: 0 };
  assert.deepEqual(
    { min: info.min, low: info.low, high: info.high, pcpHigh: info.pcp.high, pcpBatch: info.pcp.batch },
    { min: z.min, low: z.low, high: z.high, pcpHigh: pcp.high, pcpBatch: pcp.batch },
    `${what}: node ${z.node} ${z.name}`,
  );
}
const protection = (k: Kernel, z: RecordedZone): readonly number[] =>
  zoneInfo(k, k.zones.find((v) => v.node === z.node && v.name === z.name) as Kernel['zones'][number]).protection;

const ARCH: Record<string, Arch> = { amd64: 'x86_64', i386: 'i386', 'i386-pae': 'i386_pae' };
function configOf({ run }: Machine): MachineConfig {
  const share = (run.ram_mb / run.nodes) * 2 ** 20;
  const each = run.cpus / run.nodes;
  const nodes = Array.from({ length: run.nodes }, (_, id) => ({
    id,
    memory: share,
    cpus: Array.from({ length: each }, (_, i) => id * each + i),
  }));
  return defaultConfig({
    arch: ARCH[run.arch] as Arch,
    memory: run.ram_mb * 2 ** 20,
    cpus: run.cpus,
    nodes: run.nodes > 1 ? nodes : [],
  });
}

describe('recorded machines', () => {
  it('there are thirteen', () => assert.equal(machines.length, 13));

  for (const { file, machine } of machines) {
    it(`${file}: marks, protection and lists as recorded, and after every sysctl`, () => {
      const k = bootRecorded(readRecording(machine));
      assert.equal(k.vars.read('min_free_kbytes'), machine.sysctl.min_free_kbytes);
      assert.equal(k.arch.pageblockOrder, machine.pagetypeinfo.page_block_order);
      for (const z of machine.zones) {
        compare(k, z, 'boot');
        if (z.managed) assert.deepEqual(protection(k, z), z.protection, `${z.name} protection`);
      }
      // the recordings wrote these one after the other, each undone before the next but for huge pages
      const write = (name: string, ...values: number[]) =>
        assert.equal(writeSysctl(k, `vm.${name}`, values), undefined);
      const steps: Record<string, () => void> = {
        nothp: () => {
          k.vars.write('transparent_hugepage_flags', 0);
          recommendMinFreeKbytes(k);
        },
        wsf100: () => write('watermark_scale_factor', 100),
        mfk8192: () => {
          write('watermark_scale_factor', 10);
          write('min_free_kbytes', 8192);
        },
        pcpfrac8: () => write('percpu_pagelist_high_fraction', 8),
        lrr: () => {
          write('percpu_pagelist_high_fraction', 0);
          write('lowmem_reserve_ratio', ...[100, 50, 20, 10, 0].slice(0, k.arch.zones.length));
        },
      };
      assert.deepEqual(Object.keys(machine.variants), Object.keys(steps));
      for (const [variant, step] of Object.entries(steps)) {
        const want = machine.variants[variant] as Machine['variants'][string];
        step();
        assert.equal(k.vars.read('min_free_kbytes'), want.sysctl.min_free_kbytes, variant);
        for (const z of want.zones) {
          compare(k, z, variant);
          if (variant === 'lrr') assert.deepEqual(protection(k, z), z.protection, `${z.name} protection`);
        }
      }
    });

    it(`${file}: booted by its size alone, zones lie where the real kernel's do`, () => {
      const k = bootKernel(configOf(machine));
      let managed = 0;
      let real = 0;
      for (const z of machine.zones) {
        const zone = k.zones.find((v) => v.node === z.node && v.name === z.name) as Kernel['zones'][number];
        const info = zoneInfo(k, zone);
        assert.deepEqual(
          [info.start_pfn, info.spanned, info.present],
          [z.start_pfn ?? 0, z.spanned, z.present],
          `node ${z.node} ${z.name}: start, spanned, present`,
        );
        managed += info.managed;
        real += z.managed;
        // which node's or zone's end a few pages of early data come from is not modelled
        assert.ok(Math.abs(info.managed - z.managed) <= 32, `${z.name}: managed ${info.managed}, real ${z.managed}`);
      }
      // with several nodes a page of bookkeeping more or less
      assert.ok(Math.abs(managed - real) <= machine.run.nodes - 1, `managed ${managed}, real ${real}`);
    });

    it(`${file}: /proc/iomem`, () => {
      const text = iomem(bootKernel(configOf(machine)));
      assert.deepEqual(text.trimEnd().split('\n'), machine.iomem);
    });
  }

  const wrong = (json: unknown, message: RegExp) => assert.throws(() => bootRecorded(readRecording(json)), message);
  it('files that are not recordings are refused with an explanation', () => {
    const run = { arch: 'amd64', ram_mb: 1024, cpus: 1, nodes: 1 };
    const zone = { node: 0, name: 'DMA32', start_pfn: 4096, spanned: 258016, present: 258016, managed: 242099 };
    wrong(null, /a recording is a JSON object/);
    wrong([], /a recording is a JSON object/);
    wrong({}, /"run" is missing/);
    wrong({ run: { arch: 'arm' } }, /run\.arch must be amd64, i386 or i386-pae, not "arm"/);
    wrong({ run }, /"zones" is missing/);
    wrong({ run, zones: [3] }, /zones\[0\] must be an object/);
    wrong({ run, zones: [{ ...zone, name: 'HighMem' }] }, /"HighMem" is not a zone of x86_64/);
    wrong({ run, zones: [{ ...zone, managed: -1 }] }, /zones\[0\]: "managed" must be a whole number/);
    wrong({ run, zones: [{ ...zone, start_pfn: undefined }] }, /"start_pfn" must be a whole number, not missing/);
    wrong({ run: { ...run, ram_mb: 16 }, zones: [zone] }, /too small/);
    wrong({ run, zones: [{ ...zone, node: 7 }] }, /on node 7/);
    wrong({ run, zones: [zone], sysctl: { watermark_scale_factor: 0 } }, /watermark_scale_factor = 0: must be/);
  });
});
