/** What came and went between two moments, by the code that allocated it. */
import type { Session } from '../../session';
import { placeOf, statementAt } from '../moments';
import type { CompareAnswer, CompareSite, Sum } from '../shapes/compare';
import type { LiveBlock, LiveDifference } from './liveBlocks';

/** sites of an answer, and examples of what came, and of what went, at each, at most */
const MOST_SITES = 80;
const MOST_EXAMPLES = 5;

type Change = 'came' | 'went' | 'stayed' | 'passed';
type Sites = Pick<CompareAnswer, 'sites' | 'came' | 'went' | 'passed' | 'backing'> & { cut: boolean };

interface Gathered {
  readonly first: LiveBlock;
  readonly sums: Record<Change, { count: number; bytes: number }>;
  readonly examples: { block: string; position: number; change: 'came' | 'went' }[];
}
const nothing = (): { count: number; bytes: number } => ({ count: 0, bytes: 0 });

/** @param mirrored a is the later moment */
export function siteDifference(session: Session, live: LiveDifference, mirrored: boolean): Sites {
  const [came, went] = mirrored ? [live.earlierOnly, live.laterOnly] : [live.laterOnly, live.earlierOnly];
  const groups: readonly [Change, readonly LiveBlock[]][] = [
    ['came', came],
    ['went', went],
    ['stayed', live.both],
    ['passed', live.passed],
  ];
  const sites = new Map<string, Gathered>();
  for (const [change, blocks] of groups)
    for (const block of blocks) if (!block.backing) gather(session, sites, change, block);
  const all = [...sites.values()]
    .filter(({ sums }) => sums.came.count + sums.went.count + sums.passed.count > 0)
    .sort((x, y) => y.sums.came.bytes - x.sums.came.bytes || y.sums.went.bytes - x.sums.went.bytes || order(x, y));
  const own = (blocks: readonly LiveBlock[], backing = false): Sum => sum(blocks.filter((b) => b.backing === backing));
  return {
    sites: all.slice(0, MOST_SITES).map((site) => siteOf(session, site)),
    came: own(came),
    went: own(went),
    passed: own(live.passed),
    backing: { came: own(came, true), went: own(went, true) },
    cut: all.length > MOST_SITES,
  };
}
const order = (x: Gathered, y: Gathered): number => x.first.record.position - y.first.record.position;
const sum = (blocks: readonly LiveBlock[]): Sum => ({
  count: blocks.length,
  bytes: blocks.reduce((bytes, { allocation }) => bytes + allocation.allocated, 0),
});

function gather(session: Session, sites: Map<string, Gathered>, change: Change, block: LiveBlock): void {
  const { record, allocation } = block;
  const span = record.site?.span;
  const key = [span?.file, span?.start, record.site?.api, allocation.allocator, allocation.kind].join('\0');
  let site = sites.get(key);
  if (!site) {
    site = {
      first: block,
      sums: { came: nothing(), went: nothing(), stayed: nothing(), passed: nothing() },
      examples: [],
    };
    sites.set(key, site);
  }
  site.sums[change].count++;
  site.sums[change].bytes += allocation.allocated;
  if ((change === 'came' || change === 'went') && site.sums[change].count <= MOST_EXAMPLES)
    site.examples.push({ block: blockText(session, allocation.block), position: record.position, change });
}
/** `0xffff888004a3c000`, `pfn 0x1234` */
function blockText({ view }: Session, block: string): string {
  const [what = '', number = ''] = block.split(' ');
  if (what === 'page') return `pfn 0x${Number(number).toString(16)}`;
  return what === 'area' ? number : view.hexBits(BigInt.asUintN(view.abi.wordSize * 8, BigInt(number)));
}
function siteOf(session: Session, { first, sums, examples }: Gathered): CompareSite {
  const { record, allocation } = first;
  const place = placeOf(record.site && session.index.positionOfSpan(record.site.span));
  const { statement } = statementAt(session, record.position);
  const owner = session.target.statements[statement]?.owner.name;
  const call = record.site?.api;
  return {
    ...(place ? { place } : {}),
    who: place ? (owner ?? 'the scenario') : 'the kernel’s own code',
    ...(call ? { call } : {}),
    allocator: allocation.allocator,
    kind: allocation.kind,
    ...sums,
    examples: [...examples].sort((x, y) => x.position - y.position),
  };
}
