/** `out-of-bounds`: a constant index behind the end of what has been allocated. */
import { sizeOf } from '../../../../types/ctype';
import type { Program } from '../../../check/context/program';
import { type Indexed, witness } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';
import type { Made } from '../../objects/things';

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
      'Reported where size and index are constants and the allocation is in sight. What kmalloc() gives beyond the size that was asked for does not count as the caller’s. An index outside of an array is an error of the language, `array-bounds`.',
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
      const { made, pointer, element, text } = event;
      const bytes = made && sizeOfMade(program, made);
      const index = program.constantOf(element.index);
      const each = sizeOfElement(program, event);
      if (!made || bytes === undefined || index === undefined || each === undefined || typeof pointer.off !== 'number')
        return;
      const from = pointer.off + Number(index) * each;
      if (from >= 0 && from + each <= bytes) return;
      report('out-of-bounds', element.span, () => ({
        message: `${text}[${index}] is ${from < 0 ? 'in front of' : 'behind'} the ${bytesOf(bytes)} that ${made.name}() returned: it has ${Math.floor(bytes / each)} elements of ${bytesOf(each)}. Use a smaller index, or allocate more`,
        related: witness(event, event),
      }));
    },
  }),
};
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
