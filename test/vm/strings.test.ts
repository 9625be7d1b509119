/** Memory blocks, strings and the kernel's printf of the API. */
import { check, checkEverywhere } from './scenario';

describe('memory blocks', () => {
  const cases: Record<string, string> = {
    memset:
      'u8 b[8]; expect(memset(b, 0x1ff, 8) == b); expect(b[0] == 0xff && b[7] == 0xff); memset(b + 2, 0, 4); expect(b[1] == 0xff && b[2] == 0 && b[5] == 0 && b[6] == 0xff); memset(b, 7, 0); expect(b[0] == 0xff);',
    'memcpy, memmove':
      'char s[8] = "abcdefg"; char d[8]; expect(memcpy(d, s, 8) == d); expect(strcmp(d, s) == 0); memmove(s + 2, s, 4); expect(memcmp(s, "ababcdg", 7) == 0); memmove(s, s + 1, 4); expect(memcmp(s, "babccdg", 7) == 0);',
    memcmp:
      'expect(memcmp("abc", "abc", 3) == 0); expect(memcmp("abc", "abd", 3) < 0); expect(memcmp("abd", "abc", 3) > 0); expect(memcmp("abd", "abc", 2) == 0); u8 x = 0xff, y = 1; expect(memcmp(&x, &y, 1) == 254); expect(memcmp(NULL, NULL, 0) == 0);',
    memchr:
      'char s[6] = "hello"; expect(memchr(s, 108, 5) == s + 2); expect(memchr(s, 108, 2) == NULL); expect(memchr(s, 0, 6) == s + 5); u8 z[4] = { 0, 0, 9, 0 }; expect(memchr_inv(z, 0, 4) == z + 2); expect(memchr_inv(z, 0, 2) == NULL);',
    'over page borders':
      'char *p = (char *)__get_free_pages(GFP_KERNEL, 1); memset(p, 0x5a, 8192); p[4095] = 1; p[4096] = 2; char t[2]; memcpy(t, p + 4095, 2); expect(t[0] == 1 && t[1] == 2); expect(memchr_inv(p, 0x5a, 8192) == p + 4095); expect(p[8191] == 0x5a); memcpy(p + 4000, p + 4095, 200); expect(p[4000] == 1 && p[4001] == 2 && p[4199] == 0x5a); free_pages((unsigned long)p, 1);',
    structures:
      'struct { int a; char b[12]; long c; } x, y; memset(&x, 0xa5, sizeof(x)); y = x; expect(memcmp(&x, &y, sizeof(x)) == 0); memzero_explicit(&y, sizeof(y)); expect(y.a == 0 && y.c == 0);',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(text));
  it('an address that is not mapped', () => {
    const machine = 'config KASAN = n;';
    check(
      'memset(NULL, 0, 4);',
      {
        reports: ['BUG: kernel NULL pointer dereference, address: 0000000000000000'],
        detail: '#PF: supervisor write access in kernel mode',
      },
      { machine },
    );
    check(
      'char b[4]; memcpy(b, (void *)8, 4);',
      {
        reports: ['BUG: kernel NULL pointer dereference, address: 0000000000000008'],
        detail: '#PF: supervisor read access in kernel mode',
      },
      { machine },
    );
    check('char b[4]; memcpy(b, b, -1);', { reports: ['BUG: unable to handle page fault for address: '] }, { machine });
    check('expect(strlen((char *)ERR_PTR(-ENOMEM)) == 0);', {
      reports: ['BUG: unable to handle page fault for address: fffffffffffffff4'],
    });
  });
});

