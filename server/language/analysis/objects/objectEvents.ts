/** What rules are told of objects: each event in every state in which it can occur, before its effect. */
import type { ApiEntry, Frees } from '../../catalogue/form/entry';
import type { ApiSym, ContextSym, FunctionSym, Program, Related } from '../../check/context/program';
import type { Call, Expr, Index, Span } from '../../syntax/tree';
import { sourceText } from '../engine/evidence';
import type { Obj, Objects, Order, Pointer, Trail } from './objectState';
import type { Made, PlaceId, ThingId, Things } from './things';

/** A walk and a state of it, as far as rules are told of them. */
interface Place {
  readonly program: Program;
  readonly things: Things;
  readonly body: FunctionSym | ContextSym;
}
interface Known {
  readonly objects: Objects;
  readonly trail: Trail | undefined;
  readonly loose: boolean;
  readonly deciding: object | undefined;
}
/** Where something happens to an object. */
export class ObjectSite {
  readonly program: Program;
  readonly things: Things;
  readonly body: FunctionSym | ContextSym;
  readonly objects: Objects;
  readonly trail: Trail | undefined;
  /** some run gets here, as far as this body says */
  readonly sure: boolean;

  constructor(
    { program, things, body }: Place,
    { objects, trail, loose, deciding }: Known,
    readonly span: Span,
    sure = false,
  ) {
    this.program = program;
    this.things = things;
    this.body = body;
    this.objects = objects;
    this.trail = trail;
    this.sure = sure || (!loose && !deciding);
  }
}
/** An object as it is before the event. */
export interface Subject {
  readonly obj: Obj;
  /** undefined: it was not allocated in this body, or by what it calls */
  readonly made: Made | undefined;
}
/** A pointer as it is written: where, or the text of one in a function that is called, as its caller would write it. */
export type Written = Span | string;
export const writtenText = (program: Program, written: Written): string =>
  typeof written === 'string' ? written : sourceText(program, written);

/** A number for where something begins: no other place in the program has it. */
export const placeKey = ({ file, start }: Span): number => file * 0x4000000 + start;

export class Allocated extends ObjectSite {
  constructor(
    place: Place,
    known: Known,
    readonly made: Made,
    /** the cache or the pool it comes from */
    readonly from: ThingId | undefined,
    /** filled with zeros, by the function or by the mask */
    readonly zeroed: boolean,
  ) {
    super(place, known, made.call.span);
  }
}
/** A call that frees an object. */
export interface Free {
  readonly call: Call;
  /** the kernel's function that frees it, in this body or in a function that is called */
  readonly by: { readonly name: string; readonly entry: ApiEntry; readonly span: Span };
  readonly frees: Frees;
  readonly pointer: Pointer;
  readonly written: Written;
  readonly order: Order;
  /** the cache or the pool it is given back to */
  readonly from: ThingId | undefined;
}
export class Freed extends ObjectSite implements Subject {
  readonly call: Call;
  readonly by: Free['by'];
  readonly pointer: Pointer;
  readonly written: Written;
  readonly order: Order;
  readonly from: ThingId | undefined;

