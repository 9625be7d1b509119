/** Links of lists and trees: what a change of one makes unknown. */
import { orMake } from '../../../types/orMake';
import { catalogue } from '../../catalogue/catalogue';
import type { ApiEntry } from '../../catalogue/form/entry';
import type { Program } from '../../check/context/program';
import { knownPlaces } from './knownPlaces';
import type { ObjectWalk } from './objectContext';
import { ANYWHERE, type Objects, withCell } from './objectState';

const linksOn = new WeakMap<Program['layouts'], ReadonlySet<string>>();
/** The names of links: of the pointers in the structures that functions of the catalogue link. */
const linksIn = (program: Program): ReadonlySet<string> =>
  orMake(linksOn, program.layouts, () => new Set(links(program)));
function* links(program: Program): Iterable<string> {
  for (const [name, { relinks, follows = [] }] of Object.entries<ApiEntry>(catalogue)) {
    const sym = relinks && program.lookup(name);
    if (sym?.kind !== 'api' || sym.type?.kind !== 'function') continue;
    for (const arg of follows) {
      const type = sym.type.params[arg]?.type;
      const linked = type?.kind === 'pointer' ? type.to : undefined;
      if (linked?.kind !== 'struct') continue;
      for (const field of linked.fields ?? []) if (field.type.kind === 'pointer' && field.name) yield field.name;
    }
  }
}

/** After an entry has been put on a list or taken off, links may lead to other entries than before. */
export function forgetLinks(walk: ObjectWalk, objects: Objects): Objects {
  const names = linksIn(walk.program);
  let after = objects;
  for (const place of knownPlaces(walk, objects)) {
    const { members } = walk.things.place(place);
    if (names.has(members.slice(members.lastIndexOf('.') + 1))) after = withCell(after, place, ANYWHERE);
  }
  return after;
}
