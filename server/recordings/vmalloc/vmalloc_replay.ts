/**
 * Recorded traces of the vmalloc space: a module on a real kernel allocated and freed at random with vmalloc(), vmap() and ioremap() and
 * printed every address, the lazily freed pages after each free, and all areas and the tree of free ones before and after (truth: rec/…vm1).
 */
import { defaultConfig } from '../../kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../kernel/kernel';
import { constantTable } from '../../profiles/constantTable';
import { toBits } from '../../types/address';
import { PAGE_SIZE } from '../../types/pageSize';
import type { ReplayResult } from '../replay_result';
import { archOfRun, isObject, num, TraceError } from '../trace_json';
import { compareVmallocState, loadVmallocState, readVmallocState } from './vmalloc_state';

/** a device in the window below the firmware, and pages that vmap() maps */
const DEVICE = 0xfd000000;
const MAP_PAGES = 256;
const OPERATION = /^(?:[vmi] \d+ \d+ [0-9a-f]+ [0-9a-f]+ [0-9a-f]+|x \d+ \d+|P \d+)$/;

export const recordsVmalloc = (json: object): boolean =>
  isObject(json) && Array.isArray(json.head) && String(json.head[0]).startsWith('begin exp=vmtrace');

const strings = (json: object, name: string): readonly string[] => {
  const list = isObject(json) ? json[name] : undefined;
  if (!Array.isArray(list) || !list.every((l) => typeof l === 'string'))
    throw new TraceError(`"${name}" must be a list of lines`);
  return list as readonly string[];
};

/** The machine of a recorded trace. @throws TraceError */
function boot(json: object): Kernel {
  const run = isObject(json) ? json.run : undefined;
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const shape = {
    arch: archOfRun(run).arch,
    memory: num(run, 'ram_mb', 'run') * 2 ** 20,
    cpus: num(run, 'cpus', 'run'),
  };
  const { config } = defaultConfig();
  const machine = defaultConfig({ ...shape, config: { ...config, KASAN: false } });
  return bootKernel(machine, { journal: false });
}

/** @throws TraceError for a damaged file */
export function replayVmalloc(json: object, now: () => number): ReplayResult {
  const kernel = boot(json);
  const api = kernel.allocators.vmalloc;
  const ops = strings(json, 'ops');
  const bad = ops.find((op) => !OPERATION.test(op));
  if (bad !== undefined) throw new TraceError(`operation ${ops.indexOf(bad)} cannot be read: ${bad}`);
  const { areas } = api.allocator;
  const before = readVmallocState(areas, strings(json, 'head'), 't0');
  const after = readVmallocState(areas, strings(json, 'tail'), 't1');
  loadVmallocState(api, before, () => api.allocator.newAreaObject(kernel.gfp.kernel));
  const player = new Player(kernel);
  const start = now();
  let differs = -1;
  let got = '';
  for (const [index, op] of ops.entries()) {
    got = player.play(op);
    if (got === op) continue;
    differs = index;
    break;
  }
  const nsPerOp = Math.round(((now() - start) * 1e6) / Math.max(1, ops.length));
  const differences = differs < 0 ? compareVmallocState(api, after) : ['not compared'];
  return {
    ops: ops.length,
    states: differs < 0 ? 1 : 0,
    firstMismatch: differs < 0 ? null : { index: differs, op: ops[differs] as string, got },
    finalState: differences.length === 0 ? 'identical' : differences,
    notCompared: ['frames: the recording has addresses only'],
    nsPerOp,
  };
}

interface Slot {
  readonly address: number;
  readonly how: string;
}
class Player {
  private readonly slots = new Map<string, Slot>();
  /** VM_MAP */
  private readonly mapped: number;
  /** an array of `struct page *` for vmap */
  private readonly array: number;
  /** vmap_lazy_nr before the last operation, if it led to a purge */
  private purged = -1;
  private before = 0;

  constructor(private readonly kernel: Kernel) {
    const { memory } = kernel.allocators.vmalloc.allocator.areas;
    this.mapped = Number(constantTable(kernel.profile, kernel.config).get('VM_MAP')?.value);
    const pages = Array.from({ length: MAP_PAGES }, () => kernel.pageAlloc.allocPages(kernel.gfp.kernel, 0));
    this.array = kernel.pageApi.getFreePages(kernel.gfp.kernel, 0);
    for (const [i, pfn] of pages.entries())
      memory.setLong(this.array + i * memory.wordSize, kernel.pages.pageAddr(pfn));
  }
  /** drain_vmap_area_work runs when the module lets others run. */
  private reschedule(): void {
    const { works, vmalloc } = this.kernel.allocators;
    if (works.runPending(vmalloc.allocator.drainWork)) this.purged = this.before;
  }
  /** Carries an operation out; its line as it went here. */
  play(op: string): string {
    const [kind, slot = '', size = ''] = op.split(' ');
    if (kind === 'x') return this.free(slot);
    if (kind === 'P') return `P ${this.purged}`;
    const api = this.kernel.allocators.vmalloc;
    const pages = Number(size);
    const bytes = pages * PAGE_SIZE;
    let address: number;
    if (kind === 'v') address = api.vmalloc(bytes);
    else if (kind === 'm') address = api.mapping.vmap(this.array, pages, this.mapped, 0n);
    else address = api.device.ioremap(DEVICE, bytes, 'UC-');
    if (address === 0) return `${kind} ${slot} ${size} 0`;
    this.slots.set(slot, { address, how: kind as string });
    const { vms } = api;
    const vm = vms.find(address);
    const hex = (n: number): string => toBits(this.kernel.abi, n).toString(16);
    return `${kind} ${slot} ${size} ${hex(address)} ${hex(vms.fullSize(vm))} ${vms.flags(vm)}`;
  }
  private free(slot: string): string {
    const api = this.kernel.allocators.vmalloc;
    const held = this.slots.get(slot);
    this.slots.delete(slot);
    this.purged = -1;
    this.before = api.allocator.lazyPages;
    if (held?.how === 'v') api.freeing.vfree(held.address, () => this.reschedule());
    else if (held?.how === 'm') api.freeing.vunmap(held.address);
    else if (held) api.device.iounmap(held.address);
    this.reschedule();
    return `x ${slot} ${api.allocator.lazyPages}`;
  }
}
