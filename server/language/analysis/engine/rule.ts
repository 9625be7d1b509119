/** What a rule of the linter is: a file of `rules/` exports one, analyse.ts lists it. */
import type { Diagnostic, FunctionSym, Program } from '../../check/context/program';
import type { Call, Span } from '../../syntax/tree';
import type { ExecContext } from './execContext';
import type { ApiFacts } from './flow/apiFacts';
import type { Block } from './flow/cfg';
import type { Instance } from './instance';
import type { Value } from './values/knownBits';

/** A call to the kernel's API, or to a scenario function with contracts, in a state that can occur. */
export interface Site {
  readonly instance: Instance;
  readonly context: ExecContext;
  readonly call: Call;
  readonly name: string;
  readonly api: ApiFacts | undefined;
  /** what is known of an argument; of the API's, those that the catalogue says its behaviour depends on */
  valueOf(arg: number): Value | undefined;
}
/** What a rule is told while a program is walked. It decides, it doesn't walk. */
export interface RuleHooks {
  /** a call to the kernel's API, before its effects */
  apiCall?(site: Site, facts: ApiFacts): void;
  /** a call to a function of the scenario that has contracts */
  functionCall?(site: Site, sym: FunctionSym): void;
  /** a body is left at `block`, in a state with this context */
  leave?(instance: Instance, context: ExecContext, block: Block): void;
  /** everything has been walked: what had to hold in every state can be reported */
  finish?(): void;
}
/** What a rule says of a place in the source; a warning. */
export type Finding = Pick<Diagnostic, 'message' | 'related' | 'fix'>;
/** What a rule has to work with on one program. */
export interface RuleContext<Code extends string = string> {
  readonly program: Program;
  /** Reports a finding at `span`, unless the code has been reported there: the words are made for the first one only. */
  report(code: Code, span: Span, finding: () => Finding): void;
}
export interface Rule<Code extends string = string> {
  /** its codes, each with what it means in a line: the documentation lists them */
  readonly codes: Readonly<Record<Code, string>>;
  /** Begins a program: the hooks and whatever they keep. */
  start(cx: RuleContext<Code>): RuleHooks;
}
