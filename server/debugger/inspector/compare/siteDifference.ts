/** What came and went between two moments, by the code that allocated it. */
import { orMake } from '../../../types/orMake';
import type { Session } from '../../session';
import { placeOf, statementAt } from '../moments';
import type { CompareAnswer, CompareSite, Sum } from '../shapes/compare';
import type { BlockSite, LiveBlock, LiveDifference } from './liveBlocks';

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
  ];
  const sites = new Map<BlockSite, Gathered>();
  for (const [change, blocks] of groups)
    for (const block of blocks) if (!block.site.backing) gather(session, sites, change, block);
  const passed = [...live.passed].filter(([site]) => !site.backing);
  for (const [site, { first, count, bytes }] of passed) gathered(sites, site, first).sums.passed = { count, bytes };
  const all = [...sites.values()]
    .filter(({ sums }) => sums.came.count + sums.went.count + sums.passed.count > 0)
    .sort((x, y) => y.sums.came.bytes - x.sums.came.bytes || y.sums.went.bytes - x.sums.went.bytes || order(x, y));
  const own = (blocks: readonly LiveBlock[], backing = false): Sum =>
    sum(blocks.filter((b) => b.site.backing === backing));
  return {
    sites: all.slice(0, MOST_SITES).map((site) => siteOf(session, site)),
    came: own(came),
    went: own(went),
    passed: sum(passed.map(([, blocks]) => blocks)),
    backing: { came: own(came, true), went: own(went, true) },
    cut: all.length > MOST_SITES,
  };
}
const order = (x: Gathered, y: Gathered): number => x.first.position - y.first.position;
const sum = (blocks: readonly Partial<Sum>[]): Sum =>
  blocks.reduce<Sum>(
    (all, { count = 1, bytes = 0 }) => ({ count: all.count + count, bytes: all.bytes + bytes }),
    nothing(),
  );

function gathered(sites: Map<BlockSite, Gathered>, site: BlockSite, first: LiveBlock): Gathered {
  return orMake(sites, site, () => ({
    first,
    sums: { came: nothing(), went: nothing(), stayed: nothing(), passed: nothing() },
    examples: [],
  }));
}
function gather(session: Session, sites: Map<BlockSite, Gathered>, change: Change, block: LiveBlock): void {
  const { position, bytes } = block;
  const { sums, examples } = gathered(sites, block.site, block);
  const total = sums[change];
  total.count++;
  total.bytes += bytes;
  if ((change === 'came' || change === 'went') && total.count <= MOST_EXAMPLES)
    examples.push({ block: blockText(session, block.block), position, change });
}
/** `0xffff888004a3c000`, `pfn 0x1234` */
function blockText({ view }: Session, block: string): string {
  const [what = '', number = ''] = block.split(' ');
  if (what === 'page') return `pfn 0x${Number(number).toString(16)}`;
  return what === 'area' ? number : view.hexBits(BigInt.asUintN(view.abi.wordSize * 8, BigInt(number)));
}
function siteOf(session: Session, { first, sums, examples }: Gathered): CompareSite {
  const { span, api, allocator, kind } = first.site;
  const place = placeOf(span && session.index.positionOfSpan(span));
  const { statement } = statementAt(session, first.position);
  const owner = session.target.statements[statement]?.owner.name;
  return {
    ...(place ? { place } : {}),
    who: place ? (owner ?? 'the scenario') : 'the kernel’s own code',
    ...(api ? { call: api } : {}),
    allocator,
    kind,
    ...sums,
    examples: [...examples].sort((x, y) => x.position - y.position),
  };
}
