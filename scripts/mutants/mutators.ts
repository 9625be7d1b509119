/** The faults that a mutation run puts into source text: one small change each, found on the syntax tree. */
import type { Node } from '@babel/types';
import { childrenOf, treeOf } from '../syntaxTree';

/** One change of a source text. Offsets are in UTF-16 units, as JavaScript's strings have them. */
export interface Mutant {
  /** what the change replaces, and what it puts there */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** the expression or statement that has to run for the change to show */
  readonly site: { readonly start: number; readonly end: number; readonly statement: boolean };
  /** from 1 */
  readonly line: number;
  /** the function that contains it, as `Class.method`; empty outside functions */
  readonly within: string;
}

/** Operators and what replaces them. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '==': ['!='],
  '!=': ['=='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '<<': ['>>'],
  '>>': ['<<'],
  '>>>': ['<<'],
  '&': ['|'],
  '|': ['&'],
  '^': ['|'],
  '&&': ['||'],
  '||': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
  '*=': ['/='],
  '|=': ['&='],
  '&=': ['|='],
  '++': ['--'],
  '--': ['++'],
};
/** Methods of arrays and functions of Math, and what replaces them. */
const METHODS: ReadonlyMap<string, string> = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['min', 'max'],
  ['max', 'min'],
]);
/** Type syntax around an expression; every other node of TypeScript's own is a type, and nothing in it runs. */
const TRANSPARENT = new Set(['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression', 'TSParameterProperty']);

const isText = (node: Node): boolean =>
  node.type === 'StringLiteral' ||
  node.type === 'TemplateLiteral' ||
  (node.type === 'BinaryExpression' && node.operator === '+' && (isText(node.left) || isText(node.right)));

function nameOf(node: Node): string | undefined {
  if (node.type === 'ClassDeclaration' || node.type === 'FunctionDeclaration') return node.id?.name;
  if (node.type === 'ClassMethod' || node.type === 'ClassProperty' || node.type === 'ObjectMethod')
    return node.key.type === 'Identifier' ? node.key.name : undefined;
  if (node.type === 'ClassPrivateMethod') return `#${node.key.id.name}`;
  const isFunction = (n?: Node | null) => n?.type === 'ArrowFunctionExpression' || n?.type === 'FunctionExpression';
  if (node.type === 'VariableDeclarator' && isFunction(node.init))
    return node.id.type === 'Identifier' ? node.id.name : undefined;
  return undefined;
}

/**
 * Every mutant of a module, in the order of its text: operators, conditions held true or false, negations and statements left out,
 * numbers and truth values changed. What only words a message is left alone.
 */
export function mutantsOf(source: string): Mutant[] {
  const found: Mutant[] = [];
  const visit = (node: Node, path: readonly string[]): void => {
    if (node.type.startsWith('TS') && !TRANSPARENT.has(node.type)) return;
    if (node.type === 'ImportDeclaration' || node.type === 'ThrowStatement') return;
    const name = nameOf(node);
    const inside = name === undefined ? path : [...path, name];
    const add = (site: Node, start: number, end: number, text: string, statement = false): void => {
      found.push({
        start,
        end,
        text,
        site: { start: site.start ?? 0, end: site.end ?? 0, statement },
        line: source.slice(0, start).split('\n').length,
        within: inside.join('.'),
      });
    };
    const replace = (what: Node, text: string): void => add(what, what.start ?? 0, what.end ?? 0, text);
    /** The operator lies between the operands; what else stands there is white space, brackets and comments. */
    const operator = (site: Node, from: number, to: number, sign: string): void => {
      const at = source.slice(from, to).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, (comment) => ' '.repeat(comment.length));
      const start = from + at.indexOf(sign);
      for (const other of OPERATORS[sign] ?? []) add(site, start, start + sign.length, other);
    };
    const condition = (test: Node, ...values: string[]): void => {
      if (test.type !== 'BooleanLiteral') for (const value of values) replace(test, value);
    };
    switch (node.type) {
      case 'BinaryExpression':
        if (node.operator === '+' && isText(node)) break;
        operator(node, node.left.end ?? 0, node.right.start ?? 0, node.operator);
        break;
      case 'LogicalExpression':
        operator(node, node.left.end ?? 0, node.right.start ?? 0, node.operator);
        break;
      case 'AssignmentExpression':
        if (!isText(node.right)) operator(node, node.left.end ?? 0, node.right.start ?? 0, node.operator);
        break;
      case 'UpdateExpression':
        if (node.prefix) operator(node, node.start ?? 0, node.argument.start ?? 0, node.operator);
        else operator(node, node.argument.end ?? 0, node.end ?? 0, node.operator);
        break;
      case 'UnaryExpression':
        if (node.operator === '!' || node.operator === '-' || node.operator === '~')
          if (node.argument.type !== 'NumericLiteral') add(node, node.start ?? 0, (node.start ?? 0) + 1, ' ');
        break;
      case 'IfStatement':
      case 'ConditionalExpression':
        condition(node.test, 'true', 'false');
        break;
      case 'WhileStatement':
      case 'DoWhileStatement':
        condition(node.test, 'false');
        break;
      case 'ForStatement':
        if (node.test) condition(node.test, 'false');
        break;
      case 'BooleanLiteral':
        replace(node, node.value ? 'false' : 'true');
        break;
      case 'NumericLiteral':
        replace(node, String(node.value + 1));
        break;
      case 'BigIntLiteral':
        replace(node, `(${source.slice(node.start ?? 0, node.end ?? 0)} + 1n)`);
        break;
      case 'CallExpression': {
        const { callee } = node;
        if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier') break;
        const other = METHODS.get(callee.property.name);
        if (other !== undefined) add(node, callee.property.start ?? 0, callee.property.end ?? 0, other);
        break;
      }
      case 'ExpressionStatement':
        if (!(node.expression.type === 'CallExpression' && node.expression.callee.type === 'Super'))
          add(node, node.start ?? 0, node.end ?? 0, ';', true);
        break;
    }
    for (const child of childrenOf(node)) {
      // a name, even one written as a number
      if ('key' in node && child === node.key && !('computed' in node && node.computed)) continue;
      visit(child, inside);
    }
  };
  visit(treeOf(source), []);
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}
