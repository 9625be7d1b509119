/**
 * What the page allocator prints about misuse, as two kernels printed it (Debian 6.1.176, and 6.1.192 with debugging on): a scenario does
 * what the recorder's module did, and its log is compared line by line.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { kernelText } from '../../server/kernel/printk/printk';
import { PAGE_SCENARIOS } from './recordedPageScenarios';
import { run, STOCK } from './scenario';

type Recording = Readonly<Record<string, { readonly lines: readonly string[] }>>;
const FOLDER = 'test/fixtures/reports';
const recorded: Recording = Object.assign(
  {},
  ...['debian-6.1.176-kmemlab', 'debian-6.1.176', 'debug-6.1.192'].map((name) =>
    JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8')),
  ),
);

/** Recordings of the page allocator without a scenario, and why. */
const NOT_COMPARED: Readonly<Record<string, string>> = {
  'amd64-gfp_conflict': 'the report is kmalloc’s; what __alloc_pages does is in slowpath.test.ts',
  'i386-pae-gfp_conflict': 'the same',
  free_pages_bad: 'the debug kernel has KASAN and no DMA zones; that it is a BUG is in page-checks.test.ts',
  page_spinlock: 'contexts: the debug kernel’s locks',
  page_uaf: 'KASAN',
};
const SUBJECT = /^(?:(?:amd64|i386-pae)-)?(?:page_|gfp_|fail_|alloc_order|double_free|free_|exact_comp|nofail|high_)/;

// ---------------------------------------------------------------- what is not compared, and why
/** Stale words on the stack, and what the registers held: nothing executes here, so kmem has neither. */
const LEFT_OUT = /^ \? |^Code: |^(?:[RE][A-Z0-9]{2}|R\d\d|FS|CS|DS|CR[02]): |^RSP: /;
/** How the recorder's module was started, and the init that looked at it afterwards. */
const STARTED = /^cat: can't open/;
/** The recorder's page tables. */
const PAGE_TABLES = /^PGD /;

function comparable(lines: readonly string[]): string[] {
  const out: string[] = [];
  let below = false;
  for (const line of lines.map(spelled)) {
    if (LEFT_OUT.test(line) || STARTED.test(line) || PAGE_TABLES.test(line)) continue;
    // below the scenario's innermost function the recorder was in the module loader, kmem in a kernel thread
    if (below && / <\/TASK>|^---\[ end trace/.test(line)) below = false;
    if (below) continue;
    out.push(line);
    if (line === ' SCENARIO') below = true;
  }
  return out;
}
/** Addresses, frame numbers, offsets in functions and names of the module, the task and its number differ; so do amounts of memory. */
function spelled(line: string): string {
  const text = line
    .replace(/^KMEMLAB err /, '')
    .replace(/^ \w+\+0x\w+\/0x\w+ \[\w+\]$/, ' SCENARIO')
    .replace(/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, '+')
    .replace(/\bPID: \d+/, 'PID')
    .replace(/Comm: \w+/, 'Comm')
    .replace(/\bprocess \w+/, 'process')
    .replace(/^\w+: page allocation failure/, 'task: page allocation failure')
    .replace(/^note: \w+\[\d+\]/, 'note: task')
    .replace(/^Modules linked in: .*/, 'Modules linked in')
    .replace(/\((?:____)?ptrval(?:____)?\)/g, '%p')
    .replace(/\b(page|head|mapping):0{8}(?!0{8})[0-9a-f]{8}/g, '$1:%p')
    .replace(/\bffff(?!f{12})[0-9a-f]{12}\b/g, '%px')
    .replace(/\b(pfn[:=])(?:0x)?[0-9a-f]+/g, '$1N')
    .replace(/\b(ptr|phys)=(?!0$|1$)[0-9a-f]+/g, '$1=N');
  return MEMORY.test(text) ? text.replace(/ \([UMEHI]+\)/g, '').replace(/\d+/g, 'N') : text;
}
/** Lines of Mem-Info. */
const MEMORY =
  /^(?:active_anon| active_file| unevictable| slab_recl| mapped| sec_page| kernel_misc| free:|Node 0 |lowmem_reserve|\d+ (?:total )?page(?:s|cache)?\b|Free swap|Total swap)/;

function check(name: string): void {
  const recording = recorded[name];
  assert.ok(recording, `${name} is not recorded`);
  const [arch, memory] = name.startsWith('i386') ? ['i386_pae', '1024M'] : ['x86_64', '256M'];
  const machine = `machine { arch = ${arch}; memory = ${memory}; cpus = 1; ${STOCK} }`;
  const { log } = run(`${machine} task main { ${PAGE_SCENARIOS[name] ?? ''} }`, { maxSteps: 200_000 });
  assert.deepEqual(comparable(log.flatMap((entry) => [...kernelText(entry)])), comparable(recording.lines));
}

describe('the page allocator’s reports, as recorded', () => {
  for (const name of Object.keys(PAGE_SCENARIOS)) it(name, () => check(name));
  it('every recording of the subject is compared, or it says why not', () => {
    const subject = Object.keys(recorded)
      .filter((name) => SUBJECT.test(name))
      .sort();
    assert.deepEqual([...Object.keys(PAGE_SCENARIOS), ...Object.keys(NOT_COMPARED)].sort(), subject);
  });
});
