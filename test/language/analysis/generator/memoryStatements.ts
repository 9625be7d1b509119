/** Objects: allocated, used, kept and freed, rightly or with a mistake. */
import { cachedKind, pooledKind } from './cacheStatements';
import type { Block } from './lockRegions';
import { braced, type Lines, lasting, leaving, type Maker, maskFor, type Place } from './maker';

export interface Kind {
  readonly type: string;
  readonly make: string;
  readonly free: (p: string) => string;
  readonly use: (p: string) => string;
  /** what another kind is freed with */
  readonly wrong: ((p: string) => string) | undefined;
  /** its failure can be forced */
  readonly bytes: boolean;
}

function kind(m: Maker, place: Place): Kind {
  const gfp = maskFor(m, place);
  const bytes = { type: 'char *', use: (p: string) => `${p}[0] = 1;`, bytes: true };
  const draw = m.dice.below(10);
  if (draw === 0) return cachedKind(m, place);
  if (draw === 1) return pooledKind(m, place);
  switch (m.dice.below(place.sleeps ? 9 : 6)) {
    case 0:
    case 1:
      return {
        ...bytes,
        make: `kmalloc(${16 << m.dice.below(5)}, ${gfp})`,
        free: (p) => `kfree(${p});`,
        wrong: (p) => `vfree(${p});`,
      };
    case 2:
      return {
        ...bytes,
        make: `kzalloc(${24 << m.dice.below(4)}, ${gfp})`,
        free: (p) => `kfree(${p});`,
        wrong: undefined,
      };
    case 3:
      return {
        type: 'struct item *',
        make: `kzalloc(sizeof(struct item), ${gfp})`,
        free: (p) => `kfree(${p});`,
        use: (p) => `${p}->n = 1;`,
        wrong: (p) => `kfree(&${p}->link);`,
        bytes: true,
      };
    case 4:
      return { ...bytes, make: `kcalloc(4, 16, ${gfp})`, free: (p) => `kfree(${p});`, wrong: undefined };
    case 5:
      return {
        type: 'struct page *',
        make: `alloc_pages(${gfp}, ${m.dice.below(3)})`,
        free: (p) => `__free_pages(${p}, 0);`,
        use: (p) => `set_page_private(${p}, 1);`,
        wrong: undefined,
        bytes: false,
      };
    case 6:
      return {
        ...bytes,
        make: 'vmalloc(5000)',
        free: (p) => `vfree(${p});`,
        wrong: (p) => `kfree(${p});`,
        bytes: false,
      };
    case 7:
      return {
        ...bytes,
        make: `kvmalloc(${m.dice.pick([100, 20000])}, GFP_KERNEL)`,
        free: (p) => `kvfree(${p});`,
        wrong: undefined,
        bytes: false,
      };
    default:
      return { ...bytes, make: `kstrdup("name", ${gfp})`, free: (p) => `kfree(${p});`, wrong: undefined };
  }
}
/** pages are freed with the order that they were allocated with */
function ordered(k: Kind): Kind {
  const order = /^alloc_pages\(.*, (\d)\)$/.exec(k.make)?.[1];
  return order === undefined ? k : { ...k, free: (p) => `__free_pages(${p}, ${order});` };
}

