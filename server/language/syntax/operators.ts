/** The operators of C by token kind, and printk's levels as strings. */

import * as t from './tokens';
import type { AssignOp, BinaryOp } from './tree';

/** precedence of binary operators by token kind; 0: not one */
export const PRECEDENCE = new Uint8Array(256);
export const BINARY: (BinaryOp | undefined)[] = [];
export const ASSIGN: (AssignOp | undefined)[] = [];
const binary = (precedence: number, ...ops: [number, BinaryOp][]) => {
  for (const [kind, op] of ops) {
    PRECEDENCE[kind] = precedence;
    BINARY[kind] = op;
  }
};
binary(10, [t.T_STAR, '*'], [t.T_SLASH, '/'], [t.T_PERCENT, '%']);
binary(9, [t.T_PLUS, '+'], [t.T_MINUS, '-']);
binary(8, [t.T_SHL, '<<'], [t.T_SHR, '>>']);
binary(7, [t.T_LT, '<'], [t.T_GT, '>'], [t.T_LE, '<='], [t.T_GE, '>=']);
binary(6, [t.T_EQ, '=='], [t.T_NE, '!=']);
binary(5, [t.T_AMP, '&']);
binary(4, [t.T_CARET, '^']);
binary(3, [t.T_PIPE, '|']);
binary(2, [t.T_ANDAND, '&&']);
binary(1, [t.T_OROR, '||']);
ASSIGN[t.T_ASSIGN] = '=';
ASSIGN[t.T_MUL_ASSIGN] = '*=';
ASSIGN[t.T_DIV_ASSIGN] = '/=';
ASSIGN[t.T_MOD_ASSIGN] = '%=';
ASSIGN[t.T_ADD_ASSIGN] = '+=';
ASSIGN[t.T_SUB_ASSIGN] = '-=';
ASSIGN[t.T_SHL_ASSIGN] = '<<=';
ASSIGN[t.T_SHR_ASSIGN] = '>>=';
ASSIGN[t.T_AND_ASSIGN] = '&=';
ASSIGN[t.T_XOR_ASSIGN] = '^=';
ASSIGN[t.T_OR_ASSIGN] = '|=';

/** linux/kern_levels.h: start of heading, then the level */
export const KERN_LEVELS: ReadonlyMap<string, string> = new Map(
  ['EMERG', 'ALERT', 'CRIT', 'ERR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG']
    .map((name, level): [string, string] => [`KERN_${name}`, `\x01${level}`])
    .concat([
      ['KERN_CONT', '\x01c'],
      ['KERN_DEFAULT', ''],
    ]),
);
