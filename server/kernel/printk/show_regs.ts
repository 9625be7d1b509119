/**
 * The registers as a report prints them (arch/x86/kernel/process_64.c, process_32.c: __show_regs; dumpstack.c: show_ip, show_opcodes, 6.1).
 * No machine code runs here: instruction and stack pointer, the interrupt flag and CR2 are the emulated machine's, general-purpose
 * registers print as 0, and there are no opcodes.
 */
import { formatAddress } from '../../types/address';
import type { Abi } from '../../types/ctype';

export interface Registers {
  /** the instruction: `rx_fill+0x14/0x80 [nic_rx]` */
  readonly symbol: string;
  /** its address */
  readonly ip: number;
  readonly sp: number;
  readonly irqsOff: boolean;
  /** address of the last page fault */
  readonly cr2: number;
  /** the per-CPU area of the running CPU */
  readonly gs: number;
}

const X86_EFLAGS_FIXED = 0x2;
const X86_EFLAGS_IF = 0x200;
/** bytes before the instruction that show_opcodes begins with */
const PROLOGUE_BYTES = 42;
const CR0 = 0x80050033;
const CR4 = 0x6f0;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

export function showRegs(abi: Abi, regs: Registers): string[] {
  const bare = (address: number): string => formatAddress(abi, address).slice(2);
  const flags = hex(X86_EFLAGS_FIXED | (regs.irqsOff ? 0 : X86_EFLAGS_IF), 8);
  const code = `Code: Unable to access opcode bytes at 0x${bare(regs.ip - PROLOGUE_BYTES)}.`;
  if (abi.wordSize === 4) {
    const row = (names: readonly string[]): string => names.map((name) => `${name}: ${hex(0, 8)}`).join(' ');
    return [
      `EIP: ${regs.symbol}`,
      code,
      row(['EAX', 'EBX', 'ECX', 'EDX']),
      `${row(['ESI', 'EDI', 'EBP'])} ESP: ${bare(regs.sp)}`,
      `DS: 007b ES: 007b FS: 00d8 GS: 0033 SS: 0068 EFLAGS: ${flags}`,
      `CR0: ${hex(CR0, 8)} CR2: ${bare(regs.cr2)} CR3: ${hex(0, 8)} CR4: ${hex(CR4, 8)}`,
    ];
  }
  const row = (names: readonly string[]): string => names.map((name) => `${name}: ${hex(0, 16)}`).join(' ');
  return [
    `RIP: 0010:${regs.symbol}`,
    code,
    `RSP: 0018:${bare(regs.sp)} EFLAGS: ${flags}`,
    row(['RAX', 'RBX', 'RCX']),
    row(['RDX', 'RSI', 'RDI']),
    row(['RBP', 'R08', 'R09']),
    row(['R10', 'R11', 'R12']),
    row(['R13', 'R14', 'R15']),
    `FS:  ${hex(0, 16)}(0000) GS:${bare(regs.gs)}(0000) knlGS:${hex(0, 16)}`,
    `CS:  0010 DS: 0000 ES: 0000 CR0: ${hex(CR0, 16)}`,
    `CR2: ${bare(regs.cr2)} CR3: ${hex(0, 16)} CR4: ${hex(CR4, 16)}`,
  ];
}
