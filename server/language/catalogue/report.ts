// biome-ignore-all format: a table, one row per entry
/** The kernel log, warnings and bugs: kernel/printk/, include/linux/printk.h, bug.h, kernel/panic.c, 6.1. */
import type { ApiEntry } from './form/entry';
import { inNmi, known, knownMacro, macro, neverReturns, runs } from './form/make';

const PRINTK = 'include/linux/printk.h';
const BUGH = 'include/asm-generic/bug.h';
const DEV = 'include/linux/dev_printk.h';
const MMDEBUG = 'include/linux/mmdebug.h';

export const report = {
  printk: runs('kernel/printk/printk.c', 'int printk(const char *fmt, ...)', 'Writes to the kernel log, in any context. Besides C’s formats: %px address, %pS symbol, %pGg gfp mask, %pGp page flags, %pa phys_addr_t.', inNmi, { insteadOf: 'printf' }),
  __kmem_printk: runs('kernel/printk/printk.c', 'int __kmem_printk(int level, const char *fmt, ...)', 'What pr_info() and its like are made of: level 0 emergency … 7 debug, −1 continues the line.', inNmi),
  pr_emerg: macro(PRINTK, 'pr_emerg(fmt, ...)', 'printk() at level emergency.', inNmi),
  pr_alert: macro(PRINTK, 'pr_alert(fmt, ...)', 'printk() at level alert.', inNmi),
  pr_crit: macro(PRINTK, 'pr_crit(fmt, ...)', 'printk() at level critical.', inNmi),
  pr_err: macro(PRINTK, 'pr_err(fmt, ...)', 'printk() at level error.', inNmi),
  pr_warn: macro(PRINTK, 'pr_warn(fmt, ...)', 'printk() at level warning.', inNmi),
  pr_warning: macro(PRINTK, 'pr_warning(fmt, ...)', 'The old name of pr_warn().', inNmi),
  pr_notice: macro(PRINTK, 'pr_notice(fmt, ...)', 'printk() at level notice.', inNmi),
  pr_info: macro(PRINTK, 'pr_info(fmt, ...)', 'printk() at level info.', inNmi),
  pr_debug: macro(PRINTK, 'pr_debug(fmt, ...)', 'printk() at level debug; off unless dynamic debug switches it on. kmem prints it.', inNmi),
  pr_devel: macro(PRINTK, 'pr_devel(fmt, ...)', 'printk() at level debug, only in builds for development.', inNmi),
  pr_cont: macro(PRINTK, 'pr_cont(fmt, ...)', 'Continues the previous line.', inNmi),
  pr_info_once: macro(PRINTK, 'pr_info_once(fmt, ...)', 'pr_info() the first time only.', inNmi),
  pr_warn_once: macro(PRINTK, 'pr_warn_once(fmt, ...)', 'pr_warn() the first time only.', inNmi),
  pr_err_once: macro(PRINTK, 'pr_err_once(fmt, ...)', 'pr_err() the first time only.', inNmi),
  printk_once: macro(PRINTK, 'printk_once(fmt, ...)', 'printk() the first time only.', inNmi),
  pr_info_ratelimited: macro(PRINTK, 'pr_info_ratelimited(fmt, ...)', 'pr_info(), rate-limited. kmem prints every message.', inNmi),
  pr_warn_ratelimited: macro(PRINTK, 'pr_warn_ratelimited(fmt, ...)', 'pr_warn(), rate-limited. kmem prints every message.', inNmi),
  pr_err_ratelimited: macro(PRINTK, 'pr_err_ratelimited(fmt, ...)', 'pr_err(), rate-limited. kmem prints every message.', inNmi),
  printk_ratelimited: macro(PRINTK, 'printk_ratelimited(fmt, ...)', 'printk(), rate-limited. kmem prints every message.', inNmi),
  dev_err: macro(DEV, 'dev_err(dev, fmt, ...)', 'pr_err() with the device’s name before it.', inNmi),
  dev_warn: macro(DEV, 'dev_warn(dev, fmt, ...)', 'pr_warn() with the device’s name before it.', inNmi),
  dev_info: macro(DEV, 'dev_info(dev, fmt, ...)', 'pr_info() with the device’s name before it.', inNmi),
  dev_notice: macro(DEV, 'dev_notice(dev, fmt, ...)', 'pr_notice() with the device’s name before it.', inNmi),
  dev_dbg: macro(DEV, 'dev_dbg(dev, fmt, ...)', 'pr_debug() with the device’s name before it.', inNmi),
  print_hex_dump: known('lib/hexdump.c', 'void print_hex_dump(const char *level, const char *prefix_str, int prefix_type, int rowsize, int groupsize, const void *buf, size_t len, bool ascii)', 'Prints bytes in hexadecimal.', inNmi),
  dump_stack: runs('lib/dump_stack.c', 'void dump_stack(void)', 'Prints the call trace of this task.', inNmi),
  panic: runs('kernel/panic.c', 'void panic(const char *fmt, ...)', 'Ends the kernel, and with it the run.', inNmi, neverReturns),
  BUG: runs(BUGH, 'void BUG(void)', '“kernel BUG at FILE:LINE”: this task dies; in an interrupt the kernel does.', inNmi, neverReturns),
  BUG_ON: macro(BUGH, 'BUG_ON(condition)', 'BUG() if the condition holds. For states in which the kernel cannot continue; otherwise use WARN_ON().', inNmi),
  __kmem_warn: runs('kernel/panic.c', 'void __kmem_warn(const char *fmt, ...)', 'The function behind WARN(): “WARNING: CPU: … at FILE:LINE”. fmt may be NULL.', inNmi),
  WARN_ON: macro(BUGH, 'WARN_ON(condition)', 'A warning with call trace if the condition holds; its value is the condition’s.', inNmi),
  WARN_ON_ONCE: macro(BUGH, 'WARN_ON_ONCE(condition)', 'WARN_ON() that warns the first time only.', inNmi),
  WARN: macro(BUGH, 'WARN(condition, fmt, ...)', 'WARN_ON() with a text.', inNmi),
  WARN_ONCE: macro(BUGH, 'WARN_ONCE(condition, fmt, ...)', 'WARN() that warns the first time only.', inNmi),
  VM_BUG_ON: macro(MMDEBUG, 'VM_BUG_ON(condition)', 'BUG_ON() on kernels with CONFIG_DEBUG_VM; kmem checks it.', inNmi),
  VM_BUG_ON_PAGE: macro(MMDEBUG, 'VM_BUG_ON_PAGE(condition, page)', 'VM_BUG_ON() that prints the page first.', inNmi),
  VM_WARN_ON: macro(MMDEBUG, 'VM_WARN_ON(condition)', 'WARN_ON() on kernels with CONFIG_DEBUG_VM; kmem checks it.', inNmi),
  VM_WARN_ON_ONCE: macro(MMDEBUG, 'VM_WARN_ON_ONCE(condition)', 'WARN_ON_ONCE() on kernels with CONFIG_DEBUG_VM; kmem checks it.', inNmi),
  BUILD_BUG_ON: macro('include/linux/build_bug.h', 'BUILD_BUG_ON(condition)', 'An error when compiling if the constant condition holds.', inNmi),
  __builtin_unreachable: knownMacro('include/linux/compiler.h', '__builtin_unreachable()', 'Control never comes here; unreachable() uses it.', neverReturns),
  unreachable: knownMacro('include/linux/compiler.h', 'unreachable()', 'Control never comes here.', inNmi, neverReturns),
} as const satisfies Record<string, ApiEntry>;
