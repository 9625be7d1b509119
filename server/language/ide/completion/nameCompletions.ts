/** The names that code may use: the scenario's, and the kernel's, those first that are allowed here. */
import { isBefore } from '../../../profiles/versions';
import { typeName } from '../../../types/ctype';
import type { MacroBody } from '../../catalogue/bodies/macroBody';
import { lookupApi, lookupKernelVar, lookupMacro } from '../../catalogue/catalogue';
import { lookupConstant } from '../../catalogue/constants';
import type { ApiEntry } from '../../catalogue/form/entry';
import { parameterName, parameterTexts } from '../../catalogue/prototype';
import type { ExpressionScope, Program, Sym } from '../../check/context/program';
import { kernelNames } from '../../check/kernelNames';
import * as t from '../../syntax/tokens';
import { sleepsText } from '../apiSentences';
import type { ContextHere } from '../contextHere';
import { signatureOf } from '../signature';
import type { TypedText } from '../typedText';
import { type Completion, RANK } from './completion';

interface Wanted {
  /** an argument list follows already */
  readonly called: boolean;
  /** macros that are statements, loops and declarations may stand here */
  readonly statement: boolean;
  /** what the analysis knows of the place */
  readonly here?: ContextHere | undefined;
}

/** The names that an expression, or a statement, may use in a scope: the scenario's, then the kernel's. */
export function expressionNames(
  program: Program,
  scope: ExpressionScope,
  typed: TypedText,
  wanted: Wanted,
): Completion[] {
  const seen = new Map<string, Completion>();
  for (const sym of program.visibleNames(scope)) seen.set(sym.name, ofSymbol(sym, wanted));
  for (const name of kernelNames(program.profile).names()) {
    const form = lookupMacro(name)?.form;
    if (!seen.has(name) && (wanted.statement || form === undefined || form === 'expr'))
      seen.set(name, ofKernel(program, name, wanted));
  }
  const call = signatureOf(program, typed, scope);
  const wantsMask = /^gfp_t\b/.test(call?.parameters[call.active]?.text ?? '');
  if (!wantsMask && !typed.word.startsWith('GFP_')) return [...seen.values()];
  const ranks = maskRanks(program, wanted.here, typed.tokens.kind[typed.last] === t.T_PIPE);
  return [...seen.values()].map((c) => {
    const rank = ranks.get(c.label);
    return rank === undefined ? c : { ...c, rank };
  });
}
/** The names of macros that declare, at the level of the file. */
export const declaringMacros = (program: Program): Completion[] =>
  [...kernelNames(program.profile).names()]
    .filter((name) => lookupMacro(name)?.form === 'declaration')
    .map((name) => ofKernel(program, name, { called: false, statement: true }));
/** The names of types, the scenario's first. */
export function typeNames(program: Program, scope: ExpressionScope): Completion[] {
  const own = program.visibleNames(scope).filter((s) => s.kind === 'typedef');
  const names = new Set(own.map((s) => s.name));
  return [
    ...own.map((s) => ofSymbol(s, { called: false, statement: false })),
    ...[...program.layouts.typedefNames()]
      .filter((name) => !names.has(name))
      .map((label): Completion => ({ label, kind: 'type', detail: 'type of the kernel', rank: rankOf(label) })),
  ];
}

/** Where the masks stand among what fits: those that may be used here first; after `|` the single bits. */
function maskRanks({ profile: { gfp } }: Program, here: ContextHere | undefined, joins: boolean): Map<string, number> {
  const rankOfMask = (name: string, mask: number): number => {
    const isBit = name.startsWith('__');
    if (joins || isBit) return joins && isBit ? RANK.wanted : RANK.possible;
    const sleeps = (mask & gfp.bits.__GFP_DIRECT_RECLAIM) !== 0;
    return here && sleeps !== (here.atomic === 'never') ? RANK.possible : RANK.wanted;
  };
  const all = Object.entries<number>({ ...gfp.bits, ...gfp.masks });
  return new Map(all.map(([name, mask]) => [name, rankOfMask(name, mask)]));
}
const rankOf = (name: string): number => (name.startsWith('__') ? RANK.internal : RANK.kernel);

/** A name of the kernel: a function with placeholders for its arguments, a constant with its meaning, a variable with its type. */
function ofKernel(program: Program, name: string, { called, here }: Wanted): Completion {
  const api = lookupApi(name);
  if (api) {
    const old = api.until !== undefined && !isBefore(program.machine.kernel, api.until);
    const refused = here?.refused.includes(name) === true;
    return {
      label: name,
      kind: 'function',
      detail: `${refused ? 'not allowed here: ' : ''}${api.proto}; sleeps: ${sleepsText(api)}`,
      rank: refused ? RANK.refused : old ? RANK.old : rankOf(name),
      ...(called ? {} : { snippet: callSnippet(name, api, lookupMacro(name)) }),
      ...(old ? { deprecated: true } : {}),
    };
  }
  const constant = lookupConstant(name, program.profile, program.machine);
  if (constant) return { label: name, kind: 'constant', detail: constant.summary ?? '', rank: rankOf(name) };
  return { label: name, kind: 'variable', detail: lookupKernelVar(name) ?? '', rank: rankOf(name) };
}
/** `alloc_pages(${1:gfp}, ${2:order})`; a macro that opens a loop gets its body, one that declares its semicolon. */
function callSnippet(name: string, api: ApiEntry, macro: MacroBody | undefined): string {
  const places = parameterTexts(api.proto)
    .filter((p) => p !== '...')
    .map((p, i) => `\${${i + 1}:${parameterName(p)}}`);
  const call = `${name}(${places.join(', ')})`;
  if (macro?.form === 'declaration') return `${call};`;
  return api.loops ? `${call} {\n\t$0\n}` : `${call}$0`;
}
function ofSymbol(sym: Sym, { called }: Wanted): Completion {
  const local = sym.kind === 'var' && sym.owner !== undefined;
  const kind =
    sym.kind === 'function'
      ? 'function'
      : sym.kind === 'const'
        ? 'constant'
        : sym.kind === 'typedef'
          ? 'type'
          : 'variable';
  return {
    label: sym.name,
    kind,
    detail: typeName(sym.type, ''),
    rank: local ? RANK.local : RANK.own,
    ...(sym.kind === 'function' && !called ? { snippet: `${sym.name}(${sym.params.length > 0 ? '$1' : ''})$0` } : {}),
  };
}
