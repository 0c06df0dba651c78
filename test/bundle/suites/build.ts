/**
 * The unit tests of wire, ppp and inet as one program of ES5. The modules they import are those of a bundle, which is
 * loaded before it and has left its exports in the global MODULES; internal names are the bundle's.
 */

import { readFileSync, readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { build, type BuildFailure, type Plugin } from 'esbuild';
import ts from 'typescript';
import { MAP } from '../../../scripts/minify.mjs';
import { LAYERS, exportedAs, exportsOf } from '../../../scripts/modules-entry.mjs';

export const suiteFiles = LAYERS.flatMap((layer) =>
  readdirSync(`test/${layer}`)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `test/${layer}/${name}`),
);

const HERE = 'test/bundle/suites';
const ALIASES: Record<string, string> = {
  uvu: `${HERE}/runner.ts`,
  'node:crypto': `${HERE}/node-crypto.ts`,
};

/** A module of the layers is what the bundle has of it, and its constant enumerations. */
const fromBundle: Plugin = {
  name: 'from-bundle',
  setup(b) {
    b.onResolve({ filter: /^(uvu|node:crypto)$/ }, ({ path }) => ({ path: resolve(ALIASES[path]) }));
    const filter = new RegExp(`/modules/(${LAYERS.join('|')})/[^/]+\\.ts$`);
    b.onLoad({ filter, namespace: 'file' }, ({ path }) => {
      const { names, enums } = exportsOf(path);
      const values = names.length ? `export { ${names.join(', ')} } from 'bundle:${path}';` : '';
      return { contents: [values, ...enums.map((text) => `export ${text}`)].join('\n'), loader: 'ts' };
    });
    // CommonJS, whose names are read at each use: what is exported may change.
    b.onResolve({ filter: /^bundle:/ }, ({ path }) => ({ path: path.slice('bundle:'.length), namespace: 'bundle' }));
    b.onLoad({ filter: /./, namespace: 'bundle' }, ({ path }) => {
      const getters = exportsOf(path).names.map(
        (name) => `get ${name}() { return MODULES.${exportedAs(path, name)}; }`,
      );
      return { contents: `module.exports = { ${getters.join(', ')} };`, loader: 'js' };
    });
  },
};

const es5 = (text: string): string =>
  ts.transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES5, downlevelIteration: true } }).outputText;

const COMMON = {
  bundle: true,
  // The package says that its sources have no side effects.
  ignoreAnnotations: true,
  write: false,
  format: 'iife',
  target: 'es2022',
  logLevel: 'silent',
} as const;

let prelude = '';

/** What stands before the tests. */
async function preludeText(): Promise<string> {
  if (!prelude) {
    const { outputFiles } = await build({ ...COMMON, entryPoints: [`${HERE}/globals.ts`] });
    prelude = readFileSync(`${HERE}/engine.js`, 'utf8') + es5(outputFiles[0].text);
  }
  return prelude;
}

/**
 * @param files of suiteFiles; isShort: against a minified bundle
 * @returns the program; or what of Node the tests need, so that there is none
 */
export async function buildSuites(
  files: string[],
  isShort: boolean,
): Promise<{ text: string; missing?: undefined } | { text?: undefined; missing: string }> {
  const contents = [
    `import { end, runFile } from '${resolve(HERE, 'runner.ts')}';`,
    ...files.map((file) => `require('./${file}'); runFile('${file}');`),
    'end();',
  ].join('\n');
  const { names } = JSON.parse(readFileSync(MAP, 'utf8')) as { names: Record<string, string> };
  const mangled = isShort
    ? // What is not in the map is the tests' own.
      { mangleProps: new RegExp(`^(${Object.keys(names).join('|')})$`), mangleCache: { ...names }, mangleQuoted: true }
    : {};
  try {
    const { outputFiles } = await build({
      ...COMMON,
      stdin: { contents, resolveDir: resolve('.'), sourcefile: basename(HERE) },
      plugins: [fromBundle],
      ...mangled,
    });
    return { text: (await preludeText()) + es5(outputFiles[0].text) };
  } catch (error) {
    const { errors = [] } = error as Partial<BuildFailure>;
    const [, missing] = errors.map(({ text }) => /^Could not resolve "(node:\w+)"/.exec(text)).find(Boolean) ?? [];
    if (!missing) {
      throw error;
    }
    return { missing };
  }
}
