/**
 * Random allocations and frees of per-CPU memory, with recounts of every hint and count against the bitmaps.
 * KMEM_SCENARIOS=n makes n operations on each machine; KMEM_SEED=s begins with seed s.
 */
import assert from 'node:assert/strict';
import { MiB } from '../../../../server/kernel/arch/arch';
import { defaultConfig } from '../../../../server/kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../../../server/kernel/kernel';
import { allChunks, checkPercpu } from './percpuInvariants';

const OPERATIONS = Math.max(1200, Number(process.env.KMEM_SCENARIOS ?? 0));
const SEED = Number(process.env.KMEM_SEED ?? 1);
/** operations between two recounts, which take as long as some hundred of them */
const RECOUNT = Math.max(100, OPERATIONS / 100);

/** Numbers from 0 to n − 1. */
function random(seed: number): (n: number) => number {
  let state = seed >>> 0 || 1;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

class Run {
  private readonly next: (n: number) => number;
  private readonly live: { ptr: number; size: number; mark: number }[] = [];
  private readonly taken = new Map<string, number>();
  /** bytes of chunks that boot had taken */
  private readonly boot: number;

  constructor(
    private readonly k: Kernel,
    seed: number,
  ) {
    this.next = random(seed);
    this.boot = this.used();
  }
  private get percpu() {
    return this.k.allocators.percpu;
  }
  /** Bytes that are taken in all chunks, without the hidden ones. */
  private used(): number {
    const { pool } = this.percpu;
    return allChunks(pool).reduce((sum, { chunk }) => {
      const hidden = pool.chunks.startOffset(chunk) + pool.chunks.endOffset(chunk);
      return sum + pool.chunks.pages(chunk) * 4096 - hidden - pool.chunks.freeBytes(chunk);
    }, 0);
  }
  private key(ptr: number): string {
    const address = this.percpu.pool.addressOfPointer(ptr);
    return `${this.percpu.vm.chunkOf(address)}:${address}`;
  }
  /** Every CPU's copy holds the mark of its owner. */
  private mark(ptr: number, size: number, value: number): void {
    const { percpu, space } = this.k;
    for (let cpu = 0; cpu < percpu.cpus; cpu++) space.fill(percpu.va(cpu, ptr), size, value);
  }
  private checkMark({ ptr, size, mark }: { ptr: number; size: number; mark: number }): void {
    const { percpu, space } = this.k;
    for (let cpu = 0; cpu < percpu.cpus; cpu++) {
      const wrong = space.readBytes(percpu.va(cpu, ptr), size).findIndex((byte) => byte !== mark);
      assert.equal(wrong, -1, `byte ${wrong} of ${size} at 0x${ptr.toString(16)} on CPU ${cpu}`);
    }
  }
  private alloc(): void {
    const { gfp } = this.k;
    const size = 1 + this.next([16, 64, 256, 2000, 32768][Math.min(4, this.next(7))] as number);
    const align = 1 << this.next(this.next(8) === 0 ? 13 : 5);
    const atomic = this.next(4) === 0;
    const ptr = this.percpu.allocPercpu(size, align, atomic ? 0 : gfp.kernel | gfp.nowarn);
    if (ptr === 0) {
      assert.ok(atomic, 'there is memory enough');
      return;
    }
    assert.equal(ptr % align, 0);
    const entry = { ptr, size, mark: 1 + this.next(255) };
    this.checkMark({ ...entry, mark: 0 });
    this.mark(ptr, size, entry.mark);
    this.live.push(entry);
    this.taken.set(this.key(ptr), Math.ceil(size / 4) * 4);
  }
  private free(): void {
    const at = this.next(this.live.length);
    const [entry] = this.live.splice(at, 1);
    if (!entry) return;
    this.checkMark(entry);
    this.taken.delete(this.key(entry.ptr));
    this.percpu.freePercpu(entry.ptr);
  }
  recount(): void {
    checkPercpu(this.percpu.pool);
    assert.equal(
      this.used() - this.boot,
      [...this.taken.values()].reduce((sum, size) => sum + size, 0),
    );
    const sorted = this.live.map(({ ptr, size }) => [ptr, ptr + size] as const).sort((a, b) => a[0] - b[0]);
    sorted.forEach(([start], i) => {
      assert.ok(start >= (sorted[i - 1]?.[1] ?? 0), 'a byte has two owners');
    });
  }
  /** Phases of growing and shrinking, with the worker in between. */
  operations(count: number): void {
    for (let i = 0; i < count; i++) {
      const grows = Math.floor(i / 400) % 2 === 0;
      if (this.next(10) < (grows ? 7 : 3)) this.alloc();
      else this.free();
      if (this.next(150) === 0) this.percpu.balanceWork();
      if (i % RECOUNT === 0) this.recount();
    }
    this.recount();
  }
  /** Everything is given back: what is left is a chunk that is wholly free. */
  end(): void {
    while (this.live.length > 0) this.free();
    // chunks that were set aside to lose their pages are free ones from the first run on
    this.percpu.balanceWork();
    this.percpu.balanceWork();
    this.recount();
    assert.equal(this.used(), this.boot);
    const { pool } = this.percpu;
    const { slots, chunks, units } = pool;
    const others = allChunks(pool).filter(({ chunk }) => chunk !== pool.first && chunk !== pool.reserved);
    assert.ok(others.filter(({ chunk }) => chunks.freeBytes(chunk) === units.unitSize).length <= 1);
    assert.ok(slots.emptyPages >= 4, 'pages are ready for requests that cannot wait');
  }
}

describe('per-CPU memory: random operations', function () {
  this.timeout(0);
  for (const [arch, cpus] of [
    ['x86_64', 1],
    ['x86_64', 4],
    ['i386', 2],
    ['i386_pae', 1],
  ] as const)
    it(`${arch}, ${cpus} CPUs: ${OPERATIONS} operations from seed ${SEED}`, () => {
      const config = defaultConfig();
      const machine = { ...config, arch, cpus, memory: 512 * MiB, config: { ...config.config, KASAN: false } };
      const run = new Run(bootKernel(machine, { journal: false }), SEED);
      run.operations(OPERATIONS);
      run.end();
    });
});
