/** Random programs, run by kmem and compiled by gcc: what each of them prints must be the same. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wholeLines } from '../../server/kernel/printk/printk';
import { check } from '../../server/language/check/check';
import { loadVm } from '../../server/vm/loadVm';
import { Vm } from '../../server/vm/run/vm';
import { randomProgram } from './cPrograms';

export const FUZZED = ['x86_64', 'i386', 'i386_pae'] as const;
export type FuzzedArch = (typeof FUZZED)[number];
const OPTIONS = [
  '-O0',
  '-fwrapv',
  '-fno-strict-aliasing',
  '-ffreestanding',
  '-fno-pie',
  '-fno-stack-protector',
  '-w',
  '-std=gnu11',
  '-nostdlib',
  '-static',
];
const FLAGS: Readonly<Record<FuzzedArch, readonly string[]>> = {
  x86_64: ['-no-pie'],
  i386: ['-m32', '-no-pie'],
  i386_pae: ['-m32', '-no-pie'],
};

/** `emit` and `hash` as both understand them; the rest of C's library is not there. */
const COMMON = `
static void hash(const void *at, unsigned long size)
{
	const u8 *bytes = at;
	u64 sum = 14695981039346656037ULL;
	for (unsigned long i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 1099511628211ULL;
	emit(sum);
}
`;
const FOR_GCC = `
typedef unsigned char u8; typedef signed char s8; typedef unsigned short u16; typedef short s16;
typedef unsigned int u32; typedef unsigned long long u64; typedef long long s64; typedef _Bool bool;
#define __packed __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define offsetof __builtin_offsetof
void *memset(void *s, int c, unsigned long n) { char *p = s; while (n--) *p++ = c; return s; }
void *memcpy(void *d, const void *s, unsigned long n) { char *p = d; const char *q = s; while (n--) *p++ = *q++; return d; }
static char out[1 << 16]; static unsigned long used;
#ifdef __x86_64__
static void call(long n, long a, long b, long c) { long r; __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory"); }
#define WRITE 1
#define EXIT 60
#else
static void call(long n, long a, long b, long c) { long r; __asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a), "c"(b), "d"(c) : "memory"); }
#define WRITE 4
#define EXIT 1
static u64 divide(u64 n, u64 d, u64 *rest) { u64 q = 0, r = 0; for (int i = 63; i >= 0; i--) { u64 top = r >> 63; r = r << 1 | (n >> i & 1); if (top || r >= d) { r -= d; q |= 1ULL << i; } } *rest = r; return q; }
u64 __udivdi3(u64 n, u64 d) { u64 r; return divide(n, d, &r); }
u64 __umoddi3(u64 n, u64 d) { u64 r; divide(n, d, &r); return r; }
s64 __divdi3(s64 n, s64 d) { u64 r, q = divide(n < 0 ? -(u64)n : n, d < 0 ? -(u64)d : d, &r); return (n < 0) != (d < 0) ? -q : q; }
s64 __moddi3(s64 n, s64 d) { u64 r; divide(n < 0 ? -(u64)n : n, d < 0 ? -(u64)d : d, &r); return n < 0 ? -r : r; }
#endif
static void flush(void) { call(WRITE, 1, (long)out, used); used = 0; }
static void emit(u64 v) { if (used > sizeof(out) - 20) flush(); int n = 60; while (n > 0 && !(v >> n)) n -= 4; for (; n >= 0; n -= 4) out[used++] = "0123456789abcdef"[v >> n & 15]; out[used++] = '\\n'; }
static void mark(int n) { out[used++] = '#'; emit(n); }
`;
const FOR_KMEM = (arch: FuzzedArch): string => `machine { arch = ${arch}; memory = 64M; cpus = 1; config KASAN = n; }
static void emit(u64 v) { printk("%llx\\n", v); }
static void mark(int n) { printk("#%x\\n", n); }
`;

