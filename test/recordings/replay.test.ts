/** The recorded traces, and the command that replays them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { runCommand } from '../../server/cli/command';
import { replay } from '../../server/cli/replayCommand';
import { compareState, loadState, readTrace, replayOps } from '../../server/recordings/replay';
import { bootForTrace, replayTrace } from '../../server/recordings/replay_run';
import { TraceError } from '../../server/recordings/trace_json';

const FOLDER = join(__dirname, '../fixtures/traces');
const traces = readdirSync(FOLDER).filter((f) => f.endsWith('.gz'));
const json = (file: string) => JSON.parse(gunzipSync(readFileSync(join(FOLDER, file))).toString('utf8'));
const SMALL = 'amd64-512-cpus1-nodes1-trace1.json.gz';

/** Runs `kmem replay` and gives what it printed. */
async function run(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const io = { out: (t: string) => void (out += t), err: (t: string) => void (err += t) };
  const entry = { name: 'replay', summary: 'replay', load: async () => replay };
  const status = await runCommand([entry], ['replay', ...argv], io);
  return { status, out, err };
}

describe('replay of recorded allocators', () => {
  for (const file of traces) {
    it(`${file.replace('.json.gz', '')}: every pfn, and the whole final state`, () => {
      const result = replayTrace(readTrace(json(file)), () => 0);
      assert.equal(result.firstMismatch, null);
      assert.equal(result.finalState, 'identical');
    });
  }

  it('finds a pfn that differs', () => {
    const data = json(SMALL);
    const ops = data.experiments.trace.ops as string[];
    const at = ops.findIndex((op, i) => i > 100 && op.startsWith('A 0'));
    const parts = (ops[at] as string).split(' ');
    ops[at] = [parts[0], parts[1], parts[2], Number(parts[3]) + 1, parts[4]].join(' ');
    const result = replayTrace(readTrace(data), () => 0);
    assert.equal(result.firstMismatch?.index, at);
    assert.equal(result.firstMismatch?.got, Number(parts[3]));
  });

  it('finds a final state that differs, and reports where', () => {
    const data = json(SMALL);
    const lines = data.experiments.trace.lines as Record<string, unknown>[];
    const snap = lines.find((l) => l.tag === 't1' && l.kind === 'snap' && l.zone === 'DMA32') as { boost: number };
    snap.boost += 512;
    const list = lines.find((l) => l.tag === 't1' && l.kind === 'freelist' && (l.pfns as number[]).length > 1) as {
      pfns: number[];
    };
    list.pfns.reverse();
    const { finalState } = replayTrace(readTrace(data), () => 0);
    assert.ok(Array.isArray(finalState));
    assert.equal(finalState.length, 2);
    assert.match(finalState.join('\n'), /free list order \d+ migratetype \d differs from entry 0|free list order/);
    assert.match(finalState.join('\n'), /DMA32 watermark_boost: \d+, recorded \d+/);
  });

  it('is rewound by the journal to the state before, and forward again', () => {
    const trace = readTrace(json(SMALL));
    const { pageAlloc: alloc, mem } = bootForTrace(trace);
    loadState(alloc, trace.before);
    mem.journal.enabled = true;
    const before = mem.hash();
    assert.equal(replayOps(alloc, trace.ops), undefined);
    const after = mem.hash();
    const end = mem.journal.end;
    assert.notEqual(before, after);
    mem.journal.moveTo(0);
    assert.equal(mem.hash(), before);
    assert.deepEqual(compareState(alloc, trace.before), []);
    mem.journal.moveTo(end);
    assert.equal(mem.hash(), after);
    assert.deepEqual(compareState(alloc, trace.after), []);
  });
});

describe('kmem replay', () => {
  const bad = (text: string) => {
    const file = join(mkdtempSync(join(tmpdir(), 'kmem-')), 'trace.json');
    writeFileSync(file, text);
    return run(file, '--json');
  };

  it('prints JSON and exits 0 where all is identical', async () => {
    const { status, out } = await run(join(FOLDER, SMALL), '--json');
    assert.equal(status, 0);
    const result = JSON.parse(out);
    assert.deepEqual(Object.keys(result), ['ops', 'states', 'firstMismatch', 'finalState', 'nsPerOp']);
    assert.deepEqual([result.ops, result.firstMismatch, result.finalState], [4000, null, 'identical']);
    assert.ok(result.nsPerOp > 0);
    assert.match((await run(join(FOLDER, SMALL))).out, /identical/);
  });

  it('says in one line what is wrong with the call or the file', async () => {
    const oneLine = async (ran: ReturnType<typeof run>, words: RegExp) => {
      const r = await ran;
      assert.equal(r.status, 2);
      assert.match(r.err, words);
      assert.equal(r.err.trimEnd().split('\n').length, 1);
    };
    await oneLine(run(), /TRACE\.json is missing/);
    await oneLine(run('a.json', 'b.json'), /"b\.json" is too much/);
    await oneLine(run('--jsn', 'a.json'), /unknown option --jsn/);
    await oneLine(run('/nowhere/at/all.json'), /no such file/);
    await oneLine(bad('{'), /not JSON/);
    await oneLine(bad('[]'), /not a JSON object/);
    await oneLine(bad('{"run":{}}'), /"experiments" is missing/);
    await oneLine(bad('{"run":{"arch":"m68k"},"experiments":{"trace":{}}}'), /m68k: amd64, i386 or i386-pae/);
    assert.match((await run('--help')).out, /kmem replay TRACE/);
  });

  it('refuses operations it cannot read', () => {
    const data = json(SMALL);
    data.experiments.trace.ops[7] = 'X 1 2';
    assert.throws(
      () => readTrace(data),
      (e) => e instanceof TraceError && /operation 7/.test(e.message),
    );
  });
});
