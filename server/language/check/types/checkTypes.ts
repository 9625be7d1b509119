/** Converts types as written to C types: basic types, records with the ABI's layout, enumerations, arrays, functions. */

import { decay, isInteger, withQualifiers } from '../../../types/conversions';
import type { AddressSpaceMark, CType, FunctionType, RecordType } from '../../../types/ctype';
import { alignOf, arrayOf, pointerTo, sizeOf, typeName } from '../../../types/ctype';
import { enumInteger, enumOf } from '../../../types/enumType';
import { type FieldInput, layOut } from '../../../types/recordLayout';
import { MOST_TYPE_LEVELS, typeLevels } from '../../../types/typeLevels';
import { suggest } from '../../syntax/suggest';
import {
  type BasicTypeSyntax,
  type Expr,
  type Ident,
  isTypeSyntax,
  type MacroDeclaration,
  type Param,
  type Span,
  type TypeSyntax,
} from '../../syntax/tree';
import { contains } from '../../syntax/visitor';
import type { CheckContext } from '../context/checkContext';
import { didYouMean, type Mutable } from '../context/nameScopes';
import type { ConstSym, TypedefSym } from '../context/program';
import { ERROR_TYPE } from '../context/tables';
import { askedLayout } from './askedLayout';
import { constantExpr } from './constantExpr';
import { declareConstant } from './declareNames';

const SPACES: ReadonlySet<string> = new Set(['__user', '__iomem', '__percpu', '__rcu']);

/** The C type of `syntax`; ERROR_TYPE after a message. */
export function typeOfSyntax(cx: CheckContext, syntax: TypeSyntax): CType {
  let type = syntax.kind === 'basicType' ? undefined : cx.tables.syntaxTypes.get(syntax);
  if (type) return type;
  type = resolveType(cx, syntax);
  if (typeLevels(type) > MOST_TYPE_LEVELS) {
    cx.problems.error('nested-too-deeply', `a type of more than ${MOST_TYPE_LEVELS} levels`, syntax.span);
    type = ERROR_TYPE;
  }
  if (syntax.kind !== 'basicType' || type !== ERROR_TYPE) cx.tables.syntaxTypes.set(syntax, type);
  return type;
}

function resolveType(cx: CheckContext, syntax: TypeSyntax): CType {
  switch (syntax.kind) {
    case 'basicType':
      return basicType(cx, syntax);
    case 'recordType':
      return recordType(cx, syntax);
    case 'enumType':
      return enumType(cx, syntax);
    case 'pointerType':
      return pointerType(cx, syntax);
    case 'arrayType':
      return arrayType(cx, syntax);
    case 'functionType':
      return functionType(cx, syntax);
    case 'typeofType': {
      if (isTypeSyntax(syntax.of)) return typeOfSyntax(cx, syntax.of);
      // the argument of a macro: a type, or the name of one
      if (syntax.of.kind === 'typeArg') return typeOfSyntax(cx, syntax.of.type);
      if (syntax.of.kind === 'ident') {
        const sym = cx.scopes.lookup(syntax.of.name);
        if (sym?.kind === 'typedef') return typeNamed(cx, syntax.of, sym);
      }
      return cx.rules.checkExpr(cx, syntax.of) ?? ERROR_TYPE;
    }
    case 'qualifiedType': {
      const of = typeOfSyntax(cx, syntax.of);
      if (of === ERROR_TYPE) return of;
      return withQualifiers(of, {
        const: syntax.quals.includes('const'),
        volatile: syntax.quals.includes('volatile'),
      });
    }
  }
}

