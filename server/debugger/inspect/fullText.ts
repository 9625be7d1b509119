/** A value in full, for the clipboard: every member and element, in the form of C initialisers; each reads as it does in the tree. */
import type { CType } from '../../types/ctype';
import type { Origin } from '../target/target';
import { type Format, formatLocation } from './values';
import { byteSize, elementLocation, type TypedLocation, unwrapCounter, type View } from './view';

/** Characters after which the rest is left out. */
const MOST = 1 << 18;

export function fullText(view: View, location: TypedLocation, format: Format, origin: Origin = {}): string {
  const text = new Text();
  write(view, location, format, origin, text);
  return text.full ? `${text.parts.join('')}… (cut off after ${MOST} characters)` : text.parts.join('');
}
class Text {
  readonly parts: string[] = [];
  private length = 0;
  get full(): boolean {
    return this.length >= MOST;
  }
  add(part: string): void {
    this.parts.push(part);
    this.length += part.length;
  }
}
function write(view: View, location: TypedLocation, format: Format, origin: Origin, text: Text): void {
  const { type, address } = location;
  const whole = unwrapCounter(location) !== location || (type.kind === 'array' && isText(type.of));
  if (whole || !view.mapped(address, Math.max(1, Math.min(byteSize(type), 1 << 16)))) {
    text.add(formatLocation(view, location, format, origin));
  } else if (type.kind === 'array') {
    list(text, type.length ?? 0, (i) => {
      const element = elementLocation(location, i);
      if (element) write(view, element, format, origin, text);
    });
  } else if ((type.kind === 'struct' || type.kind === 'union') && type.fields) {
    const fields = type.fields.filter((f) => byteSize(f.type) > 0);
    list(text, fields.length, (i) => {
      const field = fields[i];
      if (!field) return;
      if (field.name !== undefined) text.add(`${field.name} = `);
      const bits = field.bitWidth === undefined ? {} : { bitOffset: field.bitOffset ?? 0, bitWidth: field.bitWidth };
      const inner = { type: field.type, address: address + field.offset, ...bits };
      // the members of an anonymous member are those of the structure around it
      const record = type.tag ?? type.typedef ?? origin.record;
      write(view, inner, format, { record, field: field.name }, text);
    });
  } else text.add(formatLocation(view, location, format, origin));
}
function list(text: Text, length: number, item: (index: number) => void): void {
  text.add('{');
  for (let i = 0; i < length && !text.full; i++) {
    if (i > 0) text.add(', ');
    item(i);
  }
  text.add('}');
}
const isText = (of: CType): boolean => of.kind === 'int' && of.size === 1 && /char/.test(of.name);
