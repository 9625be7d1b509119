/** A rule of the linter: each file of `rules/` exports one, and analyse.ts lists it. */
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
  /** what is known about an argument; for the API, only those on which its behaviour depends */
  valueOf(arg: number): Value | undefined;
}
/** The hooks of a rule, called while a program is walked. */
export interface RuleHooks {
  /** a call to the kernel's API, before its effects */
  apiCall?(site: Site, facts: ApiFacts): void;
  /** a call to a function of the scenario that has contracts */
  functionCall?(site: Site, sym: FunctionSym): void;
  /** a body is left at `block`, in a state with this context */
  leave?(instance: Instance, context: ExecContext, block: Block): void;
  /** the walk is complete: what had to hold in every state can be reported */
  finish?(): void;
}
/** A finding of a rule: a warning at a position in the source. */
type Finding = Pick<Diagnostic, 'message' | 'related' | 'fix'>;
/** What a rule can use while it analyses one program. */
export interface RuleContext<Code extends string = string> {
  readonly program: Program;
  /** Reports a finding at `span`, unless the code has been reported there: the message is made for the first one only. */
  report(code: Code, span: Span, finding: () => Finding): void;
}
export interface Rule<Code extends string = string> {
  /** its codes, each with a one-line meaning that the documentation lists */
  readonly codes: Readonly<Record<Code, string>>;
  /** Begins a program: returns the hooks, with their state. */
  start(cx: RuleContext<Code>): RuleHooks;
}
