/** Comments that silence findings, and what is said of those that should not be there. */
import assert from 'node:assert/strict';
import { lint } from '../../../server/language/ide/lint';
import { applied } from '../../../server/language/ide/provenFixes';
import { silencing } from '../../../server/language/ide/suppressions';

const SLEEPS = 'irq i {\n\tmsleep(1);HERE\n}\n';
function check(text: string, want: readonly string[]): void {
  const found = lint({ path: 't.kmem', text }).diagnostics;
  assert.deepEqual(
    found.map((d) => d.code),
    want,
    text + found.map((d) => d.message).join('\n'),
  );
}
const behind = (comment: string): string => SLEEPS.replace('HERE', ` ${comment}`);
const above = (comment: string): string => SLEEPS.replace('\tmsleep', `\t${comment}\n\tmsleep`).replace('HERE', '');

describe('kmem-ignore', () => {
  const right = '// kmem-ignore sleep-in-atomic: shows the report';
  it('behind the line, and above it', () => {
    check(behind(right), []);
    check(above(right), []);
    check(behind('/* kmem-ignore sleep-in-atomic: shows the report */'), []);
    check(above('/*\n\t * kmem-ignore sleep-in-atomic: shows the report */'), ['sleep-in-atomic']);
    check(behind('// kmem-ignore sleep-in-atomic, wrong-context: both'), ['suppression-without-effect']);
  });
  it('another line, another code', () => {
    check(`${right}\n${SLEEPS.replace('HERE', '')}`, ['suppression-without-effect', 'sleep-in-atomic']);
    check(behind('// kmem-ignore wrong-context: no'), ['sleep-in-atomic', 'suppression-without-effect']);
  });
  it('without a reason, without a code, with a misspelt one', () => {
    check(behind('// kmem-ignore sleep-in-atomic'), ['suppression-without-reason']);
    check(behind('// kmem-ignore sleep-in-atomic:'), ['suppression-without-reason']);
    check(behind('// kmem-ignore'), ['sleep-in-atomic', 'suppression-without-effect']);
    check(behind('// kmem-ignore sleep-in-atmic: x'), ['sleep-in-atomic', 'suppression-without-effect']);
  });
  it('errors cannot be silenced', () => {
    check('task t {\n\tnothing(); // kmem-ignore undeclared-function: x\n}\n', [
      'undeclared-function',
      'suppression-without-effect',
    ]);
  });
  it('the fix removes the comment', () => {
    const text = 'task t {\n\tmsleep(1); // kmem-ignore sleep-in-atomic: in a task\n}\n';
    const [d] = lint({ path: 't.kmem', text }).diagnostics;
    const edits = d?.fixes?.[0]?.edits ?? [];
    check(applied(text, edits, 0), []);
  });
  const silenced = (text: string): string | undefined => {
    const { program, diagnostics } = lint({ path: 't.kmem', text });
    const [d = assert.fail(text)] = diagnostics.filter(({ code }) => !code.startsWith('suppression-'));
    const fix = silencing(program, d);
    return fix && applied(text, fix.edits, 0);
  };
  it('is written by a quick fix, which leaves the reason to the user', () => {
    const plain = SLEEPS.replace('HERE', '');
    assert.equal(silenced(plain), above('// kmem-ignore sleep-in-atomic: '));
    check(silenced(plain) ?? '', ['suppression-without-reason']);
    const crlf = plain.replaceAll('\n', '\r\n');
    assert.equal(silenced(crlf), above('// kmem-ignore sleep-in-atomic: ').replaceAll('\n', '\r\n'));
  });
  it('the quick fix adds a code to a comment that is there', () => {
    for (const place of [behind, above])
      for (const [open, close] of [
        ['// ', ''],
        ['/*', ' */'],
      ])
        assert.equal(
          silenced(place(`${open}kmem-ignore wrong-context: why${close}`)),
          place(`${open}kmem-ignore wrong-context, sleep-in-atomic: why${close}`),
        );
  });
  it('no quick fix silences an error', () => {
    assert.equal(silenced('task t {\n\tnothing();\n}\n'), undefined);
  });
  it('words that only begin like one', () => check(behind('// kmem-ignored nothing'), ['sleep-in-atomic']));
});
