/** A rule of the linter: each file of `rules/` exports one, and rules.ts lists it. */
import type { Effect } from '../../catalogue/form/entry';
import type {
  ApiSym,
  ContextSym,
  Diagnostic,
  FunctionSym,
  Program,
  Related,
  Severity,
} from '../../check/context/program';
import type { Block as BlockNode, Call, Contract, Ident, Span } from '../../syntax/tree';
import type { Node } from '../../syntax/visitor';
import type { Body } from './callGraph';
import type { Cause, ExecContext, Hold, HoldKind } from './execContext';
import type { ApiFacts } from './flow/apiFacts';
import type { Block, Cfg } from './flow/cfg';
import type { Instance, Via } from './instance';
import type { LockRef } from './locks/lockRef';
import type { Owned, Waited } from './locks/waited';
import type { Value } from './values/knownBits';

/** A call to the kernel's API, or to a scenario function with contracts, in a state that can occur. */
export interface Site {
  readonly instance: Instance;
  readonly context: ExecContext;
  readonly call: Call;
  readonly name: string;
  readonly api: ApiFacts | undefined;
  /** states were joined on the way here: two conditions of the path may contradict each other */
  readonly loose: boolean;
  /** the branches on the way here that decided */
  decisions(): readonly Related[];
  /** what the call does to the context, one effect after the other */
  readonly effects: readonly EffectStep[];
  /** for a function of the scenario: what each of its contracts names here */
  contracts(): readonly Contracted[];
  /** whose callback the call waits for */
  waited(): Waited | undefined;
  /** whether a variable of saved flags is a local that nothing has stored flags in */
  isUnset(flags: LockRef): boolean;
  /** what is known about an argument; for the API, only those on which its behaviour depends */
  valueOf(arg: number): Value | undefined;
}
/** One effect of a call. */
export interface EffectStep {
  readonly effect: Effect;
  readonly cause: Cause;
  readonly before: ExecContext;
  readonly after: ExecContext;
}
/** A contract, and the lock that it names: at a call, in the caller's terms. */
export interface Contracted {
  readonly contract: Contract;
  /** undefined: it names no lock */
  readonly held: { readonly kind: HoldKind; readonly lock: LockRef; readonly text: string } | undefined;
}
/** How a body is left. */
export interface Leaving {
  /** whether the body, or what it calls, undoes a hold on any way */
  mayEnd(hold: Hold): boolean;
  contracts(): readonly Contracted[];
  readonly value: Value | undefined;
  /** see `Site.loose` */
  readonly loose: boolean;
  decisions(): readonly Related[];
}
/** Handlers of nodes of the syntax tree, by kind. */
export type Visitors = { readonly [K in Node['kind']]?: (node: Extract<Node, { kind: K }>) => void };
/** What a rule does where a function is named, or called by its name; undefined: nothing. */
export type Interest<Where> = ((where: Where) => void) | undefined;

/** The program when the walk is complete. */
export interface Walked {
  readonly bodies: readonly Body[];
  cfgOf(body: Body): Cfg;
  /** whether all ways through a body have been walked */
  isExact(sym: FunctionSym | ContextSym): boolean;
  /** callbacks that calls can wait for */
  owned(): readonly Owned[];
  /** whether what a lock is reached from is what a function is passed */
  isPassed(lock: LockRef, sym: FunctionSym): boolean;
}

