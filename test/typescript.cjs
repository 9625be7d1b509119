// Loads TypeScript for mocha: esbuild strips the types of each file that is required. tsx does it for the scripts; it also keeps the names
// of functions that are assigned, by a call for each of them, which costs the tests a sixth of their time.
const { readFileSync } = require('node:fs');
const { transformSync } = require('esbuild');

const compilerOptions = require('../tsconfig.json').compilerOptions;
const options = {
  loader: 'ts',
  format: 'cjs',
  target: `node${process.versions.node}`,
  sourcemap: 'inline',
  tsconfigRaw: { compilerOptions },
};

process.setSourceMapsEnabled(true);
require.extensions['.ts'] = (module, file) => {
  module._compile(transformSync(readFileSync(file, 'utf8'), { ...options, sourcefile: file }).code, file);
};
