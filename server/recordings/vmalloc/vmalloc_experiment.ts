/**
 * Recorded allocations of the vmalloc family (`experiments.vmalloc`): what a module on a real kernel got for sizes of all kinds, in which zone,
 * and after how many lazily freed pages addresses came back. The addresses themselves follow from what boot had mapped, which is not recorded.
 */
import { defaultConfig } from '../../kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../kernel/kernel';
import { constantTable } from '../../profiles/constantTable';
import { gfpValue } from '../../profiles/gfpValue';
import { PAGE_SIZE } from '../../types/pageSize';
import { compareLines, type Printed, pointerText } from '../experiment_lines';
import type { ReplayResult } from '../replay_result';
import { archOfRun, experimentLines, field, isObject, type Json, num, TraceError } from '../trace_json';

const MiB = 2 ** 20;
/** devices of the recorded machine: the HPET, and graphics memory */
const HPET = 0xfed00000;
const DEVICES: Readonly<Record<string, readonly [phys: number, bytes: number]>> = {
  ioremap_hpet_4096: [HPET, 4096],
  ioremap_unaligned: [HPET + 0x10, 0x100],
  ioremap_2M: [0xfeb00000, 2 * MiB],
  ioremap_4M_aligned: [0xfd000000, 4 * MiB],
};
/** rounds of the module's loop, of a mebibyte each */
const LAZY_ROUNDS = 300;
const LEFT = [
  'addresses and frames: they follow from what boot had mapped and taken',
  'the size that was asked for when the space was exhausted: it is not recorded, 16 MiB is taken',
  'how many areas of 8 MiB fit into the space of a 32-bit machine, for the same reason',
];

