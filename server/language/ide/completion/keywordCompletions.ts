// biome-ignore-all lint/suspicious/noTemplateCurlyInString: places of snippets
/** Keywords where they may stand, with what usually follows; the scenario's blocks among them. */
import type { ContextWord } from '../../syntax/tree';
import type { Node } from '../../syntax/visitor';
import { type Completion, RANK } from './completion';

const word = (label: string, snippet?: string, detail = ''): Completion => ({
  label,
  kind: 'keyword',
  detail,
  rank: RANK.keyword,
  ...(snippet === undefined ? {} : { snippet }),
});
const words = (text: string): Completion[] => text.split(' ').map((label) => word(label));

const BLOCKS: Readonly<Record<ContextWord, string>> = {
  task: 'a kernel thread, started at boot',
  irq: 'a hard interrupt handler: it must not sleep',
  nmi: 'a handler of a non-maskable interrupt: it must not sleep, nor take locks',
  softirq: 'a softirq handler: it must not sleep',
  tasklet: 'a tasklet: it must not sleep',
  timer: 'a timer’s function: it must not sleep',
  work: 'a work item on a kworker: it may sleep',
  delayed_work: 'a delayed work item on a kworker: it may sleep',
  process: 'a user process with an mm',
};
const TYPES = words('struct union enum void bool char short int long signed unsigned const volatile typeof');

/** At the beginning of an item of the file. */
export function itemKeywords(hasMachine: boolean): Completion[] {
  const blocks = Object.entries(BLOCKS).map(([label, detail]) =>
    word(label, `${label} \${1:${label === 'task' ? 'main' : label === 'irq' ? 'line' : 'name'}} {\n\t$0\n}`, detail),
  );
  const machine = word(
    'machine',
    'machine {\n\tarch   = ${1|x86_64,i386,i386_pae|};\n\tmemory = ${2:1G};\n\tcpus   = ${3:2};\n}\n$0',
    'the emulated machine',
  );
  return [
    ...(hasMachine ? [] : [machine]),
    ...blocks,
    ...words('static extern inline typedef static_assert'),
    ...TYPES,
    word('#include', '#include "${1:other.kmem}"', 'another scenario'),
    word('#define', '#define ${1:NAME} ${2:1}', 'a constant'),
  ];
}
/** Where a type is written. */
export const typeKeywords = (): Completion[] => [...TYPES];
/** After a word of a type: what may go on with it. */
export function moreOfType(last: string): Completion[] {
  if (last === 'unsigned' || last === 'signed') return words('char short int long');
  if (last === 'long') return words('long int unsigned');
  return last === 'short' ? words('int unsigned') : [];
}

/** At the beginning of a statement; `path`: the nodes around it. `behindIf`: an `if` has just ended. */
export function statementKeywords(path: readonly Node[]): Completion[] {
  const inLoop = path.some((n) => n.kind === 'for' || n.kind === 'while' || n.kind === 'do' || n.kind === 'macroLoop');
  const inSwitch = path.some((n) => n.kind === 'switch');
  return [
    word('if', 'if (${1:condition}) {\n\t$0\n}'),
    word('else'),
    word('for', 'for (int ${1:i} = 0; $1 < ${2:n}; $1++) {\n\t$0\n}'),
    word('while', 'while (${1:condition}) {\n\t$0\n}'),
    word('do', 'do {\n\t$0\n} while (${1:condition});'),
    word('switch', 'switch (${1:value}) {\ncase ${2:0}:\n\t$0\n\tbreak;\n}'),
    word('return'),
    word('goto', 'goto ${1:out};'),
    ...(inLoop || inSwitch ? [word('break', 'break;')] : []),
    ...(inLoop ? [word('continue', 'continue;')] : []),
    ...(inSwitch ? [word('case', 'case ${1:0}:\n\t$0\n\tbreak;'), word('default', 'default:\n\t$0')] : []),
    word('static'),
    ...TYPES,
  ];
}
/** In an expression. */
export const expressionKeywords = (): Completion[] => words('sizeof __func__ struct union enum unsigned');
/** After `task main`. */
export const onCpu = (): Completion[] => [word('on cpu', 'on cpu ${1:0} {\n\t$0\n}', 'the CPU that it starts on')];
/** After a function's parameters. */
export const contracts = (): Completion[] =>
  ['__must_hold', '__acquires', '__releases', '__context']
    .map((label) => word(label, `${label}($1)`))
    .concat(words('__may_sleep __atomic'));
/** After `#`. */
export const directives = (): Completion[] => [
  word('include', 'include "${1:other.kmem}"', 'another scenario'),
  word('define', 'define ${1:NAME} ${2:1}', 'a constant'),
];
