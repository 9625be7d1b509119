// biome-ignore-all format: a table, one row per entry
/** Memory blocks and strings: lib/string.c, lib/vsprintf.c, 6.1. */
import type { ApiEntry } from './entry';
import { allocatesObjects, byGfp, freed, frees, gives, inNmi, known, macro, mustCheck, needs, runs, until, writes } from './make';

const STRING = 'lib/string.c';
const PRINTF = 'lib/vsprintf.c';
const error = { result: 'error code' } as const;

export const strings = {
  memset: runs(STRING, 'void *memset(void *s, int c, size_t count)', 'Fills count bytes with the byte c.', inNmi, writes(0), { fills: { arg: 0, value: 1, size: 2 } }),
  memcpy: runs(STRING, 'void *memcpy(void *dest, const void *src, size_t count)', 'Copies count bytes between areas that don’t overlap.', inNmi, writes(0)),
  memmove: runs(STRING, 'void *memmove(void *dest, const void *src, size_t count)', 'Copies count bytes; the areas may overlap.', inNmi, writes(0)),
  memcmp: runs(STRING, 'int memcmp(const void *cs, const void *ct, size_t count)', 'Compares count bytes: 0 if equal, else the sign of the first difference.', inNmi),
  memchr: runs(STRING, 'void *memchr(const void *s, int c, size_t n)', 'The first byte c in n bytes, or NULL.', inNmi, { result: 'may be NULL' }),
  memchr_inv: runs(STRING, 'void *memchr_inv(const void *start, int c, size_t bytes)', 'The first byte that is not c, or NULL.', inNmi, { result: 'may be NULL' }),
  memscan: known(STRING, 'void *memscan(void *addr, int c, size_t size)', 'The first byte c, or the end.', inNmi),
  memzero_explicit: macro(STRING, 'void memzero_explicit(void *s, size_t count)', 'Fills with zeros, and the compiler may not leave it out.', inNmi),
  strlen: runs(STRING, 'size_t strlen(const char *s)', 'Length without the terminating zero.', inNmi),
  strnlen: runs(STRING, 'size_t strnlen(const char *s, size_t count)', 'strlen() that looks at no more than count bytes.', inNmi),
  strcmp: runs(STRING, 'int strcmp(const char *cs, const char *ct)', 'Compares two strings.', inNmi),
  strncmp: runs(STRING, 'int strncmp(const char *cs, const char *ct, size_t count)', 'Compares at most count characters.', inNmi),
  strcasecmp: known(STRING, 'int strcasecmp(const char *s1, const char *s2)', 'Compares without regard to case.', inNmi),
  strcpy: runs(STRING, 'char *strcpy(char *dest, const char *src)', 'Copies a string of any length: use strscpy() instead.', inNmi, writes(0)),
  strncpy: runs(STRING, 'char *strncpy(char *dest, const char *src, size_t count)', 'Copies at most count characters; may leave dest without its terminating zero.', inNmi, writes(0)),
  strlcpy: runs(STRING, 'size_t strlcpy(char *dest, const char *src, size_t size)', 'Copies and terminates; returns the length of src.', inNmi, until('6.8'), writes(0)),
  strscpy: runs(STRING, 'ssize_t strscpy(char *dest, const char *src, size_t count)', 'Copies and terminates; returns the length copied, or -E2BIG if src did not fit.', inNmi, writes(0)),
  strscpy_pad: known(STRING, 'ssize_t strscpy_pad(char *dest, const char *src, size_t count)', 'strscpy() that fills the rest with zeros.', inNmi, writes(0)),
  strcat: runs(STRING, 'char *strcat(char *dest, const char *src)', 'Appends a string of any length.', inNmi, writes(0)),
  strncat: runs(STRING, 'char *strncat(char *dest, const char *src, size_t count)', 'Appends at most count characters.', inNmi, writes(0)),
  strlcat: known(STRING, 'size_t strlcat(char *dest, const char *src, size_t count)', 'Appends within a buffer of count bytes.', inNmi),
  strchr: runs(STRING, 'char *strchr(const char *s, int c)', 'The first c, or NULL.', inNmi, { result: 'may be NULL' }),
  strrchr: runs(STRING, 'char *strrchr(const char *s, int c)', 'The last c, or NULL.', inNmi, { result: 'may be NULL' }),
  strstr: runs(STRING, 'char *strstr(const char *s1, const char *s2)', 'The first s2 in s1, or NULL.', inNmi, { result: 'may be NULL' }),
  snprintf: runs(PRINTF, 'int snprintf(char *buf, size_t size, const char *fmt, ...)', 'Prints into a buffer; returns the length it would have had, which may be more than size.', inNmi, writes(0)),
  scnprintf: runs(PRINTF, 'int scnprintf(char *buf, size_t size, const char *fmt, ...)', 'Prints into a buffer; returns the length that is there.', inNmi, writes(0)),
  sprintf: runs(PRINTF, 'int sprintf(char *buf, const char *fmt, ...)', 'Prints into a buffer that must be large enough.', inNmi, writes(0)),
  kstrtoint: known('lib/kstrtox.c', 'int kstrtoint(const char *s, unsigned int base, int *res)', 'Reads an int; 0, -ERANGE or -EINVAL.', inNmi, error, mustCheck),
  kstrtouint: known('lib/kstrtox.c', 'int kstrtouint(const char *s, unsigned int base, unsigned int *res)', 'Reads an unsigned int.', inNmi, error, mustCheck),
  kstrtoul: known('lib/kstrtox.c', 'int kstrtoul(const char *s, unsigned int base, unsigned long *res)', 'Reads an unsigned long.', inNmi, error, mustCheck),
  kstrtol: known('lib/kstrtox.c', 'int kstrtol(const char *s, unsigned int base, long *res)', 'Reads a long.', inNmi, error, mustCheck),
  kstrtobool: known('lib/kstrtox.c', 'int kstrtobool(const char *s, bool *res)', 'Reads y/n, on/off, 1/0.', inNmi, error, mustCheck),
  kasprintf: runs('lib/kasprintf.c', 'char *kasprintf(gfp_t gfp, const char *fmt, ...)', 'Prints into memory from kmalloc.', byGfp(0), freed('kfree'), allocatesObjects, gives('kmalloc')),
  kstrdup: runs('mm/util.c', 'char *kstrdup(const char *s, gfp_t gfp)', 'A copy of a string, from kmalloc.', byGfp(1), freed('kfree'), allocatesObjects, gives('kmalloc')),
  kstrndup: runs('mm/util.c', 'char *kstrndup(const char *s, size_t max, gfp_t gfp)', 'A copy of at most max characters.', byGfp(2), freed('kfree'), allocatesObjects, gives('kmalloc')),
  kstrdup_const: runs('mm/util.c', 'const char *kstrdup_const(const char *s, gfp_t gfp)', 'A copy, unless the string is in the kernel’s read-only data.', byGfp(1), freed('kfree_const'), allocatesObjects, gives('const string')),
  kfree_const: runs('mm/util.c', 'void kfree_const(const void *x)', 'Frees what kstrdup_const() returned.', needs('not kfree(): the string may not be a copy'), frees(0, ['const string', 'kmalloc'])),
  kmemdup: runs('mm/util.c', 'void *kmemdup(const void *src, size_t len, gfp_t gfp)', 'A copy of len bytes, from kmalloc.', byGfp(2), freed('kfree'), allocatesObjects, gives('kmalloc', { size: 1 })),
  kmemdup_nul: runs('mm/util.c', 'char *kmemdup_nul(const char *s, size_t len, gfp_t gfp)', 'A copy of len bytes with a zero behind them, from kmalloc.', byGfp(2), freed('kfree'), allocatesObjects, gives('kmalloc')),
  memdup_user: known('mm/util.c', 'void *memdup_user(const void __user *src, size_t len)', 'A copy of len bytes of user memory, from kmalloc.', { sleeps: 'always', result: 'may be ERR_PTR', contexts: { T: 'yes', M: 'yes', SL: 'no', BH: 'no', IO: 'no', HI: 'no', R: 'no', NMI: 'no' } }, freed('kfree'), gives('kmalloc')),
} as const satisfies Record<string, ApiEntry>;
