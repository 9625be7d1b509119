/** C's conversions: promotions, usual arithmetic, decay, compatibility, and what a value may be assigned to. The vm uses the same rules. */

import type { Abi, CType, EnumType, FunctionType, IntType, PointerType, RecordType } from './ctype';
import { basicTypes, pointerTo, quotedType, widthOf } from './ctype';
import { enumInteger } from './enumType';
import { orMake } from './orMake';

export const isInteger = (type: CType): type is IntType | EnumType => type.kind === 'int' || type.kind === 'enum';
export const isRecord = (type: CType): type is RecordType => type.kind === 'struct' || type.kind === 'union';
/** types of a condition */
export const isScalar = (type: CType): boolean =>
  type.kind === 'int' || type.kind === 'enum' || type.kind === 'pointer';

/** Arrays become pointers to their first element, functions pointers to themselves. */
export function decay(type: CType, abi: Abi): CType {
  if (type.kind === 'array') return pointerTo(type.of, abi);
  if (type.kind === 'function') return pointerTo(type, abi);
  return type;
}

const qualified = new WeakMap<CType, Map<string, CType>>();
type Marks = Pick<CType, 'const' | 'volatile' | 'typedef'>;
/** A copy that shows the fields that the original has or gets. */
function recordLike(original: RecordType, marks: Marks, align?: number): RecordType {
  return {
    kind: original.kind,
    tag: original.tag,
    ...(original.builtin ? { builtin: true } : undefined),
    ...marks,
    get size() {
      return original.size;
    },
    get align() {
      return align ?? original.align;
    },
    get fields() {
      return original.fields;
    },
  };
}
/** `type` with the alignment that a typedef's attribute asks for. A record stays one type. */
export function withAlign(type: CType, align: number): CType {
  if (type.kind === 'void' || type.kind === 'function') return type;
  if (!isRecord(type)) return { ...type, align };
  const { const: isConst, volatile, typedef } = type;
  const marks = {
    ...(isConst ? { const: true } : undefined),
    ...(volatile ? { volatile } : undefined),
    ...(typedef !== undefined ? { typedef } : undefined),
  };
  return recordLike(type, marks, align);
}
/** `type` with qualifiers added. A record stays one type. */
export function withQualifiers(type: CType, add: { const?: boolean; volatile?: boolean; typedef?: string }): CType {
  const isConst = add.const === true || type.const === true;
  const isVolatile = add.volatile === true || type.volatile === true;
  const typedef = add.typedef ?? type.typedef;
  if (isConst === (type.const === true) && isVolatile === (type.volatile === true) && typedef === type.typedef)
    return type;
  const key = `${isConst ? 'c' : ''}${isVolatile ? 'v' : ''}:${typedef ?? ''}`;
  const copies = orMake(qualified, type, () => new Map());
  let copy = copies.get(key);
  if (!copy) {
    const marks = {
      ...(isConst ? { const: true } : undefined),
      ...(isVolatile ? { volatile: true } : undefined),
      ...(typedef !== undefined ? { typedef } : undefined),
    };
    if (isRecord(type)) copy = recordLike(type, marks);
    else if (type.kind === 'array') {
      copy = {
        ...type,
        of: withQualifiers(type.of, { const: isConst, volatile: isVolatile }),
        ...(typedef !== undefined ? { typedef } : undefined),
      };
    } else copy = { ...type, ...marks };
    copies.set(key, copy);
  }
  return copy;
}
/** The type of a member of `record`: what is in a const object is const. */
export const typeInside = (record: CType, member: CType): CType =>
  record.const ? withQualifiers(member, { const: true }) : member;
const bare = new WeakMap<CType, CType>();
/** `type` without const and volatile: the type of a value. */
export function unqualified(type: CType): CType {
  if (!type.const && !type.volatile) return type;
  let plain = bare.get(type);
  if (!plain) {
    if (isRecord(type)) {
      const { typedef } = type;
      plain = recordLike(type, typedef !== undefined ? { typedef } : {});
    } else plain = { ...type, const: false, volatile: false };
    bare.set(type, plain);
  }
  return plain;
}

