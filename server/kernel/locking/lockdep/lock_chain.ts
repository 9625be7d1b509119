/**
 * Sequences of held locks that have been checked: the check is made once a sequence (kernel/locking/lockdep.c: lookup_chain_cache_add,
 * iterate_chain_key, 6.1).
 */
import type { Core } from '../../sched/core';
import type { HeldLock } from './held_locks';
import { HashHeads, RecordTable } from './record_table';

/** MAX_LOCKDEP_CHAINS is 65536 */
const MAX_CHAINS = { wide: 4096, narrow: 1024 };
const FIELDS = ['chain_key[0]', 'chain_key[1]', 'next'] as const;

export class LockChains {
  private readonly table: RecordTable<(typeof FIELDS)[number]>;
  private readonly heads: HashHeads;

  /** Before the run. */
  constructor(core: Core) {
    this.table = new RecordTable(
      core,
      'lock_chains',
      'lock_chain',
      FIELDS,
      core.wordSize === 8 ? MAX_CHAINS.wide : MAX_CHAINS.narrow,
    );
    this.heads = new HashHeads(core, 'chainhash_table', 256);
  }
  /** Looks a sequence up, and adds it: `known`, `new`, or `full` if there is no room left. */
  enter(locks: readonly HeldLock[]): 'known' | 'new' | 'full' {
    const { table, heads } = this;
    let low = -1;
    let high = 0x9e3779b9 | 0;
    for (const lock of locks) {
      const id = lock.class | (lock.read << 13);
      low = mix(low, id);
      high = mix(high ^ low, id);
    }
    for (let at = heads.get(low); at !== 0; at = table.get(at, 'next'))
      if (table.get(at, 'chain_key[0]') === low && table.get(at, 'chain_key[1]') === high) return 'known';
    const chain = table.take();
    if (chain === 0) return 'full';
    table.set(chain, 'chain_key[0]', low);
    table.set(chain, 'chain_key[1]', high);
    table.set(chain, 'next', heads.get(low));
    heads.set(low, chain);
    return 'new';
  }
}

const mix = (key: number, id: number): number => {
  const mixed = Math.imul(key ^ id, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) ^ (mixed >>> 16);
};
