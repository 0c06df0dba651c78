/** What each module of the bundle takes of Espruino's variables, loaded from the storage, its code in flash. */

import { relative } from 'node:path';
import { rollup, type Plugin } from 'rollup';
import { minify } from 'terser';
import { boardOutput, boardPlugins } from '../../scripts/board-plugins.mjs';
import { boardBundles, firmwareModules } from '../../scripts/bundles.mjs';
import { MAP, PRIVATE, readMap } from '../../scripts/minify.mjs';
import { Engine, VARIABLES, storage } from '../espruino/engine';

const MARK = 'MARK';

/** Each module says when it has been loaded. */
const marks: Plugin = {
  name: 'marks',
  transform: (code, id) => (id.endsWith('.ts') ? `${code}\n${MARK}(${JSON.stringify(relative('.', id))});\n` : null),
};

async function markedBundle(): Promise<string> {
  const { input, replace, platform } = boardBundles.find(({ file }) => file.startsWith('dist/espruino/'))!;
  const bundle = await rollup({
    input,
    external: firmwareModules.espruino,
    plugins: [...boardPlugins({ replace, platform }), marks],
    onwarn: () => {},
  });
  const { output } = await bundle.generate(boardOutput());
  const { keep, names } = readMap(MAP);
  const props = Object.fromEntries(Object.entries(names).map(([name, short]) => [`$${name}`, short]));
  // Names as in the bundle; nothing moved, as the bundle's functions are.
  const { code } = await minify(output[0].code, {
    compress: false,
    mangle: { toplevel: true, reserved: ['of'], properties: { regex: PRIVATE, reserved: keep } },
    nameCache: { vars: { props: {} }, props: { props } },
    format: { ecma: 5, ascii_only: true },
  });
  return code!;
}

export async function benchModules(): Promise<void> {
  const program = `
    var last = process.memory().usage;
    function MARK(name) {
      var now = process.memory().usage;
      print('@module ' + name + ' ' + (now - last));
      last = process.memory().usage;
    }
    var first = last;
    require('micronic');
    print('@all ' + (process.memory().usage - first));`;
  const engine = new Engine(program, undefined, await storage({ micronic: await markedBundle() }));
  try {
    const [, all] = await engine.says(/@all (\d+)/, 60000);
    const rows = [...engine.console.matchAll(/@module (\S+) (-?\d+)/g)].map(
      ([, name, n]) => [name, Number(n)] as const,
    );
    const share = (n: number): string =>
      `${String(n).padStart(6)}  ${((100 * n) / VARIABLES).toFixed(1).padStart(5)} %`;
    console.log(`\nvariables of Espruino's ${VARIABLES} by module, loaded from the storage:`);
    rows
      .filter(([, n]) => n > 1)
      .sort((a, b) => b[1] - a[1])
      .forEach(([name, n]) => console.log(`  ${name.padEnd(48)} ${share(n)}`));
    console.log(`  ${'all'.padEnd(48)} ${share(Number(all))}`);
  } finally {
    await engine.stop();
  }
}
