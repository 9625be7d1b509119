/** Addresses inside the kernel's functions that have no code here, for call traces that are kept in memory. */

/** kallsyms: gives a function its address, before the run. */
interface TextSymbols {
  text(name: string): number;
}

/** How far into such a function its calls are. */
const CALL_OFFSET = 0x1c;

export class KernelText {
  private readonly addresses = new Map<string, number>();

  constructor(private readonly symbols: TextSymbols) {}

  /** Before the run: gives functions their addresses. */
  define(names: readonly string[]): void {
    for (const name of names) this.addresses.set(name, this.symbols.text(name));
  }
  /** Whether a function has been given its address. */
  has(name: string): boolean {
    return this.addresses.has(name);
  }
  /** An address inside a function, behind the call that it makes. @throws RangeError for one that has not been defined */
  inside(name: string): number {
    const address = this.addresses.get(name);
    if (address === undefined) throw new RangeError(`no text address for ${name}`);
    return address + CALL_OFFSET;
  }
}
