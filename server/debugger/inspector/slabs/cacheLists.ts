/** One cache: the slabs and objects that its CPUs and nodes have, list by list, and the full slabs, which SLUB forgets. */
import type { Kernel } from '../../../kernel/kernel';
import { SlabAllocator } from '../../../kernel/mm/slab/slab/slab_allocator';
import type { SlabView as ArraySlabView, ArrayView } from '../../../kernel/mm/slab/slab/slab_view';
import { Slob } from '../../../kernel/mm/slab/slob/slob';
import { PAGE_UNITS } from '../../../kernel/mm/slab/slob/slob_page';
import { Slub } from '../../../kernel/mm/slub/slub';
import type { SlabView } from '../../../kernel/mm/slub/slub_view';
import { parseAddress, toBits } from '../../../types/address';
import type { View } from '../../inspect/view';
import { type Answerer, InspectorError } from '../asking';
import { momentOf } from '../moments';
import type { CacheAnswer, CacheQuestion, SlabList, SlabRow } from '../shapes/slabs';
import { absentOf, cacheRow } from './slabCaches';
import { slabHeads, unlessDamaged } from './slabSearch';

const SLABS = 50;
/** Objects of a CPU that are named. */
const OBJECTS = 64;

export const cacheLists: Answerer<CacheQuestion, CacheAnswer> = ({ session }, question) => {
  const { view, target } = session;
  const { kernel } = target;
  const cache = parseAddress(view.abi, question.cache);
  if (cache === undefined || !kernel.allocators.slab.all().includes(cache))
    throw new InspectorError(`there is no cache at ${question.cache}: it may have been destroyed since`);
  const lists = unlessDamaged(() => listsOf(view, cache));
  if (!lists) throw new InspectorError('the lists of this cache cannot be followed: a pointer in them was overwritten');
  const { slabs = SLABS } = question;
  return {
    moment: momentOf(session),
    absent: absentOf(session),
    allocator: kernel.config.allocator,
    cache: cacheRow(view, cache),
    lists: lists.map((list) => ({
      ...list,
      slabs: list.slabs.slice(0, slabs),
      objects: list.objects.slice(0, OBJECTS),
    })),
  };
};
function listsOf(view: View, cache: number): SlabList[] {
  const { backend } = view.kernel.allocators.slab;
  if (backend instanceof Slub) return slubLists(view, backend, cache);
  if (backend instanceof SlabAllocator) return arrayLists(view, backend, cache);
  return backend instanceof Slob ? slobLists(view.kernel, backend) : [];
}
const listOf = (kind: SlabList['kind'], slabs: SlabRow[], more: Partial<SlabList> = {}): SlabList => ({
  kind,
  count: slabs.length,
  slabs,
  objects: [],
  ready: 0,
  searched: false,
  ...more,
});
const hex = (view: View, address: number): string => view.hexBits(toBits(view.abi, address));

