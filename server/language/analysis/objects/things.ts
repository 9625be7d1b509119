/**
 * What the objects of an analysis are called: things (an allocation of a call, or what a place led to when it was first asked for) and
 * places (a variable, or a member of a thing). Both are numbered for a whole program; that a number stands for the same object in all
 * states of a body makes them comparable.
 */
import type { CType } from '../../../types/ctype';
import { NumberTable } from '../../../types/numberTable';
import { orMake } from '../../../types/orMake';
import type { Allocates, ApiEntry } from '../../catalogue/form/entry';
import type { FunctionSym, VarSym } from '../../check/context/program';
import type { Call } from '../../syntax/tree';
import type { PathId, VarPaths } from '../engine/values/varPaths';

export type ThingId = number;
export type PlaceId = number;

/** An allocation: the call that made it, or the call to a function of the scenario that returned it. */
export interface Made {
  readonly call: Call;
  readonly allocates: Allocates;
  readonly entry: ApiEntry;
  /** the kernel's function */
  readonly name: string;
  /** the function of the scenario that was called, and the allocation in it */
  readonly by: { readonly sym: FunctionSym; readonly made: Made } | undefined;
}
interface Thing {
  readonly id: ThingId;
  readonly made: Made | undefined;
  /** what this place led to */
  readonly at: PlaceId | undefined;
  /** it is what the place led to at the entry of the body */
  readonly atEntry: boolean;
  /** the thing that the same call made the time before */
  readonly earlier: ThingId | undefined;
}
export interface Place {
  /** neither this nor a thing: the value of a call or a conditional */
  readonly variable: VarSym | undefined;
  readonly thing: ThingId | undefined;
  /** '' for the variable, or what the thing begins with; else '.mask', '.ops.fill' */
  readonly members: string;
  /** pointers followed from a variable */
  readonly depth: number;
  /** the variable that it is reached from */
  readonly root: VarSym | undefined;
  /** '.mask': its last member, where it ends with the name of one */
  readonly field: string | undefined;
  /** whether a caller can reach it: by a parameter, or a global */
  readonly isOutside: boolean;
  /** whether it is a variable or a part of one to which pointers may lead */
  readonly isPointee: boolean;
}
/** Calls and conditionals have negative numbers: nothing need be known of such a place but its path. */
const TEMPORARY: Place = {
  variable: undefined,
  thing: undefined,
  members: '',
  depth: 0,
  root: undefined,
  field: undefined,
  isOutside: false,
  isPointee: false,
};
export const placeOfTemp = (path: PathId): PlaceId => -1 - path;
/** The path of the call or the conditional whose value a place is; undefined: it is another place. */
export const tempAt = (place: PlaceId): PathId | undefined => (place < 0 ? -1 - place : undefined);
/** No object at all. */
export const NO_THING: ThingId = 0;
/** Something of which nothing is known: two places that lead to it need not lead to the same. */
export const UNKNOWN: ThingId = 1;
/** An errno in a pointer. */
export const ERROR: ThingId = 2;
/** Whether it is an object, and not one of the above. */
export const isObject = (id: ThingId): boolean => id > ERROR;
const DEEPEST = 3;
/** in lists of things and places: none has been asked for */
const NONE = -1;
const isScalar = ({ kind }: CType): boolean => kind === 'pointer' || kind === 'int' || kind === 'enum';
const FIELD = /\.\w+$/;

export class Things {
  private readonly things: Thing[] = [];
  private readonly places: Place[] = [];
  private readonly made = new Map<Call, { readonly as: ThingId; readonly id: ThingId }[]>();
  private readonly earlier = new Map<ThingId, ThingId>();
  /** by place: what it led to at the entry, and what has been stored in it */
  private readonly entries: ThingId[] = [];
  private readonly later: ThingId[] = [];
  /** by thing, and by the path that says whether it is nothing */
  private readonly questions: (PathId | undefined)[] = [];
  private readonly asked = new NumberTable<ThingId>();
  private readonly errorQuestions: (PathId | undefined)[] = [];
  private readonly askedForError = new NumberTable<ThingId>();
  /** by the number of a variable, and by thing: the places that are the whole or a part of it */
  private readonly ofVariables: (PlaceId[] | undefined)[] = [];
  private readonly ofThings: (PlaceId[] | undefined)[] = [];
  private readonly steps = new Map<string, string>();