/** Integer promotion: types narrower than int become int. `bitWidth`: of a bit-field's access. */
export function promote(type: CType, abi: Abi, bitWidth?: number): CType {
  if (type.kind !== 'int' && type.kind !== 'enum') return type;
  const { int, uint } = basicTypes(abi);
  if (type.size < 4 || (bitWidth !== undefined && bitWidth < 32)) return int;
  if (bitWidth === 32) return type.signed ? int : uint;
  const whole = type.kind === 'enum' ? enumInteger(type, abi) : type;
  if (bitWidth !== undefined && bitWidth < widthOf(whole)) return { ...basicByName(whole.name, abi), bits: bitWidth };
  return unqualified(whole);
}
const RANK: Readonly<Record<string, number>> = {
  int: 1,
  'unsigned int': 1,
  long: 2,
  'unsigned long': 2,
  'long long': 3,
  'unsigned long long': 3,
};
/** The common type of two arithmetic operands. A typedef's name (`gfp_t`) survives where both have it. */
export function usualArithmetic(a: CType, b: CType, abi: Abi): CType {
  const left = promote(a, abi);
  const right = promote(b, abi);
  if (left === right) return left;
  if (left.kind !== 'int' || right.kind !== 'int') return left.kind === 'int' ? right : left;
  const [leftWidth, rightWidth] = [widthOf(left), widthOf(right)];
  if (leftWidth !== rightWidth) return leftWidth > rightWidth ? left : right;
  if (left.bits !== undefined) return left.signed ? right : left;
  const basic = basicTypes(abi);
  if (left.name === right.name) {
    if (left.typedef === right.typedef) return left;
    return basicByName(left.name, abi);
  }
  const l = RANK[left.name] ?? 1;
  const r = RANK[right.name] ?? 1;
  if (left.signed === right.signed) return l >= r ? left : right;
  const unsignedOne = left.signed ? right : left;
  const signedOne = left.signed ? left : right;
  const unsignedRank = left.signed ? r : l;
  const signedRank = left.signed ? l : r;
  if (unsignedRank >= signedRank) return unsignedOne;
  if (signedOne.size > unsignedOne.size) return signedOne;
  return signedOne.name === 'long' ? basic.ulong : basic.ullong;
}
/** A type of int's rank or above. */
function basicByName(name: string, abi: Abi): IntType {
  const basic = basicTypes(abi);
  switch (name) {
    case 'unsigned int':
      return basic.uint;
    case 'long':
      return basic.long;
    case 'unsigned long':
      return basic.ulong;
    case 'long long':
      return basic.llong;
    case 'unsigned long long':
      return basic.ullong;
    default:
      return basic.int;
  }
}
/** The type of ptr - ptr. */
export const ptrdiffType = (abi: Abi): IntType => (abi.wordSize === 8 ? basicTypes(abi).long : basicTypes(abi).int);
/** The type of sizeof. */
export const sizeType = (abi: Abi): IntType => (abi.wordSize === 8 ? basicTypes(abi).ulong : basicTypes(abi).uint);

/** Whether a number that a user gives fits into some bits, as a signed or as an unsigned value. */
export const fitsBits = (value: bigint, width: number): boolean =>
  BigInt.asIntN(width, value) === value || BigInt.asUintN(width, value) === value;
/** `value` wrapped to the width and sign of `type` (pointers: unsigned at their size). */
export function wrap(value: bigint, type: CType): bigint {
  switch (type.kind) {
    case 'int':
      if (type.bool) return value === 0n ? 0n : 1n;
      return type.signed ? BigInt.asIntN(widthOf(type), value) : BigInt.asUintN(widthOf(type), value);
    case 'enum':
      return type.signed ? BigInt.asIntN(widthOf(type), value) : BigInt.asUintN(widthOf(type), value);
    case 'pointer':
      return BigInt.asUintN(type.size * 8, value);
    default:
      return value;
  }
}
/** A constant of type `from` cast to `to`. gcc extends a pointer with its sign where the integer is wider: on the 32-bit machines. */
export const castConstant = (value: bigint, from: CType, to: CType): bigint =>
  wrap(from.kind === 'pointer' ? BigInt.asIntN(from.size * 8, value) : value, to);

// ---------------------------------------------------------------- compatibility
/** Names of the types of a size that an enumeration may be compatible with. */
const ENUM_INTEGERS = { 1: /signed char$/, 2: /short$/, 4: /\bint$/, 8: /long$/ } as const;
export function sameRecord(a: RecordType, b: RecordType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  if (a.fields && b.fields) return a.fields === b.fields;
  return a.tag !== undefined && a.tag === b.tag;
}
/** Are two types compatible in C's sense, qualifiers of the outermost level aside? Signedness of integers counts. */
export function compatible(a: CType, b: CType, level = 0): boolean {
  if (a === b || level > 20) return true;
  switch (a.kind) {
    case 'void':
      return b.kind === 'void';
    case 'int':
      if (b.kind === 'int') return a.name === b.name;
      return b.kind === 'enum' && a.size === b.size && a.signed === b.signed && ENUM_INTEGERS[b.size].test(a.name);
    case 'enum':
      if (b.kind === 'int') return compatible(b, a, level);
      return b.kind === 'enum' && (a.tag === b.tag || a.constants === b.constants);
    case 'pointer':
      return b.kind === 'pointer' && compatible(a.to, b.to, level + 1);
    case 'array':
      return (
        b.kind === 'array' &&
        (a.length === null || b.length === null || a.length === b.length) &&
        compatible(a.of, b.of, level + 1)
      );
    case 'struct':
    case 'union':
      return (b.kind === 'struct' || b.kind === 'union') && sameRecord(a, b);
    case 'function':
      return b.kind === 'function' && compatibleFunctions(a, b, level);
  }
}
/** Whether types are compatible, qualifiers counted: what tells `const char *` from `char *`. */
export const sameType = (a: CType, b: CType): boolean => compatible(a, b) && sameQualifiers(a, b);
function sameQualifiers(a: CType, b: CType): boolean {
  if ((a.const ?? false) !== (b.const ?? false) || (a.volatile ?? false) !== (b.volatile ?? false)) return false;
  if (a.kind === 'pointer' && b.kind === 'pointer') return sameQualifiers(a.to, b.to);
  if (a.kind === 'function' && b.kind === 'function')
    return pointsAlike(a.returns, b.returns) && a.params.every((p, i) => pointsAlike(p.type, b.params[i]?.type));
  return a.kind !== 'array' || b.kind !== 'array' || sameQualifiers(a.of, b.of);
}
/** What parameters and results point to; their own qualifiers say nothing to a caller. */
const pointsAlike = (a: CType, b: CType | undefined): boolean =>
  a.kind !== 'pointer' || b?.kind !== 'pointer' || sameQualifiers(a.to, b.to);
