/** Completion in the debug console: members after `.` and `->`, formats after a comma, else the names that an expression may use. */

import { lookupApi, lookupKernelVar } from '../../language/catalogue/catalogue';
import type { Completion as Name } from '../../language/ide/completion/completion';
import { fields } from '../../language/ide/completion/memberCompletions';
import { expressionNames } from '../../language/ide/completion/nameCompletions';
import { baseExpression, typedText } from '../../language/ide/typedText';
import type { CType } from '../../types/ctype';
import { builtinNamed } from '../../vm/builtins/builtins';
import type { Frame, Target } from '../target/target';
import { FORMAT_SUFFIXES, fitsFormat } from './evaluate';
import { scopeOf } from './frameScope';

export interface Completion {
  readonly label: string;
  readonly kind: 'field' | 'variable' | 'function' | 'constant' | 'type' | 'format';
  readonly detail?: string;
}
const MOST = 200;

/**
 * What is possible where `before` ends, the likeliest first, and the word that it would replace.
 * @param calls functions that change the machine may be called
 */
export function complete(
  target: Target,
  before: string,
  frame: Frame | undefined,
  calls = false,
): { word: string; items: Completion[] } {
  const word = /([A-Za-z_]\w*)?$/.exec(before)?.[1] ?? '';
  const head = before.slice(0, before.length - word.length);
  const access = /(->|\.)\s*$/.exec(head);
  const items = access
    ? fieldsOf(target, baseExpression(head.slice(0, access.index)), frame)
    : [...formats(target, head, frame), ...names(target, head, frame, calls)];
  return { word, items: items.filter((item) => item.label.startsWith(word)).slice(0, MOST) };
}

const typeOf = (target: Target, text: string, frame: Frame | undefined): CType | undefined =>
  target.program.checkExpression(text, scopeOf(frame, target.statements)).type;
function fieldsOf(target: Target, base: string, frame: Frame | undefined): Completion[] {
  let type = typeOf(target, base, frame);
  if (type?.kind === 'pointer') type = type.to;
  return type ? fields(type).map(({ label, detail }) => ({ label, kind: 'field', detail })) : [];
}
/** `expression,` may be followed by a format that fits its type; an argument list is not finished yet. */
function formats(target: Target, head: string, frame: Frame | undefined): Completion[] {
  const expression = /^([\s\S]*\S)\s*,\s*$/.exec(head)?.[1];
  const type = expression && typeOf(target, expression, frame);
  if (!type) return [];
  return Object.entries(FORMAT_SUFFIXES)
    .filter(([, format]) => fitsFormat(type, format))
    .map(([label, format]) => ({ label, kind: 'format', detail: format }));
}
/** Names by how near they are: the frame's and the scenario's, then the kernel's; of those, what the emulator has. */
function names(target: Target, head: string, frame: Frame | undefined, calls: boolean): Completion[] {
  const scope = scopeOf(frame, target.statements);
  const all = expressionNames(target.program, scope, typedText(head), { called: true, statement: false });
  const usable = all.filter((c) => evaluates(target, c, calls)).sort((a, b) => a.rank - b.rank);
  return usable.map(({ label, kind, detail }) => ({
    label,
    kind: kind === 'keyword' ? 'variable' : kind,
    ...(detail ? { detail } : {}),
  }));
}
function evaluates(target: Target, { label }: Name, calls: boolean): boolean {
  if (label.startsWith('__kmem_')) return false;
  const api = lookupApi(label);
  if (api) return api.run && !api.declares && !api.loops && (calls || !changes(label));
  return (
    lookupKernelVar(label) === undefined || label === 'current' || target.kernel.symbols.lookup(label) !== undefined
  );
}
/** Whether a function may change the machine. What a macro expands to is found out when it is evaluated. */
function changes(name: string): boolean {
  const builtin = builtinNamed(name);
  return builtin !== undefined && builtin.form !== 'inline';
}
