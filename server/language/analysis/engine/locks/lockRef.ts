/**
 * Which lock an argument names. Two texts may name one lock (`&dev->lock`, and `l` after `l = &dev->lock`), and one text two (`&p->lock`
 * before and after `p = next`). A reference has a class, as lockdep has: the variable, or the field of the structure; and what it is
 * reached from, as far as that is known.
 */
import type { CType, RecordType } from '../../../../types/ctype';
import { NodeTable } from '../../../check/context/nodeTable';
import type { FunctionSym, Program, VarSym } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { walkExpr } from '../flow/evaluationOrder';
import type { Definitions } from './definitions';

/** A lock, or the variable of saved flags. References are interned: equal ones are one object. */
export interface LockRef {
  readonly id: number;
  /** the variable that it is reached from; undefined: not known */
  readonly base: VarSym | undefined;
  /** the way from there: `.lock`, `*.lock` (behind a pointer), `[2]`, `[?]` (an element that is not known) */
  readonly members: string;
  /** a key of the class, and its name in messages: `ring_lock`, `struct ring.lock`; undefined: any class */
  readonly cls: string | undefined;
  /** it is one lock and not any of several: no element of an array that is not known, no object without a name */
  readonly isOne: boolean;
}
/** What two references say of their locks. */
export type Likeness = 'same' | 'maybe' | 'distinct';

/** An lvalue: a variable, and the way from it. */
interface Place {
  readonly base: VarSym;
  readonly members: string;
  readonly cls: string | undefined;
}
const DEEPEST = 5;

export class LockRefs {
  /** by the variable that they are reached from; and those of which only the class is known */
  private readonly named = new Map<VarSym, LockRef[]>();
  private readonly unnamed = new Map<string | undefined, LockRef>();
  private count = 0;
  private readonly ofLocks: NodeTable<LockRef>;
  private readonly ofVariables: NodeTable<LockRef>;

  constructor(
    private readonly program: Program,
    private readonly definitions: Definitions,
  ) {
    this.ofLocks = new NodeTable(program.nodes);
    this.ofVariables = new NodeTable(program.nodes);
  }

  private make(base: VarSym, members: string, cls: string | undefined): LockRef {
    let alike = this.named.get(base);
    if (!alike) this.named.set(base, (alike = []));
    for (const ref of alike) if (ref.members === members && ref.cls === cls) return ref;
    const ref = { id: this.count++, base, members, cls, isOne: !members.includes('?') };
    alike.push(ref);
    return ref;
  }
  /** A lock of which no more than the class is known. */
  unknown(cls: string | undefined): LockRef {
    let ref = this.unnamed.get(cls);
    if (!ref) {
      ref = { id: this.count++, base: undefined, members: '', cls, isOne: false };
      this.unnamed.set(cls, ref);
    }
    return ref;
  }
  /** The lock that a pointer, the argument of `spin_lock()`, points to; an lvalue, as contracts may name it, is the lock itself. */
  ofLock(e: Expr): LockRef {
    let ref = this.ofLocks.get(e);
    if (!ref) this.ofLocks.set(e, (ref = this.lockOf(e)));
    return ref;
  }
  private lockOf(e: Expr): LockRef {
    const place = isLockPointer(this.program.typeOf(e)) ? this.pointee(e, 0) : this.placeOf(e, 0);
    return place ? this.make(place.base, place.members, place.cls) : this.unknown(this.classByType(e));
  }
  /** The variable of saved flags. */
  ofVariable(e: Expr): LockRef {
    let ref = this.ofVariables.get(e);
    if (!ref) this.ofVariables.set(e, (ref = this.variableOf(e)));
    return ref;
  }
  private variableOf(e: Expr): LockRef {
    const place = this.placeOf(e, 0);
    return place ? this.make(place.base, place.members, undefined) : this.unknown(undefined);
  }
  /** The place of a number or a handle; a constant is the same wherever it is written. */
  ofValue(e: Expr | VarSym): LockRef {
    if (e.kind === 'var') return this.make(e, '', classOfVariable(e));
    const constant = this.program.constantOf(e);
    if (constant !== undefined) return this.unknown(`=${constant}`);
    // resolved as far as a lock beside it, `&p->lock`, is
    const place = this.placeOf(e, 1);
    return place ? this.make(place.base, place.members, place.cls) : this.unknown(undefined);
  }
  /** Whether it is reached from what a function is passed: from a parameter, or a local that is computed from one. */
  isPassed(ref: LockRef, { params }: FunctionSym): boolean {
    const { base } = ref;
    if (!base) return false;
    if (params.includes(base)) return !this.moves(ref);
    const value = this.definitions.onlyValue(base);
    let passed = false;
    const look = (e: Expr): void => {
      const sym = e.kind === 'ident' ? this.program.symbolOf(e) : undefined;
      if (sym?.kind === 'var' && params.includes(sym)) passed = true;
    };
    if (value) walkExpr(this.program, value, look, false);
    return passed;
  }
  /** Whether it is reached from a parameter that its body assigns. */
  moves({ base }: LockRef): boolean {
    return base?.storage === 'param' && this.definitions.isReassigned(base);
  }
  /** Whether it is a local to which its body stores nothing but constants, if anything. */
  isUnset({ base, members }: LockRef): boolean {
    return base?.storage === 'local' && members === '' && !this.definitions.isFilled(base);
  }
  /** The same lock where `e` is passed for the parameter that `ref` is reached from; undefined: it is not reached from it. */
  throughParameter(ref: LockRef, param: VarSym, e: Expr): LockRef | undefined {
    if (ref.base !== param) return undefined;
    const behind = ref.members.startsWith('*');
    const place = behind ? this.pointee(e, 0) : this.placeOf(e, 0);
    if (!place) return this.unknown(ref.cls);
    const rest = ref.members.slice(behind ? 1 : 0);
    return this.make(place.base, place.members + rest, rest === '' ? place.cls : (ref.cls ?? place.cls));
  }
  /** The name of `ref` in a function that is passed `e` for `param`; undefined: it is not reached by this argument. */
  asParameter(ref: LockRef, param: VarSym, e: Expr): LockRef | undefined {
    if (!ref.base) return undefined;
    const pointed = this.pointee(e, 0);
    if (pointed?.base === ref.base && startsAt(ref.members, pointed.members)) {
      return this.make(param, `*${ref.members.slice(pointed.members.length)}`, ref.cls);
    }
    const named = this.placeOf(e, 0);
    return named?.base === ref.base && named.members === ref.members ? this.make(param, '', ref.cls) : undefined;
  }

