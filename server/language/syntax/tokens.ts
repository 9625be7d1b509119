/** Token kinds and word classes of the scenario language. Kinds are small integers so that the lexer can keep them in typed arrays. */

import { suggest } from './suggest';
import type { ContextWord } from './tree';

let next = 0;
const kind = () => next++;

export const T_EOF = kind();
export const T_IDENT = kind();
export const T_NUMBER = kind();
export const T_CHAR = kind();
export const T_STRING = kind();
/** an unknown character */
export const T_BAD = kind();

// punctuation
export const T_LPAREN = kind();
export const T_RPAREN = kind();
export const T_LBRACE = kind();
export const T_RBRACE = kind();
export const T_LBRACKET = kind();
export const T_RBRACKET = kind();
export const T_SEMI = kind();
export const T_COMMA = kind();
export const T_COLON = kind();
export const T_QUESTION = kind();
export const T_DOT = kind();
export const T_ARROW = kind();
export const T_ELLIPSIS = kind();
export const T_HASH = kind();
export const T_TILDE = kind();
export const T_NOT = kind();
export const T_INC = kind();
export const T_DEC = kind();
export const T_STAR = kind();
export const T_SLASH = kind();
export const T_PERCENT = kind();
export const T_PLUS = kind();
export const T_MINUS = kind();
export const T_SHL = kind();
export const T_SHR = kind();
export const T_LT = kind();
export const T_GT = kind();
export const T_LE = kind();
export const T_GE = kind();
export const T_EQ = kind();
export const T_NE = kind();
export const T_AMP = kind();
export const T_CARET = kind();
export const T_PIPE = kind();
export const T_ANDAND = kind();
export const T_OROR = kind();
export const T_ASSIGN = kind();
export const T_MUL_ASSIGN = kind();
export const T_DIV_ASSIGN = kind();
export const T_MOD_ASSIGN = kind();
export const T_ADD_ASSIGN = kind();
export const T_SUB_ASSIGN = kind();
export const T_SHL_ASSIGN = kind();
export const T_SHR_ASSIGN = kind();
export const T_AND_ASSIGN = kind();
export const T_XOR_ASSIGN = kind();
export const T_OR_ASSIGN = kind();

/** Spellings of one and two characters; the lexer handles the longer ones (`...`, `<<=`, `>>=`). */
export const PUNCTUATION: readonly (readonly [string, number])[] = [
  ['(', T_LPAREN],
  [')', T_RPAREN],
  ['{', T_LBRACE],
  ['}', T_RBRACE],
  ['[', T_LBRACKET],
  [']', T_RBRACKET],
  [';', T_SEMI],
  [',', T_COMMA],
  [':', T_COLON],
  ['?', T_QUESTION],
  ['.', T_DOT],
  ['->', T_ARROW],
  ['#', T_HASH],
  ['~', T_TILDE],
  ['!', T_NOT],
  ['++', T_INC],
  ['--', T_DEC],
  ['*', T_STAR],
  ['/', T_SLASH],
  ['%', T_PERCENT],
  ['+', T_PLUS],
  ['-', T_MINUS],
  ['<<', T_SHL],
  ['>>', T_SHR],
  ['<', T_LT],
  ['>', T_GT],
  ['<=', T_LE],
  ['>=', T_GE],
  ['==', T_EQ],
  ['!=', T_NE],
  ['&', T_AMP],
  ['^', T_CARET],
  ['|', T_PIPE],
  ['&&', T_ANDAND],
  ['||', T_OROR],
  ['=', T_ASSIGN],
  ['*=', T_MUL_ASSIGN],
  ['/=', T_DIV_ASSIGN],
  ['%=', T_MOD_ASSIGN],
  ['+=', T_ADD_ASSIGN],
  ['-=', T_SUB_ASSIGN],
  ['&=', T_AND_ASSIGN],
  ['^=', T_XOR_ASSIGN],
  ['|=', T_OR_ASSIGN],
];

// keywords with a meaning of their own in statements and expressions
export const K_IF = kind();
export const K_ELSE = kind();
export const K_WHILE = kind();
export const K_DO = kind();
export const K_FOR = kind();
export const K_SWITCH = kind();
export const K_CASE = kind();
export const K_DEFAULT = kind();
export const K_GOTO = kind();
export const K_BREAK = kind();
export const K_CONTINUE = kind();
export const K_RETURN = kind();
export const K_SIZEOF = kind();
export const K_ALIGNOF = kind();
export const K_STRUCT = kind();
export const K_UNION = kind();
export const K_ENUM = kind();
export const K_TYPEOF = kind();
export const K_TYPEDEF = kind();
/** void, char, int, long, unsigned, bool … */
export const K_TYPEWORD = kind();
/** static, extern, inline, register, auto */
export const K_STORAGE = kind();
/** const, volatile, restrict, __user, __iomem … */
export const K_QUAL = kind();
/** __init, __must_check, noinline … */
export const K_ANNOTATION = kind();
/** __aligned(x), __attribute__((x)), __section("x"): an annotation with an argument */
export const K_ANNOTATION_CALL = kind();
/** _Atomic, _Thread_local: recognised, and refused */
export const K_UNSUPPORTED = kind();
/** __must_hold(x), __acquires(x) … */
export const K_CONTRACT = kind();
/** float, double: recognised, and refused */
export const K_FLOAT = kind();
export const K_ASM = kind();
export const K_STATIC_ASSERT = kind();
export const K_GENERIC = kind();

