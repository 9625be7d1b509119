// Writes the names of the catalogue's functions and macros into the grammar (`npm run grammar`), so that kernel API is highlighted as
// such. A test fails if the two differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from '../server/language/catalogue/catalogue';

const path = join(__dirname, '..', 'syntaxes', 'kmem.tmLanguage.json');

/** The pattern for calls of kernel API: the whole name, before its parenthesis. `sim_` names have a rule of their own. */
export function kernelFunctions(): string {
  const names = Object.keys(catalogue).filter((name) => !/^(sim_|__kmem_|expect$)/.test(name));
  return `\\b(?:${names.sort().join('|')})\\b(?=\\s*\\()`;
}

if (require.main === module) {
  const grammar = readFileSync(path, 'utf8');
  const rule = /("kernel-functions": \{\s*"name": "[^"]*",\s*"match": )"[^\n]*"/;
  writeFileSync(
    path,
    grammar.replace(rule, (_, before: string) => before + JSON.stringify(kernelFunctions())),
  );
}
