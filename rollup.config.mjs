import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, resolve } from 'node:path';
import nodeResolve from '@rollup/plugin-node-resolve';
import typescript from '@rollup/plugin-typescript';
import { looseEquality } from './scripts/loose-equality.mjs';
import { boardBundles, debugFile, firmwareModules, hostBundles } from './scripts/bundles.mjs';
import { modulesEntry } from './scripts/modules-entry.mjs';

// Until every entry is written: a missing one is a warning.
const SKIP_MISSING = false;

/** An input that no file has. */
const ENTRY = 'modules-entry';

const entry = {
  name: ENTRY,
  resolveId: (id) => (id === ENTRY ? resolve('./modules-entry.js') : null),
  load: (id) => (id === resolve('./modules-entry.js') ? modulesEntry() : null),
};

function present(input) {
  if (input === ENTRY || existsSync(input)) {
    return true;
  }
  if (!SKIP_MISSING) {
    throw new Error(`${input} does not exist`);
  }
  console.warn(`build: ${input} does not exist yet, skipped`);
  return false;
}

/** The TypeScript plugin imports every helper from tslib; on a board a helper is code nobody asked for. */
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

/** `type: module` is the package's; what a board gets is CommonJS. */
const commonjsFolder = (file) => ({
  name: 'commonjs-folder',
  writeBundle() {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${dirname(file)}/package.json`, '{ "type": "commonjs" }\n');
  },
});

const executable = (file) => ({
  name: 'executable',
  writeBundle() {
    if (existsSync(file)) {
      chmodSync(file, 0o755);
    }
  },
});

/** Type errors belong to `npm run check`; a cycle would call a function Espruino has not seen yet. */
function onwarn(warning, warn) {
  if (warning.code === 'CIRCULAR_DEPENDENCY' || warning.code === 'UNRESOLVED_IMPORT') {
    throw new Error(warning.message);
  }
  if (warning.plugin !== 'typescript') {
    warn(warning);
  }
}

const folder = (file) => file.split('/')[1];

const board = boardBundles
  .filter(({ input }) => present(input))
  .map(({ input, file, replace, header = '' }) => ({
    input,
    external: firmwareModules[folder(file)],
    plugins: [
      noHelpers,
      entry,
      replaced(replace),
      nodeResolve({ extensions: ['.ts', '.js'] }),
      typescript({
        tsconfig: 'tsconfig.board.json',
        noEmit: false,
        noForceEmit: true,
        transformers: (program) => ({ before: [looseEquality(program)] }),
      }),
      commonjsFolder(file),
    ],
    onwarn,
    output: {
      file: debugFile(file),
      format: 'cjs',
      exports: 'named',
      generatedCode: 'es5',
      esModule: false,
      strict: false,
      freeze: false,
      // One file serves both ways to load it: in front of a program, where `exports` does not exist, and as a module.
      banner: `${header}\n(function (exports) {`.trim(),
      footer: "})(typeof exports == 'undefined' ? {} : exports);",
    },
  }));

const hostInput = Object.fromEntries(Object.entries(hostBundles).filter(([, input]) => present(input)));
const builtins = new Set(builtinModules);

const host = {
  input: hostInput,
  external: (id) => id.startsWith('node:') || builtins.has(id) || /^[^./\0]/.test(id),
  plugins: [
    nodeResolve({ extensions: ['.ts', '.mjs', '.js'] }),
    typescript({ tsconfig: 'tsconfig.json', noEmit: false, noForceEmit: true, allowJs: false }),
    executable('dist/node/cli.js'),
  ],
  onwarn,
  output: { dir: 'dist/node', format: 'es', entryFileNames: '[name].js', chunkFileNames: 'shared-[name].js' },
};

rmSync('dist', { recursive: true, force: true });

export default [...board, ...(Object.keys(hostInput).length ? [host] : [])];
