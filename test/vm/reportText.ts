/**
 * Reports in a form in which a recorded one and kmem's can be compared. What is taken out of both, and why:
 * - addresses of the kernel's, frame numbers, times, pids, offsets in functions, registers and opcodes: they belong to one run of one build
 * - the suffixes that a compiler gives to parts of a function (.cold, .constprop.0), and functions that it inlines or jumps to in one build
 *   and not in another
 * - frames marked `?`: stale words on the stack, which an emulated stack does not have
 * - everything below the scenario's own function, with the registers of user space: the recordings ran in the init function of a module
 *   that insmod loaded, scenarios run in threads
 * - where preemption was switched off: the recorded kernel names preempt_count_add, without frame pointers
 * - what a panic prints of a reboot: the recordings were booted with panic=-1
 * - where a page lies, in the upper half of its flags
 * - the function of KASAN's that an interrupt happened to find running, and CONFIG_PARAVIRT, which the recorded debug kernel lacks
 * - of the shadow, what lies more than a few granules from the bad address: other objects
 * - what a slab's page has in the place of lists and counters: other slabs; and that of a stack, which boot takes from a larger block
 * - the hardware, the release, which modules there are, and their taint
 */

const FRAME = /([A-Za-z_][\w.]*)\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[(\w+)\])?/g;
const SUFFIX = /\.(?:cold|constprop|isra|part)(?:\.\d+)*/g;
const LEFT_OUT = new Set([
  'dump_stack',
  '__free_pages',
  'alloc_pages',
  '__alloc_pages_node',
  '__list_del_entry',
  'schedule_timeout_uninterruptible',
  'default_idle',
  'arch_cpu_idle',
  'default_idle_call',
  'x86_64_start_reservations',
  'x86_64_start_kernel',
]);
const FLAGS = /( Tainted: G[A-Z ]*?)(?: +6\.1.*)?$/;
/** Taint that the scenario caused: B bad page, D die, W warning, L soft lockup. */
const taint = (_: string, flags: string): string =>
  ` Tainted:${[...flags.slice(11)].filter((f) => 'BDWL'.includes(f)).join('')}`;
