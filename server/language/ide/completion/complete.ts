/** Completion: what is possible at the cursor, also in text that does not parse yet. The client filters by the word already begun. */
import type { CType } from '../../../types/ctype';
import type { ExpressionScope, Program, SourceFile } from '../../check/context/program';
import type { Tokens } from '../../syntax/lexer';
import * as t from '../../syntax/tokens';
import type { ContextDef, FunctionDef } from '../../syntax/tree';
import { type Node, walkTree } from '../../syntax/visitor';
import type { ContextHere } from '../contextHere';
import { nameMarkdown } from '../hover';
import { nodesAt, scopeAt } from '../locate';
import { nameIndex } from '../names/nameIndex';
import { type TypedText, typedBefore } from '../typedText';
import { type Completion, RANK } from './completion';
import * as keyword from './keywordCompletions';
import { machineCompletions } from './machineCompletions';
import { fields, initialisedAt, typeBehind } from './memberCompletions';
import { declaringMacros, expressionNames, typeNames } from './nameCompletions';

/** What a completion is asked about. */
interface Place {
  readonly program: Program;
  readonly source: SourceFile;
  readonly offset: number;
  readonly typed: TypedText;
  readonly scope: ExpressionScope;
  /** nodes around the cursor, outermost first */
  readonly path: readonly Node[];
  readonly here: ContextHere | undefined;
}
function placeAt(program: Program, file: number, offset: number, here?: ContextHere): Place | undefined {
  const source = program.files[file];
  if (!source) return undefined;
  const typed = typedBefore(source, offset);
  if (typed.closed) return undefined;
  const path = nodesAt(source.tree.items, offset - typed.word.length);
  return { program, source, offset, typed, scope: scopeAt(program, file, offset), path, here };
}

/** What is possible at an offset. `here`: the context, where the analysis has told it. */
export function completions(program: Program, file: number, offset: number, here?: ContextHere): Completion[] {
  const place = placeAt(program, file, offset, here);
  if (!place) return [];
  const { typed } = place;
  if (levelOf(typed) > 0 && isMachine(place)) return machineCompletions(program.profile, typed);
  const { last, tokens } = typed;
  if (tokens.kind[0] === t.T_HASH) return last === 0 ? keyword.directives() : last > 1 ? names(place, false) : [];
  switch (typed.tokens.kind[last]) {
    case t.T_DOT:
    case t.T_ARROW:
      return members(place);
    case t.K_STRUCT:
    case t.K_UNION:
    case t.K_ENUM:
      return tags(program, wordAt(typed, last));
    case t.K_GOTO:
      return labels(place);
    case t.K_TYPEWORD:
      return keyword.moreOfType(wordAt(typed, last));
    case t.T_IDENT:
      // a name behind a name is a new one
      return isContextHead(place) ? keyword.onCpu() : [];
    case t.T_NUMBER:
    case t.T_STRING:
    case t.T_CHAR:
      return [];
    default:
      return place.scope.function ? inBody(place) : inFile(place);
  }
}
/** The word whose context is worth knowing: a call may be written there. */
export function contextWanted(
  program: Program,
  file: number,
  offset: number,
): { readonly start: number; readonly end: number } | undefined {
  const place = placeAt(program, file, offset);
  if (!place?.scope.function) return undefined;
  const kind = place.typed.tokens.kind[place.typed.last];
  if (kind === t.T_DOT || kind === t.T_ARROW || kind === t.T_IDENT || kind === t.K_GOTO) return undefined;
  const rest = /^\w*/.exec(place.source.text.slice(offset))?.[0].length ?? 0;
  return { start: offset - place.typed.word.length, end: offset + rest };
}
/** The documentation of a completion that was offered at an offset, in Markdown. */
export function completionMarkdown(program: Program, file: number, offset: number, label: string): string | undefined {
  const place = placeAt(program, file, offset);
  const kind = place?.typed.tokens.kind[place.typed.last];
  if (place && (kind === t.T_DOT || kind === t.T_ARROW)) {
    const type = memberType(place);
    return type && nameMarkdown(program, label, { of: type });
  }
  return nameMarkdown(program, label, { scope: place?.scope ?? {} });
}

