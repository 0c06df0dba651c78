// A part that is loaded behind a bundle brings copies of the modules it uses. A copy of functions costs bytes; of state
// there would be two, and each half would know half of it: such a part is refused.

import { relative } from 'node:path';
import { parseEs5, walk } from './es5.mjs';

/** Modules whose state is a memory of what can be had again: two of them know the same. */
const CACHES = ['modules/wire/bytes.ts'];
/** What a part has for itself. */
const OWN = /^board-targets\/kaluma-rp2\/(?:parts\/.*|card\.ts)$/;
const CONSTANT = /^[A-Z][A-Z0-9_]*$/;
const CHANGING = /^(?:push|pop|shift|unshift|splice|sort|reverse|fill|set|copyWithin)$/;

const rootOf = (node) => (node.type === 'MemberExpression' ? rootOf(node.object) : node);

/**
 * The variables of a module that are state: assigned after they are made, or objects, but for what has a constant's name
 * and is never written to. `code` is what a bundle has of the module: ES5, without imports and exports.
 */
export function stateOf(code) {
  const program = parseEs5(code);
  const changed = new Set();
  const change = (node) => node.type === 'Identifier' && changed.add(node.name);
  walk(program, (node) => {
    if (node.type === 'AssignmentExpression') {
      change(rootOf(node.left));
    } else if (node.type === 'UpdateExpression' || (node.type === 'UnaryExpression' && node.operator === 'delete')) {
      change(rootOf(node.argument));
    } else if (node.type === 'CallExpression' && node.callee.type === 'MemberExpression') {
      if (!node.callee.computed && CHANGING.test(node.callee.property.name)) {
        change(rootOf(node.callee.object));
      }
    }
  });
  const found = [];
  for (const statement of program.body) {
    for (const { id, init } of statement.type === 'VariableDeclaration' ? statement.declarations : []) {
      // A class is a function called at once; what is set on it is set while it loads.
      const isClass = init?.type === 'CallExpression' && init.callee.type === 'FunctionExpression';
      const isObject = /^(?:Array|Object|New|Call)Expression$/.test(init?.type) && !CONSTANT.test(id.name);
      if (!isClass && (!init || isObject || changed.has(id.name))) {
        found.push(id.name);
      }
    }
  }
  return found;
}

/**
 * `[{ bundle, module, names }]`: the state of a part that a bundle without the part has as well.
 * @param {Record<string, string>} part the code of each of its modules
 * @param {Record<string, string[]>} bundles the modules of each
 */
export function doubledState(part, bundles) {
  const modules = Object.keys(part).filter((file) => part[file].trim() && !OWN.test(file));
  const found = [];
  for (const module of modules) {
    const names = CACHES.includes(module) ? [] : stateOf(part[module]);
    for (const bundle of names.length ? Object.keys(bundles) : []) {
      const has = (file) => bundles[bundle].includes(file);
      // What has all of the part has it built in, and nothing is added.
      if (has(module) && !modules.every(has)) {
        found.push({ bundle, module, names });
      }
    }
  }
  return found;
}

/** Of all that has been built before. */
const built = {};

/** Refuses a part of `folder` with such state; the parts are built last. */
export const noDoubledState = (file, folder) => ({
  name: 'doubled-state',
  generateBundle(_options, output) {
    const [{ modules }] = Object.values(output);
    const codes = Object.fromEntries(
      Object.entries(modules).map(([id, { code }]) => [relative('', id).replaceAll('\\', '/'), code ?? '']),
    );
    if (!file.startsWith(`${folder}/parts/`)) {
      if (file.startsWith(`${folder}/`)) {
        built[file] = Object.keys(codes);
      }
      return;
    }
    const [doubled] = doubledState(codes, built);
    if (doubled) {
      this.error(`${file} would double the state of ${doubled.module} (${doubled.names}), which ${doubled.bundle} has`);
    }
  },
});
