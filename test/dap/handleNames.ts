/**
 * Names for the handles of a debug session. The numbers of variables references and frames depend on how many were given before; a name says what the
 * handle stands for. The handles of a stop end with the next one.
 */
export interface HandleNames {
  /** variablesReference → path of names from the frame or the expression on. */
  readonly variables: Map<number, string>;
  /** frameId → name of its function. */
  readonly frames: Map<number, string>;
}

export const noHandles = (): HandleNames => ({ variables: new Map(), frames: new Map() });

export function forgetHandles(names: HandleNames): void {
  names.variables.clear();
  names.frames.clear();
}

/** Gives a frame its name; the second frame of one function is "f (2)". */
export function nameFrame(names: HandleNames, id: number, name: string): void {
  const others = [...names.frames].filter(([other]) => other !== id).map(([, taken]) => taken);
  let free = name;
  for (let n = 2; others.includes(free); n++) free = `${name} (${n})`;
  names.frames.set(id, free);
}

/** Gives a variables reference its path. Returns the path it had before, if that is another one: two things a client cannot tell apart. */
export function nameVariables(names: HandleNames, reference: number, path: string): string | undefined {
  const before = names.variables.get(reference);
  names.variables.set(reference, before ?? path);
  return before === path ? undefined : before;
}

export const frameName = (names: HandleNames, id: unknown): string =>
  (typeof id === 'number' ? names.frames.get(id) : undefined) ?? 'a frame that this stop does not have';

export const variablesName = (names: HandleNames, reference: unknown): string =>
  (typeof reference === 'number' ? names.variables.get(reference) : undefined) ??
  'a reference that this stop does not have';
