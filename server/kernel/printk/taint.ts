/** What makes a kernel's reports less trustworthy (kernel/panic.c: taint_flags, add_taint, print_tainted, 6.1). */

export const TAINT_BAD_PAGE = 5;
export const TAINT_DIE = 7;
export const TAINT_WARN = 9;
export const TAINT_OOT_MODULE = 12;
export const TAINT_UNSIGNED_MODULE = 13;
export const TAINT_SOFTLOCKUP = 14;

/** a flag's letter, from bit 0; where it is not set, a space, and G instead of P */
const LETTERS = 'PFSRMBUDAWCIOELKXTN';

/** The kernel's variable `tainted_mask`, a word in emulated memory. */
interface Variables {
  getGlobal(name: string): number;
  setGlobal(name: string, value: number): void;
}

export class Taint {
  constructor(private readonly variables: Variables) {}

  add(flag: number): void {
    const mask = this.variables.getGlobal('tainted_mask');
    this.variables.setGlobal('tainted_mask', mask | (1 << flag));
  }
  /** print_tainted: `Not tainted`, or `Tainted: G    B      OE     ` */
  text(): string {
    const mask = this.variables.getGlobal('tainted_mask');
    if (mask === 0) return 'Not tainted';
    const letters = [...LETTERS].map((letter, bit) => (mask & (1 << bit) ? letter : bit === 0 ? 'G' : ' '));
    return `Tainted: ${letters.join('')}`;
  }
}
