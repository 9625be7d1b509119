/**
 * Random programs that are C and .kmem alike: structures with bit-fields, 64-bit, packed and aligned members, unions, initialisers with
 * designators, ranges in switches, labels as bodies, copies by value, pointers. None does what C leaves undefined (with `-fwrapv`).
 */
import { Random } from './random';

const SCALARS = ['s8', 'u8', 's16', 'u16', 'int', 'u32', 'long', 'unsigned long', 's64', 'u64'] as const;
const WIDTH: Readonly<Record<string, number>> = {
  s8: 8,
  u8: 8,
  s16: 16,
  u16: 16,
  int: 32,
  u32: 32,
  long: 32,
  'unsigned long': 32,
  s64: 64,
  u64: 64,
  bool: 1,
};

/** A member of a structure that is not one itself. */
interface Leaf {
  readonly path: string;
  readonly type: string;
  readonly isBits: boolean;
}
interface Member {
  readonly name: string;
  /** undefined for a structure */
  readonly type?: string;
  readonly record?: Struct;
  readonly length?: number;
  readonly isBits?: boolean;
}
interface Struct {
  readonly tag: string;
  readonly isUnion: boolean;
  readonly members: readonly Member[];
  readonly hasBool: boolean;
}

/** What stands in a structure's braces. */
interface Body {
  readonly members: Member[];
  text: string;
  hasBool: boolean;
}

/** The leaves of an object. */
function leaves(path: string, struct: Struct): Leaf[] {
  return struct.members.flatMap(({ name, type, record, length, isBits }) => {
    const at = name === '' ? path : `${path}.${name}`;
    const places = length === undefined ? [at] : Array.from({ length }, (_, i) => `${at}[${i}]`);
    return places.flatMap((place): Leaf[] =>
      record ? leaves(place, record) : [{ path: place, type: type ?? 'int', isBits: isBits === true }],
    );
  });
}

class Generator {
  private readonly structs: Struct[] = [];
  private readonly out: string[] = [];
  private globals: { name: string; struct: Struct }[] = [];
  private readonly functions: { name: string; struct: Struct; result: Struct | undefined }[] = [];
  /** what expressions may read: scalars and leaves */
  private readable: string[] = [];
  private writable: string[] = [];
  private places: Leaf[] = [];
  private labels = 0;
  private loops = 0;

  constructor(
    private readonly random: Random,
    private readonly prefix: string,
  ) {}

  program(): string {
    const { random, prefix, out } = this;
    for (let n = 2 + random.to(3); n > 0; n--) this.struct();
    this.globals = this.structs.map((struct, i) => ({ name: `${prefix}_g${i}`, struct }));
    for (const { name, struct } of this.globals)
      out.push(`static ${this.named(struct)} ${name} = ${this.initialiser(struct)};`);
    const element = random.pick(SCALARS);
    out.push(`static ${element} ${prefix}_a[6] = ${this.arrayInitialiser(6)};`);
    for (let n = random.to(3); n > 0; n--) this.function();
    this.begin();
    out.push(`static void ${prefix}(void)\n{`);
    this.locals();
    for (let n = 5 + random.to(8); n > 0; n--) out.push(this.statement(2));
    for (const { name, struct } of this.globals) {
      out.push(`emit(sizeof(${name}));`, `hash(&${name}, sizeof(${name}));`);
      for (const m of struct.members)
        if (!m.isBits && m.name !== '' && random.once(2)) out.push(`emit(offsetof(${this.named(struct)}, ${m.name}));`);
    }
    for (const name of this.readable) out.push(`emit(${name});`);
    out.push('}');
    return out.join('\n');
  }

