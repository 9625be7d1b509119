/** The call hierarchy: who calls a function, and whom it calls, each with the contexts in which that happens. */
import { typeName } from '../../../types/ctype';
import type { Program, Sym } from '../../check/context/program';
import type { Span } from '../../syntax/tree';
import { contextLine, contextsOfBody, type ProgramContexts } from '../hints/programContexts';
import { nameAt } from '../names/references';
import { type CallSite, callSites } from './callSites';

export interface HierarchyItem {
  readonly name: string;
  readonly kind: 'function' | 'context' | 'kernel';
  /** contexts that it runs in, or its prototype */
  readonly detail: string;
  /** of the whole definition; of the call for a function of the kernel */
  readonly span: Span;
  readonly nameSpan: Span;
}
export interface HierarchyCalls {
  readonly item: HierarchyItem;
  /** the calls, in the caller */
  readonly spans: readonly Span[];
}
const isCallable = (sym: Sym): boolean => sym.kind === 'function' || sym.kind === 'context' || sym.kind === 'api';

/** The function, block or kernel function whose name is at an offset. */
export function hierarchyItem(
  program: Program,
  file: number,
  offset: number,
  contexts?: ProgramContexts,
): HierarchyItem | undefined {
  const found = nameAt(program, file, offset);
  const named = found?.entity.named;
  if (!found || named?.kind !== 'symbol' || !isCallable(named.sym)) return undefined;
  return itemOf(named.sym, found.occurrence.span, contexts);
}
/** `at`: where a function of the kernel is named. */
function itemOf(sym: Sym, at: Span, contexts: ProgramContexts | undefined): HierarchyItem {
  if (sym.kind !== 'function' && sym.kind !== 'context') {
    const detail = sym.kind === 'api' ? sym.entry.proto : typeName(sym.type, sym.name);
    return { name: sym.name, kind: 'kernel', detail, span: at, nameSpan: at };
  }
  const { def, name, kind } = sym;
  const reached = contexts ? contextLine(contextsOfBody(contexts, def.name.span)) : '';
  return { name, kind, detail: reached, span: def.span, nameSpan: def.name.span };
}

/** The bodies that call what is named at an offset, or hand it on. */
export function incomingCalls(
  program: Program,
  file: number,
  offset: number,
  contexts?: ProgramContexts,
): HierarchyCalls[] {
  const sym = symbolAt(program, file, offset);
  const sites = callSites(program).filter(({ callee }) => callee === sym);
  return grouped(sites, (site) => site.caller).map(([caller, all]) => {
    const item = itemOf(caller, caller.def.name.span, contexts);
    const inCalls = contexts ? contextsOfCalls(contexts, all) : '';
    return { item: inCalls ? { ...item, detail: inCalls } : item, spans: all.map(({ span }) => span) };
  });
}
/** What the body named at an offset calls, or hands on. */
export function outgoingCalls(
  program: Program,
  file: number,
  offset: number,
  contexts?: ProgramContexts,
): HierarchyCalls[] {
  const sym = symbolAt(program, file, offset);
  const sites = callSites(program).filter(({ caller }) => caller === sym);
  return grouped(sites, (site) => site.callee).map(([callee, all]) => ({
    item: itemOf(callee, all[0]?.span ?? { file, start: offset, end: offset }, contexts),
    spans: all.map(({ span }) => span),
  }));
}
function symbolAt(program: Program, file: number, offset: number): Sym | undefined {
  const named = nameAt(program, file, offset)?.entity.named;
  return named?.kind === 'symbol' ? named.sym : undefined;
}
/** The contexts in which these calls are made. */
function contextsOfCalls({ calls }: ProgramContexts, sites: readonly CallSite[]): string {
  const wanted = new Set(sites.map(({ call }) => call && `${call.file}:${call.start}`));
  const reached = calls.filter(({ span }) => wanted.has(`${span.file}:${span.start}`)).flatMap((c) => c.contexts);
  return contextLine([...new Map(reached.map((r) => [r.text, r])).values()]);
}
function grouped<K>(sites: readonly CallSite[], keyOf: (site: CallSite) => K): [K, CallSite[]][] {
  const groups = new Map<K, CallSite[]>();
  for (const site of sites) {
    const list = groups.get(keyOf(site));
    if (list) list.push(site);
    else groups.set(keyOf(site), [site]);
  }
  return [...groups];
}
