/** Codes of the lexer's and the parser's problems, stable for scripts and settings. */
export const SYNTAX_CODES = {
  'bad-character': 'a character the language does not have, outside of comments and strings',
  'unterminated-comment': "a comment without its '*/'",
  'unterminated-string': 'a string or character constant without its closing quote',
  'bad-number': 'a number that cannot be read, or a character constant without a character',
  'wide-character': 'a string or character constant of wide characters',
  'bad-escape': 'an escape sequence C does not have',
  'floating-point': 'neither the kernel nor this language has floating point',
  'expected-token': 'a token such as ; or ) is missing',
  'expected-expression': 'an expression is missing',
  'expected-statement': 'a statement is missing',
  'expected-declaration': 'a declaration is missing',
  'expected-name': 'a name is missing',
  'expected-type': 'a type is missing',
  'unexpected-token': 'something that does not belong here',
  'missing-brace': "a '{' without its '}'",
  'nested-function': "a function inside a function, often a '}' missing before it",
  'nested-too-deeply': 'more nesting, or more operators in one expression, than kmem reads',
  'comma-operator': "the comma operator outside of 'for'",
  'inline-assembly': 'inline assembly is not in this language',
  'unsupported-directive': 'a preprocessor directive other than #include "…" and #define NAME constant',
} as const;
export type SyntaxCode = keyof typeof SYNTAX_CODES;
