/**
 * The registers as a report prints them (arch/x86/kernel/process_64.c, process_32.c: __show_regs; dumpstack.c: show_ip, show_opcodes, 6.1).
 * No machine code runs here: instruction and stack pointer, the interrupt flag, CR2 and CR3 are the emulated machine's, general-purpose
 * registers print as 0, and there are no opcodes.
 */
import { formatAddress } from '../../types/address';
import type { Abi } from '../../types/ctype';

/** The registers of interrupted code, as they stand on the stack. */
interface StackRegisters {
  /** the instruction: `rx_fill+0x14/0x80 [nic_rx]` */
  readonly symbol: string;
  /** its address */
  readonly ip: number;
  readonly sp: number;
  readonly irqsOff: boolean;
}
export interface Registers extends StackRegisters {
  /** address of the last page fault */
  readonly cr2: number;
  /** physical address of the page tables in use */
  readonly cr3: number;
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

const row = (digits: number, names: readonly string[]): string =>
  names.map((name) => `${name}: ${hex(0, digits)}`).join(' ');

/** __show_regs with SHOW_REGS_SHORT */
export function stackRegs(abi: Abi, { symbol, ip, sp, irqsOff }: StackRegisters): string[] {
  const bare = (address: number): string => formatAddress(abi, address).slice(2);
  const flags = hex(X86_EFLAGS_FIXED | (irqsOff ? 0 : X86_EFLAGS_IF), 8);
  const code = `Code: Unable to access opcode bytes at 0x${bare(ip - PROLOGUE_BYTES)}.`;
  if (abi.wordSize === 4)
    return [
      `EIP: ${symbol}`,
      code,
      row(8, ['EAX', 'EBX', 'ECX', 'EDX']),
      `${row(8, ['ESI', 'EDI', 'EBP'])} ESP: ${bare(sp)}`,
      `DS: 007b ES: 007b FS: 00d8 GS: 0033 SS: 0068 EFLAGS: ${flags}`,
    ];
  return [
    `RIP: 0010:${symbol}`,
    code,
    `RSP: 0018:${bare(sp)} EFLAGS: ${flags}`,
    row(16, ['RAX', 'RBX', 'RCX']),
    row(16, ['RDX', 'RSI', 'RDI']),
    row(16, ['RBP', 'R08', 'R09']),
    row(16, ['R10', 'R11', 'R12']),
    row(16, ['R13', 'R14', 'R15']),
  ];
}
/** __show_regs with SHOW_REGS_ALL */
export function showRegs(abi: Abi, regs: Registers): string[] {
  const bare = (address: number): string => formatAddress(abi, address).slice(2);
  const control =
    abi.wordSize === 4
      ? [`CR0: ${hex(CR0, 8)} CR2: ${bare(regs.cr2)} CR3: ${hex(regs.cr3, 8)} CR4: ${hex(CR4, 8)}`]
      : [
          `FS:  ${hex(0, 16)}(0000) GS:${bare(regs.gs)}(0000) knlGS:${hex(0, 16)}`,
          `CS:  0010 DS: 0000 ES: 0000 CR0: ${hex(CR0, 16)}`,
          `CR2: ${bare(regs.cr2)} CR3: ${hex(regs.cr3, 16)} CR4: ${hex(CR4, 16)}`,
        ];
  return [...stackRegs(abi, regs), ...control];
}
