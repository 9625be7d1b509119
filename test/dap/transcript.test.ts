/** Transcripts are stable and complete, and their difference is short. */
import assert from 'node:assert/strict';
import { type HandleNames, nameVariables, noHandles } from './handleNames';
import { lineDiff } from './lineDiff';
import { type Outline, printOutline } from './outline';
import { eventOutline, type Fields, requestOutline, responseOutline } from './transcript';

const text = (...outlines: Outline[]) => printOutline(outlines).join('\n');
const respond = (names: HandleNames, command: string, args: Fields, body: Fields) =>
  responseOutline(names, args, { command, success: true, body });
/** A zone with its free areas opened; the handles count up from one after another. */
function session(rows: string[]): string {
  const names = noHandles();
  nameVariables(names, 1, 'zone');
  let handle = 2;
  const variables = rows.map((name) => ({ name, value: 'x', variablesReference: handle++ }));
  const args = { variablesReference: variables.find(({ name }) => name === 'free_area')?.variablesReference };
  return text(
    respond(names, 'variables', { variablesReference: 1 }, { variables }),
    requestOutline(names, 'variables', args),
    respond(names, 'variables', args, { variables: [{ name: 'order 0', value: '5', variablesReference: handle }] }),
  );
}

describe('transcript', () => {
  it('one more row is one more line, although every handle after it is another', () => {
    const diff = lineDiff(
      session(['watermarks', 'free_area', 'lists']),
      session(['spread', 'watermarks', 'free_area', 'lists']),
    );
    assert.equal(diff, '@@ line 1 @@\n  =\n+   > spread: x\n    > watermarks: x\n    > free_area: x\n    > lists: x');
  });
  it('a variable with everything, and fields nobody knows', () => {
    const names = noHandles();
    nameVariables(names, 1, 'Locals');
    const variables = [
      {
        name: 'p',
        value: '0x10 page',
        type: 'struct page *',
        evaluateName: 'p',
        memoryReference: '0x10',
        variablesReference: 2,
        indexedVariables: 3,
        presentationHint: { kind: 'virtual', attributes: ['readOnly'], lazy: true },
        novel: 7,
      },
      { name: 'q', value: '0x100 page', evaluateName: '(*q)', memoryReference: '0x10', variablesReference: 2 },
      { name: 'r', value: 'two\nlines' },
    ];
    assert.equal(
      text(respond(names, 'variables', { variablesReference: 1 }, { variables, more: { novel: '1' } })),
      [
        '=',
        '  more · novel: "1"',
        '  > p: 0x10 page · struct page * · = · @ · 3 indexed · [virtual, readOnly, {"lazy":true}] · novel: 7',
        '  > q: 0x100 page · = (*q) · @0x10 · same reference as Locals / p',
        '  ? r: two\\nlines',
      ].join('\n'),
    );
  });
  it('frames of one function have different names, and end with the stop', () => {
    const names = noHandles();
    const source = { name: 'a.kmem', path: 'x/a.kmem' };
    const stackFrames = [
      { id: 4, name: 'f', source, line: 3, column: 1, endLine: 4, endColumn: 9 },
      { id: 5, name: 'f', line: 0, column: 0, presentationHint: 'subtle' },
      { name: 'g', source: 'a.kmem', line: 1 },
    ];
    assert.equal(
      text(respond(names, 'stackTrace', {}, { stackFrames }), requestOutline(names, 'scopes', { frameId: 5 })),
      '=\n  f · x/a.kmem:3:1-4:9\n  f · [subtle]\n  ? g · line 1 · source: a.kmem\n→ scopes · frame: f (2)',
    );
    assert.equal(text(eventOutline(names, 'stopped', { reason: 'step' })), '← stopped · reason: step');
    assert.equal(
      text(requestOutline(names, 'scopes', { frameId: 5 })),
      '→ scopes · frame: a frame that this stop does not have',
    );
  });
  it('output line by line, with where it came from; a refusal with its reason', () => {
    const names = noHandles();
    const source = { name: 'other', path: 'x/a.kmem' };
    assert.equal(
      text(eventOutline(names, 'output', { category: 'stdout', output: 'a\n\n b', source, line: 2, data: { n: 1 } })),
      '← output stdout, the line goes on · x/a.kmem:2 · source other\n  data · n: 1\n  | a\n  | \n  |  b',
    );
    const body = { error: { id: 1, format: '{text}', variables: { text: 'why' }, showUser: true } };
    assert.equal(
      text(responseOutline(names, {}, { command: 'evaluate', success: false, message: 'why', body })),
      '= REFUSED: why · id: 1 · showUser',
    );
  });
});

describe('line diff', () => {
  const lines = (...more: string[]) => [...'abcdefghij', ...more, ''].join('\n');
  it('is empty for equal texts', () => assert.equal(lineDiff(lines(), lines()), ''));
  it('shows changed lines with three lines around', () => {
    assert.equal(lineDiff(lines(), lines().replace('e', 'E')), '@@ line 2 @@\n  b\n  c\n  d\n- e\n+ E\n  f\n  g\n  h');
    assert.equal(
      lineDiff(lines(), `+\n${lines('k')}`),
      '@@ line 1 @@\n+ +\n  a\n  b\n  c\n@@ line 8 @@\n  h\n  i\n  j\n+ k',
    );
  });
  it('stops after a hundred lines', () => {
    const long = Array.from({ length: 300 }, (_, i) => String(i)).join('\n');
    assert.equal(lineDiff(lines(), long).split('\n').length, 101);
    assert.ok(lineDiff(lines(), long).endsWith('\n… and more'));
  });
});
