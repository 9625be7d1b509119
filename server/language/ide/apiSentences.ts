/** The catalogue's facts as sentences, for hovers and signature help on kernel functions. */
import type { Allowed, ApiEntry, ContextColumn } from '../catalogue/form/entry';

/** The columns of the catalogue's context table, as text. */
export const COLUMN_TEXT: Readonly<Record<ContextColumn, string>> = {
  T: 'task',
  M: 'task holding a mutex',
  SL: 'under a spinlock or with preemption off',
  BH: 'bottom halves off, softirq, tasklet, timer',
  IO: 'interrupts off',
  HI: 'hard interrupt',
  R: 'RCU reader',
  NMI: 'NMI',
};
const COLUMNS = Object.keys(COLUMN_TEXT) as ContextColumn[];

/** The answer to `may it sleep`, as text. */
export function sleepsText(entry: ApiEntry): string {
  const note = entry.sleepsNote ? ` (${entry.sleepsNote})` : '';
  switch (entry.sleeps) {
    case 'never':
      return `never${note}`;
    case 'always':
      return `always${note}`;
    case 'gfp':
      if (entry.gfp?.sleepsOn) return `by its mask: only with all bits of ${entry.gfp.sleepsOn}${note}`;
      return `by its mask: yes with GFP_KERNEL, GFP_NOFS or GFP_NOIO, no with GFP_ATOMIC or GFP_NOWAIT${note}`;
    case 'may':
      return `in some cases${note}`;
  }
}

/** Where it may be called, shortest true form first. */
export function contextText(entry: ApiEntry): string {
  const of = (allowed: Allowed) => COLUMNS.filter((c) => entry.contexts[c] === allowed);
  const list = (columns: readonly ContextColumn[]) => columns.map((c) => COLUMN_TEXT[c]).join(', ');
  const no = of('no');
  const gfp = of('gfp');
  if (no.length === 0 && gfp.length === 0 && of('deferred').length === 0 && of('chance').length === 0)
    return 'anywhere, NMI too';
  if (of('yes').length === COLUMNS.length - 1 && no[0] === 'NMI') return 'anywhere but in NMI';
  const parts = [`${list(of('yes')) || 'nowhere'}`];
  if (gfp.length) parts.push(`with a mask that does not sleep: ${list(gfp)}`);
  if (of('deferred').length) parts.push(`deferred: ${list(of('deferred'))}`);
  if (of('chance').length) parts.push(`not supported: ${list(of('chance'))}`);
  if (no.length) parts.push(`not: ${list(no)}`);
  return parts.join('; ');
}

/** The hover's text on a function or macro of the kernel, in Markdown. */
export function apiMarkdown(name: string, entry: ApiEntry): string {
  const lines = ['```c', entry.proto, '```', entry.summary, ''];
  lines.push(`- **may it sleep**: ${sleepsText(entry)}`, `- **may be called**: ${contextText(entry)}`);
  if (entry.freedWith?.length) {
    const pair = entry.freedWith.map((f) => `\`${f}\``).join(' or ');
    lines.push(`- **freed or undone with**: ${pair}${entry.freeNote ? `, ${entry.freeNote}` : ''}`);
  }
  if (entry.result) lines.push(`- **result**: ${entry.result}`);
  for (const rule of entry.preconditions ?? []) lines.push(`- ${rule}`);
  const versions = [entry.since && `since ${entry.since}`, entry.until && `until ${entry.until}`]
    .filter(Boolean)
    .join(', ');
  lines.push('', `*${entry.kind === 'macro' ? 'macro, ' : ''}${entry.source}${versions ? `, ${versions}` : ''}*`);
  if (!entry.run) lines.push('', `*The linter knows \`${name}\`; the emulator does not run it yet.*`);
  return lines.join('\n');
}