/** @throws TraceError for a damaged file */
export function replayVmallocExperiment(json: object, now: () => number): ReplayResult {
  const lines = experimentLines(json, 'vmalloc') ?? [];
  const player = new Player(boot(json));
  const start = now();
  const printed = lines.flatMap((line) => player.play(line));
  return compareLines(lines, printed, LEFT, Math.round(((now() - start) * 1e6) / Math.max(1, lines.length)));
}
function boot(json: object): Kernel {
  const run = field(isObject(json) ? json : {}, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const shape = { arch: archOfRun(run).arch, memory: num(run, 'ram_mb', 'run') * MiB, cpus: num(run, 'cpus', 'run') };
  const { config } = defaultConfig();
  return bootKernel(defaultConfig({ ...shape, config: { ...config, KASAN: false } }), { journal: false });
}

class Player {
  private readonly api;
  private readonly constants;
  /** an array of `struct page *` for vmap, with pages */
  private readonly array: number;
  /** addresses of areas that are not freed yet */
  private readonly held: number[] = [];
  // the loop that frees lazily
  private round = 0;
  private previous = 0;
  private freed = 0;
  private lazyBegun = false;

  constructor(private readonly k: Kernel) {
    this.api = k.allocators.vmalloc;
    this.constants = constantTable(k.profile, k.config);
    const { memory } = this.api.allocator.areas;
    this.array = k.pageApi.getZeroedPage(k.gfp.kernel);
    for (let i = 0; i < 4; i++) {
      const pfn = k.pageAlloc.allocPages(gfpValue(k.profile.gfp, 'GFP_HIGHUSER'), 0);
      memory.setLong(this.array + i * memory.wordSize, k.pages.pageAddr(pfn));
    }
  }
  private constant(name: string): number {
    return Number(this.constants.get(name)?.value);
  }
  /** What the module prints where the recording has this line. */
  play(line: Json): Printed[] {
    if (!isObject(line)) return [];
    const { k, api } = this;
    switch (line.kind) {
      case 'vm':
        return [this.area(String(line.what))];
      case 'lazy':
        return [this.lazily()];
      case 'vreuse': {
        const address = api.vmalloc(2 * PAGE_SIZE);
        api.freeing.vfree(address);
        return [{ kind: 'vreuse', i: Number(line.i) }];
      }
      case 'vm_map_ram': {
        const address = api.blocks.mapRam(this.array, 4, -1);
        return [{ kind: address === 0 ? 'no memory' : 'vm_map_ram' }];
      }
      case 'vmalloc_0':
        return [{ kind: 'vmalloc_0', ptr: pointerText(api.vmalloc(0)) }];
      case 'vmalloc_space':
        return [{ kind: 'vmalloc_space', ...this.space() }];
      case 'get_vm_area': {
        this.freeAll();
        const vm = api.getVmArea(8 * MiB, this.constant('VM_IOREMAP'));
        return [{ kind: 'get_vm_area', k: Number(line.k), size: vm === 0 ? 0 : api.vms.fullSize(vm) }];
      }
      case 'get_vm_area_exhausted':
        while (api.getVmArea(8 * MiB, this.constant('VM_IOREMAP')) !== 0);
        return [{ kind: 'get_vm_area_exhausted', total: Number(line.after) * (8 * MiB + PAGE_SIZE) }];
      case 'vmalloc_when_space_exhausted':
        return [{ kind: String(line.kind), ptr: pointerText(api.vmalloc(16 * MiB)) }];
      case 'vmalloc_256M':
        return [{ kind: 'vmalloc_256M', ptr: pointerText(api.vmalloc(256 * MiB)) }];
      case 'vmalloc_more_than_totalram': {
        const pages = k.vars.read('_totalram_pages') + 1;
        return [{ kind: String(line.kind), ptr: pointerText(api.vmalloc(pages * PAGE_SIZE)) }];
      }
      default:
        return [];
    }
  }
  /** What the module still had, before it asked for all addresses. */
  private freeAll(): void {
    const { api } = this;
    const vmalloced = this.constant('VM_ALLOC');
    const mapped = this.constant('VM_MAP');
    for (const address of this.held.splice(0)) {
      const flags = api.vms.flags(api.vms.find(address));
      if (flags & vmalloced) api.freeing.vfree(address);
      else if (flags & mapped) api.freeing.vunmap(address);
      else api.device.iounmap(address);
    }
    api.blocks.unmapAliases();
  }
  /** VMALLOC_END is the last byte on x86_64, and the first behind the space on the 32-bit machines. */
  private space(): Printed {
    const { vmallocStart: start, vmallocEnd: end } = this.k.addresses;
    const last = this.k.abi.wordSize === 8 ? end - 1 : end;
    return { start: pointerText(start), end: pointerText(last), bytes: last - start + 1 };
  }
  private address(what: string): number {
    const { api, k } = this;
    const device = DEVICES[what];
    if (device) return api.device.ioremap(device[0], device[1], 'UC-');
    const size = /^size_(\d+)$/.exec(what);
    if (size) return api.vmalloc(Number(size[1]));
    switch (what) {
      case 'vmap4':
        return api.mapping.vmap(this.array, 4, this.constant('VM_MAP'), k.pageTables.pageKernel);
      case 'vzalloc_5000':
        return api.vzalloc(5000);
      case 'vmalloc_32_5000':
        return api.vmalloc32(5000);
      case 'vmalloc_user_5000':
        return api.vmallocUser(5000);
      case 'vmalloc_huge_4M':
        return api.vmallocHuge(4 * MiB, k.gfp.kernel);
      case '__vmalloc_atomic_1M':
        return api.vmallocGfp(MiB, gfpValue(k.profile.gfp, 'GFP_ATOMIC'));
      case 'after_vfree_small':
      case 'after_vm_unmap_aliases_smaller':
        return api.vmalloc(PAGE_SIZE);
      default:
        return api.vmalloc(2 * PAGE_SIZE);
    }
  }
  /** What the module prints of an area. */
  private area(what: string): Printed {
    const { api, k } = this;
    const { memory } = api.allocator.areas;
    const address = this.address(what);
    const vm = address === 0 ? 0 : api.vms.find(address);
    if (vm !== 0) this.held.push(address);
    if (vm === 0) return { kind: 'vm', what, ptr: '0x0' };
    const size = api.vms.fullSize(vm);
    const phys = api.device.phys(vm);
    const pfn = api.pfnOf(address);
    return {
      kind: 'vm',
      what,
      size,
      flags: `0x${api.vms.flags(vm).toString(16)}`,
      nr_pages: memory.field32(vm, 'vm_struct', 'nr_pages'),
      page_order: k.abi.wordSize === 8 ? memory.field32(vm, 'vm_struct', 'page_order') : -1,
      phys: `0x${phys.toString(16)}`,
      ...(phys === 0
        ? {
            guard_mapped: api.pfnOf(api.vms.addr(vm) + size - PAGE_SIZE) < 0 ? 0 : 1,
            zone: k.pageAlloc.zoneOf(pfn).name,
          }
        : {}),
    };
  }
  /** A mebibyte is allocated and freed, again and again: told are the first rounds, and those in which addresses come back. */
  private lazily(): Printed {
    const { api, k } = this;
    if (!this.lazyBegun) api.blocks.unmapAliases();
    this.lazyBegun = true;
    for (; this.round < LAZY_ROUNDS; this.round++) {
      const address = api.vmalloc(MiB);
      const { round: i, freed, previous } = this;
      const back = address < previous;
      if (back) this.freed = 0;
      this.freed += (MiB + PAGE_SIZE) / PAGE_SIZE;
      this.previous = address;
      api.freeing.vfree(address);
      k.allocators.works.runPending(api.allocator.drainWork);
      if (i >= 3 && !back) continue;
      this.round++;
      return { kind: 'lazy', i, lazily_freed_since_pages: freed };
    }
    return { kind: 'no more rounds' };
  }
}
