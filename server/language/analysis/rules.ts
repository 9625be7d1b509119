/**
 * The rules of the linter, and what is known of each of their codes. To add a rule: write a file in rules/ that exports a `Rule`
 * (engine/rule.ts) and add it to `RULES`; facts about API functions belong in the catalogue, cases in test/cases/CODE.
 */
import type { Rule, RuleInfo } from './engine/rule';
import type { ObjectRule } from './objects/objectRule';
import { OWN_CODES } from './ownCodes';
import { blockingWhileNotRunning } from './rules/context/blockingWhileNotRunning';
import { bugContext } from './rules/context/bugContext';
import { contractBroken } from './rules/context/contractBroken';
import { rtOnly } from './rules/context/rtOnly';
import { sleepInAtomic } from './rules/context/sleepInAtomic';
import { maskRules } from './rules/gfp/maskRules';
import { passedMask } from './rules/gfp/passedMask';
import { sizeExpressions } from './rules/gfp/sizeExpressions';
import { sizeRules } from './rules/gfp/sizeRules';
import { constantComparison } from './rules/language/constantComparison';
import { deprecatedApi } from './rules/language/deprecatedApi';
import { implicitTruncation } from './rules/language/implicitTruncation';
import { notInKernel } from './rules/language/notInKernel';
import { shadowedVariable } from './rules/language/shadowedVariable';
import { uninitialised } from './rules/language/uninitialised';
import { unreachableCode } from './rules/language/unreachableCode';
import { unusedFunction } from './rules/language/unusedFunction';
import { caches } from './rules/lifetime/caches';
import { constructedCaches } from './rules/lifetime/constructedCaches';
import { freedMemory } from './rules/lifetime/freedMemory';
import { leak } from './rules/lifetime/leak';
import { wrongFree } from './rules/lifetime/wrongFree';
import { irqFlags } from './rules/locks/irqFlags';
import { irqUnsafeLock } from './rules/locks/irqUnsafeLock';
import { lockImbalance } from './rules/locks/lockImbalance';
import { lockOrder } from './rules/locks/lockOrder';
import { lockUse } from './rules/locks/lockUse';
import { syncDeadlock } from './rules/locks/syncDeadlock';
import { addresses, stackAddress } from './rules/mappings/addresses';
import { kunmapArgument } from './rules/mappings/kunmapArgument';
import { localMaps } from './rules/mappings/localMaps';
import { loopBounds } from './rules/mappings/loopBounds';
import { outOfBounds } from './rules/mappings/outOfBounds';
import { percpu } from './rules/mappings/percpuUse';
import { nullDereference } from './rules/results/nullDereference';
import { pointerChecks } from './rules/results/pointerChecks';
import { resultIgnored } from './rules/results/resultIgnored';
import { uncheckedAllocation } from './rules/results/uncheckedAllocation';
import { callDepth } from './rules/stack/callDepth';
import { frameTooLarge } from './rules/stack/frameTooLarge';

export const RULES = [
  sleepInAtomic,
  bugContext,
  contractBroken,
  blockingWhileNotRunning,
  rtOnly,
  lockUse,
  lockImbalance,
  irqFlags,
  lockOrder,
  irqUnsafeLock,
  syncDeadlock,
  maskRules,
  passedMask,
  sizeRules,
  sizeExpressions,
  percpu,
  stackAddress,
  kunmapArgument,
  loopBounds,
  uninitialised,
  constantComparison,
  implicitTruncation,
  deprecatedApi,
  notInKernel,
  unreachableCode,
  shadowedVariable,
  unusedFunction,
  frameTooLarge,
  callDepth,
  resultIgnored,
] as const;
export const OBJECT_RULES = [
  leak,
  freedMemory,
  wrongFree,
  caches,
  constructedCaches,
  uncheckedAllocation,
  nullDereference,
  pointerChecks,
  localMaps,
  addresses,
  outOfBounds,
] as const;
type CodeOf<R> = R extends Rule<infer C> ? C : R extends ObjectRule<infer C> ? C : never;
export type LintCode = CodeOf<(typeof RULES | typeof OBJECT_RULES)[number]> | keyof typeof OWN_CODES;

/** All that is known of each code of the linter. */
export const LINT_CODES: Readonly<Record<LintCode, RuleInfo>> = Object.assign(
  {},
  ...[...RULES, ...OBJECT_RULES].map((rule) => rule.codes),
  OWN_CODES,
);
/** What is known of a code; undefined: the parser's, the checker's, or none at all. */
export const infoOf = (code: string): RuleInfo | undefined =>
  new Map<string, RuleInfo>(Object.entries(LINT_CODES)).get(code);