/** The hooks of a rule, called while a program is walked. */
export interface RuleHooks {
  /** each node of these kinds in the program's files, as written: macros are not expanded */
  readonly visit?: Visitors;
  /** asked once for each function, of the scenario or of the kernel's API, that the files call: what is done with each call as written */
  calls?(sym: FunctionSym | ApiSym): Interest<Call>;
  /** asked once for each that the files name, calls included: what is done with each of these names */
  names?(sym: FunctionSym | ApiSym): Interest<Ident>;
  /** each body, once, before the walk through its states */
  body?(sym: FunctionSym | ContextSym, block: BlockNode): void;
  /** a call to the kernel's API, before its effects */
  apiCall?(this: void, site: Site, facts: ApiFacts): void;
  /** a call to a function of the scenario that has contracts */
  functionCall?(this: void, site: Site, sym: FunctionSym): void;
  /** any call, before its effects; of the kernel's API, where it says something about contexts */
  call?(this: void, instance: Instance, context: ExecContext, call: Call): void;
  /** a body of the scenario is called, and has been walked */
  called?(this: void, call: Via, callee: Instance): void;
  /** a body is left at `block`, in a state with this context */
  leave?(this: void, instance: Instance, context: ExecContext, block: Block, exit: Leaving): void;
  /** the walk is complete: what had to hold in every state can be reported */
  finish?(walked: Walked): void;
}
/** What the rules do at each event of the walk: most rules hear of few. */
export type Listeners = {
  readonly [Event in 'call' | 'functionCall' | 'apiCall' | 'called' | 'leave']: readonly NonNullable<
    RuleHooks[Event]
  >[];
};
export const listenersOf = (hooks: readonly RuleHooks[]): Listeners => ({
  call: hooks.flatMap(({ call }) => call ?? []),
  functionCall: hooks.flatMap(({ functionCall }) => functionCall ?? []),
  apiCall: hooks.flatMap(({ apiCall }) => apiCall ?? []),
  called: hooks.flatMap(({ called }) => called ?? []),
  leave: hooks.flatMap(({ leave }) => leave ?? []),
});
export const NOBODY = listenersOf([]);
/** A finding of a rule at a position in the source. `severity` only where it differs from the one of the code. */
type Finding = Pick<Diagnostic, 'message' | 'related' | 'fixes'> & { readonly severity?: Severity };
/** What a rule can use while it analyses one program. */
export interface RuleContext<Code extends string = string> {
  readonly program: Program;
  /** Reports a finding at `span`, unless the code has been reported there: the message is made for the first one only. */
  report(code: Code, span: Span, finding: () => Finding): void;
}

/** What the rules are about: the sections of docs/rules/README.md. */
export type RuleGroup =
  | 'context'
  | 'locks'
  | 'lifetime'
  | 'results'
  | 'gfp and sizes'
  | 'mappings and addresses'
  | 'stack'
  | 'language'
  | 'the linter itself';

/** What is known of one code: `kmem check --explain CODE` and docs/rules/CODE.md show it. Texts are Markdown. */
export interface RuleInfo {
  readonly group: RuleGroup;
  /** how its findings count unless settings or the finding itself say otherwise */
  readonly severity: Severity;
  /** what it finds, as one line without a full stop */
  readonly summary: string;
  /** why that is bad: what the kernel does then, and what it prints */
  readonly why: string;
  /** a scenario in which it finds something, and nothing else is found */
  readonly bad: string;
  /** the same without the mistake: nothing is found */
  readonly good: string;
  /** what to write instead */
  readonly instead: string;
  /** when it can be wrong, or misses what it should find */
  readonly limits: string;
  /** the kernels and machines on which it holds, if not on all that kmem knows; its findings say so where the machine at hand is another */
  readonly holdsOn?: string;
  /** how the emulator reports the same mistake at run time: the beginnings of titles of reports, `…` for what varies in them */
  readonly atRunTime?: readonly string[];
  /**
   * Where that report is; unless given, at the finding. `callee`: there, or in a function that is called there. `origin`: also where the
   * finding's related places are, such as where the lock was taken or the object was allocated.
   */
  readonly runTimeAt?: 'callee' | 'origin';
}
export interface Rule<Code extends string = string> {
  /** its codes, each with all that is known of it */
  readonly codes: Readonly<Record<Code, RuleInfo>>;
  /** Begins a program: returns the hooks, with their state. */
  start(cx: RuleContext<Code>): RuleHooks;
}
