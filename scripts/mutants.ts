// `npm run mutants -- server/debugger [--count 60] [--seed n]`: puts small faults into the code, one at a time, and tells which of them no
// test notices. docs/mutants.md explains the output.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, normalize, relative } from 'node:path';
import { parseArgs } from 'node:util';
import type { TestResult } from './mutants/insideMocha';
import { type Mutant, mutantsOf } from './mutants/mutators';
import { withMutant, withProbes } from './mutants/rewrite';
import { type Run, root, runTests } from './mutants/testRun';
import { importsOf, treeOf } from './syntaxTree';

const usage = `npm run mutants -- PATH… [OPTIONS]: faults that the tests do not notice
  PATH        a folder, a file, or a line of a file (server/debugger/session.ts:120)
  --count N   how many mutants, picked at random (default 60)
  --seed N    seed of the choice (default 1)
  --jobs N    processes at a time (default: one per processor)
  --help      this text`;

/** Milliseconds that a run may take beyond four times what its tests take without a mutant. */
const PATIENCE = 15_000;
/** Milliseconds for the run without a mutant of one test file. */
const LONGEST_FILE = 300_000;

type Placed = { readonly file: string; readonly mutant: Mutant; readonly id: number };
type Verdict = 'killed' | 'survived' | 'timed out' | 'not reached';

const text = (file: string): string => readFileSync(join(root, file), 'utf8');

function filesBelow(path: string, ending: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** Picks `count` elements; the same seed picks the same ones (xorshift). */
function sample<T>(all: readonly T[], count: number, seed: number): T[] {
  const rest = [...all];
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x2545f491) | 0 || 1;
  const random = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const picked: T[] = [];
  while (picked.length < count && rest.length > 0) picked.push(...rest.splice(random(rest.length), 1));
  return picked;
}

/** Test files that import one of the modules, directly or through others. */
function testsThatImport(modules: ReadonlySet<string>): string[] {
  const imports = new Map<string, string[]>();
  const importsIn = (file: string): string[] => {
    let found = imports.get(file);
    if (!found) {
      found = importsOf(treeOf(text(file)))
        .filter((name) => name.startsWith('.') && !name.endsWith('.json'))
        .map((name) => `${normalize(join(dirname(file), name)).replace(/\.ts$/, '')}.ts`)
        .filter((name) => statSync(join(root, name), { throwIfNoEntry: false })?.isFile());
      imports.set(file, found);
    }
    return found;
  };
  return filesBelow('test', '.test.ts')
    .filter((file) => !file.startsWith('test/e2e/'))
    .filter((file) => {
      const seen = new Set([file]);
      for (const each of seen) {
        if (modules.has(each)) return true;
        for (const next of importsIn(each)) seen.add(next);
      }
      return false;
    });
}

