/** What a call of one of the kernel's macros expands to, as text: its body with the arguments in the places of the parameters. */
import { lookupMacro } from '../catalogue/catalogue';
import type { SourceFile } from '../check/context/program';
import { lex } from '../syntax/lexer';
import type { Expr } from '../syntax/tree';

/** Longer ones tell nothing. */
const LONGEST = 300;

export function expansionText(source: SourceFile, name: string, args: readonly Expr[]): string | undefined {
  const macro = lookupMacro(name);
  // bodies that use the emulator's own functions do not explain anything
  if (!macro || macro.body.includes('__kmem_')) return undefined;
  const given = new Map<string, string>();
  macro.params.forEach((param, i) => {
    const rest = param.endsWith('...');
    const texts = (rest ? args.slice(i) : args.slice(i, i + 1)).map(({ span }) =>
      source.text.slice(span.start, span.end),
    );
    given.set(rest ? (param === '...' ? '__VA_ARGS__' : param.slice(0, -3)) : param, texts.join(', '));
  });
  const tokens = lex(macro.body);
  let text = '';
  let at = 0;
  for (let i = 0; i < tokens.count; i++) {
    const [start, end] = [tokens.start[i] ?? 0, tokens.end[i] ?? 0];
    const word = macro.body.slice(start, end);
    text += macro.body.slice(at, start) + (given.get(word) ?? word);
    at = end;
  }
  const shown = text.replace(/\s+/g, ' ').trim();
  return shown.length > LONGEST ? undefined : shown;
}
