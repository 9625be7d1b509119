/** Which reports have been made at which statement: one byte per statement, one bit per kind of report, in emulated memory. */
import type { Kernel } from '../../kernel/kernel';
import type { Once } from '../../kernel/printk/ports';
import { arrayOf, basicTypes } from '../../types/ctype';

export class OncePerStatement {
  /** physical address of the byte of statement −1: the kernel's own code */
  private readonly start: number;

  /** Before the run: reserves one byte per statement. */
  constructor(
    private readonly kernel: Kernel,
    statements: number,
  ) {
    const { uchar } = basicTypes(kernel.abi);
    this.start = kernel.direct.pa(
      kernel.symbols.define('kmem_reported', arrayOf(uchar, Math.ceil((statements + 1) / 4) * 4), 4),
    );
  }
  /** True the first time it is asked for a statement and a kind of report. */
  first(statement: number, what: Once): boolean {
    const { mem } = this.kernel;
    const at = this.start + statement + 1;
    const bits = mem.read8(at);
    if (bits & (1 << what)) return false;
    mem.write8(at, bits | (1 << what));
    return true;
  }
}