  // ---------------------------------------------------------------- types
  private named = (struct: Struct): string => `${struct.isUnion ? 'union' : 'struct'} ${struct.tag}`;
  private struct(): void {
    const { random } = this;
    const isUnion = random.once(4);
    const tag = `${this.prefix}_s${this.structs.length}`;
    const { members, text, hasBool } = this.members(isUnion, 0, '');
    const marks = [
      random.once(4) ? ' __packed' : '',
      random.once(6) ? ` __aligned(${1 << (1 + random.to(4))})` : '',
    ].join('');
    this.out.push(`${isUnion ? 'union' : 'struct'} ${tag} {\n${text}}${marks};`);
    this.structs.push({ tag, isUnion, members, hasBool });
  }
  private members(isUnion: boolean, depth: number, within: string): Body {
    const body: Body = { members: [], text: '', hasBool: false };
    for (let i = 0, n = 1 + this.random.to(5); i < n; i++) this.member(body, isUnion, depth, `${within}m${i}`);
    return body;
  }
  private member(body: Body, isUnion: boolean, depth: number, name: string): void {
    const { random } = this;
    const kind = random.to(10);
    const type = random.pick(SCALARS);
    const align = random.once(9) ? ` __aligned(${1 << random.to(5)})` : random.once(12) ? ' __packed' : '';
    const nested = this.structs.filter((s) => !isUnion || !s.hasBool);
    if (kind < 4) this.bits(body, isUnion, name, type);
    else if (kind === 4) {
      const length = 1 + random.to(3);
      body.text += `\t${type} ${name}[${length}]${align};\n`;
      body.members.push({ name, type, length });
    } else if (kind === 5 && nested.length > 0) {
      const record = random.pick(nested);
      const length = random.once(3) ? 2 : undefined;
      body.hasBool ||= record.hasBool;
      body.text += `\t${this.named(record)} ${name}${length ? '[2]' : ''};\n`;
      body.members.push({ name, record, ...(length ? { length } : {}) });
    } else if (kind === 6 && depth === 0) {
      const { members, text } = this.members(true, 1, `${name}_`);
      body.text += `\tunion {\n${text}\t};\n`;
      body.members.push({ name: '', record: { tag: '', isUnion: true, members, hasBool: false } });
    } else if (kind === 7 && depth === 0 && !isUnion) {
      body.hasBool = true;
      body.text += `\tbool ${name};\n`;
      body.members.push({ name, type: 'bool' });
    } else {
      body.text += `\t${type} ${name}${align};\n`;
      body.members.push({ name, type });
    }
  }
  private bits(body: Body, isUnion: boolean, name: string, type: string): void {
    const { random } = this;
    const width = WIDTH[type] ?? 32;
    body.text += `\t${type} ${name} : ${random.once(4) ? width : 1 + random.to(width)};\n`;
    body.members.push({ name, type, isBits: true });
    if (random.once(10) && !isUnion) body.text += `\t${type} : ${random.once(2) ? 0 : 1 + random.to(width)};\n`;
  }

  // ---------------------------------------------------------------- initialisers
  private constant(): string {
    const { random } = this;
    const small = random.to(300) - 20;
    switch (random.to(6)) {
      case 0:
        return random.pick([
          '0x7fffffff',
          '0x80000000',
          '0xffffffffU',
          '-1',
          '0x123456789abcdefLL',
          '0xfedcba9876543210ULL',
          '(-0x7fffffff - 1)',
        ]);
      case 1:
        return `${Math.abs(small)}${random.pick(['U', 'L', 'UL', 'LL', 'ULL'])}`;
      default:
        return `${small}`;
    }
  }
  /** In braces, of some members: in order, by name, and in order after a name. */
  private initialiser(struct: Struct): string {
    const { random } = this;
    const items: string[] = [];
    const { members, isUnion } = struct;
    let at = 0;
    for (let n = random.to(members.length + 2); n > 0 && at < members.length; n--) {
      const jump = random.once(3);
      if (jump) at = random.to(members.length);
      const member = members[at] as Member;
      if (member.name === '') {
        if (jump) break;
        items.push(this.initialiser(member.record as Struct));
      } else items.push(`${jump ? `.${member.name} = ` : ''}${this.memberValue(member)}`);
      if (isUnion) break;
      at++;
    }
    return items.length === 0 ? '{ }' : `{ ${items.join(', ')} }`;
  }
  private memberValue({ record, length }: Member): string {
    if (length !== undefined) return record ? `{ ${this.initialiser(record)} }` : this.arrayInitialiser(length);
    return record ? this.initialiser(record) : this.constant();
  }
  private arrayInitialiser(length: number): string {
    const { random } = this;
    const items: string[] = [];
    let at = 0;
    for (let n = 1 + random.to(length); n > 0 && at < length; n--) {
      if (random.once(3)) {
        at = random.to(length);
        const last = at + random.to(length - at);
        items.push(last > at ? `[${at} ... ${last}] = ${this.constant()}` : `[${at}] = ${this.constant()}`);
        at = last + 1;
      } else {
        items.push(this.constant());
        at++;
      }
    }
    return `{ ${items.join(', ')} }`;
  }