/** values that differ from run to run */
const VALUES: readonly (readonly [RegExp, string])[] = [
  [/\b(?:lab\/kmem\w+\.c|test\.kmem):\d+/g, 'SOURCE'],
  [/\b(page|head|mapping):(?:\(____ptrval____\)|0{8}(?!0{8})[0-9a-f]{8})/g, '$1:#'],
  [/\((?:\(____ptrval____\)|0{8}[0-9a-f]{8})\)/g, '(#)'],
  [/\b(?:0x)?ffff(?!f{12})[0-9a-f]{12}\b/g, '#'],
  [/\b[cf][0-9a-f]{7}\b(?=[ .:)>-]|$)/g, '#'],
  // node, section, zone and last CPU in page->flags, as far as the kernels have room for them
  [
    /^((?:\w+ )?flags: 0x)(?:[0-9a-f]+(?=[0-9a-f]{5}\())?0*([0-9a-f]+)\(((?:[a-z]\w*\|)*)(?:node|section|zone)=[^)]*\)/g,
    '$1$2($3)',
  ],
  [/^raw: [0-9a-f]{11}([0-9a-f]{5})(?= )/g, 'raw: $1'],
  [/\bpfn[:=](?:0x)?[0-9a-f]+/g, 'pfn:#'],
  [/\b(ptr|phys)=(?!0$|1$)[0-9a-f]+/g, '$1=#'],
  [/^((?!.IP)(?:[RE][A-Z0-9]{1,2}|R\d+|FS|CS|DS|CR\d): ).*/g, '$1#'],
  [/\b(PID:|pid:) \d+/g, '$1 #'],
  [/\bkworker\/\d+:\d+/g, 'kworker'],
  [/(kworker\/0x[0-9a-f#]+)\/\d+/g, '$1/#'],
  [/\b(insmod|leaker|kworker)\/\d+/g, '$1/#'],
  [/^(BUG \S+) \(Tainted: [A-Z ]*\)/g, '$1 (Tainted)'],
  [/^(Slab|Object) 0x[0-9a-f]{16}/g, '$1 #'],
  [/ fp=0x[0-9a-f]{16}/g, ' fp=#'],
  [/ flags=0x[0-9a-f]+\(slab\|[^)]*\)/g, ' flags=(slab)'],
  // which object of a slab is the first is random on Debian's kernels
  [/^(Object #) @offset=\d+$/g, '$1'],
  [/^(Allocated|Freed) by task \d+/g, '$1 by task #'],
  [/\binsmod\[\d+\]/g, 'insmod[#]'],
  [/\[insmod:\d+\]/g, '[insmod:#]'],
  [/^(?:PGD|\*pd(?:e|pt)) .*$/g, 'PGD'],
  [/^(Modules linked in|Code):.*$/g, '$1:'],
  [/^(?:insmod|main)(?=: page allocation failure)/g, 'insmod'],
  [/^6\.1\S* #1 Tainted/g, 'RELEASE Tainted'],
  [/ NOPTI$/g, ''],
  [/\bnative_(?=queued_spin_lock_slowpath)/g, ''],
  [/^( +last function|Workqueue): (.*) \[\w+\]$/g, '$1: $2'],
  [/^irq event stamp: \d+/g, 'irq event stamp: #'],
  [/^((?:hard|soft)irqs last .*at) .*$/g, '$1'],
];

/** The watchdog looks every 4 s; its seconds are of 2^30 ns, and whole: how many depends on when it began to look. */
const looks = (_: string, seconds: string): string =>
  `stuck for ${Math.round((Number(seconds) * 2 ** 30) / 4e9)} looks`;

function line(text: string): string {
  let shown = text
    .replace(/stuck for (\d+)s/, looks)
    .replace(FRAME, (_, name: string, module?: string) => (module ? 'SCENARIO' : name.replace(SUFFIX, '')))
    .trimEnd()
    .replace(FLAGS, taint);
  for (const [pattern, by] of VALUES) shown = shown.replace(pattern, by);
  return shown;
}
/** The compiler calls KASAN at each access: where the registers name such a call, its caller is the code that ran. */
function withoutInstrumentation(lines: readonly string[]): readonly string[] {
  const ip = lines.findIndex((text) => /^RIP: 0010:__asan_/.test(text));
  const caller = ip < 0 ? -1 : lines.indexOf('Call Trace:', ip) + 2;
  if (caller < 2) return lines;
  const named = `RIP: 0010:${(lines[caller] ?? '').trim()}`;
  return lines.flatMap((text, i) => (i === caller ? [] : [i === ip ? named : text]));
}
/** granules of the shadow that are compared, before and behind the bad address */
const GRANULES = 6;
/** KASAN's rows of shadow bytes as one line of those around the bad address. */
function withoutFarShadow(lines: readonly string[]): readonly string[] {
  const start = lines.indexOf('Memory state around the buggy address:');
  if (start < 0) return lines;
  const end = lines.findIndex((text, i) => i > start && text.startsWith('='));
  const rows = lines.slice(start + 1, end);
  const bytes = rows.flatMap((row) => /: ((?:[0-9a-f]{2} ?)+)$/.exec(row)?.[1]?.trim().split(' ') ?? []);
  const caret = rows.findIndex((row) => row.trim() === '^');
  const marked = rows[caret - 1] ?? '';
  const granule = ((rows[caret] ?? '').indexOf('^') - marked.indexOf(': ') - 2) / 3;
  const bad = (caret - 1) * 16 + granule;
  const around = bytes.slice(bad - GRANULES, bad + GRANULES + 1).join(' ');
  return [...lines.slice(0, start + 1), around, ...withoutFarShadow(lines.slice(end))];
}
/** The dump of a slab's page, or a stack's, without its lists and counters. */
function withoutPageState(lines: readonly string[]): readonly string[] {
  const ofStack = lines.some((text) => text.startsWith('The buggy address belongs to stack of task'));
  const isSlab = (text: string | undefined) => /^flags: .*\(slab\|/.test(text ?? '');
  return lines.map((text, i) => {
    if (isSlab(lines[i + 1])) return text.replace(/ index:0x[0-9a-f]+/, ' index:#');
    return text.startsWith('raw: ') && (ofStack || lines.slice(i - 2, i).some(isSlab)) ? 'raw:' : text;
  });
}
/** What of a report is compared, line by line. `said`: with what the recorder said itself, without its mark. */
export function comparable(recorded: readonly string[], said = false): string[] {
  const lines = withoutPageState(withoutFarShadow(withoutInstrumentation(recorded)));
  const out: string[] = [];
  let below = false;
  let trace = false;
  let memory = false;
  lines.forEach((marked, i) => {
    if (!said && marked.startsWith('KMEMLAB')) return;
    const raw = marked.replace(/^KMEMLAB err /, '');
    if (/^ \? |^cat: |^Hardware name:|^DR\d|^Kernel Offset:|^---\[ end Kernel panic/.test(raw)) return;
    if (raw === '' && lines[i - 1]?.startsWith('Kernel Offset:')) return;
    if (lines[i - 1] === 'Preemption disabled at:') return;
    // how much memory there is and who has it is the recorded machine's own: the form counts
    memory ||= raw === 'Mem-Info:';
    const shown = memory ? raw.replace(/\d+\*(\d+)kB(?: \([A-Z]+\))?/g, '#*$1kB').replace(/\d+/g, '#') : line(raw);
    if (shown === 'Call Trace:') trace = true;
    else if (trace && !/^ |^(?:Code|[RE][A-Z0-9]{1,2}|R\d+|DS): /.test(shown)) trace = false;
    const frame = /^ [A-Za-z_]\w*$/.test(shown);
    if (below && (frame || shown === ' SCENARIO' || /^(?:Code|[RE][A-Z0-9]{1,2}|R\d+|DS): /.test(raw))) return;
    below = shown === ' SCENARIO' || (/^ (?:kthread|do_one_initcall)$/.test(shown) && out.at(-1) === ' <TASK>');
    if (below || (frame && LEFT_OUT.has(shown.trim()))) return;
    out.push(trace ? shown.replace(/^([RE]IP: (?:0010:)?).*/, '$1INTERRUPTED') : shown);
  });
  while (out.at(-1) === '') out.pop();
  return out;
}
