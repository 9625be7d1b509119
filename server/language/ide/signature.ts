/** Signature help: the function whose arguments are being written, also one called through a pointer. */
import type { CType } from '../../types/ctype';
import { typeName } from '../../types/ctype';
import type { ApiEntry } from '../catalogue/form/entry';
import { parameterTexts } from '../catalogue/prototype';
import type { ExpressionScope, Program } from '../check/context/program';
import { apiMarkdown, sleepsText } from './apiSentences';
import { scopeAt } from './locate';
import { openCall, postfixStart, type TypedText, textOf, typedBefore } from './typedText';

interface Parameter {
  /** as in the label */
  readonly text: string;
  readonly markdown?: string;
}
export interface Signature {
  readonly label: string;
  readonly markdown: string;
  readonly parameters: readonly Parameter[];
  /** parameter the cursor is in; beyond them where there are too many arguments */
  readonly active: number;
  /** characters of the call in front of the cursor */
  readonly written: number;
}

/** The function whose argument list the cursor is in. */
export function signature(program: Program, file: number, offset: number): Signature | undefined {
  const source = program.files[file];
  if (!source) return undefined;
  return signatureOf(program, typedBefore(source, offset), scopeAt(program, file, offset));
}
/** The function whose argument list a text ends in. */
export function signatureOf(program: Program, typed: TypedText, scope: ExpressionScope): Signature | undefined {
  const call = openCall(typed);
  if (!call) return undefined;
  const last = call.open - 1;
  const first = postfixStart(typed, last);
  if (first > last) return undefined;
  const callee = textOf(typed, first, last);
  const written = typed.text.length - (typed.tokens.start[first] ?? 0);
  const sym = first === last ? nameIn(program, callee, scope) : undefined;
  if (sym?.kind === 'api') {
    const { entry } = sym;
    const texts = parameterTexts(entry.proto, sym.name);
    return { ...make(entry.proto, texts, call.commas, entry), markdown: apiMarkdown(sym.name, entry), written };
  }
  if (sym?.kind === 'function') return ofType(sym.type, sym.name, call.commas, written);
  const type = program.checkExpression(callee, scope).type;
  const name = textOf(typed, last, last);
  return type && ofType(type, /^\w+$/.test(name) ? name : '', call.commas, written);
}
const nameIn = (program: Program, name: string, scope: ExpressionScope) =>
  program.visibleNames(scope).find((s) => s.name === name) ?? program.lookup(name);

function ofType(type: CType, name: string, commas: number, written: number): Signature | undefined {
  const called = type.kind === 'pointer' ? type.to : type;
  if (called.kind !== 'function') return undefined;
  // without the names of typedefs of the function itself
  const { typedef: _, ...spelled } = called;
  const label = typeName(spelled, name === '' ? '(*)' : name);
  const texts = called.params.map((p) => typeName(p.type, p.name ?? ''));
  return { ...make(label, called.variadic ? [...texts, '...'] : texts, commas, undefined), markdown: '', written };
}
function make(label: string, texts: readonly string[], commas: number, entry: ApiEntry | undefined) {
  const variadic = texts.at(-1)?.endsWith('...') === true;
  const parameters = texts.map((text, i): Parameter => {
    const isMask = entry?.gfp?.arg === i;
    return isMask ? { text, markdown: `gfp mask; may it sleep: ${sleepsText(entry)}` } : { text };
  });
  return { label, parameters, active: variadic ? Math.min(commas, texts.length - 1) : commas };
}
