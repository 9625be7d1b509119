/** `check-never-fails` and `error-pointer-check`: a check that asks a result for what it can never be. */
import type { Fix, Program } from '../../../check/context/program';
import { sourceText } from '../../engine/evidence';
import { allocatedHere, type Outcome, type Tested } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';

const codes: ObjectRule<'check-never-fails' | 'error-pointer-check'>['codes'] = {
  'check-never-fails': {
    group: 'results',
    severity: 'warning',
    summary: 'a result is compared with NULL that can never be NULL',
    why: 'The code for the failure never runs, and hides what really happens: the call waits until there is memory.',
    bad: 'int request_start(mempool_t *pool)\n{\n\tvoid *rq = mempool_alloc(pool, GFP_NOIO);\n\n\tif (!rq)\n\t\treturn -ENOMEM;\n\tmempool_free(rq, pool);\n\treturn 0;\n}\n',
    good: 'int request_start(mempool_t *pool)\n{\n\tvoid *rq = mempool_alloc(pool, GFP_NOIO);\n\n\tmempool_free(rq, pool);\n\treturn 0;\n}\n',
    instead: 'Leave the check out, or use a mask that does not wait: GFP_NOWAIT.',
    limits:
      'Reported where every path to the check has such a result: of mempool_alloc() with direct reclaim, or with __GFP_NOFAIL.',
  },
  'error-pointer-check': {
    group: 'results',
    severity: 'warning',
    summary: 'an error pointer is compared with NULL, or a result that may be NULL is asked for with IS_ERR()',
    why: 'IS_ERR(NULL) is false and an error pointer is not NULL: the failure passes the check, and the next use is an oops.',
    bad: 'int name_set(const char __user *from, size_t len)\n{\n\tchar *name = memdup_user_nul(from, len);\n\n\tif (!name)\n\t\treturn -ENOMEM;\n\tkfree(name);\n\treturn 0;\n}\n',
    good: 'int name_set(const char __user *from, size_t len)\n{\n\tchar *name = memdup_user_nul(from, len);\n\n\tif (IS_ERR(name))\n\t\treturn PTR_ERR(name);\n\tkfree(name);\n\treturn 0;\n}\n',
    instead: 'IS_ERR() for what returns error pointers, `!p` for what returns NULL.',
    limits: 'Reported where every path to the check has such a result. `IS_ERR_OR_NULL()` is accepted for both.',
    atRunTime: ['BUG: unable to handle page fault', 'BUG: kernel NULL pointer dereference'],
  },
};

export const pointerChecks: ObjectRule<keyof typeof codes> = {
  codes,
  start({ program, report }) {
    /** of each test the first */
    const tests: Tested[] = [];
    return {
      tested(event) {
        if (event.outcome !== 'unknown' && event.told.outcomes.length === 1) tests.push(event);
      },
      finish() {
        for (const event of tests) {
          const { outcomes, subject } = event.told;
          const only = (...list: Outcome[]): boolean => outcomes.every((o) => list.includes(o));
          const text = sourceText(program, event.span);
          const made = subject?.made;
          const related = made ? allocatedHere(made) : [];
          const by = made ? `${made.by ? made.by.sym.name : made.name}()` : 'what it comes from';
          if (event.about === 'NULL' && only('never NULL')) {
            report('check-never-fails', event.span, () => ({
              message: `${text} is never NULL here: ${by} waits until there is memory, with this mask. Leave the check out`,
              related,
            }));
          } else if (event.about === 'NULL' && only('error', 'maybe error', 'valid') && !only('valid')) {
            report('error-pointer-check', event.span, () => {
              const fixes = fixesOf(program, event);
              return {
                message: `${by} fails with an error pointer, never with NULL: this check lets the error pass. Use IS_ERR(${text})`,
                related,
                ...(fixes.length > 0 ? { fixes } : {}),
              };
            });
          } else if (event.about === 'error' && only('maybe NULL', 'NULL', 'valid') && !only('valid') && made) {
            report('error-pointer-check', event.span, () => {
              const fixes = nullFixes(program, event);
              return {
                message: `${by} fails with NULL, never with an error pointer: IS_ERR() lets NULL pass. Use !${text}`,
                related,
                ...(fixes.length > 0 ? { fixes } : {}),
              };
            });
          }
        }
      },
    };
  },
};
/** `!p` becomes `IS_ERR(p)`. */
function fixesOf(program: Program, { span }: Tested): Fix[] {
  const file = program.files[span.file]?.text ?? '';
  const name = file.slice(span.start, span.end);
  if (file[span.start - 1] !== '!' || !/^[\w.>-]+$/.test(name)) return [];
  const edits = [{ span: { ...span, start: span.start - 1 }, text: `IS_ERR(${name})` }];
  return [{ title: `use IS_ERR(${name})`, edits }];
}
/** `IS_ERR(p)` becomes `!p`. */
function nullFixes(program: Program, { span }: Tested): Fix[] {
  const file = program.files[span.file]?.text ?? '';
  const name = file.slice(span.start, span.end);
  const before = /\bIS_ERR\(\s*$/.exec(file.slice(0, span.start))?.[0];
  const after = /^\s*\)/.exec(file.slice(span.end))?.[0];
  if (!before || !after || !/^[\w.>-]+$/.test(name)) return [];
  const whole = { ...span, start: span.start - before.length, end: span.end + after.length };
  return [{ title: `use !${name}`, edits: [{ span: whole, text: `!${name}` }] }];
}
