/** `leak`: nothing points any more to an object that must be freed. */
import type { Diagnostic, Related } from '../../../check/context/program';
import type { Span } from '../../../syntax/tree';
import { branchesTo, type Lost, witness, writtenText } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';
import { insertOnPath } from '../fixes/insertStatement';
import { freedWithText, freeingCall, isLocalMap, nameOf } from './memoryText';

const codes: ObjectRule<'leak'>['codes'] = {
  leak: {
    group: 'lifetime',
    severity: 'warning',
    summary: 'memory that nothing points to any more has not been freed',
    why: 'It stays allocated until the machine is restarted. kmemleak lists it as `unreferenced object`; without it nobody notices until memory is short.',
    bad: 'int read_block(int block)\n{\n\tchar *buf = kmalloc(512, GFP_KERNEL);\n\tif (!buf)\n\t\treturn -ENOMEM;\n\tif (block < 0)\n\t\treturn -EINVAL;\n\tkfree(buf);\n\treturn 0;\n}\n',
    good: 'int read_block(int block)\n{\n\tint err = 0;\n\tchar *buf = kmalloc(512, GFP_KERNEL);\n\tif (!buf)\n\t\treturn -ENOMEM;\n\tif (block < 0) {\n\t\terr = -EINVAL;\n\t\tgoto out;\n\t}\nout:\n\tkfree(buf);\n\treturn err;\n}\n',
    instead:
      'Free it on every path, by one way out with labels; or give it to what outlives the function: a list, a structure, the caller.',
    limits:
      'Memory that was stored outside the function, put on a list, registered or returned is not a leak here, whatever happens to it there; a call that registers it and returns an error has kept nothing. Where a condition that says nothing of the pointer decides about the free, nothing is reported. kmemleak does not follow pages: a leak of those is found here only.',
    atRunTime: ['unreferenced object'],
    runTimeAt: 'origin',
  },
};

interface Leaks {
  readonly span: Span;
  readonly first: Lost;
  readonly names: Map<string, Lost>;
}

export const leak: ObjectRule<keyof typeof codes> = {
  codes,
  start({ program, report }) {
    const found = new Map<string, Leaks>();
    return {
      lost(event) {
        if (isLocalMap(event.made)) return;
        const { span } = event;
        // of a function of the kernel: result-ignored says so
        if (event.how === 'dropped' && !event.made?.by) return;
        const key = `${span.file}:${span.start}:${event.how}`;
        const leaks = found.get(key) ?? { span, first: event, names: new Map() };
        found.set(key, leaks);
        const name =
          event.how === 'overwritten' && event.written ? writtenText(program, event.written) : nameOf(event, event);
        const known = leaks.names.get(name);
        if (!known) leaks.names.set(name, event);
      },
      finish() {
        for (const { span, first, names } of found.values()) {
          report('leak', span, () => finding(span, first, names));
        }
      },
    };
    function finding(
      span: Span,
      first: Lost,
      names: ReadonlyMap<string, Lost>,
    ): Omit<Diagnostic, 'code' | 'severity' | 'span'> {
      const [name = ''] = names.keys();
      const { made } = first;
      const by = made ? freedWithText(made) : '';
      const related: Related[] = [...names.values()].slice(0, 3).flatMap((event) => witness(event, event));
      const of = made ? `${made.by ? made.by.sym.name : made.name}()` : '';
      switch (first.how) {
        case 'dropped':
          return {
            message: `${of} returns memory of ${made?.by?.made.name}(), and nothing stores the pointer: the memory is lost. Store it, and free it with ${by}`,
            related,
          };
        case 'overwritten':
          return {
            message: `the memory of ${of} is lost here: ${name || 'the only pointer to it'} is overwritten. Free it with ${by} before, or keep the old pointer`,
            related,
          };
        case 'holder':
          return {
            message: `${name} is lost here: ${writtenText(program, first.written)}, which holds the only pointer to it, is freed. Free ${name} with ${by} before`,
            related,
          };
        case 'return': {
          const list = [...names.keys()];
          const all = list.length === 1 ? name : `${list.slice(0, -1).join(', ')} and ${list.at(-1)}`;
          const fixes = made && /^[\w.>-]+$/.test(name) && list.length === 1 ? fixesOf(span, first, name) : [];
          return {
            message: `${all} ${list.length === 1 ? 'is' : 'are'} not freed on this path, and nothing else points to ${list.length === 1 ? 'it' : 'them'}: the memory of ${of} is lost. Free it with ${by} before this`,
            related,
            ...(fixes.length > 0 ? { fixes } : {}),
          };
        }
      }
    }
    function fixesOf(span: Span, event: Lost, name: string) {
      const { made, obj } = event;
      const statement = made && freeingCall(program, made, name);
      return statement ? insertOnPath(program, span, branchesTo(event, obj.born), statement) : [];
    }
  },
};
