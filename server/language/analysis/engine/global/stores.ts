/**
 * What the whole program stores where, whatever the order: the values of globals that nothing changes, inputs, and values that are assigned
 * somewhere and so are possible. Fields are told apart by name; what is stored through a pointer, by the size of the type.
 */
import type { CType, RecordType } from '../../../../types/ctype';
import { NumberTable } from '../../../../types/numberTable';
import { orMake } from '../../../../types/orMake';
import { added } from '../../../../types/sharedSet';
import type { ApiEntry } from '../../../catalogue/form/entry';
import type { Program, VarSym } from '../../../check/context/program';
import type { Assign, Expr, InitList, Unary } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { convert } from '../values/convert';
import {
  addressOf,
  INPUT,
  isZero,
  joinValues,
  made,
  ofConstant,
  pointsTo,
  UNKNOWN,
  type Value,
  ZERO,
} from '../values/knownBits';
import { oneOf } from '../values/possible';
import { isPointed, type PathId, type VarPaths } from '../values/varPaths';
import { eachLeaf, fieldNames, initialiserAt } from './initialValues';
import type { PointedVariables } from './pointedVariables';

/** What one body stores to. */
export interface Stored {
  /** globals */
  assigns: ReadonlySet<VarSym>;
  /** the names of fields, through whatever path */
  assignsFields: ReadonlySet<string>;
  /** through pointers to integers and pointers: `*p`, `p[i]` */
  assignsThrough: ReadonlySet<string>;
  /** its parameters */
  reassigns: ReadonlySet<VarSym>;
}
/** An expression that is stored; undefined: what is stored is not known. */
type Source = Expr | undefined;

/** What pointers may be to the same of: types of one size. */
export function typeKey(type: CType | undefined): string | undefined {
  if (type?.kind === 'int' || type?.kind === 'enum') return INTEGERS[type.size] ?? `i${type.size}`;
  return type?.kind === 'pointer' ? 'pointer' : undefined;
}
/** by their size in bytes */
const INTEGERS = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((size) => `i${size}`);

/** that nothing is known of a path's value */
const NOT_KNOWN = 'not known';

/** What is stored to a field, and the bodies that store there, some of them twice. */
interface StoredField {
  readonly sources: Source[];
  readonly writers: Stored[];
}
type Fields = Map<string, StoredField>;
const NOBODY: readonly Stored[] = [];

export class Stores {
  /** by the number of a variable */
  private readonly variables = new NumberTable<Source[]>();
  private readonly elements = new Set<VarSym>();
  /** the bodies that store there, some of them twice: by the number of a variable, the name of any field, the key of a type behind a pointer */
  private readonly ofVariables = new NumberTable<Stored[]>();
  private readonly ofNames = new Map<string, Stored[]>();
  private readonly ofTypes = new Map<string, Stored[]>();
  /** fields by name: those of one variable, and those that are stored to through pointers */
  private readonly ownFields = new Map<VarSym, Fields>();
  private readonly fields: Fields = new Map();
  private readonly initialised = new Map<string, Expr[]>();
  /** fields of structures that are copied to where some pointer leads; and variables that structures are copied to */
  private readonly copiedFields = new Set<string>();
  private readonly overwritten = new Set<VarSym>();
  private readonly handedOut = new Set<VarSym>();
  /** fields whose own address is taken: of one variable, and of what a pointer leads to */
  private readonly handedParts = new Map<VarSym, Set<string>>();
  private readonly handedFields = new Set<string>();
  /** stores to fields through local pointers and parameters, until it is known where these lead */
  private readonly throughLocals: {
    readonly body: Stored;
    readonly name: string;
    readonly at: Expr;
    readonly source: Source;
  }[] = [];
  /** `&x` of `*&x` and `(&x)->f`, which hands nothing out */
  private readonly harmless = new Set<Expr>();
  /** by the name of a field: what it holds in any object */
  private readonly anyFields = new Map<string, Value | undefined>();
  private readonly known = new NumberTable<Value | typeof NOT_KNOWN>();

  constructor(
    private readonly program: Program,
    private readonly paths: VarPaths,
    private readonly pointed: PointedVariables,
  ) {}

