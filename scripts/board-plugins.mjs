// How TypeScript becomes a board's bundle.

import { resolve } from 'node:path';
import nodeResolve from '@rollup/plugin-node-resolve';
import ts from 'typescript';
import { boundsOf, withConstantBounds } from './constant-bounds.mjs';
import { looseEquality } from './loose-equality.mjs';
import { modulesEntry } from './modules-entry.mjs';

/** An input that no file has. */
export const ENTRY = 'modules-entry';

const entry = {
  name: ENTRY,
  resolveId: (id) => (id === ENTRY ? resolve('./modules-entry.js') : null),
  load: (id) => (id === resolve('./modules-entry.js') ? modulesEntry() : null),
};

const CONFIG = 'tsconfig.board.json';

/** Of every source file for a board what TypeScript makes of it. */
let compiled;

function compile() {
  const { config } = ts.readConfigFile(CONFIG, ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, resolve('.'));
  const program = ts.createProgram(fileNames, { ...options, noEmit: false, importHelpers: true });
  const files = new Map();
  const write = (_name, text, _mark, _onError, sources) => files.set(resolve(sources[0].fileName), text);
  program.emit(undefined, write, undefined, false, { before: [looseEquality(program)] });
  return files;
}

/** One program for all bundles: constant enumerations need all of it, and checking it once for each takes minutes. */
const typescript = {
  name: 'typescript',
  load(id) {
    if (!id.endsWith('.ts')) {
      return null;
    }
    compiled ??= compile();
    const code = compiled.get(id) ?? this.error(`${id} is not among the files of ${CONFIG}`);
    // What package.json says of them is about the package's files.
    return { code, moduleSideEffects: true };
  },
};

/** Every helper is imported from tslib; on a board a helper is code nobody asked for. */
const noHelpers = {
  name: 'no-helpers',
  resolveId(id, importer) {
    if (id === 'tslib') {
      this.error(`${importer} needs a TypeScript helper: write it without extends, spread, rest or generators`);
    }
    return null;
  },
};

/** Takes one module for another, but for imports of the one by the other. */
const replaced = (modules = {}) => ({
  name: 'replaced',
  async resolveId(id, importer, options) {
    const found = await this.resolve(id, importer, { ...options, skipSelf: true });
    const [, other] = Object.entries(modules).find(([file]) => found && resolve(file) === found.id) ?? [];
    return other && resolve(other) !== importer ? resolve(other) : found;
  },
});

const constantBounds = (platform) => {
  const bounds = boundsOf(platform);
  return { name: 'constant-bounds', transform: (code) => ({ code: withConstantBounds(code, bounds), map: null }) };
};

/** @param {{ replace?: Record<string, string>, platform?: string }} bundle see bundles.mjs */
export const boardPlugins = ({ replace, platform }) => [
  noHelpers,
  entry,
  replaced(replace),
  nodeResolve({ extensions: ['.ts', '.js'] }),
  typescript,
  ...(platform ? [constantBounds(platform)] : []),
];

/** @returns {import('rollup').OutputOptions} */
export const boardOutput = (header = '') => ({
  format: 'cjs',
  exports: 'named',
  generatedCode: 'es5',
  esModule: false,
  strict: false,
  freeze: false,
  // One file serves both ways to load it: in front of a program, where `exports` does not exist, and as a module.
  banner: `${header}\n(function (exports) {`.trim(),
  footer: "})(typeof exports == 'undefined' ? {} : exports);",
});
