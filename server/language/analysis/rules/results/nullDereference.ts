/** `null-dereference`: a pointer is followed on a path on which nothing but NULL was stored in it. */
import { branchesTo, placeKey, type Used, writtenText } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';

const codes: ObjectRule<'null-dereference'>['codes'] = {
  'null-dereference': {
    group: 'results',
    severity: 'warning',
    summary: 'a pointer is followed on a path on which it is NULL',
    why: 'The kernel prints `BUG: kernel NULL pointer dereference`, and the task dies with all that it holds.',
    bad: 'extern int named;\ntask t {\n\tchar *name = NULL;\n\n\tif (named) {\n\t\tname = kstrdup("eth", GFP_KERNEL);\n\t\tif (!name)\n\t\t\treturn;\n\t}\n\tname[0] = 69;\n\tkfree(name);\n}\n',
    good: 'extern int named;\ntask t {\n\tchar *name = NULL;\n\n\tif (named) {\n\t\tname = kstrdup("eth", GFP_KERNEL);\n\t\tif (!name)\n\t\t\treturn;\n\t\tname[0] = 69;\n\t}\n\tkfree(name);\n}\n',
    instead: 'Follow it only where it was set, or check it first.',
    limits:
      'Reported where nothing but inputs and checks of pointers decides whether a run gets there, or where every way behind another condition leads there and leaves the pointer alone: what other conditions have to do with the pointer is not known. Only functions that have to do with memory are looked at.',
    atRunTime: [
      'BUG: kernel NULL pointer dereference',
      'BUG: KASAN: null-ptr-deref',
      'BUG: unable to handle page fault',
    ],
    runTimeAt: 'callee',
  },
};

export const nullDereference: ObjectRule<keyof typeof codes> = {
  codes,
  start({ program, report }) {
    const found: Used[] = [];
    const others = new Set<number>();
    return {
      used(event) {
        const { isNull, made, obj, sure, span } = event;
        // of what is freed or unchecked on another path, or has failed here, other rules tell
        if (made && (isNull || obj.status === 'freed' || obj.nullness === 'maybe')) others.add(placeKey(span));
        else if (isNull && sure) found.push(event);
      },
      finish() {
        for (const event of found) {
          const { span, written, by } = event;
          if (others.has(placeKey(span))) continue;
          report('null-dereference', span, () => ({
            message: `${writtenText(program, written)} is NULL on this path, and ${by ? `${by}() follows it` : 'it is followed'} here: the kernel oopses. Check it first, or set it on every way here`,
            related: branchesTo(event),
          }));
        }
      },
    };
  },
};
