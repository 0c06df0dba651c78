// Says when scripts/mangle.json is not what the bundles need, or not what is committed.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { boardBundles, debugFile } from './bundles.mjs';
import { MAP, PRIVATE, allocate, mapText, readMap } from './minify.mjs';
import { propertyConflicts } from './property-conflicts.mjs';

const built = boardBundles.map(({ file }) => debugFile(file)).filter((file) => existsSync(file));
const sources = built.map((file) => readFileSync(file, 'utf8'));

if (!built.length) {
  console.error('mangle: no bundle is built: run `npm run build` first');
  process.exitCode = 1;
} else if (
  !existsSync(MAP) ||
  mapText(allocate(sources, readMap(MAP), propertyConflicts('tsconfig.board.json', PRIVATE))) !==
    readFileSync(MAP, 'utf8')
) {
  console.error(`mangle: ${MAP} does not fit the bundles: run \`npm run build\` and commit it`);
  process.exitCode = 1;
} else {
  let status = '';
  try {
    status = execFileSync('git', ['status', '--porcelain', '--', MAP], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    // Not a checkout: nothing to compare with.
  }
  if (status) {
    console.warn(`mangle: warning: ${MAP} was stale and has been rewritten by the build: commit it`);
  }
}
