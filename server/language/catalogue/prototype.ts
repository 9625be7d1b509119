/** The parameters of a C prototype or of a macro's form, as texts and as a type. */
import { orMake } from '../../types/orMake';

/** `['gfp_t gfp', 'unsigned int order']` of `struct page *alloc_pages(gfp_t gfp, unsigned int order)`; none of `f(void)`. `name`: of the
 * function, where what it returns may have brackets of its own. */
export function parameterTexts(proto: string, name = ''): string[] {
  const from = name === '' ? 0 : proto.search(new RegExp(`\\b${name}\\s*\\(`));
  const inside = proto.slice(proto.indexOf('(', from) + 1, proto.lastIndexOf(')'));
  const list: string[] = [];
  let depth = 0;
  let begin = 0;
  for (let i = 0; i <= inside.length; i++) {
    const c = inside[i];
    if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (i === inside.length || (c === ',' && depth === 0)) {
      list.push(inside.slice(begin, i).trim());
      begin = i + 1;
    }
  }
  return list.filter((p) => p !== 'void' && p !== '');
}
/** The name in a parameter's text: `order` of `unsigned int order`, `func` of `void (*func)(void *info)`. */
export const parameterName = (text: string): string =>
  /\(\*(\w+)\)/.exec(text)?.[1] ?? /(\w+)(\[\w*\])?$/.exec(text)?.[1] ?? text;
const namesOf = new Map<string, readonly string[]>();
/** The names of a prototype's parameters. */
export const parameterNames = (proto: string): readonly string[] =>
  orMake(namesOf, proto, () => parameterTexts(proto).map(parameterName));

/** `parameterTexts` at the level of types. A function pointer's own parameters do not end it. */
export type ParameterTexts<P extends string> = P extends `${string}(${infer Inside})`
  ? Inside extends 'void' | ''
    ? []
    : Split<Inside>
  : never;
type Split<S extends string, Begun extends string = ''> = S extends `${infer First}, ${infer Rest}`
  ? `${Begun}${First}` extends `${string}(*${string}`
    ? `${Begun}${First}` extends `${string})`
      ? [`${Begun}${First}`, ...Split<Rest>]
      : Split<Rest, `${Begun}${First}, `>
    : [`${Begun}${First}`, ...Split<Rest>]
  : [`${Begun}${S}`];
