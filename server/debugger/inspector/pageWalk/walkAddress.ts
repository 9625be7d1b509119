/** View "Page walk": the entries that the processor reads to translate an address, from the top, and where that ends. */
import { frameOf, type WalkStep } from '../../../kernel/arch/page_tables';
import { layoutRegions } from '../../../kernel/proc/proc_layout';
import { _PAGE_PRESENT } from '../../../profiles/commonConstants';
import { toBits } from '../../../types/address';
import { PAGE_SIZE } from '../../../types/pageSize';
import { addressNamed } from '../../evaluation/addressNamed';
import { type EntryFlag, entryFlags } from '../../inspect/entryFlags';
import { formatBytes, formatLocation } from '../../inspect/values';
import type { View } from '../../inspect/view';
import type { Session } from '../../session';
import { EvaluationError } from '../../target/target';
import type { Asking } from '../asking';
import { momentOf } from '../moments';
import { mapState } from '../physicalMap/mapState';
import { OwnerNames } from '../physicalMap/ownerNames';
import type { PageWalkAnswer, PageWalkQuestion, WalkLevel } from '../shapes/pageWalk';
import { type TopLevel, topLevels } from './topLevels';

type Result = PageWalkAnswer['result'];

/** @throws EvaluationError for a text that is not an address, and for a table that there is not */
export function walkAddress({ session, frame }: Asking, question: PageWalkQuestion): PageWalkAnswer {
  const { view, target, task } = session;
  const textOf = frameTexts(session);
  const bits = addressNamed(view, target, question.address, () => frame(question.frameId));
  const all = topLevels(view, target, task);
  const wanted = question.table ?? 'current';
  const table = all.find((top) => top.id === wanted);
  if (!table) throw new EvaluationError(`there is no table ${wanted}: its process has ended, or has not begun`);
  const va = view.addressOf(bits);
  const steps = va === undefined ? [] : stepsOf(view, va, table.pgd);
  const levels = va === undefined ? [] : steps.map((step) => levelOf(view, step, va, textOf));
  const region = va === undefined ? undefined : regionOf(view, va);
  return {
    moment: momentOf(session),
    absent: va !== undefined && isUser(view, va) ? [USER_MEMORY] : [],
    asked: question.address.trim(),
    address: hexBits(bits),
    ...(region === undefined ? {} : { region }),
    table: table.id,
    tables: all.map(({ id, name, pgd }) => ({ id, name, pgd: hexAddress(view, view.kernel.direct.va(pgd)) })),
    levels,
    result:
      va === undefined
        ? { mapped: false, why: notCanonical(view, bits) }
        : resultOf(view, va, table, steps, levels, textOf),
    tlbs: va === undefined ? [] : tlbsOf(view, va, textOf),
  };
}
const USER_MEMORY = {
  what: 'user memory',
  why: 'kmem runs no user code, so that nothing is mapped at user addresses: a process has its own top level, and in it the kernel only',
};
const isUser = ({ kernel, abi }: View, va: number): boolean =>
  abi.wordSize === 8 ? va >= 0 : va < kernel.arch.pageOffset;
/** The entries that are read, from a top level down; it ends at a table that is not memory, too. */
function stepsOf({ kernel }: View, va: number, pgd: number): WalkStep[] {
  const { pageTables } = kernel;
  const steps: WalkStep[] = [];
  let table = pgd;
  for (let level = 0; level <= pageTables.lastLevel; level++) {
    const step = pageTables.read(level, pageTables.entryAt(table, level, va));
    steps.push(step);
    if (!(step.low & _PAGE_PRESENT) || pageTables.isLeaf(step) || !pageTables.hasTable(step)) break;
    table = frameOf(step) * PAGE_SIZE;
  }
  return steps;
}
const hexBits = (bits: bigint): string => `0x${bits.toString(16)}`;
const hexAddress = (view: View, address: number): string => hexBits(toBits(view.abi, address));

function notCanonical(view: View, bits: bigint): string {
  const { geometry } = view.kernel.pageTables;
  return `0x${bits.toString(16)} is not canonical: bits 63 to ${geometry.bits - 1} are not all equal, so the processor raises a general protection fault and reads no table`;
}
/** The innermost part of the layout that an address lies in. */
function regionOf(view: View, va: number): string | undefined {
  return layoutRegions(view.kernel)
    .filter(({ start, end }) => va >= start && va < end)
    .sort((a, b) => a.end - a.start - (b.end - b.start))[0]?.name;
}

// ---------------------------------------------------------------- levels
function levelOf(view: View, step: WalkStep, va: number, textOf: FrameText): WalkLevel {
  const { pageTables, direct } = view.kernel;
  const { levels, entryBytes, bits } = pageTables.geometry;
  const { name, entries, shift } = levels[step.level] as (typeof levels)[number];
  const bytes = pageTables.sizeOf(step.level);
  const first = va - modulo(va, bytes);
  const index = (step.entry % (entries * entryBytes)) / entryBytes;
  const present = (step.low & _PAGE_PRESENT) !== 0;
  const top = step.level === 0 ? bits - 1 : (levels[step.level - 1]?.shift ?? bits) - 1;
  return {
    name,
    table: hexAddress(view, direct.va(step.entry - index * entryBytes)),
    index,
    entries,
    bits: [top, shift],
    entry: hexAddress(view, direct.va(step.entry)),
    value: hexBits(entryBits(step)),
    flags: entryFlags(pageTables, step).map((flag) => ({ ...flag })),
    kind: kindOf(view, step),
    first: hexAddress(view, first),
    last: hexAddress(view, first + bytes - 1),
    bytes,
    ...(present ? { leadsTo: textOf(frameOf(step)) } : {}),
  };
}
const entryBits = ({ low, high }: WalkStep): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
/** The remainder of a number that may be negative: the lowest bits of two's complement. */
const modulo = (value: number, by: number): number => ((value % by) + by) % by;

