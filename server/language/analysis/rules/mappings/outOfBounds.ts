/** `out-of-bounds`: an index behind the end of what has been allocated. */
import { sizeOf } from '../../../../types/ctype';
import type { Fix, Program } from '../../../check/context/program';
import type { Index } from '../../../syntax/tree';
import { sourceText } from '../../engine/evidence';
import { type Indexed, witness } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';
import type { Made } from '../../objects/things';
import { allCountedElements, oneRoundLess, roundOutside } from './countedLoops';

const codes: ObjectRule<'out-of-bounds'>['codes'] = {
  'out-of-bounds': {
    group: 'mappings and addresses',
    severity: 'warning',
    summary: 'an element in front of an allocation or behind its end',
    why: 'Behind a kmalloc object lies the next one: it is overwritten in silence (with KASAN `BUG: KASAN: slab-out-of-bounds`). Behind vmalloc memory lies a guard page: `BUG: unable to handle page fault`.',
    bad: 'int *histogram_alloc(void)\n{\n\tint *slots = kcalloc(16, sizeof(int), GFP_KERNEL);\n\n\tif (slots)\n\t\tslots[16] = -1;\n\treturn slots;\n}\n',
    good: 'int *histogram_alloc(void)\n{\n\tint *slots = kcalloc(17, sizeof(int), GFP_KERNEL);\n\n\tif (slots)\n\t\tslots[16] = -1;\n\treturn slots;\n}\n',
    instead: 'An index below the number of elements, or a larger allocation.',
    limits:
      'Reported where the size is a constant, the index is one or the counter of a loop between constants that nothing else ends, and the allocation is in sight. What kmalloc() gives beyond the size that was asked for does not count as the caller’s. An index outside of an array is `array-bounds` or `loop-out-of-bounds`.',
    atRunTime: [
      'BUG: KASAN: slab-out-of-bounds',
      'BUG: KASAN: vmalloc-out-of-bounds',
      'BUG: unable to handle page fault',
    ],
  },
};

export const outOfBounds: ObjectRule<'out-of-bounds'> = {
  codes,
  start: ({ program, report }) => ({
    indexed(event) {
      const { made, pointer, element } = event;
      const bytes = made && sizeOfMade(program, made);
      const each = sizeOfElement(program, event);
      const { off } = pointer;
      if (!made || bytes === undefined || each === undefined || typeof off !== 'number') return;
      const start = (index: bigint): number => off + Number(index) * each;
      const isOutside = (index: bigint): boolean => start(index) < 0 || start(index) + each > bytes;
      const { index, round, fixes } = indexOf(program, element, isOutside) ?? {};
      if (index === undefined) return;
      report('out-of-bounds', element.span, () => ({
        message: `${sourceText(program, element.base.span)}[${index}]${round ?? ''} is ${start(index) < 0 ? 'in front of' : 'behind'} the ${bytesOf(bytes)} that ${made.name}() returned: it has ${Math.floor(bytes / each)} elements of ${bytesOf(each)}. Use a smaller index, or allocate more`,
        related: witness(event, event),
        ...(fixes ? { fixes } : {}),
      }));
    },
  }),
};
/** An index that is outside: a constant one, or that of a round of a loop which counts. */
function indexOf(
  program: Program,
  element: Index,
  isOutside: (index: bigint) => boolean,
): { readonly index: bigint; readonly round?: string; readonly fixes?: readonly Fix[] } | undefined {
  const constant = program.constantOf(element.index);
  if (constant !== undefined) return isOutside(constant) ? { index: constant } : undefined;
  const counted = allCountedElements(program).get(element);
  const found = counted && roundOutside(counted, isOutside);
  return (
    found && { index: found.index, round: `, in the ${found.round} round of this loop,`, fixes: oneRoundLess(counted) }
  );
}
const bytesOf = (count: number): string => `${count} byte${count === 1 ? '' : 's'}`;
function sizeOfElement(program: Program, { element }: Indexed): number | undefined {
  const type = program.typeOf(element);
  return type && sizeOf(type);
}
/** Bytes of an allocation; undefined where they are not constant. */
function sizeOfMade(program: Program, { call, allocates, by }: Made): number | undefined {
  if (by) return undefined;
  const constant = (arg: number | undefined): number | undefined => {
    const given = arg === undefined ? undefined : call.args[arg];
    const value = given && program.constantOf(given);
    return value === undefined ? undefined : Number(value);
  };
  const size = constant(allocates.size);
  if (size === undefined) return undefined;
  if (allocates.count === undefined) return size;
  const count = constant(allocates.count);
  return count === undefined ? undefined : count * size;
}