  // ---------------------------------------------------------------- functions
  private begin(): void {
    this.places = this.globals.flatMap(({ name, struct }) => leaves(name, struct));
    this.readable = [];
    this.writable = [];
  }
  private function(): void {
    const { random, out } = this;
    this.begin();
    const struct = random.pick(this.structs);
    const result = random.once(3) ? struct : undefined;
    const name = `${this.prefix}_f${this.functions.length}`;
    out.push(
      `static ${result ? this.named(result) : random.pick(SCALARS)} ${name}(${this.named(struct)} s, ${random.pick(SCALARS)} x, ${random.pick(SCALARS)} y)\n{`,
    );
    this.places.push(...leaves('s', struct));
    this.readable.push('x', 'y');
    this.writable.push('x', 'y');
    for (let n = 1 + random.to(3); n > 0; n--) out.push(this.statement(1));
    out.push(`return ${result ? 's' : this.expr(2)};\n}`);
    this.functions.push({ name, struct, result });
  }
  private locals(): void {
    const { random, out } = this;
    for (let i = 0; i < 4; i++) {
      out.push(`${random.pick([...SCALARS, 'bool'])} v${i} = ${this.expr(1)};`);
      this.readable.push(`v${i}`);
      this.writable.push(`v${i}`);
    }
    for (const [i, { name, struct }] of this.globals.entries()) {
      if (random.once(3)) continue;
      // a copy: bytes that an initialiser of a local leaves open are those of the global
      out.push(`${this.named(struct)} l${i} = ${name};`);
      this.places.push(...leaves(`l${i}`, struct));
    }
    for (const { name, struct, result } of this.functions) {
      const from = this.globals.find((g) => g.struct === struct)?.name ?? '';
      const call = `${name}(${from}, ${this.expr(1)}, ${this.expr(1)})`;
      if (!result) out.push(`emit(${call});`);
      else {
        out.push(`${this.named(result)} r_${name} = ${call};`);
        this.places.push(...leaves(`r_${name}`, result));
      }
    }
  }