  constructor(
    place: Place,
    known: Known,
    readonly obj: Obj,
    readonly made: Made | undefined,
    { call, by, pointer, written, order, from }: Free,
  ) {
    super(place, known, call.span);
    this.call = call;
    this.by = by;
    this.pointer = pointer;
    this.written = written;
    this.order = order;
    this.from = from;
  }
}
export class Used extends ObjectSite implements Subject {
  constructor(
    place: Place,
    known: Known,
    span: Span,
    sure: boolean,
    readonly obj: Obj,
    readonly made: Made | undefined,
    readonly pointer: Pointer,
    readonly written: Written,
    /** the kernel's function, or the scenario's, that follows the pointer; undefined: it is followed here */
    readonly by: string | undefined,
    /** it is certainly NULL */
    readonly isNull: boolean,
  ) {
    super(place, known, span, sure);
  }
}
/** An element behind a pointer is read or stored to. */
export class Indexed extends ObjectSite implements Subject {
  constructor(
    place: Place,
    known: Known,
    readonly obj: Obj,
    readonly made: Made | undefined,
    readonly element: Index,
    readonly pointer: Pointer,
  ) {
    super(place, known, element.span);
  }
}
/** The address of an object, or its struct page, is given to a function that asks where the memory is. */
export class Passed extends ObjectSite implements Subject {
  constructor(
    place: Place,
    known: Known,
    span: Span,
    readonly obj: Obj,
    readonly made: Made | undefined,
    readonly by: ApiSym,
    readonly pointer: Pointer,
  ) {
    super(place, known, span);
  }
}
export class Lost extends ObjectSite implements Subject {
  constructor(
    place: Place,
    known: Known,
    span: Span,
    readonly obj: Obj,
    readonly made: Made | undefined,
    /** dropped: the result of the call is stored nowhere · return: the body is left · overwritten: the last pointer to it is overwritten · holder: what pointed to it is freed */
    readonly how: 'dropped' | 'return' | 'overwritten' | 'holder',
    readonly written: Written,
  ) {
    super(place, known, span);
  }
}
/** What a pointer that is tested can be: one of them in each state. */
export type Outcome = 'unknown' | 'NULL' | 'maybe NULL' | 'never NULL' | 'valid' | 'error' | 'maybe error' | 'used';
/** What has been told of a test, in the end also what is told later. */
export interface ToldTest {
  readonly outcomes: readonly Outcome[];
  /** the first that is known */
  readonly subject: Subject | undefined;
}
export class Tested extends ObjectSite {
  constructor(
    place: Place,
    known: Known,
    readonly test: Expr,
    readonly about: 'NULL' | 'error' | 'error or NULL',
    readonly outcome: Outcome,
    readonly told: ToldTest,
    readonly subject: Subject | undefined,
  ) {
    super(place, known, test.span);
  }
}
export interface ObjectHooks {
  allocated?(event: Allocated): void;
  freed?(event: Freed): void;
  used?(event: Used): void;
  indexed?(event: Indexed): void;
  passed?(event: Passed): void;
  lost?(event: Lost): void;
  /** each outcome of a test is told once, not in each state */
  tested?(event: Tested): void;
}
/** The rules that listen to each event. */
export type ObjectListeners = { readonly [Event in keyof ObjectHooks]-?: readonly ObjectHooks[] };
export const listenersOf = (hooks: readonly ObjectHooks[]): ObjectListeners => ({
  allocated: hooks.filter((h) => h.allocated),
  freed: hooks.filter((h) => h.freed),
  used: hooks.filter((h) => h.used),
  indexed: hooks.filter((h) => h.indexed),
  passed: hooks.filter((h) => h.passed),
  lost: hooks.filter((h) => h.lost),
  tested: hooks.filter((h) => h.tested),
});

/** "p" or "d->buf" for what a place is called; '' for one without a name. */
export function placeText(things: Things, id: PlaceId): string {
  const { variable, thing, members } = things.place(id);
  if (variable) return variable.name + members;
  const at = thing === undefined ? undefined : things.thing(thing).at;
  const base = at === undefined ? '' : placeText(things, at);
  if (base === '' || members.startsWith('@')) return '';
  return members === '' ? `*${base}` : `${base}->${members.slice(1)}`;
}
/** What an object is called: the first variable that points to it. */
export function objectText(things: Things, objects: Objects, id: ThingId): string {
  for (const cell of objects.cells) {
    const { variable } = things.place(cell.place);
    // not a hidden variable of a macro
    if (cell.to === id && variable && !variable.name.includes('$')) return placeText(things, cell.place);
  }
  for (const cell of objects.cells) {
    if (cell.to !== id) continue;
    const { thing, members } = things.place(cell.place);
    const holder = thing === undefined ? '' : objectText(things, objects, thing);
    if (holder !== '') return `${holder}->${members.slice(1)}`;
  }
  const { at } = things.thing(id);
  return at === undefined ? '' : placeText(things, at);
}
/** The call that made an object, as related information. */
export function allocatedHere(made: Made): Related[] {
  const isHandle = made.allocates.kind === 'handle';
  const { by, name } = made;
  const message = by
    ? `${by.sym.name}() returns ${isHandle ? 'the result' : 'memory'} of ${by.made.name}() here`
    : `${name}() ${isHandle ? 'returns' : 'allocates'} it here`;
  const inner = made.by ? allocatedHere(made.by.made) : [];
  return [{ span: made.call.span, message }, ...inner];
}
const SHOWN = 4;
/** The last branches that lead to a point, after the object was made. */
export function branchesTo({ program, trail }: ObjectSite, born?: Trail): Related[] {
  const found: Related[] = [];
  const seen = new Set<string>();
  for (let at = trail; at && at !== born && found.length < SHOWN; at = at.before) {
    const key = `${at.span.file}:${at.span.start}`;
    if (at.span.file < 0 || seen.has(key)) continue;
    seen.add(key);
    const what = at.failed ? 'fails' : `is ${at.taken ? 'true' : 'false'}`;
    found.push({ span: at.span, message: `'${sourceText(program, at.span)}' ${what} here` });
  }
  return found.reverse();
}
/** The evidence for a finding on an object: where it was made, the branches since then, where it was freed. */
export function witness(site: ObjectSite, { obj, made }: Subject): Related[] {
  const freed = obj.freed;
  return [
    ...(made ? allocatedHere(made) : []),
    ...branchesTo(site, made ? obj.born : undefined),
    ...(freed ? [{ span: freed.span, message: `${freed.by}() frees it here` }] : []),
  ];
}