function basicType(cx: CheckContext, syntax: BasicTypeSyntax): CType {
  const { words, span } = syntax;
  const first = words[0] ?? 'int';
  if (words.length === 1) {
    const local = cx.scopes.own(first);
    if (local?.kind === 'typedef') {
      return typeNamed(cx, syntax, local);
    }
  }
  const key = words.length === 1 ? first : words.join(' ');
  let type = cx.types.basic.get(key);
  if (type === undefined) {
    type = readBasic(cx, words) ?? cx.layouts.typedef(key) ?? null;
    cx.types.basic.set(key, type);
  }
  if (type) return type;
  if (words.length > 1) {
    cx.problems.error('bad-type', `'${key}' is not a type of C`, span);
    return ERROR_TYPE;
  }
  if (first === '__auto_type') {
    cx.problems.error(
      'unknown-type',
      "'__auto_type' is the type of a value: only 'name = value' in a function has it",
      span,
    );
    return ERROR_TYPE;
  }
  const withSuffix = `${first}_t`;
  const isTypedef = cx.layouts.typedef(withSuffix) !== undefined;
  const tag = cx.scopes.lookupTag(first)?.type ?? (isTypedef ? undefined : cx.layouts.record(first));
  if (tag) {
    const word = tag.kind;
    cx.problems.error('unknown-type', `unknown type name '${first}'; did you mean '${word} ${first}'?`, span, {
      fixes: [{ title: `change to '${word} ${first}'`, unsafe: true, edits: [{ span, text: `${word} ${first}` }] }],
    });
    return ERROR_TYPE;
  }
  const near = isTypedef ? withSuffix : suggest(first, typeNames(cx));
  const { text, more } = didYouMean(near, span);
  cx.problems.error('unknown-type', `unknown type name '${first}'${text}`, span, more);
  return ERROR_TYPE;
}

/** The type that a name of the scenario's stands for, where a type is written or may be (`sizeof(ring_t)`). */
export function typeNamed(cx: CheckContext, node: BasicTypeSyntax | Ident, sym: TypedefSym): CType {
  cx.part.used.add(sym);
  cx.tables.symbols.set(node, sym);
  return sym.type;
}
/** The type that an argument of a macro names: `offsetof(ring_t, head)`. */
export function typeOfArgument(cx: CheckContext, arg: Expr): CType | undefined {
  if (arg.kind === 'typeArg') return typeOfSyntax(cx, arg.type);
  if (arg.kind !== 'ident') return undefined;
  const type = typeOfSyntax(cx, { kind: 'basicType', words: [arg.name], span: arg.span });
  const sym = cx.scopes.own(arg.name);
  if (sym?.kind === 'typedef') typeNamed(cx, arg, sym);
  return type;
}

function* typeNames(cx: CheckContext): Iterable<string> {
  yield* cx.scopes.typeNames();
  yield* cx.layouts.typedefNames();
  yield* ['int', 'unsigned', 'long', 'short', 'char', 'bool', 'void'];
}

function readBasic(cx: CheckContext, words: readonly string[]): CType | undefined {
  const b = cx.basic;
  if (words.length === 1) {
    switch (words[0]) {
      case 'void':
        return b.void;
      case 'bool':
      case '_Bool':
        return b.bool;
      case 'char':
        return b.char;
      case 'int':
      case 'signed':
      case '__signed__':
        return b.int;
      case 'unsigned':
        return b.uint;
      case 'short':
        return b.short;
      case 'long':
        return b.long;
      default:
        return undefined;
    }
  }
  let longs = 0;
  let shorts = 0;
  let chars = 0;
  let ints = 0;
  let signed = 0;
  let unsigned = 0;
  for (const word of words) {
    if (word === 'long') longs++;
    else if (word === 'short') shorts++;
    else if (word === 'char') chars++;
    else if (word === 'int') ints++;
    else if (word === 'signed' || word === '__signed__') signed++;
    else if (word === 'unsigned') unsigned++;
    else return undefined;
  }
  if (
    longs > 2 ||
    shorts > 1 ||
    chars > 1 ||
    ints > 1 ||
    signed + unsigned > 1 ||
    (longs > 0 && shorts > 0) ||
    (chars > 0 && longs + shorts + ints > 0)
  )
    return undefined;
  if (chars) return unsigned ? b.uchar : signed ? b.schar : b.char;
  if (shorts) return unsigned ? b.ushort : b.short;
  if (longs === 2) return unsigned ? b.ullong : b.llong;
  if (longs === 1) return unsigned ? b.ulong : b.long;
  return unsigned ? b.uint : b.int;
}