  private pointee(expr: Expr, depth: number): Place | undefined {
    const e = withoutCasts(expr);
    if (depth > DEEPEST) return undefined;
    if (e.kind === 'unary' && e.op === '&') return this.placeOf(e.operand, depth + 1);
    if (e.kind === 'call') {
      const means = this.program.expansionOf(e);
      return means && this.pointee(means, depth + 1);
    }
    const type = this.program.typeOf(e);
    const place = this.placeOf(e, depth + 1);
    if (!place) return undefined;
    if (type?.kind === 'array') return { ...place, members: `${place.members}[0]` };
    if (place.members === '') {
      const value = this.definitions.onlyValue(place.base);
      const meant = value && this.pointee(value, depth + 1);
      if (meant) return meant.members.includes('?') ? { base: place.base, members: '*', cls: meant.cls } : meant;
    }
    return {
      base: place.base,
      members: `${place.members}*`,
      cls: classOf(type?.kind === 'pointer' ? type.to : undefined),
    };
  }
  private placeOf(expr: Expr, depth: number): Place | undefined {
    const e = withoutCasts(expr);
    if (depth > DEEPEST) return undefined;
    switch (e.kind) {
      case 'ident': {
        const sym = this.program.symbolOf(e);
        if (sym?.kind !== 'var') return undefined;
        return {
          base: sym,
          members: '',
          cls: sym.storage === 'param' ? undefined : classOfVariable(sym),
        };
      }
      case 'member': {
        const of = e.arrow ? this.pointee(e.base, depth + 1) : this.placeOf(e.base, depth + 1);
        const type = this.program.typeOf(e.base);
        const record = type?.kind === 'pointer' ? type.to : type;
        return (
          of && {
            base: of.base,
            members: `${of.members}.${e.name.text}`,
            cls: classOfField(record, e.name.text, of.cls),
          }
        );
      }
      case 'index': {
        const of =
          this.program.typeOf(e.base)?.kind === 'array' ? this.placeOf(e.base, depth + 1) : this.element(e.base, depth);
        const index = this.program.constantOf(e.index);
        return of && { ...of, members: `${of.members}[${index ?? '?'}]` };
      }
      case 'unary':
        return e.op === '*' ? this.pointee(e.operand, depth + 1) : undefined;
      case 'call': {
        const means = this.program.expansionOf(e);
        return means && this.placeOf(means, depth + 1);
      }
      default:
        return undefined;
    }
  }
  /** what a pointer that is indexed points to */
  private element(e: Expr, depth: number): Place | undefined {
    const place = this.pointee(e, depth + 1);
    return place && { ...place, members: place.members.replace(/\[0\]$/, '') };
  }
  private classByType(e: Expr): string | undefined {
    const named = withoutCasts(e);
    const taken = named.kind === 'unary' && named.op === '&' ? withoutCasts(named.operand) : undefined;
    if (taken?.kind === 'member') {
      const type = this.program.typeOf(taken.base);
      return classOfField(type?.kind === 'pointer' ? type.to : type, taken.name.text, undefined);
    }
    const type = this.program.typeOf(e);
    return classOf(type?.kind === 'pointer' ? type.to : undefined);
  }
}

