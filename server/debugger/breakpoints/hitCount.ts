/** Hit conditions: `5` or `== 5` the fifth time, `>= 3`, `> 3`, `< 3`, `<= 3`, `% 2` every second time. */
export type HitCondition = (hits: number) => boolean;

/** Reads a hit condition. Returns a message if it is not valid. */
export function parseHitCondition(text: string): HitCondition | string {
  const match = /^\s*(>=|<=|==|=|>|<|%)?\s*(\d{1,15})\s*$/.exec(text);
  if (!match) return `"${text.trim()}" is not a hit count. Give one of: 5, == 5, >= 3, > 3, < 3, <= 3, % 2.`;
  const n = Number(match[2]);
  const never = match[1] === '<' ? n <= 1 : match[1] !== '>' && match[1] !== '>=' && n === 0;
  if (never && match[1] !== '%') return `"${text.trim()}" never stops: hits are counted from 1.`;
  switch (match[1]) {
    case '>=':
      return (hits) => hits >= n;
    case '<=':
      return (hits) => hits <= n;
    case '>':
      return (hits) => hits > n;
    case '<':
      return (hits) => hits < n;
    case '%':
      return n === 0 ? '"% 0" is not a hit count: nothing is a multiple of 0.' : (hits) => hits % n === 0;
    default:
      return (hits) => hits === n;
  }
}
