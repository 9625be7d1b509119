/**
 * How compiled code with KASAN marks its frames: the locals that are in memory lie between redzones, and the frame's first words describe
 * them (mm/kasan/kasan.h, report_generic.c; the layout is gcc's: asan.c, cfgexpand.c, 6.1 and gcc 12).
 */
import type { AddressSpace } from '../../../memory/space';
import {
  KASAN_SHADOW_SCALE_SIZE,
  KASAN_STACK_LEFT,
  KASAN_STACK_MID,
  KASAN_STACK_RIGHT,
  type KasanShadow,
} from './shadow';

/** the frame's first word, on which its description is recognised */
export const KASAN_CURRENT_STACK_FRAME_MAGIC = 0x41b58ab3;
/** words at the start of a frame: the magic number, the address of the description, that of the function */
export const FRAME_WORDS = { magic: 0, description: 8, pc: 16 } as const;
/** ASAN_RED_ZONE_SIZE: bytes in front of the first local, and what frames are aligned to */
export const RED_ZONE = 32;
const MIN_ALIGN = 16;

/** A local that is in memory. */
interface FrameObject {
  readonly name: string;
  readonly size: number;
  readonly align: number;
}
export interface FrameRedzones {
  /** bytes of the part of a frame that holds the locals */
  readonly bytes: number;
  readonly align: number;
  /** offset of each local in it, in the order given */
  readonly offsets: readonly number[];
  /** its shadow while the function runs */
  readonly shadow: Uint8Array;
  /** `2 32 4 1 n 48 10 3 buf`: how many, then offset, size, length of the name, and the name of each */
  readonly description: string;
}

/** asan_var_and_redzone_size: bytes of a local with the redzone behind it, before it is aligned. */
function withRedzone(size: number): number {
  if (size <= 4) return 16;
  if (size <= 16) return 32;
  if (size <= 128) return size + 32;
  if (size <= 512) return size + 64;
  return size <= 4096 ? size + 128 : size + 256;
}
/** asan_padding_size: bytes behind a global. */
export const globalRedzone = (size: number): number => RED_ZONE + ((RED_ZONE - (size % RED_ZONE)) % RED_ZONE);

/** Places the locals of a function: from the top down, the largest first, and of equal ones the one declared last. */
export function frameRedzones(objects: readonly FrameObject[]): FrameRedzones {
  const order = objects.map((_, i) => i);
  const of = (i: number) => objects[i] as FrameObject;
  order.sort((a, b) => of(b).size - of(a).size || b - a);
  const down = (at: number, align: number) => Math.floor(at / align) * align;
  // distances from the top, negative
  const below: number[] = [];
  let align = RED_ZONE;
  let at = 0;
  for (const i of order) {
    const own = Math.max(of(i).align, MIN_ALIGN);
    align = Math.max(align, own);
    at = down(at - Math.max(withRedzone(of(i).size), at === 0 ? RED_ZONE : 0), own);
    below[i] = at;
  }
  const bytes = -down(at - RED_ZONE, align);
  const offsets = below.map((distance) => bytes + distance);
  const listed = [...order].reverse();
  const entries = listed.map((i) => `${offsets[i]} ${of(i).size} ${of(i).name.length} ${of(i).name}`);
  return {
    bytes,
    align,
    offsets,
    shadow: shadowOf(
      bytes,
      listed.map((i) => [offsets[i] as number, of(i).size]),
    ),
    description: [objects.length, ...entries].join(' '),
  };
}
function shadowOf(bytes: number, objects: readonly (readonly [offset: number, size: number])[]): Uint8Array {
  const shadow = new Uint8Array(bytes / KASAN_SHADOW_SCALE_SIZE).fill(KASAN_STACK_MID);
  const [first, last] = [objects[0]?.[0] ?? 0, objects.at(-1) ?? [0, 0]];
  shadow.fill(KASAN_STACK_LEFT, 0, first / KASAN_SHADOW_SCALE_SIZE);
  shadow.fill(KASAN_STACK_RIGHT, Math.ceil((last[0] + last[1]) / KASAN_SHADOW_SCALE_SIZE));
  for (const [offset, size] of objects) {
    const granule = offset / KASAN_SHADOW_SCALE_SIZE;
    const whole = Math.floor(size / KASAN_SHADOW_SCALE_SIZE);
    shadow.fill(0, granule, granule + whole);
    const rest = size % KASAN_SHADOW_SCALE_SIZE;
    if (rest !== 0) shadow[granule + whole] = rest;
  }
  return shadow;
}

interface DescribedFrame {
  /** distance of the address from the start of the frame */
  readonly offset: number;
  readonly pc: number;
  readonly objects: readonly { readonly name: string; readonly start: number; readonly end: number }[];
}
/** get_address_stack_frame_info: the frame that an address on the stack lies in, found by its left redzone; undefined without one. */
export function describedFrame(
  space: AddressSpace,
  shadow: KasanShadow,
  address: number,
  stackStart: number,
): DescribedFrame | undefined {
  let at = Math.floor(address / KASAN_SHADOW_SCALE_SIZE) * KASAN_SHADOW_SCALE_SIZE;
  while (at >= stackStart && shadow.byteOf(at) !== KASAN_STACK_LEFT) at -= KASAN_SHADOW_SCALE_SIZE;
  while (at >= stackStart && shadow.byteOf(at) === KASAN_STACK_LEFT) at -= KASAN_SHADOW_SCALE_SIZE;
  const frame = at + KASAN_SHADOW_SCALE_SIZE;
  if (frame <= stackStart || space.readS64Number(frame + FRAME_WORDS.magic) !== KASAN_CURRENT_STACK_FRAME_MAGIC)
    return undefined;
  const text = stringAt(space, space.readS64Number(frame + FRAME_WORDS.description));
  const [count = '0', ...tokens] = text.split(' ');
  const objects = Array.from({ length: Math.min(Number(count), Math.floor(tokens.length / 4)) }, (_, i) => {
    const [start = '0', size = '0', , name = ''] = tokens.slice(4 * i, 4 * i + 4);
    return { name: name.replace(/:\d+$/, ''), start: Number(start), end: Number(start) + Number(size) };
  });
  return { offset: address - frame, pc: space.readS64Number(frame + FRAME_WORDS.pc), objects };
}
/** A string in memory; what is not mapped ends it. */
function stringAt(space: AddressSpace, address: number): string {
  let text = '';
  for (let at = address; space.translate(at) >= 0 && text.length < 65536; at++) {
    const c = space.read8(at);
    if (c === 0) break;
    text += String.fromCharCode(c);
  }
  return text;
}
