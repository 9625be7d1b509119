/** Symbols of a whole workspace by a few letters of their names: `rxf` finds rx_fill_slot. */

import type { Program } from '../../check/context/program';
import { type Outline, outline } from '../outline';

export interface FoundSymbol {
  readonly symbol: Outline;
  /** the struct, enum … that it belongs to; empty for one of the file */
  readonly container: string;
  /** lower is better */
  readonly distance: number;
}

/** The symbols of a file whose names have the letters of `query` in this order, in either case. All of them for an empty query. */
export function symbolsLike(program: Program, file: number, query: string): FoundSymbol[] {
  const found: FoundSymbol[] = [];
  const visit = (symbol: Outline, container: string): void => {
    const distance = distanceOf(query.toLowerCase(), symbol.name.toLowerCase());
    if (distance !== undefined && symbol.kind !== 'machine') found.push({ symbol, container, distance });
    for (const child of symbol.children) visit(child, symbol.name);
  };
  for (const symbol of outline(program, file)) visit(symbol, '');
  return found;
}
/** Letters of the name that the query skips; undefined where it does not fit. A beginning fits better than an inside. */
function distanceOf(query: string, name: string): number | undefined {
  const whole = name.indexOf(query);
  if (whole >= 0) return name.length - query.length + whole;
  let at = -1;
  for (const c of query) {
    at = name.indexOf(c, at + 1);
    if (at < 0) return undefined;
  }
  return 1000 + name.length - query.length;
}
