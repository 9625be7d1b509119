/**
 * Reads a C type written as text: `unsigned long[4]`, `struct page *`, `void (*func)(struct work_struct *)`. For the struct layouts and the
 * catalogue of kernel variables, not for scenarios (the language has its own parser with ranges and errors).
 */
import type { Abi, AddressSpaceMark, CType, RecordType } from './ctype';
import { arrayOf, basicTypes, pointerTo } from './ctype';

/** Looks up names while a type is read. */
export interface TypeNames {
  record(kind: 'struct' | 'union', tag: string): RecordType;
  enumeration(tag: string): CType;
  typedef(name: string): CType | undefined;
}

type Qualifiers = { readonly const?: boolean; readonly volatile?: boolean; readonly typedef?: string };

/**
 * `type` with qualifiers or a typedef name. A record's copy follows its original, so that one made of an incomplete record is
 * complete when that is.
 */
export function qualify(type: CType, extra: Qualifiers): CType {
  if (!extra.const && !extra.volatile && extra.typedef === undefined) return type;
  if (type.kind !== 'struct' && type.kind !== 'union') return { ...type, ...extra };
  const { kind, tag } = type;
  const copy = { kind, tag, const: type.const, volatile: type.volatile, typedef: type.typedef, ...extra };
  const follow = (key: 'size' | 'align' | 'fields' | 'builtin') => ({ enumerable: true, get: () => type[key] });
  Object.defineProperties(copy, {
    size: follow('size'),
    align: follow('align'),
    fields: follow('fields'),
    builtin: follow('builtin'),
  });
  return copy as RecordType;
}

const MARKS: readonly string[] = ['__user', '__iomem', '__percpu', '__rcu'];
const BASIC_WORDS = new Set(['void', '_Bool', 'bool', 'char', 'short', 'int', 'long', 'signed', 'unsigned']);

/** One declaration or type name; `name` is empty where the text has none. @throws Error for an unknown name or text that is not a type */
export function readDeclaration(text: string, abi: Abi, names: TypeNames): { type: CType; name: string } {
  return new TypeReader(text, abi, names).whole();
}

class TypeReader {
  private readonly tokens: string[];
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly abi: Abi,
    private readonly names: TypeNames,
  ) {
    this.tokens = text.match(/[A-Za-z_]\w*|\d+|\.\.\.|\S/g) ?? [];
  }

  whole(): { type: CType; name: string } {
    const result = this.declaration();
    if (this.at < this.tokens.length) this.fail();
    return result;
  }

  private fail(): never {
    throw new Error(`"${this.text}" is not a C type: unexpected ${this.tokens[this.at] ?? 'end'}`);
  }
  private peek(token: string): boolean {
    return this.tokens[this.at] === token;
  }
  private take(token: string): boolean {
    if (!this.peek(token)) return false;
    this.at++;
    return true;
  }
  private word(): string {
    const token = this.tokens[this.at];
    if (token === undefined || !/^\w/.test(token)) this.fail();
    this.at++;
    return token;
  }

  private declaration(): { type: CType; name: string } {
    let name = '';
    const base = this.base();
    const type = this.declarator(base, (n) => {
      name = n;
    });
    return { type, name };
  }

  /** qualifiers and type words */
  private base(): CType {
    const q = { const: false, volatile: false };
    const basic: string[] = [];
    let type: CType | undefined;
    for (;;) {
      const token = this.tokens[this.at];
      if (token === 'const' || token === 'volatile') {
        q[token] = true;
        this.at++;
      } else if (token !== undefined && BASIC_WORDS.has(token) && !type) {
        basic.push(this.word());
      } else if ((token === 'struct' || token === 'union') && !type && basic.length === 0) {
        this.at++;
        type = this.names.record(token, this.word());
      } else if (token === 'enum' && !type && basic.length === 0) {
        this.at++;
        type = this.names.enumeration(this.word());
      } else if (
        token !== undefined &&
        /^[A-Za-z_]/.test(token) &&
        !MARKS.includes(token) &&
        !type &&
        basic.length === 0
      ) {
        type = this.names.typedef(token);
        if (!type) this.fail();
        this.at++;
      } else {
        break;
      }
    }
    type ??= this.basic(basic);
    return qualify(type, { ...(q.const ? { const: true } : {}), ...(q.volatile ? { volatile: true } : {}) });
  }

  private basic(words: readonly string[]): CType {
    const t = basicTypes(this.abi);
    const longs = words.filter((w) => w === 'long').length;
    const has = (w: string) => words.includes(w);
    const unsigned = has('unsigned');
    if (has('void')) return t.void;
    if (has('bool') || has('_Bool')) return t.bool;
    if (has('char')) return unsigned ? t.uchar : has('signed') ? t.schar : t.char;
    if (has('short')) return unsigned ? t.ushort : t.short;
    if (longs === 2) return unsigned ? t.ullong : t.llong;
    if (longs === 1) return unsigned ? t.ulong : t.long;
    if (words.length === 0) this.fail();
    return unsigned ? t.uint : t.int;
  }

  private declarator(base: CType, named: (name: string) => void): CType {
    let type = base;
    let space: AddressSpaceMark | undefined;
    for (;;) {
      const token = this.tokens[this.at];
      if (token !== undefined && MARKS.includes(token)) {
        space = token as AddressSpaceMark;
        this.at++;
      } else if (this.take('*')) {
        type = pointerTo(type, this.abi, space);
        space = undefined;
      } else if (token === 'const' || token === 'volatile') {
        type = qualify(type, { [token]: true });
        this.at++;
      } else {
        break;
      }
    }
    if (this.peek('(') && (this.tokens[this.at + 1] === '*' || this.tokens[this.at + 1] === '(')) {
      const open = this.at++;
      // The declarator inside the parentheses applies to the type that the suffixes make: read the suffixes first, then come back.
      this.declarator(basicTypes(this.abi).void, () => {});
      if (!this.take(')')) this.fail();
      type = this.suffixes(type);
      const end = this.at;
      this.at = open + 1;
      type = this.declarator(type, named);
      this.at = end;
      return type;
    }
    const token = this.tokens[this.at];
    if (token !== undefined && /^[A-Za-z_]/.test(token)) named(this.word());
    return this.suffixes(type);
  }

  private suffixes(type: CType): CType {
    if (this.take('[')) {
      const length = this.peek(']') ? null : Number(this.word());
      if (!this.take(']')) this.fail();
      return arrayOf(this.suffixes(type), length);
    }
    if (this.take('(')) {
      const params: { name: string | undefined; type: CType }[] = [];
      let variadic = false;
      while (!this.take(')')) {
        if (this.take('...')) variadic = true;
        else {
          const param = this.declaration();
          if (param.type.kind !== 'void')
            params.push({ name: param.name === '' ? undefined : param.name, type: param.type });
        }
        if (!this.peek(')') && !this.take(',')) this.fail();
      }
      return { kind: 'function', returns: type, params, variadic };
    }
    return type;
  }
}
