/** Completion and signature help: what can stand at the cursor, also in text that does not parse yet. */
import type { CType } from '../../memory/ctype';
import { typeName } from '../../memory/ctype';
import { lookupApi } from '../catalogue';
import { checkExpression, visibleNames } from '../checkExpression';
import { kernelNames } from '../kernelNames';
import type { Program, Sym } from '../program';
import { ownerAt } from './locate';
import { apiMarkdown, sleepsWords } from './words';

export interface Completion {
  readonly label: string;
  readonly kind: 'field' | 'variable' | 'function' | 'constant' | 'keyword' | 'type';
  readonly detail: string;
  /** text to insert, with $1 … for places to fill in; absent: the label */
  readonly snippet?: string;
}

const KEYWORDS = [
  'machine',
  'task',
  'irq',
  'nmi',
  'softirq',
  'tasklet',
  'timer',
  'work',
  'delayed_work',
  'process',
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
];

/** What can stand at an offset; the word already begun is the client's to filter with. */
export function completions(program: Program, file: number, offset: number): Completion[] {
  const text = program.files[file]?.text ?? '';
  const before = text.slice(Math.max(0, offset - 400), offset).replace(/\w*$/, '');
  const access = /(->|\.)\s*$/.exec(before);
  if (access) return fieldsBehind(program, file, offset, before.slice(0, access.index));
  const owner = ownerAt(program, file, offset);
  const seen = new Map<string, Completion>();
  for (const sym of visibleNames(program, owner ? { function: owner, offset, file } : {}))
    seen.set(sym.name, ofSymbol(sym));
  for (const name of kernelNames.names()) {
    if (seen.has(name)) continue;
    const api = lookupApi(name);
    if (api)
      seen.set(name, {
        label: name,
        kind: 'function',
        detail: `${api.proto}; sleeps: ${sleepsWords(api)}`,
        snippet: `${name}($0)`,
      });
    else if (kernelNames.constant(name, program.machine.arch))
      seen.set(name, {
        label: name,
        kind: 'constant',
        detail: kernelNames.constant(name, program.machine.arch)?.words ?? '',
      });
    else seen.set(name, { label: name, kind: 'variable', detail: kernelNames.kernelVar(name) ?? '' });
  }
  for (const word of KEYWORDS) if (!seen.has(word)) seen.set(word, { label: word, kind: 'keyword', detail: '' });
  return [...seen.values()];
}

function ofSymbol(sym: Sym): Completion {
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
    ...(sym.kind === 'function' ? { snippet: `${sym.name}($0)` } : {}),
  };
}

function fieldsBehind(program: Program, file: number, offset: number, text: string): Completion[] {
  const base = baseExpression(text);
  const owner = ownerAt(program, file, offset);
  let type = base ? checkExpression(program, base, owner ? { function: owner, offset, file } : {}).type : undefined;
  if (type?.kind === 'pointer') type = type.to;
  return type ? fields(type) : [];
}
function fields(type: CType): Completion[] {
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
    const c = text[at - 1] as string;
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

export interface Signature {
  readonly label: string;
  readonly markdown: string;
  /** texts of the parameters, as they stand in the label */
  readonly parameters: readonly string[];
  /** parameter the cursor is in */
  readonly active: number;
}

/** The function whose argument list the cursor is in. */
export function signature(program: Program, file: number, offset: number): Signature | undefined {
  const text = (program.files[file]?.text ?? '').slice(Math.max(0, offset - 600), offset);
  let depth = 0;
  let active = 0;
  for (let at = text.length; at > 0; at--) {
    const c = text[at - 1] as string;
    if (c === ')' || c === ']') depth++;
    else if (c === '[') depth--;
    else if (c === ';' || c === '{' || c === '}') return undefined;
    else if (c === ',' && depth === 0) active++;
    else if (c === '(' && depth-- === 0) {
      const name = /(\w+)\s*$/.exec(text.slice(0, at - 1))?.[1];
      const sym = name === undefined ? undefined : program.lookup(name);
      if (!sym || (sym.kind !== 'api' && sym.kind !== 'function')) return undefined;
      const label = sym.kind === 'api' ? sym.entry.proto : typeName(sym.type, sym.name);
      const inside = label.slice(label.indexOf('(', label.indexOf(sym.name)) + 1, label.lastIndexOf(')'));
      return {
        label,
        parameters: inside === 'void' || inside === '' ? [] : inside.split(/,\s*/),
        active,
        markdown: sym.kind === 'api' ? apiMarkdown(sym.name, sym.entry) : '',
      };
    }
  }
  return undefined;
}
