/** A rule about objects: as `Rule` (engine/rule.ts), with the hooks of `objectEvents.ts`. */
import type { RuleContext, RuleInfo } from '../engine/rule';
import type { ObjectHooks } from './objectEvents';

export interface ObjectRule<Code extends string = string> {
  readonly codes: Readonly<Record<Code, RuleInfo>>;
  start(cx: RuleContext<Code>): ObjectHooks & {
    /** every body has been walked */
    finish?(): void;
  };
}
