/** Pages that are mapped for a task or a CPU; on a machine with highmem, where a wrong order or use is seen at run time. */
import type { Block } from './lockRegions';
import { braced, type Lines, leaving, type Maker, type Place } from './maker';

export function mappedRegion(m: Maker, place: Place, block: Block): Lines {
  const [page, at] = [m.local('page'), m.local('at')];
  const { gfp, free, unmap, map, inside } = kinds(m, place, page, at);
  const holding: Place = { ...inside, leave: [unmap, free, ...place.leave] };
  const begin = [
    `struct page *${page} = alloc_pages(${gfp}, 0);`,
    ...braced(`if (!${page})`, leaving(place)),
    `char *${at} = ${map};`,
    `${at}[0] = 1;`,
  ];
  const used = m.highmem && m.mistake('used after the unmap', 12) ? [`${at}[0] = 2;`] : [];
  if (!m.chance(30)) return [...begin, ...block(m, holding, 2), unmap, ...used, free];
  const second = m.local('at');
  const [first, last] = [unmap, unmap.replace(at, second)];
  const inOrder = !(m.highmem && m.mistake('unmapped in the wrong order', 35));
  return [
    ...begin,
    `char *${second} = ${map};`,
    `${second}[0] = 1;`,
    ...block(m, { ...holding, leave: [last, ...holding.leave] }, 1),
    ...(inOrder ? [last, first] : [first, last]),
    free,
  ];
}
function kinds(m: Maker, place: Place, page: string, at: string) {
  const free = `__free_pages(${page}, 0);`;
  const gfp = place.sleeps ? 'GFP_HIGHUSER' : 'GFP_ATOMIC | __GFP_HIGHMEM';
  const atomic = m.chance(35);
  return {
    gfp,
    free,
    map: atomic ? `kmap_atomic(${page})` : `kmap_local_page(${page})`,
    unmap: atomic ? `kunmap_atomic(${at});` : `kunmap_local(${at});`,
    inside: atomic ? { ...place, sleeps: false } : place,
  };
}
