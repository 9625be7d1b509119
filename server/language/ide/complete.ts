/** Completion and signature help: what is possible at the cursor, also in text that does not parse yet. */
import type { CType } from '../../types/ctype';
import { typeName } from '../../types/ctype';
import { lookupApi, lookupKernelVar } from '../catalogue/catalogue';
import { lookupConstant } from '../catalogue/constants';
import type { ApiEntry } from '../catalogue/entry';
import { parameterName, parameterTexts } from '../catalogue/prototype';
import type { ContextSym, ExpressionScope, FunctionSym, Program, Sym } from '../check/context/program';
import { kernelNames } from '../check/kernelNames';
import { CONTEXT_WORDS } from '../syntax/tokens';
import { walkTree } from '../syntax/visitor';
import { apiMarkdown, sleepsText } from './apiSentences';
import { inComment } from './comments';
import type { Completion } from './completion';
import { nodesAt, ownerAt } from './locate';
import { machineCompletions } from './machineCompletions';

const KEYWORDS = [
  'machine',
  ...CONTEXT_WORDS,
  'struct',
  'union',
  'enum',
  'static',
  'if',
  'else',
  'for',
  'while',
  'do',
  'switch',
  'case',
  'default',
  'return',
  'goto',
  'break',
  'continue',
  'sizeof',
  'unsigned',
  'signed',
  'int',
  'long',
  'short',
  'char',
  'void',
  'bool',
  'const',
  '__func__',
];