/** Whether there is a gcc whose programs for `arch` run here. */
export function compilerFor(arch: FuzzedArch): boolean {
  try {
    const [lines] = compiled(['static void p0(void) { emit(5); }'], arch) ?? [];
    return lines?.[0] === '5';
  } catch {
    return false;
  }
}
/** What each program prints, compiled; undefined where gcc is not there or does not take them. */
function compiled(programs: readonly string[], arch: FuzzedArch): string[][] | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'kmem-c-'));
  try {
    const [source, binary] = [join(folder, 'a.c'), join(folder, 'a')];
    const calls = programs.map((_, i) => `mark(${i}); p${i}();`).join('\n');
    const start = '__attribute__((force_align_arg_pointer)) void _start(void)';
    writeFileSync(
      source,
      `${FOR_GCC}${COMMON}${programs.join('\n')}\n${start}\n{\n${calls}\nflush(); call(EXIT, 0, 0, 0);\n}\n`,
    );
    const made = spawnSync('gcc', [...OPTIONS, ...FLAGS[arch], source, '-o', binary], { encoding: 'utf8' });
    if (made.status !== 0) {
      if (made.stderr) throw new Error(made.stderr.slice(0, 2000));
      return undefined;
    }
    return split(execFileSync(binary, { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 20_000 }).split('\n'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
/** What each program prints in kmem. */
function emulated(programs: readonly string[], arch: FuzzedArch): string[][] | string {
  const calls = programs.map((_, i) => `mark(${i}); p${i}();`).join('\n');
  const text = `${FOR_KMEM(arch)}${COMMON}${programs.join('\n')}\ntask main {\n${calls}\n}\n`;
  const program = check({ path: 'fuzz.kmem', text });
  const [error] = program.diagnostics.filter((d) => d.severity === 'error');
  if (error) return `${error.message}: ${text.slice(error.span.start, error.span.end + 60)}`;
  const vm = loadVm(program, {});
  if (!(vm instanceof Vm)) return vm.map((d) => d.message).join('\n');
  for (let steps = 0; !vm.done; steps++) {
    if (steps > 3_000_000) return 'does not end';
    vm.step();
  }
  const entries = [...wholeLines(vm.kernel.log.entries)];
  const [report] = entries.filter((e) => e.kind !== 'print');
  if (report) return report.text;
  return split(entries.map((e) => e.text));
}
function split(lines: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (const line of lines) {
    if (line.startsWith('#')) parts.push([]);
    else if (line !== '') parts.at(-1)?.push(line);
  }
  return parts;
}

export interface Difference {
  readonly seed: number;
  readonly program: string;
  readonly what: string;
}
/** Runs `count` programs from `seed` on, several in one file; those that differ, one message each. */
export function fuzzC(
  arch: FuzzedArch,
  count: number,
  seed: number,
  onProgress?: (done: number) => void,
): Difference[] {
  const found: Difference[] = [];
  const BATCH = 10;
  for (let at = 0; at < count; at += BATCH) {
    const seeds = Array.from({ length: Math.min(BATCH, count - at) }, (_, i) => seed + at + i);
    const programs = seeds.map((s, i) => randomProgram(s, `p${i}`));
    const kmem = emulated(programs, arch);
    const gcc = compiled(programs, arch) ?? [];
    // a program that kmem refuses hides the others: one at a time
    const alone = typeof kmem === 'string';
    seeds.forEach((s, i) => {
      const ours = alone ? emulated([randomProgram(s, 'p0')], arch) : [kmem[i] ?? []];
      const what = typeof ours === 'string' ? ours : differing(ours[0] ?? [], gcc[i] ?? []);
      if (what !== undefined) found.push({ seed: s, program: programs[i] ?? '', what });
    });
    onProgress?.(at + seeds.length);
  }
  return found;
}
function differing(kmem: readonly string[], gcc: readonly string[]): string | undefined {
  const at = gcc.findIndex((line, i) => line !== kmem[i]);
  if (at >= 0) return `value ${at + 1}: gcc has ${gcc[at]}, kmem ${kmem[at] ?? 'nothing'}`;
  return kmem.length === gcc.length ? undefined : `gcc prints ${gcc.length} values, kmem ${kmem.length}`;
}
