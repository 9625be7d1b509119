/**
 * RCU callbacks that are the kernel's own code, and kfree_rcu (include/linux/rcupdate.h; kernel/rcu/tree.c: rcu_do_batch, 6.1). The
 * allocators, which stand below RCU, queue them here.
 */

/** __is_kvfree_rcu_offset: such a "function" is the distance of the rcu_head from the start of what is to be freed. */
const MAX_OFFSET = 4096;

export class KernelRcu {
  /** by the address of the function; filled before the run */
  private readonly functions = new Map<number, (head: number) => void>();
  /** call_rcu, once there is RCU; set before the run */
  private callRcu: ((head: number, func: number) => void) | undefined;

  constructor(
    private readonly text: (name: string) => number,
    private readonly kvfree: (address: number) => void,
  ) {}

  /** Before the run: the address of a function of the kernel's, which is called with the address of an rcu_head. */
  define(fn: string, run: (head: number) => void): number {
    const address = this.text(fn);
    this.functions.set(address, run);
    return address;
  }
  /** RCU exists. */
  attach(callRcu: (head: number, func: number) => void): void {
    this.callRcu = callRcu;
  }
  /** call_rcu. A machine without tasks has no readers: the function is called at once. */
  call(head: number, func: number): void {
    if (this.callRcu) this.callRcu(head, func);
    else this.run(head, func);
  }
  /** A grace period has passed since `call`: whether the callback was one of these, which has run. */
  run(head: number, func: number): boolean {
    if (func >= 0 && func < MAX_OFFSET) {
      this.kvfree(head - func);
      return true;
    }
    const own = this.functions.get(func);
    own?.(head);
    return own !== undefined;
  }
}
