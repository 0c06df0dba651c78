// The bounds of a board are constants in its bundles: a number where the modules read a property of an object.

import { readFileSync } from 'node:fs';

/** `_name: number` of the object literal `bounds` in a target's platform. */
export function boundsOf(platform) {
  const [, literal] = /^const bounds: Bounds = \{\n([\s\S]*?)^\};/m.exec(readFileSync(platform, 'utf8')) ?? [];
  if (!literal) {
    throw new Error(`${platform} has no bounds`);
  }
  return new Map([...literal.matchAll(/^ {2}(_\w+): (\d+),$/gm)].map(([, name, value]) => [name, value]));
}

/**
 * @param {string} code a module as TypeScript makes it
 * @param {Map<string, string>} bounds
 * @returns {string} the same with every bound in place of its name, and no object of them
 * @throws Error for a use of the bounds that is none of one of them
 */
export function withConstantBounds(code, bounds) {
  const constant = (all, name) => {
    if (!bounds.has(name)) {
      throw new Error(`the target has no bound ${name}`);
    }
    return bounds.get(name);
  };
  const constants = code
    .replace(/\b(?:[\w$]+\.)*_bounds\.(_\w+)/g, constant)
    .replace(/\bbounds\.(_\w+)/g, constant)
    // Now nobody reads these: a name for them, the property, and the object.
    .replace(/^ *var bounds = [\w.]+\._bounds;\n/gm, '')
    .replace(/^ *_bounds: bounds,\n/gm, '')
    .replace(/^var bounds = \{[\s\S]*?^\};\n/m, '')
    .replace(/\b[\w$]+\._bounds, /g, '')
    .replace(/(function createStack\()bounds, /, '$1');
  const left = /.*\b_?bounds\b.*/.exec(constants.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''));
  if (left) {
    throw new Error(`bounds are constants on a board: ${left[0].trim()}`);
  }
  return constants;
}
