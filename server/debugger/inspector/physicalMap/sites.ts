/** The code that allocated, by name: function and line. Names are numbered in the order in which they are first met. */
import type { Session } from '../../session';
import type { Allocation } from './allocations';

const BEFORE = 'before the run, or before what is recorded';
/** of what was allocated before what is known */
export const UNKNOWN_SITE = 0;
const KERNEL = 'the kernel’s own code';

export class Sites {
  readonly names: string[] = [BEFORE];
  private readonly numbers = new Map<string, number>([[BEFORE, 0]]);
  /** by statement + 1 */
  private readonly known: (number | undefined)[] = [];

  constructor(private readonly session: Session) {}

  /** Number of the code of a statement, −1 for the kernel's own. */
  of(statement: number): number {
    const known = this.known[statement + 1];
    if (known !== undefined) return known;
    const number = this.number(this.name(statement));
    this.known[statement + 1] = number;
    return number;
  }
  /** The name of the code of an allocation, of one that is not known too. */
  nameOf(allocation: Allocation | undefined): string {
    return this.names[allocation ? this.of(allocation.statement) : UNKNOWN_SITE] ?? '';
  }
  /** `refill, nic.kmem:12` */
  private name(statement: number): string {
    const { index, target } = this.session;
    const at = index.positionOf(statement);
    const owner = target.statements[statement]?.owner.name;
    if (!at || owner === undefined) return KERNEL;
    return `${owner}, ${at.file.path.split(/[\\/]/).at(-1)}:${at.line}`;
  }
  private number(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    const number = this.names.push(name) - 1;
    this.numbers.set(name, number);
    return number;
  }
}