  assigns(body: Stored, e: Assign): void {
    this.store(body, e.left, e.op === '=' ? e.right : undefined);
  }
  /** `operand++` and its like */
  steps(body: Stored, operand: Expr): void {
    this.store(body, operand, undefined);
  }
  /** `*pointer`, `pointer->field` */
  follows(pointer: Expr): void {
    const taken = withoutCasts(pointer);
    if (taken.kind === 'unary' && taken.op === '&') this.harmless.add(taken);
  }
  /** `&x` */
  takes(address: Unary): void {
    if (!this.harmless.has(address)) this.handOut(address.operand);
  }
  /** Addresses and fields in the initialiser of a variable. */
  initialiser(init: InitList | Expr | undefined): void {
    if (init?.kind !== 'initList') return;
    eachLeaf(this.program.initialiserOf(init), '', (field, expr) => {
      if (field !== '') orMake(this.initialised, field, () => []).push(expr);
    });
  }
  handOut(operand: Expr): void {
    const variable = this.rootOf(operand);
    if (variable) this.handedOut.add(variable);
    if (operand.kind !== 'member') return;
    if (variable) orMake(this.handedParts, variable, () => new Set()).add(operand.name.text);
    else this.handedFields.add(operand.name.text);
  }
  /** A call of the kernel's API, which writes to some of its arguments. */
  calls(body: Stored, { writes }: ApiEntry, args: readonly Expr[]): void {
    if (!writes) return;
    for (const index of writes) {
      const arg = args[index] && withoutCasts(args[index]);
      if (!arg) continue;
      if (arg.kind === 'unary' && arg.op === '&') this.store(body, arg.operand, undefined);
      else {
        const type = this.program.typeOf(arg);
        if (type?.kind === 'pointer') this.throughPointer(body, type.to);
        else if (type?.kind === 'array') this.storeElements(body, arg);
      }
    }
  }
  private store(body: Stored, target: Expr, source: Source): void {
    const left = withoutCasts(target);
    const type = this.program.typeOf(left);
    const variable = this.rootOf(left);
    if (type?.kind === 'struct' || type?.kind === 'union') this.overwrite(body, type, variable, source);
    if (left.kind === 'member' && !variable) {
      body.assignsFields = added(body.assignsFields, left.name.text);
      this.throughLocals.push({ body, name: left.name.text, at: left, source });
    } else if (left.kind === 'member') this.storeField(body, left.name.text, variable, source);
    else if (left.kind === 'ident' && variable) {
      this.writes(body, variable);
      const stored = this.variables.get(variable.id);
      if (stored) stored.push(source);
      else this.variables.set(variable.id, [source]);
      if (variable.storage === 'param') body.reassigns = added(body.reassigns, variable);
    } else if (left.kind === 'index' && this.program.typeOf(left.base)?.kind === 'array')
      this.storeElements(body, left.base);
    else if (left.kind === 'index' || (left.kind === 'unary' && left.op === '*')) this.throughPointer(body, type);
    if (variable?.storage === 'global') body.assigns = added(body.assigns, variable);
  }
  private storeElements(body: Stored, array: Expr): void {
    const variable = this.rootOf(array);
    if (variable) {
      this.elements.add(variable);
      this.writes(body, variable);
      if (variable.storage === 'global') body.assigns = added(body.assigns, variable);
    }
    if (array.kind === 'member') this.storeField(body, array.name.text, variable, undefined);
  }
  private storeField(body: Stored, name: string, variable: VarSym | undefined, source: Source): void {
    // the caller of a body knows nothing of its locals
    if (!variable || variable.storage === 'global') body.assignsFields = added(body.assignsFields, name);
    this.fieldOf(body, name, variable).sources.push(source);
  }
  /** To be called when all has been noted, and it is known where local pointers lead. */
  close(): void {
    for (const { body, name, at, source } of this.throughLocals) {
      for (const variable of this.pointed.holding(at) ?? [undefined]) this.storeField(body, name, variable, source);
    }
  }
  /** The field that a body stores to. */
  private fieldOf(body: Stored, name: string, variable: VarSym | undefined): StoredField {
    let fields = variable ? this.ownFields.get(variable) : this.fields;
    if (!fields) this.ownFields.set(variable as VarSym, (fields = new Map()));
    let stored = fields.get(name);
    if (!stored) fields.set(name, (stored = { sources: [], writers: [] }));
    addWriter(stored.writers, body);
    addWriter(
      orMake(this.ofNames, name, () => []),
      body,
    );
    return stored;
  }
  /** What is stored to a field of one variable: by its name, and by pointers if some may lead to it. */
  private storedTo(variable: VarSym, field: string, reachable: boolean): readonly Source[] | undefined {
    const own = this.ownFields.get(variable)?.get(field)?.sources;
    const others = reachable ? this.fields.get(field)?.sources : undefined;
    return own && others ? [...own, ...others] : (own ?? others);
  }
  /** Whether something is stored to a field of this name that a pointer may lead to. */
  private isStored(field: string): boolean {
    if (this.fields.has(field)) return true;
    for (const [{ storage }, fields] of this.ownFields) if (storage === 'global' && fields.has(field)) return true;
    return false;
  }
  /** What is stored to any field of this name. */
  private *storedAnywhere(field: string): Iterable<Source> {
    yield* this.fields.get(field)?.sources ?? [];
    for (const fields of this.ownFields.values()) yield* fields.get(field)?.sources ?? [];
    yield* this.initialised.get(field) ?? [];
  }
  private throughPointer(body: Stored, type: CType | undefined): void {
    const key = typeKey(type);
    if (key) {
      body.assignsThrough = added(body.assignsThrough, key);
      addWriter(
        orMake(this.ofTypes, key, () => []),
        body,
      );
    }
    if (type?.kind === 'struct' || type?.kind === 'union') this.overwrite(body, type, undefined, undefined);
  }
  /** A structure gets other values. A copy has those that its like has, and a literal notes its own. */
  private overwrite(body: Stored, type: RecordType, variable: VarSym | undefined, source: Source): void {
    const isCopy = source && COPIED.has(withoutCasts(source).kind);
    if (variable) this.overwritten.add(variable);
    for (const name of fieldNames(type)) {
      if (!isCopy) {
        this.storeField(body, name, variable, undefined);
        continue;
      }
      if (!variable || variable.storage === 'global') body.assignsFields = added(body.assignsFields, name);
      this.fieldOf(body, name, variable);
      if (!variable) this.copiedFields.add(name);
    }
  }
  private writes(body: Stored, variable: VarSym): void {
    let writers = this.ofVariables.get(variable.id);
    if (!writers) this.ofVariables.set(variable.id, (writers = []));
    addWriter(writers, body);
  }
  /** The bodies that may store to a path: to its variable or field, and to what pointers of its type lead to. One list for each place. */
  writersOf(id: PathId): readonly (readonly Stored[])[] {
    const { variable, field, type, members } = this.paths.get(id);
    const lists: (readonly Stored[])[] = [];
    const key = typeKey(type);
    if (key !== undefined && this.isPointedTo(id)) lists.push(this.ofTypes.get(key) ?? NOBODY);
    const behind = this.behind(id);
    const ofField = (of: VarSym): readonly Stored[] => this.ownFields.get(of)?.get(field)?.writers ?? NOBODY;
    const behindPointers = this.fields.get(field)?.writers ?? NOBODY;
    if (field === '') lists.push((variable && this.ofVariables.get(variable.id)) ?? NOBODY);
    else if (behind) lists.push(behindPointers, ...[...behind].map(ofField));
    else if (!variable || isPointed(members)) lists.push(this.ofNames.get(field) ?? NOBODY);
    else lists.push(behindPointers, ofField(variable));
    return lists;
  }
  /** The variable that holds what an expression names. */
  rootOf(e: Expr): VarSym | undefined {
    for (;;) {
      const at = e.kind === 'member' && e.arrow ? e.base : e.kind === 'unary' && e.op === '*' ? e.operand : undefined;
      const taken = at && withoutCasts(at);
      if (taken?.kind === 'unary' && taken.op === '&') e = taken.operand;
      else if (e.kind === 'member' && !e.arrow) e = e.base;
      else if (e.kind === 'index' && this.program.typeOf(e.base)?.kind === 'array') e = e.base;
      else if (e.kind === 'cast') e = e.operand;
      else break;
    }
    const sym = e.kind === 'ident' ? this.program.symbolOf(e) : undefined;
    return sym?.kind === 'var' ? sym : undefined;
  }

