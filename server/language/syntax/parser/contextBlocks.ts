/** The contexts of a scenario: `task main on cpu 0 { … }`, `irq nic_rx { … }` … */

import * as t from '../tokens';
import type { Block, ContextDef, ContextWord, Expr } from '../tree';
import type { Cursor } from './cursor';
import { expression } from './expressions';
import { skipBalanced, synchroniseToContextBody } from './recovery';
import { block } from './statements';

/** At the context's keyword. */
export function contextBlock(p: Cursor, word: ContextWord): ContextDef {
  const start = p.start;
  p.next();
  const wordSpan = p.span(start);
  if (p.kind !== t.T_IDENT) {
    const example = `${word} ${word === 'task' ? 'main' : `my_${word}`} { … }`;
    p.complain('expected-name', `'${word}' needs a name: ${example}`, wordSpan);
  }
  const name = p.kind === t.T_IDENT ? p.nameHere() : p.missingName();
  let cpu: Expr | undefined;
  if (p.kind === t.T_IDENT && p.word() === 'on') cpu = onCpu(p, word);
  else if (p.kind === t.T_LPAREN) {
    const from = p.start;
    skipBalanced(p);
    const span = p.span(from);
    const handler = word === 'irq' ? '; a handler with parameters is a C function that request_irq() is given' : '';
    const message = `'${word} ${name.text}' is a block without parameters: ${word} ${name.text} { … }${handler}`;
    p.complain('unexpected-token', message, span, { title: 'remove the parameters', edits: [{ span, text: '' }] });
  }
  const body = contextBody(p, `${word} ${name.text}`);
  return { kind: 'context', word, name, ...(cpu ? { cpu } : undefined), body, wordSpan, span: p.span(start) };
}
/** `on cpu 1` */
function onCpu(p: Cursor, word: ContextWord): Expr {
  p.next();
  if (p.kind === t.T_IDENT && p.word() === 'cpu') p.next();
  else p.complain('expected-token', `expected 'cpu' after 'on', found ${p.found()}`, p.spanOfToken());
  const cpu = expression(p);
  if (word !== 'task' && word !== 'process')
    p.complain(
      'unexpected-token',
      `'on cpu' belongs to a task or process; a ${word} runs where it is raised`,
      cpu.span,
    );
  return cpu;
}
function contextBody(p: Cursor, what: string): Block {
  if (p.kind !== t.T_LBRACE && !p.panic) {
    p.fail('expected-token', `expected '{' to begin the body of ${what}, found ${p.found()}`);
    synchroniseToContextBody(p);
    if (p.kind !== t.T_LBRACE) {
      p.accept(t.T_SEMI);
      return { kind: 'block', body: [], span: p.span(p.prevEnd, p.prevEnd) };
    }
  }
  return block(p, `to begin the body of ${what}`);
}
