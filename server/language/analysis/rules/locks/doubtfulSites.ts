/**
 * Where the analysis is not sure of a path (`Site.loose`), a call may be wrong on a way that no run takes. It is certainly wrong if it is so in
 * every state that comes there.
 */
import { orMake } from '../../../../types/orMake';
import type { Call } from '../../../syntax/tree';
import type { Instance } from '../../engine/instance';
import type { Site, Walked } from '../../engine/rule';

/** Reports what is wrong; undefined: nothing is. */
export type Tell = (() => void) | undefined;

export class DoubtfulSites {
  private readonly calls = new Map<Call, Map<Instance, Tell>>();

  /** A call, in one of the states in which it is made. */
  note(site: Site, tell: Tell): void {
    if (tell && !site.loose) {
      tell();
      return;
    }
    const { call, instance } = site;
    const known = orMake(this.calls, call, () => new Map<Instance, Tell>());
    // whether this body is entered so at all, is not for this body to say
    const isEntered = !('caller' in instance.via && instance.via.loose);
    if (!known.has(instance)) known.set(instance, isEntered ? tell : undefined);
    else if (!tell) known.set(instance, undefined);
  }
  /** Where states were left out, those that are not wrong may be among them. */
  finish({ isExact }: Walked): void {
    for (const instances of this.calls.values()) for (const [{ sym }, tell] of instances) if (isExact(sym)) tell?.();
  }
}
