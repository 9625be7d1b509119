/** Whether a call of the kernel's API may put its caller to sleep, in the state that it is made in. */
import type { Program } from '../../check/context/program';
import { has } from './execContext';
import { type ApiFacts, sleepBits } from './flow/apiFacts';
import type { Site } from './rule';
import { freesKmalloc } from './storedValues';
import type { Value } from './values/knownBits';
import { mayBeNonZero, withBits } from './values/possible';

/** Undefined if it does not sleep, or if nothing says so. `mask`: the gfp mask that lets it. */
export function waits(program: Program, site: Site, { entry }: ApiFacts): { readonly mask?: Value } | undefined {
  if (entry.gfp) {
    const mask = site.valueOf(entry.gfp.arg);
    const sleeping = mask && withBits(mask, sleepBits(program.profile, entry));
    return sleeping && { mask: sleeping };
  }
  if (entry.sleeps === 'never') return undefined;
  if (entry.sleepsIf && !mayBeNonZero(site.valueOf(entry.sleepsIf.arg))) return undefined;
  if (freesKmalloc(program, entry, site.call)) return undefined;
  return entry.family === 'user access' && has(site.context, 'pagefault') ? undefined : {};
}
