/**
 * A command of `kmem` and how its arguments are read: --help, options, positionals, and what is said when they are wrong (one line,
 * exit status 2). Tokens come from node:util's parseArgs.
 */
import { parseArgs } from 'node:util';
import { version } from '../../package.json';
import { suggest } from '../language/syntax/suggest';

/** Where a command writes; tests give their own. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** when the reader has taken what was written; undefined if there is nothing to wait for */
  taken?(): Promise<void> | undefined;
  /** Whether the user wants the command to end (Ctrl-C); a second time ends it at once. Only who asks is told. */
  interrupted?(): Promise<boolean>;
  /** whether `out` goes to a terminal that shows colours */
  readonly colours?: boolean;
}
interface OptionSpec {
  readonly type: 'string' | 'boolean';
  /** what --help says */
  readonly help: string;
  /** name of the value in --help: `--seed N` */
  readonly value?: string;
  readonly short?: string;
  /** may be given more than once: the value is a list */
  readonly multiple?: boolean;
  /** the values it takes */
  readonly choices?: readonly string[];
}
export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface Command {
  /** arguments after the name: `FILE [--json]` */
  readonly usage: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** paragraphs after the summary in --help */
  readonly details?: string;
  readonly positionals: { readonly min: number; readonly max: number; readonly names: string };
  /** Returns the exit status. */
  run(values: OptionValues, positionals: readonly string[], io: Io): Promise<number> | number;
}
/** How a command is known before it is loaded. */
export interface CommandEntry {
  readonly name: string;
  /** one line for the list of commands */
  readonly summary: string;
  load(): Promise<Command>;
}

/** The command cannot be run as it was given: `message` is the one line that says what is wrong and what would be right. Exit status 2. */
export class UsageError extends Error {}

/** Runs `kmem ARGV…`. Returns the exit status; 2 for wrong usage. */
export async function runCommand(entries: readonly CommandEntry[], argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  if (name === '--version' || name === '-V') {
    io.out(`kmem ${version}\n`);
    return 0;
  }
  if (name === undefined) {
    io.err('kmem: a command is missing; kmem --help lists them\n');
    return 2;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    const [topic] = rest;
    if (name === 'help' && topic !== undefined && !topic.startsWith('-'))
      return runCommand(entries, [topic, '--help'], io);
    io.out(helpOfAll(entries));
    return 0;
  }
  const entry = entries.find((e) => e.name === name);
  if (!entry) {
    const near = suggest(
      name,
      entries.map((e) => e.name),
    );
    const what = name.startsWith('-') ? `unknown option ${name} before a command` : `unknown command ${name}`;
    io.err(
      `kmem: ${what}; ${near ? `did you mean ${near}? (kmem --help lists all)` : 'kmem --help lists the commands'}\n`,
    );
    return 2;
  }
  const command = await entry.load();
  try {
    const parsed = parse(entry.name, command, rest);
    if (parsed === 'help') {
      io.out(helpOf(entry, command));
      return 0;
    }
    return await command.run(parsed.values, parsed.positionals, io);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.err(`kmem ${entry.name}: ${error.message}\n`);
    return 2;
  }
}

function parse(
  name: string,
  command: Command,
  argv: readonly string[],
): { values: OptionValues; positionals: string[] } | 'help' {
  const config: Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }> = {
    help: { type: 'boolean', short: 'h' },
  };
  for (const [option, o] of Object.entries(command.options)) {
    config[option] = {
      type: o.type,
      ...(o.short ? { short: o.short } : {}),
      ...(o.multiple ? { multiple: true } : {}),
    };
  }
  const { tokens } = parseArgs({
    args: [...argv],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, string | boolean | string[]> = {};
  const positionals: string[] = [];
  const usage = `usage: kmem ${name} ${command.usage}`;
  if (tokens.some((t) => t.kind === 'option' && t.name === 'help')) return 'help';
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = command.options[token.name];
    if (!spec) {
      const near = suggest(token.name, [...Object.keys(command.options), 'help']);
      throw new UsageError(`unknown option ${token.rawName}; ${near ? `did you mean --${near}?` : usage}`);
    }
    if (spec.type === 'boolean') {
      if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value; ${usage}`);
      values[token.name] = true;
      continue;
    }
    // parseArgs takes the next argument for the value, an option too
    const value = token.value;
    if (value === undefined || value === '' || (!token.inlineValue && /^--?[a-z]/.test(value))) {
      throw new UsageError(`${token.rawName} needs a value: --${token.name} ${spec.value ?? 'VALUE'}`);
    }
    if (spec.choices && !spec.choices.includes(value)) {
      const near = suggest(value, spec.choices);
      const right = near ? `did you mean ${near}?` : `it takes ${spec.choices.join(', ')}`;
      throw new UsageError(`--${token.name} doesn't take ${value}; ${right}`);
    }
    if (spec.multiple) values[token.name] = [...((values[token.name] as string[] | undefined) ?? []), value];
    else if (values[token.name] !== undefined) throw new UsageError(`--${token.name} is given twice`);
    else values[token.name] = value;
  }
  const { min, max, names } = command.positionals;
  if (positionals.length < min) throw new UsageError(`${names} is missing; ${usage}`);
  if (positionals.length > max) {
    throw new UsageError(`${JSON.stringify(positionals[max])} is too much${max ? ` (${names})` : ''}; ${usage}`);
  }
  return { values, positionals };
}

function helpOf(entry: CommandEntry, command: Command): string {
  const rows: [string, string][] = Object.entries(command.options).map(([name, o]) => {
    const short = o.short ? `-${o.short}, ` : '';
    const value = o.type === 'string' ? ` ${o.value ?? 'VALUE'}` : '';
    const choices = o.choices ? `: ${o.choices.join(', ')}` : '';
    return [`${short}--${name}${value}`, `${o.help}${choices}`];
  });
  rows.push(['-h, --help', 'this text']);
  const width = Math.max(...rows.map(([left]) => left.length));
  const options = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
  const details = command.details ? `\n${command.details}\n` : '';
  return `usage: kmem ${entry.name} ${command.usage}\n\n${sentence(entry.summary)}\n${details}\n${options}\n`;
}
const sentence = (summary: string): string => `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
function helpOfAll(entries: readonly CommandEntry[]): string {
  const width = Math.max(...entries.map((e) => e.name.length));
  const rows = entries.map((e) => `  ${e.name.padEnd(width)}  ${e.summary}`).join('\n');
  return `usage: kmem COMMAND …\n\nStep through Linux kernel memory management.\n\n${rows}\n\nkmem COMMAND --help says more; kmem --version tells which kmem this is.\n`;
}

/** A string option's value. */
export const text = (values: OptionValues, name: string): string | undefined => {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
};
/** A string option's value as a whole number. @throws UsageError for anything else, and for more than `most` */
export function wholeNumber(values: OptionValues, name: string, most?: number): number | undefined {
  const value = text(values, name);
  if (value === undefined) return undefined;
  if (/^\d{1,15}$/.test(value) && Number(value) <= (most ?? Number.MAX_SAFE_INTEGER)) return Number(value);
  const range = most === undefined ? 'from 0 on' : `from 0 to ${most}`;
  throw new UsageError(`--${name} takes a whole number ${range}, not ${value}`);
}