function compatibleFunctions(a: FunctionType, b: FunctionType, level: number): boolean {
  if (!compatible(a.returns, b.returns, level + 1) || a.variadic !== b.variadic || a.params.length !== b.params.length)
    return false;
  return a.params.every((p, i) => {
    const q = b.params[i];
    return q !== undefined && compatible(p.type, q.type, level + 1);
  });
}

interface AssignProblem {
  readonly code:
    | 'incompatible-types'
    | 'incompatible-pointer'
    | 'int-conversion'
    | 'discarded-qualifier'
    | 'address-space'
    | 'void-value';
  readonly severity: 'error' | 'warning';
  /** with %to and %from in it; the caller adds the context (assigning, passing argument 1 of …) */
  readonly what: string;
}

/** Why a value of type `from` (decayed) may not become a `to`, or undefined. `isNull`: it is the constant 0. */
export function assignable(from: CType, to: CType, isNull = false): AssignProblem | undefined {
  if (to.kind === 'int' || to.kind === 'enum') {
    if (from.kind === 'int' || from.kind === 'enum') return undefined;
    if (from.kind === 'pointer') {
      if (to.kind === 'int' && to.bool) return undefined;
      return {
        code: 'int-conversion',
        severity: 'error',
        what: `makes the integer ${quotedType(to)} from the pointer ${quotedType(from)} without a cast`,
      };
    }
  }
  if (from.kind === 'void')
    return { code: 'void-value', severity: 'error', what: 'uses a value of type void: the function returns none' };
  if (to.kind === 'pointer') {
    if (from.kind === 'int' || from.kind === 'enum') {
      if (isNull) return undefined;
      return {
        code: 'int-conversion',
        severity: 'error',
        what: `makes the pointer ${quotedType(to)} from the integer ${quotedType(from)} without a cast`,
      };
    }
    if (from.kind === 'pointer') return pointerAssignable(from, to);
  }
  if (isRecord(to) && isRecord(from) && sameRecord(to, from)) return undefined;
  return {
    code: 'incompatible-types',
    severity: 'error',
    what: `needs ${quotedType(to)}, but the value is ${quotedType(from)}`,
  };
}
function pointerAssignable(from: PointerType, to: PointerType): AssignProblem | undefined {
  const a = from.to;
  const b = to.to;
  if (a.kind !== 'void' && b.kind !== 'void' && !compatible(a, b) && !differOnlyInSign(a, b)) {
    return {
      code: 'incompatible-pointer',
      severity: 'error',
      what: `needs ${quotedType(to)}, but the value is ${quotedType(from)}`,
    };
  }
  if (
    from.space !== to.space &&
    to.space !== '__force' &&
    (from.space === '__user' || to.space === '__user' || from.space === '__iomem' || to.space === '__iomem')
  ) {
    return {
      code: 'address-space',
      severity: 'warning',
      what: `mixes address spaces: needs ${quotedType(to)}${to.space ? '' : ' (kernel memory)'}, but the value is ${quotedType(from)}`,
    };
  }
  if ((a.const && !b.const && b.kind !== 'function') || (a.volatile && !b.volatile && b.kind !== 'function')) {
    return {
      code: 'discarded-qualifier',
      severity: 'warning',
      what: `discards the '${a.const && !b.const ? 'const' : 'volatile'}' of ${quotedType(from)}: what takes it should have it as well`,
    };
  }
  if (a.kind === 'pointer' && b.kind === 'pointer' && !sameQualifiers(a.to, b.to)) {
    return {
      code: 'incompatible-pointer',
      severity: 'warning',
      what: `needs ${quotedType(to)}, but the value is ${quotedType(from)}: they differ in const or volatile behind the first '*'`,
    };
  }
  return undefined;
}
/** unsigned char * and char *: the kernel is built with -Wno-pointer-sign */
function differOnlyInSign(a: CType, b: CType): boolean {
  return (
    a.kind === 'int' &&
    b.kind === 'int' &&
    a.size === b.size &&
    !a.bool &&
    !b.bool &&
    a.name.replace(/unsigned |signed /, '') === b.name.replace(/unsigned |signed /, '')
  );
}
