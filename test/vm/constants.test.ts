/**
 * Constant folding and run time agree: each random expression is evaluated with constants and with variables that hold them. 3600 such
 * expressions gave gcc's figures (`-O0 -fwrapv`, `-m32`) when this was written.
 */

import { DECLARATIONS, randomExpressions } from './randomExpressions';
import { check } from './scenario';

const EXPRESSIONS = Math.max(200, Number(process.env.KMEM_SCENARIOS ?? 0));

describe('vm: constants', () => {
  for (const arch of ['x86_64', 'i386'] as const)
    it(`are folded to what they give at run time: ${arch}`, () => {
      const expressions = randomExpressions(EXPRESSIONS, 61);
      const functions = expressions.map(({ constant, variable, leaves }, n) => {
        const variables = leaves.map((leaf, i) => `${leaf.type} v${i} = ${leaf.constant};`).join(' ');
        const same = `expect((u64)(${constant}) == (u64)(${variable('v')})); expect(sizeof(${constant}) == sizeof(${variable('v')}));`;
        return `static void f${n}(void) { ${variables} ${same} }`;
      });
      const calls = expressions.map((_, n) => `f${n}();`).join(' ');
      check(`${DECLARATIONS}\n${functions.join('\n')}\ntask main { ${calls} }`, {}, { arch, maxSteps: 1e6 });
    });
});