  // ---------------------------------------------------------------- statements
  private place(): string {
    const { random, places, writable } = this;
    if (writable.length > 0 && random.once(3)) return random.pick(writable);
    if (random.once(6)) return `${this.prefix}_a[(${this.expr(0)} & 3) + ${random.to(3)}]`;
    return places.length > 0 ? random.pick(places).path : `${this.prefix}_a[0]`;
  }
  private assignment(): string {
    const { random } = this;
    const op = random.pick(['=', '=', '=', '+=', '-=', '*=', '&=', '|=', '^=']);
    switch (random.to(8)) {
      case 0:
        return `${this.place()} ${random.pick(['<<=', '>>='])} (${this.expr(0)} & 7);`;
      case 1:
        return `${this.place()} ${random.pick(['/=', '%='])} ((${this.expr(1)} & 0x7f) | 1);`;
      case 2: {
        const target = this.place();
        return /^v\d$/.test(target) ? `${target} ^= 1;` : `${target}${random.pick(['++', '--'])};`;
      }
      case 3: {
        const whole = this.places.filter((p) => !p.isBits && p.type !== 'bool');
        if (whole.length === 0) break;
        const { path, type } = random.pick(whole);
        return `{ ${type} *p = &${path}; *p ${op} ${this.expr(2)}; emit(*p); }`;
      }
    }
    return `${this.place()} ${op} ${this.expr(3)};`;
  }
  private statement(depth: number): string {
    const { random } = this;
    if (depth === 0) return random.once(3) ? `emit(${this.expr(2)});` : this.assignment();
    const inner = (): string => this.statement(depth - 1);
    const body = (): string => {
      if (random.once(4)) return `${this.prefix}_l${this.labels++}: ${inner()}`;
      return random.once(2) ? inner() : `{ ${inner()} ${inner()} }`;
    };
    switch (random.to(8)) {
      case 0:
        return `if (${this.expr(2)})\n${body()}${random.once(2) ? `\nelse\n${body()}` : ''}`;
      case 1: {
        const i = `i${this.loops++}`;
        return `for (int ${i} = ${random.to(3)}; ${i} < ${1 + random.to(5)}; ${i}++)\n${body()}`;
      }
      case 2:
        return this.switching(inner);
      case 3: {
        const label = `${this.prefix}_l${this.labels++}`;
        return `{\nif (${this.expr(1)}) goto ${label};\n${inner()}\n${label}:\n${inner()}\n}`;
      }
      case 4:
        return `emit(${this.expr(3)});`;
      default:
        return this.assignment();
    }
  }
  private switching(inner: () => string): string {
    const { random } = this;
    const type = random.pick(SCALARS);
    const value = random.once(3) ? `(${type})(${this.expr(1)})` : `(${type})((${this.expr(1)} & 15) - ${random.to(8)})`;
    if (random.once(4)) return `switch (${value})\ncase ${random.to(5) - 2} ... 6:\n${inner()}`;
    let text = '';
    let from = -6 + random.to(4);
    for (let n = 1 + random.to(4); n > 0; n--) {
      const last = from + random.to(4);
      text += `case ${from}${last > from ? ` ... ${last}` : ''}:\n${inner()}\n${random.once(3) ? '' : 'break;\n'}`;
      from = last + 1 + random.to(3);
    }
    if (random.once(2)) text += `default:\n${inner()}\n`;
    return `switch (${value}) {\n${text}}`;
  }

  // ---------------------------------------------------------------- expressions without effects
  private leaf(): string {
    const { random, readable, places } = this;
    if (random.once(4)) return this.constant();
    if (readable.length > 0 && random.once(3)) return random.pick(readable);
    return places.length > 0 ? random.pick(places).path : this.constant();
  }
  private expr(depth: number): string {
    const { random } = this;
    if (depth === 0 || random.once(5)) return `(${this.leaf()})`;
    const sub = (): string => this.expr(depth - 1);
    switch (random.to(9)) {
      case 0:
        return `(${random.pick(['-', '~', '!', '+'])}${sub()})`;
      case 1:
        return `((${random.pick(SCALARS)})${sub()})`;
      case 2:
        return `(${sub()} ? ${sub()} : ${sub()})`;
      case 3:
        return `(${sub()} ${random.pick(['/', '%'])} ((${sub()} & 0x7f) | 1))`;
      case 4:
        return `(${sub()} ${random.pick(['<<', '>>'])} (${sub()} & 7))`;
      case 5:
        return `((u64)${sub()} ${random.pick(['<<', '>>'])} (${sub()} & 63))`;
      case 6:
        return `(${sub()} ${random.pick(['<', '>', '<=', '>=', '==', '!=', '&&', '||'])} ${sub()})`;
      default:
        return `(${sub()} ${random.pick(['+', '-', '*', '&', '|', '^'])} ${sub()})`;
    }
  }
}

/** A program: functions and objects with names that begin with `prefix`; it runs by a call of `prefix`(). */
export const randomProgram = (seed: number, prefix: string): string =>
  new Generator(new Random(seed), prefix).program();
