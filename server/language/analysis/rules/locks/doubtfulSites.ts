/**
 * Where the analysis is not sure of a path (`Site.loose`), a call may be wrong on a way that no run takes. It is certainly wrong if it is so in
 * every state that comes there.
 */
import type { Call } from '../../../syntax/tree';
import type { Instance } from '../../engine/instance';
import type { Site, Walked } from '../../engine/rule';

/** Reports what is wrong; undefined: nothing is. */
export type Tell = (() => void) | undefined;

interface Noted {
  readonly instance: Instance;
  tell: Tell;
  readonly next: Noted | undefined;
}
export class DoubtfulSites {
  /** by call, one for each instance of the body that it is in */
  private readonly calls = new Map<Call, Noted>();
  /** those in whose first state something was wrong */
  private readonly wrong: Noted[] = [];

  /** A call, in one of the states in which it is made. */
  note(site: Site, tell: Tell): void {
    if (tell && !site.loose) {
      tell();
      return;
    }
    const { call, instance } = site;
    const first = this.calls.get(call);
    for (let noted = first; noted; noted = noted.next) {
      if (noted.instance !== instance) continue;
      if (!tell) noted.tell = undefined;
      return;
    }
    // whether this body is entered so at all, is not for this body to say
    const isEntered = !('caller' in instance.via && instance.via.loose);
    const noted = { instance, tell: isEntered ? tell : undefined, next: first };
    this.calls.set(call, noted);
    if (noted.tell) this.wrong.push(noted);
  }
  /** Where states were left out, those that are not wrong may be among them. */
  finish({ isExact }: Walked): void {
    for (const { instance, tell } of this.wrong) if (isExact(instance.sym)) tell?.();
  }
}
