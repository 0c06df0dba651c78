// The size of every board bundle against its budget. Fails above it.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { boardBundles, optionalParts } from './bundles.mjs';

/**
 * Every bundle with a budget that has been built.
 * @param {string} root
 * @param {{ file: string, budget?: number }[]} bundles
 */
export function measure(root, bundles) {
  return bundles
    .filter(({ file, budget }) => budget && existsSync(join(root, file)))
    .map(({ file, budget }) => {
      const code = readFileSync(join(root, file));
      return {
        file,
        bytes: code.length,
        gzip: gzipSync(code, { level: 9 }).length,
        budget,
        over: code.length > budget,
      };
    });
}

export function table(rows) {
  const number = (n) => n.toLocaleString('en-US');
  const cells = [['bundle', 'minified', 'gzip', 'budget', '']].concat(
    rows.map((row) => [
      row.file,
      number(row.bytes),
      number(row.gzip),
      number(row.budget),
      row.over ? `OVER by ${number(row.bytes - row.budget)}` : `${Math.round((100 * row.bytes) / row.budget)} %`,
    ]),
  );
  const width = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells
    .map((row) =>
      row
        .map((cell, i) => (i ? cell.padStart(width[i]) : cell.padEnd(width[i])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/**
 * What each optional part would add to a bundle: that of the basics is built with and without it. By esbuild alone, so
 * that it takes a second; the real pipeline comes some percent lower.
 * @param {string} root
 * @param {{ base: string, parts: { [name: string]: { [file: string]: string } } }} optional
 */
export async function optionalSizes(root, { base, parts }) {
  const bytesOf = async (exports) => {
    const contents = [`export * from './${base}';`]
      .concat(Object.entries(exports).map(([file, name]) => `export { ${name} } from './${file}';`))
      .join('\n');
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: root, loader: 'ts' },
      bundle: true,
      write: false,
      minify: true,
      mangleProps: /^_[a-z]/,
      target: 'es2017',
      format: 'cjs',
      logLevel: 'silent',
    });
    return outputFiles[0].contents.length;
  };
  const basics = await bytesOf({});
  return Promise.all(
    Object.entries(parts).map(async ([part, exports]) => ({ part, bytes: (await bytesOf(exports)) - basics })),
  );
}

if (/\bsize\.mjs$/.test(process.argv[1] || '')) {
  const rows = measure(process.argv[2] || '.', boardBundles);
  if (!rows.length) {
    console.error('size: no bundle is built: run `npm run build` first');
    process.exitCode = 1;
  } else {
    console.log(table(rows));
    const parts = await optionalSizes(join(dirname(fileURLToPath(import.meta.url)), '..'), optionalParts);
    console.log(`\noptional parts, by esbuild, beyond ${optionalParts.base}`);
    parts.forEach(({ part, bytes }) => console.log(`${part.padEnd(25)} ${bytes.toLocaleString('en-US').padStart(9)}`));
    process.exitCode = rows.some(({ over }) => over) ? 1 : 0;
  }
}
