/** Reads the arguments of a request: what isn't there or has the wrong shape is an answer that names the field, not an exception. */
import { RequestError } from './hardened';

export type Args = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function wrong(name: string, what: string): never {
  throw new RequestError(`the argument "${name}" is not ${what}`);
}
/** A whole number, or `fallback` where it is absent. */
export function integer(args: Args, name: string, fallback?: number): number {
  const value = args[name];
  if (value === undefined && fallback !== undefined) return fallback;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) wrong(name, 'a whole number');
  return value;
}
export function optionalInteger(args: Args, name: string): number | undefined {
  return args[name] === undefined || args[name] === null ? undefined : integer(args, name);
}
export function string(args: Args, name: string): string {
  const value = args[name];
  if (typeof value !== 'string') wrong(name, 'a string');
  return value;
}
export function optionalString(args: Args, name: string): string | undefined {
  return args[name] === undefined || args[name] === null ? undefined : string(args, name);
}
export function boolean(args: Args, name: string, fallback: boolean): boolean {
  const value = args[name];
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'boolean') wrong(name, 'true or false');
  return value;
}
export function object(args: Args, name: string): Record<string, unknown> {
  const value = args[name];
  if (value === undefined || value === null) return {};
  if (!isObject(value)) wrong(name, 'an object');
  return value;
}
/** A list of objects; empty where it is absent. */
export function objects(args: Args, name: string): Record<string, unknown>[] {
  const value = args[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isObject)) wrong(name, 'a list of objects');
  return value;
}
export function strings(args: Args, name: string): string[] {
  const value = args[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((v) => typeof v === 'string')) wrong(name, 'a list of strings');
  return value;
}
/** `format: { hex: true }` of variables and evaluate. */
export function wantsHex(args: Args): boolean {
  return object(args, 'format').hex === true;
}
