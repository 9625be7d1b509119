/** How deeply JSON is nested, without recursion: JSON.parse takes any depth, most code that works on its result does not. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether valid JSON has more than `levels` arrays and objects within each other. */
export function nestedDeeper(json: Buffer, levels: number): boolean {
  if (json.length <= 2 * levels) return false;
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i];
    if (byte === QUOTE) {
      for (i++; i < json.length && json[i] !== QUOTE; i++) if (json[i] === BACKSLASH) i++;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > levels) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}
