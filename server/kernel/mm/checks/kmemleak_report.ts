/** What kmemleak says (mm/kmemleak.c, 6.1: print_unreferenced, hex_dump_object), and what kmem says of leaks at the end of a run. */
import { formatBits, toBits } from '../../../types/address';
import { pointerId } from '../../lib/pointer_id';
import type { Reports } from '../../printk/reports';
import type { AllocTraces } from './alloc_traces';
import type { Kmemleak, Unreferenced } from './kmemleak';

const ROW = 16;
/** objects that a note at the end of a run names one by one */
const MOST_NAMED = 20;

export class KmemleakReports {
  constructor(
    private readonly kmemleak: Kmemleak,
    private readonly traces: AllocTraces,
    private readonly reports: () => Reports,
    private readonly clock: { jiffies(): number; readonly hz: number; initial(): number },
  ) {}

  ignore(address: number): void {
    this.kmemleak.freed(address);
  }
  /** `echo scan > /sys/kernel/debug/kmemleak`, and what the file then says. How many objects are new in it. */
  scan(): number {
    const found = this.kmemleak.scan();
    if (found === 0) return 0;
    const objects = this.kmemleak.reported();
    this.reports().log.report({
      kind: 'WARN',
      title: `kmemleak: ${found} new suspected memory leaks (see /sys/kernel/debug/kmemleak)`,
      lines: objects.flatMap((object) => this.entry(object)),
      notes: objects.flatMap((object) => this.sources(object)),
    });
    return found;
  }
  /** The run has ended: kmem names what nothing leads to. The kernel waits, and looks a second time. */
  atEnd(): void {
    const objects = this.kmemleak.lost();
    if (objects.length === 0) return;
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    const named = objects.slice(0, MOST_NAMED).flatMap((object) => {
      const [place, ...callers] = this.sources(object);
      return [`${this.title(object)}${place === undefined ? '' : ` ${place}`}`, ...callers];
    });
    const more = objects.length - MOST_NAMED;
    this.reports().log.report({
      kind: 'WARN',
      title: `${objects.length} allocations, ${bytes} bytes, were never freed, and no pointer leads to them any more`,
      lines: [],
      notes: [
        ...named,
        ...(more > 0 ? [`and ${more} more`] : []),
        'kmemleak would tell of them 5 s after they were allocated, in the second scan of /sys/kernel/debug/kmemleak',
      ],
      suppressed: true,
    });
  }
  private title({ pointer, size }: Unreferenced): string {
    const { abi } = this.reports();
    return `unreferenced object ${formatBits(abi, toBits(abi, pointer))} (size ${size}):`;
  }
  private sources({ handle }: Unreferenced): readonly string[] {
    const [place, ...callers] = this.traces.sources(handle);
    return place === undefined ? [] : [`the object was allocated ${place}`, ...callers];
  }
  private entry(object: Unreferenced): string[] {
    const { clock } = this;
    const age = Math.floor((((clock.jiffies() - object.jiffies) >>> 0) * 1000) / clock.hz);
    const seconds = `${Math.floor(age / 1000)}.${String(age % 1000).padStart(3, '0')}`;
    const bytes = [...this.kmemleak.content(object)];
    const rows: string[] = [];
    for (let at = 0; at < bytes.length; at += ROW) {
      const row = bytes.slice(at, at + ROW);
      const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
      const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
      rows.push(`    ${hex.padEnd(3 * ROW - 1)}  ${text}`);
    }
    const jiffies = this.clock.initial() + ((object.jiffies - this.clock.initial()) >>> 0);
    const { abi } = this.reports();
    return [
      this.title(object),
      `  comm "${object.comm}", pid ${object.pid}, jiffies ${jiffies} (age ${seconds}s)`,
      `  hex dump (first ${bytes.length} bytes):`,
      ...rows,
      '  backtrace:',
      ...this.traces
        .frames(object.handle)
        .map(({ address, line }) => `    [<${pointerId(abi, toBits(abi, address), false)}>] ${line}`),
    ];
  }
}
