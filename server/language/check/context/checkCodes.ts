/** Codes of the checker's messages, besides the parser's, which it also reports. Each analysis lists its own codes. */

import type { SyntaxCode } from '../../syntax/syntaxCodes';

export const CHECK_CODES = {
  'include-not-found': 'the file of an #include cannot be found',
  'ignored-include': 'an #include of a kernel header, which is built in (hint)',
  'error-in-include': 'the file of an #include has errors: told by the editor, which shows one file at a time',
  // names
  undeclared: 'an undeclared name',
  'undeclared-function':
    'a call of a name that is neither a function of the scenario nor a kernel function that kmem knows',
  'undefined-function':
    'a call of a function that is declared but has no body: an error if it is static, else it is checked but cannot run (hint)',
  'unknown-type': 'an undeclared type name',
  'unknown-macro': 'a macro kmem does not know',
  'unknown-label': 'goto to a label that does not exist',
  redefinition: 'a name declared twice in one scope',
  'conflicting-types': 'a name declared twice, with different types',
  'replaces-builtin': "a name of the kernel's that this file redefines (hint)",
  'ignored-macro': 'a macro without effect here, such as MODULE_LICENSE (hint)',
  'unused-variable': 'a local that is never used (hint)',
  'unused-label': 'a label nothing jumps to (hint)',
  'bad-contract': 'a name in __context(…) that is not a context',
  // types
  'bad-type': 'a type that cannot exist, or that is not allowed here',
  'incomplete-type': 'a type whose size or members are not known here',
  'unexpected-type': 'a type where a value is expected',
  'bad-alignment': 'an alignment that is not a power of two, or that the elements of an array cannot have',
  'bad-bit-field': 'a width that does not fit the type of a bit-field',
  'bad-array-length': 'an array of negative or enormous length',
  'variable-length-array': 'an array whose length is not constant',
  'variadic-function': "a function of the scenario with '...'",
  'not-constant': 'an integer constant is needed',
  'static-assert': 'a static_assert or BUILD_BUG_ON that fails',
  // expressions
  'bad-operand': 'an operator on operands it does not take',
  'bad-cast': 'a cast that C does not have',
  'cast-size': 'a cast between a pointer and an integer of another size (warning)',
  multichar: 'a character constant of more than one character (warning)',
  'statement-expression': "GNU C's ({ … }) outside of a function",
  'no-member': 'a struct has no such member',
  'member-of-pointer': "'.' on a pointer, or '->' on a struct",
  'not-a-struct': 'a member of something that is not a structure',
  'not-a-pointer': "'*' or '[]' on something that is not a pointer or array",
  'not-a-function': 'a call of something that is not a function',
  'macro-without-call': "a macro's name without its arguments",
  'not-assignable': 'an assignment to something that is not an lvalue, or to a whole array',
  'not-an-lvalue': 'the address of something that is not an lvalue',
  'assign-const': 'a write to a const object',
  'incompatible-types': 'a value of an incompatible type',
  'incompatible-pointer': "a pointer to another type (an error in the kernel's build, too)",
  'int-conversion': 'a pointer made from an integer, or the other way, without a cast',
  'discarded-qualifier': "a pointer that loses its 'const' (warning)",
  'address-space': 'a pointer of another address space (__user, __iomem) as sparse has them (warning)',
  'void-value': 'the value of a void expression',
  'argument-count': 'too few or too many arguments',
  'not-failing': 'sim_fail_next on something that does not take pages or slab objects',
  'gfp-argument': 'a number in place of a gfp mask, or swapped arguments (warning)',
  format: "printk's format and its arguments do not agree (warning)",
  'division-by-zero': 'a division by the constant zero (warning)',
  'shift-count': 'a shift by as many bits as the type has, or more (warning)',
  'array-bounds': 'a constant index outside of the array',
  'no-effect': 'a statement or declaration without effect (warning)',
  'constant-overflow': 'a constant that its type cannot hold (warning)',
  'assignment-condition': "'=' as a condition, where '==' may be meant (warning)",
  precedence:
    "'&', '|' or '^' beside a comparison, which binds tighter; a '#define' whose value needs brackets (warning)",
  'different-types':
    "arguments of min(), max() and their like that are not of one type, as the kernel's build wants them (warning)",
  'not-an-array': "a pointer where the kernel's build wants an array",
  'nothing-runs': 'main() of C, which nothing calls: scenarios have tasks (warning)',
  // initialisers
  'bad-initialiser': 'an initialiser that does not fit its object',
  'excess-initialiser': 'more values than elements or fields (warning)',
  'duplicate-initialiser': 'a field initialised twice (warning)',
  'string-too-long': 'a string longer than its array (warning)',
  // statements
  'missing-return':
    "the end of a function with a result can be reached without 'return' (warning), or 'return' without a value",
  'return-value': "'return' with a value where nothing is returned",
  'break-outside-loop': "'break' or 'continue' outside of a loop",
  'jump-into-expression': 'a goto or a case into a ({ … })',
  'jump-past-guard': 'a goto into the scope of a guard(), or of a variable with __free(), that has not begun',
  'unknown-guard': 'a class of guard(), scoped_guard() or __free() that kmem does not know',
  'case-outside-switch': "'case' or 'default' outside of a 'switch'",
  'duplicate-case': "the same value twice in a 'switch'",
  // the machine
  'bad-machine': 'a setting the machine cannot have',
  'unknown-sysctl': 'a sysctl kmem does not know (warning)',
  'unknown-config': 'a configuration option kmem does not know (warning)',
} as const;
export type Code = keyof typeof CHECK_CODES | SyntaxCode;
