// JerryScript 2.4 takes `(a = …, b)` for the parameters of an arrow function until it sees that no arrow follows. What it
// has noted by then stays wrong: that a function in there uses `a`, so that this function finds another `a` or none.

import { parseEs5, unresolved, walk } from './es5.mjs';

/** The variable that a parameter of an arrow function would have here; nothing for what is none. */
const parameterOf = (node) =>
  node.type === 'Identifier'
    ? node.name
    : node.type === 'AssignmentExpression' && node.operator === '=' && node.left.type === 'Identifier'
      ? node.left.name
      : undefined;

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

/** Where such a list begins: `[{ at, names }]`, with the variables that would be lost. */
export function arrowLike(code) {
  const found = [];
  walk(parseEs5(code), (node) => {
    if (node.type === 'SequenceExpression' && /\(\s*$/.test(code.slice(Math.max(0, node.start - 20), node.start))) {
      const end = node.expressions.findIndex((one) => parameterOf(one) === undefined);
      const listed = end < 0 ? node.expressions : node.expressions.slice(0, end);
      const parameters = listed.map(parameterOf);
      const names = listed.flatMap(usedByFunctions).filter((name) => parameters.includes(name));
      if (names.length) {
        found.push({ at: node.start, names: [...new Set(names)] });
      }
    }
  });
  return found;
}

/** The same with a number in front of each such list, which no parameter is. */
export function withoutArrowLike(code) {
  return arrowLike(code)
    .map(({ at }) => at)
    .sort((a, b) => b - a)
    .reduce((all, at) => `${all.slice(0, at)}0,${all.slice(at)}`, code);
}
