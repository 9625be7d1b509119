/**
 * The kernel's words for page faults, protection faults, divide errors, BUG and stack overflows (arch/x86/mm/fault.c: show_fault_oops;
 * arch/x86/kernel/traps.c; dumpstack.c: __die, 6.1).
 */
import { BusError } from '../../memory/memory';
import { PageFaultError } from '../../memory/space';
import { formatAddress, formatBits, isCanonical, toAddress, toBits } from '../../types/address';
import { PAGE_SIZE } from '../../types/pageSize';
import { BadCallError, DivideError, GeneralProtectionError, StackOverflowError } from '../arch/faults';
import { KernelBug } from '../lib/bug';
import type { CodeNames } from '../printk/ports';
import { CUT_HERE } from '../printk/reports';
import type { Core } from '../sched/core';
import { dumpPagetable } from './dump_pagetable';

interface FaultText {
  /** lines before the title */
  readonly head?: readonly string[];
  readonly title: string;
  readonly lines: readonly string[];
  readonly notes?: readonly string[];
  /** address of a page fault, as CR2 holds it */
  readonly cr2?: number;
}

/** bits of a page fault's error code */
const PF_PROT = 0x1;
const PF_WRITE = 0x2;
const PF_INSTR = 0x10;

/** The text of an exception that an instruction raised: the `n`th oops. @throws `error` if it is not an exception */
export function faultText(error: unknown, core: Core, names: CodeNames, n: number): FaultText {
  const { abi } = core;
  const { config, kasan } = core.kernel;
  const debug = `${config.config.DEBUG_PAGEALLOC ? ' DEBUG_PAGEALLOC' : ''}${kasan ? ' KASAN' : ''}`;
  const die = (what: string) => `${what} [#${n}] PREEMPT SMP${debug} NOPTI`;
  if (error instanceof PageFaultError || error instanceof BusError) {
    const address = error instanceof PageFaultError ? error.address : error.phys;
    if (!isCanonical(abi, toBits(abi, address))) return protection(toBits(abi, address), die);
    const code = error instanceof PageFaultError ? (error.write ? PF_WRITE : 0) | (error.protection ? PF_PROT : 0) : 0;
    return pageFault(core, address, code, die);
  }
  if (error instanceof GeneralProtectionError) return protection(error.bits, die);
  if (error instanceof BadCallError) return badCall(core, error, die);
  if (error instanceof DivideError) return { title: die('divide error: 0000'), lines: [] };
  if (error instanceof StackOverflowError) {
    const { name, stack, threadSize } = error.area;
    const hex = (address: number) => formatAddress(abi, address).slice(2);
    // without a guard page nothing stops it: kmem follows it so far
    if (abi.wordSize === 4)
      return {
        title: 'PANIC: double fault, error_code: 0x0',
        lines: [die('double fault: 0000')],
        notes: [
          `the stack (${hex(stack)}..${hex(stack + threadSize - 1)}) goes on to ${hex(error.address)}, over what lies below it: ` +
            'a real machine goes on as well, until something that was overwritten is used',
        ],
      };
    return {
      title: `BUG: ${name} stack guard page was hit at ${hex(error.address)} (stack is ${hex(stack)}..${hex(stack + threadSize - 1)})`,
      lines: [die('stack guard page: 0000')],
    };
  }
  if (error instanceof KernelBug) {
    const { place, lines, notes } = error;
    const at = `kernel BUG at ${place?.at ?? names.where()}!`;
    const invalid = die('invalid opcode: 0000');
    const [title, ...more] = lines;
    if (title === undefined) return { head: [CUT_HERE], title: at, lines: [invalid], notes };
    return { title, lines: [...more, CUT_HERE, at, invalid], notes };
  }
  throw error;
}
function pageFault(core: Core, address: number, code: number, die: (what: string) => string): FaultText {
  const { abi } = core;
  const bare = formatAddress(abi, address).slice(2);
  const instruction = (code & PF_INSTR) !== 0;
  const how = instruction ? 'instruction fetch' : code & PF_WRITE ? 'write access' : 'read access';
  const hex = code.toString(16).padStart(4, '0');
  return {
    title:
      address >= 0 && address < PAGE_SIZE
        ? `BUG: kernel NULL pointer dereference, address: ${bare}`
        : `BUG: unable to handle page fault for address: ${bare}`,
    lines: [
      `#PF: supervisor ${how} in kernel mode`,
      `#PF: error_code(0x${hex}) - ${code & PF_PROT ? 'permissions violation' : 'not-present page'}`,
      dumpPagetable(core, address),
      die(`Oops: ${hex}`),
    ],
    cr2: address,
  };
}
/** A call through a pointer that is not to a function: the fetch of the first instruction faults. */
function badCall(core: Core, { bits }: BadCallError, die: (what: string) => string): FaultText {
  const { abi } = core;
  if (!isCanonical(abi, bits))
    return { title: die('general protection fault, maybe for address 0x0: 0000'), lines: [] };
  const address = toAddress(abi, bits);
  const notes = [`a call of ${formatBits(abi, bits)}, which is not a function`];
  if (core.space.translate(address) < 0) return { ...pageFault(core, address, PF_INSTR, die), notes };
  const protectedPage = 'kernel tried to execute NX-protected page - exploit attempt? (uid: 0)';
  return { ...pageFault(core, address, PF_INSTR | PF_PROT, die), head: [protectedPage], notes };
}
const protection = (bits: bigint, die: (what: string) => string): FaultText => ({
  title: die(
    `general protection fault, probably for non-canonical address 0x${bits.toString(16).padStart(16, '0')}: 0000`,
  ),
  lines: [],
});