// ---------------------------------------------------------------- struct, union, enum
function recordType(cx: CheckContext, syntax: TypeSyntax & { kind: 'recordType' }): CType {
  const kind = syntax.union ? 'union' : 'struct';
  const tag = syntax.tag;
  if (!syntax.fields) {
    if (!tag) return ERROR_TYPE;
    const known = cx.scopes.lookupTag(tag.text);
    if (known) {
      if (known.type.kind !== kind) {
        cx.problems.error(
          'redefinition',
          `'${tag.text}' is ${article(known.type.kind)}, not ${article(kind)}`,
          syntax.span,
          relatedTo(known.span),
        );
        return ERROR_TYPE;
      }
      return known.type;
    }
    const builtin = cx.layouts.record(tag.text);
    if (builtin && builtin.kind === kind) return builtin;
    const type = incomplete(syntax);
    cx.scopes.declareTag(tag.text, { type, span: tag.span });
    return type;
  }
  let type: RecordType | undefined;
  if (tag) {
    const known = cx.scopes.tagOfBlock(tag.text);
    if (known && known.type.kind === kind && known.type.fields === undefined) type = known.type;
    else if (known) {
      cx.problems.error('redefinition', `'${kind} ${tag.text}' is already defined`, tag.span, relatedTo(known.span));
    } else if (!cx.scopes.lookupTag(tag.text) && cx.layouts.record(tag.text) && !cx.layouts.isOfSubsystem(tag.text)) {
      cx.problems.hint(
        'replaces-builtin',
        `this '${kind} ${tag.text}' replaces the kernel's own in this scenario`,
        tag.span,
      );
    }
  }
  if (!type) type = incomplete(syntax);
  if (tag) cx.scopes.declareTag(tag.text, { type, span: tag.span });
  const inputs = fieldInputs(cx, syntax, type);
  const laid = layOut(inputs, syntax.union, askedLayout(cx, syntax.annotations));
  type.size = laid.size;
  type.align = laid.align;
  type.fields = laid.fields;
  cx.found.records.push(type);
  return type;
}

/** `struct s;` alone in a block: a struct of its own, whatever a block around it has under that name. */
export function declareTag(cx: CheckContext, syntax: TypeSyntax): void {
  if (syntax.kind === 'recordType' && !syntax.fields && syntax.tag && !cx.scopes.tagOfBlock(syntax.tag.text)) {
    const type = incomplete(syntax);
    cx.scopes.declareTag(syntax.tag.text, { type, span: syntax.tag.span });
  }
  typeOfSyntax(cx, syntax);
}
const incomplete = ({ union, tag }: TypeSyntax & { kind: 'recordType' }): RecordType => ({
  kind: union ? 'union' : 'struct',
  tag: tag?.text,
  size: 0,
  align: 1,
  fields: undefined,
});

/** What a macro declares as a field. */
function typeOfMacroField(cx: CheckContext, macro: MacroDeclaration): CType {
  const declared = cx.rules.expandDeclaration(cx, macro).at(-1)?.declarators[0];
  return declared ? typeOfSyntax(cx, declared.type) : ERROR_TYPE;
}
function fieldInputs(cx: CheckContext, syntax: TypeSyntax & { kind: 'recordType' }, outer: RecordType): FieldInput[] {
  const inputs: FieldInput[] = [];
  const seen = new Map<string, Span>();
  const declared = syntax.fields ?? [];
  declared.forEach((field, i) => {
    let type = field.macro ? typeOfMacroField(cx, field.macro) : typeOfSyntax(cx, field.type);
    const name = field.name;
    if (type === ERROR_TYPE) {
      // keep the name, so that using the field is not a second mistake
      if (name) inputs.push({ name: name.text, type: ERROR_TYPE });
      return;
    }
    const asked = askedLayout(cx, field.annotations);
    const what = name ? `field '${name.text}'` : 'field';
    const place = name?.span ?? field.span;
    if (type.kind === 'function') {
      cx.problems.error('bad-type', `${what} is a function; use a pointer to it: '(*${name?.text ?? 'fn'})(…)'`, place);
      type = ERROR_TYPE;
    } else if (type.kind === 'array' && type.length === null) {
      if (i !== declared.length - 1 || (inputs.length === 0 && !syntax.union)) {
        cx.problems.error(
          'incomplete-type',
          `${what} has no length; only the last field of a struct may be a flexible array`,
          place,
        );
      }
    } else if (sizeOf(type) === undefined) {
      const inner = type === outer ? ` ('${typeName(type)}' cannot contain itself; use a pointer to it)` : '';
      cx.problems.error('incomplete-type', `${what} has the incomplete type '${typeName(type)}'${inner}`, place);
      type = ERROR_TYPE;
    }
    if (name) {
      const first = seen.get(name.text);
      if (first)
        cx.problems.error('redefinition', `field '${name.text}' appears twice`, name.span, {
          related: [{ span: first, message: 'first here' }],
        });
      seen.set(name.text, name.span);
    }
    if (field.bits) {
      const bits = constantExpr(cx, field.bits, 'the width of a bit-field');
      if (!isInteger(type)) {
        if (type !== ERROR_TYPE)
          cx.problems.error('bad-type', `a bit-field is an integer, not '${typeName(type)}'`, place);
      } else if (bits !== undefined) {
        if (bits < 0n || bits > BigInt(type.size * 8) || (bits === 0n && name)) {
          cx.problems.error(
            'bad-bit-field',
            `${what}: a width of ${bits} bits does not fit '${typeName(type)}' (1 to ${type.size * 8})`,
            field.bits.span,
          );
        } else inputs.push({ name: name?.text, type, bits: Number(bits), asked });
        return;
      }
      inputs.push({ name: name?.text, type });
      return;
    }
    if (!name && type.kind !== 'struct' && type.kind !== 'union') {
      if (type !== ERROR_TYPE) cx.problems.warn('no-effect', 'this declares no field: a name is missing', field.span);
      return;
    }
    if (!name && field.type.kind === 'recordType' && field.type.tag && field.type.fields) {
      return; // a struct defined here, no field
    }
    inputs.push({ name: name?.text, type, asked });
  });
  return inputs;
}

