/** Restarting, and files that are edited while their scenario runs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFromDisk } from '../../server/dap/launch';
import { Client } from './client';

const TEXT = `static int other;
static int tail;
static void advance(void)
{
	tail++;
}
task main {
	int local = 1;
	advance();
	local++;
	advance();
}
`;
const line = (text: string, of = TEXT) => of.split('\n').findIndex((l) => l.includes(text)) + 1;
type Breakpoint = { id: number; verified: boolean; line?: number; message?: string };

describe('restart and edits', () => {
  let folder: string;
  let path: string;
  let client: Client;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kmem-restart-'));
    path = join(folder, 'a.kmem');
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    writeFileSync(path, TEXT);
    client = new Client(loadFromDisk);
    await client.ask('initialize', {});
    await client.ask('launch', { program: path });
    await client.ask('configurationDone');
    await client.event('stopped');
  });
  afterEach(() => client.close());

  const set = async (...lines: number[]): Promise<Breakpoint[]> =>
    (
      await client.ask<{ breakpoints: Breakpoint[] }>('setBreakpoints', {
        source: { path },
        breakpoints: lines.map((l) => ({ line: l })),
      })
    ).breakpoints;
  const watch = async (name: string, frameId?: number): Promise<Breakpoint> => {
    const { dataId } = await client.ask('dataBreakpointInfo', { name, frameId });
    const { breakpoints } = await client.ask<{ breakpoints: Breakpoint[] }>('setDataBreakpoints', {
      breakpoints: [{ dataId }],
    });
    return breakpoints[0] as Breakpoint;
  };
  const topFrame = async () => {
    const { stackFrames } = await client.ask<{ stackFrames: (Record<string, unknown> & { id: number })[] }>(
      'stackTrace',
      { threadId: 12 },
    );
    return stackFrames[0] ?? assert.fail('no frame');
  };
  /** Restarts; what the client is told of breakpoints. */
  const restart = async (): Promise<{ reason: string; breakpoint: Breakpoint }[]> => {
    const from = client.messages.length;
    await client.ask('restart', {});
    await client.event('stopped', from);
    return client.messages
      .slice(from)
      .flatMap((m) => (m.event === 'breakpoint' ? [m.body as { reason: string; breakpoint: Breakpoint }] : []));
  };
  const announcements = () =>
    client.messages.filter((m) => m.event === 'output' && /has changed since it was started/.test(JSON.stringify(m)));

  it('a pause just before a restart does not stop the new run', async () => {
    writeFileSync(path, 'static int n;\ntask main {\n\twhile (1)\n\t\tn++;\n}\n');
    const endless = new Client(loadFromDisk);
    await endless.ask('launch', { program: path, stopOnEntry: false, memoryBudgetMB: 4 });
    await endless.ask('configurationDone');
    endless.post('pause', { threadId: 12 });
    await endless.ask('restart', {});
    await new Promise((done) => setTimeout(done, 100));
    assert.deepEqual(
      endless.messages.filter((m) => m.event === 'stopped'),
      [],
    );
    endless.close();
  });
  it('breakpoints of all kinds survive a restart under their ids, which are never used twice', async () => {
    const lines = (await set(line('local++'), line('tail++'))).map((b) => b.id);
    const data = await watch('other');
    for (const _ of [1, 2]) {
      const told = await restart();
      assert.deepEqual(
        told.map(({ reason, breakpoint }) => [reason, breakpoint.id, breakpoint.verified]),
        [...lines, data.id].map((id) => ['changed', id, true]),
      );
    }
    assert.deepEqual((await client.move('continue')).hitBreakpointIds, [lines[1]]);
    assert.deepEqual((await client.move('continue')).hitBreakpointIds, [lines[0]]);
    const [more] = await set(line('int local'));
    assert.ok((more?.id ?? 0) > data.id);
  });
  it('a restart ends the stop before it, whose reason VS Code would go on showing', async () => {
    await client.move('next', { threadId: 12 });
    const from = client.messages.length;
    await client.ask('restart', {});
    await client.event('stopped', from);
    const order = client.messages.slice(from).map((m) => m.event ?? m.command);
    assert.deepEqual(order, ['continued', 'restart', 'stopped']);
  });
  it('a data breakpoint stops after a restart', async () => {
    const { id } = await watch('tail');
    await restart();
    const stop = await client.move('continue');
    assert.deepEqual([stop.reason, stop.hitBreakpointIds], ['data breakpoint', [id]]);
  });
  it('in a changed program a global variable is watched at its new place, and a local variable no longer', async () => {
    await client.move('next', { threadId: 12 });
    const frame = await topFrame();
    const infos = [];
    for (const name of ['tail', 'local'])
      infos.push(await client.ask('dataBreakpointInfo', { name, frameId: frame.id }));
    await client.ask('setDataBreakpoints', { breakpoints: infos.map(({ dataId }) => ({ dataId })) });
    writeFileSync(path, `static long before[7];\n${TEXT.replace('other;', 'other = 3;')}`);
    assert.deepEqual(
      (await restart()).map(({ reason, breakpoint }) => [reason, breakpoint.id]),
      [
        ['changed', 1],
        ['removed', 2],
      ],
    );
    const stop = await client.move('continue');
    assert.deepEqual([stop.reason, stop.hitBreakpointIds], ['data breakpoint', [1]]);
  });
  it('breakpoints that were set before the launch are set', async () => {
    const early = new Client(loadFromDisk);
    await early.ask('initialize', {});
    const { breakpoints } = await early.ask<{ breakpoints: Breakpoint[] }>('setBreakpoints', {
      source: { path },
      breakpoints: [{ line: line('local++') }],
    });
    assert.deepEqual(breakpoints, [{ id: 1, verified: false, message: 'the scenario is not loaded yet' }]);
    await early.ask('launch', { program: path, stopOnEntry: false });
    const { reason, breakpoint } = (await early.event('breakpoint')) as { reason: string; breakpoint: Breakpoint };
    assert.deepEqual([reason, breakpoint.id, breakpoint.verified], ['changed', 1, true]);
    await early.ask('configurationDone');
    assert.deepEqual((await early.event('stopped')).hitBreakpointIds, [1]);
    early.close();
  });

  const EDITED = `// a comment\n// and one more\n${TEXT}`;
  it('an edited file is announced once, and the text that runs can be read', async () => {
    writeFileSync(path, EDITED);
    const changed = await client.event('loadedSource');
    assert.equal(changed.reason, 'changed');
    await client.move('next', { threadId: 12 });
    await client.move('next', { threadId: 12 });
    assert.equal(announcements().length, 1);
    const { source, line: at } = (await topFrame()) as unknown as { source: Record<string, unknown>; line: number };
    assert.equal(source.path, path);
    const { content } = await client.ask('source', { source, sourceReference: source.sourceReference });
    assert.equal(content, TEXT);
    assert.match(String(content).split('\n')[at - 1] ?? '', /local\+\+;/);
    const { sources } = await client.ask<{ sources: { checksums: { checksum: string }[] }[] }>('loadedSources');
    assert.match(sources[0]?.checksums[0]?.checksum ?? '', /^[0-9a-f]{64}$/);
    // saved as it was: what is on disk runs again
    writeFileSync(path, TEXT);
    await client.move('next', { threadId: 12 });
    assert.equal(((await topFrame()).source as Record<string, unknown>).sourceReference, undefined);
  });
  it('a file that was renamed is said to be, and its text is still there', async () => {
    rmSync(path);
    await client.event('loadedSource');
    const said = client.messages.filter((m) => m.event === 'output').map((m) => JSON.stringify(m.body));
    assert.match(said.join(), /was renamed or deleted: start the scenario where it is now/);
    assert.equal(announcements().length, 0);
    const { source } = (await topFrame()) as unknown as { source: Record<string, unknown> };
    const { content } = await client.ask('source', { source, sourceReference: source.sourceReference });
    assert.equal(content, TEXT);
    await client.move('next', { threadId: 12 });
  });
  const setEdited = async (...lines: number[]): Promise<Breakpoint[]> =>
    (
      await client.ask<{ breakpoints: Breakpoint[] }>('setBreakpoints', {
        source: { path },
        breakpoints: lines.map((l) => ({ line: l })),
        sourceModified: true,
      })
    ).breakpoints;
  it('breakpoints on unchanged lines of an edited file stop without a restart', async () => {
    const [{ id } = assert.fail()] = await set(line('local++'));
    const edited = EDITED.replace('tail++', 'tail += 2');
    writeFileSync(path, edited);
    const moved = line('local++', edited);
    const [unchanged, changed, added] = await setEdited(moved, line('tail +=', edited), 1);
    assert.deepEqual([unchanged?.id, unchanged?.verified, unchanged?.line], [id, true, moved]);
    assert.deepEqual([changed?.verified, added?.verified], [false, false]);
    assert.match(changed?.message ?? '', /this line has changed since it was started: Restart/);
    const { breakpoints: places } = await client.ask<{ breakpoints: { line: number }[] }>('breakpointLocations', {
      source: { path },
      line: 1,
      endLine: edited.split('\n').length,
    });
    const statements = ['int local', '\tadvance();', 'local++'].map((text) => line(text, edited));
    assert.deepEqual(
      places.map((place) => place.line),
      [...statements, line('local++', edited) + 1],
    );
    assert.deepEqual((await client.move('continue')).hitBreakpointIds, [id]);
    assert.equal((await topFrame()).line, line('local++'));
  });
  it('a breakpoint in an edited file waits for the restart where the statement that it would move to has changed', async () => {
    const edited = TEXT.replace('\ttail++', '\ttail += 2');
    writeFileSync(path, edited);
    const [waits] = await setEdited(line('{', edited));
    assert.equal(waits?.verified, false);
    assert.match(waits?.message ?? '', /the one that it would move to has changed since it was started: Restart/);
  });
  it('breakpoints in an edited file keep their ids at the restart', async () => {
    const edited = TEXT.replace('\ttail++', '\ttail += 2');
    writeFileSync(path, edited);
    const set = await setEdited(line('tail +=', edited), line('local++', edited));
    assert.deepEqual(
      set.map((b) => b.verified),
      [false, true],
    );
    assert.deepEqual(
      (await restart()).map(({ breakpoint }) => [breakpoint.id, breakpoint.verified, breakpoint.line]),
      set.map((b, i) => [b.id, true, line(i === 0 ? 'tail +=' : 'local++', edited)]),
    );
    assert.deepEqual((await client.move('continue')).hitBreakpointIds, [set[0]?.id]);
  });
  it('breakpoints in the text that runs are possible meanwhile', async () => {
    writeFileSync(path, EDITED);
    await client.event('loadedSource');
    const { breakpoints } = await client.ask<{ breakpoints: Breakpoint[] }>('setBreakpoints', {
      source: { path, sourceReference: 1 },
      breakpoints: [{ line: line('local++') }],
    });
    assert.deepEqual([breakpoints[0]?.verified, breakpoints[0]?.line], [true, line('local++')]);
    // those of the file are others
    await setEdited();
    assert.equal((await client.move('continue')).reason, 'breakpoint');
    assert.equal((await restart())[0]?.reason, 'removed');
  });
  it('an exception filter whose condition names what is gone after a restart is told to be off', async () => {
    await client.ask('setExceptionBreakpoints', {
      filters: [],
      filterOptions: [{ filterId: 'bug', condition: 'other == 1' }],
    });
    writeFileSync(path, TEXT.replace('static int other;', ''));
    await restart();
    const said = client.messages.filter((m) => m.event === 'output').map((m) => JSON.stringify(m.body));
    assert.match(said.join(), /an exception filter is off: the condition other == 1: 'other' is not declared/);
  });
  it('a restart with a mistake in the file keeps the session', async () => {
    writeFileSync(path, 'task main { int = ; }\n');
    const response = await client.request('restart', {});
    assert.equal(response.success, false);
    assert.deepEqual((response.body.problems as { line: number }[])[0]?.line, 1);
    assert.equal((await client.move('next', { threadId: 12 })).reason, 'step');
  });
  it('VS Code, which takes a refused restart for the end of the session, is told of the mistake and of the stop', async () => {
    const code = new Client(loadFromDisk);
    await code.ask('initialize', { clientID: 'vscode' });
    await code.ask('launch', { program: path });
    await code.ask('configurationDone');
    await code.event('stopped');
    writeFileSync(path, 'task main { int = ; }\n');
    const from = code.messages.length;
    const response = await code.request('restart', {});
    assert.equal(response.success, true);
    assert.equal((response.body.problems as { line: number }[])[0]?.line, 1);
    assert.equal((await code.event('stopped', from)).reason, 'entry');
    assert.equal((await code.move('next', { threadId: 12 })).reason, 'step');
    code.close();
  });
});

