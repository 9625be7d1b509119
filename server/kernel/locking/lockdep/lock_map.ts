/**
 * The lockdep_map of every lock: its key, and the class that it has had so far (include/linux/lockdep_types.h, 6.1). The kernel keeps it
 * inside the lock if CONFIG_DEBUG_LOCK_ALLOC is set; here locks have the layout of kernels without it, and the maps are a table by address.
 */
import { PAGE_SIZE } from '../../../types/pageSize';
import type { Core } from '../../sched/core';
import { HashHeads, RecordTable } from './record_table';

/** What the kernel does not need: locks beyond these are not followed. */
const MAX_MAPS = { wide: 4096, narrow: 512 };
const FIELDS = ['lock', 'key', 'class_cache', 'next'] as const;

export class LockMaps {
  private readonly table: RecordTable<(typeof FIELDS)[number]>;
  private readonly heads: HashHeads;
  /** first of the maps that are free again: a word in the kernel's data */
  private readonly free: HashHeads;

  /** Before the run. */
  constructor(core: Core) {
    this.table = new RecordTable(
      core,
      'kmem_lock_maps',
      'kmem_lock_map',
      FIELDS,
      core.wordSize === 8 ? MAX_MAPS.wide : MAX_MAPS.narrow,
    );
    this.heads = new HashHeads(core, 'kmem_lock_map_hash', 256);
    this.free = new HashHeads(core, 'kmem_free_lock_map', 1);
  }
  /** The map of a lock; 0 if it has none. Locks of one page are in one chain. */
  find(lock: number): number {
    const { table } = this;
    let at = this.heads.get(pageOf(lock));
    while (at !== 0 && table.getLong(at, 'lock') !== lock) at = table.get(at, 'next');
    return at;
  }
  /** lockdep_init_map: gives a lock a key, and no class yet. Its map; 0 if there is no room left. */
  init(lock: number, key: number): number {
    const { table } = this;
    const map = this.find(lock) || this.add(lock);
    if (map === 0) return 0;
    table.setLong(map, 'key', key);
    table.set(map, 'class_cache', 0);
    return map;
  }
  private add(lock: number): number {
    const { table, heads, free } = this;
    let map = free.get(0);
    if (map !== 0) free.set(0, table.get(map, 'next'));
    else map = table.take();
    if (map === 0) return 0;
    table.setLong(map, 'lock', lock);
    table.set(map, 'next', heads.get(pageOf(lock)));
    heads.set(pageOf(lock), map);
    return map;
  }
  key(map: number): number {
    return this.table.getLong(map, 'key');
  }
  /** Number of the class for subclass 0; 0: not looked up yet. */
  cachedClass(map: number): number {
    return this.table.get(map, 'class_cache');
  }
  cacheClass(map: number, number: number): void {
    this.table.set(map, 'class_cache', number);
  }
  /** Memory is given back: its locks are no longer locks. `bytes` from a page's start. */
  forget(start: number, bytes: number): void {
    if (this.table.used === 0) return;
    for (let at = start; at < start + bytes; at += PAGE_SIZE) this.forgetPage(at, at + Math.min(PAGE_SIZE, bytes));
  }
  private forgetPage(from: number, to: number): void {
    const { table, heads, free } = this;
    let before = 0;
    for (let map = heads.get(pageOf(from)); map !== 0; ) {
      const next = table.get(map, 'next');
      const lock = table.getLong(map, 'lock');
      if (lock >= from && lock < to) {
        if (before === 0) heads.set(pageOf(from), next);
        else table.set(before, 'next', next);
        table.set(map, 'next', free.get(0));
        free.set(0, map);
      } else before = map;
      map = next;
    }
  }
}

const pageOf = (address: number): number => Math.floor(address / PAGE_SIZE) | 0;