const isInt = (value: bigint): boolean => BigInt.asIntN(32, value) === value;
function enumType(cx: CheckContext, syntax: TypeSyntax & { kind: 'enumType' }): CType {
  const tag = syntax.tag;
  if (!syntax.constants) {
    if (!tag) return ERROR_TYPE;
    const known = cx.scopes.lookupTag(tag.text);
    if (known) return known.type;
    const builtin = cx.layouts.enumeration(tag.text);
    if (builtin) return builtin;
    cx.problems.error('incomplete-type', `'enum ${tag.text}' is not defined`, tag.span);
    return ERROR_TYPE;
  }
  const syms: Mutable<ConstSym>[] = [];
  let next = 0n;
  for (const c of syntax.constants) {
    if (c.value) next = constantExpr(cx, c.value, `the value of '${c.name.text}'`) ?? next;
    // until the enumeration is complete, a constant has the type of its value
    const own = enumOf(undefined, [{ name: c.name.text, value: next }], cx.abi);
    const type = isInt(next) ? cx.basic.int : enumInteger(own, cx.abi);
    const sym: ConstSym = { kind: 'const', name: c.name.text, type, value: next, span: c.name.span };
    syms.push(sym);
    declareConstant(cx, sym, c.name);
    next++;
  }
  const constants = syms.map(({ name, value }) => ({ name, value }));
  // gcc takes no alignment from an enumeration
  const { packed } = askedLayout(cx, syntax.annotations);
  const type = enumOf(tag?.text, constants, cx.abi, packed);
  for (const sym of syms) if (!isInt(sym.value)) sym.type = enumInteger(type, cx.abi);
  if (tag) {
    const known = cx.scopes.tagOfBlock(tag.text);
    if (known)
      cx.problems.error('redefinition', `'enum ${tag.text}' is already defined`, tag.span, relatedTo(known.span));
    cx.scopes.declareTag(tag.text, { type, span: tag.span });
  }
  return type;
}

// ---------------------------------------------------------------- pointers, arrays, functions
function pointerType(cx: CheckContext, syntax: TypeSyntax & { kind: 'pointerType' }): CType {
  const to = typeOfSyntax(cx, syntax.to);
  if (to === ERROR_TYPE) return ERROR_TYPE;
  let space: AddressSpaceMark | undefined;
  if (syntax.to.kind === 'qualifiedType')
    space = syntax.to.quals.find((q) => SPACES.has(q)) as AddressSpaceMark | undefined;
  for (const q of syntax.quals) if (SPACES.has(q)) space = q as AddressSpaceMark;
  const type = pointerOf(cx, to, space);
  return syntax.quals.length > 0
    ? withQualifiers(type, { const: syntax.quals.includes('const'), volatile: syntax.quals.includes('volatile') })
    : type;
}

