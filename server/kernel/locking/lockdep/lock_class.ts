/**
 * Lock classes: all locks that one statement initialises, or one static lock (kernel/locking/lockdep.c: register_lock_class,
 * count_matching_names, 6.1).
 */
import type { CodeNames } from '../../printk/ports';
import type { Core } from '../../sched/core';
import { kindNumber, kindOf, type LockKind, lockFacts, waitNumber } from './lock_kind';
import { LOCK_TRACE_STATES, usageChars } from './lock_usage';
import { HashHeads, RecordTable } from './record_table';

/** MAX_LOCKDEP_KEYS is 8192; the 32-bit machines' kernel image is small */
const MAX_CLASSES = { wide: 1024, narrow: 256 };
const TRACES = Array.from({ length: LOCK_TRACE_STATES }, (_, bit) => `usage_traces[${bit}]` as const);
const FIELDS = [
  'key',
  'usage_mask',
  'subclass',
  'kind',
  'name_version',
  'locks_after',
  'locks_before',
  'hash_next',
  ...TRACES,
] as const;

export class LockClasses {
  private readonly table: RecordTable<(typeof FIELDS)[number]>;
  private readonly heads: HashHeads;
  private readonly rawNesting: boolean;

  /** Before the run. `kernelNames`: names of the kernel's own maps, by address. */
  constructor(
    core: Core,
    private readonly names: CodeNames,
    private readonly kernelNames: ReadonlyMap<number, string>,
  ) {
    this.table = new RecordTable(
      core,
      'lock_classes',
      'lock_class',
      FIELDS,
      core.wordSize === 8 ? MAX_CLASSES.wide : MAX_CLASSES.narrow,
    );
    this.heads = new HashHeads(core, 'classhash_table', 64);
    this.rawNesting = core.kernel.config.config.PROVE_RAW_LOCK_NESTING === true;
  }
  /** Numbers of all classes: 1 … count. */
  get count(): number {
    return this.table.used;
  }
  /** look_up_lock_class: 0 if there is none. */
  find(key: number, subclass: number): number {
    const { table } = this;
    let at = this.heads.get(hashOf(key));
    while (at !== 0 && !(table.getLong(at, 'key') === key && table.get(at, 'subclass') === subclass))
      at = table.get(at, 'hash_next');
    return at;
  }
  /** A new class; 0 if there is no room left. */
  register(key: number, subclass: number, kind: LockKind): number {
    const { table, heads } = this;
    const number = table.take();
    if (number === 0) return 0;
    table.setLong(number, 'key', key);
    table.set(number, 'subclass', subclass);
    table.set(number, 'kind', kindNumber(kind));
    table.set(number, 'name_version', this.nameVersion(number));
    table.set(number, 'hash_next', heads.get(hashOf(key)));
    heads.set(hashOf(key), number);
    return number;
  }
  /** Classes of the same name are told apart by a number. */
  private nameVersion(number: number): number {
    const name = this.baseName(number);
    let version = 0;
    for (let other = 1; other < number; other++) {
      if (this.key(other) === this.key(number)) return this.table.get(other, 'name_version');
      if (this.baseName(other) === name) version = Math.max(version, this.table.get(other, 'name_version'));
    }
    return version + 1;
  }
  key(number: number): number {
    return this.table.getLong(number, 'key');
  }
  kind(number: number): LockKind {
    return kindOf(this.table.get(number, 'kind'));
  }
  usage(number: number): number {
    return this.table.get(number, 'usage_mask');
  }
  addUsage(number: number, bit: number): void {
    this.table.set(number, 'usage_mask', this.usage(number) | (1 << bit));
  }
  trace(number: number, bit: number): number {
    return this.table.get(number, TRACES[bit] as (typeof TRACES)[number]);
  }
  setTrace(number: number, bit: number, trace: number): void {
    this.table.set(number, TRACES[bit] as (typeof TRACES)[number], trace);
  }
  /** First of the dependencies on classes that are taken inside this one, or around it. */
  firstLink(number: number, list: 'locks_after' | 'locks_before'): number {
    return this.table.get(number, list);
  }
  setFirstLink(number: number, list: 'locks_after' | 'locks_before', link: number): void {
    this.table.set(number, list, link);
  }
  /** wait_type_inner and wait_type_outer of a kind of locks, as numbers; 0: not checked. */
  waitTypes(kind: LockKind): { readonly inner: number; readonly outer: number } {
    const { inner, outer } = lockFacts(kind);
    const innerNumber = waitNumber(inner, this.rawNesting);
    return { inner: innerNumber, outer: outer ? waitNumber(outer, this.rawNesting) : innerNumber };
  }
  private baseName(number: number): string {
    return this.nameOfKey(this.key(number), this.kind(number));
  }
  /** The name that goes with a key: what the initialising macro was given, or the static lock's own. */
  nameOfKey(key: number, kind: LockKind): string {
    const kernel = this.kernelNames.get(key);
    if (kernel !== undefined) return kernel;
    const argument = this.names.argumentAt(key);
    return argument === undefined ? this.names.nameOf(key) : (lockFacts(kind).name?.(argument) ?? argument);
  }
  /** __print_lock_name: `&rx->lock#2/1` */
  name(number: number): string {
    const version = this.table.get(number, 'name_version');
    const subclass = this.table.get(number, 'subclass');
    return `${this.baseName(number)}${version > 1 ? `#${version}` : ''}${subclass ? `/${subclass}` : ''}`;
  }
  /** print_lock_name: ` (slk){+.+.}-{2:2}` */
  describe(number: number): string {
    const { inner, outer } = this.waitTypes(this.kind(number));
    return ` (${this.name(number)}){${usageChars(this.usage(number))}}-{${outer}:${inner}}`;
  }
}

const hashOf = (key: number): number => (Math.floor(key / 4) ^ Math.floor(key / 256)) | 0;