// ---------------------------------------------------------------- where the cursor is
const wordAt = ({ tokens }: TypedText, at: number): string => tokens.names[tokens.name[at] ?? -1] ?? '';
/** brackets `{` that are open */
function levelOf({ tokens, last }: TypedText): number {
  let level = 0;
  for (let i = 0; i <= last; i++) {
    if (tokens.kind[i] === t.T_LBRACE) level++;
    else if (tokens.kind[i] === t.T_RBRACE) level--;
  }
  return level;
}
const isMachine = ({ typed }: Place): boolean => wordAt(typed, 0) === 'machine';
/** Behind `task main`. */
const isContextHead = ({ typed }: Place): boolean => typed.last === 1 && t.isContextWord(wordAt(typed, 0));
/** Whether a statement, or an item, begins behind the last token. */
function beginsStatement({ typed: { tokens, last }, path }: Place): boolean {
  if (last < 0) return true;
  const from = statementStart(tokens, last);
  switch (tokens.kind[last]) {
    case t.T_SEMI:
      return from > last;
    case t.K_ELSE:
    case t.K_DO:
      return true;
    case t.T_LBRACE:
    case t.T_RBRACE:
      return !path.some((n) => n.kind === 'initList');
    case t.T_COLON:
      return !has(tokens, from, last, t.T_QUESTION);
    case t.T_RPAREN:
      return HEADS.has(tokens.kind[from] ?? 0) && opening(tokens, last) === from + 1;
    default:
      return false;
  }
}
const HEADS: ReadonlySet<number> = new Set([t.K_IF, t.K_FOR, t.K_WHILE, t.K_SWITCH]);
/** The first token behind the last `;`, `{` or `}` that is not in round brackets, or behind the label or `else` after it. */
function statementStart(tokens: Tokens, last: number): number {
  let level = 0;
  for (let i = last; i >= 0; i--) {
    const kind = tokens.kind[i];
    if (kind === t.T_RPAREN) level++;
    else if (kind === t.T_LPAREN) level--;
    else if (kind === t.T_LBRACE || kind === t.T_RBRACE || (kind === t.T_SEMI && !inHead(tokens, i))) return i + 1;
    else if (level === 0 && (kind === t.K_ELSE || kind === t.K_DO)) return i + 1;
  }
  return 0;
}
/** Whether a `;` is one of the two of `for (…; …; …)`. */
function inHead(tokens: Tokens, at: number): boolean {
  let level = 0;
  for (let i = at - 1; i > 0; i--) {
    const kind = tokens.kind[i];
    if (kind === t.T_LBRACE || kind === t.T_RBRACE) return false;
    if (kind === t.T_RPAREN) level++;
    else if (kind === t.T_LPAREN && level-- === 0) return tokens.kind[i - 1] === t.K_FOR;
  }
  return false;
}
/** The bracket that the `)` at `last` closes. */
function opening(tokens: Tokens, last: number): number {
  let level = 0;
  for (let i = last; i >= 0; i--) {
    if (tokens.kind[i] === t.T_RPAREN) level++;
    else if (tokens.kind[i] === t.T_LPAREN && --level === 0) return i;
  }
  return -1;
}
function has(tokens: Tokens, from: number, last: number, kind: number): boolean {
  for (let i = from; i <= last; i++) if (tokens.kind[i] === kind) return true;
  return false;
}
/** Whether the name of a declaration is being written: `struct page *`, `int a, ` */
function namesNew({ typed: { tokens, last }, ...place }: Place): boolean {
  const kind = tokens.kind[last];
  if (kind !== t.T_STAR && kind !== t.T_COMMA) return false;
  const from = statementStart(tokens, last);
  if (has(tokens, from, last, t.T_LPAREN) || has(tokens, from, last, t.T_ASSIGN)) return false;
  const first = tokens.kind[from] ?? t.T_EOF;
  if (first >= t.K_STRUCT && first <= t.K_CONTRACT) return true;
  return first === t.T_IDENT && isType(place, tokens.names[tokens.name[from] ?? -1] ?? '');
}
const isType = ({ program, scope }: Pick<Place, 'program' | 'scope'>, name: string): boolean =>
  t.BUILTIN_TYPE_NAMES.has(name) || program.visibleNames(scope).some((s) => s.name === name && s.kind === 'typedef');
const isWordOfType = (kind: number): boolean =>
  kind === t.K_TYPEDEF || kind === t.K_STORAGE || kind === t.K_QUAL || kind === t.K_ANNOTATION;