export function memoryStatement(m: Maker, place: Place, block: Block): Lines {
  const k = ordered(kind(m, place));
  const p = m.local('p');
  const shape = m.dice.below(10);
  const inside: Place = { ...place, leave: [k.free(p), ...place.leave] };
  if (shape === 0 && k.type === 'char *') return kept(m, place, k);
  if (shape === 1) return byHelpers(m, place, k, p, block);
  const check = m.mistake('unchecked', 10) ? [] : braced(`if (!${p})`, leaving(place));
  const made = [`${k.type}${p} = ${k.make};`, ...check];
  const scope = /^(kv?free)\(/.exec(k.free(p))?.[1];
  if (shape === 4 && scope) {
    // freed where the scope is left, on whichever way
    const body = [k.use(p), ...block(m, place, 2)];
    if (m.mistake('frees what the scope frees', 15)) body.push(k.free(p));
    return braced('', [`${k.type}${p} __free(${scope}) = ${k.make};`, ...check, ...body]);
  }
  if (shape === 2) {
    // used and freed only where it is there
    return [
      `${k.type}${p} = ${k.make};`,
      ...braced(`if (${p})`, [k.use(p), ...block(m, inside, 1), ...end(m, place, k, p)]),
    ];
  }
  if (shape === 3) {
    const test = lasting(m);
    const again = m.mistake('another condition at the free', 15) ? lasting(m) : test;
    const maybe = { ...place, leave: [...braced(`if (${test})`, [k.free(p)]), ...place.leave] };
    return [
      `${k.type}${p} = NULL;`,
      ...braced(`if (${test})`, [`${p} = ${k.make};`, ...braced(`if (!${p})`, leaving(place))]),
      ...block(m, maybe, 1),
      ...braced(`if (${again})`, [k.free(p)]),
    ];
  }
  return [...made, k.use(p), ...block(m, inside, 2), ...end(m, place, k, p)];
}

/** The end of an object's life. */
function end(m: Maker, place: Place, k: Kind, p: string): Lines {
  const early = m.mistake('leaves without the free', 9) ? braced(`if (${lasting(m)})`, leaving(place)) : [];
  if (m.mistake('no free', 5)) return early;
  if (m.mistake('freed twice', 6))
    return m.chance(50)
      ? [...early, k.free(p), k.free(p)]
      : [...early, ...braced(`if (${lasting(m)})`, [k.free(p)]), k.free(p)];
  if (m.mistake('used after the free', 7))
    return m.chance(50)
      ? [...early, k.free(p), k.use(p)]
      : [...early, ...braced(`if (${lasting(m)})`, [k.free(p)]), k.use(p)];
  if (k.wrong && m.mistake('the wrong free', 7)) return [...early, k.wrong(p)];
  if (m.mistake('overwritten', 5)) return [...early, `${p} = ${k.make};`, ...braced(`if (${p})`, [k.free(p)])];
  return [...early, k.free(p)];
}

/** Kept in a structure, and freed from there. */
function kept(m: Maker, place: Place, k: Kind): Lines {
  const { dev } = place;
  const at = `${dev}->buf`;
  const use = m.mistake('used when it is gone', 15) ? [`${at}[0] = 2;`] : [];
  return [
    ...braced(`if (!${at})`, [`${at} = ${k.make};`]),
    ...braced(`if (${at})`, [k.use(at)]),
    // not every allocator ignores NULL
    ...(k.free('').startsWith('kmem_cache_free') ? braced(`if (${at})`, [k.free(at)]) : [k.free(at)]),
    ...use,
    `${at} = NULL;`,
  ];
}

/** Allocated by one function, freed by another. */
function byHelpers(m: Maker, place: Place, k: Kind, p: string, block: Block): Lines {
  const get = m.name('get');
  const put = m.name('put');
  const made = k.make;
  m.function(`static ${k.type}${get}(struct dev *d, gfp_t gfp)`, [
    `${k.type}o = ${made.includes('gfp') || made.includes('dev') ? made.replace(/\b\w+->gfp\b/, 'd->gfp') : made.replace(/GFP_\w+( \| __GFP_\w+)?|\bmask\b/, 'gfp')};`,
    ...(m.chance(40) ? [`if (!o)`, `\treturn NULL;`, k.use('o')] : []),
    'return o;',
  ]);
  m.function(`static void ${put}(${k.type}o)`, m.chance(30) ? [...braced('if (o)', [k.free('o')])] : [k.free('o')]);
  const held: Place = { ...place, leave: [`${put}(${p});`, ...place.leave] };
  const given = maskFor(m, place);
  const freed = m.mistake('the helper frees it again', 10)
    ? [`${put}(${p});`, k.free(p)]
    : m.mistake('the helper is forgotten', 8)
      ? []
      : [`${put}(${p});`];
  return [
    `${k.type}${p} = ${get}(${place.dev}, ${given});`,
    ...(m.mistake('unchecked result', 12) ? [] : braced(`if (!${p})`, leaving(place))),
    k.use(p),
    ...block(m, held, 1),
    ...freed,
  ];
}