/** Calls `work` for each item, `jobs` of them at a time. */
async function inParallel<T>(items: readonly T[], jobs: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

/** What the tests reach, measured once without any mutant. */
class Reach {
  private readonly runs = new Map<string, Run>();
  readonly failing: string[] = [];

  add(file: string, run: Run): void {
    if (run.exitCode === undefined) this.failing.push(`${file}: more than ${LONGEST_FILE / 1000} s`);
    for (const test of run.tests) if (!test.passed) this.failing.push(`${file}: ${test.title}`);
    this.runs.set(file, run);
  }
  /** The tests that run a mutant's site, by file, the quickest file first, and what they take in milliseconds. */
  testsOf(id: number): { only: Record<string, string[]>; tests: number; ms: number } {
    const files = [...this.runs].flatMap(([file, run]) => {
      // what runs while a file is loaded may show in any of its tests
      const reaches = (test: TestResult) => test.reached.includes(id) || run.outside.includes(id);
      const tests = run.tests.filter((test) => test.passed && reaches(test));
      const ms = tests.reduce((sum, test) => sum + test.ms, 0);
      const load = run.ms - run.tests.reduce((sum, test) => sum + test.ms, 0);
      return tests.length > 0 ? [{ file, tests, ms, load }] : [];
    });
    files.sort((a, b) => a.ms - b.ms);
    return {
      only: Object.fromEntries(files.map(({ file, tests }) => [file, tests.map((test) => test.title)])),
      tests: files.reduce((sum, { tests }) => sum + tests.length, 0),
      ms: files.reduce((sum, { ms, load }) => sum + ms + load, 0),
    };
  }
}

const someOf = (files: readonly string[]): string =>
  files.slice(0, 4).join(', ') + (files.length > 4 ? ` and ${files.length - 4} more files` : '');

/** The change as a person would make it: the line, without and with it. */
function asDiff(source: string, mutant: Mutant): string {
  const from = source.lastIndexOf('\n', mutant.start - 1) + 1;
  const end = source.indexOf('\n', mutant.end);
  const to = end < 0 ? source.length : end;
  const lines = (sign: string, part: string) =>
    part
      .split('\n')
      .map((line) => `    ${sign} ${line.trim()}`)
      .join('\n');
  const changed = source.slice(from, mutant.start) + mutant.text + source.slice(mutant.end, to);
  return `${lines('-', source.slice(from, to))}\n${lines('+', changed)}`;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      help: { type: 'boolean', default: false },
    },
  });
  const [count, seed, jobs] = [values.count, values.seed, values.jobs].map(Number) as [number, number, number];
  if (values.help || positionals.length === 0 || ![count, seed, jobs].every(Number.isInteger) || jobs < 1) {
    console.log(usage);
    if (!values.help) process.exitCode = 2;
    return;
  }
  const places = positionals.map((path) => {
    const [, name = path, line] = /^(.*):(\d+)$/.exec(path) ?? [];
    return { name, line };
  });
  const missing = places.find(({ name }) => !existsSync(join(root, name)));
  if (missing) {
    console.log(`there is no ${missing.name} in ${root}`);
    process.exitCode = 2;
    return;
  }
  const all = places.flatMap(({ name, line }) => {
    return filesBelow(normalize(name), '.ts').flatMap((file) =>
      mutantsOf(text(file))
        .filter((mutant) => line === undefined || mutant.line === Number(line))
        .map((mutant) => ({ file, mutant })),
    );
  });
  const picked: Placed[] = sample(all, count, seed).map((placed, id) => ({ ...placed, id }));
  const byFile = new Map<string, Placed[]>();
  for (const placed of picked) byFile.set(placed.file, [...(byFile.get(placed.file) ?? []), placed]);
  const probed = new Map([...byFile].map(([file, placed]) => [file, withProbes(text(file), placed)]));
  const testFiles = testsThatImport(new Set(byFile.keys()));
  console.log(`${picked.length} of ${all.length} mutants, seed ${seed}; ${testFiles.length} test files import them`);

  const folder = mkdtempSync(join(tmpdir(), 'kmem-mutants-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const reach = new Reach();
  await inParallel(testFiles, jobs, async (file) => {
    const options = { probes: picked.length, bail: false, limit: LONGEST_FILE };
    reach.add(file, await runTests(folder, [file], probed, options));
  });
  for (const failure of reach.failing) console.log(`left out, since it fails without a mutant: ${failure}`);

  const verdicts = new Map<Verdict, number>();
  await inParallel(picked, jobs, async ({ file, mutant, id }) => {
    const { only, tests, ms } = reach.testsOf(id);
    let verdict: Verdict = 'not reached';
    let by = '';
    if (tests > 0) {
      const source = new Map([[file, withMutant(text(file), mutant)]]);
      const options = { only, probes: 0, bail: true, limit: 4 * ms + PATIENCE };
      const run = await runTests(folder, Object.keys(only), source, options);
      verdict = run.exitCode === undefined ? 'timed out' : run.exitCode === 0 ? 'survived' : 'killed';
      const killer = run.tests.find((test) => !test.passed);
      if (verdict === 'killed') by = killer ? ` by ${killer.file}: ${killer.title}` : ' while loading or in a hook';
      if (verdict === 'survived') by = ` ${tests} tests of ${someOf(Object.keys(only))}`;
    }
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    const where = `${file}:${mutant.line}${mutant.within ? ` in ${mutant.within}` : ''}`;
    console.log(`${verdict} ${where}${by}\n${asDiff(text(file), mutant)}`);
  });

  const number = (verdict: Verdict): number => verdicts.get(verdict) ?? 0;
  const noticed = number('killed') + number('timed out');
  console.log(
    `\n${positionals.join(' ')}: ${noticed} of ${picked.length} noticed (${Math.round((100 * noticed) / Math.max(1, picked.length))} %): ` +
      (['killed', 'timed out', 'survived', 'not reached'] as const).map((v) => `${number(v)} ${v}`).join(', ') +
      `; seed ${seed}`,
  );
}
void main();
