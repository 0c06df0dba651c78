// JerryScript 2.4 takes `(a = …, b)` for the parameters of an arrow function until it sees that no arrow follows. What it
// has noted by then stays wrong: that a function in there uses `a`, so that this function finds another `a` or none.

import { parse } from 'acorn';
import { parseEs5, unresolved, walk, withTexts } from './es5.mjs';

const parse2017 = (code) => parse(code, { ecmaVersion: 2017, sourceType: 'script' });

/** The variables that the names of a list or an object literal could be the pattern of, when an expression begins with it. */
function namedOutsideFunctions(node) {
  const names = [];
  walk(node, (inner) => {
    if (inner.type === 'Identifier') {
      names.push(inner.name);
    }
    return !/^(?:Arrow)?FunctionExpression$/.test(inner.type);
  });
  return names;
}

/** The variables that a parameter of an arrow function would have here; nothing for what is none. */
function parametersOf(node, code) {
  if (node.type === 'Identifier') {
    return [node.name];
  }
  if (node.type === 'AssignmentExpression' && node.operator === '=' && node.left.type === 'Identifier') {
    return [node.left.name];
  }
  // Whatever follows on the literal.
  return '[{'.includes(code[node.start]) ? namedOutsideFunctions(node) : undefined;
}

/** Names that functions within a node use, and do not declare. */
function usedByFunctions(node) {
  const names = [];
  walk(node, (inner) => {
    if (inner.type === 'FunctionExpression') {
      const body = [{ type: 'ExpressionStatement', expression: inner }];
      names.push(...unresolved({ type: 'Program', body }).map((use) => use.node.name));
      return false;
    }
    return undefined;
  });
  return names;
}

/** The same for what is not ES5, by the names alone: among them those that the functions declare. */
function namedInFunctions(node) {
  const names = [];
  walk(node, (inner, ancestors) => {
    if (inner.type === 'Identifier' && ancestors.some(({ type }) => /^(?:Arrow)?FunctionExpression$/.test(type))) {
      names.push(inner.name);
    }
  });
  return names;
}

/**
 * Where such a list begins: `[{ at, names }]`, with the variables that would be lost.
 * @param {boolean} [isEs5] whether it is no more than that; else up to what the engine takes, and some are found for nothing
 */
export function arrowLike(code, isEs5 = true) {
  const found = [];
  walk((isEs5 ? parseEs5 : parse2017)(code), (node) => {
    if (node.type === 'SequenceExpression' && /\(\s*$/.test(code.slice(Math.max(0, node.start - 20), node.start))) {
      const end = node.expressions.findIndex((one) => parametersOf(one, code) === undefined);
      const listed = end < 0 ? node.expressions : node.expressions.slice(0, end);
      const parameters = listed.flatMap((one) => parametersOf(one, code));
      const names = listed
        .flatMap(isEs5 ? usedByFunctions : namedInFunctions)
        .filter((name) => parameters.includes(name));
      if (names.length) {
        found.push({ at: node.start, names: [...new Set(names)] });
      }
    }
  });
  return found;
}

/** The same with a number in front of each such list, which no parameter is. */
export function withoutArrowLike(code, isEs5 = true) {
  return withTexts(
    code,
    arrowLike(code, isEs5).map(({ at }) => [at, at, '0,']),
  );
}
