// biome-ignore-all lint/suspicious/noTemplateCurlyInString: places of snippets
/** Completions inside `machine { … }`. */
import { ALLOCATORS } from '../../../profiles/machineConfig';
import type { Profile } from '../../../profiles/profile';
import { DEFAULT_PROFILE, PROFILES } from '../../../profiles/profiles';
import * as t from '../../syntax/tokens';
import type { TypedText } from '../typedText';
import { type Completion, RANK } from './completion';

const word = (label: string, detail: string, snippet?: string): Completion => ({
  label,
  kind: 'keyword',
  detail,
  rank: RANK.keyword,
  ...(snippet === undefined ? {} : { snippet }),
});
const value = (...labels: string[]): Completion[] =>
  labels.map((label) => ({ label, kind: 'constant', detail: '', rank: RANK.wanted }));

const configsOf = (profile: Profile): string[] => Object.keys(profile.defaults.machine.config);
const itemsOf = (profile: Profile): Completion[] => [
  word('arch', 'x86_64, i386 or i386_pae', 'arch = ${1|x86_64,i386,i386_pae|};'),
  word('kernel', 'version whose rules hold', `kernel = "\${1:${DEFAULT_PROFILE.version}}";`),
  word('memory', 'RAM: 512M, 1G …', 'memory = ${1:1G};'),
  word('cpus', 'number of CPUs', 'cpus = ${1:2};'),
  word('allocator', 'slab allocator', 'allocator = ${1|slub,slab,slob|};'),
  word('swap', 'swap space', 'swap = ${1:256M};'),
  word('preempt', 'preemption model', 'preempt = ${1|voluntary,none,full,rt|};'),
  word('schedule', 'how the tasks take turns', 'schedule = ${1|sequential,round_robin,random(1)|};'),
  word('sysctl', 'a setting of /proc/sys', 'sysctl vm.${1:min_free_kbytes} = ${2:4096};'),
  word('config', 'a configuration option', `config \${1|${configsOf(profile).join(',')}|} = \${2|y,n|};`),
  word('node', 'a NUMA node', 'node ${1:0} { memory = ${2:512M}; cpus = ${3:0-1}; }'),
  word('region', 'a range of the memory map', 'region ${1|reserved,usable|} ${2:0x9fc00-0xfffff};'),
  ...Object.entries(profile.defaults.parameters).map(([name, { value, summary }]) =>
    word(
      name,
      summary,
      value === undefined ? `${name};` : `${name} = \${1:${/^\d/.test(value) ? value : `"${value}"`}};`,
    ),
  ),
];
const NODE_ITEMS: Completion[] = [
  word('memory', 'RAM of the node', 'memory = ${1:512M};'),
  word('cpus', 'its CPUs', 'cpus = ${1:0-1};'),
];
const VALUES: Readonly<Record<string, readonly Completion[]>> = {
  arch: value('x86_64', 'i386', 'i386_pae'),
  kernel: value(...PROFILES.map((p) => `"${p.version}"`)),
  allocator: value(...ALLOCATORS),
  preempt: value('none', 'voluntary', 'full', 'rt'),
  schedule: value('sequential', 'round_robin', 'random(1)'),
  config: value('y', 'n'),
};

/** Inside the brackets of `machine`; `typed` begins with it. */
export function machineCompletions(profile: Profile, typed: TypedText): Completion[] {
  const { tokens, last, text } = typed;
  let first = last;
  while (first >= 0 && !ENDS.has(tokens.kind[first] ?? 0)) first--;
  const before = text.slice(tokens.end[first] ?? 0, text.length - typed.word.length);
  const assigned = /^\s*(\w+)[^=]*=\s*$/.exec(before);
  if (assigned) return [...(VALUES[assigned[1] ?? ''] ?? [])];
  if (/^\s*config\s+$/.test(before)) return value(...configsOf(profile));
  if (/^\s*region\s+$/.test(before)) return value('reserved', 'usable');
  const sysctl = /^\s*sysctl\s+([\w.]*)$/.exec(before);
  if (sysctl) return sysctlsBehind(profile, sysctl[1] ?? '');
  if (before.trim() !== '') return [];
  return tokens.kind[first] === t.T_LBRACE && first > 1 ? NODE_ITEMS : itemsOf(profile);
}
const ENDS: ReadonlySet<number> = new Set([t.T_SEMI, t.T_LBRACE, t.T_RBRACE]);
/** The settings whose names go on behind `vm.`. */
const sysctlsBehind = (profile: Profile, written: string): Completion[] =>
  Object.keys(profile.defaults.sysctl)
    .filter((name) => name.startsWith(written))
    .map((name) => word(name.slice(written.length), `sysctl ${name}`));