/** What is possible at an offset; the client filters by the word already begun. */
export function completions(program: Program, file: number, offset: number): Completion[] {
  const source = program.files[file];
  if (!source || inComment(source, offset)) return [];
  const nodes = nodesAt(source.tree.items, offset);
  if (nodes.some((n) => n.kind === 'string' && offset < n.span.end)) return [];
  const { text } = source;
  const before = text.slice(Math.max(0, offset - 400), offset).replace(/\w*$/, '');
  const inMachine = nodes[0]?.kind === 'machine' && nodes[0].span.start + 7 < offset;
  if (inMachine) return machineCompletions(program.profile, before.slice(before.search(/[^;{}]*$/)));
  const access = /(->|\.)\s*$/.exec(before);
  if (access && !/[\s({[,=]\.\s*$/.test(before))
    return fieldsBehind(program, file, offset, before.slice(0, access.index));
  const owner = ownerAt(program, file, offset);
  const tag = /\b(struct|union|enum)\s+$/.exec(before);
  if (tag) return tags(program, tag[1] ?? '');
  if (owner && /\bgoto\s+$/.test(before)) return labels(owner);
  const called = /^\s*\(/.test(text.slice(offset).replace(/^\w+/, ''));
  const all = expressionNames(program, owner ? { function: owner, offset, file } : {}, called, before);
  const seen = new Set(all.map((c) => c.label));
  for (const name of program.layouts.typedefNames())
    if (!seen.has(name)) all.push({ label: name, kind: 'type', detail: 'type of the kernel' });
  for (const word of KEYWORDS) if (!seen.has(word)) all.push({ label: word, kind: 'keyword', detail: '' });
  return all;
}
/**
 * The names that an expression may use in a scope: the scenario's, then the kernel's. Masks come first where the argument is one.
 * @param called an argument list follows already
 * @param before the text in front of the name
 */
export function expressionNames(
  program: Program,
  scope: ExpressionScope,
  called: boolean,
  before: string,
): Completion[] {
  const seen = new Map<string, Completion>();
  for (const sym of program.visibleNames(scope)) seen.set(sym.name, ofSymbol(sym, called));
  for (const name of kernelNames(program.profile).names())
    if (!seen.has(name)) seen.set(name, ofKernel(program, name, called));
  const all = [...seen.values()];
  const call = signatureIn(program, before);
  if (/^gfp_t\b/.test(call?.parameters[call.active] ?? '')) {
    const { masks } = program.profile.gfp;
    for (const c of all) if (Object.hasOwn(masks, c.label) && !c.label.startsWith('__')) c.first = true;
  }
  return all;
}

/** A name of the kernel: a function with placeholders for its arguments, a constant with its meaning, a variable with its type. */
function ofKernel(program: Program, name: string, called: boolean): Completion {
  const api = lookupApi(name);
  if (api) {
    const old = api.until !== undefined && !newer(api.until, program.machine.kernel);
    return {
      label: name,
      kind: 'function',
      detail: `${api.proto}; sleeps: ${sleepsText(api)}`,
      ...(called ? {} : { snippet: callSnippet(name, api) }),
      ...(old ? { deprecated: true } : {}),
    };
  }
  const constant = lookupConstant(name, program.profile, program.machine);
  if (constant) return { label: name, kind: 'constant', detail: constant.summary ?? '' };
  return { label: name, kind: 'variable', detail: lookupKernelVar(name) ?? '' };
}
/** Whether version `a` is newer than `b`. */
function newer(a: string, b: string): boolean {
  const [x, y] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let i = 0; i < 3; i++) if ((x[i] ?? 0) !== (y[i] ?? 0)) return (x[i] ?? 0) > (y[i] ?? 0);
  return false;
}
/** `alloc_pages(${1:gfp}, ${2:order})`; a macro that opens a loop gets its body. */
function callSnippet(name: string, api: ApiEntry): string {
  const places = parameterTexts(api.proto)
    .filter((p) => p !== '...')
    .map((p, i) => `\${${i + 1}:${parameterName(p)}}`);
  const call = `${name}(${places.join(', ')})`;
  return api.loops ? `${call} {\n\t$0\n}` : `${call}$0`;
}

function tags(program: Program, word: string): Completion[] {
  const own = program.records.flatMap((r) => (r.tag !== undefined && r.kind === word ? [r.tag] : []));
  const kernel = word === 'struct' ? program.layouts.names() : [];
  return [...new Set([...own, ...kernel])].map((label) => ({
    label,
    kind: 'type',
    detail: own.includes(label) ? `${word} of this scenario` : `${word} of the kernel`,
  }));
}
function labels(owner: FunctionSym | ContextSym): Completion[] {
  const found: Completion[] = [];
  if (owner.def.body)
    walkTree(owner.def.body, (node) => {
      if (node.kind === 'label') found.push({ label: node.name.text, kind: 'keyword', detail: 'label' });
    });
  return found;
}

function ofSymbol(sym: Sym, called: boolean): Completion {
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
    ...(sym.kind === 'function' && !called ? { snippet: `${sym.name}(${sym.params.length > 0 ? '$1' : ''})$0` } : {}),
  };
}

function fieldsBehind(program: Program, file: number, offset: number, text: string): Completion[] {
  const base = baseExpression(text);
  const owner = ownerAt(program, file, offset);
  let type = base ? program.checkExpression(base, owner ? { function: owner, offset, file } : {}).type : undefined;
  if (type?.kind === 'pointer') type = type.to;
  return type ? fields(type) : [];
}
/** The members of a structure, those of its anonymous members too. */
export function fields(type: CType): Completion[] {
  if (type.kind !== 'struct' && type.kind !== 'union') return [];
  return (type.fields ?? []).flatMap((f): Completion[] =>
    f.name === undefined ? fields(f.type) : [{ label: f.name, kind: 'field', detail: typeName(f.type) }],
  );
}

/** The postfix expression a text ends with: back over names, member accesses and balanced brackets. */
export function baseExpression(text: string): string {
  const end = text.trimEnd().length;
  let at = end;
  let depth = 0;
  for (; at > 0; at--) {
    const c = text.charAt(at - 1);
    if (c === ')' || c === ']') depth++;
    else if (c === '(' || c === '[') {
      if (depth-- === 0) break;
    } else if (
      depth === 0 &&
      !/[\w.]/.test(c) &&
      !(c === '>' && text[at - 2] === '-') &&
      !(c === '-' && text[at] === '>')
    )
      break;
  }
  return text.slice(at, end).trim();
}

interface Signature {
  readonly label: string;
  readonly markdown: string;
  /** texts of the parameters, as in the label */
  readonly parameters: readonly string[];
  /** parameter the cursor is in */
  readonly active: number;
}

/** The function whose argument list the cursor is in. */
export const signature = (program: Program, file: number, offset: number): Signature | undefined =>
  signatureIn(program, (program.files[file]?.text ?? '').slice(Math.max(0, offset - 600), offset));
/** The function whose argument list a text ends in. */
function signatureIn(program: Program, text: string): Signature | undefined {
  let depth = 0;
  let active = 0;
  for (let at = text.length; at > 0; at--) {
    const c = text.charAt(at - 1);
    if (c === ')' || c === ']') depth++;
    else if (c === '[') depth--;
    else if (c === ';' || c === '{' || c === '}') return undefined;
    else if (c === ',' && depth === 0) active++;
    else if (c === '(' && depth-- === 0) {
      const name = /(\w+)\s*$/.exec(text.slice(0, at - 1))?.[1];
      const sym = name === undefined ? undefined : program.lookup(name);
      if (!sym || (sym.kind !== 'api' && sym.kind !== 'function')) return undefined;
      const label = sym.kind === 'api' ? sym.entry.proto : typeName(sym.type, sym.name);
      return {
        label,
        parameters: parameterTexts(label, sym.name),
        active,
        markdown: sym.kind === 'api' ? apiMarkdown(sym.name, sym.entry) : '',
      };
    }
  }
  return undefined;
}