  /** What a path holds at any time; undefined: not known. */
  valueOf(id: PathId): Value | undefined {
    let value = this.known.get(id);
    if (value === undefined) {
      this.known.set(id, NOT_KNOWN);
      value = this.anyTime(id) ?? NOT_KNOWN;
      this.known.set(id, value);
    }
    return value === NOT_KNOWN ? undefined : value;
  }
  private anyTime(id: PathId): Value | undefined {
    const { variable, members, field, type } = this.paths.get(id);
    if (!variable) return undefined;
    if (variable.storage !== 'global' || variable.percpu || isPointed(members)) return this.anyField(field);
    const first = this.initialValue(variable, members, type);
    if (isConstant(variable.type)) return first;
    const reachable = this.isReachable(id);
    const others =
      members === '' ? this.variables.get(variable.id) : field === '' ? [] : this.storedTo(variable, field, reachable);
    const changes = (others ?? []).map((e) => this.converted(e, type));
    if (field !== '' && (this.overwritten.has(variable) || (this.copiedFields.has(field) && reachable))) {
      for (const e of this.initialised.get(field) ?? []) changes.push(this.converted(e, type));
    }
    if (members.includes('[') && this.elements.has(variable)) changes.push(undefined);
    if (this.isPointedTo(id)) changes.push(undefined);
    if (changes.length === 0) return first;
    if (field !== '' && !(first && this.agree(changes))) return undefined;
    return oneOf([first, ...changes]);
  }
  /**
   * A field of an object that may be any, if every value that it is ever given is the same. It may be zero still. One that is only cleared is
   * set by code that the program does not have.
   */
  private anyField(field: string): Value | undefined {
    if (!this.anyFields.has(field)) this.anyFields.set(field, this.valueOfAny(field));
    return this.anyFields.get(field);
  }
  private valueOfAny(field: string): Value | undefined {
    const [first, ...others] = this.storedAnywhere(field);
    const value = field === '' || this.isHanded(field) ? undefined : this.constant(first);
    if (!value || isZero(value) || !others.every((e) => sameBits(this.constant(e), value))) return undefined;
    const { ones, zeros } = joinValues(value, ZERO) ?? UNKNOWN;
    return made({ ones, zeros, nonZero: false, oneOf: [value] });
  }
  private agree(values: readonly (Value | undefined)[]): boolean {
    return values.every((v) => sameBits(v, values[0]));
  }
  private converted(e: Source, type: CType | undefined): Value | undefined {
    const from = e && this.program.typeOf(e);
    const value = this.constant(e);
    return from && type ? convert(value, from, type) : value;
  }
  private initialValue(variable: VarSym, members: string, type: CType | undefined): Value | undefined {
    if (variable.input) return inputOf(type);
    // other files may fill what has no initialiser and whose address is taken
    if (!variable.init && this.handedOut.has(variable)) return undefined;
    const init = initialiserAt(this.program, variable, members);
    if (init === 'zero')
      return type?.kind === 'int' || type?.kind === 'pointer' || type?.kind === 'enum' ? ZERO : undefined;
    return this.converted(init, type);
  }
  /** Whether a store through some pointer may be one to this path. */
  private isPointedTo(id: PathId): boolean {
    const { variable, members, type } = this.paths.get(id);
    const key = typeKey(type);
    if (!variable || key === undefined || !this.ofTypes.has(key)) return false;
    if (isPointed(members) && members.endsWith('*')) return true;
    return this.mayBePointee(id);
  }
  /** Whether a pointer to an integer or a pointer may lead to this path. */
  mayBePointee(id: PathId): boolean {
    const { variable, members, field } = this.paths.get(id);
    if (!variable || (isConstant(variable.type) && !isPointed(members))) return false;
    if (members.endsWith('*') || members.includes('[')) return true;
    if (field === '') return this.handedOut.has(variable);
    return isPointed(members) ? this.isHanded(field) : this.isHanded(field, variable);
  }
  /** Whether a pointer to a field of this name is made: to the one of `variable`, or to any. */
  private isHanded(field: string, variable?: VarSym): boolean {
    if (this.handedFields.has(field)) return true;
    if (variable) return this.handedParts.get(variable)?.has(field) === true;
    for (const fields of this.handedParts.values()) if (fields.has(field)) return true;
    return false;
  }
  /** Whether some expression takes the address of a variable, or of a part of it. */
  isHandedOut(variable: VarSym): boolean {
    return this.handedOut.has(variable);
  }
  /** Whether any pointer may lead to this path, or to a structure that it is in. */
  isReachable(id: PathId): boolean {
    const { variable, members } = this.paths.get(id);
    if (!variable) return false;
    if (isPointed(members)) return true;
    if (isConstant(variable.type)) return false;
    if (members.startsWith('[')) return true;
    return this.handedOut.has(variable);
  }
  /** The globals that a path through one local pointer is part of, where all of them are known. */
  private behind(id: PathId): ReadonlySet<VarSym> | undefined {
    const { variable, members } = this.paths.get(id);
    return variable && members.startsWith('->') && !isPointed(members.slice(2))
      ? this.pointed.behind(variable)
      : undefined;
  }
  /** Whether another context may change this path while the one that reads it sleeps or loops. */
  isUnstable(id: PathId): boolean {
    const { variable, members, field, of } = this.paths.get(id);
    if (!variable) return of.some((p) => this.isUnstable(p));
    if (isConstant(variable.type)) return false;
    const reachable = variable.storage === 'global' || isPointed(members) || this.handedOut.has(variable);
    if (!reachable) return false;
    if (this.isPointedTo(id)) return true;
    const behind = this.behind(id);
    if (field !== '' && behind)
      return [...behind].some((v) => this.storedTo(v, field, this.handedOut.has(v)) !== undefined);
    if (field !== '' && isPointed(members)) return this.isStored(field);
    if (field !== '') return this.storedTo(variable, field, this.isReachable(id)) !== undefined;
    if (members.includes('[')) return this.elements.has(variable);
    return variable.storage === 'global' ? this.variables.get(variable.id) !== undefined : this.handedOut.has(variable);
  }
  /** The value of a constant expression: an integer, a function, an address, an input. */
  private constant(e: Source): Value | undefined {
    if (!e) return undefined;
    const number = this.program.constantOf(e);
    if (number !== undefined) return ofConstant(number, e.span);
    const named = withoutCasts(e);
    const taken = named.kind === 'unary' && named.op === '&' ? named.operand : named;
    const sym = taken.kind === 'ident' ? this.program.symbolOf(taken) : undefined;
    if (sym?.kind === 'function') return pointsTo(sym);
    if (taken !== named || this.program.typeOf(named)?.kind === 'array') return this.address(taken, taken === named);
    if (named.kind === 'conditional')
      return oneOf([this.constant(named.then ?? named.test), this.constant(named.else)]);
    return sym?.kind === 'var' && sym.input ? this.valueOf(this.paths.of(sym)) : undefined;
  }
  private address(operand: Expr, isArray: boolean): Value | undefined {
    const id = this.paths.ofExpr(operand);
    if (id === undefined) return undefined;
    const { variable, members, type } = this.paths.get(id);
    if (variable?.storage !== 'global' || isPointed(members)) return undefined;
    return addressOf(isArray && type?.kind === 'array' ? this.paths.element(id, 0, type.of) : id);
  }
}
/** Bodies are read one after the other: one that is added again is mostly the last. */
function addWriter(writers: Stored[], body: Stored): void {
  if (writers[writers.length - 1] !== body) writers.push(body);
}
/** what a structure is copied from */
const COPIED: ReadonlySet<Expr['kind']> = new Set(['ident', 'member', 'index', 'unary', 'compound']);
const sameBits = (a: Value | undefined, b: Value | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.ones === b.ones &&
  a.zeros === b.zeros &&
  a.target === b.target &&
  a.at === b.at &&
  a.free === b.free;
function isConstant(type: CType): boolean {
  return type.const === true || (type.kind === 'array' && isConstant(type.of));
}
/** Any value of a type. */
function inputOf(type: CType | undefined): Value | undefined {
  if (type?.kind !== 'int' && type?.kind !== 'enum') return undefined;
  return convert(
    INPUT,
    { ...type, kind: 'int', name: 'unsigned long long', size: 8, align: 8, signed: false, bool: false } as CType,
    type,
  );
}
