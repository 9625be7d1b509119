/** What rules are told of objects: each event in every state in which it can occur, before its effect. */
import type { ApiEntry } from '../../catalogue/form/entry';
import type { ContextSym, FunctionSym, Program, Related } from '../../check/context/program';
import type { Call, Expr, Index, Span } from '../../syntax/tree';
import { sourceText } from '../engine/evidence';
import type { Obj, Objects, Order, Pointer, Trail } from './objectState';
import type { Made, PlaceId, ThingId, Things } from './things';

/** Where something happens to an object. */
export interface ObjectSite {
  readonly program: Program;
  readonly things: Things;
  readonly body: FunctionSym | ContextSym;
  readonly objects: Objects;
  readonly trail: Trail | undefined;
  /** some run gets here, as far as this body says */
  readonly sure: boolean;
  readonly span: Span;
}
/** An object as it is before the event. */
export interface Subject {
  readonly obj: Obj;
  /** undefined: it was not allocated in this body, or by what it calls */
  readonly made: Made | undefined;
}
interface Allocated extends ObjectSite {
  readonly made: Made;
  /** the cache or the pool it comes from */
  readonly from: ThingId | undefined;
  /** filled with zeros, by the function or by the mask */
  readonly zeroed: boolean;
}
interface Freed extends ObjectSite, Subject {
  readonly call: Call;
  /** the kernel's function that frees it, in this body or in a function that is called */
  readonly by: { readonly name: string; readonly entry: ApiEntry; readonly span: Span };
  readonly pointer: Pointer;
  /** the pointer as it is written */
  readonly text: string;
  readonly order: Order;
  /** the cache or the pool it is given back to */
  readonly from: ThingId | undefined;
}
interface Used extends ObjectSite, Subject {
  readonly pointer: Pointer;
  /** the pointer as it is written */
  readonly text: string;
  /** the kernel's function, or the scenario's, that follows the pointer; undefined: it is followed here */
  readonly by: string | undefined;
  /** it is certainly NULL */
  readonly isNull: boolean;
}
/** An element behind a pointer is read or stored to. */
interface Indexed extends ObjectSite, Subject {
  readonly element: Index;
  readonly pointer: Pointer;
  /** the pointer as it is written */
  readonly text: string;
}
/** The address of an object, or its struct page, is given to a function that asks where the memory is. */
interface Passed extends ObjectSite, Subject {
  readonly call: Call;
  readonly by: { readonly name: string; readonly entry: ApiEntry };
  readonly pointer: Pointer;
  /** the pointer as it is written */
  readonly text: string;
}
interface Lost extends ObjectSite, Subject {
  /** dropped: the result of the call is stored nowhere · return: the body is left · overwritten: the last pointer to it is overwritten · holder: what pointed to it is freed */
  readonly how: 'dropped' | 'return' | 'overwritten' | 'holder';
  readonly text: string;
}
/** What a pointer that is tested can be: one of them in each state. */
export type Outcome = 'unknown' | 'NULL' | 'maybe NULL' | 'never NULL' | 'valid' | 'error' | 'maybe error' | 'used';
interface Tested extends ObjectSite {
  readonly test: Expr;
  readonly for: 'NULL' | 'error' | 'error or NULL';
  readonly pointer: Expr;
  readonly outcome: Outcome;
  readonly subject: Subject | undefined;
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
export type { Allocated, Freed, Indexed, Lost, Passed, Tested, Used };

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
    if (cell.to === id && variable) return placeText(things, cell.place);
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