  /** @param isHandedOut whether the address of a variable is taken */
  constructor(private readonly isHandedOut: (variable: VarSym) => boolean) {
    for (const _ of [NO_THING, UNKNOWN, ERROR]) this.add(undefined, undefined, false, undefined);
  }
  thing(id: ThingId): Thing {
    return this.things[id] as Thing;
  }
  place(id: PlaceId): Place {
    return id < 0 ? TEMPORARY : (this.places[id] as Place);
  }
  /** What a call makes; `as`: the thing of its callee. */
  madeBy(call: Call, as: ThingId, made: Made): ThingId {
    const known = orMake(this.made, call, () => []);
    for (const one of known) if (one.as === as) return one.id;
    const id = this.add(made, undefined, false, undefined);
    known.push({ as, id });
    return id;
  }
  /** What the same call made the time before. */
  before(id: ThingId): ThingId {
    return orMake(this.earlier, id, () => this.add(this.thing(id).made, undefined, false, id));
  }
  /** What a place led to at the entry; undefined where it lies too deep. */
  entry(at: PlaceId): ThingId | undefined {
    const known = this.entries[at] as ThingId;
    if (known !== NONE) return known;
    if (this.place(at).depth >= DEEPEST) return undefined;
    const id = this.add(undefined, at, true, undefined);
    this.entries[at] = id;
    return id;
  }
  /** What a place leads to that an unknown value has been stored in. */
  stored(at: PlaceId): ThingId | undefined {
    if (this.place(at).depth >= DEEPEST) return undefined;
    const known = this.later[at] as ThingId;
    if (known !== NONE) return known;
    const id = this.add(undefined, at, false, undefined);
    this.later[at] = id;
    return id;
  }
  /** The path that says whether a place led to nothing at the entry. */
  question(id: ThingId, paths: VarPaths): PathId {
    return this.pathFor(id, this.questions, this.asked, paths);
  }
  /** The path that says whether a place led to nothing or to an error at the entry. */
  errorQuestion(id: ThingId, paths: VarPaths): PathId {
    return this.pathFor(id, this.errorQuestions, this.askedForError, paths);
  }
  errorAskedAbout(path: PathId): ThingId | undefined {
    return this.askedForError.get(path);
  }
  /** The thing that a path of `question()` is about. */
  askedAbout(path: PathId): ThingId | undefined {
    return this.asked.get(path);
  }
  variable(variable: VarSym, members = ''): PlaceId {
    const all = this.ofVariables;
    while (all.length <= variable.id) all.push(undefined);
    const known = all[variable.id];
    if (known) for (const id of known) if (this.place(id).members === members) return id;
    const id = this.addPlace({ variable, thing: undefined, members, depth: 0, root: variable });
    if (known) known.push(id);
    else all[variable.id] = [id];
    return id;
  }
  member(thing: ThingId, members: string): PlaceId {
    const known = this.ofThings[thing];
    if (known) for (const id of known) if (this.place(id).members === members) return id;
    const { at } = this.thing(thing);
    const holder = at === undefined ? TEMPORARY : this.place(at);
    const depth = at === undefined ? 0 : holder.depth + 1;
    const id = this.addPlace({ variable: undefined, thing, members, depth, root: holder.root });
    if (known) known.push(id);
    else this.ofThings[thing] = [id];
    return id;
  }
  /** `.name`: one string for each name, since places are looked up by it. */
  step(name: string): string {
    let step = this.steps.get(name);
    if (step === undefined) this.steps.set(name, (step = `.${name}`));
    return step;
  }
  /** A place below another: its member. */
  below(at: PlaceId, members: string): PlaceId {
    const { variable, thing, members: before } = this.place(at);
    if (variable) return this.variable(variable, before + members);
    return thing === undefined ? at : this.member(thing, before + members);
  }
  private pathFor(
    id: ThingId,
    questions: (PathId | undefined)[],
    asked: NumberTable<ThingId>,
    paths: VarPaths,
  ): PathId {
    const known = questions[id];
    if (known !== undefined) return known;
    const path = paths.temporary();
    questions[id] = path;
    asked.set(path, id);
    return path;
  }
  private add(
    made: Made | undefined,
    at: PlaceId | undefined,
    atEntry: boolean,
    earlier: ThingId | undefined,
  ): ThingId {
    const id = this.things.length;
    this.things.push({ id, made, at, atEntry, earlier });
    this.ofThings.push(undefined);
    this.questions.push(undefined);
    this.errorQuestions.push(undefined);
    return id;
  }
  private addPlace(place: Omit<Place, 'field' | 'isOutside' | 'isPointee'>): PlaceId {
    const id = this.places.length;
    const { variable, thing, members, depth, root } = place;
    // a parameter itself is the callee's; what it points to is not
    const isOutside = root !== undefined && root.storage !== 'local' && variable?.storage !== 'param';
    const isPointee = variable !== undefined && (!isScalar(variable.type) || this.isHandedOut(variable));
    const field = FIELD.exec(members)?.[0];
    this.places.push({ variable, thing, members, depth, root, field, isOutside, isPointee });
    this.entries.push(NONE);
    this.later.push(NONE);
    return id;
  }
}
