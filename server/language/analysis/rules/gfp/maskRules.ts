/**
 * Rules on allocation masks at the calls that take them: combinations that the page allocator refuses, masks that say nothing about
 * waiting, modifiers that the callee ignores or cannot keep (include/linux/gfp_types.h, gfp.h, mm/page_alloc.c, mm/util.c, 6.1).
 */
import { maskName } from '../../../../profiles/gfpValue';
import type { GfpBit, GfpFacts } from '../../../../profiles/profile';
import { isBefore } from '../../../../profiles/versions';
import type { ApiEntry, MemoryKind } from '../../../catalogue/form/entry';
import type { Fix } from '../../../check/context/program';
import { sourceText } from '../../engine/evidence';
import { isAtomic } from '../../engine/execContext';
import type { ApiFacts } from '../../engine/flow/apiFacts';
import type { Rule, RuleContext, Site } from '../../engine/rule';
import { exactOf, type Value } from '../../engine/values/knownBits';
import { MASK_CODES, type MaskCode } from './maskCodes';

type Context = RuleContext<MaskCode>;
/** What a rule sees: the call, its mask, and the facts of the callee. */
interface Given {
  readonly cx: Context;
  readonly site: Site;
  readonly entry: ApiEntry;
  readonly gfp: GfpFacts;
  readonly mask: Value;
  readonly arg: number;
}

export const maskRules: Rule<MaskCode> = {
  codes: MASK_CODES,
  start: (cx) => ({
    apiCall(site: Site, { entry }: ApiFacts) {
      const arg = entry.gfp?.arg ?? entry.mask;
      if (arg === undefined) return;
      const mask = site.valueOf(arg);
      if (!mask) return;
      const given: Given = { cx, site, entry, gfp: cx.program.profile.gfp, mask, arg };
      zones(given);
      base(given);
      noFail(given);
      ignored(given);
      fallback(given);
    },
  }),
};

const has = ({ mask, gfp }: Given, bit: GfpBit): boolean => gfp.bits[bit] !== 0 && (mask.ones & gfp.bits[bit]) !== 0;
const lacks = ({ mask, gfp }: Given, bit: GfpBit): boolean => (mask.zeros & gfp.bits[bit]) === gfp.bits[bit];
function report({ cx, site, mask, arg }: Given, code: MaskCode, message: string, fixes: readonly Fix[] = []): void {
  const written = site.call.args[arg];
  const span = written?.span ?? site.call.span;
  cx.report(code, span, () => ({
    message,
    ...(mask.origin && mask.origin.start !== span.start
      ? { related: [{ span: mask.origin, message: `the mask ${sourceText(cx.program, mask.origin)} is given here` }] }
      : {}),
    ...(fixes.length > 0 ? { fixes } : {}),
  }));
}

const EXCLUSIVE: readonly GfpBit[] = ['__GFP_DMA', '__GFP_DMA32', '__GFP_HIGHMEM'];
/** GFP_ZONE_BAD: two of the three zone modifiers. */
function zones(g: Given): void {
  const [first, second] = EXCLUSIVE.filter((bit) => has(g, bit));
  if (!first || !second) return;
  report(
    g,
    'gfp-zone-conflict',
    `${first} and ${second} name different zones: an allocation can be from one only. Keep one of them`,
  );
}
/** A mask without reclaim modifiers neither waits nor wakes kswapd. */
function base(g: Given): void {
  const exact = exactOf(g.mask);
  const { bits, masks } = g.gfp;
  if (exact === undefined || (exact & masks.__GFP_RECLAIM) !== 0 || (exact & bits.__GFP_NOMEMALLOC) !== 0) return;
  if (g.entry.sleeps === 'always') return; // the callee adds them
  const wanted = isAtomic(g.site.context) ? 'GFP_ATOMIC' : 'GFP_KERNEL';
  const written = g.site.call.args[g.arg];
  const text = written ? sourceText(g.cx.program, written.span) : '';
  const fix = exact === 0 ? wanted : `${wanted} | ${text}`;
  report(
    g,
    'gfp-without-base',
    `${text || 'this mask'} says nothing about waiting: the allocation neither reclaims memory nor wakes kswapd. Write ${fix}`,
    written && written.span.file >= 0 && written.span === (g.mask.origin ?? written.span)
      ? [{ title: `write ${fix}`, unsafe: true, edits: [{ span: written.span, text: fix }] }]
      : [],
  );
}
/** get_page_from_freelist and __alloc_pages_slowpath warn. */
function noFail(g: Given): void {
  if (!has(g, '__GFP_NOFAIL')) return;
  if (lacks(g, '__GFP_DIRECT_RECLAIM')) {
    report(
      g,
      'gfp-nofail',
      '__GFP_NOFAIL needs direct reclaim: without it the kernel warns and the allocation may fail all the same. Use GFP_KERNEL | __GFP_NOFAIL in a task, or check for NULL',
    );
    return;
  }
  const order = orderOf(g);
  if (order !== undefined && order > 1) {
    report(
      g,
      'gfp-nofail',
      `__GFP_NOFAIL is for order 0 and 1: for order ${order} the kernel warns, and the allocation may retry for ever. Use smaller blocks, or kvmalloc()`,
    );
  }
}
function orderOf({ entry, site }: Given): number | undefined {
  const order = entry.allocates?.order;
  if (!order) return undefined;
  return 'is' in order ? order.is : exactOf(site.valueOf(order.arg));
}