function kindOf({ kernel: { pageTables } }: View, step: WalkStep): WalkLevel['kind'] {
  if (!(step.low & _PAGE_PRESENT)) return step.low === 0 && step.high === 0 ? 'empty' : 'not present';
  if (!pageTables.isLeaf(step)) return 'table';
  return step.level === pageTables.lastLevel ? 'page' : 'large page';
}
type FrameText = (pfn: number) => { pfn: number; text: string };
/** What a frame is: whose, and its descriptor in short. */
function frameTexts(session: Session): FrameText {
  const { view } = session;
  const { pages, memMap, mem } = view.kernel;
  const state = mapState(session);
  const names = new OwnerNames(session, state);
  return (pfn) => {
    if (!mem.isRam(pfn * PAGE_SIZE)) return { pfn, text: 'no memory: the registers of a device, or a hole' };
    const type = view.layouts.record('page');
    if (!memMap.has(pfn) || !type) return { pfn, text: 'memory without a struct page' };
    const { kind, head, managed } = state.frames.at(pfn);
    const descriptor = formatLocation(view, { type, address: pages.pageAddr(pfn) });
    return { pfn, text: `${names.of(kind, head, managed)} (${descriptor})` };
  };
}

// ---------------------------------------------------------------- what comes of it
function resultOf(
  view: View,
  va: number,
  table: TopLevel,
  steps: readonly WalkStep[],
  levels: readonly WalkLevel[],
  textOf: FrameText,
): Result {
  const { pageTables, mem } = view.kernel;
  const last = steps.at(-1) as WalkStep;
  if (!isEnd(view, last)) return { mapped: false, why: noTable(levels) };
  const physical = pageTables.physFrom(table.pgd, va, false);
  if (physical < 0) return { mapped: false, why: whyNot(view, va, table, levels) };
  const allows = (name: string, set: boolean): boolean =>
    levels.every(({ flags }) => {
      const flag: EntryFlag | undefined = flags.find((f) => f.name === name);
      return flag === undefined || flag.set === set;
    });
  return {
    mapped: true,
    physical: hexBits(BigInt(physical)),
    // of a large page, the frame that the address lies in
    page: textOf(Math.floor(physical / PAGE_SIZE)),
    pageBytes: pageTables.sizeOf(last.level),
    ram: mem.isRam(physical),
    write: allows('RW', true),
    execute: allows('NX', false),
    user: allows('USR', true),
  };
}
/** Whether a walk may end with an entry: it is not present, or maps memory. */
const isEnd = ({ kernel }: View, step: WalkStep | undefined): boolean =>
  step !== undefined && (!(step.low & _PAGE_PRESENT) || kernel.pageTables.isLeaf(step));
/** The last entry names a table where there is no memory. */
function noTable(levels: readonly WalkLevel[]): string {
  const { name, index, value } = levels.at(-1) as WalkLevel;
  return `${name}[${index}] is ${value}: it says that a table lies where there is no memory, so that it has been overwritten`;
}
/** The CPUs that remember a translation. */
function tlbsOf(view: View, va: number, textOf: FrameText): PageWalkAnswer['tlbs'] {
  const { tlbs, pageTables, percpu } = view.kernel;
  if (!tlbs) return [];
  return Array.from({ length: percpu.cpus }, (_, cpu) => {
    const known = tlbs.cached(cpu, va);
    if (!known) return [];
    const pgd = tlbs.cr3(cpu);
    const isSound = isEnd(view, stepsOf(view, va, pgd).at(-1));
    const stale = !isSound || Math.floor(pageTables.physFrom(pgd, va, known.writable) / PAGE_SIZE) !== known.pfn;
    return [{ cpu, page: textOf(known.pfn), write: known.writable, stale }];
  }).flat();
}
/** Why an address is not mapped. */
function whyNot(view: View, va: number, table: TopLevel, levels: readonly WalkLevel[]): string {
  const { pageTables, tlbs } = view.kernel;
  const last = levels.at(-1) as WalkLevel;
  const which = `${last.name}[${last.index}]`;
  const what = last.kind === 'empty' ? 'is empty' : `is ${last.value}, which is not present`;
  const size = formatBytes(last.bytes);
  const ends = `${which} ${what}: nothing is mapped in the ${size} that it covers, and an access raises a page fault`;
  if (table.pgd === pageTables.pgd || !tlbs || tlbs.faults.wouldMend(va, table.pgd) < 0) return ends;
  return `${ends}; init_mm maps the address, so that the fault's handler copies ${which} from it and the access is made again`;
}
