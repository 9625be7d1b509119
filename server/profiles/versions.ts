/** Kernel versions as text, `6.1` or `2.6.32`, in their order. */
const numbers = (version: string): number[] => version.split('.').map((part) => Number.parseInt(part, 10) || 0);

/** Whether version `a` came before `b`. */
export function isBefore(a: string, b: string): boolean {
  const [x, y] = [numbers(a), numbers(b)];
  for (let i = 0; i < 3; i++) if ((x[i] ?? 0) !== (y[i] ?? 0)) return (x[i] ?? 0) < (y[i] ?? 0);
  return false;
}

/** The series of releases whose rules the linter knows: what stands in front, the first and the last number. */
const SERIES: readonly (readonly [major: string, first: number, last: number])[] = [
  ['2.6', 32, 39],
  ['3', 0, 19],
  ['4', 0, 20],
  ['5', 0, 19],
  ['6', 0, 18],
];
/** The kernel versions that the linter knows, the oldest first. */
export const VERSIONS: readonly string[] = SERIES.flatMap(([major, first, last]) =>
  Array.from({ length: last - first + 1 }, (_, i) => `${major}.${first + i}`),
);
/** Releases behind them, of which the linter does not know what is new: the rules of the last one hold for them. */
const LATER = ['6\\.19', '7\\.\\d+'];
/** The known versions in words. */
export const KNOWN_VERSIONS = `from "${VERSIONS[0]}" to "${VERSIONS.at(-1)}" or later`;
/** What a known version looks like, also that of a stable release, `6.1.4`. */
export const VERSION_PATTERN = `^(${[...VERSIONS.map((version) => version.replaceAll('.', '\\.')), ...LATER].join('|')})(\\.\\d+)?$`;

/** Whether the linter takes the version: `6.1`, `6.1.4` and what distributions call it, `6.1.0-13-amd64`. */
export function isKnownVersion(version: string): boolean {
  const [numbers = ''] = version.split('-');
  return new RegExp(VERSION_PATTERN).test(numbers);
}
