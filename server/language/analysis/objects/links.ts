/** Links of lists and trees: what a change of one makes unknown. */
import type { ObjectWalk } from './objectContext';
import { ANYWHERE, type Objects, withCell } from './objectState';
import { isObject, type PlaceId } from './things';

/** The last member of a place that is a link: of struct list_head, hlist_head, hlist_node, rb_node, rb_root. */
const LINK = /\.(next|prev|first|rb_node|rb_left|rb_right|rb_leftmost)$/;

/** After an entry has been put on a list or taken off, links may lead to other entries than before. */
export function forgetLinks({ things }: ObjectWalk, objects: Objects): Objects {
  const links = new Set<PlaceId>();
  const add = (at: PlaceId | undefined): void => {
    if (at !== undefined && LINK.test(things.place(at).members)) links.add(at);
  };
  for (const c of objects.cells) {
    add(c.place);
    if (isObject(c.to)) add(things.thing(c.to).at);
  }
  for (const { id } of objects.objs) add(things.thing(id).at);
  let after = objects;
  for (const place of links) after = withCell(after, place, ANYWHERE);
  return after;
}
