/** Reads the parts of a recorded run out of parsed JSON. Each error says which part of the file is wrong. */
import type { ArchInfo } from '../profiles/archInfo';
import { DEFAULT_PROFILE } from '../profiles/profiles';

export type Json = { readonly [key: string]: Json } | readonly Json[] | string | number | boolean | null;
export type JsonObject = { readonly [key: string]: Json };

/** An error in a file that should be a recorded run. */
export class TraceError extends Error {}

export const isObject = (v: unknown): v is JsonObject => typeof v === 'object' && v !== null && !Array.isArray(v);

/** @throws TraceError if it is missing */
export function field(o: JsonObject, name: string, where: string): Json {
  const value = o[name];
  if (value === undefined) throw new TraceError(`${where}: "${name}" is missing`);
  return value;
}
/** @throws TraceError if it is missing or not a number */
export function num(o: JsonObject, name: string, where: string): number {
  const value = Number(field(o, name, where));
  if (!Number.isFinite(value)) throw new TraceError(`${where}: "${name}" is not a number`);
  return value;
}
/** Numbers, as a list or with commas between them. @throws TraceError */
export function nums(v: Json | undefined, where: string): number[] {
  if (v === '' || v === undefined || v === null) return [];
  if (typeof v === 'number') return [v];
  const list = typeof v === 'string' ? v.split(',') : v;
  if (!Array.isArray(list)) throw new TraceError(`${where}: a list of numbers is expected`);
  return list.map((x) => {
    const n = Number(x);
    if (!Number.isFinite(n)) throw new TraceError(`${where}: ${String(x)} is not a number`);
    return n;
  });
}
/** The lines of an experiment of `experiments`; undefined if the file has none of this name. */
export function experimentLines(json: unknown, name: string): readonly Json[] | undefined {
  const experiments = isObject(json) ? json.experiments : undefined;
  const experiment = isObject(experiments) ? experiments[name] : undefined;
  const lines = isObject(experiment) ? experiment.lines : undefined;
  return Array.isArray(lines) ? lines : undefined;
}
/** `run.arch`, spelled as uname -m or as Debian does. @throws TraceError for another one */
export function archOfRun(run: JsonObject): ArchInfo {
  const arch = Object.values(DEFAULT_PROFILE.arches).find((a) => a.debian === run.arch || a.arch === run.arch);
  if (!arch) throw new TraceError(`run.arch is ${String(run.arch)}: amd64, i386 or i386-pae is expected`);
  return arch;
}
