/** Areas of the vmalloc space in a window: in use, freed lazily, and the free addresses between them. */
import { order } from '../../../kernel/mm/vmalloc/vmap_area';
import { areaUse } from '../../../kernel/proc/proc_vmallocinfo';
import type { View } from '../../inspect/view';
import type { AddressSpaceAnswer, SpaceArea } from '../shapes/addressSpace';
import { hexOf, rangeOf, type SpaceWindow } from './spaceWindow';

/** areas and holes of an answer, at most */
const MOST_AREAS = 120;
const MOST_HOLES = 40;

type Shown = AddressSpaceAnswer['areas'][number];
/** An area that is in use, or freed lazily. */
interface Placed {
  readonly start: number;
  readonly end: number;
  readonly area: number;
  readonly lazy: boolean;
}
interface Areas extends Pick<AddressSpaceAnswer, 'areas' | 'holes' | 'vmalloc'> {
  /** areas that do not lie in the vmalloc space: their addresses have been overwritten */
  readonly damaged: number;
}

/** @throws PageFaultError for a list whose pointers have been overwritten */
export function vmallocAreas(view: View, window: SpaceWindow): Areas {
  const { vmalloc } = view.kernel.allocators;
  const { areas, busy, free, purged, lazyPages, lazyMaxPages } = vmalloc.allocator;
  const placed =
    (lazy: boolean) =>
    (area: number): Placed => ({
      start: areas.start(area),
      end: areas.end(area),
      area,
      lazy,
    });
  const [inUse, lazy] = [areas.all(busy).map(placed(false)), areas.all(purged).map(placed(true))];
  const known = [...inUse, ...lazy];
  const sound = known.filter(({ start, end }) => lies(view, start, end));
  const all = sound.filter(inWindow(window)).sort((a, b) => order(a.start) - order(b.start));
  const holes = freeRanges(view, areas.all(free).map(placed(false)));
  const bytes = holes.map((hole) => hole.end - hole.start);
  return {
    damaged: known.length - sound.length,
    areas: shownAreas(view, all, window.cellBytes),
    holes: holes
      .filter(inWindow(window))
      .sort((a, b) => b.end - b.start - (a.end - a.start))
      .slice(0, MOST_HOLES)
      .map(({ start, end }) => rangeOf(view, start, end)),
    vmalloc: {
      areas: inUse.length,
      pages: vmalloc.pages,
      lazyAreas: lazy.length,
      lazyPages,
      lazyMaxPages,
      freeBytes: bytes.reduce((sum, size) => sum + size, 0),
      largestFreeBytes: Math.max(0, ...bytes),
    },
  };
}
/** Whether a range is one of the vmalloc space. */
function lies({ kernel }: View, start: number, end: number): boolean {
  const { vmallocStart, vmallocEnd } = kernel.addresses;
  return order(start) >= order(vmallocStart) && order(start) < order(end) && order(end) <= order(vmallocEnd);
}
const inWindow =
  ({ start, end }: SpaceWindow) =>
  (range: { start: number; end: number }): boolean =>
    range.start < end && range.end > start;

/** Free areas, as far as they are in the vmalloc space: the kernel has all other addresses in the same tree. */
function freeRanges(view: View, found: readonly Placed[]): { start: number; end: number }[] {
  const { vmallocStart, vmallocEnd } = view.kernel.addresses;
  return found.flatMap(({ start, end }) => {
    const from = order(start) < order(vmallocStart) ? vmallocStart : start;
    const to = order(end) > order(vmallocEnd) ? vmallocEnd : end;
    return order(from) < order(to) ? [{ start: from, end: to }] : [];
  });
}

/** Each area, or several that are too small to be told apart as one, so that there is room for all. */
function shownAreas(view: View, all: readonly Placed[], cellBytes: number): Shown[] {
  let groups = grouped(all, cellBytes);
  for (let cell = cellBytes; groups.length > MOST_AREAS; cell *= 2) groups = grouped(all, cell);
  return groups.map((group) => {
    const [first] = group as [Placed, ...Placed[]];
    if (group.length === 1) return shownArea(view, first);
    return {
      ...rangeOf(view, first.start, (group.at(-1) as Placed).end),
      areas: group.length,
      areaBytes: group.reduce((sum, { start, end }) => sum + end - start, 0),
    };
  });
}
/** Neighbours that are smaller than a cell, and lie within one. */
function grouped(all: readonly Placed[], cellBytes: number): Placed[][] {
  const groups: Placed[][] = [];
  for (const area of all) {
    const group = groups.at(-1);
    const from = group?.[0]?.start ?? 0;
    if (group && area.end - from < cellBytes) group.push(area);
    else groups.push([area]);
  }
  return groups;
}

function shownArea(view: View, { start, end, area, lazy }: Placed): SpaceArea {
  const { vmalloc } = view.kernel.allocators;
  const bounds = rangeOf(view, start, end);
  if (lazy) return { ...bounds, state: 'lazily freed', flags: ['unpurged', 'vm_area'], guardBytes: 0 };
  const vm = vmalloc.allocator.areas.vm(area);
  if (vm === 0) return { ...bounds, state: 'vm_map_ram', flags: ['vm_map_ram'], guardBytes: 0 };
  const { caller, pages, phys, flags } = areaUse(vmalloc, vm);
  return {
    ...bounds,
    state: vmalloc.vms.isUninitialised(vm) ? 'being made' : 'in use',
    flags: [...flags],
    guardBytes: vmalloc.vms.fullSize(vm) - vmalloc.vms.areaSize(vm),
    ...(caller === 0 ? {} : { caller: callerText(view, caller) }),
    ...(pages === 0 ? {} : { pages }),
    ...(phys === 0 ? {} : { physical: `0x${BigInt.asUintN(64, BigInt(phys)).toString(16)}` }),
    vmStruct: hexOf(view, vm),
  };
}
/** `fill at driver.kmem:12`, or the kernel's function. */
function callerText(view: View, caller: number): string {
  const { running, symbols } = view.kernel;
  return running?.reports.names.placeAt(caller) ?? symbols.at(caller)?.name ?? hexOf(view, caller);
}
