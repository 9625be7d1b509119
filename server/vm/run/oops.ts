/**
 * What the kernel says when its code goes wrong: page faults, protection faults, divide errors, BUG, stack overflows, panics
 * (arch/x86/mm/fault.c, arch/x86/kernel/traps.c, dumpstack.c, kernel/panic.c, 6.1). The task dies; in an interrupt, everything does.
 */

import {
  BadCallError,
  DivideError,
  GeneralProtectionError,
  PanicError,
  StackOverflowError,
} from '../../kernel/arch/faults';
import { KernelBug } from '../../kernel/lib/bug';
import { HARDIRQ_MASK, NMI_MASK, SOFTIRQ_OFFSET, STATUS_PANIC } from '../../kernel/sched/core';
import { KIND_IDLE } from '../../kernel/sched/task';
import { WriteInThePast } from '../../memory/journal';
import { BusError } from '../../memory/memory';
import { PageFaultError } from '../../memory/space';
import { formatAddress, formatBits } from '../../types/address';
import { PAGE_SIZE } from '../../types/pageSize';
import type { Machine } from '../machine/machine';
import type { Processor } from './exec';

const NON_CANONICAL = 0x800000000000;

interface FaultText {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Reports an exception that an instruction raised, and ends what it ran in. Nothing but a write in the past leaves a step as an exception. */
export function handleFault(error: unknown, machine: Machine, processor: Processor): void {
  const { core, reports, tasks, kernel } = machine;
  kernel.trace.unwind();
  machine.softirqsAllowed = false;
  if (error instanceof PanicError) {
    processor.save();
    panic(machine, error.message);
    return;
  }
  if (error instanceof WriteInThePast) throw error;
  const words = describe(error, machine) ?? unexpected(error);
  processor.save();
  const n = core.getGlobal('kmem_oopses') + 1;
  core.setGlobal('kmem_oopses', n);
  const interrupt = (core.preemptCount & (HARDIRQ_MASK | NMI_MASK | SOFTIRQ_OFFSET)) !== 0;
  reports.log.report({
    kind: error instanceof KernelBug ? 'BUG' : 'oops',
    title: words.title,
    lines: [
      ...words.lines.map((l) => l.replace('[#]', `[#${n}]`)),
      reports.cpuLine(),
      `${core.wordSize === 8 ? 'RIP: 0010:' : 'EIP: '}${reports.names.symbolize(reports.names.pc())}`,
      ...reports.stacks.backtrace(),
    ],
  });
  if (interrupt) {
    panic(machine, 'Fatal exception in interrupt');
    return;
  }
  if (core.getGlobal('panic_on_oops') !== 0) {
    panic(machine, 'Fatal exception');
    return;
  }
  if (tasks.kind(core.current) === KIND_IDLE) {
    panic(machine, 'Attempted to kill the idle task!');
    return;
  }
  if (core.preemptCount !== 0)
    reports.log.print(
      `note: ${tasks.comm(core.current)}[${tasks.pid(core.current)}] exited with preempt_count ${core.preemptCount}`,
      6,
    );
  if (core.irqsOff)
    reports.log.print(`note: ${tasks.comm(core.current)}[${tasks.pid(core.current)}] exited with irqs disabled`, 6);
  processor.kill(9);
}

/** panic() */
export function panic(machine: Machine, text: string): void {
  const { core, reports } = machine;
  core.setGlobal('kmem_status', STATUS_PANIC);
  reports.log.report({
    kind: 'panic',
    title: `Kernel panic - not syncing: ${text}`,
    lines: [reports.cpuLine(), ...reports.stacks.backtrace(), `---[ end Kernel panic - not syncing: ${text} ]---`],
  });
}

function describe(error: unknown, machine: Machine): FaultText | undefined {
  const { core, reports, tasks } = machine;
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
    const place = tasks.place(core.current);
    return {
      title: `BUG: TASK stack guard page was hit at ${formatAddress(abi, error.address).slice(2)} (stack is ${formatAddress(abi, place.stack).slice(2)}..${formatAddress(abi, place.stack + place.threadSize - 1).slice(2)})`,
      lines: [die('kernel stack overflow (double-fault): 0000')],
    };
  }
  if (error instanceof KernelBug) {
    const at = `kernel BUG at ${error.source ?? reports.names.where()}!`;
    const [title = at, ...lines] = error.lines.length > 0 ? [...error.lines, at] : [];
    return { title, lines: [...lines, die('invalid opcode: 0000')] };
  }
  return undefined;
}
/** What the emulator's own code does not take: the scenario has handed it something that no structure of the kernel's is. */
function unexpected(error: unknown): FaultText {
  return {
    title: `BUG: ${error instanceof Error ? error.message : String(error)}`,
    lines: [
      'the emulated kernel found something that it can not go on with; the real one would go on with whatever lies there',
    ],
  };
}
function protection(bits: bigint, die: (what: string) => string): FaultText {
  return {
    title: die(
      `general protection fault, probably for non-canonical address 0x${bits.toString(16).padStart(16, '0')}: 0000`,
    ).replace(' [#]', ' [#1]'),
    lines: [],
  };
}