describe('strings', () => {
  const cases: Record<string, string> = {
    lengths:
      'expect(strlen("") == 0); expect(strlen("abc") == 3); expect(strnlen("abc", 2) == 2); expect(strnlen("abc", 9) == 3);',
    compare:
      'expect(strcmp("abc", "abc") == 0); expect(strcmp("abc", "abd") == -1); expect(strcmp("b", "abc") == 1); expect(strcmp("", "a") == -1); expect(strncmp("abc", "abd", 2) == 0); expect(strncmp("abc", "abd", 3) == -1); char h[2] = { (char)0x80, 0 }; expect(strcmp(h, "a") == 1);',
    copy: 'char b[8]; memset(b, 9, 8); expect(strcpy(b, "abc") == b); expect(b[3] == 0 && b[4] == 9); strncpy(b, "xy", 6); expect(b[1] == 121 && b[2] == 0 && b[5] == 0 && b[6] == 9); strncpy(b, "12345678", 3); expect(b[2] == 51 && b[3] == 0);',
    strscpy:
      'char b[4]; expect(strscpy(b, "ab", 4) == 2); expect(strscpy(b, "ac") == 2); expect(strcmp(b, "ac") == 0); strscpy(b, "ab", 4); expect(strcmp(b, "ab") == 0); expect(strscpy(b, "abc", 4) == 3); expect(strscpy(b, "abcd", 4) == -E2BIG); expect(strcmp(b, "abc") == 0); expect(strscpy(b, "x", 0) == -E2BIG); expect(strcmp(b, "abc") == 0);',
    strlcpy:
      'char b[4]; expect(strlcpy(b, "abcdef", 4) == 6); expect(strcmp(b, "abc") == 0); expect(strlcpy(b, "z", 4) == 1); expect(b[1] == 0); expect(strlcpy(b, "abc", 0) == 3); expect(b[0] == 122);',
    append:
      'char b[16] = "ab"; expect(strcat(b, "cd") == b); expect(strcmp(b, "abcd") == 0); strncat(b, "efgh", 2); expect(strcmp(b, "abcdef") == 0); strncat(b, "x", 0); expect(strlen(b) == 6);',
    search:
      'char s[8] = "abcabc"; expect(strchr(s, 98) == s + 1); expect(strrchr(s, 98) == s + 4); expect(strchr(s, 122) == NULL); expect(strrchr(s, 122) == NULL); expect(strchr(s, 0) == s + 6); expect(strrchr(s, 0) == s + 6); expect(strstr(s, "ca") == s + 2); expect(strstr(s, "") == s); expect(strstr(s, "cc") == NULL); expect(strstr("", "a") == NULL);',
    'UTF-8 is bytes':
      'expect(strlen("ü") == 2); char b[8]; expect(snprintf(b, 8, "%s!", "ü") == 3); expect(strcmp(b, "ü!") == 0); expect(snprintf(b, 8, "ü%3d", 5) == 5);',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(text));
});

describe('printf', () => {
  it('snprintf returns the full length, scnprintf the length written', () =>
    checkEverywhere(
      'char b[8]; memset(b, 1, 8); expect(snprintf(b, 4, "%d", 123456) == 6); expect(strcmp(b, "123") == 0); expect(b[4] == 1); expect(scnprintf(b, 4, "%d", 123456) == 3); expect(scnprintf(b, 8, "%d", 12) == 2); expect(snprintf(b, 0, "%d", 5) == 1); expect(snprintf(NULL, 0, "abc") == 3); expect(scnprintf(b, 0, "abc") == 0); expect(sprintf(b, "%s", "x") == 1); expect(b[1] == 0);',
    ));
  const prints = (args: string, line: string, arch?: 'i386') =>
    check(`pr_info(${args});`, { lines: [line] }, arch ? { arch } : {});
  it('numbers', () => {
    prints('"%d %u %x %X %o", -5, -5, 255, 255, 8', '-5 4294967291 ff FF 10');
    prints('"%5d|%-5d|%05d|%+d|% d|%.3d", 42, 42, 42, 42, 42, 42', '   42|42   |00042|+42| 42|042');
    prints('"%#x %#o", 255, 8', '0xff 010');
    prints('"%hhd %hd %hhu", 300, 70000, 300', '44 4464 44');
    prints('"%ld %lu %lx", -1L, -1L, -1L', '-1 18446744073709551615 ffffffffffffffff');
    prints('"%ld %lu %lx", -1L, -1L, -1L', '-1 4294967295 ffffffff', 'i386');
    prints('"%lld %llx", -1LL, 0x123456789abcdef0ULL', '-1 123456789abcdef0', 'i386');
    prints('"%zu %zd %*d|%-*d|", sizeof(int), -3L, 6, 7, 4, 8', '4 -3      7|8   |');
    prints('"100%%"', '100%');
  });
  it('characters and strings', () => {
    prints('"%c%c", 104, 105', 'hi');
    prints('"[%s] [%5s] [%-5s] [%.2s]", "abc", "abc", "abc", "abc"', '[abc] [  abc] [abc  ] [ab]');
    prints('"%s %s", (char *)NULL, (char *)ERR_PTR(-EINVAL)', '(null) (efault)');
    prints('"größe %s", "ß"', 'größe ß');
  });
  it('pointers', () => {
    prints('"%px", (void *)0xffff888000001000UL', 'ffff888000001000');
    prints('"%px", (void *)0xc0001000UL', 'c0001000', 'i386');
    prints('"%p", NULL', '0000000000000000');
    prints('"%pe", ERR_PTR(-ENOMEM)', '-ENOMEM');
    check('phys_addr_t a = 0x1234; pr_info("%pa", &a);', { lines: ['0x0000000000001234'] });
    check('phys_addr_t a = 0x1234; pr_info("%pa", &a);', { lines: ['0x00001234'] }, { arch: 'i386' });
    check('gfp_t g = GFP_KERNEL; pr_info("%pGg", &g);', { lines: ['GFP_KERNEL'] });
    check('static void f(void) { } task main { pr_info("%ps", f); }', { lines: ['f'] });
    check(
      'int x; char a[32], b[32]; snprintf(a, 32, "%p", &x); snprintf(b, 32, "%p", &x); expect(strcmp(a, b) == 0); expect(strlen(a) == 16); snprintf(b, 32, "%px", &x); expect(strcmp(a, b) != 0);',
    );
  });
});