/** the pointer type to `to`; one object per type */
export function pointerOf(cx: CheckContext, to: CType, space?: AddressSpaceMark): CType {
  if (space) return pointerTo(to, cx.abi, space);
  let type = cx.types.pointers.get(to);
  if (!type) cx.types.pointers.set(to, (type = pointerTo(to, cx.abi)));
  return type;
}

/** decay with shared pointer objects */
export function decayed(cx: CheckContext, type: CType): CType {
  if (type.kind === 'array') return pointerOf(cx, type.of);
  if (type.kind === 'function') return pointerOf(cx, type);
  return type;
}

/** The type of the value: decayed. */
export function checkValue(cx: CheckContext, expr: Expr): CType | undefined {
  const type = cx.rules.checkExpr(cx, expr);
  return type && decayed(cx, type);
}

function arrayType(cx: CheckContext, syntax: TypeSyntax & { kind: 'arrayType' }): CType {
  const of = typeOfSyntax(cx, syntax.of);
  if (of === ERROR_TYPE) {
    if (syntax.length) cx.rules.checkExpr(cx, syntax.length);
    return ERROR_TYPE;
  }
  if (of.kind === 'function' || of.kind === 'void' || sizeOf(of) === undefined) {
    cx.problems.error('incomplete-type', `an array's elements cannot be of type '${typeName(of)}'`, syntax.span);
    return ERROR_TYPE;
  }
  const [size, align] = [sizeOf(of) ?? 0, alignOf(of)];
  if (size % align !== 0) {
    const text = `an array's elements of ${size} bytes cannot all be aligned to ${align}: '${typeName(of)}'`;
    cx.problems.error('bad-alignment', text, syntax.span);
    return ERROR_TYPE;
  }
  if (!syntax.length) return arrayOf(of, null);
  const type = cx.rules.checkExpr(cx, syntax.length);
  if (!type) return ERROR_TYPE;
  const length = cx.rules.constantOf(cx, syntax.length);
  if (length === undefined) {
    if (!isInteger(type))
      cx.problems.error('not-constant', `an array's length is an integer, not '${typeName(type)}'`, syntax.length.span);
    else {
      cx.problems.error(
        'variable-length-array',
        "an array's length must be a constant here, as in the kernel (-Wvla); allocate the memory instead",
        syntax.length.span,
      );
    }
    return ERROR_TYPE;
  }
  if (length < 0n || length * BigInt(sizeOf(of) ?? 1) > 0x7fff_ffffn) {
    cx.problems.error(
      'bad-array-length',
      length < 0n ? `an array cannot have ${length} elements` : `an array of ${length} elements is too large`,
      syntax.length.span,
    );
    return ERROR_TYPE;
  }
  return arrayOf(of, Number(length));
}

function functionType(cx: CheckContext, syntax: TypeSyntax & { kind: 'functionType' }): CType {
  const returns = typeOfSyntax(cx, syntax.returns);
  if (returns.kind === 'array' || returns.kind === 'function') {
    cx.problems.error(
      'bad-type',
      `a function cannot return ${returns.kind === 'array' ? 'an array' : 'a function'}; return a pointer`,
      syntax.returns.span,
    );
  }
  const params: { name: string | undefined; type: CType }[] = [];
  for (const p of syntax.params) {
    const type = decay(typeOfSyntax(cx, asPointer(p.type, syntax.params)), cx.abi);
    if (type.kind === 'void' && type !== ERROR_TYPE) {
      cx.problems.error('bad-type', `parameter${p.name ? ` '${p.name.text}'` : ''} has type void`, p.span);
    }
    params.push({ name: p.name?.text, type });
  }
  const type: FunctionType = { kind: 'function', returns, params, variadic: syntax.variadic };
  return type;
}

/** A parameter `int b[n]` is a pointer, and its length may be another parameter: it has no meaning. */
function asPointer(type: TypeSyntax, params: readonly Param[]): TypeSyntax {
  if (type.kind !== 'arrayType' || !type.length) return type;
  const names = new Set(params.map((p) => p.name?.text));
  const usesOne = contains(type.length, (n) => n.kind === 'ident' && names.has(n.name));
  return usesOne ? { kind: 'arrayType', of: type.of, span: type.span } : type;
}

const relatedTo = (span: Span) => ({ related: [{ span, message: 'first defined here' }] });
const article = (kind: string) => (kind === 'enum' ? 'an enum' : `a ${kind}`);