const SLAB: ReadonlySet<MemoryKind> = new Set(['kmalloc', 'cache object', 'nolock']);
/** Modifiers that the callee takes away, some with a warning. */
function ignored(g: Given): void {
  const { name } = g.site;
  const kind = g.entry.allocates?.kind;
  if (kind === undefined) return;
  if (SLAB.has(kind)) {
    for (const bit of ['__GFP_HIGHMEM', '__GFP_DMA32'] as const) {
      if (!has(g, bit)) continue;
      report(
        g,
        'gfp-not-for-slab',
        `${name}() cannot give memory of ${bit}: the slab allocator drops it with "Unexpected gfp"; use pages, or drop ${bit}`,
      );
    }
  }
  if ((kind === 'page address' || kind === 'exact pages') && has(g, '__GFP_HIGHMEM')) {
    report(
      g,
      'gfp-not-for-addresses',
      `${name}() returns an address, and highmem pages have none: drop __GFP_HIGHMEM, or take alloc_pages() and map the page`,
    );
  }
  if (kind === 'exact pages' && has(g, '__GFP_COMP')) {
    report(
      g,
      'gfp-not-for-addresses',
      `${name}() splits its pages, which a compound page forbids: it drops __GFP_COMP with a warning. Leave it out`,
    );
  }
  if (kind === 'pool element' && has(g, '__GFP_ZERO')) {
    report(
      g,
      'gfp-not-for-pools',
      `${name}() may give an element that was used before: __GFP_ZERO is not kept. Clear it with memset()`,
    );
  }
}
/** Page tables honour GFP_NOFS and GFP_NOIO from this version on (mm/vmalloc.c: __vmalloc_area_node). */
const SCOPED = '5.17';
/** What kvmalloc and vmalloc do not support: their page tables are allocated with GFP_KERNEL, and the former asks kmalloc alone where that may not sleep. */
function fallback(g: Given): void {
  const { bits, masks } = g.gfp;
  const kind = g.entry.allocates?.kind;
  if (kind !== 'kvmalloc' && kind !== 'vmalloc') return;
  const { name } = g.site;
  const missing = (['__GFP_IO', '__GFP_FS'] as const).find((bit) => lacks(g, bit));
  if (lacks(g, '__GFP_DIRECT_RECLAIM')) {
    const asked = maskName(g.gfp, g.mask.ones & ~(bits.__GFP_NOWARN | bits.__GFP_ZERO));
    report(
      g,
      'gfp-vmalloc',
      kind === 'kvmalloc'
        ? `with ${asked} ${name}() is kmalloc() alone: it never falls back to vmalloc memory. Use kmalloc(), or GFP_KERNEL in a task`
        : `${name}() allocates its page tables with GFP_KERNEL: with ${asked} it may sleep all the same. Use GFP_KERNEL in a task`,
    );
  } else if (has(g, '__GFP_NORETRY')) {
    report(
      g,
      'gfp-vmalloc',
      `${name}() does not keep __GFP_NORETRY: its page tables are allocated with GFP_KERNEL, which may retry and kill for memory. Leave it out`,
    );
  } else if (missing && (g.mask.ones & masks.__GFP_RECLAIM) !== 0 && isBefore(g.cx.program.machine.kernel, SCOPED)) {
    const scope = missing === '__GFP_IO' ? 'memalloc_noio' : 'memalloc_nofs';
    report(
      g,
      'gfp-vmalloc',
      `before ${SCOPED} ${name}() allocates its page tables with GFP_KERNEL, whatever its mask: call it with GFP_KERNEL between ${scope}_save() and ${scope}_restore()`,
    );
  }
}