// ---------------------------------------------------------------- SLUB
function slubLists(view: View, slub: Slub, cache: number): SlabList[] {
  const { parts, views } = slub;
  const { cpus, nodes } = views.cache(cache);
  const row = ({ slab, objects, free, frozen }: SlabView, ready = 0): SlabRow => {
    const pages = 2 ** parts.ports.pages.order(slab);
    return { pfn: slab, pages, objects, free: free.length + ready, frozen };
  };
  const { caches, slabs } = parts;
  const addressOf = (slab: number, index: number): string =>
    hex(view, slabs.address(slab) + caches.redLeftPad(cache) + index * caches.size(cache));
  const lists = [
    ...cpus.flatMap(({ slab, free, partial }, cpu) => [
      listOf('cpu slab', slab ? [row(slab, free.length)] : [], {
        cpu,
        ready: free.length,
        objects: slab ? free.slice(0, OBJECTS).map((index) => addressOf(slab.slab, index)) : [],
      }),
      listOf(
        'cpu partial',
        partial.map((slab) => row(slab)),
        { cpu },
      ),
    ]),
    ...nodes.flatMap(({ nid, partial, full }) => [
      listOf(
        'partial',
        partial.map((slab) => row(slab)),
        { node: nid },
      ),
      listOf(
        'full',
        full.map((slab) => row(slab)),
        { node: nid },
      ),
    ]),
  ];
  const listed = new Set(lists.flatMap((list) => list.slabs.map(({ pfn }) => pfn)));
  const others = [...slabHeads(view.kernel)]
    .filter((pfn) => !listed.has(pfn) && view.pointer(slabs.pointer(pfn), 'slab', 'slab_cache') === cache)
    .sort((a, b) => a - b);
  return withOthers(lists, others, slabs.nid.bind(slabs), (pfn) => row(views.slab(cache, pfn)));
}
/** Slabs that are on no list: full ones, of caches whose full slabs SLUB does not keep on one. */
function withOthers(
  lists: readonly SlabList[],
  others: readonly number[],
  nodeOf: (pfn: number) => number,
  row: (pfn: number) => SlabRow,
): SlabList[] {
  return lists.map((list) => {
    if (list.kind !== 'full' || list.count > 0) return list;
    const found = others.filter((pfn) => nodeOf(pfn) === list.node).map(row);
    return { ...list, count: found.length, slabs: found, searched: true };
  });
}

// ---------------------------------------------------------------- SLAB
function arrayLists(view: View, { p, views }: SlabAllocator, cache: number): SlabList[] {
  const { structs, objects, arrays, nodeIds, cpus } = p;
  const { pages } = view.kernel;
  const [perSlab, order] = [objects.num(cache), structs.get(cache + structs.cache.gfporder)];
  const row = ({ slab, active }: ArraySlabView): SlabRow => ({
    pfn: pages.pfnOf(slab),
    pages: 2 ** order,
    objects: perSlab,
    free: Math.max(0, perSlab - active),
    frozen: false,
  });
  const array = (kind: SlabList['kind'], { avail, limit, objects: held }: ArrayView, of: Partial<SlabList>): SlabList =>
    listOf(kind, [], {
      ...of,
      count: avail,
      ready: avail,
      limit,
      // the newest is handed out first
      objects: held
        .toReversed()
        .slice(0, OBJECTS)
        .map((object) => hex(view, object)),
    });
  return [
    ...Array.from({ length: cpus }, (_, cpu) => array('cpu array', views.ofCpu(cache, cpu), { cpu })),
    ...nodeIds.flatMap((node) => {
      const found = views.node(cache, node);
      if (!found) return [];
      const aliens = nodeIds
        .filter((other) => other !== node)
        .map((other) => arrays.alien(structs.nodeOf(cache, node), other))
        .filter((alien) => alien !== 0)
        .map((alien) => array('alien array', views.array(alien), { node }));
      return [
        ...(found.shared ? [array('shared array', found.shared, { node })] : []),
        ...aliens,
        ...(['partial', 'full', 'free'] as const).map((kind) => listOf(kind, found[kind].map(row), { node })),
      ];
    }),
  ];
}

// ---------------------------------------------------------------- SLOB
function slobLists(kernel: Kernel, { p }: Slob): SlabList[] {
  const { pages, heads } = p;
  const row = (pfn: number): SlabRow => {
    const { units } = pages.read(kernel.pages.pageAddr(pfn));
    return { pfn, pages: 1, objects: PAGE_UNITS, free: units, frozen: false };
  };
  const lists = (['small', 'medium', 'large'] as const).map((kind, i) =>
    listOf(
      kind,
      pages.slabs(heads[i] as number).map((slab) => row(kernel.pages.pfnOf(slab))),
    ),
  );
  const listed = new Set(lists.flatMap((list) => list.slabs.map(({ pfn }) => pfn)));
  const full = [...slabHeads(kernel)].filter((pfn) => !listed.has(pfn)).sort((a, b) => a - b);
  return [...lists, listOf('full', full.map(row), { searched: true })];
}
