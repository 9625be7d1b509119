/** Constants that follow each other: names, which share a prefix, from a number on. */
export const from = (prefix: string, first: number, names: string): Record<string, number> =>
  Object.fromEntries(names.split(' ').map((name, i) => [`${prefix}${name}`, first + i]));
/** Constants of one bit each, the first of them BIT(0). */
export const bits = (prefix: string, names: string): Record<string, number> =>
  Object.fromEntries(names.split(' ').map((name, i) => [`${prefix}${name}`, 2 ** i]));
