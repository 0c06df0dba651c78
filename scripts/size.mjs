// The size of every board bundle against its budget. Fails above it.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { boardBundles } from './bundles.mjs';
import { measureParts, partsTable } from './parts.mjs';

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

if (/\bsize\.mjs$/.test(process.argv[1] || '')) {
  const rows = measure(process.argv[2] || '.', boardBundles);
  if (!rows.length) {
    console.error('size: no bundle is built: run `npm run build` first');
    process.exitCode = 1;
  } else {
    console.log(table(rows));
    if (!process.argv[2]) {
      console.log(`\n${partsTable(await measureParts())}`);
    }
    process.exitCode = rows.some(({ over }) => over) ? 1 : 0;
  }
}