// ---------------------------------------------------------------- what is possible there
const types = ({ program, scope }: Place): Completion[] => [...keyword.typeKeywords(), ...typeNames(program, scope)];
function names(place: Place, statement: boolean): Completion[] {
  const { program, scope, typed, here, source, offset } = place;
  const called = /^\w*\s*\(/.test(source.text.slice(offset, offset + 80));
  return expressionNames(program, scope, typed, { called, statement, here });
}
/** Each name once. */
function distinct(...lists: readonly (readonly Completion[])[]): Completion[] {
  const seen = new Map<string, Completion>();
  for (const list of lists) for (const c of list) if (!seen.has(c.label)) seen.set(c.label, c);
  return [...seen.values()];
}

function inBody(place: Place): Completion[] {
  const { path, typed } = place;
  const kind = typed.tokens.kind[typed.last] ?? t.T_EOF;
  if (inType(path)) return inDefinition(place);
  if (isWordOfType(kind)) return types(place);
  if (namesNew(place)) return [];
  if (beginsStatement(place))
    return distinct(keyword.statementKeywords(path), names(place, true), typeNames(place.program, place.scope));
  return inExpression(place);
}
function inExpression(place: Place): Completion[] {
  const { path, program, typed } = place;
  const kind = typed.tokens.kind[typed.last];
  const found = [names(place, false), keyword.expressionKeywords()];
  // a cast, the operand of sizeof, an argument of a macro
  if (kind === t.T_LPAREN || kind === t.T_COMMA) found.push(typeNames(program, place.scope));
  const filled = kind === t.T_LBRACE || kind === t.T_COMMA ? initialisedAt(program, path) : undefined;
  return distinct(filled ? designators(filled) : [], ...found);
}
function inFile(place: Place): Completion[] {
  const { path, program, typed } = place;
  const { tokens, last } = typed;
  const kind = tokens.kind[last] ?? t.T_EOF;
  if (inType(path)) return inDefinition(place);
  if (has(tokens, 0, last, t.T_ASSIGN) && kind !== t.T_SEMI && kind !== t.T_RBRACE) return inExpression(place);
  if (kind === t.T_LBRACKET) return names(place, false);
  if (beginsStatement(place)) {
    const hasMachine = program.files.some(({ tree }) => tree.items.some((item) => item.kind === 'machine'));
    return distinct(keyword.itemKeywords(hasMachine), declaringMacros(program), typeNames(program, place.scope));
  }
  if (kind === t.T_RPAREN) return keyword.contracts();
  if (kind === t.T_LPAREN || kind === t.T_COMMA || isWordOfType(kind)) return namesNew(place) ? [] : types(place);
  return [];
}
/** Between the brackets of a structure or an enumeration. */
const inType = (path: readonly Node[]): boolean => path.some((n) => n.kind === 'recordType' || n.kind === 'enumType');
function inDefinition(place: Place): Completion[] {
  const kind = place.typed.tokens.kind[place.typed.last];
  if (kind === t.T_ASSIGN || kind === t.T_COLON || kind === t.T_LBRACKET) return names(place, false);
  const isEnum = place.path.some((n) => n.kind === 'enumType');
  return isEnum || kind === t.T_STAR || kind === t.T_COMMA ? [] : types(place);
}

// ---------------------------------------------------------------- members, tags, labels
function memberType(place: Place): CType | undefined {
  const { path, program, scope, typed } = place;
  const before = typed.tokens.kind[typed.last - 1];
  const designates = before === t.T_LBRACE || before === t.T_COMMA;
  if (typed.tokens.kind[typed.last] === t.T_DOT && designates) return initialisedAt(program, path)?.type;
  return typeBehind(program, typed, typed.last, scope);
}
function members(place: Place): Completion[] {
  const { path, program, typed } = place;
  const before = typed.tokens.kind[typed.last - 1];
  const found = fields(memberType(place));
  if (before !== t.T_LBRACE && before !== t.T_COMMA) return found;
  const named = initialisedAt(program, path)?.named;
  return found.filter(({ label }) => label === typed.word || !named?.has(label));
}
const designators = ({ type, named }: NonNullable<ReturnType<typeof initialisedAt>>): Completion[] =>
  fields(type)
    .filter(({ label }) => !named.has(label))
    .map((c) => ({ ...c, label: `.${c.label}`, snippet: `.${c.label} = $0` }));
function tags(program: Program, word: string): Completion[] {
  const index = nameIndex(program);
  const own = index.tags(word).map((e) => e.name);
  const kernel = word === 'struct' ? program.layouts.names() : [];
  return [...new Set([...own, ...kernel])].map((label) => ({
    label,
    kind: 'type',
    detail: own.includes(label) ? `${word} of this scenario` : `${word} of the kernel`,
    rank: own.includes(label) ? RANK.own : RANK.kernel,
  }));
}
function labels({ scope: { function: owner } }: Place): Completion[] {
  const found: Completion[] = [];
  const body = owner && (owner.def as FunctionDef | ContextDef).body;
  if (body)
    walkTree(body, (node) => {
      if (node.kind === 'label')
        found.push({ label: node.name.text, kind: 'keyword', detail: 'label', rank: RANK.local });
    });
  return found;
}
