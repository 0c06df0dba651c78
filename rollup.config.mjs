import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname } from 'node:path';
import nodeResolve from '@rollup/plugin-node-resolve';
import typescript from '@rollup/plugin-typescript';
import { ENTRY, boardOutput, boardPlugins } from './scripts/board-plugins.mjs';
import { boardBundles, debugFile, firmwareModules, hostBundles } from './scripts/bundles.mjs';
import { noDoubledState } from './scripts/doubled-state.mjs';

// Until every entry is written: a missing one is a warning.
const SKIP_MISSING = false;

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
  .map(({ input, file, replace, platform, header = '' }) => ({
    input,
    external: firmwareModules[folder(file)],
    plugins: [...boardPlugins({ replace, platform }), commonjsFolder(file), noDoubledState(file, 'dist/kaluma')],
    onwarn,
    output: { file: debugFile(file), ...boardOutput(header) },
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