const words: [number, string][] = [
  [K_IF, 'if'],
  [K_ELSE, 'else'],
  [K_WHILE, 'while'],
  [K_DO, 'do'],
  [K_FOR, 'for'],
  [K_SWITCH, 'switch'],
  [K_CASE, 'case'],
  [K_DEFAULT, 'default'],
  [K_GOTO, 'goto'],
  [K_BREAK, 'break'],
  [K_CONTINUE, 'continue'],
  [K_RETURN, 'return'],
  [K_SIZEOF, 'sizeof'],
  [K_ALIGNOF, '_Alignof __alignof__ alignof'],
  [K_STRUCT, 'struct'],
  [K_UNION, 'union'],
  [K_ENUM, 'enum'],
  [K_TYPEOF, 'typeof __typeof__ __typeof'],
  [K_TYPEDEF, 'typedef'],
  [K_TYPEWORD, 'void char short int long signed unsigned bool _Bool __signed__ __auto_type'],
  [K_STORAGE, 'static extern inline register auto __inline __inline__ __always_inline'],
  [
    K_QUAL,
    'const volatile restrict __restrict __restrict__ __user __iomem __percpu __rcu __force __kernel __bitwise __nocast __private',
  ],
  [
    K_ANNOTATION,
    '__init __exit __must_check __maybe_unused __always_unused __used __unused noinline noinline_for_stack notrace __sched __cold __hot __weak ' +
      '__initdata __initconst __exitdata __read_mostly __ro_after_init __packed __cacheline_aligned ____cacheline_aligned ' +
      '____cacheline_aligned_in_smp __cacheline_aligned_in_smp asmlinkage __visible __malloc __pure __devinit __meminit __net_init __net_exit ' +
      '__noreturn _Noreturn __deprecated __kprobes __ref __refdata __no_context_analysis fallthrough __fallthrough __flatten __attribute_const__ __extension__',
  ],
  [
    K_ANNOTATION_CALL,
    '__attribute__ __attribute __aligned __section __printf __scanf __alloc_size __assume_aligned __counted_by __alias __free _Alignas',
  ],
  [K_UNSUPPORTED, '_Atomic _Thread_local __thread'],
  [K_CONTRACT, '__must_hold __acquires __releases __may_sleep __atomic __context __acquire_shared __must_not_hold'],
  [K_FLOAT, 'float double _Complex long_double'],
  [K_ASM, 'asm __asm__ __asm'],
  [K_STATIC_ASSERT, '_Static_assert static_assert'],
  [K_GENERIC, '_Generic'],
];

/** Keyword spelling → token kind. */
export const KEYWORDS: ReadonlyMap<string, number> = new Map(
  words.flatMap(([k, list]) => list.split(' ').map((word) => [word, k] as const)),
);

/** Words that begin a block of the scenario. */
export const CONTEXT_WORDS: ReadonlySet<string> = new Set<ContextWord>([
  'task',
  'irq',
  'nmi',
  'softirq',
  'tasklet',
  'timer',
  'work',
  'delayed_work',
  'process',
]);
/** Contextual keywords: identifiers anywhere but at the start of a file-level item. */
export const isContextWord = (word: string): word is ContextWord => CONTEXT_WORDS.has(word);

/** The one that a misspelt word stands for. */
export const nearContextWord = (word: string): ContextWord | undefined => {
  const near = suggest(word, CONTEXT_WORDS);
  return near !== undefined && isContextWord(near) ? near : undefined;
};

/** Typedef names of the kernel that are known without a declaration. */
export const BUILTIN_TYPE_NAMES: ReadonlySet<string> = new Set(
  (
    'u8 u16 u32 u64 s8 s16 s32 s64 __u8 __u16 __u32 __u64 __s8 __s16 __s32 __s64 uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t ' +
    'uchar ushort uint ulong u_char u_short u_int u_long unchar ' +
    '__le16 __le32 __le64 __be16 __be32 __be64 size_t ssize_t ptrdiff_t uintptr_t intptr_t off_t loff_t pid_t uid_t gid_t mode_t umode_t dev_t ' +
    'sector_t blkcnt_t ktime_t time64_t cycles_t gfp_t slab_flags_t fmode_t pgoff_t phys_addr_t resource_size_t dma_addr_t irq_hw_number_t ' +
    'atomic_t atomic64_t atomic_long_t refcount_t kref_t spinlock_t raw_spinlock_t rwlock_t seqlock_t seqcount_t seqcount_spinlock_t local_lock_t ' +
    'wait_queue_head_t wait_queue_entry_t wait_queue_t wait_queue_func_t irqreturn_t irq_handler_t work_func_t rcu_callback_t cpumask_t cpumask_var_t nodemask_t ' +
    'pgd_t p4d_t pud_t pmd_t pte_t pgprot_t pgdval_t p4dval_t pudval_t pmdval_t pteval_t pgprotval_t pgtable_t swp_entry_t vm_fault_t vm_flags_t mempool_t mempool_alloc_t mempool_free_t ' +
    'kmem_cache_t lockdep_map_t completion_t zone_type_t isolate_mode_t migrate_mode_t compound_page_dtor pg_data_t bool'
  ).split(' '),
);
