/** Rules on the size and the order of an allocation, at the calls that take them (mm/slab_common.c, mm/page_alloc.c, 6.1). */

import { orMake } from '../../../../types/orMake';
import type { Frees } from '../../../catalogue/form/entry';
import type { ApiSym, Program, Related, Sym } from '../../../check/context/program';
import type { Call, Expr, Span } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { isAtomic } from '../../engine/execContext';
import type { ApiFacts } from '../../engine/flow/apiFacts';
import type { Rule, RuleContext, Site } from '../../engine/rule';
import { exactOf, type Value } from '../../engine/values/knownBits';
import { SIZE_CODES, type SizeCode } from './sizeCodes';

type Context = RuleContext<SizeCode>;
interface Limits {
  readonly maxOrder: number;
  readonly costlyOrder: number;
  readonly maxSize: number;
  readonly pageSize: number;
}
function limitsOf({ lookup }: Program): Limits {
  const constant = (name: string): number => {
    const sym = lookup(name);
    return sym?.kind === 'const' ? Number(sym.value) : Number.POSITIVE_INFINITY;
  };
  return {
    maxOrder: constant('MAX_ORDER'),
    costlyOrder: constant('PAGE_ALLOC_COSTLY_ORDER'),
    maxSize: constant('KMALLOC_MAX_SIZE'),
    pageSize: constant('PAGE_SIZE'),
  };
}
/** A large kmalloc, by the variable or field that it is stored in. */
interface Large {
  readonly span: Span;
  readonly size: number;
  readonly key: unknown;
}

export const sizeRules: Rule<SizeCode> = {
  codes: SIZE_CODES,
  start(cx) {
    const { program } = cx;
    const limits = limitsOf(program);
    /** by the call that returns it */
    const storedIn = new Map<Expr, unknown>();
    const large = new Map<Expr, Large>();
    const freed = new Map<unknown, Map<Span, { readonly name: string; readonly atomic: boolean }>>();
    const noteFree = ({ args, span }: Call, sym: Sym | undefined, inAtomic: boolean): void => {
      const arg = isFreeing(sym) ? args[sym.entry.frees.arg] : undefined;
      const key = arg && nameOf(program, withoutCasts(arg));
      if (!sym || key === undefined) return;
      const places = orMake(freed, key, () => new Map());
      places.set(span, { name: sym.name, atomic: inAtomic || places.get(span)?.atomic === true });
    };
    const noteStore = (call: Call, target: unknown): void => {
      if (target !== undefined) storedIn.set(call, target);
    };
    return {
      visit: {
        assign: (e) => {
          const call = withoutCasts(e.right);
          if (call.kind === 'call') noteStore(call, nameOf(program, e.left));
        },
        declarator: (d) => {
          const call = d.init && d.init.kind !== 'initList' ? withoutCasts(d.init) : undefined;
          if (call?.kind === 'call') noteStore(call, program.symbolOf(d));
        },
      },
      calls: (sym) => (isFreeing(sym) ? (call) => noteFree(call, sym, false) : undefined),
      call(_instance, context, call) {
        if (!isAtomic(context)) return;
        noteFree(call, call.callee.kind === 'ident' ? program.symbolOf(call.callee) : undefined, true);
      },
      apiCall(site, { entry }: ApiFacts) {
        const { allocates, gfp } = entry;
        if (!allocates) return;
        const mask = gfp && site.valueOf(gfp.arg);
        if (allocates.order) {
          const order = 'is' in allocates.order ? allocates.order.is : exactOf(site.valueOf(allocates.order.arg));
          const at = 'is' in allocates.order ? undefined : site.call.args[allocates.order.arg];
          if (order !== undefined) ofOrder(cx, site, limits, order, mask, at?.span ?? site.call.span);
        }
        if (allocates.kind !== 'kmalloc' || allocates.size === undefined) return;
        const size = ofSize(cx, site, limits, allocates.size, allocates.count, mask);
        if (size === undefined) return;
        large.set(site.call, { span: site.call.span, size, key: storedIn.get(site.call) });
      },
      finish() {
        for (const { span, size, key } of large.values()) {
          const places = key === undefined ? [] : [...(freed.get(key) ?? [])];
          places.sort(([a], [b]) => a.file - b.file || a.start - b.start);
          cx.report('large-kmalloc', span, () => largeText(size, places));
        }
      },
    };
  },
};

