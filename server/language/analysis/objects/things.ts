/**
 * What the objects of an analysis are called: things (an allocation of a call, or what a place led to when it was first asked for) and
 * places (a variable, or a member of a thing). Both are numbered for a whole program; that a number stands for the same object in all
 * states of a body makes them comparable.
 */
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
  readonly by?: { readonly sym: FunctionSym; readonly made: Made };
}
interface Thing {
  readonly id: ThingId;
  readonly made?: Made;
  /** what this place led to */
  readonly at?: PlaceId;
  /** it is what the place led to at the entry of the body */
  readonly atEntry?: true;
  /** the thing that the same call made the time before */
  readonly earlier?: ThingId;
}
export interface Place {
  readonly id: PlaceId;
  readonly variable?: VarSym;
  readonly thing?: ThingId;
  /** the value of a call or a conditional */
  readonly temp?: PathId;
  /** '' for the variable, or what the thing begins with; else '.mask', '.ops.fill' */
  readonly members: string;
  /** pointers followed from a variable */
  readonly depth: number;
}
/** No object at all. */
export const NO_THING: ThingId = 0;
/** Something of which nothing is known: two places that lead to it need not lead to the same. */
export const UNKNOWN: ThingId = 1;
/** An errno in a pointer. */
export const ERROR: ThingId = 2;
/** Whether it is an object, and not one of the above. */
export const isObject = (id: ThingId): boolean => id > ERROR;
const DEEPEST = 3;

export class Things {
  private readonly things: Thing[] = [{ id: NO_THING }, { id: UNKNOWN }, { id: ERROR }];
  private readonly places: Place[] = [];
  private readonly made = new Map<Call, Map<ThingId, ThingId>>();
  private readonly earlier = new Map<ThingId, ThingId>();
  private readonly entries = new Map<PlaceId, ThingId>();
  private readonly later = new Map<PlaceId, ThingId>();
  private readonly questions = new Map<ThingId, PathId>();
  private readonly asked = new Map<PathId, ThingId>();
  private readonly errorQuestions = new Map<ThingId, PathId>();
  private readonly askedForError = new Map<PathId, ThingId>();
  private readonly ofVariables = new Map<VarSym, Map<string, PlaceId>>();
  private readonly ofThings = new Map<ThingId, Map<string, PlaceId>>();
  private readonly ofTemps = new Map<PathId, PlaceId>();
  private readonly steps = new Map<string, string>();

  thing(id: ThingId): Thing {
    return this.things[id] as Thing;
  }
  place(id: PlaceId): Place {
    return this.places[id] as Place;
  }
  /** What a call makes; `as`: the thing of its callee. */
  madeBy(call: Call, as: ThingId, made: Made): ThingId {
    const known = orMake(this.made, call, () => new Map<ThingId, ThingId>());
    const id = orMake(known, as, () => this.add({ made }));
    return id;
  }
  /** What the same call made the time before. */
  before(id: ThingId): ThingId {
    const { made } = this.thing(id);
    const earlier = orMake(this.earlier, id, () => this.add({ ...(made ? { made } : {}), earlier: id }));
    return earlier;
  }
  /** What a place led to at the entry; undefined where it lies too deep. */
  entry(at: PlaceId): ThingId | undefined {
    if (this.place(at).depth >= DEEPEST) return undefined;
    const id = orMake(this.entries, at, () => this.add({ at, atEntry: true }));
    return id;
  }
  /** What a place leads to that an unknown value has been stored in. */
  stored(at: PlaceId): ThingId | undefined {
    if (this.place(at).depth >= DEEPEST) return undefined;
    const id = orMake(this.later, at, () => this.add({ at }));
    return id;
  }
  /** The path that says whether a place led to nothing at the entry. */
  question(id: ThingId, paths: VarPaths): PathId {
    const path = orMake(this.questions, id, () => paths.temporary());
    this.asked.set(path, id);
    return path;
  }
  /** The path that says whether a place led to nothing or to an error at the entry. */
  errorQuestion(id: ThingId, paths: VarPaths): PathId {
    const path = orMake(this.errorQuestions, id, () => paths.temporary());
    this.askedForError.set(path, id);
    return path;
  }
  errorAskedAbout(path: PathId): ThingId | undefined {
    return this.askedForError.get(path);
  }
  /** The thing that a path of `question()` is about. */
  askedAbout(path: PathId): ThingId | undefined {
    return this.asked.get(path);
  }
  variable(variable: VarSym, members = ''): PlaceId {
    const known = orMake(this.ofVariables, variable, () => new Map<string, PlaceId>());
    const id = orMake(known, members, () => this.addPlace({ variable, members, depth: 0 }));
    return id;
  }
  member(thing: ThingId, members: string): PlaceId {
    const { at } = this.thing(thing);
    const depth = at === undefined ? 0 : this.place(at).depth + 1;
    const known = orMake(this.ofThings, thing, () => new Map<string, PlaceId>());
    const id = orMake(known, members, () => this.addPlace({ thing, members, depth }));
    return id;
  }
  temp(path: PathId): PlaceId {
    const id = orMake(this.ofTemps, path, () => this.addPlace({ temp: path, members: '', depth: 0 }));
    return id;
  }
  /** `.name`: one string for each name, since places are looked up by it. */
  step(name: string): string {
    return orMake(this.steps, name, () => `.${name}`);
  }
  /** A place below another: its member. */
  below(at: PlaceId, members: string): PlaceId {
    const { variable, thing, members: before } = this.place(at);
    if (variable) return this.variable(variable, before + members);
    return thing === undefined ? at : this.member(thing, before + members);
  }
  private add(thing: Omit<Thing, 'id'>): ThingId {
    this.things.push({ id: this.things.length, ...thing });
    return this.things.length - 1;
  }
  private addPlace(place: Omit<Place, 'id'>): PlaceId {
    this.places.push({ id: this.places.length, ...place });
    return this.places.length - 1;
  }
}
