/** C expressions of the parts of an object, made of the expression of the whole: kept short, and right whatever the whole is. */

/** Where a balanced bracket that opens at `at` ends; −1 if it does not. */
function closing(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '"' || c === "'") return -1;
    if (c === '(' || c === '[') depth++;
    else if ((c === ')' || c === ']') && --depth === 0) return i + 1;
  }
  return -1;
}
/** Whether a text is a postfix expression, to which `.member`, `->member` and `[i]` may be appended as it is. */
export function isPostfix(text: string): boolean {
  const word = /^(?:[A-Za-z_]\w*)/.exec(text)?.[0];
  let at = word?.length ?? (text.startsWith('(') ? closing(text, 0) : -1);
  if (at < 0) return false;
  // `(type)(x)` would be a cast
  if (word === undefined && text.charAt(at) === '(') return false;
  if (word === 'sizeof') return false;
  while (at < text.length) {
    const member = /^(?:\.|->)[A-Za-z_]\w*/.exec(text.slice(at))?.[0];
    if (member) at += member.length;
    else if (text.charAt(at) === '[' || text.charAt(at) === '(') {
      at = closing(text, at);
      if (at < 0) return false;
    } else return false;
  }
  return true;
}
/** An expression as the whole of a part: in brackets unless it is a postfix expression. */
export const asWhole = (expression: string): string => (isPostfix(expression) ? expression : `(${expression})`);

/** What a pointer points to. */
export const targetPath = (path: string): string => `(*${path})`;
/** A member; `(*page).flags` reads better as `page->flags`. */
export function memberPath(path: string, field: string): string {
  const inner = path.startsWith('(*') && closing(path, 0) === path.length ? path.slice(2, -1) : undefined;
  return inner !== undefined && isPostfix(inner) ? `${inner}->${field}` : `${path}.${field}`;
}
