// Loads TypeScript for mocha: Sucrase strips the types of each file that is required, and leaves lines where they are. What is imported is
// a plain property then, not a getter as with esbuild and tsx, and no function is given its name by a call: both cost the tests' time.
const { addHook } = require('sucrase/dist/register');

addHook('.ts', { transforms: ['imports', 'typescript'], disableESTransforms: true, preserveDynamicImport: true });
