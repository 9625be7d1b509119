/** Where parameters, locals and hidden results lie in a function's frame. */

import { type FrameRedzones, frameRedzones } from '../../kernel/mm/kasan/stack_frames';
import type { VarSym } from '../../language/check/context/program';
import { decay, isRecord } from '../../types/conversions';
import { type Abi, alignOf, type CType, sizeOf } from '../../types/ctype';
import { CompileError } from '../program/code';
import type { Lvalue } from '../values/access';

/** Bytes that a frame may have at most: more than any kernel stack, so that what is refused could only overflow it. */
const MOST_BYTES = 256 * 1024;

/** The alignment of a variable: its type's, or what it asks for beyond that. */
export const alignOfVariable = (sym: VarSym): number => Math.max(alignOf(sym.type), sym.align ?? 0);

export class FrameLayout {
  private bytes = 0;
  /** bytes that the frame's lowest address is a multiple of */
  frameAlign = 8;

  constructor(
    private readonly abi: Abi,
    /** offset of each parameter and local, filled as they are declared */
    private readonly slots: Map<VarSym, number>,
  ) {}
  /** Bytes of the whole frame, with the saved frame pointer and the return address at its top. */
  get frameSize(): number {
    return Math.ceil((this.bytes + 2 * this.abi.wordSize) / 8) * 8;
  }
  /** Reserves `size` bytes. Returns their offset. */
  reserve(size: number, align: number): number {
    const unit = Math.max(1, align);
    const at = Math.ceil(this.bytes / unit) * unit;
    this.bytes = at + size;
    this.frameAlign = Math.max(this.frameAlign, unit);
    return at;
  }
  /** @throws CompileError where the frame becomes larger than any stack */
  slotOf(sym: VarSym): Lvalue & { readonly kind: 'frame' } {
    let offset = this.slots.get(sym);
    if (offset === undefined) {
      offset = this.reserve(sizeOf(sym.type) ?? 0, Math.max(4, alignOfVariable(sym)));
      this.slots.set(sym, offset);
      this.checkSize(sym);
    }
    return { kind: 'frame', offset };
  }
  /** Places locals between redzones; returns where that part of the frame begins, and how it is marked. @throws CompileError */
  protect(locals: readonly VarSym[]): { readonly offset: number; readonly redzones: FrameRedzones } | undefined {
    const last = locals.at(-1);
    if (!last) return undefined;
    const redzones = frameRedzones(
      locals.map((sym) => ({ name: sym.name, size: sizeOf(sym.type) ?? 0, align: alignOfVariable(sym) })),
    );
    const offset = this.reserve(redzones.bytes, redzones.align);
    locals.forEach((sym, i) => {
      this.slots.set(sym, offset + (redzones.offsets[i] as number));
    });
    this.checkSize(last);
    return { offset, redzones };
  }
  private checkSize(sym: VarSym): void {
    if (this.bytes <= MOST_BYTES) return;
    throw new CompileError(
      'not-executable',
      `with '${sym.name}' the locals take ${this.bytes} bytes, and no kernel stack has that many: allocate it, or make it static`,
      sym.span,
    );
  }
  /** A hidden slot for a value of a type. */
  temporary(type: CType): Lvalue {
    const kept = isRecord(type) || type.kind === 'array' ? type : decay(type, this.abi);
    return { kind: 'frame', offset: this.reserve(Math.max(4, sizeOf(kept) ?? 4), Math.max(4, alignOf(kept))) };
  }
}
