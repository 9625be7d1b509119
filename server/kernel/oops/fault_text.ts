/**
 * The kernel's reports of page faults, protection faults, divide errors, BUG and stack overflows (arch/x86/mm/fault.c: show_fault_oops;
 * arch/x86/kernel/traps.c; dumpstack.c, 6.1).
 */
import { BusError } from '../../memory/memory';
import { PageFaultError } from '../../memory/space';
import { formatAddress, formatBits } from '../../types/address';
import { PAGE_SIZE } from '../../types/pageSize';
import { BadCallError, DivideError, GeneralProtectionError, StackOverflowError } from '../arch/faults';
import { KernelBug } from '../lib/bug';
import type { CodeNames } from '../printk/ports';
import type { Core } from '../sched/core';
import type { Tasks } from '../sched/task';

const NON_CANONICAL = 0x800000000000;

interface FaultText {
  readonly title: string;
  readonly lines: readonly string[];
}

/**
 * The report of an exception that an instruction raised. `[#]` stands for the number of the oops.
 * @throws `error` if it is no exception
 */
export function faultText(error: unknown, core: Core, tasks: Tasks, names: CodeNames): FaultText {
  const { abi, wordSize } = core;
  const config = 'PREEMPT SMP';
  const die = (what: string) => `${what} [#] ${config}`;
  if (error instanceof PageFaultError || error instanceof BusError) {
    const address = error instanceof PageFaultError ? error.address : error.phys;
    const write = error instanceof PageFaultError && error.write;
    if (wordSize === 8 && (address >= NON_CANONICAL || address < -NON_CANONICAL))
      return protection(BigInt.asUintN(64, BigInt(address)), die);
    const bare = formatAddress(abi, address).slice(2);
    const code = write ? '0002' : '0000';
    const null_ = address >= 0 && address < PAGE_SIZE;
    return {
      title: null_
        ? `BUG: kernel NULL pointer dereference, address: ${bare}`
        : `BUG: unable to handle page fault for address: ${bare}`,
      lines: [
        `#PF: supervisor ${write ? 'write' : 'read'} access in kernel mode`,
        `#PF: error_code(0x${code}) - not-present page`,
        ...(wordSize === 8 ? ['PGD 0 P4D 0'] : ['*pde = 00000000']),
        die(`Oops: ${code}`),
      ],
    };
  }
  if (error instanceof GeneralProtectionError) return protection(error.bits, die);
  if (error instanceof BadCallError) {
    const bare = formatBits(abi, error.bits).slice(2);
    const null_ = error.bits < BigInt(PAGE_SIZE);
    return {
      title: null_
        ? `BUG: kernel NULL pointer dereference, address: ${bare}`
        : `BUG: unable to handle page fault for address: ${bare}`,
      lines: [
        '#PF: supervisor instruction fetch in kernel mode',
        '#PF: error_code(0x0010) - not-present page',
        die('Oops: 0010'),
        `${wordSize === 8 ? 'RIP: 0010:' : 'EIP: '}0x${error.bits.toString(16)}: a call of something that is not a function`,
      ],
    };
  }
  if (error instanceof DivideError)
    return {
      title: die('divide error: 0000').replace(' [#]', ' [#1]'),
      lines: ['a division by zero, or one whose result does not fit'],
    };
  if (error instanceof StackOverflowError) {
    const layout = tasks.layout(core.current);
    return {
      title: `BUG: TASK stack guard page was hit at ${formatAddress(abi, error.address).slice(2)} (stack is ${formatAddress(abi, layout.stack).slice(2)}..${formatAddress(abi, layout.stack + layout.threadSize - 1).slice(2)})`,
      lines: [die('kernel stack overflow (double-fault): 0000')],
    };
  }
  if (error instanceof KernelBug) {
    const at = `kernel BUG at ${error.source ?? names.where()}!`;
    const [title = at, ...lines] = error.lines.length > 0 ? [...error.lines, at] : [];
    return { title, lines: [...lines, die('invalid opcode: 0000')] };
  }
  throw error;
}
function protection(bits: bigint, die: (what: string) => string): FaultText {
  return {
    title: die(
      `general protection fault, probably for non-canonical address 0x${bits.toString(16).padStart(16, '0')}: 0000`,
    ).replace(' [#]', ' [#1]'),
    lines: [],
  };
}