describe('data breakpoints that cannot be', () => {
  it('are refused one by one, with the reason', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kmem-data-'));
    const path = join(folder, 'a.kmem');
    writeFileSync(path, TEXT);
    const client = new Client(loadFromDisk);
    await client.ask('launch', { program: path });
    const { dataId } = await client.ask('dataBreakpointInfo', { name: 'tail' });
    const { breakpoints } = await client.ask<{ breakpoints: Breakpoint[] }>('setDataBreakpoints', {
      breakpoints: [
        { dataId: 'tail' },
        { dataId },
        { dataId, accessType: 'read' },
        { dataId, accessType: 'readWrite' },
        { dataId: '0x0/4/tail' },
        { dataId: String(dataId).replace('/4/', '/0/') },
        { dataId: String(dataId).replace('/4/', '/9999999/') },
      ],
    });
    assert.deepEqual(
      breakpoints.map((b) => [b.verified, b.message]),
      [
        [false, '"tail" is not a data id of kmem'],
        [true, undefined],
        [false, 'kmem watches writes: no read can be seen'],
        [true, 'kmem watches writes: a read does not stop'],
        [false, 'nothing is mapped at its address'],
        [false, 'it has no bytes that could be watched'],
        [false, "9999999 bytes can't be watched: 1048576 at most"],
      ],
    );
    const instruction = await client.ask<{ breakpoints: Breakpoint[] }>('setInstructionBreakpoints', {
      breakpoints: [{ instructionReference: '0x0' }, { instructionReference: '0x1' }],
    });
    assert.deepEqual(
      instruction.breakpoints.map((b) => b.verified),
      [false, false],
    );
    const named = await client.ask<{ breakpoints: Breakpoint[] }>('setFunctionBreakpoints', {
      breakpoints: [{ name: 'x'.repeat(1 << 20) }, { name: 'advance' }, { name: ' ' }],
    });
    assert.deepEqual(
      named.breakpoints.map((b) => b.verified),
      [false, true, false],
    );
    assert.equal(named.breakpoints[2]?.message, 'give the name of a function');
    client.close();
    rmSync(folder, { recursive: true });
  });
});
