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
/** A thing with what has been asked about it. */
interface AskedThing extends Thing {
  /** what the same call made the time before */
  before: ThingId | undefined;
  /** the paths that say whether it is nothing, and whether it is nothing or an error */
  question: PathId | undefined;
  errorQuestion: PathId | undefined;
  /** the places that are its whole or a part of it */
  places: PlaceId[] | undefined;
}
/** A place with what has been asked about it: what it led to at the entry, and where an unknown value has been stored in it. */
interface AskedPlace extends Place {
  entry: ThingId | undefined;
  stored: ThingId | undefined;
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
const isScalar = ({ kind }: CType): boolean => kind === 'pointer' || kind === 'int' || kind === 'enum';

export class Things {
  private readonly things: AskedThing[] = [];
  private readonly places: AskedPlace[] = [];
  private readonly made = new Map<Call, { readonly as: ThingId; readonly id: ThingId }[]>();
  /** by the paths of questions, counted from the first one: the things that they are about */
  private readonly asked = new NumberTable<ThingId>();
  private readonly askedForError = new NumberTable<ThingId>();
  private firstQuestion: PathId = Number.MAX_SAFE_INTEGER;
  /** by the number of a variable: its place, and the places that are a part of it */
  private readonly wholes = new NumberTable<PlaceId>();
  private readonly parts = new NumberTable<PlaceId[]>();
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
    const thing = this.things[id] as AskedThing;
    thing.before ??= this.add(thing.made, undefined, false, id);
    return thing.before;
  }
  /** What a place led to at the entry; undefined where it lies too deep. */
  entry(at: PlaceId): ThingId | undefined {
    const place = this.places[at];
    if (!place || place.depth >= DEEPEST) return undefined;
    place.entry ??= this.add(undefined, at, true, undefined);
    return place.entry;
  }
  /** What a place leads to that an unknown value has been stored in. */
  stored(at: PlaceId): ThingId | undefined {
    const place = this.places[at];
    if (!place || place.depth >= DEEPEST) return undefined;
    place.stored ??= this.add(undefined, at, false, undefined);
    return place.stored;
  }
  /** The path that says whether a place led to nothing at the entry. */
  question(id: ThingId, paths: VarPaths): PathId {
    const thing = this.things[id] as AskedThing;
    thing.question ??= this.ask(this.asked, id, paths);
    return thing.question;
  }
  /** The path that says whether a place led to nothing or to an error at the entry. */
  errorQuestion(id: ThingId, paths: VarPaths): PathId {
    const thing = this.things[id] as AskedThing;
    thing.errorQuestion ??= this.ask(this.askedForError, id, paths);
    return thing.errorQuestion;
  }
  /** A new path, behind all others so far. */
  private ask(table: NumberTable<ThingId>, id: ThingId, paths: VarPaths): PathId {
    const path = paths.temporary();
    this.firstQuestion = Math.min(this.firstQuestion, path);
    table.set(path - this.firstQuestion, id);
    return path;
  }
  errorAskedAbout(path: PathId): ThingId | undefined {
    return path < this.firstQuestion ? undefined : this.askedForError.get(path - this.firstQuestion);
  }
  /** The thing that a path of `question()` is about. */
  askedAbout(path: PathId): ThingId | undefined {
    return path < this.firstQuestion ? undefined : this.asked.get(path - this.firstQuestion);
  }
  variable(variable: VarSym, members = ''): PlaceId {
    if (members !== '') return this.part(variable, members);
    let id = this.wholes.get(variable.id);
    if (id === undefined) this.wholes.set(variable.id, (id = this.addPlace(variable, undefined, '', 0, variable)));
    return id;
  }
  private part(variable: VarSym, members: string): PlaceId {
    let known = this.parts.get(variable.id);
    if (!known) this.parts.set(variable.id, (known = []));
    for (const id of known) if (this.place(id).members === members) return id;
    const id = this.addPlace(variable, undefined, members, 0, variable);
    known.push(id);
    return id;
  }
  /** Whether a part of a variable is a place. */
  hasParts(variable: VarSym): boolean {
    return this.parts.get(variable.id) !== undefined;
  }
  member(thing: ThingId, members: string): PlaceId {
    const holder = this.things[thing] as AskedThing;
    const known = holder.places;
    if (known) for (const id of known) if (this.place(id).members === members) return id;
    const at = holder.at === undefined ? undefined : this.place(holder.at);
    const id = this.addPlace(undefined, thing, members, at ? at.depth + 1 : 0, at?.root);
    if (known) known.push(id);
    else holder.places = [id];
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
  private add(
    made: Made | undefined,
    at: PlaceId | undefined,
    atEntry: boolean,
    earlier: ThingId | undefined,
  ): ThingId {
    const id = this.things.length;
    this.things.push({
      id,
      made,
      at,
      atEntry,
      earlier,
      before: undefined,
      question: undefined,
      errorQuestion: undefined,
      places: undefined,
    });
    return id;
  }
  private addPlace(
    variable: VarSym | undefined,
    thing: ThingId | undefined,
    members: string,
    depth: number,
    root: VarSym | undefined,
  ): PlaceId {
    const id = this.places.length;
    // a parameter itself is the callee's; what it points to is not
    const isOutside = root !== undefined && root.storage !== 'local' && variable?.storage !== 'param';
    const isPointee = variable !== undefined && (!isScalar(variable.type) || this.isHandedOut(variable));
    this.places.push({
      variable,
      thing,
      members,
      depth,
      root,
      field: lastField(members),
      isOutside,
      isPointee,
      entry: undefined,
      stored: undefined,
    });
    return id;
  }
}
/** '.b' of '.a.b'; undefined: they end with the index of an element, or an offset */
function lastField(members: string): string | undefined {
  const at = members.lastIndexOf('.');
  return at < 0 || members.endsWith(']') ? undefined : members.slice(at);
}
