/**
 * The typed way to walk a syntax tree: `forEachChild` knows the children of every kind of node, so that no other code lists them.
 * A node that the tree holds twice (the base type of `int *a, b;` is in both declarators) is visited once for each parent.
 */

import type {
  Contract,
  Declarator,
  EnumConstant,
  Expr,
  FieldDecl,
  InitItem,
  InitList,
  Item,
  MachineItem,
  Modifiers,
  Name,
  Param,
  Stmt,
  TypeSyntax,
} from './tree';

/** Everything in a tree that has a kind and a range. */
export type Node =
  | Name
  | Contract
  | TypeSyntax
  | FieldDecl
  | EnumConstant
  | Param
  | Expr
  | InitList
  | InitItem
  | Stmt
  | Declarator
  | Item
  | MachineItem;

type Visit = (node: Node) => void;

/**
 * Calls `visit` for each node directly below `node`, in source order. One exception: a declared name comes before the type around it,
 * as the range of `int (*f)(void)` holds the `f`. Designators have no range; their names and indices count as children of the item.
 */
export function forEachChild(node: Node, visit: Visit): void {
  // the most frequent kinds first: they are compared one after the other
  switch (node.kind) {
    case 'ident':
    case 'int':
      return;
    case 'name':
      if (node.alignment) visit(node.alignment);
      return;
    case 'member':
      visit(node.base);
      visit(node.name);
      return;
    case 'call':
      visit(node.callee);
      each(node.args, visit);
      return;
    case 'unary':
    case 'postfix':
      visit(node.operand);
      return;
    case 'binary':
    case 'assign':
    case 'comma':
      visit(node.left);
      visit(node.right);
      return;
    case 'expr':
      visit(node.expr);
      return;
    case 'basicType':
    case 'string':
    case 'errorExpr':
    case 'break':
    case 'continue':
    case 'empty':
    case 'errorStmt':
    case 'header':
    case 'errorItem':
      return;

    // names and types
    case 'contract':
      visit(node.name);
      each(node.args, visit);
      return;
    case 'recordType':
      if (node.tag) visit(node.tag);
      each(node.fields, visit);
      each(node.annotations, visit);
      return;
    case 'enumType':
      if (node.tag) visit(node.tag);
      each(node.constants, visit);
      each(node.annotations, visit);
      return;
    case 'pointerType':
      visit(node.to);
      return;
    case 'typeofType':
    case 'qualifiedType':
      visit(node.of);
      return;
    case 'arrayType':
      visit(node.of);
      if (node.length) visit(node.length);
      return;
    case 'functionType':
      visit(node.returns);
      each(node.params, visit);
      return;
    case 'field':
      if (node.macro) {
        visit(node.macro);
        return;
      }
      visit(node.type);
      if (node.name) visit(node.name);
      if (node.bits) visit(node.bits);
      each(node.annotations, visit);
      return;
    case 'enumConstant':
      visit(node.name);
      if (node.value) visit(node.value);
      return;
    case 'param':
      if (node.name) visit(node.name);
      visit(node.type);
      return;

    // expressions
    case 'conditional':
      visit(node.test);
      if (node.then) visit(node.then);
      visit(node.else);
      return;
    case 'index':
      visit(node.base);
      visit(node.index);
      return;
    case 'cast':
      visit(node.type);
      visit(node.operand);
      return;
    case 'sizeof':
      visit(node.of);
      return;
    case 'compound':
      visit(node.type);
      visit(node.init);
      return;
    case 'typeArg':
      visit(node.type);
      return;
    case 'association':
      if (node.type) visit(node.type);
      visit(node.value);
      return;
    case 'stmtExpr':
      visit(node.body);
      if (node.result) visit(node.result);
      return;
    case 'initList':
      each(node.items, visit);
      return;
    case 'initItem':
      for (const d of node.designators) {
        if (d.kind === 'fieldDesignator') visit(d.name);
        else {
          visit(d.index);
          if (d.last) visit(d.last);
        }
      }
      visit(node.value);
      return;

    // statements
    case 'block':
      each(node.body, visit);
      return;
    case 'if':
      visit(node.test);
      visit(node.then);
      if (node.else) visit(node.else);
      return;
    case 'while':
      visit(node.test);
      visit(node.body);
      return;
    case 'do':
      visit(node.body);
      visit(node.test);
      return;
    case 'for':
      if (node.init) visit(node.init);
      if (node.test) visit(node.test);
      if (node.update) visit(node.update);
      visit(node.body);
      return;
    case 'macroLoop':
      visit(node.call);
      visit(node.body);
      return;
    case 'switch':
      visit(node.value);
      visit(node.body);
      return;
    case 'case':
      if (node.value) visit(node.value);
      if (node.last) visit(node.last);
      return;
    case 'label':
    case 'goto':
      visit(node.name);
      return;
    case 'return':
      if (node.value) visit(node.value);
      return;
    case 'decl':
    case 'macroDecl':
      visit(node.decl);
      return;

    // declarations and the scenario layer
    case 'declaration':
      modifiers(node.modifiers, visit);
      visit(node.base);
      each(node.declarators, visit);
      return;
    case 'declarator':
      visit(node.name);
      visit(node.type);
      if (node.init) visit(node.init);
      return;
    case 'macroDeclaration':
      modifiers(node.modifiers, visit);
      visit(node.macro);
      each(node.args, visit);
      if (node.init) visit(node.init);
      return;
    case 'function':
      modifiers(node.modifiers, visit);
      visit(node.name);
      visit(node.type);
      if (node.body) visit(node.body);
      return;
    case 'context':
      visit(node.name);
      if (node.cpu) visit(node.cpu);
      visit(node.body);
      return;
    case 'machine':
      each(node.items, visit);
      return;
    case 'machineItem':
      visit(node.key);
      if (node.sub) visit(node.sub);
      if (node.value) visit(node.value);
      each(node.items, visit);
      return;
    case 'include':
      visit(node.path);
      return;
    case 'define':
      visit(node.name);
      if (node.value) visit(node.value);
      return;
  }
}

function each(nodes: readonly Node[] | undefined, visit: Visit): void {
  if (nodes) for (const node of nodes) visit(node);
}
function modifiers(of: Modifiers, visit: Visit): void {
  each(of.names, visit);
  each(of.contracts, visit);
}

/** Calls `visit` for `node` and every node below it, each before its children. The parser bounds the depth. */
export function walkTree(node: Node, visit: Visit): void {
  const enter = (n: Node): void => {
    visit(n);
    forEachChild(n, enter);
  };
  enter(node);
}

/** Whether `test` holds for `node` or a node below it. */
export function contains(node: Node, test: (node: Node) => boolean): boolean {
  let found = false;
  const enter = (n: Node): void => {
    found ||= test(n);
    if (!found) forEachChild(n, enter);
  };
  enter(node);
  return found;
}
