/** `shadowed-variable`: a local with the name of a variable that is visible there. */
import type { ContextSym, FunctionSym } from '../../../check/context/program';
import type { Span } from '../../../syntax/tree';
import { forEachChild, type Node } from '../../../syntax/visitor';
import type { Rule } from '../../engine/rule';

const codes: Rule<'shadowed-variable'>['codes'] = {
  'shadowed-variable': {
    group: 'language',
    severity: 'hint',
    summary: 'a local that hides a variable of the same name',
    why: 'An assignment to the inner one is lost at the end of its block, while the reader takes it for the outer one: `int ret` inside a block is the classical way to lose an error code.',
    bad: 'int nic_probe(struct device *dev, int irq)\n{\n\tint ret = 0;\n\n\tif (irq > 0) {\n\t\tint ret = irq > 255 ? -EINVAL : 0;\n\n\t\tdev_dbg(dev, "irq: %d\\n", ret);\n\t}\n\treturn ret;\n}\n',
    good: 'int nic_probe(struct device *dev, int irq)\n{\n\tint ret = 0;\n\n\tif (irq > 0) {\n\t\tret = irq > 255 ? -EINVAL : 0;\n\t\tdev_dbg(dev, "irq: %d\\n", ret);\n\t}\n\treturn ret;\n}\n',
    instead: 'Use the outer variable, or another name.',
    limits: 'A parameter may have the name of a global, and any local that of a function, as in kernel code.',
  },
};

export const shadowedVariable: Rule<'shadowed-variable'> = {
  codes,
  start({ program, report }) {
    const globals = new Map<string, Span>();
    const withStatics = new Set<unknown>();
    for (const v of program.globals) {
      if (v.span && !v.owner) globals.set(v.name, v.span);
      if (v.owner) withStatics.add(v.owner);
    }
    /** whether two variables of one name may be visible in a body: most have none */
    const mayHide = (sym: FunctionSym | ContextSym): boolean => {
      if (withStatics.has(sym)) return true;
      const names = new Set(sym.kind === 'function' ? sym.params.map((p) => p.name) : []);
      return sym.locals.some(({ name }) => globals.has(name) || names.size === names.add(name).size);
    };
    return {
      body(sym, block) {
        if (!mayHide(sym)) return;
        const scopes: Map<string, Span>[] = [globals];
        const declare = (name: string, span: Span): void => {
          const hidden = scopes
            .slice(0, -1)
            .findLast((scope) => scope.has(name))
            ?.get(name);
          scopes.at(-1)?.set(name, span);
          if (!hidden) return;
          report('shadowed-variable', span, () => ({
            message: `'${name}' hides another variable of this name: what is stored here is lost to that one. Give one of them another name`,
            related: [{ span: hidden, message: `the '${name}' that is hidden` }],
          }));
        };
        const enter = (node: Node): void => {
          const opens = node.kind === 'block' || node.kind === 'for' || node.kind === 'macroLoop';
          if (opens) scopes.push(new Map());
          if (node.kind === 'declarator' && program.symbolOf(node)?.kind === 'var') {
            declare(node.name.text, node.name.span);
          }
          forEachChild(node, enter);
          if (opens) scopes.pop();
        };
        scopes.push(new Map());
        // a parameter may have the name of a global, as in kernel code
        if (sym.kind === 'function') for (const p of sym.params) if (p.span) scopes.at(-1)?.set(p.name, p.span);
        forEachChild(block, enter);
      },
    };
  },
};
