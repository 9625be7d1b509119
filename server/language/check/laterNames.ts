/** `#define` of what is declared behind it: the preprocessor puts the text in where the name is used, and only there it has to mean something. */
import type { DefineDir, Item } from '../syntax/tree';
import { walkTree } from '../syntax/visitor';
import type { CheckContext } from './context/checkContext';

/** Whether the value names a structure, a constant or a type that is not known yet. */
function waits(cx: CheckContext, { value }: DefineDir): boolean {
  let missing = false;
  if (value)
    walkTree(value, (node) => {
      if (node.kind === 'recordType' && node.tag && !node.fields) {
        const { text } = node.tag;
        const type = cx.scopes.lookupTag(text)?.type ?? cx.layouts.record(text);
        if (!type || ((type.kind === 'struct' || type.kind === 'union') && !type.fields)) missing = true;
      } else if (node.kind === 'ident' && !cx.scopes.lookup(node.name)) missing = true;
    });
  return missing;
}

/** Declares the items in their order, but a `#define` only when what it names is there, and at the end if that never comes. */
export function declareInOrder(cx: CheckContext, items: readonly Item[], declare: (item: Item) => void): void {
  let waiting: DefineDir[] = [];
  for (const item of items) {
    if (item.kind === 'define' && waits(cx, item)) waiting.push(item);
    else declare(item);
    if (waiting.length === 0) continue;
    const ready = waiting.filter((define) => !waits(cx, define));
    if (ready.length === 0) continue;
    waiting = waiting.filter((define) => !ready.includes(define));
    for (const define of ready) declare(define);
  }
  for (const define of waiting) declare(define);
}
