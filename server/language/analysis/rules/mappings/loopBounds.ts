/** `loop-out-of-bounds`: a loop that counts past the end of an array. */
import { sourceText } from '../../engine/evidence';
import type { Rule, RuleContext } from '../../engine/rule';
import { type Counted, countedElements, oneRoundLess, roundOutside } from './countedLoops';

const codes: Rule<'loop-out-of-bounds'>['codes'] = {
  'loop-out-of-bounds': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'a loop whose counter is outside of the array in its first or its last round',
    why: 'What lies behind the array is read or overwritten: the next member, the next variable, the return address. With KASAN the kernel prints `BUG: KASAN: global-out-of-bounds`, `stack-out-of-bounds` or `slab-out-of-bounds`; where the array is followed by another member of its structure, nothing notices.',
    bad: 'static struct list_head queues[4];\n\nvoid queues_init(void)\n{\n\tint i;\n\n\tfor (i = 0; i <= 4; i++)\n\t\tINIT_LIST_HEAD(&queues[i]);\n}\n',
    good: 'static struct list_head queues[4];\n\nvoid queues_init(void)\n{\n\tint i;\n\n\tfor (i = 0; i < 4; i++)\n\t\tINIT_LIST_HEAD(&queues[i]);\n}\n',
    instead: '`<` and the number of elements: `for (i = 0; i < ARRAY_SIZE(queues); i++)`.',
    limits:
      'Reported where the loop counts between constants, nothing else ends it, and each of its rounds names the element. A loop over what an allocation returned is `out-of-bounds`; a constant index is `array-bounds`.',
    atRunTime: [
      'BUG: KASAN: global-out-of-bounds',
      'BUG: KASAN: stack-out-of-bounds',
      'BUG: KASAN: slab-out-of-bounds',
    ],
  },
};

export const loopBounds: Rule<'loop-out-of-bounds'> = {
  codes,
  start: (cx) => ({
    visit: {
      for: (stmt) => {
        for (const one of countedElements(cx.program, stmt)) check(cx, one);
      },
    },
  }),
};
function check(cx: RuleContext<'loop-out-of-bounds'>, one: Counted): void {
  const { element, test } = one;
  const array = cx.program.typeOf(element.base);
  // one of one element at the end of a structure has as many as were allocated
  if (array?.kind !== 'array' || array.length === null || array.length <= 1) return;
  const { length } = array;
  const found = roundOutside(one, (index) => index < 0n || index >= BigInt(length));
  if (!found) return;
  cx.report('loop-out-of-bounds', element.index.span, () => ({
    message: `${sourceText(cx.program, element.index.span)} is ${found.index} in the ${found.round} round of this loop, but the array has ${length} elements: the last is ${length - 1}. Correct the condition of the loop, or the array`,
    related: [{ span: test.span, message: 'the condition of the loop' }],
    fixes: oneRoundLess(one),
  }));
}
