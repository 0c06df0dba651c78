// The declarations beside the bundles. They are written even where a type is wrong: that is for `npm run check` to say.

import { existsSync } from 'node:fs';
import ts from 'typescript';
import { boardBundles, hostBundles } from './bundles.mjs';

const entries = [...boardBundles.map(({ input }) => input), ...Object.values(hostBundles)].filter(
  (input) => /^board-targets\//.test(input) && existsSync(input),
);
const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, process.cwd());
const program = ts.createProgram(entries, {
  ...options,
  noEmit: false,
  declaration: true,
  emitDeclarationOnly: true,
  stripInternal: true,
  rootDir: process.cwd(),
  outDir: 'dist/types',
});

// Node's own module resolution wants the ending that the sources leave to the bundler.
const relative = /((?:from|import\()\s*)(['"])(\.{1,2}\/[^'"]+?)(?:\.js|\.ts)?\2/g;

program.emit(undefined, (file, text) => {
  ts.sys.writeFile(file, text.replace(relative, "$1'$3.js'"));
});
