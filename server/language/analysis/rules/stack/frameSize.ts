/** Bytes of kernel stack that a body's frame needs, as an estimate of what gcc makes of it. */
import { constantTable } from '../../../../profiles/constantTable';
import { alignOf, sizeOf } from '../../../../types/ctype';
import type { ContextSym, FunctionSym, Program } from '../../../check/context/program';

/** words that a call pushes and a prologue saves: return address, frame pointer, two registers */
const SAVED_WORDS = 4;

/** The locals, aligned, and what every frame has. Locals of blocks that never live at once are counted all, as gcc does without optimisation. */
export function frameSize({ abi }: Program, sym: FunctionSym | ContextSym): number {
  let bytes = SAVED_WORDS * abi.wordSize;
  for (const { type, align = 0 } of sym.locals) {
    const to = Math.max(alignOf(type), align);
    bytes = Math.ceil(bytes / to) * to + (sizeOf(type) ?? 0);
  }
  return Math.ceil(bytes / abi.wordSize) * abi.wordSize;
}
/** Bytes of a kernel stack as production kernels have it: KASAN makes it larger for its red zones. */
export function stackSize({ profile, machine }: Program): number | undefined {
  const { KASAN: _, ...config } = machine.config;
  const size = constantTable(profile, { ...machine, config }).get('THREAD_SIZE');
  return size && Number(size.value);
}
