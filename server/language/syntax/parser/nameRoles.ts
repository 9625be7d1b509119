/** What the spelling of a name alone says to the parser: found once per name of a text. */

import type { MacroNames } from '../macroNames';
import { KERN_LEVELS } from '../operators';

// bits
const KNOWN = 1;
/** `KERN_INFO` */
export const LEVEL = 2;
/** `L`, `u`, `U`: before a string of wide characters */
export const WIDE = 4;
/** a name that is defined as a string: `#define NAME "text"` */
export const STRING = 8;
/** a macro that is written without arguments */
export const OBJECT_MACRO = 16;
/** a macro that declares */
export const DECLARES = 32;
/** a macro that is the head of a loop */
export const LOOPS = 64;
/** a macro that stands for values of an initialiser and the comma after them */
export const WITH_COMMA = 128;

export class NameRoles {
  /** names that this file, or one that it includes, defines as strings */
  readonly strings = new Map<string, string>([['KBUILD_MODNAME', 'kmem']]);
  private readonly roles: Uint8Array;

  /** @param names of a text, by their index */
  constructor(
    private readonly names: readonly string[],
    private readonly macros: MacroNames,
  ) {
    this.roles = new Uint8Array(names.length);
  }
  /** Whether the name of this index has one of the roles; none has index −1. */
  has(index: number, roles: number): boolean {
    if (index < 0) return false;
    return ((this.roles[index] || this.find(index)) & roles) !== 0;
  }
  /** Gives a string a name from here on. */
  define(name: string, value: string): void {
    this.strings.set(name, value);
    this.roles.fill(0);
  }
  private find(index: number): number {
    const name = this.names[index] ?? '';
    const found =
      KNOWN |
      (KERN_LEVELS.has(name) ? LEVEL : 0) |
      (name === 'L' || name === 'u' || name === 'U' ? WIDE : 0) |
      (this.strings.has(name) ? STRING : 0) |
      (this.macros.isObject(name) ? OBJECT_MACRO : 0) |
      (this.macros.declares(name) ? DECLARES : 0) |
      (this.macros.loops(name) ? LOOPS : 0) |
      (this.macros.endsWithComma(name) ? WITH_COMMA : 0);
    this.roles[index] = found;
    return found;
  }
}
