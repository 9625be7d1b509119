/**
 * A structure as C text with offsets. The kernel's recorded layouts have the members of anonymous unions in one list: here those that share
 * memory are put into unions again. Padding is left out.
 */
import type { Field, RecordType } from '../../types/ctype';
import { typeName } from '../../types/ctype';

/** Members that only fill a gap: `_compound_pad_1`, `__filler`, `_pad1_`. */
const isPadding = ({ name, type }: Field, builtin: boolean): boolean =>
  builtin &&
  ((name !== undefined && /^_.*(pad|filler|unused)/.test(name)) || ('tag' in type && type.tag === 'cacheline_padding'));

/** The members of a structure that code uses, in order of declaration, those of its anonymous members with them. */
export function usedFields(record: RecordType): readonly Field[] {
  return (record.fields ?? []).flatMap((f): readonly Field[] => {
    if (f.name === undefined) return f.type.kind === 'struct' || f.type.kind === 'union' ? usedFields(f.type) : [];
    return isPadding(f, record.builtin === true) ? [] : [f];
  });
}

/** A member, or members that lie together; places in bits. */
type Part = { readonly start: number; end: number } & (
  | { readonly kind: 'field'; readonly field: Field; readonly base: number; readonly hidden: boolean }
  | { readonly kind: 'union' | 'struct'; readonly parts: Part[] }
);

const MOST_LINES = 72;
/** `struct s { … };`, one member per line, its offset behind it. */
export function recordText(record: RecordType): string {
  const lines = linesOf(partsOf(record, 0), 1);
  const shown = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES - 1), { text: '    …' }] : lines;
  const width = Math.min(48, Math.max(...shown.map(({ text }) => text.length), 0));
  const members = shown.map(({ text, note }) => (note === undefined ? text : `${text.padEnd(width)} // ${note}`));
  const name = record.tag ?? '';
  return [`${record.kind}${name === '' ? '' : ` ${name}`} {`, ...members, '};'].join('\n');
}

function partsOf(record: RecordType, base: number): Part[] {
  const parts: Part[] = [];
  for (const field of record.fields ?? []) {
    if (field.name === undefined && (field.type.kind === 'struct' || field.type.kind === 'union')) {
      const inner = partsOf(field.type, base + field.offset);
      const start = (base + field.offset) * 8;
      parts.push({ kind: field.type.kind, parts: inner, start, end: start + field.type.size * 8 });
    } else {
      const start = (base + field.offset) * 8 + (field.bitOffset ?? 0);
      const hidden = isPadding(field, record.builtin === true);
      const part: Part = { kind: 'field', field, base, hidden, start, end: start + (field.bitWidth ?? bitsOf(field)) };
      if (record.kind === 'union') parts.push(part);
      else place(parts, part);
    }
  }
  return parts;
}
const bitsOf = ({ type }: Field): number =>
  'size' in type ? type.size * 8 : type.kind === 'array' ? arrayBits(type) : 8;
function arrayBits(type: Field['type']): number {
  if (type.kind === 'array') return (type.length ?? 0) * arrayBits(type.of);
  return 'size' in type ? type.size * 8 : 8;
}
/** Puts a member behind the others; where it goes back to memory that they have, they and it become a union. */
function place(parts: Part[], part: Part): void {
  const last = parts.at(-1);
  if (!last) {
    parts.push(part);
    return;
  }
  if (last.kind === 'union' && part.start < last.end) {
    const open = last.parts.at(-1);
    if (open?.kind === 'struct' && part.start >= open.end && part.start > last.start) {
      place(open.parts, part);
      open.end = Math.max(open.end, part.end);
    } else if (part.start === last.start) last.parts.push(alternative([part]));
    else if (open?.kind === 'struct') {
      place(open.parts, part);
      open.end = Math.max(open.end, part.end);
    }
    last.end = Math.max(last.end, part.end);
    return;
  }
  if (part.start >= last.end) {
    parts.push(part);
    return;
  }
  const from = parts.findIndex((p) => p.end > part.start);
  const shared = parts.splice(from);
  const start = shared[0]?.start ?? part.start;
  const end = Math.max(part.end, ...shared.map((p) => p.end));
  parts.push({ kind: 'union', parts: [alternative(shared), alternative([part])], start, end });
}
const alternative = (parts: Part[]): Part => ({
  kind: 'struct',
  parts,
  start: parts[0]?.start ?? 0,
  end: Math.max(...parts.map((p) => p.end)),
});

interface Line {
  readonly text: string;
  /** offset; undefined for a closing bracket */
  readonly note?: string;
}
const isShown = (part: Part): boolean => (part.kind === 'field' ? !part.hidden : part.parts.some(isShown));
function linesOf(all: readonly Part[], level: number): Line[] {
  const indent = '    '.repeat(level);
  return all.filter(isShown).flatMap((part): Line[] => {
    if (part.kind === 'field') {
      const { field } = part;
      const bits = field.bitWidth === undefined ? '' : ` : ${field.bitWidth}`;
      return [
        { text: `${indent}${typeName(field.type, field.name ?? '')}${bits};`, note: `${part.base + field.offset}` },
      ];
    }
    if (part.kind === 'struct' && part.parts.filter(isShown).length === 1) return linesOf(part.parts, level);
    return [
      { text: `${indent}${part.kind} {`, note: `${part.start >> 3}` },
      ...linesOf(part.parts, level + 1),
      { text: `${indent}};` },
    ];
  });
}