/** Whether a function frees memory of kmalloc. */
const isFreeing = (sym: Sym | undefined): sym is ApiSym & { readonly entry: { readonly frees: Frees } } =>
  sym?.kind === 'api' && sym.entry.frees?.kinds.includes('kmalloc') === true;
/** What tells two places apart that memory is stored in: a variable, or a field by its name. */
function nameOf(program: Program, e: Expr): unknown {
  if (e.kind === 'ident') return program.symbolOf(e);
  return e.kind === 'member' ? `.${e.name.text}` : undefined;
}
function cannotWait(cx: Context, mask: Value | undefined): boolean {
  const { bits } = cx.program.profile.gfp;
  return mask !== undefined && (mask.zeros & bits.__GFP_DIRECT_RECLAIM) !== 0 && (mask.ones & bits.__GFP_NOWARN) === 0;
}
function ofOrder(
  cx: Context,
  { call, name }: Site,
  { maxOrder, costlyOrder, pageSize }: Limits,
  order: number,
  mask: Value | undefined,
  at: Span,
): void {
  if (order >= maxOrder || order < 0) {
    cx.report('order-too-large', at, () => ({
      message: `${name}() of order ${order} always fails: orders go from 0 to ${maxOrder - 1} (${((pageSize << (maxOrder - 1)) / 1048576).toFixed(0)} MiB). Use vmalloc() if the memory need not be contiguous`,
    }));
  } else if (order > costlyOrder && cannotWait(cx, mask)) {
    cx.report('high-order-atomic', call.span, () => ({ message: atomicText(name, `order ${order}`) }));
  }
}
const atomicText = (name: string, what: string): string =>
  `${name}() of ${what} that cannot wait will often fail: no reclaim makes such blocks here. Allocate it in a task beforehand, or add __GFP_NOWARN if there is a fallback`;

/** Reports what is wrong with the size of a kmalloc; returns it if it is one that vmalloc memory could have. */
function ofSize(
  cx: Context,
  site: Site,
  { costlyOrder, maxSize, pageSize }: Limits,
  sizeArg: number,
  countArg: number | undefined,
  mask: Value | undefined,
): number | undefined {
  const size = known(cx.program, site, sizeArg);
  const count = countArg === undefined ? 1 : known(cx.program, site, countArg);
  if (size === undefined || count === undefined) return undefined;
  const bytes = size * count;
  if (bytes > maxSize) {
    cx.report('size-too-large', site.call.span, () => ({
      message: `${site.name}() of ${bytes} bytes always fails: KMALLOC_MAX_SIZE is ${maxSize}. Use vmalloc() or kvmalloc()`,
    }));
    return undefined;
  }
  if (bytes <= pageSize << costlyOrder) return undefined;
  if (!cannotWait(cx, mask)) return bytes;
  cx.report('high-order-atomic', site.call.span, () => ({ message: atomicText(site.name, `${bytes} bytes`) }));
  return undefined;
}
function known(program: Program, site: Site, arg: number): number | undefined {
  const e = site.call.args[arg];
  const constant = e && program.constantOf(e);
  if (constant !== undefined) return constant >= 0n && constant < 1n << 53n ? Number(constant) : undefined;
  const exact = exactOf(site.valueOf(arg));
  return exact === undefined ? undefined : exact >>> 0;
}

type Place = readonly [Span, { readonly name: string; readonly atomic: boolean }];
function largeText(size: number, places: readonly Place[]): { message: string; related: Related[] } {
  const atomic = places.filter(([, { atomic }]) => atomic).length;
  const audit =
    places.length === 0
      ? 'No place that frees it is in sight.'
      : atomic > 0
        ? `It is freed in ${places.length === 1 ? 'one place' : `${places.length} places`}, ${atomic} of them where kvfree() must not sleep.`
        : 'kvfree() may be used wherever it is freed.';
  return {
    message: `${size} contiguous bytes are hard to find once memory is fragmented: use kvmalloc() unless a device needs them contiguous. ${audit}`,
    related: places.map(([span, { name, atomic }]) => ({
      span,
      message: atomic ? `${name}() is called here, where kvfree() may not sleep` : `${name}() becomes kvfree() here`,
    })),
  };
}
