/** `machine { … }` as text: settings, nodes, regions. machineBlock.ts interprets them. */

import * as t from '../tokens';
import type { MachineDef, MachineItem, Name } from '../tree';
import type { Cursor } from './cursor';
import { beginsItem } from './lookahead';
import { elements, skipBalanced } from './recovery';

/** At `machine`. */
export function machine(p: Cursor): MachineDef {
  const start = p.start;
  p.next();
  if (p.kind === t.T_IDENT) {
    p.complain('unexpected-token', 'the machine has no name: machine { … }', p.spanOfToken());
    p.next();
  }
  const items = machineItems(p, machineItem);
  return { kind: 'machine', items, span: p.span(start) };
}
function machineItems(p: Cursor, item: (p: Cursor) => MachineItem | undefined): MachineItem[] {
  const open = p.start;
  p.next(); // {
  const items = elements(p, endsMachine, item);
  if (!p.accept(t.T_RBRACE))
    p.complain('missing-brace', "this '{' is never closed: '}' is missing", p.span(open, open + 1));
  return items;
}
const endsMachine = (p: Cursor): boolean =>
  p.kind === t.T_RBRACE || p.kind === t.T_EOF || beginsItem(p) || (p.kind === t.T_HASH && p.isAtMargin());

/** A setting of the machine, or a node or region with its own settings. */
const machineItem = (p: Cursor): MachineItem | undefined => setting(p, nodeItems);
const nodeItem = (p: Cursor): MachineItem | undefined => setting(p, refuseItems);
const nodeItems = (p: Cursor): MachineItem[] => machineItems(p, nodeItem);
function refuseItems(p: Cursor): undefined {
  p.fail('nested-too-deeply', 'a node contains only settings');
  skipBalanced(p);
  p.panic = false;
}

/** `memory = 1G;`, `sysctl vm.min_free_kbytes = 4096;`, `node 0 { … }`; `braces` reads the part in braces. */
function setting(p: Cursor, braces: (p: Cursor) => MachineItem[] | undefined): MachineItem | undefined {
  if (p.accept(t.T_SEMI)) return undefined;
  const start = p.start;
  if (p.word() === '') {
    p.fail('expected-name', `expected a setting such as 'memory = 1G;', found ${p.found()}`);
    return { kind: 'machineItem', key: p.missingName(), span: p.span(start) };
  }
  const key = p.nameHere();
  const sub = endsKey(p) ? undefined : dottedName(p);
  const head = { kind: 'machineItem' as const, key, ...(sub ? { sub } : undefined) };
  if (p.kind === t.T_LBRACE) {
    const items = braces(p);
    return { ...head, ...(items ? { items } : undefined), span: p.span(start) };
  }
  p.accept(t.T_ASSIGN);
  const value = endsValue(p) ? undefined : valueText(p);
  p.expect(t.T_SEMI, ';', `after '${key.text}'`);
  return { ...head, ...(value ? { value } : undefined), span: p.span(start) };
}
const endsKey = (p: Cursor): boolean =>
  p.kind === t.T_ASSIGN || p.kind === t.T_SEMI || p.kind === t.T_LBRACE || p.kind === t.T_RBRACE || p.isFirstOnLine();
/** `vm.min_free_kbytes`, `KASAN`, `0`, `reserved` */
function dottedName(p: Cursor): Name {
  const from = p.start;
  p.next();
  while (p.kind === t.T_DOT || (p.prevEnd === p.start && p.word() !== '')) p.next();
  return { kind: 'name', text: p.text.slice(from, p.prevEnd), span: p.span(from) };
}
const endsValue = (p: Cursor): boolean =>
  p.kind === t.T_SEMI || p.kind === t.T_RBRACE || p.kind === t.T_EOF || p.isFirstOnLine();
/** The text up to the end of the setting. */
function valueText(p: Cursor): Name {
  const from = p.start;
  while (!endsValue(p) && p.kind !== t.T_LBRACE) p.next();
  return { kind: 'name', text: p.text.slice(from, p.prevEnd), span: p.span(from) };
}
