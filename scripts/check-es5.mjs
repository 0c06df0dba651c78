// What the boards' engines can run: ES5 without helpers, and a few habits Espruino insists on.
//   node scripts/check-es5.mjs [FOLDER]

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { firmwareModules } from './bundles.mjs';
import { parseEs5, unresolved, usedTooEarly, walk } from './es5.mjs';

const MISSING = new Set(
  'Map Set WeakMap WeakSet WeakRef Symbol Promise Proxy Reflect BigInt RangeError TextEncoder TextDecoder URL'.split(
    ' ',
  ),
);
const MISSING_MEMBERS = new Set([
  'Array.prototype',
  'Array.from',
  'Array.of',
  'Number.isNaN',
  'Number.isInteger',
  'Number.isFinite',
]);

/**
 * `[{ line, text }]` for one bundle; `allowed` are the names `require` may be given. Labels, which Closure's inlining
 * leaves behind, and functions declared behind their use are what Espruino alone lacks: `whole` allows both.
 */
export function checkEs5(code, allowed, whole = false) {
  const problems = [];
  const say = (node, text) => problems.push({ line: node.loc.start.line, text });
  let program;
  try {
    program = parseEs5(code);
  } catch (error) {
    return [{ line: error.loc ? error.loc.line : 1, text: `not ES5: ${error.message}` }];
  }

  for (const { node, ancestors } of unresolved(program)) {
    const parent = ancestors[ancestors.length - 1];
    if (/^__/.test(node.name)) {
      say(node, `${node.name} is a helper that nobody declares`);
    } else if (MISSING.has(node.name) && !(parent.type === 'UnaryExpression' && parent.operator === 'typeof')) {
      say(node, `${node.name} does not exist on every board`);
    } else if (node.name === 'require' && parent.type === 'CallExpression' && parent.callee === node) {
      const name = parent.arguments[0];
      if (name && name.type === 'Literal' && !allowed.includes(name.value)) {
        say(node, `require('${name.value}') is not a module of this firmware`);
      }
    }
  }

  for (const { node, through } of usedTooEarly(program, whole)) {
    say(node, `${node.name} is used before its definition has run${through ? ` (called from ${through})` : ''}`);
  }

  walk(program, (node) => {
    switch (node.type) {
      case 'LabeledStatement':
        if (!whole) {
          say(node, 'a label');
        }
        break;
      case 'WithStatement':
        say(node, 'with');
        break;
      case 'DebuggerStatement':
        say(node, 'debugger');
        break;
      case 'Property':
        if (node.kind !== 'init') {
          say(node, `a ${node.kind}ter`);
        }
        break;
      case 'SwitchStatement': {
        const at = node.cases.findIndex((one) => !one.test);
        if (at >= 0 && at < node.cases.length - 1) {
          say(node.cases[at], '`default` is not the last in its switch');
        }
        break;
      }
      case 'MemberExpression':
        if (!node.computed && MISSING_MEMBERS.has(`${node.object.name}.${node.property.name}`)) {
          say(node, `${node.object.name}.${node.property.name} does not exist on every board`);
        }
        break;
      default:
    }
  });
  return problems.sort((a, b) => a.line - b.line);
}

/** Checks dist/<board>/*.js below `root`: `{ files, problems: [{ file, line, text }] }`. */
export function checkFolder(root) {
  let files = 0;
  const problems = [];
  for (const board of Object.keys(firmwareModules)) {
    const folder = join(root, 'dist', board);
    for (const name of existsSync(folder) ? readdirSync(folder, { recursive: true }).sort() : []) {
      if (/\.js$/.test(name)) {
        files++;
        const found = checkEs5(readFileSync(join(folder, name), 'utf8'), firmwareModules[board], board !== 'espruino');
        problems.push(...found.map((problem) => ({ file: `dist/${board}/${name}`, ...problem })));
      }
    }
  }
  return { files, problems };
}

if (/\bcheck-es5\.mjs$/.test(process.argv[1] || '')) {
  const { files, problems } = checkFolder(process.argv[2] || '.');
  for (const { file, line, text } of problems) {
    console.error(`${file}:${line} ${text}`);
  }
  if (!files) {
    console.error('es5: no bundle is built: run `npm run build` first');
  }
  process.exitCode = files && !problems.length ? 0 : 1;
}