/** Whether the lock may change under the name of `ref` when `members` of `variable` is assigned. */
export const reachedThrough = (ref: LockRef, variable: VarSym, members: string): boolean =>
  ref.base === variable && ref.members.startsWith(members) && ref.members.indexOf('*', members.length) >= 0;
/** The same when a field of this name is assigned in any structure. */
export const reachedThroughField = (ref: LockRef, field: string): boolean => ref.members.includes(`.${field}*`);

/** Whether two references name one lock. */
export function likeness(a: LockRef, b: LockRef): Likeness {
  if (a.cls !== undefined && b.cls !== undefined && a.cls !== b.cls) return 'distinct';
  if (!a.base || !b.base) return 'maybe';
  if (a === b || (a.base === b.base && a.members === b.members)) return a.isOne ? 'same' : 'maybe';
  if (a.base !== b.base) return isNamed(a) && isNamed(b) ? 'distinct' : 'maybe';
  return differInName(a.members, b.members) ? 'distinct' : 'maybe';
}
/** Whether it lies in a variable, not behind a pointer. */
const isNamed = (ref: LockRef): boolean => !ref.members.includes('*');
/** `*.rx.lock` and `*.tx.lock`, `[1]` and `[2]`: other fields or elements of one object. */
function differInName(a: string, b: string): boolean {
  const [x, y] = [steps(a), steps(b)];
  let at = 0;
  while (at < x.length && at < y.length && x[at] === y[at]) at++;
  const [one, other] = [x[at], y[at]];
  if (!one || !other || one === '[?]' || other === '[?]' || one === '*' || other === '*') return false;
  return ![...x.slice(at), ...y.slice(at)].some((step) => step === '*');
}
const steps = (members: string): readonly string[] => members.match(/\*|\.[^.*[]+|\[[^\]]*\]/g) ?? [];
const startsAt = (members: string, prefix: string): boolean =>
  members.startsWith(prefix) && /^($|[.*[])/.test(members.slice(prefix.length));

/** The types of locks whose class is where they lie, not what they are. */
const LOCKS = new Set([
  'spinlock',
  'raw_spinlock',
  'mutex',
  'ww_mutex',
  'rw_semaphore',
  'semaphore',
  'percpu_rw_semaphore',
]);
const LOCK_TYPEDEFS = new Set(['spinlock_t', 'raw_spinlock_t', 'rwlock_t', 'seqlock_t', 'local_lock_t']);
const isLockType = (type: CType | undefined): boolean =>
  type !== undefined &&
  (LOCK_TYPEDEFS.has(type.typedef ?? '') ||
    ('tag' in type && LOCKS.has(type.tag ?? '')) ||
    type.kind === 'int' ||
    type.kind === 'void');
function isLockPointer(type: CType | undefined): boolean {
  return type?.kind === 'pointer' || type?.kind === 'array';
}
const tagOf = (type: CType | undefined): string | undefined => (type && 'tag' in type ? type.tag : undefined);
const classOfVariable = ({ name, owner, id }: VarSym): string => name + (owner ? `#${id}` : '');
/** `mmap_read_lock(mm)`: the object is the lock; a lock itself has the class of its place. */
function classOf(type: CType | undefined): string | undefined {
  if (isLockType(type)) return undefined;
  const tag = tagOf(type);
  return tag === undefined ? undefined : `struct ${tag}`;
}
function classOfField(type: CType | undefined, field: string, outer: string | undefined): string | undefined {
  const record = type as RecordType | undefined;
  const tag = tagOf(record);
  if (tag !== undefined) return `${record?.kind} ${tag}.${field}`;
  if (record?.typedef) return `${record.typedef}.${field}`;
  return outer === undefined ? undefined : `${outer}.${field}`;
}
